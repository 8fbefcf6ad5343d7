"""The loop in one table: which act leads from which state to which, and who may do it.

Everything that moves an order asks this table; pages ask it which buttons to show. Sources: Shandong's rules for
12345 hotlines, as told in "Orders, exactly" of the design: a unit accepts or returns within two working days and
returns once with a legal basis; a second return must be adjudicated; extensions are bounded; an unhappy asker reopens.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Final

from django.utils.functional import Promise

from tianqu.base.errors import Conflict, NotFound, _
from tianqu.kernel.journal.api import Acting
from tianqu.kernel.orders.models import OPEN_STATES, Audience, Event, Order, State


class Who(Enum):
    """In which part somebody does an act. The permission of their role is asked on top of it."""

    ASKER = "asker"  # whoever asked: signed in, or holding the receipt
    UNIT = "unit"  # a post of the answerable unit, or of one above it
    TAKER = "taker"  # who took it when it was offered, or goes along with them
    OVERSIGHT = "oversight"  # a post whose reach holds the order's place
    SYSTEM = "system"  # the timers


@dataclass(frozen=True, slots=True)
class Step:
    """One act of the flow. ``whither`` is None where the state stays as it is.

    ``several`` says that two of them do not disturb each other, so that no expected version is compared. ``title`` is
    what a timeline calls a pack's own act (``names.py`` has those of this room), and ``notice`` the template by which
    the answerable unit is told. ``check`` is what a pack asks of the order before the step, with the order locked; it
    raises what refuses. ``after`` is what the pack writes with it, in the same transaction.
    """

    act: str
    whence: frozenset[State]
    whither: State | None
    who: frozenset[Who]
    audience: Audience = Audience.PUBLIC
    several: bool = False
    title: str | Promise = ""
    notice: str = ""
    check: Callable[[Acting, Order], None] | None = None
    after: Callable[[Acting, Order, Event], None] | None = None


PLACED, DISPATCHED, RETURNED, ACCEPTED, ASKED_BACK = (
    State.PLACED, State.DISPATCHED, State.RETURNED, State.ACCEPTED, State.ASKED_BACK,
)  # fmt: skip
DONE, RATED, CLOSED, REFUSED, WITHDRAWN, MERGED = (
    State.DONE, State.RATED, State.CLOSED, State.REFUSED, State.WITHDRAWN, State.MERGED,
)  # fmt: skip
ASKER, UNIT, OVERSIGHT, SYSTEM = Who.ASKER, Who.UNIT, Who.OVERSIGHT, Who.SYSTEM

BEING_WORKED_ON: Final = (PLACED, DISPATCHED, RETURNED, ACCEPTED, ASKED_BACK)
ANSWERED: Final = (DONE, RATED, CLOSED)
ANY: Final = tuple(State)
EVERYBODY: Final = (ASKER, UNIT, OVERSIGHT, SYSTEM)
OFFICES: Final = (UNIT, OVERSIGHT, SYSTEM)


def _step(
    act: str,
    whence: tuple[State, ...],
    whither: State | None,
    who: tuple[Who, ...],
    audience: Audience = Audience.PUBLIC,
    *,
    several: bool = False,
) -> Step:
    return Step(act, frozenset(whence), whither, frozenset(who), audience, several)


STEPS: Final = (
    # act                      from                            to           who
    _step("orders.dispatch", (PLACED, DISPATCHED, RETURNED), DISPATCHED, (OVERSIGHT, SYSTEM)),
    _step("orders.accept", (DISPATCHED,), ACCEPTED, (UNIT,)),
    _step("orders.return", (DISPATCHED,), RETURNED, (UNIT,)),
    _step("orders.adjudicate", (RETURNED,), DISPATCHED, (OVERSIGHT,)),
    _step("orders.ask_back", (ACCEPTED,), ASKED_BACK, (UNIT,), Audience.ASKER),
    _step("orders.answer_question", (ASKED_BACK,), ACCEPTED, (ASKER, OVERSIGHT), Audience.ASKER),
    _step("orders.resume", (ASKED_BACK,), ACCEPTED, (UNIT, SYSTEM), Audience.ASKER),
    _step("orders.extend", (ACCEPTED,), None, (UNIT, OVERSIGHT)),
    _step("orders.hand_over", (DISPATCHED, ACCEPTED, ASKED_BACK), None, (UNIT,), Audience.INTERNAL),
    _step("orders.finish", (ACCEPTED,), DONE, (UNIT,)),
    _step("orders.answer", (PLACED, DISPATCHED), DONE, (OVERSIGHT,)),
    _step("orders.rate", (DONE,), RATED, (ASKER,)),
    _step("orders.call_back", ANSWERED, None, (OVERSIGHT,), Audience.INTERNAL),
    _step("orders.close", (DONE, RATED), CLOSED, OFFICES),
    _step("orders.reopen", (DONE, RATED, CLOSED), ACCEPTED, (ASKER, OVERSIGHT)),
    _step("orders.withdraw", BEING_WORKED_ON, WITHDRAWN, (ASKER,)),
    _step("orders.refuse", (PLACED, DISPATCHED, RETURNED, ACCEPTED), REFUSED, (UNIT, OVERSIGHT)),
    _step("orders.merge", BEING_WORKED_ON, MERGED, (UNIT, OVERSIGHT)),
    _step("orders.unmerge", (MERGED,), PLACED, (UNIT, OVERSIGHT)),
    _step("orders.split", (PLACED, DISPATCHED, RETURNED, ACCEPTED), None, (UNIT, OVERSIGHT)),
    _step("orders.escalate", (*OPEN_STATES, MERGED), None, (SYSTEM,), several=True),
    _step("orders.recount", (*OPEN_STATES, MERGED), None, (OVERSIGHT, SYSTEM), several=True),
    _step("orders.press", (*BEING_WORKED_ON, MERGED), None, (OVERSIGHT, SYSTEM), Audience.INTERNAL, several=True),
    _step("orders.object", (*ANSWERED, REFUSED), None, (ASKER,), Audience.ASKER, several=True),
    _step("orders.comment", ANY, None, EVERYBODY, several=True),
    _step("orders.attach", ANY, None, EVERYBODY, Audience.ASKER, several=True),
    _step("orders.publish", ANY, None, OFFICES, several=True),
    _step("orders.unpublish", ANY, None, OFFICES, Audience.INTERNAL, several=True),
    _step("orders.exclude", ANY, None, (OVERSIGHT,), Audience.INTERNAL, several=True),
    _step("orders.include", ANY, None, (OVERSIGHT,), Audience.INTERNAL, several=True),
    _step("orders.unseal", ANY, None, (UNIT, OVERSIGHT), Audience.INTERNAL, several=True),
)  # fmt: skip

FLOW: Final = {step.act: step for step in STEPS}

# What an asker may do with their own order. A pack gives these to its roles "resident" and "anybody".
# Taking what one is offered, and planning dates, are done by residents too; whose part it is, the acts themselves ask.
ASKER_PERMISSIONS: Final = (
    "orders.place", *(step.act for step in STEPS if ASKER in step.who), "orders.claim", "orders.decline",
    "orders.confirm", "orders.dispute", "orders.thank", "orders.plan_dates", "orders.skip_date", "orders.end_plan",
)  # fmt: skip

# The clocks that must run in each state: an order that waits, waits on somebody. ``check_packs`` asks this too.
CLOCK_OF_STATE: Final[dict[State, str]] = {
    PLACED: "dispatch",
    DISPATCHED: "accept",
    RETURNED: "dispatch",  # "adjudicate" after the second return
    ACCEPTED: "finish",
    ASKED_BACK: "answer",
    DONE: "close",
    RATED: "close",
}


@dataclass(frozen=True, slots=True)
class Flow:
    """A loop of its own: the steps that orders of its items take, and the clock that runs in each waiting state.

    The flow of appeals is this room's. A pack declares others; an item says by ``flow`` which one its orders take.
    ``subject`` is the kind of thing that its notices are about, and lead to: ``finding:0192…``. The log names no act of
    a ``sealed`` one: that something is asked would tell of what is not public yet. ``state_names``: its own words
    for states in front of people.
    """

    code: str
    steps: tuple[Step, ...]
    clocks: Mapping[State, str]
    subject: str = "order"
    sealed: bool = False
    state_names: Mapping[State, str | Promise] = field(default_factory=dict)

    def step(self, act: str) -> Step | None:
        """Return the step by which an act moves an order, None where it has no part in this flow."""
        return next((step for step in self.steps if step.act == act), None)

    def takes(self, act: str, who: Who) -> bool:
        """Say whether somebody in this part may do the act to orders of this flow in any state."""
        step = self.step(act)
        return step is not None and who in step.who


APPEAL: Final = Flow("appeal", STEPS, CLOCK_OF_STATE)


def timer_steps(*whence: State, late: str) -> tuple[Step, ...]:
    """The steps that the timers do to the orders of a pack's flow; ``late`` is the notice of one whose time is over."""
    return (
        replace(FLOW["orders.escalate"], whence=frozenset(whence), notice=late),
        replace(FLOW["orders.recount"], whence=frozenset(whence)),
    )


_FLOWS: dict[str, Flow] = {APPEAL.code: APPEAL}


def register_flow(flow: Flow) -> None:
    """Make a pack's flow known, at start-up. The same one twice is harmless; two different ones of one code are not."""
    if _FLOWS.setdefault(flow.code, flow) != flow:
        raise Conflict(_("Two different flows are called %(value)s."), field="code", value=flow.code)


def flow_called(code: str) -> Flow:
    """Return a flow. Raises ``NotFound`` for one that no installed pack declares."""
    flow = _FLOWS.get(code)
    if flow is None:
        raise NotFound(
            _("There is no flow %(value)s."), field="flow", value=code, remedy=_("Install the pack that declares it.")
        )
    return flow


def known_flows() -> Sequence[Flow]:
    """Every flow, the one of appeals first."""
    return tuple(_FLOWS.values())


def steps_from(state: State, flow: Flow = APPEAL) -> tuple[Step, ...]:
    """The steps that an order in ``state`` can take, in the table's order."""
    return tuple(step for step in flow.steps if state in step.whence)
