"""The demonstration: what the town ordered in the last two weeks, each order as far as it went, and a household's plan.

What was ordered stands in the realm's ``practice.yaml`` under ``orders`` and ``plan``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from tianqu.base.identifiers import named_identifier
from tianqu.kernel.journal.api import SYSTEM, Actor, Scope, seeing
from tianqu.kernel.orders.api import (
    VISIT,
    Contact,
    claim_order,
    confirm_order,
    dispute_order,
    offer_order,
    place_order,
    plan_dates,
    rate_order,
    slip_code,
    thank_for_order,
)
from tianqu.packs.practice.models import Team
from tianqu.packs.practice.services.acts import name_goers, rate_asking, serve_order, show_thanks, visit_household
from tianqu.packs.practice.services.matching import service_of_item
from tianqu.packs.practice.services.queries import service_of

STATES: Final = ("offered", "claimed", "served", "disputed", "confirmed", "thanked")
HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Sides:
    """Who orders for themselves, who writes down what others order by phone, and who leads the teams."""

    resident: Actor
    centre: Actor
    leader: Actor


def services_of_town(sides: Sides, teams: Sequence[Team], *, told: Mapping[str, Any]) -> int:
    """Play the orders, and plan a household's; return how many orders there are."""
    turns: dict[str, int] = {}
    for number, one in enumerate(told["orders"]):
        service = service_of_item(one["item"])
        able = [team for team in teams if team.service == service]
        turns[service] = turns.get(service, -1) + 1
        _play(sides, one, place_id=able[turns[service] % len(able)].station.place_id, number=number)
    plan, first = told["plan"], timezone.localdate() + timedelta(days=3)
    plan_dates(
        sides.resident, plan_id=named_identifier("demo:plan"), item=plan["item"], place_id=teams[-1].station.place_id,
        title=plan["title"], description=plan["words"], first_day=first, last_day=first + timedelta(days=84),
        every_days=14, day_field="day", form={"for_whom": "household"},
    )  # fmt: skip
    return len(told["orders"])


def _play(sides: Sides, one: Mapping[str, Any], *, place_id: UUID, number: int) -> None:
    """Play one order up to its state; each act at its hour."""
    begun, reached = timezone.now() - timedelta(days=one["days"]) - 2 * HOUR, STATES.index(one["state"])
    order_id, asker = named_identifier(f"demo:service:{number}"), sides.resident if one.get("own") else sides.centre
    place_order(
        asker, order_id=order_id, item=one["item"], place_id=place_id, title=one["title"], description=one["words"],
        form={"for_whom": "household"}, contact=Contact(name=one["name"], phone=f"101{number:08d}"), at=begun,
    )  # type: ignore[call-arg]  # fmt: skip
    offer_order(SYSTEM, order_id=order_id, at=begun + HOUR / 4)  # type: ignore[call-arg]
    if reached >= STATES.index("claimed"):
        goer = _taken(sides, order_id, at=begun + HOUR)
    if reached >= STATES.index("served"):
        _served(sides, goer, order_id, words=one["did"], at=begun + 2 * HOUR)
    if one["state"] == "disputed":
        dispute_order(sides.centre, order_id=order_id, note=one["said"], at=begun + 5 * HOUR)  # type: ignore[call-arg]
    elif reached >= STATES.index("confirmed"):
        confirm_order(asker, order_id=order_id, note=one["said"], at=begun + 5 * HOUR)  # type: ignore[call-arg]
        rate_asking(sides.leader, order_id=order_id, respectful=True, as_described=True, at=begun + 6 * HOUR)  # type: ignore[call-arg]
    if one["state"] == "thanked":
        rate_order(sides.resident, order_id=order_id, satisfaction="very", solved=True, at=begun + 7 * HOUR)  # type: ignore[call-arg]
        thank_for_order(sides.resident, order_id=order_id, text=one["thanks"], at=begun + 7 * HOUR)  # type: ignore[call-arg]
        show_thanks(sides.leader, order_id=order_id, shown=True, at=begun + 8 * HOUR)  # type: ignore[call-arg]


def _taken(sides: Sides, order_id: UUID, *, at: datetime) -> Actor:
    """A team takes the order, and one of its members goes."""
    claim_order(sides.leader, order_id=order_id, at=at)  # type: ignore[call-arg]
    with seeing(sides.leader.scope):
        goes = service_of(sides.leader, order_id).members[0].person_id
    name_goers(sides.leader, order_id=order_id, person_ids=[goes], at=at + HOUR / 2)  # type: ignore[call-arg]
    return Actor(channel="import", person_id=goes, scope=Scope(person_id=goes))


def _served(sides: Sides, goer: Actor, order_id: UUID, *, words: str, at: datetime) -> None:
    """The member comes, stays for an hour and a half, and leaves; the leader says what was done."""
    code = slip_code(order_id, VISIT, digits=6)
    for direction, hours in (("in", 0.0), ("out", 1.5)):
        visit_household(goer, order_id=order_id, direction=direction, code=code, at=at + hours * HOUR)  # type: ignore[call-arg]
    serve_order(sides.leader, order_id=order_id, words=words, at=at + 2 * HOUR)  # type: ignore[call-arg]
