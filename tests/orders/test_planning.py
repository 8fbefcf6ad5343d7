"""Orders on many dates: by a rule, placed ahead, once, with dates left out and an end."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tests.orders.hotline import MONDAY, NOBODY, Hotline
from tianqu.base.errors import Conflict, InvalidInput, NotFound, NotPermitted
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM, Actor, seeing
from tianqu.kernel.orders import api

FIRST = date(2024, 3, 12)  # a Tuesday, eight days after that Monday


def plan(hotline: Hotline, actor: Actor | None = None, **changes: Any) -> Any:
    told = {
        "plan_id": new_identifier(), "item": "road.lamp", "place_id": hotline.place_id, "title": "陪伴", "at": MONDAY,
        "description": "陪老人说说话", "first_day": FIRST, "last_day": FIRST + timedelta(days=70), "every_days": 14,
        "name": "李梅", "phone": "13900000000",
    } | changes  # fmt: skip
    return told["plan_id"], api.plan_dates(actor or hotline.resident, **told), told


def placed(plan_id: Any, days: list[date]) -> list[date]:
    with seeing(SYSTEM.scope):
        there = set(api.Order.objects.values_list("id", flat=True))
    return [day for day in days if api.planned_order_id(plan_id, day) in there]


def test_every_second_tuesday_is_ordered_two_weeks_ahead_and_once(hotline: Hotline) -> None:
    plan_id, days, told = plan(hotline)
    assert days == [FIRST + timedelta(days=14 * number) for number in range(6)]
    assert api.plan_dates(hotline.resident, **told) == days  # sent again
    with pytest.raises(Conflict):
        api.plan_dates(hotline.resident, **told | {"title": "别的"})
    for _again in range(2):
        api.place_planned_orders(MONDAY)
    assert placed(plan_id, days) == days[:1]
    assert api.place_planned_orders(MONDAY + timedelta(days=8)) == 1  # the second is fourteen days ahead
    assert api.place_planned_orders(MONDAY + timedelta(days=8)) == 0
    with seeing(hotline.resident.scope):
        assert len(api.orders_of_person(hotline.resident).rows) == 2


def test_a_date_is_left_out_and_a_plan_ended(hotline: Hotline) -> None:
    plan_id, days, _told = plan(hotline)
    api.place_planned_orders(MONDAY)
    with pytest.raises(Conflict, match="ordered already"):
        api.skip_date(hotline.resident, plan_id=plan_id, day=days[0], at=MONDAY)
    with pytest.raises(InvalidInput):
        api.skip_date(hotline.resident, plan_id=plan_id, day=days[0] + timedelta(days=1), at=MONDAY)
    for _again in range(2):
        api.skip_date(hotline.resident, plan_id=plan_id, day=days[1], at=MONDAY)
    api.place_planned_orders(MONDAY + timedelta(days=30))
    assert placed(plan_id, days) == [days[0], days[2]]
    api.end_plan(hotline.resident, plan_id=plan_id, at=MONDAY)
    assert api.place_planned_orders(MONDAY + timedelta(days=50)) == 0


def test_a_plan_is_its_owners_alone(hotline: Hotline) -> None:
    plan_id, days, _told = plan(hotline)
    with pytest.raises(Conflict, match="under this identifier"):
        plan(hotline, hotline.neighbour, plan_id=plan_id)
    for other in (hotline.neighbour, hotline.dispatcher, hotline.stranger):
        with pytest.raises((NotFound, NotPermitted)):
            api.skip_date(other, plan_id=plan_id, day=days[1], at=MONDAY)
        with seeing(other.scope):
            assert api.plans_of(other) == []
    with pytest.raises(NotPermitted):
        plan(hotline, NOBODY)
    office_id, days, _told = plan(hotline, hotline.dispatcher, days=[FIRST + timedelta(days=1)], every_days=0)
    assert days == [FIRST + timedelta(days=1)]
    api.place_planned_orders(MONDAY)
    with seeing(SYSTEM.scope):
        asker = api.Asker.objects.get(order_id=api.planned_order_id(office_id, days[0]))
    assert (asker.person_id, asker.name, asker.phone) == (None, "李梅", "13900000000")


@pytest.mark.parametrize(
    "wrong",
    [{"last_day": FIRST - timedelta(days=1)}, {"every_days": 0}, {"every_days": 999}, {"ahead_days": 0},
     {"days": [FIRST - timedelta(days=1)]}, {"every_days": 1, "last_day": FIRST + timedelta(days=900)}],
)  # fmt: skip
def test_what_is_no_plan_is_refused(hotline: Hotline, wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        plan(hotline, **wrong)


@given(
    first=some.dates(date(2024, 3, 4), date(2026, 1, 1)), lasts=some.integers(0, 400), every=some.integers(0, 40),
    extra=some.lists(some.integers(0, 400), max_size=5), skips=some.lists(some.integers(0, 400), max_size=5),
)  # fmt: skip
def test_dates_are_those_of_the_rule_and_none_besides(
    first: date, lasts: int, every: int, extra: list[int], skips: list[int]
) -> None:
    days, skipped = ([first + timedelta(days=one) for one in ones] for ones in (extra, skips))
    found = api.dates_of(api.Plan(
        first_day=first, last_day=first + timedelta(days=lasts), every_days=every, days=days, skipped=skipped
    ))  # fmt: skip
    assert found == sorted(set(found)) and not set(found) & set(skipped)
    for day in found:
        by_rule = every and (day - first).days % every == 0 and (day - first).days <= lasts
        assert by_rule or day in days
    if every:
        wanted = {first + timedelta(days=every * number) for number in range(lasts // every + 1)}
        assert wanted | set(days) == set(found) | (set(skipped) & (wanted | set(days)))
