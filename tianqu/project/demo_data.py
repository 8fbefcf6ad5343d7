"""What the demo lays down before its simulated day: places, posts, items, months of past, and a trained text model."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Final

from django.db import connection
from django.utils import timezone

from tianqu.base.working_time import WorkingCalendar
from tianqu.kernel.journal.api import SYSTEM, seeing
from tianqu.kernel.orders.api import (
    ImportedOrder,
    ImportRefusal,
    ItemDefinition,
    import_orders,
    load_items,
    realm_calendar,
)
from tianqu.packs.hotline.demo import Inventor
from tianqu.packs.hotline.demo_day import Planned, Planner, Where
from tianqu.project.realms import Realm
from tianqu.project.simulating import ActDoor, Played, Player, appoint_clerks, peopled_places, unit_ids

SEED: Final = 20_200_101
PLACES: Final = 260  # villages and communities that requests come from
YEAR_DAYS: Final = 365
LOOP_DAYS: Final = 40  # the last days of the past go through the whole loop, act by act
TEXTS_OF_ITEM: Final = 40


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that planning a day needs."""

    realm: Realm
    calendar: WorkingCalendar
    items: Mapping[str, ItemDefinition]
    places: Sequence[Where]
    inventor: Inventor
    planner: Planner


def staged(realm: Realm, *, seed: int = SEED, held_out: bool = False) -> Stage:
    """Set the stage in a realm that has been loaded."""
    inventor = Inventor(realm.path / "texts.yaml", seed=seed, held_out=held_out)
    items = {item.code: item for item in load_items(realm.path / "items") if item.valid_to is None}
    places = peopled_places(realm.root, count=PLACES, inventor=Inventor(realm.path / "texts.yaml", seed=SEED))
    calendar = realm_calendar()
    planner = Planner(inventor, calendar, items, places, seed=seed + 1)
    return Stage(realm, calendar, items, places, inventor, planner)


def last_full_day(calendar: WorkingCalendar) -> date:
    """The last working day that is over."""
    day = timezone.now().astimezone(calendar.zone).date() - timedelta(days=1)
    while not calendar.day(day).hours:
        day -= timedelta(days=1)
    return day


def demo_is_there() -> bool:
    """Whether this database has orders already."""
    with seeing(SYSTEM.scope), connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM orders_order)")
        row = cursor.fetchone()
    return bool(row and row[0])


def lay_down_year(stage: Stage, *, last: date, orders: int, tell: Callable[[int], None]) -> int:
    """Bring in closed requests of the year before the loop's days, as another system would have left them."""
    first = last - timedelta(days=YEAR_DAYS + LOOP_DAYS)

    def refused(refusal: ImportRefusal) -> None:
        raise AssertionError(f"an invented order was refused: {refusal.error}")

    before = 0

    def progress(seen: int) -> None:
        nonlocal before
        tell(seen - before)
        before = seen

    past = _past(stage, first=first, orders=orders)
    report = import_orders(
        SYSTEM, orders=past, refused=refused, progress=lambda report: progress(report.seen), batch=1_000
    )
    return report.taken


def _past(stage: Stage, *, first: date, orders: int) -> Iterator[ImportedOrder]:
    chance = stage.planner.random
    for number in range(orders):
        day = first + timedelta(days=YEAR_DAYS * number // orders)
        code = stage.inventor.item_codes(month=day.month, count=1)[0]
        where = chance.choice(stage.places)
        request = stage.inventor.request(stage.items[code], place=where.name, day=day)
        placed = datetime.combine(day, time(chance.randrange(7, 22), chance.randrange(60)), stage.calendar.zone)
        yield ImportedOrder(
            line=number + 1, key=f"demo:{number + 1}", item=code, place=where.code, title=request.title,
            description=request.description, form=request.form, placed_at=placed,
            closed_at=placed + timedelta(hours=chance.randrange(3, 200)),
        )  # fmt: skip


def plan_past(stage: Stage, *, last: date, orders: int) -> list[Planned]:
    """Plan the last days before ``last`` with all that happened up to its morning."""
    until = datetime.combine(last, time(7, 30), stage.calendar.zone)
    plans: list[Planned] = []
    for back in range(LOOP_DAYS, 0, -1):
        day = last - timedelta(days=back)
        share = orders // LOOP_DAYS + (back % LOOP_DAYS < orders % LOOP_DAYS)
        plans += stage.planner.day(day, share if stage.calendar.day(day).hours else share // 2, until=until)
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


def write_training_texts(stage: Stage, path: Path) -> int:
    """Write invented texts with the item they ask for and the kind of unit that answers; return how many.

    The one is what the model of items learns, the other the model that dispatches.
    """
    day = last_full_day(stage.calendar)
    path.parent.mkdir(parents=True, exist_ok=True)
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("text", "label", "item"))
        for code, item in stage.items.items():
            weight = int(stage.inventor.words["items"][code]["weight"])
            for _each in range(TEXTS_OF_ITEM + 2 * weight):
                place = stage.planner.random.choice(stage.places).name
                text = stage.inventor.request(item, place=place, day=day).description
                writer.writerow((text, item.answerable[0].unit_kind, code))
                count += 1
    return count
