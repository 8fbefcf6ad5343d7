"""The loop of a finding: the village answers by a day, an inspector of another office closes, sends back or dismisses.

| act | from | to | by |
|---|---|---|---|
| `open_finding` | placed | dispatched | oversight |
| `accept_finding` | dispatched | accepted | unit |
| `answer_finding` | dispatched, accepted | done | unit |
| `extend_finding` | dispatched, accepted | = | oversight |
| `send_back_finding` | done | accepted | oversight |
| `close_finding` | done | closed | oversight |
| `dismiss_finding` | dispatched, accepted, done | refused | oversight |
| `reopen_finding` | closed, refused | accepted | oversight |
| `confirm_finding` | closed | = | oversight |
| `comment_finding` | any | = | oversight, unit |

The timers escalate what is late and count clocks anew, as for every order. Nothing closes a finding by itself.
"""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from tianqu.kernel.orders.api import APPEAL, Audience, Flow, State, Step, Who
from tianqu.kernel.pack.api import ItemFamily

ITEM: Final = "village.finding"
FLOW_CODE: Final = "village_finding"
UNANSWERED: Final = frozenset({State.DISPATCHED, State.ACCEPTED})
DECIDED: Final = frozenset({State.CLOSED, State.REFUSED})
UNIT, OVERSIGHT, SYSTEM = frozenset({Who.UNIT}), frozenset({Who.OVERSIGHT}), frozenset({Who.SYSTEM, Who.OVERSIGHT})


def _timer(act: str, *, notice: str = "") -> Step:
    """A step that the timers do to every order, here in the states of findings."""
    step = APPEAL.step(act)
    assert step is not None
    return Step(act, UNANSWERED | {State.DONE}, None, SYSTEM, step.audience, step.several, notice=notice)


STEPS: Final = (
    Step("village.open_finding", frozenset({State.PLACED}), State.DISPATCHED, OVERSIGHT, Audience.INTERNAL,
         title=_("Opened, and sent to the village"), notice="finding_opened"),
    Step("village.accept_finding", frozenset({State.DISPATCHED}), State.ACCEPTED, UNIT, Audience.INTERNAL,
         title=_("Received by the village")),
    Step("village.answer_finding", UNANSWERED, State.DONE, UNIT, Audience.INTERNAL,
         title=_("Answered with evidence")),
    Step("village.extend_finding", UNANSWERED, None, OVERSIGHT, Audience.INTERNAL,
         title=_("Given more time"), notice="finding_extended"),
    Step("village.send_back_finding", frozenset({State.DONE}), State.ACCEPTED, OVERSIGHT, Audience.INTERNAL,
         title=_("Sent back to the village"), notice="finding_sent_back"),
    Step("village.close_finding", frozenset({State.DONE}), State.CLOSED, OVERSIGHT, Audience.INTERNAL,
         title=_("Closed as put right"), notice="finding_closed"),
    Step("village.dismiss_finding", UNANSWERED | {State.DONE}, State.REFUSED, OVERSIGHT, Audience.INTERNAL,
         title=_("Dismissed as unfounded"), notice="finding_dismissed"),
    Step("village.reopen_finding", DECIDED, State.ACCEPTED, OVERSIGHT, Audience.INTERNAL,
         title=_("Opened again"), notice="finding_sent_back"),
    Step("village.comment_finding", frozenset(State), None, UNIT | OVERSIGHT, Audience.INTERNAL, True,
         title=_("Commented on")),
    Step("village.confirm_finding", frozenset({State.CLOSED}), None, OVERSIGHT, Audience.INTERNAL, True,
         title=_("Looked at a second time")),
    _timer("orders.escalate", notice="finding_late"),
    _timer("orders.recount"),
)  # fmt: skip

CLOCKS: Final = {State.DISPATCHED: "accept", State.ACCEPTED: "finish", State.DONE: "inspect"}
FLOW: Final = Flow(FLOW_CODE, STEPS, CLOCKS, subject="finding")
FAMILY: Final = ItemFamily(
    "village_finding", _("Findings in villages"), frozenset({*CLOCKS.values(), "extend"}), FLOW_CODE
)
