"""``tianqu newpack``: what it makes passes its own tests, and it never overwrites."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tianqu.base.errors import Conflict, InvalidInput
from tianqu.project.newpack import PACK_LIST, make_pack

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def lists(tmp_path: Path) -> tuple[Path, Path]:
    """A folder for packs, and a list of them as the project has it."""
    (tmp_path / "packs").mkdir()
    return tmp_path / "packs", Path(shutil.copy(PACK_LIST, tmp_path / "pack_list.py"))


def test_pack_is_listed_after_the_others(lists: tuple[Path, Path]) -> None:
    packs, pack_list = lists
    make_pack("culture", title="Culture", title_zh="文化", packs=packs, pack_list=pack_list)
    make_pack("grain", title="Grain", title_zh="粮食", packs=packs, pack_list=pack_list)
    listed: dict[str, tuple[str, ...]] = {}
    exec(pack_list.read_text(), listed)
    assert listed["PACK_PACKAGES"][-2:] == ("tianqu.packs.culture", "tianqu.packs.grain")
    assert "tianqu.packs.hotline" in listed["PACK_PACKAGES"]


def test_pack_is_not_made_twice(lists: tuple[Path, Path]) -> None:
    packs, pack_list = lists
    made = make_pack("culture", title="Culture", title_zh="文化", packs=packs, pack_list=pack_list)
    before = {path: path.read_bytes() for path in [*made, pack_list]}
    with pytest.raises(Conflict):
        make_pack("culture", title="Other", title_zh="其他", packs=packs, pack_list=pack_list)
    assert before == {path: path.read_bytes() for path in before}


@pytest.mark.parametrize("code", ["", "Culture", "2cultures", "a-b", "../hotline", "x" * 40])
def test_code_must_name_a_package(lists: tuple[Path, Path], code: str) -> None:
    packs, pack_list = lists
    with pytest.raises(InvalidInput):
        make_pack(code, title="Culture", title_zh="文化", packs=packs, pack_list=pack_list)
    assert not list(packs.iterdir())


@pytest.mark.parametrize(("title", "title_zh"), [("", "文化"), ("Culture", " "), ('Cul"ture', "文化")])
def test_titles_must_be_there(lists: tuple[Path, Path], title: str, title_zh: str) -> None:
    packs, pack_list = lists
    with pytest.raises(InvalidInput):
        make_pack("culture", title=title, title_zh=title_zh, packs=packs, pack_list=pack_list)


@pytest.mark.slow
def test_new_pack_passes_its_own_tests_and_the_checks(tmp_path: Path) -> None:
    for name in ("tianqu", "tests", "tools"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "vendor"))
    shutil.copytree(ROOT / "realms", tmp_path / "realms", ignore=shutil.ignore_patterns("*.csv", "*.geojson"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    run = [sys.executable, "-m"]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    make = ["tianqu.project.cli", "newpack", "culture", "--title", "Culture", "--title-zh", "文化"]
    for command in (
        [*run, *make],
        [sys.executable, "tools/translations.py", "--compile"],
        [*run, "pytest", "-q", "-p", "no:cacheprovider", "tianqu/packs/culture"],
        [*run, "ruff", "check", "--no-cache", "tianqu/packs/culture"],
        [*run, "ruff", "format", "--no-cache", "--check", "tianqu/packs/culture"],
        [*run, "mypy", "--no-incremental", "tianqu/packs/culture"],
    ):
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    said = subprocess.run(
        [sys.executable, "tools/translations.py", "--check"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "packs/culture" not in said.stdout
