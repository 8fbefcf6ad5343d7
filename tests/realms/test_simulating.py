"""The demo's people work by acts and by the API alike, and the log holds everything they did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from pytest_django.live_server_helper import LiveServer

from tianqu.base.periods import Period
from tianqu.kernel.journal.api import SYSTEM, seeing
from tianqu.kernel.orders.api import forget_catalogue, rating_flags
from tianqu.kernel.places.api import forget_actors, load_places, load_posts, load_units
from tianqu.packs.hotline.demo_day import Planned, Where
from tianqu.packs.hotline.demo_habits import ALIKE_BY
from tianqu.packs.hotline.demo_past import (
    LOOP_DAYS,
    MORNING,
    Stage,
    appoint_for,
    busy_desks,
    invented_year,
    last_full_day,
    moves_in,
    plan_day,
    plan_past,
    play_past,
    staged,
)
from tianqu.packs.hotline.demo_play import clerk_login
from tianqu.packs.hotline.queries import unit_ids
from tianqu.project.realm_content import publish_realm
from tianqu.project.realms import read_realm, read_rows, ruled_units
from tianqu.project.simulating import DESKS, HttpDoor, issue_tokens, play_by_threads

COUNTY = "371402"


@pytest.fixture
def stage(db: None) -> Iterator[Stage]:
    """One county of Dezhou with its offices and the demo's desks."""
    forget_actors()
    forget_catalogue()
    realm = read_realm("dezhou")
    places = [row for row in read_rows(realm.path / "places.csv") if not row["valid_to"]]
    kept: set[str] = {realm.root, COUNTY}
    rows = [row for row in places if row["code"] in kept]
    for kind, most in (("township", 3), ("village", 12)):
        some = [row for row in places if row["kind"] == kind and row["parent"] in kept][:most]
        kept |= {row["code"] for row in some}
        rows += some
    load_places(SYSTEM, rows=[{**row, "valid_from": ""} for row in rows])
    units = [row for row in read_rows(realm.path / "units.csv") if row["place"] in kept]
    load_units(SYSTEM, rows=[*units, *({**row, "valid_from": ""} for row in ruled_units(realm, rows, []))])
    posts = [row for row in read_rows(realm.path / "posts.csv") if row["login"] in DESKS]
    load_posts(SYSTEM, rows=posts)
    publish_realm(realm)
    yield staged(realm.path, root=realm.root, seed=11, places_max=12)
    forget_actors()
    forget_catalogue()


def counted(statement: str) -> int:
    with seeing(SYSTEM.scope), connection.cursor() as cursor:
        cursor.execute(statement)
        row: Any = cursor.fetchone()
    return int(row[0])


def few_refused(placed: int, refused: int) -> None:
    assert refused <= max(1, placed // 20)


def test_more_come_from_where_a_clerk_of_the_demonstration_sits() -> None:
    places = [Where(str(number), "", {"housing": "one" if number < 2 else "other"}) for number in range(100)]
    often = Counter(place.units["housing"] for place in busy_desks(places, desks={"one", "none"}))
    assert often == {"one": 12, "other": 98}
    assert busy_desks(places, desks={"other"}) == places


@pytest.mark.django_db(transaction=True)
def test_a_past_is_laid_down_by_acts(stage: Stage) -> None:
    day = last_full_day(stage.calendar) - timedelta(days=14)
    end = datetime.combine(day + timedelta(days=12), datetime.min.time(), stage.calendar.zone)
    plans = list(stage.planner.day(day, 14, until=end))
    appoint_for(stage, plans)
    played = play_past(plans, lambda count: None)
    few_refused(played.placed, played.refused)
    assert counted("SELECT count(*) FROM orders_order") == played.placed == len(plans)
    # An order that closes gives the others merged into it an event of their own, so there may be more.
    events = counted("SELECT count(*) FROM orders_event")
    assert events >= played.placed + played.moves
    entries = counted("SELECT count(*) FROM journal_entry WHERE subject LIKE 'order:%'")
    assert entries == events
    assert counted("SELECT count(*) FROM orders_order WHERE done_at IS NOT NULL") > 5


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_day_is_played_through_the_public_api(stage: Stage, live_server: LiveServer) -> None:
    plans: list[Planned] = plan_day(stage, day=last_full_day(stage.calendar), orders=12)
    appoint_for(stage, plans)
    units = {unit for planned in plans for unit in (planned.unit, planned.wrong_unit)}
    tokens = issue_tokens([*DESKS, *map(clerk_login, sorted(units))])
    told: list[int] = []
    door = HttpDoor(live_server.url, tokens)
    played = play_by_threads([door], plans, unit_ids(), tell=told.append)
    door.close()
    few_refused(played.placed, played.refused)
    assert played.refused or sum(told) == moves_in(plans)
    days = "SELECT count(DISTINCT (placed_at AT TIME ZONE 'Asia/Shanghai')::date) FROM orders_order"
    assert counted("SELECT count(*) FROM orders_order") == played.placed == len(plans) and counted(days) == 1
    assert counted("SELECT count(*) FROM orders_order WHERE placed_at > now() - interval '1 hour'") == 0


@pytest.mark.django_db(transaction=True)
def test_the_year_before_grows_without_a_day_that_stands_out(stage: Stage) -> None:
    last = last_full_day(stage.calendar)
    year = list(invented_year(stage, last=last, orders=3_000))
    assert len(year) == len({order.key for order in year}) == 3_000
    by_day = Counter(order.placed_at.date() for order in year)
    weeks = [last - timedelta(days=back) for back in range(1, 29)]
    worked = [by_day[day] for day in weeks if stage.calendar.day(day).hours]
    off = [by_day[day] for day in weeks if not stage.calendar.day(day).hours]
    assert max(worked) < 2 * min(worked), "no working day of the last weeks stands out"
    assert max(off) < min(worked)
    assert by_day[last] == 0
    assert sum(by_day[last - timedelta(days=back)] for back in range(300, 328)) < sum(worked) / 4
    morning = datetime.combine(last, MORNING, stage.calendar.zone)
    assert all(order.placed_at < order.closed_at <= morning for order in year if order.closed_at)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_past_raises_flags_and_leaves_some_out_of_rates(stage: Stage) -> None:
    """What the pages of integrity and of exclusions are for is there to be seen."""
    load_posts(
        SYSTEM, rows=[row for row in read_rows(read_realm("dezhou").path / "posts.csv") if row["login"] == ALIKE_BY]
    )
    last = last_full_day(stage.calendar)
    plans = plan_past(stage, last=last, orders=160)
    appoint_for(stage, plans)
    played = play_past(plans, lambda count: None)
    few_refused(played.placed, played.refused)
    period = Period(last - timedelta(days=LOOP_DAYS), last, stage.calendar.zone)
    with seeing(SYSTEM.scope):
        flags = rating_flags(SYSTEM, period)
    assert {flag.kind for flag in flags} >= {"all_alike", "burst"}
    assert counted("SELECT count(*) FROM orders_exclusion") > 0
