"""The demonstration: villages order for the coming weeks, and the office plans their season and publishes it."""

from __future__ import annotations

import random
from datetime import timedelta

import yaml
from django.utils import timezone

from tianqu.base.identifiers import named_identifier
from tianqu.kernel.journal.api import SYSTEM, seeing
from tianqu.kernel.pack.api import DemoStage
from tianqu.kernel.places.api import account_called, actor_of, place_called, places_in, unit_called
from tianqu.kernel.tours.api import do_tour, plan_tour, publish_tour
from tianqu.packs.culture.shows.acts import order_show

FIRST_DAYS, LAST_DAYS = 25, 52  # of the season, counted from today


def season_of_county(stage: DemoStage) -> int:
    """Let every second village of the town order, plan and publish; return how many were ordered."""
    path = stage.realm / "culture.yaml"
    told = yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else {}
    if "season" not in told:
        return 0
    chance, today = random.Random(stage.seed), timezone.localdate()  # noqa: S311  nothing secret is made of it
    first, last = today + timedelta(days=FIRST_DAYS), today + timedelta(days=LAST_DAYS)
    with seeing(SYSTEM.scope):
        officer = actor_of(account_called(told["officer"]), channel="import")
        office = unit_called(told["office"]).id
        villages = places_in(place_called(told["town"]).path)[::2][: told["villages"] // 2]
    for number, place in enumerate(villages):
        order_show(  # the office writes down what villages ordered by phone
            officer, show_id=named_identifier(f"demo:season:{number}"), place_id=place.id, first_day=first,
            last_day=last, work=chance.choice(list(told["works"])),
        )  # fmt: skip
    tour_id = named_identifier("demo:season")
    plan_tour(
        officer, tour_id=tour_id, kind="culture", unit_id=office, name=told["season"], first_on=first, last_on=last
    )  # fmt: skip
    do_tour(tour_id)
    publish_tour(officer, tour_id=tour_id)
    do_tour(tour_id)
    return len(villages)
