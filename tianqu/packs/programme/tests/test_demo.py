"""The invented programme: the conferences of the realm's bulletins, by 41 units and 110 speakers' posts."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tianqu.kernel.figures.api import define_figure, read_definition
from tianqu.kernel.journal.api import SYSTEM, seeing
from tianqu.kernel.pack.api import DemoStage
from tianqu.kernel.places.api import forget_actors, load_places, load_posts, load_units
from tianqu.packs.programme.aims.queries import programme
from tianqu.packs.programme.demo import conferences_of_year, programme_of_year
from tianqu.packs.programme.queries import conferences, questions_of

REALM = Path(__file__).resolve().parents[4] / "realms" / "dezhou"
CONFERENCES, UNITS, SPEAKERS, DOMAINS = 32, 41, 110, 12  # figures-2020.csv: programme.*


def told(name: str) -> Any:
    return yaml.safe_load((REALM / name).read_text(encoding="utf-8"))


def rows_of(name: str) -> list[dict[str, str]]:
    with (REALM / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def realm(db: None, settings: Any) -> Iterator[DemoStage]:
    """The prefecture with its own units, its press officer, and the figures that the programme names."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    forget_actors()
    places = [{**row, "lon": "", "lat": ""} for row in rows_of("places.csv") if row["kind"] == "prefecture"]
    assert not load_places(SYSTEM, rows=places, successions=[]).refusals
    assert not load_units(SYSTEM, rows=[row for row in rows_of("units.csv") if row["place"] == "371400"]).refusals
    posts = [row for row in rows_of("posts.csv") if row["login"] == "press"]
    assert not load_posts(SYSTEM, rows=posts).refusals
    yield DemoStage(REALM, "371400", 7, 0, 0, lambda _done, _total: None)
    forget_actors()


def test_the_programme_names_units_and_figures_that_are_there(realm: DemoStage) -> None:
    wanted = {
        measure["figure"]
        for domain in told("programme.yaml")["programme"]["domains"]
        for task in domain["tasks"]
        for measure in task["measures"]
    }
    for definition in told("figures.yaml")["figures"]:
        if definition["code"] in wanted:
            define_figure(SYSTEM, definition=read_definition(definition))
    for _again in range(2):
        assert programme_of_year(realm) == DOMAINS
    with seeing(SYSTEM.scope):
        found = programme()
    assert len(found) == DOMAINS and all(each.measures for each in found)
    assert {measure.figure for each in found for measure in each.measures} == wanted


def test_the_conferences_of_the_year(realm: DemoStage) -> None:
    if not any("day" in each for each in told("releases.yaml")["releases"]):
        pytest.skip("the realm's bulletins say no days yet")
    assert conferences_of_year(realm) == CONFERENCES and conferences_of_year(realm) == 0
    lines = conferences()
    assert sum(len(line.speakers) for line in lines) == SPEAKERS
    assert len({unit.id for line in lines for unit in line.units}) == UNITS
    domains = {domain["code"] for domain in told("programme.yaml")["programme"]["domains"]}
    assert {line.conference.domain for line in lines} == domains
    asked = {one["conference"] for one in told("programme.yaml")["conferences"]["questions"]}
    assert {line.conference.code for line in lines if questions_of(line.conference)} == asked
