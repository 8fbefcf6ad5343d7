"""The loop of an ordered service.

| act | from | to | by |
|---|---|---|---|
| `orders.offer` | placed | = | timer, centre |
| `orders.claim` | placed, dispatched | accepted | whom it was offered to |
| `orders.decline` | placed, dispatched | placed | whom it was offered to |
| `orders.assign` | placed, dispatched | dispatched | centre |
| `orders.take_back` | dispatched, accepted | placed | centre, until somebody came |
| `practice.name_goers`, `practice.visit` | accepted | = | who took it, who goes |
| `practice.serve` | accepted | done | who took it |
| `orders.confirm` | done | closed | asker, centre by phone, slip |
| `orders.dispute` | done | returned | asker, centre by phone |
| `practice.rule_service` | returned | closed | centre |
| `orders.rate`, `orders.thank` | closed | = | asker |
| `practice.rate_asking` | done, returned, closed | = | who took it, who goes |
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from tianqu.kernel.orders.api import APPEAL, OPEN_STATES, Audience, Flow, Offering, State, Step, Who, timer_steps
from tianqu.kernel.pack.api import ItemFamily
from tianqu.packs.practice.services.queries import find, told
from tianqu.packs.practice.services.registers.booking import book_confirmed
from tianqu.packs.practice.services.registers.sides import keep_thanks, may_take, nobody_came, not_of_them

PLACED, SENT, TAKEN, DONE, DISPUTED, CLOSED = (
    State.PLACED, State.DISPATCHED, State.ACCEPTED, State.DONE, State.RETURNED, State.CLOSED,
)  # fmt: skip
ASKER, CENTRE, TAKER = frozenset({Who.ASKER}), frozenset({Who.OVERSIGHT}), frozenset({Who.TAKER})
TIMED, SERVING = frozenset({Who.SYSTEM, Who.OVERSIGHT}), frozenset({Who.UNIT, Who.TAKER})
OPEN, INTERNAL = frozenset({PLACED, SENT}), Audience.INTERNAL


def _ours(act: str, whence: frozenset[State], **more: Any) -> Step:
    """A step of the loop of requests, here from other states, and with what more there is to it."""
    step = APPEAL.step(act)
    assert step is not None, act
    return replace(step, whence=whence, **more)


STEPS: Final = (
    Step("orders.offer", frozenset({PLACED}), None, TIMED, INTERNAL),
    Step("orders.claim", OPEN, TAKEN, TAKER, check=may_take),
    Step("orders.decline", OPEN, None, TAKER, INTERNAL),
    Step("orders.assign", OPEN, SENT, CENTRE, INTERNAL),
    Step("orders.take_back", frozenset({SENT, TAKEN}), PLACED, CENTRE, Audience.ASKER, check=nobody_came),
    Step("practice.name_goers", frozenset({TAKEN}), None, frozenset({Who.UNIT}), Audience.ASKER, True,
         title=_("Said who comes")),
    Step("practice.visit", frozenset({TAKEN}), None, TAKER, Audience.ASKER, True, title=_("Visited")),
    Step("practice.serve", frozenset({TAKEN}), DONE, SERVING, title=_("Served")),
    Step("orders.confirm", frozenset({DONE}), CLOSED, ASKER | CENTRE | TAKER, check=not_of_them, after=book_confirmed),
    Step("orders.dispute", frozenset({DONE}), DISPUTED, ASKER | CENTRE, Audience.ASKER, notice="service_disputed"),
    Step("practice.rule_service", frozenset({DISPUTED}), CLOSED, CENTRE, Audience.ASKER, title=_("Ruled on")),
    Step("practice.rate_asking", frozenset({DONE, DISPUTED, CLOSED}), None, SERVING, INTERNAL, True,
         title=_("Rated by who served")),
    Step("orders.rate", frozenset({CLOSED}), None, ASKER, check=not_of_them),
    Step("orders.thank", frozenset({CLOSED}), None, ASKER, Audience.ASKER, True, check=not_of_them, after=keep_thanks),
    _ours("orders.withdraw", frozenset({PLACED, SENT, TAKEN}), check=nobody_came),
    _ours("orders.refuse", OPEN),
    _ours("orders.comment", frozenset(State)),
    _ours("orders.attach", frozenset(State)),
    *timer_steps(*OPEN_STATES, late="service_late"),
)  # fmt: skip
CLOCKS: Final = {PLACED: "dispatch", SENT: "accept", TAKEN: "finish", DONE: "inspect", DISPUTED: "adjudicate"}
FLOW: Final = Flow("ordered_service", STEPS, CLOCKS, subject="service", state_names={DISPUTED: _("disagreed with")})
FAMILY: Final = ItemFamily("practice", _("Ordered services"), frozenset({*CLOCKS.values(), "extend"}), FLOW.code)
OFFERING: Final = Offering(FLOW.code, find, told, notice="service_offered", notice_back="service_taken_back")
