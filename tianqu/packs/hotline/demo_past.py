"""The past of the demo: a year of closed requests as another system left them, then weeks played act by act."""

from __future__ import annotations

import csv
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Final

from django.utils import timezone

from tianqu.base.errors import Conflict, _
from tianqu.base.working_time import WorkingCalendar
from tianqu.kernel.journal.api import SYSTEM
from tianqu.kernel.orders.api import (
    ImportedOrder,
    ImportRefusal,
    ItemDefinition,
    import_orders,
    load_items,
    realm_calendar,
)
from tianqu.kernel.pack.api import DemoStage
from tianqu.packs.hotline.demo import Inventor
from tianqu.packs.hotline.demo_day import Planned, Planner, Where
from tianqu.packs.hotline.demo_habits import with_habits
from tianqu.packs.hotline.demo_play import ActDoor, Played, Player, appoint_clerks
from tianqu.packs.hotline.queries import peopled_places, unit_ids

SEED: Final = 20_200_101
PLACES: Final = 260  # villages and communities that requests come from
DESK_SHARE: Final = 1 / 8  # of the places: those of a unit whose clerk has an account of the demonstration
TIMES_MAX: Final = 8
YEAR_DAYS: Final = 365
WITHOUT_WORK_MAX: Final = 60  # days
LOOP_DAYS: Final = 40  # the last days of the past go through the whole loop, act by act
MORNING: Final = time(7, 30)  # of the simulated day, when the past ends
DAY_OFF_SHARE: Final = 0.4  # of the requests of a working day
KNOWN_AT_FIRST: Final = 0.05  # of the requests that come a year later
OPEN_MINUTES: Final = (180, 200 * 60)  # how long the requests of the year were open


def year_before(demo: DemoStage) -> int:
    """The step that lays down closed requests of a year; return how many."""
    stage = staged(demo.realm, root=demo.root, seed=demo.seed)
    return lay_down_year(stage, last=last_full_day(stage.calendar), orders=demo.year,
                         tell=lambda done: demo.tell(done, demo.year))  # fmt: skip


def past_weeks(demo: DemoStage) -> int:
    """The step that lets the last forty days happen, act by act; return how many moves were made."""
    stage = staged(demo.realm, root=demo.root, seed=demo.seed + LOOP_DAYS)  # not the words of the year again
    plans = plan_past(stage, last=last_full_day(stage.calendar), orders=demo.past)
    appoint_for(stage, plans)
    total, done = moves_in(plans), 0

    def tell(moves: int) -> None:
        nonlocal done
        done += moves
        demo.tell(done, total)

    played = play_past(plans, tell)
    return played.placed + played.moves


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that planning a day needs."""

    calendar: WorkingCalendar
    items: Mapping[str, ItemDefinition]
    places: Sequence[Where]
    inventor: Inventor
    planner: Planner


def staged(realm: Path, *, root: str, seed: int = SEED, held_out: bool = False, places_max: int = PLACES) -> Stage:
    """Set the stage in a realm that has been loaded: its folder, and the path of its largest place."""
    inventor = Inventor(realm / "texts.yaml", seed=seed, held_out=held_out)
    current = (item for item in load_items(realm / "items") if item.valid_to is None)
    # What has no words in the realm's texts is asked for at a door of its own, and not at the hotline.
    items = {item.code: item for item in current if item.code in inventor.words["items"]}
    chance = Inventor(realm / "texts.yaml", seed=SEED).random
    villages = peopled_places(root)
    chosen = chance.sample(villages, min(places_max, len(villages)))
    places = busy_desks([Where(each.code, each.name, each.units) for each in chosen], desks=_desks(realm))
    calendar = realm_calendar()
    planner = Planner(inventor, calendar, items, places, seed=seed + 1)
    return Stage(calendar, items, places, inventor, planner)


def busy_desks(places: Sequence[Where], *, desks: Collection[str]) -> list[Where]:
    """Have more come from where a unit with a desk of the demonstration answers, so that its clerk's inbox has work.

    A unit that answers for less than ``DESK_SHARE`` of the places gets them ``TIMES_MAX`` times at most.
    """
    wanted = DESK_SHARE * len(places)
    answered = {desk: sum(desk in place.units.values() for place in places) for desk in desks}
    times = {desk: min(TIMES_MAX, max(1, round(wanted / count))) for desk, count in answered.items() if count}
    return [
        place
        for place in places
        for _time in range(max((times[unit] for unit in place.units.values() if unit in times), default=1))
    ]


def _desks(realm: Path) -> set[str]:
    """The codes of the units whose clerks have an account of the demonstration."""
    path = realm / "posts.csv"
    if not path.is_file():
        return set()
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {row["unit"] for row in csv.DictReader(file) if row["role"] == "clerk"}


def last_full_day(calendar: WorkingCalendar) -> date:
    """The last working day that is over. Raises ``Conflict`` if the last sixty days had none."""
    today = timezone.now().astimezone(calendar.zone).date()
    for back in range(1, WITHOUT_WORK_MAX + 1):
        if calendar.day(today - timedelta(days=back)).hours:
            return today - timedelta(days=back)
    raise Conflict(
        _("The working calendar has no working day among the last %(days)s."), days=WITHOUT_WORK_MAX,
        remedy=_("Publish the calendar of this year."),
    )  # fmt: skip


def lay_down_year(stage: Stage, *, last: date, orders: int, tell: Callable[[int], None]) -> int:
    """Bring in closed requests of the year and the weeks before ``last``, as another system would have left them."""

    def refused(refusal: ImportRefusal) -> None:
        raise AssertionError(f"an invented order was refused: {refusal.error}")

    past = invented_year(stage, last=last, orders=orders)
    report = import_orders(SYSTEM, orders=past, refused=refused, progress=lambda report: tell(report.seen), batch=1_000)
    return report.taken


def invented_year(stage: Stage, *, last: date, orders: int) -> Iterator[ImportedOrder]:
    """Invent closed requests of the days before ``last``, more and more as the hotline became known."""
    chance, number = stage.planner.random, 0
    morning = datetime.combine(last, MORNING, stage.calendar.zone)
    for day, count in _counts(stage, last=last, orders=orders):
        for code in stage.inventor.item_codes(month=day.month, count=count):
            number += 1
            where = chance.choice(stage.places)
            request = stage.inventor.request(stage.items[code], place=where.name, day=day)
            placed = stage.planner.time_on(day)
            open_minutes_max = min(OPEN_MINUTES[1], (morning - placed) // timedelta(minutes=1))
            closed = placed + timedelta(minutes=chance.randrange(OPEN_MINUTES[0], open_minutes_max))
            yield ImportedOrder(
                line=number, key=f"demo:{number}", item=code, place=where.code, title=request.title,
                description=request.description, form=request.form, placed_at=placed, closed_at=closed,
            )  # fmt: skip


def _counts(stage: Stage, *, last: date, orders: int) -> Iterator[tuple[date, int]]:
    """How many requests come on each day: fewer on days off, no two days alike, and ``orders`` in all."""
    length = YEAR_DAYS + LOOP_DAYS
    days = [last - timedelta(days=back) for back in range(length, 0, -1)]
    shares = [
        (KNOWN_AT_FIRST + (1 - KNOWN_AT_FIRST) * (number / length) ** 4)
        * (1 if stage.calendar.day(day).hours else DAY_OFF_SHARE)
        * stage.planner.random.uniform(0.8, 1.2)
        for number, day in enumerate(days)
    ]
    total, given = sum(shares), 0
    for day, upto in zip(days, accumulate(shares), strict=True):
        count = round(orders * upto / total) - given
        given += count
        yield day, count


def plan_past(stage: Stage, *, last: date, orders: int) -> list[Planned]:
    """Plan the last days before ``last`` with all that happened up to its morning."""
    until = datetime.combine(last, MORNING, stage.calendar.zone)
    plans: list[Planned] = []
    for back in range(LOOP_DAYS, 0, -1):
        day = last - timedelta(days=back)
        share = orders // LOOP_DAYS + (back % LOOP_DAYS < orders % LOOP_DAYS)
        plans += stage.planner.day(day, share if stage.calendar.day(day).hours else share // 2, until=until)
    with_habits(plans, until=until)
    return plans


def plan_day(stage: Stage, *, day: date, orders: int) -> list[Planned]:
    """Plan one day, until its midnight."""
    until = min(datetime.combine(day, time(23, 59), stage.calendar.zone), timezone.now())
    return list(stage.planner.day(day, orders, until=until))


def moves_in(plans: Sequence[Planned]) -> int:
    """How many moves these plans hold, their placing included."""
    return sum(1 + len(planned.moves) for planned in plans)


def appoint_for(stage: Stage, plans: Sequence[Planned]) -> int:
    """See that every unit that these plans go to has a clerk."""
    return appoint_clerks({unit for planned in plans for unit in (planned.unit, planned.wrong_unit)}, stage.inventor)


def play_past(plans: Sequence[Planned], tell: Callable[[int], None]) -> Played:
    """Let the past happen, by acts."""
    return Player(ActDoor(), unit_ids()).play(plans, tell=tell)
