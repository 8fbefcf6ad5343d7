"""The invented past holds what a flag asks about, and stays a past: in order, over by its end, else as it was."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tianqu.kernel.orders.rating_flags import ALIKE_FROM, BURST, BURST_FROM
from tianqu.packs.hotline.demo_day import Move, Planned
from tianqu.packs.hotline.demo_habits import ALIKE_BY, with_habits
from tianqu.packs.hotline.tests.test_demo_day import CALENDAR, planned

UNTIL = datetime(2026, 3, 20, 7, 30, tzinfo=CALENDAR.zone)


def calls(plans: list[Planned]) -> list[Move]:
    """The call-backs that were answered, by time."""
    found = [move for each in plans for move in each.moves if move.act == "orders.call_back"]
    return sorted((one for one in found if one.body["outcome"] == "answered"), key=lambda move: move.at)


@pytest.fixture(scope="module")
def past() -> list[Planned]:
    plans = planned(orders=200, until=UNTIL)
    with_habits(plans, until=UNTIL)
    return plans


def test_one_operator_hears_the_same_from_everybody(past: list[Planned]) -> None:
    heard = [move for move in calls(past) if move.by == ALIKE_BY]
    assert len(heard) >= ALIKE_FROM
    assert {(move.body["satisfaction"], move.body["solved"]) for move in heard} == {("very", True)}
    assert len({move.body["satisfaction"] for move in calls(past) if move.by != ALIKE_BY}) > 2


def test_another_writes_many_down_at_once(past: list[Planned]) -> None:
    times = [move.at for move in calls(past) if move.by != ALIKE_BY]
    most = max(sum(1 for other in times if at <= other <= at + BURST) for at in times)
    assert most >= BURST_FROM


def test_it_stays_in_order_and_is_over_by_its_end(past: list[Planned]) -> None:
    for each in past:
        times = [each.placed_at, *(move.at for move in each.moves)]
        assert times == sorted(times), each.moves
        assert times[-1] <= UNTIL


def test_too_few_calls_are_left_as_they_are() -> None:
    plans = planned(orders=12, until=UNTIL)
    with_habits(plans, until=UNTIL + timedelta(days=1))
    assert plans == planned(orders=12, until=UNTIL)
