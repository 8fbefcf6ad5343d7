"""The loops of what a village orders, and of a dispute about it.

| act | from | to | by |
|---|---|---|---|
| `order_show` | placed | = | village |
| `commit_show` | placed | dispatched | office |
| `move_show` | dispatched, accepted | dispatched | office, by a season's plan |
| `hand_over_show` | dispatched, accepted | dispatched | office, by a season's plan |
| `swap_shows` | dispatched, accepted | dispatched | office, by a season's plan |
| `accept_show` | dispatched | accepted | troupe |
| `say_given` | dispatched, accepted | done | troupe |
| `confirm_show` | done | = | village |
| `settle_dispute` | done | = | office |
| `pay_show` | done | closed | office |
| `refuse_payment` | done | refused | office |
| `cancel_show` | placed, dispatched, accepted | withdrawn | office; the village while nothing is set aside |

Where village and troupe counted differently, `confirm_show` opens a dispute: an order of its own at the office, which
`settle_dispute` or `refuse_payment` closes. Both are late as every order is, and the timers escalate them.
"""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from tianqu.kernel.orders.api import Audience, Flow, State, Step, Who, timer_steps
from tianqu.kernel.pack.api import ItemFamily
from tianqu.packs.culture.models import ENGAGED, Stand

ITEM, DISPUTE_ITEM = "culture.show", "culture.dispute"
PLACED, DISPATCHED, ACCEPTED, DONE = State.PLACED, State.DISPATCHED, State.ACCEPTED, State.DONE
OVERSIGHT, UNIT = frozenset({Who.OVERSIGHT}), frozenset({Who.UNIT})
INTERNAL: Final = Audience.INTERNAL
# Whose part each act on a performance is, and where it stands then.
DEEDS: Final = {
    "culture.commit_show": ("office", (Stand.ORDERED,)),
    "culture.move_show": ("office", ENGAGED),
    "culture.hand_over_show": ("office", ENGAGED),
    "culture.swap_shows": ("office", ENGAGED),
    "culture.accept_show": ("troupe", (Stand.COMMITTED,)),
    "culture.say_given": ("troupe", ENGAGED),
    "culture.confirm_show": ("village", (Stand.GIVEN,)),
    "culture.settle_dispute": ("office", (Stand.DISPUTED,)),
    "culture.pay_show": ("office", (Stand.CONFIRMED,)),
    "culture.refuse_payment": ("office", (Stand.GIVEN, Stand.DISPUTED, Stand.CONFIRMED)),
    "culture.cancel_show": ("office", (Stand.ORDERED, *ENGAGED)),
}
PLANNED: Final = ("culture.move_show", "culture.hand_over_show", "culture.swap_shows")  # done by a season's plan alone
UNASKED: Final = (*PLANNED, "culture.cancel_show", "culture.refuse_payment")  # nothing waits for these

SHOW_STEPS: Final = (
    Step("culture.order_show", frozenset({PLACED}), None, OVERSIGHT, INTERNAL, title=_("Ordered by the village")),
    Step("culture.commit_show", frozenset({PLACED}), DISPATCHED, OVERSIGHT, INTERNAL,
         title=_("Given a troupe, a day and its money"), notice="culture_engaged"),
    Step("culture.move_show", frozenset({DISPATCHED, ACCEPTED}), DISPATCHED, OVERSIGHT, INTERNAL,
         title=_("Given another day"), notice="culture_engaged"),
    Step("culture.hand_over_show", frozenset({DISPATCHED, ACCEPTED}), DISPATCHED, OVERSIGHT, INTERNAL,
         title=_("Given to another troupe"), notice="culture_engaged"),
    Step("culture.swap_shows", frozenset({DISPATCHED, ACCEPTED}), DISPATCHED, OVERSIGHT, INTERNAL,
         title=_("Changed places with another show"), notice="culture_engaged"),
    Step("culture.accept_show", frozenset({DISPATCHED}), ACCEPTED, UNIT, INTERNAL, title=_("Accepted by the troupe")),
    Step("culture.say_given", frozenset({DISPATCHED, ACCEPTED}), DONE, UNIT, INTERNAL,
         title=_("Given, as the troupe says")),
    Step("culture.confirm_show", frozenset({DONE}), None, OVERSIGHT, INTERNAL, title=_("The village's word")),
    Step("culture.settle_dispute", frozenset({DONE}), None, OVERSIGHT, INTERNAL, title=_("Dispute settled")),
    Step("culture.pay_show", frozenset({DONE}), State.CLOSED, OVERSIGHT, INTERNAL, title=_("Paid"),
         notice="culture_paid"),
    Step("culture.refuse_payment", frozenset({DONE}), State.REFUSED, OVERSIGHT, INTERNAL, title=_("Not paid"),
         notice="culture_not_paid"),
    Step("culture.cancel_show", frozenset({PLACED, DISPATCHED, ACCEPTED}), State.WITHDRAWN, OVERSIGHT, INTERNAL,
         title=_("Called off"), notice="culture_called_off"),
    *timer_steps(PLACED, DISPATCHED, ACCEPTED, DONE, late="culture_late"),
)  # fmt: skip
DISPUTE_STEPS: Final = (
    Step("culture.confirm_show", frozenset({PLACED}), DISPATCHED, OVERSIGHT, INTERNAL, title=_("Counted differently"),
         notice="culture_disputed"),
    Step("culture.settle_dispute", frozenset({DISPATCHED}), State.CLOSED, OVERSIGHT, INTERNAL,
         title=_("Dispute settled")),
    Step("culture.refuse_payment", frozenset({DISPATCHED}), State.CLOSED, OVERSIGHT, INTERNAL, title=_("Not paid")),
    *timer_steps(PLACED, DISPATCHED, late="culture_late"),
)  # fmt: skip
SHOW: Final = Flow(
    "culture_show", SHOW_STEPS,
    {PLACED: "dispatch", DISPATCHED: "accept", ACCEPTED: "finish", DONE: "inspect"}, subject="culture_show",
)  # fmt: skip
DISPUTE: Final = Flow(
    "culture_dispute", DISPUTE_STEPS, {PLACED: "dispatch", DISPATCHED: "finish"}, subject="culture_dispute"
)
FAMILIES: Final = (
    ItemFamily("culture", _("Culture ordered by villages"), frozenset({*SHOW.clocks.values(), "extend"}), SHOW.code),
    ItemFamily(
        "culture_dispute", _("Disputes about what was given"), frozenset({*DISPUTE.clocks.values(), "extend"}),
        DISPUTE.code,
    ),
)  # fmt: skip
