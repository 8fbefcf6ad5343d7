"""The demonstration's systems alone: as many of as many units as reported, and the figures that come of them."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from pytest_django import Settings

from tests.kernel.datasets.happening import place_all
from tianqu.kernel.datasets.api import describe_declared, materialise
from tianqu.kernel.figures.api import compute, read_definition
from tianqu.kernel.journal.api import SYSTEM, seeing
from tianqu.kernel.pack.api import DemoStage
from tianqu.kernel.places.api import forget_actors, load_places, load_units, unit_called
from tianqu.packs.opendata.acts import declare_system
from tianqu.packs.opendata.models import System
from tianqu.packs.opendata.system_demo import systems_of_offices

REALM = Path(__file__).resolve().parents[4] / "realms" / "dezhou"


def rows(name: str) -> list[dict[str, str]]:
    with (REALM / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def stage(db: None, store: Path, settings: Settings) -> Iterator[DemoStage]:
    """The prefecture with its counties and their units, and nothing below."""
    forget_actors()
    places = [row for row in rows("places.csv") if row["kind"] in ("prefecture", "county")]
    codes = {row["code"] for row in places}
    load_places(SYSTEM, rows=places)
    load_units(SYSTEM, rows=[row for row in rows("units.csv") if row["place"] in codes])
    yield DemoStage(REALM, "371400", 2020, 0, 0, lambda _done, _total: None)
    forget_actors()


def figure(code: str, period: str) -> Any:
    told = yaml.safe_load((REALM / "figures.yaml").read_text(encoding="utf-8"))["figures"]
    (definition,) = [each for each in told if each["code"] == code]
    with seeing(SYSTEM.scope):
        return compute(read_definition(definition), period).exact


def test_the_systems_and_units_that_were_reported(stage: DemoStage) -> None:
    assert [systems_of_offices(stage) for _again in range(2)] == [319, 0]
    with seeing(SYSTEM.scope):
        assert System.objects.count() == 319
        assert System.objects.values("unit_id").distinct().count() == 97
        centre = unit_called("3714.hotline_centre").id
    for system, cloud_since, until in (("late", date(2021, 1, 1), None), ("gone", date(2019, 1, 1), date(2020, 6, 1))):
        declare_system(
            SYSTEM, system=system, unit_id=centre, name="某系统", name_en="Some system", since=date(2019, 1, 1),
            cloud_since=cloud_since, until=until,
        )  # fmt: skip
    place_all()
    describe_declared()
    materialise("cloud.systems")
    assert (figure("cloud.systems", "2020"), figure("cloud.units", "2020")) == (319, 97)
    assert figure("cloud.systems", "2021") == 320


def test_a_realm_without_systems_has_none(stage: DemoStage, tmp_path: Path) -> None:
    assert systems_of_offices(DemoStage(tmp_path, "371400", 1, 0, 0, stage.tell)) == 0
