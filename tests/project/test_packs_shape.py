"""A pack is one folder of a known shape, and what it declares for the demonstration is what the demonstration runs."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest
from django.utils.translation import gettext_lazy as _
from rich.progress import Progress

from tianqu.kernel.journal.api import registered_acts
from tianqu.kernel.pack.api import DemoStage, DemoStep, Pack
from tianqu.project.demo_steps import Wanted, run_steps
from tianqu.project.packs import installed_packs


def folder(pack: Pack) -> Path:
    file = import_module(pack.package).__file__
    assert file is not None
    return Path(file).parent


@pytest.mark.parametrize("pack", installed_packs(), ids=lambda pack: pack.code)
class TestShape:
    def test_files(self, pack: Pack) -> None:
        """What each has; queries.py holds its own reads, where it has some (no page may ask the database)."""
        inside = {path.name for path in folder(pack).iterdir()}
        assert {"pack.py", "README.md", "templates", "tests", "locale"} <= inside
        assert ("models.py" in inside) == ("migrations" in inside)
        assert list((folder(pack) / "tests").glob("test_*.py"))

    def test_acts_of_its_own_are_in_files_called_acts(self, pack: Pack) -> None:
        modules = {act.perform.__module__ for act in registered_acts().values()}
        ours = {module for module in modules if module.startswith(pack.package + ".") and ".tests." not in module}
        assert {module.rpartition(".")[2] for module in ours} <= {"acts"}
        readme = (folder(pack) / "README.md").read_text()
        assert ours or "acts.py" in readme, "a pack without acts of its own says so"

    def test_invented_data_is_declared(self, pack: Pack) -> None:
        assert bool(pack.demo) == any((folder(pack) / name).exists() for name in ("demo.py", "demo"))


def test_steps_run_once_each_in_order_with_their_bars() -> None:
    ran: list[tuple[str, int, int]] = []

    def first(stage: DemoStage) -> int:
        stage.tell(3, stage.year)
        ran.append(("first", stage.year, stage.past))
        return 3

    def second(stage: DemoStage) -> int:
        ran.append(("second", stage.year, stage.past))
        return 4

    pack = installed_packs()[0]
    steps = (DemoStep(_("Home"), first), DemoStep(_("Search"), second, again=True))
    packs = [replace(pack, demo=()), replace(pack, demo=steps)]
    bars = Progress(disable=True)
    wanted = Wanted(Path("realm"), root="37", seed=1, year=5, past=2)
    made = run_steps(packs, bars, wanted)
    assert ran == [("first", 5, 2), ("second", 5, 2)]
    assert made == {"Home": 3, "Search": 4}
    assert [(task.completed, task.total) for task in bars.tasks] == [(3, 5), (0, None)]
    assert run_steps(packs, bars, wanted, again=True) == {"Search": 4}


def test_the_demonstration_has_a_past() -> None:
    assert [step.run.__name__ for pack in installed_packs() for step in pack.demo] == [
        "year_before", "past_weeks", "books_of_villages", "posters_of_sample", "scans_of_sample",
        "stations_of_town", "district_of_stations", "culture_of_county", "season_of_county",
        "weekends_of_theatre",
        "returns_of_2020", "datasets_of_offices", "systems_of_offices", "datasets_of_journal", "figures_of_year",
        "relations_of_figures", "releases_of_year", "programme_of_year", "conferences_of_year",
    ]  # fmt: skip
