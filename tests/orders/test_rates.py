"""The three rates against counting by hand, an independent count in Python, and the walls of scope."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from tests.kernel.places.prefecture import Prefecture, build
from tests.scenes import scene
from tianqu.base.errors import InvalidInput
from tianqu.base.periods import parse_period
from tianqu.kernel.journal.api import SYSTEM, Acting, Actor, Scope, act, seeing, set_scope
from tianqu.kernel.orders.demand import demand
from tianqu.kernel.orders.models import CallBack, Clock, Exclusion, Item, Order, Rating
from tianqu.kernel.orders.population import Population
from tianqu.kernel.orders.rates import LeftOut, RateRow, rates, timeliness
from tianqu.kernel.orders.rating_flags import rating_flags

pytestmark = pytest.mark.django_db

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOVEMBER = parse_period("2026-11", SHANGHAI)
NOON = datetime(2026, 11, 10, 12, tzinfo=SHANGHAI)
OPERATOR, OTHER = UUID(int=1), UUID(int=2)


def anybody(acting: Acting, /, **arguments: Any) -> None:
    """A permission check that lets everybody do it."""


@act("tests.write_orders", may=anybody)
def written(acting: Acting, *, write: Callable[[], Any]) -> Any:
    """Write rows as they would be after many acts."""
    acting.record("test:orders", after={})
    return write()


@dataclass
class World:
    """A prefecture with two items, and short ways to write what has happened in it."""

    prefecture: Prefecture
    items: dict[str, Item]
    count: int = 0

    def order(self, unit: str = "c1.housing", *, item: str = "water", place: str = "P101001", **columns: Any) -> Order:
        self.count += 1
        row = self.prefecture.places[place]
        return Order.objects.create(
            code=f"T{self.count:06}", item=self.items[item], place=row, place_path=row.path, title="t",
            description="d", channel="web", unit=self.prefecture.units[unit], placed_at=NOON, updated_at=NOON,
            **columns,
        )  # fmt: skip

    def called(self, order: Order, at: datetime = NOON, **columns: Any) -> CallBack:
        said = {"valid": True, "contacted": True, "solved": True, "satisfaction": "satisfied", "outcome": "answered"}
        return CallBack.objects.create(order=order, due_at=at, done_at=at, **{**said, **columns})

    def rated(self, order: Order, satisfaction: str, at: datetime = NOON, **columns: Any) -> Rating:
        said = {"source": "asker", "solved": True, "round": 0}
        return Rating.objects.create(order=order, at=at, satisfaction=satisfaction, **{**said, **columns})


@pytest.fixture
def world(db: None) -> Iterator[World]:
    prefecture = scene(build)

    def items() -> dict[str, Item]:
        return {
            code: Item.objects.create(
                code=code, version=1, valid_from=date(2020, 1, 1), family=family, title=code, definition={}, digest=code
            )
            for code, family in (("water", "resident"), ("credit", "enterprise"))
        }

    yield World(prefecture, written(SYSTEM, write=items))
    set_scope(Scope())


@pytest.fixture(autouse=True)
def _everything(world: World) -> Iterator[None]:
    with seeing(Scope(everything=True)):
        yield


def whole(**arguments: Any) -> RateRow:
    return rates(SYSTEM, NOVEMBER, **arguments).whole


def test_rates_counted_by_hand(world: World) -> None:
    """Ten call-backs: 9 contacted, 7 solved, 5 satisfied (2 of them very), 3 basically, 2 not.

    Response 9/10, resolution 7/10, satisfaction (5 + 0.9 × 3) / 10 = 0.77, score 0.09 + 0.35 + 0.308 = 0.748.
    """
    answers = ["very"] * 2 + ["satisfied"] * 3 + ["basically"] * 3 + ["dissatisfied", "very_dissatisfied"]

    def write() -> None:
        for index, answer in enumerate(answers):
            world.called(world.order(), contacted=index != 4, solved=index < 7, satisfaction=answer)

    written(SYSTEM, write=write)
    row = whole()
    assert (row.response.value, row.resolution.value) == (Decimal("0.9"), Decimal("0.7"))
    assert (row.satisfaction.total, row.satisfaction.value) == (Decimal("7.7"), Decimal("0.77"))
    assert row.score == Decimal("0.748")
    assert row.response.interval is not None
    # Wilson for 9 of 10 (z = 1.959964): 0.5958 to 0.9821, as statsmodels' proportion_confint(9, 10, method="wilson").
    assert (round(row.response.interval.low, 4), round(row.response.interval.high, 4)) == (
        Decimal("0.5958"),
        Decimal("0.9821"),
    )
    assert row.left_out == ()


def test_what_is_left_out_is_counted_with_its_reason(world: World) -> None:
    def write() -> None:
        world.called(world.order())
        world.called(world.order(), valid=False, contacted=None, solved=None, satisfaction="", outcome="no_answer")
        duplicate, unfair = world.order(), world.order()
        world.called(duplicate)
        Exclusion.objects.create(order=duplicate, rate="all", reason="duplicate", at=NOON)
        world.called(unfair, satisfaction="dissatisfied")
        Exclusion.objects.create(order=unfair, rate="satisfaction", reason="out_of_remit", at=NOON)
        lifted = world.order()
        world.called(lifted)
        Exclusion.objects.create(order=lifted, rate="all", reason="duplicate", at=NOON, ended_at=NOON)
        world.called(world.order(), solved=None)

    written(SYSTEM, write=write)
    row = whole()
    assert (row.response.count, row.resolution.count, row.satisfaction.count) == (4, 3, 3)
    assert row.satisfaction.value == 1
    assert set(row.left_out) == {
        LeftOut("response", "invalid", "no_answer", 1),
        LeftOut("resolution", "invalid", "no_answer", 1),
        LeftOut("satisfaction", "invalid", "no_answer", 1),
        LeftOut("response", "excluded", "duplicate", 1),
        LeftOut("resolution", "excluded", "duplicate", 1),
        LeftOut("satisfaction", "excluded", "duplicate", 1),
        LeftOut("satisfaction", "excluded", "out_of_remit", 1),
        LeftOut("resolution", "unanswered", "", 1),
    }


def test_an_opinion_told_twice_counts_once(world: World) -> None:
    def write() -> None:
        twice, alone, again = world.order(), world.order(), world.order()
        world.called(twice, satisfaction="basically")
        world.rated(twice, "very")
        world.rated(alone, "dissatisfied", solved=False)
        world.called(again)
        world.rated(again, "very", round=1)

    written(SYSTEM, write=write)
    row = whole()
    assert row.response.count == 2
    assert (row.resolution.total, row.resolution.count) == (3, 4)
    assert (row.satisfaction.total, row.satisfaction.count) == (Decimal("2.9"), 4)


def test_without_opinions_there_is_no_rate(world: World) -> None:
    row = whole()
    assert row.response.value is None and row.response.interval is None and row.score is None


def test_few_opinions_are_not_ranked(world: World) -> None:
    def write() -> None:
        for index in range(40):
            world.called(world.order("c1.housing"), solved=index % 2 == 0)
            world.called(world.order("c2.housing", place="P201001"), solved=index % 4 == 0)
        for _index in range(29):
            world.called(world.order("t101"))

    written(SYSTEM, write=write)
    units = world.prefecture.units
    ranks = {row.key: row.rank for row in rates(SYSTEM, NOVEMBER, by="unit").rows}
    assert ranks == {str(units["c1.housing"].id): 1, str(units["c2.housing"].id): 2, str(units["t101"].id): None}
    all_ranked = rates(SYSTEM, NOVEMBER, by="unit", ranked_from=1).rows
    assert all_ranked[0].key == str(units["t101"].id)


@pytest.mark.parametrize("by", ["unit", "place", "item", "family", "month", "all"])
def test_the_parts_agree_with_counting_in_python(world: World, by: str) -> None:
    chance = random.Random(7)
    rows: list[tuple[Order, datetime, dict[str, Any]]] = []

    def write() -> None:
        for _index in range(150):
            unit, place = chance.choice([("c1.housing", "P101001"), ("c2.housing", "P201001"), ("t102", "P102001")])
            order = world.order(unit, place=place, item=chance.choice(["water", "credit"]))
            at = NOVEMBER.start + timedelta(minutes=chance.randrange(30 * 1440 + 600)) - timedelta(hours=5)
            said = {
                "contacted": chance.random() < 0.9,
                "solved": chance.random() < 0.7,
                "satisfaction": chance.choice(["very", "satisfied", "basically", "dissatisfied"]),
            }
            world.called(order, at, **said)
            rows.append((order, at, said))

    written(SYSTEM, write=write)
    keys: dict[str, Callable[[Order, datetime], str]] = {
        "unit": lambda order, _at: str(order.unit_id),
        "place": lambda order, _at: ".".join(order.place_path.split(".")[:2]),
        "item": lambda order, _at: order.item.code,
        "family": lambda order, _at: order.item.family,
        "month": lambda _order, at: f"{at.astimezone(SHANGHAI):%Y-%m}",
        "all": lambda _order, _at: "",
    }
    expected: dict[str, list[dict[str, Any]]] = {}
    for order, at, said in rows:
        if NOVEMBER.start <= at < NOVEMBER.end:
            expected.setdefault(keys[by](order, at), []).append(said)
    table = rates(SYSTEM, NOVEMBER, by=by)
    assert {row.key for row in table.rows} == set(expected)
    for row in table.rows:
        said_of = expected[row.key]
        points = {"very": Decimal(1), "satisfied": Decimal(1), "basically": Decimal("0.9"), "dissatisfied": Decimal(0)}
        assert row.response.total == sum(said["contacted"] for said in said_of)
        assert row.resolution.total == sum(said["solved"] for said in said_of)
        assert row.satisfaction.total == sum(points[said["satisfaction"]] for said in said_of)
        assert row.response.count == row.satisfaction.count == len(said_of)
    assert table.whole.response.count == sum(len(said_of) for said_of in expected.values())


def test_a_population_narrows_and_a_scope_walls(world: World) -> None:
    def write() -> None:
        world.called(world.order("c1.housing", item="credit"))
        world.called(world.order("c2.housing", place="P201001"))

    written(SYSTEM, write=write)
    places, units = world.prefecture.places, world.prefecture.units
    assert whole(population=Population(family="enterprise")).response.count == 1
    assert whole(population=Population(place_path=places["P2"].path)).response.count == 1
    assert whole(population=Population(unit_id=units["c1.housing"].id, item_code="water")).response.count == 0
    for scope, count in (
        (Scope(place_paths=(places["P1"].path,)), 1),
        (Scope(unit_ids=(units["c2.housing"].id,)), 1),
        (Scope(), 0),
    ):
        actor = Actor(channel="web", scope=scope)
        with seeing(scope):
            assert rates(actor, NOVEMBER).whole.response.count == count
        with seeing(Scope(everything=True)):  # the first wall holds where the second is open
            assert rates(actor, NOVEMBER).whole.response.count == count
            assert sum(row.count for row in demand(actor, NOVEMBER, by=("item",))) == count


def test_an_unknown_grouping_is_refused(world: World) -> None:
    with pytest.raises(InvalidInput, match="Nothing is counted by"):
        rates(SYSTEM, NOVEMBER, by="colour")


def test_clocks_kept_and_not_kept(world: World) -> None:
    now = datetime(2026, 11, 20, 12, tzinfo=SHANGHAI)
    due = datetime(2026, 11, 12, 17, 30, tzinfo=SHANGHAI)

    def write() -> None:
        def clock(order: Order, kind: str = "finish", due_at: datetime = due, **columns: Any) -> None:
            Clock.objects.create(order=order, kind=kind, started_at=NOON, due_at=due_at, proof={}, **columns)

        clock(world.order(), stopped_at=due)
        clock(world.order(), stopped_at=due + timedelta(seconds=1))
        clock(world.order())
        clock(world.order(), paused_at=due - timedelta(hours=1))
        clock(world.order(), due_at=now + timedelta(days=1))
        clock(world.order(), kind="accept", stopped_at=NOON)
        clock(world.order(state="withdrawn"), stopped_at=NOON)
        excluded = world.order()
        clock(excluded)
        Exclusion.objects.create(order=excluded, rate="timeliness", reason="flood", at=NOON)

    written(SYSTEM, write=write)
    [row] = timeliness(SYSTEM, NOVEMBER, now=now, by="all")
    assert (row.finish.total, row.finish.count) == (1, 3)
    assert (row.accept.total, row.accept.count) == (1, 1)
    assert {(out.why, out.reason, out.count) for out in row.left_out} == {
        ("excluded", "flood", 1),
        ("invalid", "withdrawn", 1),
    }


def test_demand_is_counted_in_the_realms_days(world: World) -> None:
    def write() -> None:
        for at in ("2026-11-01T00:30", "2026-11-01T23:30", "2026-11-02T09:00"):
            order = world.order()
            placed = datetime.fromisoformat(at).replace(tzinfo=SHANGHAI)
            Order.objects.filter(pk=order.pk).update(placed_at=placed.astimezone(UTC))

    written(SYSTEM, write=write)
    rows = demand(SYSTEM, NOVEMBER, by=("day", "item"))
    assert [(row.keys, row.count) for row in rows] == [
        (("2026-11-01", "water"), 2),
        (("2026-11-02", "water"), 1),
    ]
    assert [row.keys for row in demand(SYSTEM, NOVEMBER, by=("place",), place_level=3)] == [("P.P1.P101",)]
    with pytest.raises(InvalidInput):
        demand(SYSTEM, NOVEMBER, by=())


def test_ratings_that_deserve_a_second_look(world: World) -> None:
    end = NOVEMBER.end

    def write() -> None:
        answers = ["very", "satisfied", "basically", "dissatisfied"]
        for index in range(40):  # an honest operator
            at = NOON + timedelta(hours=index)
            world.called(world.order("c2.housing"), at, operator_post_id=OTHER, satisfaction=answers[index % 4])
        for index in range(12):  # one who writes down the same, minute by minute
            at = NOON + timedelta(seconds=20 * index)
            world.called(world.order("c1.housing"), at, operator_post_id=OPERATOR, satisfaction="very")
        for index in range(15):  # a unit that is praised just before the month ends
            world.rated(world.order("t101"), answers[index % 2], end - timedelta(minutes=58 - 3 * index))

    written(SYSTEM, write=write)
    flags = {(flag.kind, flag.subject): flag for flag in rating_flags(SYSTEM, NOVEMBER)}
    assert set(flags) == {("all_alike", "operator"), ("burst", "operator"), ("last_minute", "unit")}
    assert flags["all_alike", "operator"].subject_id == str(OPERATOR)
    assert flags["burst", "operator"].parameters["count"] == 12
    last = flags["last_minute", "unit"]
    assert last.subject_id == str(world.prefecture.units["t101"].id)
    assert (
        last.explanation % last.parameters
        == "15 of 15 answers were given in the last 60 minutes before the period ended."
    )
    assert all(flag.explanation % flag.parameters for flag in flags.values())


def test_agreeing_with_nearly_everybody_is_no_flag(world: World) -> None:
    def write() -> None:
        for index in range(60):
            at = NOON + timedelta(hours=index)
            operator = OPERATOR if index % 5 == 0 else OTHER
            answer = "dissatisfied" if index == 1 else "satisfied"
            world.called(world.order(), at, operator_post_id=operator, satisfaction=answer)

    written(SYSTEM, write=write)
    assert rating_flags(SYSTEM, NOVEMBER) == []
