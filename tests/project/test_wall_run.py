"""``tianqu wall publish``: every village with a book, once; broken off anywhere, the next run goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.kernel.journal.conftest import own_log  # noqa: F401  a fixture
from tests.scenes import scene
from tianqu.kernel.journal.api import Scope, set_scope
from tianqu.kernel.places.api import forget_actors
from tianqu.packs.village.models import Wall
from tianqu.packs.village.tests.walls import PLACE, QUARTER, WallVillage, a_quarter, build_walls
from tianqu.packs.village.wall import producing
from tianqu.packs.village.wall.quarters import parse_quarter
from tianqu.project.cli import app
from tianqu.project.wall_run import WallRun

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("own_log")]


@pytest.fixture
def village(settings: Any) -> Any:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    forget_actors()
    made = scene(build_walls)
    set_scope(made.accountant.scope)
    a_quarter(made)
    made.finish()
    yield made
    set_scope(Scope())
    forget_actors()


def run(folder: Path, quarter: str = QUARTER, **more: Any) -> WallRun:
    made = WallRun(parse_quarter(quarter), folder=folder, workers=1, bar=False, **more)
    made.run()
    return made


def papers(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_run_publishes_prints_and_goes_on_where_it_broke_off(
    village: WallVillage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "walls"

    def broken(*given: Any, **more: Any) -> bytes:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(producing, "poster_pdf", broken)
        with pytest.raises(KeyboardInterrupt):
            run(folder)
    assert Wall.objects.count() == 1 and not papers(folder)
    again = run(folder, sizes=("a3", "a4"))
    assert (again.villages, again.published, again.there, again.printed) == (1, 0, 1, 1)
    names = [f"P1/P102/{PLACE}-{QUARTER}-1-{size}.pdf" for size in ("a3", "a4")]
    assert papers(folder) == names
    before = {name: (folder / name).read_bytes() for name in names}
    (folder / names[0]).unlink()
    once_more = run(folder, sizes=("a3", "a4"))
    assert (once_more.published, once_more.printed) == (0, 1)
    assert {name: (folder / name).read_bytes() for name in names} == before  # the same bytes


def test_what_is_refused_is_told_and_stops_no_other(village: WallVillage, tmp_path: Path) -> None:
    early = run(tmp_path / "walls", "2019Q4")
    assert early.published == early.printed == 0 and sum(early.refused.values()) == 1
    told = CliRunner().invoke(app, ["wall", "publish", "--quarter", "2019Q4", "--workers", "1", "--paper", "none"])
    assert told.exit_code == 1 and "begin after" in told.output
    elsewhere = run(tmp_path / "walls", place="P2")
    assert elsewhere.villages == 0
