"""The loop of a statistical return: asked for by an office, filed by a unit, accepted, sent back or estimated.

| act | from | to | by |
|---|---|---|---|
| `open_campaign` | placed | dispatched | office |
| `receive_filing` | dispatched | accepted | unit |
| `submit_filing` | dispatched, accepted, closed | done | unit |
| `accept_filing` | done | closed | office |
| `send_back_filing` | done, closed, refused | accepted | office |
| `extend_filing` | dispatched, accepted | = | office |
| `remind_units` | dispatched, accepted | = | office, timer |
| `estimate_filing` | dispatched, accepted, refused | = | office |
| `close_campaign` | dispatched, accepted | refused | office |

A revision is a return that is filed again after it was accepted: until the office accepts it, the old one stands.
"""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from tianqu.kernel.orders.api import APPEAL, Audience, Flow, State, Step, Who
from tianqu.kernel.pack.api import ItemFamily

ITEM: Final = "returns.filing"
FLOW_CODE: Final = "statistical_return"
UNFILED: Final = frozenset({State.DISPATCHED, State.ACCEPTED})
UNIT, OFFICE = frozenset({Who.UNIT}), frozenset({Who.OVERSIGHT})
TIMED: Final = frozenset({Who.SYSTEM, Who.OVERSIGHT})


def _timer(act: str, *, notice: str = "") -> Step:
    """A step that the timers do to every order, here in the states of returns."""
    step = APPEAL.step(act)
    assert step is not None
    return Step(act, UNFILED | {State.DONE}, None, TIMED, step.audience, step.several, notice=notice)


STEPS: Final = (
    Step("returns.open_campaign", frozenset({State.PLACED}), State.DISPATCHED, OFFICE, Audience.INTERNAL,
         title=_("Asked of the unit"), notice="return_asked"),
    Step("returns.receive_filing", frozenset({State.DISPATCHED}), State.ACCEPTED, UNIT, Audience.INTERNAL,
         title=_("Received by the unit")),
    Step("returns.submit_filing", UNFILED | {State.CLOSED}, State.DONE, UNIT, Audience.INTERNAL, title=_("Filed")),
    Step("returns.accept_filing", frozenset({State.DONE}), State.CLOSED, OFFICE, Audience.INTERNAL,
         title=_("Accepted by the office"), notice="return_accepted"),
    Step("returns.send_back_filing", frozenset({State.DONE, State.CLOSED, State.REFUSED}), State.ACCEPTED, OFFICE,
         Audience.INTERNAL, title=_("Sent back to the unit"), notice="return_sent_back"),
    Step("returns.extend_filing", UNFILED, None, OFFICE, Audience.INTERNAL, title=_("Given more time"),
         notice="return_extended"),
    Step("returns.remind_units", UNFILED, None, TIMED, Audience.INTERNAL, True, title=_("Reminded"),
         notice="return_reminder"),
    Step("returns.estimate_filing", UNFILED | {State.REFUSED}, None, OFFICE, Audience.INTERNAL, title=_("Estimated")),
    Step("returns.close_campaign", UNFILED, State.REFUSED, OFFICE, Audience.INTERNAL,
         title=_("Closed without a return")),
    _timer("orders.escalate", notice="return_late"),
    _timer("orders.recount"),
)  # fmt: skip

CLOCKS: Final = {State.DISPATCHED: "accept", State.ACCEPTED: "finish", State.DONE: "inspect"}
FLOW: Final = Flow(FLOW_CODE, STEPS, CLOCKS, subject="return")
FAMILY: Final = ItemFamily(
    "statistical_return", _("Statistical returns"), frozenset({*CLOCKS.values(), "extend"}), FLOW_CODE
)
