"""A planned day is repeatable, goes by the calendar, and holds everything that happens at a hotline."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from pathlib import Path

import pytest

from tianqu.base.calendars import read_calendar
from tianqu.kernel.orders.api import load_items
from tianqu.packs.hotline.demo import Inventor
from tianqu.packs.hotline.demo_day import Planned, Planner, Where

REALM = Path(__file__).resolve().parents[4] / "realms" / "dezhou"
DAY = date(2026, 3, 9)
CALENDAR = read_calendar(REALM / "calendar.toml")
END = datetime(2026, 4, 30, tzinfo=CALENDAR.zone)


def planned(*, orders: int = 600, until: datetime = END) -> list[Planned]:
    items = {item.code: item for item in load_items(REALM / "items") if item.valid_to is None}
    kinds = {each.unit_kind for item in items.values() for each in item.answerable}
    places = [Where(f"P{n}", f"第{n}村", {kind: f"{n}.{kind}" for kind in kinds}) for n in range(6)]
    planner = Planner(Inventor(REALM / "texts.yaml", seed=1), CALENDAR, items, places, seed=2)
    return list(planner.day(DAY, orders, until=until))


@pytest.fixture(scope="module")
def day() -> list[Planned]:
    return planned()


def test_the_same_seed_plans_the_same(day: list[Planned]) -> None:
    assert planned() == day


def test_moves_follow_each_other_in_time(day: list[Planned]) -> None:
    for each in day:
        times = [each.placed_at, *(move.at for move in each.moves)]
        assert times == sorted(times), each.moves


def test_everything_happens_that_happens_at_a_hotline(day: list[Planned]) -> None:
    acts = Counter(move.act for each in day for move in each.moves)
    for act in ("dispatch", "accept", "return", "adjudicate", "ask_back", "answer_question", "extend", "finish", "rate",
                "call_back", "reopen", "close", "merge", "withdraw", "comment", "publish", "exclude",
                "include"):  # fmt: skip
        assert acts[f"orders.{act}"] > 0, act


def test_some_answers_are_late(day: list[Planned]) -> None:
    late = [
        each for each in day for move in each.moves
        if move.act == "orders.finish" and each.item.urgency == "utilities"
        and (move.at - each.placed_at).total_seconds() > 2 * 3600
    ]  # fmt: skip
    assert late


def test_nothing_happens_after_the_end() -> None:
    end = datetime(2026, 3, 9, 18, 0, tzinfo=CALENDAR.zone)
    assert all(move.at <= end for each in planned(orders=100, until=end) for move in each.moves)


def test_private_items_are_never_made_public(day: list[Planned]) -> None:
    assert not any(each.public and each.item.private for each in day)
