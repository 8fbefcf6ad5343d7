"""What those who look after the loop do: call back, close, press, escalate, exclude from rates, unseal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from tianqu.base.errors import Conflict, InvalidInput, NotFound, _
from tianqu.base.time_proofs import add_duration
from tianqu.base.working_time import Duration
from tianqu.kernel.journal.api import Acting, act, writing
from tianqu.kernel.orders.asking import check_satisfaction, keep_rating
from tianqu.kernel.orders.cases import Case, clean_note, may_by_role, open_case, oversees
from tianqu.kernel.orders.catalogue import realm_calendar
from tianqu.kernel.orders.models import Asker, CallBack, Clock, Exclusion, State

OUTCOMES: Final = ("answered", "no_answer", "busy", "wrong_number", "declined")
FINAL_OUTCOMES: Final = ("answered", "wrong_number", "declined")
ATTEMPTS_MAX: Final = 3
RETRY_AFTER: Final = {"busy": Duration(30, "working_minutes"), "no_answer": Duration(240, "working_minutes")}
RETRY_WITHIN: Final = timedelta(days=30)
RATES: Final = ("response", "resolution", "satisfaction", "timeliness", "all")
EXCLUSION_REASONS: Final = ("test", "duplicate", "force_majeure", "beyond_powers", "abuse", "other")
LEVEL_MAX: Final = 3  # 1 unit head, 2 supervisor, 3 prefecture
NEXT_LEVEL_AFTER: Final = Duration(1, "working_days")


@act("orders.call_back", may=may_by_role)
def call_back(
    acting: Acting,
    *,
    order_id: UUID,
    outcome: str,
    contacted: bool | None = None,
    solved: bool | None = None,
    satisfaction: str = "",
    note: str = "",
    again_at: datetime | None = None,
    expected_version: int | None = None,
) -> None:
    """Say what came of a call to the asker. ``outcome`` is one of ``OUTCOMES``.

    A call without an answer is due again at ``again_at``, within 30 days, or else after half a working hour (busy) or
    half a working day (no answer).

    ``contacted``: the unit got in touch with the asker. A call that was answered is valid: it counts in the three
    rates. After three calls without an answer the order leaves the queue and counts in none. If the asker has not
    rated, what they say here is the rating.
    """
    case = open_case(acting, order_id, expected_version=expected_version)
    if outcome not in OUTCOMES:
        raise InvalidInput(
            _("There is no outcome %(value)s."), field="outcome", value=outcome,
            remedy=_("Choose one of: %(outcomes)s."), outcomes=", ".join(OUTCOMES),
        )  # fmt: skip
    note = clean_note(note)
    if outcome == "answered":
        check_satisfaction(satisfaction)
        if contacted is None or solved is None:
            raise InvalidInput(_("Say whether the unit got in touch, and whether it is solved."), field="contacted")
    call = CallBack.objects.filter(order_id=order_id, round=case.order.reopen_count, done_at=None).first()
    if call is None:
        raise Conflict(_("No call about this request is due."), field="order_id")
    call.attempts += 1
    call.outcome, call.note, call.operator_post_id = outcome, note, acting.actor.post_id
    if outcome in FINAL_OUTCOMES or call.attempts >= ATTEMPTS_MAX:
        call.done_at, call.valid = acting.now, outcome == "answered"
        case.stop("call_back")
    if outcome == "answered":
        call.contacted, call.solved, call.satisfaction = contacted, solved, satisfaction
    if call.done_at is None:
        call.due_at = _next_attempt(acting.now, outcome, again_at=again_at)
    with writing(acting):
        call.save()
    to_state = case.from_state
    if outcome == "answered" and case.from_state is State.DONE:
        keep_rating(case, satisfaction=satisfaction, solved=solved, text="", source="call_back")
        to_state = State.RATED
    data = {"outcome": outcome, "contacted": contacted, "solved": solved, "satisfaction": satisfaction}
    case.settle(to_state=to_state, note=note, data=data)


def _next_attempt(now: datetime, outcome: str, *, again_at: datetime | None) -> datetime:
    """When a call that reached nobody is due again."""
    if again_at is None:
        return add_duration(realm_calendar(), now, RETRY_AFTER[outcome])
    if not now < again_at <= now + RETRY_WITHIN:
        raise InvalidInput(
            _("This is not a time within the next %(days)s days."), field="again_at", value=again_at.isoformat(),
            days=RETRY_WITHIN.days, remedy=_("Give a later time, or none."),
        )  # fmt: skip
    return again_at


@act("orders.close", may=may_by_role)
def close_order(acting: Acting, *, order_id: UUID, note: str = "", expected_version: int | None = None) -> None:
    """Close an answered order. A call that is still due stays in the queue."""
    case = open_case(acting, order_id, expected_version=expected_version)
    case.order.closed_at = acting.now
    if oversees(acting.actor, case.order, act=acting.act):
        case.order.objected_at = None
    case.stop("close")
    case.settle(note=clean_note(note))


@act("orders.press", may=may_by_role)
def press_order(acting: Acting, *, order_id: UUID, note: str) -> None:
    """Press the unit to go on. Pressing is counted and dated, and shows on the unit's inbox."""
    case = open_case(acting, order_id)
    note = clean_note(note, wanted=True)
    case.order.press_count += 1
    case.order.pressed_at = acting.now
    case.settle(note=note)


@act("orders.escalate", may=may_by_role)
def escalate_order(acting: Acting, *, order_id: UUID) -> list[str]:
    """Mark the clocks of an order that are over time, each one level further than before; return their kinds.

    A breach goes to the unit's head, a working day later to the supervisor, another later to the prefecture. Doing it
    again before then changes nothing and raises ``Conflict``.
    """
    case = open_case(acting, order_id)
    late = [
        clock
        for clock in case.clocks.values()
        if clock.check_at is not None and clock.check_at <= acting.now and clock.level < LEVEL_MAX
    ]
    if not late:
        raise Conflict(_("No clock of this request is over time."), field="order_id", value=str(order_id))
    for clock in late:
        _raise_level(case, clock)
    kinds = sorted(clock.kind for clock in late)
    case.order.escalation = max(case.order.escalation, *(clock.level for clock in late))
    case.settle(data={"clocks": kinds, "level": case.order.escalation})
    return kinds


def _raise_level(case: Case, clock: Clock) -> None:
    clock.breached_at = clock.breached_at or clock.due_at
    clock.level += 1
    next_look = add_duration(realm_calendar(), case.acting.now, NEXT_LEVEL_AFTER)
    clock.check_at = next_look if clock.level < LEVEL_MAX else None
    case.changed.append(clock)


@act("orders.exclude", may=may_by_role)
def exclude_order(acting: Acting, *, order_id: UUID, rate: str, reason: str, note: str) -> None:
    """Leave an order out of a rate (one of ``RATES``), with a reason that every published rate counts."""
    case = open_case(acting, order_id)
    for value, known, field in ((rate, RATES, "rate"), (reason, EXCLUSION_REASONS, "reason")):
        if value not in known:
            raise InvalidInput(
                _("There is no %(field)s %(value)s."), field=field, value=value,
                remedy=_("Choose one of: %(known)s."), known=", ".join(known),
            )  # fmt: skip
    note = clean_note(note, wanted=True)
    if Exclusion.objects.filter(order_id=order_id, rate=rate, ended_at=None).exists():
        raise Conflict(_("This request is left out of this rate already."), field="rate", value=rate)
    with writing(acting):
        Exclusion.objects.create(
            order=case.order, rate=rate, reason=reason, note=note, at=acting.now,
            by_post_id=acting.actor.post_id,
        )  # fmt: skip
    case.settle(note=note, data={"rate": rate, "reason": reason})


@act("orders.include", may=may_by_role)
def include_order(acting: Acting, *, order_id: UUID, rate: str, note: str) -> None:
    """Count an order in a rate again."""
    case = open_case(acting, order_id)
    note = clean_note(note, wanted=True)
    with writing(acting):
        ended = Exclusion.objects.filter(order_id=order_id, rate=rate, ended_at=None).update(ended_at=acting.now)
    if not ended:
        raise NotFound(_("This request is not left out of this rate."), field="rate", value=rate)
    case.settle(note=note, data={"rate": rate})


@dataclass(frozen=True, slots=True)
class Unsealed:
    """Who asked, shown to one post for one reason. Everything here is personal data."""

    name: str
    phone: str
    email: str
    firm: str
    person_id: UUID | None


@act("orders.unseal", may=may_by_role)
def unseal_asker(acting: Acting, *, order_id: UUID, reason: str) -> Unsealed:
    """Look behind a sealed identity, with a reason; the look itself is an event that supervisors see.

    An anonymous asker left nothing to look at.
    """
    case = open_case(acting, order_id)
    reason = clean_note(reason, field="reason", wanted=True)
    if case.order.identity == "anonymous":
        raise Conflict(_("This asker chose to stay anonymous; nobody is on record."), field="order_id")
    with writing(acting):
        asker = Asker.objects.get(order_id=order_id)
    case.settle(note=reason)
    return Unsealed(asker.name, asker.phone, asker.email, asker.firm, asker.person_id)
