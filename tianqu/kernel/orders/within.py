"""Moving an order of a pack's own flow within the pack's act, in its transaction.

A pack never calls one act inside another. Its own act is a step of its flow (``Flow``), by the act's name; what the
step means for the order, its clocks, its event and its entry is done here, as the acts of this room do it:

    placed = place_within(acting, item="village.finding", order_id=finding_id, …)
    move_within(acting, order_id=finding_id, unit_id=village.id, finish_by=last_moment, note="…")
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from tianqu.base.errors import InvalidInput, _
from tianqu.base.working_time import Duration
from tianqu.kernel.journal.api import Acting
from tianqu.kernel.orders.attaching import attached, facts_of
from tianqu.kernel.orders.cases import Case, clean_note, open_case
from tianqu.kernel.orders.models import Audience, State
from tianqu.kernel.places.api import unit_today

MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Moved:
    """An order as the step left it. ``sequence`` is that of the event, by which its note and files are found."""

    order_id: UUID
    code: str
    state: State
    version: int
    sequence: int


def move_within(
    acting: Acting,
    *,
    order_id: UUID,
    note: str = "",
    unit_id: UUID | None = None,
    finish_by: datetime | None = None,
    data: Mapping[str, Any] | None = None,
    files: Sequence[UUID] = (),
    expected_version: int | None = None,
) -> Moved:
    """Move an order by the step of its flow that is called like the act, which has asked for its own permission.

    The order must be within the actor's sight, in a state from which the step leads, and the actor in a part that may
    do it. ``unit_id`` is who is answerable from now on, where the step dispatches. ``finish_by`` is until when the
    order is to be done: for a step that dispatches, sends back, or (staying where it is) extends. ``note`` is what the
    event says; where the step answers, it is the answer too. ``files`` are stored files that are attached with it.

    Raises ``NotFound``, ``NotPermitted``, ``Conflict`` as the acts of this room do, and ``InvalidInput`` for a moment
    that is over or beyond what the item allows.
    """
    case = open_case(acting, order_id, expected_version=expected_version)
    note, unit_id = clean_note(note), unit_today(unit_id).id if unit_id is not None else None
    shown = [attached(case, file_id=file_id, audience=Audience.INTERNAL, by_asker=False) for file_id in files]
    led(case, note=note, unit_id=unit_id, finish_by=finish_by)
    told = {**(data or {}), **({"attachments": [facts_of(one) for one in shown]} if shown else {})}
    event = case.settle(note=note, data=told)
    order = case.order
    return Moved(order.id, order.code, State(order.state), order.version, event.sequence)


def led(case: Case, *, note: str, unit_id: UUID | None, finish_by: datetime | None) -> None:
    """Let the order be what the state is to which the step leads."""
    whither = case.step.whither
    if whither is None:
        if finish_by is not None:
            _extend(case, finish_by, reason=note)
    elif whither is State.DISPATCHED:
        _dispatch(case, unit_id, finish_by)
    elif whither is State.ACCEPTED:
        _accept(case, finish_by)
    elif whither is State.DONE:
        _answer(case, note)
    elif whither is State.RETURNED:
        _disagree(case)
    else:
        case.order.closed_at, case.order.objected_at = case.acting.now, None
        case.stop_all()


def _dispatch(case: Case, unit_id: UUID | None, finish_by: datetime | None) -> None:
    assert unit_id is not None, f"{case.step.act} does not say who is answerable"
    order = case.order
    order.unit_id, order.handler_post_id = unit_id, None
    order.dispatched_at, order.accepted_at = case.acting.now, None
    case.stop("dispatch")
    if finish_by is not None:  # anew where it was dispatched before: to another unit, or for another time
        case.stop("accept", "finish")
    if case.item.flow.clocks[State.DISPATCHED] == "accept":  # else whoever is asked answers at once
        case.start("accept")
    case.start("finish", duration=_until(case, finish_by))


def _accept(case: Case, finish_by: datetime | None) -> None:
    """Accepted by the unit; or, from an answered order, sent back to it for another round."""
    order, acting = case.order, case.acting
    if case.from_state is State.DISPATCHED:
        order.accepted_at, order.handler_post_id = acting.now, acting.actor.post_id
        case.stop("accept")
        return
    order.reopen_count += 1
    order.done_at, order.closed_at = None, None
    case.stop_all()
    case.start("finish", duration=_until(case, finish_by))


def _answer(case: Case, note: str) -> None:
    order, acting = case.order, case.acting
    order.answer_public, order.done_at, order.closed_at = note, acting.now, None
    if order.accepted_at is None:
        order.accepted_at, order.handler_post_id = acting.now, acting.actor.post_id
    case.stop("accept", "finish")
    case.start(case.item.flow.clocks[State.DONE])


def _disagree(case: Case) -> None:
    """What was done is disagreed with: somebody above must rule, by a clock that escalates."""
    case.order.objected_at, case.order.closed_at = case.acting.now, None
    case.stop_all()
    case.start(case.item.flow.clocks[State.RETURNED])


def _extend(case: Case, finish_by: datetime, *, reason: str) -> None:
    clock = case.clocks.get("finish")
    minutes = (finish_by - clock.due_at) // MINUTE if clock is not None else 0
    if minutes < 1:
        raise _too_early(finish_by)
    case.extend("finish", reason=reason, minutes=minutes)
    case.order.extended_days += minutes // (24 * 60)


def _until(case: Case, finish_by: datetime | None) -> Duration | None:
    """The time until a moment, in whole minutes round the clock, so that the proof of the clock says the moment."""
    if finish_by is None:
        return None
    minutes = (finish_by - case.acting.now) // MINUTE
    if minutes < 1:
        raise _too_early(finish_by)
    return Duration(minutes, "minutes")


def _too_early(finish_by: datetime) -> InvalidInput:
    return InvalidInput(
        _("%(value)s is not later than it was."), field="finish_by", value=finish_by.isoformat(),
        remedy=_("Choose a later day."),
    )  # fmt: skip
