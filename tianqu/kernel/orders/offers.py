"""Orders that are offered to several who may take them: the first to claim one has it, else the centre says who.

A pack registers how orders of its flow are offered (``Offering``): whom it finds, best first, and what is told before
an order is taken. Rounds go by a clock; when nobody is left, the order's own clock of dispatching runs on.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Exists, Max, OuterRef, Q, QuerySet, TextField
from django.db.models.functions import Cast

from tianqu.base.errors import Conflict, InvalidInput, NotFound, _
from tianqu.base.time_proofs import add_duration
from tianqu.base.working_time import Duration
from tianqu.kernel.journal.api import Acting, Actor, act, writing
from tianqu.kernel.notices.api import queue_notice
from tianqu.kernel.orders.cases import Case, clean_note, load_case, may_by_role, open_case
from tianqu.kernel.orders.catalogue import item_version, items_of_flows, realm_calendar
from tianqu.kernel.orders.flow import Who
from tianqu.kernel.orders.models import Event, Offer, Offered, Order, State
from tianqu.kernel.places.api import can

LIST_MAX: Final = 200
ROUND: Final = Duration(240, "working_minutes")
EACH_MAX: Final = 50


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who may take an order. ``person_id`` alone where it is set, else whoever may at ``unit_id``.

    ``grounds`` are codes and numbers, and nobody's words: why this one. The higher the ``score``, the sooner.
    """

    taker: str
    unit_id: UUID
    person_id: UUID | None
    score: int
    grounds: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wanted:
    """How many candidates, and of whom: none of ``without``, or ``only`` this one."""

    limit: int
    without: Collection[str] = ()
    only: str = ""


@dataclass(frozen=True, slots=True)
class Offering:
    """How orders of a flow are offered: to how many in a round, in how many rounds, how long one lasts.

    ``find`` returns the best candidates for an order; it is asked with open eyes, and whoever must not be asked is not
    among them. ``told`` is what an offer tells of the order before it is taken, without personal data. ``notice`` is
    the template of the notice, about the subject ``offer:…``; ``notice_back`` tells whoever it is taken back from, why.
    """

    flow: str
    find: Callable[[Order, Wanted], Sequence[Candidate]]
    told: Callable[[Order], Mapping[str, Any]]
    notice: str
    notice_back: str
    each: int = 3
    rounds: int = 3
    lasts: Duration = ROUND


_OFFERINGS: Final[dict[str, Offering]] = {}


def register_offering(offering: Offering) -> None:
    """Say how orders of a flow are offered; once, at start-up."""
    assert offering.each <= EACH_MAX, f"{offering.flow} asks too many at once"
    _OFFERINGS[offering.flow] = offering


def offering_items() -> list[int]:
    """The numbers of the items whose orders are offered."""
    return items_of_flows(_OFFERINGS)


@act("orders.offer", may=may_by_role)
def offer_order(acting: Acting, *, order_id: UUID) -> int:
    """Open the next round of an order that nobody has taken; return to how many it was offered.

    Offers of the round before lapse. After the last round, or where nobody is left, none is made: the centre decides.
    """
    case = open_case(acting, order_id)
    data = _next_round(case)
    case.settle(data=data)
    return int(data["offered"])


@act("orders.claim", may=may_by_role)
def claim_order(acting: Acting, *, order_id: UUID, note: str = "", taker: str = "") -> None:
    """Take an order that was offered to oneself, or to a team that one leads; the first has it.

    ``taker``: for which of several that one leads; the best of them without it. Raises ``NotFound`` where it was not
    offered to the actor, and ``Conflict`` where somebody was first.
    """
    case, offer = _offered_case(acting, order_id, taker=taker)
    offer.state, offer.answered_at = Offered.TAKEN, acting.now
    with writing(acting):
        _lapse(acting, order_id, but=offer)
        offer.save(update_fields=["state", "answered_at"])
    order = case.order
    order.unit_id, order.handler_post_id, order.accepted_at = offer.unit_id, acting.actor.post_id, acting.now
    order.dispatched_at = order.dispatched_at or acting.now
    case.stop("dispatch", "accept")
    case.start("finish")
    case.settle(note=clean_note(note), data={"taker": offer.taker, "round": offer.round})


@act("orders.decline", may=may_by_role)
def decline_order(acting: Acting, *, order_id: UUID, reason: str, taker: str = "") -> None:
    """Decline an order that was offered, with a reason; once all of a round have, the next round begins.

    One that the centre sent goes back to the centre. ``taker`` as in claiming.
    """
    case, offer = _offered_case(acting, order_id, taker=taker)
    offer.words = clean_note(reason, field="reason", wanted=True)
    offer.state, offer.answered_at = Offered.DECLINED, acting.now
    with writing(acting):
        offer.save(update_fields=["state", "answered_at", "words"])
        left = Offer.objects.filter(order_id=order_id, state=Offered.OPEN).exists()
    data: dict[str, Any] = {"taker": offer.taker, "round": offer.round}
    if case.from_state is State.DISPATCHED:
        case.order.unit_id, case.order.dispatched_at = None, None
        case.stop("accept", "finish")
        case.start("dispatch")
    elif not left:
        data["next"] = _next_round(case)
    case.settle(to_state=State.PLACED, data=data)


@act("orders.assign", may=may_by_role)
def assign_order(acting: Acting, *, order_id: UUID, taker: str, reason: str = "") -> None:
    """Send an order to a taker whom the centre chose, who accepts or declines it; every other offer lapses.

    Raises ``InvalidInput`` for one who must not be asked, or is none.
    """
    case = open_case(acting, order_id)
    offering = _offering_of(case.order)
    with writing(acting):
        found = next(iter(offering.find(case.order, Wanted(1, only=taker))), None)
    if found is None:
        raise InvalidInput(
            _("%(value)s cannot be asked for this."), field="taker", value=taker[:80],
            remedy=_("Choose one of the list."),
        )  # fmt: skip
    with writing(acting):
        _lapse(acting, order_id)
    order = case.order
    order.unit_id, order.handler_post_id, order.dispatched_at = found.unit_id, None, acting.now
    case.stop("dispatch", "accept", "finish")
    case.start("accept")
    _make(case, offering, [found], number=0, lapses_at=None)
    case.settle(note=clean_note(reason), data={"taker": taker})


@act("orders.take_back", may=may_by_role)
def take_back_order(acting: Acting, *, order_id: UUID, reason: str) -> None:
    """Take an order back from whom it was sent to or who took it, and tell them why; it waits for others from then on.

    They see no more of it than they were offered. Raises ``Conflict`` where the pack says that it is too late for that.
    """
    case = open_case(acting, order_id)
    offering, order = _offering_of(case.order), case.order
    note, held = clean_note(reason, field="reason", wanted=True), (Offered.OPEN, Offered.TAKEN, Offered.GOES)
    with writing(acting):
        back = list(Offer.objects.filter(order=order, state__in=held))
        Offer.objects.filter(id__in=[one.id for one in back]).update(state=Offered.LAPSED, answered_at=acting.now)
        for one in back:
            _tell(acting, one, offering.notice_back, key=f"offer:{one.id}:back", parameters={**one.told, "note": note})
    order.unit_id, order.handler_post_id, order.dispatched_at, order.accepted_at = None, None, None, None
    case.stop("accept", "finish")
    case.start("dispatch")
    case.settle(note=note, data={"takers": [one.taker for one in back]})


def join_within(acting: Acting, order: Order, joining: Sequence[Candidate]) -> None:
    """Say who goes along with whoever took an order, within a pack's act: they see it from now on, and nobody else."""
    with writing(acting):
        going = Offer.objects.filter(order=order, state=Offered.GOES)
        going.exclude(taker__in=[one.taker for one in joining]).update(state=Offered.LAPSED, answered_at=acting.now)
        there = set(going.values_list("taker", flat=True))
        took = Offer.objects.get(order=order, state=Offered.TAKEN).taker
        for one in joining:
            if one.taker not in there:
                _offer(acting, order, one, number=0, told={"took": took}, state=Offered.GOES).save(force_insert=True)


def forget_offers_within(acting: Acting, person_id: UUID, flow: str) -> None:
    """Take a person from what orders of a flow were offered to them, within an act: they see no more of any of these.

    What they took alone waits on until the centre takes it back.
    """
    with writing(acting):
        theirs = Offer.objects.filter(person_id=person_id, order__item__in=items_of_flows([flow]))
        theirs.exclude(state=Offered.TAKEN).update(state=Offered.LAPSED)
        theirs.update(person_id=None, taker=Cast("id", TextField()), words="")


def due_offers(now: datetime, *, limit: int) -> list[UUID]:
    """The orders that wait to be offered for the first time, or whose round is over; for the timers."""
    over = Offer.objects.filter(state=Offered.OPEN, lapses_at__lte=now).values("order")
    fresh = ~Exists(Event.objects.filter(order=OuterRef("id"), act="orders.offer"))
    waiting = Order.objects.filter(fresh | Q(id__in=over), state=State.PLACED, item__in=offering_items())
    return list(waiting.order_by("placed_at").values_list("id", flat=True)[:limit])


def offers_to(actor: Actor, *, states: Collection[str] = (Offered.OPEN,), limit: int = LIST_MAX) -> list[Offer]:
    """What is offered to the actor personally, or to their unit where they may claim; the soonest to lapse first."""
    if actor.person_id is None:
        return []
    mine = Q(person_id=actor.person_id)
    if actor.post_id is not None and can(actor, "orders.claim"):
        mine |= Q(person_id=None, unit_id__in=actor.scope.unit_ids)
    return list(Offer.objects.filter(mine, state__in=states).order_by("lapses_at", "id")[: min(limit, LIST_MAX)])


def own_offers(actor: Actor) -> list[Offer]:
    """All that was ever offered to the actor personally, the newest first, for whoever takes their own away."""
    return list(Offer.objects.filter(person_id=actor.person_id).order_by("-made_at")) if actor.person_id else []


def offers_of(order_id: UUID) -> QuerySet[Offer]:
    """The offers of an order within the connection's sight, in the order in which they were made."""
    return Offer.objects.filter(order_id=order_id).order_by("made_at", "-score", "taker")


def _offered_case(acting: Acting, order_id: UUID, *, taker: str) -> tuple[Case, Offer]:
    """Lock an order that the actor may not see yet, and the offer by which they may take it."""
    actor = acting.actor
    with writing(acting):
        order = Order.objects.select_for_update().filter(id=order_id).first()
        known = list(offers_of(order_id))  # asked for an order that is not there too, so that nobody tells by the time
    own = [
        one for one in known
        if (one.person_id is not None and one.person_id == actor.person_id)
        or (one.person_id is None and actor.post_id is not None and one.unit_id in actor.scope.unit_ids)
    ]  # fmt: skip
    if order is None or not own:
        raise NotFound(_("This was not offered to you."), field="order_id", value=str(order_id))
    step = item_version(order.item_id).flow.step(acting.act)
    offer = next((one for one in own if one.state == Offered.OPEN and taker in ("", one.taker)), None)
    if step is None or order.state not in step.whence or offer is None:
        raise Conflict(
            _("This is not open any more: somebody was first, or its time is over."), field="order_id",
            remedy=_("Look at what else is offered."),
        )  # fmt: skip
    if step.check is not None:
        step.check(acting, order)
    with writing(acting):
        return load_case(acting, order, step=step, part=Who.TAKER), offer


def _next_round(case: Case) -> dict[str, Any]:
    """Let what is open lapse, and offer to the next best who were not asked yet."""
    acting, order = case.acting, case.order
    offering = _offering_of(order)
    with writing(acting):
        _lapse(acting, order.id)
        asked = Offer.objects.filter(order=order)
        number = (asked.aggregate(last=Max("round"))["last"] or 0) + 1
        takers = set(asked.values_list("taker", flat=True))
        found = list(offering.find(order, Wanted(offering.each, without=takers))) if number <= offering.rounds else []
    _make(case, offering, found, number=number, lapses_at=add_duration(realm_calendar(), acting.now, offering.lasts))
    return {"round": number, "offered": len(found)}


def _make(
    case: Case, offering: Offering, found: Sequence[Candidate], *, number: int, lapses_at: datetime | None
) -> None:
    acting, told = case.acting, dict(offering.told(case.order))
    with writing(acting):
        for one in found:
            offer = _offer(acting, case.order, one, number=number, told=told)
            offer.lapses_at = lapses_at
            offer.save(force_insert=True)
            until = lapses_at.isoformat() if lapses_at is not None else ""
            _tell(acting, offer, offering.notice, key=f"offer:{offer.id}", parameters=told | {"until": until})


def _tell(acting: Acting, offer: Offer, code: str, *, key: str, parameters: Mapping[str, Any]) -> None:
    """Queue a notice for whom an offer was made to: the person, or whoever may at the unit."""
    queue_notice(
        acting, key=key, code=code, subject=f"offer:{offer.id}", parameters=dict(parameters), person_id=offer.person_id,
        unit_id=None if offer.person_id is not None else offer.unit_id,
    )  # fmt: skip


def _offer(
    acting: Acting, order: Order, one: Candidate, *, number: int, told: Mapping[str, Any], state: str = Offered.OPEN
) -> Offer:
    return Offer(
        order=order, taker=one.taker, person_id=one.person_id, unit_id=one.unit_id, place_path=order.place_path,
        round=number, score=one.score, grounds=dict(one.grounds), told=dict(told), state=state, made_at=acting.now,
        words="",
    )  # fmt: skip


def _lapse(acting: Acting, order_id: UUID, *, but: Offer | None = None) -> None:
    lost = Offer.objects.filter(order_id=order_id, state=Offered.OPEN)
    lost = lost.exclude(id=but.id) if but is not None else lost
    lost.update(state=Offered.LAPSED, answered_at=acting.now)


def _offering_of(order: Order) -> Offering:
    item = item_version(order.item_id)
    offering = _OFFERINGS.get(item.flow_code)
    if offering is None:
        raise Conflict(_("Requests of this kind are not offered to anybody."), field="order_id", value=str(order.id))
    return offering
