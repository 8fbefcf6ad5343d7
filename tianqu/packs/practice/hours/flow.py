"""The loop of a disagreement about hours.

| act | from | to | by |
|---|---|---|---|
| `occasions.dispute_attendance` | placed | dispatched | the system, as the volunteer says |
| `occasions.confirm_attendance` | dispatched | closed | whoever leads the team, the centre |
| `occasions.refuse_attendance` | dispatched | closed | whoever leads the team, the centre |
| `occasions.reverse_attendance` | dispatched | closed | whoever leads the team, the centre |

Once it is late, and where the answer is disagreed with again, the centre alone answers.
"""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from tianqu.kernel.orders.api import Audience, Flow, State, Step, Who, timer_steps
from tianqu.kernel.pack.api import ItemFamily

ITEM: Final = "practice.hours-dispute"
PLACED, DISPATCHED = State.PLACED, State.DISPATCHED
SYSTEM, OFFICES = frozenset({Who.SYSTEM, Who.OVERSIGHT}), frozenset({Who.UNIT, Who.OVERSIGHT})

STEPS: Final = (
    Step("occasions.dispute_attendance", frozenset({PLACED}), DISPATCHED, SYSTEM, Audience.INTERNAL,
         title=_("Hours disagreed with")),
    Step("occasions.confirm_attendance", frozenset({DISPATCHED}), State.CLOSED, OFFICES, Audience.INTERNAL,
         title=_("Hours confirmed")),
    Step("occasions.refuse_attendance", frozenset({DISPATCHED}), State.CLOSED, OFFICES, Audience.INTERNAL,
         title=_("Answered in words")),
    Step("occasions.reverse_attendance", frozenset({DISPATCHED}), State.CLOSED, OFFICES, Audience.INTERNAL,
         title=_("Hours taken back")),
    *timer_steps(PLACED, DISPATCHED, late="service_late"),
)  # fmt: skip
DISPUTE: Final = Flow(
    "hours_dispute", STEPS, {PLACED: "dispatch", DISPATCHED: "finish"}, subject="hours_dispute",
    state_names={DISPATCHED: _("to be answered")},
)  # fmt: skip
DISPUTES: Final = ItemFamily(
    "hours_dispute", _("Disagreements about hours"), frozenset({*DISPUTE.clocks.values(), "extend"}), DISPUTE.code
)
