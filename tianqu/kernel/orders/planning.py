"""Orders on many dates: a project's, or recurring visits to one household. Each is placed some days ahead, once.

An order of a plan has the identifier that follows from plan and date, so that placing what is due twice places it once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from tianqu.base.canonical import plain
from tianqu.base.errors import Conflict, InvalidInput, NotFound, NotPermitted, TianquError, _
from tianqu.base.identifiers import named_identifier
from tianqu.base.texts import clean_line, clean_text
from tianqu.kernel.journal.api import ANYBODY, SYSTEM, Acting, Actor, DoneBefore, Scope, act, seeing, writing
from tianqu.kernel.orders.cases import may_by_role
from tianqu.kernel.orders.catalogue import item_form, known_item, known_place
from tianqu.kernel.orders.form_answers import validate
from tianqu.kernel.orders.models import Order, Plan
from tianqu.kernel.orders.placing import (
    ADDRESS_MAX,
    CONTACT_MAX,
    DESCRIPTION_MAX,
    TITLE_MAX,
    Contact,
    place_order,
)
from tianqu.kernel.places.api import within_scope

DATES_MAX: Final = 200
LASTS_MAX: Final = timedelta(days=3 * 366)
AHEAD_MAX: Final = 60
EVERY_MAX: Final = 366
PLANS_MAX: Final = 500


@act("orders.plan_dates", may=may_by_role)
def plan_dates(
    acting: Acting,
    *,
    plan_id: UUID,
    item: str,
    place_id: UUID,
    title: str,
    description: str,
    first_day: date,
    last_day: date,
    every_days: int = 0,
    days: Sequence[date] = (),
    day_field: str = "",
    form: Mapping[str, Any] | None = None,
    name: str = "",
    phone: str = "",
    address: str = "",
    ahead_days: int = 14,
) -> list[date]:
    """Plan an order for many dates, and return them: by a rule, or each by itself.

    ``every_days`` counts from ``first_day`` on (14: every second week on that day of the week), 0 for none; ``days``
    are dates beside it. ``day_field`` is the field of the item's form that takes the date. Each order is placed
    ``ahead_days`` before its date, for whoever planned it, or for the household (``name``, ``phone``) where a post did.
    The same sent again changes nothing. Raises ``InvalidInput`` and, for somebody else's plan, ``Conflict``.
    """
    actor = acting.actor
    if actor.person_id is None:
        raise NotPermitted(_("Only somebody who has signed in plans for later."), remedy=_("Sign in first."))
    today = acting.today
    told = Plan(
        id=plan_id, item_code=known_item(item, on=today).code, place_id=place_id,
        place_path=known_place(place_id).path, title=clean_line(title, field="title", most=TITLE_MAX, wanted=True),
        description=clean_text(description, field="description", most=DESCRIPTION_MAX, wanted=True),
        address=clean_line(address, field="address", most=ADDRESS_MAX), form=dict(form or {}), day_field=day_field,
        person_id=actor.person_id if actor.post_id is None else None, unit_id=actor.unit_id,
        name=clean_line(name, field="name", most=CONTACT_MAX), phone=clean_line(phone, field="phone", most=CONTACT_MAX),
        first_day=first_day, last_day=last_day, every_days=every_days, days=sorted(set(days)), skipped=[],
        ahead_days=ahead_days, planned_at=acting.now,
    )  # fmt: skip
    _check(told, today=today)
    known = Plan.objects.filter(id=plan_id).first()
    if known is not None:
        same = all(getattr(known, one) == getattr(told, one) for one in _SENT)
        if not same:
            raise Conflict(_("Something else was sent under this identifier."), field="plan_id", value=str(plan_id))
        raise DoneBefore(dates_of(known))
    with writing(acting):
        if Plan.objects.filter(id=plan_id).exists():
            raise Conflict(_("Something else was sent under this identifier."), field="plan_id", value=str(plan_id))
        told.save(force_insert=True)
    _record(acting, told)
    return dates_of(told)


@act("orders.skip_date", may=may_by_role)
def skip_date(acting: Acting, *, plan_id: UUID, day: date) -> None:
    """Leave one date of a plan out. Raises ``Conflict`` where its order was placed: that one is withdrawn itself."""
    plan = _own_plan(acting, plan_id)
    if day in plan.skipped:
        raise DoneBefore(None)
    if day not in dates_of(plan):
        raise InvalidInput(_("%(value)s is no date of this plan."), field="day", value=day.isoformat())
    with writing(acting):
        placed = Order.objects.filter(id=planned_order_id(plan_id, day)).exists()
    if placed:
        raise Conflict(_("This date was ordered already."), field="day", remedy=_("Withdraw that request itself."))
    plan.skipped = sorted([*plan.skipped, day])
    _keep(acting, plan, "skipped")


@act("orders.end_plan", may=may_by_role)
def end_plan(acting: Acting, *, plan_id: UUID) -> None:
    """End a plan: nothing more is placed. What was placed goes its way."""
    plan = _own_plan(acting, plan_id)
    if plan.ended_at is not None:
        raise DoneBefore(None)
    plan.ended_at = acting.now
    _keep(acting, plan, "ended_at")


def dates_of(plan: Plan) -> list[date]:
    """The dates of a plan without those that are skipped, in order."""
    return sorted(day for day in {*_by_rule(plan), *plan.days} if day not in plan.skipped)


def planned_order_id(plan_id: UUID, day: date) -> UUID:
    """The identifier that the order of a plan on a date always has."""
    return named_identifier(f"order:{plan_id}:{day.isoformat()}")


def place_planned_orders(now: datetime, *, limit: int = PLANS_MAX) -> int:
    """Place what is due of every plan by its days ahead; return how many were placed. Safe to run twice.

    What an item no longer takes waits for whoever planned it to mend or end the plan, and holds up no other.
    """
    today, placed = timezone.localdate(now), 0
    with seeing(SYSTEM.scope):
        plans = list(Plan.objects.filter(ended_at=None, last_day__gte=today).order_by("planned_at", "id")[:limit])
        due = {
            (plan.id, day): plan for plan in plans for day in dates_of(plan)
            if today <= day <= today + timedelta(days=plan.ahead_days)
        }  # fmt: skip
        ids = {planned_order_id(*key): key for key in due}
        there = set(Order.objects.filter(id__in=list(ids)).values_list("id", flat=True))
    for order_id, (plan_id, day) in ids.items():
        if order_id not in there:
            placed += _place(due[plan_id, day], day, order_id, now)
    return placed


def plans_of(actor: Actor) -> list[Plan]:
    """The plans that the actor may skip dates of and end, the newest first."""
    own = Plan.objects.filter(person_id=actor.person_id) if actor.post_id is None else Plan.objects.filter(
        person_id=None, unit_id__in=actor.scope.unit_ids
    )  # fmt: skip
    return list(own.order_by("-planned_at", "id")[:PLANS_MAX]) if actor.person_id is not None else []


_SENT: Final = (
    "item_code", "place_id", "title", "description", "address", "form", "day_field", "person_id", "unit_id", "name",
    "phone", "first_day", "last_day", "every_days", "days", "ahead_days",
)  # fmt: skip


def _check(plan: Plan, *, today: date) -> None:
    if not today <= plan.first_day <= plan.last_day <= today + LASTS_MAX:
        raise InvalidInput(
            _("A plan begins today or later, ends after it begins, and lasts at most three years."), field="first_day",
            value=plan.first_day.isoformat(), remedy=_("Choose other days."),
        )  # fmt: skip
    for value, field, least, most in (
        (plan.every_days, "every_days", 0, EVERY_MAX), (plan.ahead_days, "ahead_days", 1, AHEAD_MAX),
    ):  # fmt: skip
        if not least <= value <= most:
            raise InvalidInput(_("Give %(least)s to %(most)s days."), field=field, value=value, least=least, most=most)
    if any(not plan.first_day <= day <= plan.last_day for day in plan.days):
        raise InvalidInput(_("Every date lies within the plan."), field="days")
    count = len(plan.days) + ((plan.last_day - plan.first_day).days // plan.every_days if plan.every_days else 0)
    if count > DATES_MAX or not dates_of(plan):
        raise InvalidInput(_("A plan has 1 to %(most)s dates."), field="days", value=count, most=DATES_MAX)
    form = item_form(known_item(plan.item_code, on=today))
    validate(form, _answers(plan, dates_of(plan)[0]), today=today)


def _answers(plan: Plan, day: date) -> dict[str, Any]:
    return {**plan.form, **({plan.day_field: day.isoformat()} if plan.day_field else {})}


def _by_rule(plan: Plan) -> Iterator[date]:
    if plan.every_days:
        for number in range((plan.last_day - plan.first_day).days // plan.every_days + 1):
            yield plan.first_day + timedelta(days=plan.every_days * number)


def _place(plan: Plan, day: date, order_id: UUID, now: datetime) -> bool:
    own = plan.person_id is not None
    actor = Actor(
        channel="plan", person_id=plan.person_id, roles=frozenset({"resident"}), scope=Scope(person_id=plan.person_id)
    ) if own else Actor(channel="plan", roles=ANYBODY.roles)  # fmt: skip
    try:
        receipt = place_order(
            actor, item=plan.item_code, place_id=plan.place_id, title=plan.title, description=plan.description,
            form=_answers(plan, day), contact=Contact(name=plan.name, phone=plan.phone), address=plan.address,
            order_id=order_id, at=now,
        )  # type: ignore[call-arg]  # fmt: skip
    except TianquError:
        return False
    return not receipt.again


def _own_plan(acting: Acting, plan_id: UUID) -> Plan:
    """A plan of the actor's own, or of their unit, locked. Raises ``NotFound``."""
    plan = Plan.objects.select_for_update().filter(id=plan_id).first()
    actor = acting.actor
    own = plan is not None and (
        (plan.person_id is not None and plan.person_id == actor.person_id)
        or (plan.person_id is None and actor.post_id is not None and within_scope(actor.scope, plan))
    )  # fmt: skip
    if plan is None or not own:
        raise NotFound(_("There is no such plan."), field="plan_id", value=str(plan_id))
    return plan


def _keep(acting: Acting, plan: Plan, *names: str) -> None:
    with writing(acting):
        plan.save(update_fields=list(names))
    _record(acting, plan)


def _record(acting: Acting, plan: Plan) -> None:
    after = {each: getattr(plan, each) for each in (*_SENT, "skipped", "ended_at")}
    acting.record(f"orders_plan:{plan.id}", after=plain(after), sealed=True)
