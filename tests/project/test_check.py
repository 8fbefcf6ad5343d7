"""``tianqu check``: a bulletin's figures on any machine, without a database; and what Dezhou printed of 2020."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tianqu.kernel.figures.offline import Verdict, check_figures, read_file
from tianqu.project.cli import app

FIGURES = Path(__file__).parents[2] / "realms" / "dezhou" / "figures-2020.yaml"
HOLDS = "figures: [{id: a, printed: 5.0元}, {id: b, printed: 5.04元}]\nrelations:\n  - same: {figures: [a, b]}\n"
FALSE = HOLDS.replace("5.04", "5.06")
UNSURE = HOLDS.replace("5.0元", "5.0元, prices: current").replace("5.04元", "5.04元, prices: 2015")


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


@pytest.mark.parametrize(
    ("content", "code", "said"),
    [
        (HOLDS, 0, "HOLDS"),
        (FALSE, 1, "CANNOT HOLD"),
        (HOLDS.replace("[a, b]", "[a, c]"), 2, "f.yaml:3: same: There is no figure c."),
        ("figures: [", 2, "f.yaml cannot be read"),
        (UNSURE, 3, "in prices of current"),
    ],
)
def test_the_exit_code_says_the_verdict(tmp_path: Path, content: str, code: int, said: str) -> None:
    file = tmp_path / "f.yaml"
    file.write_text(content)
    done = CliRunner().invoke(app, ["check", str(file)])
    assert (done.exit_code, said in done.output) == (code, True), done.output


def test_no_bulletin_writes_over_its_verdict(tmp_path: Path) -> None:
    file = tmp_path / "f.yaml"
    for content in (f'title: "\\e[8m\\rHOLDS\\u202e"\n{FALSE}', f'"\\e[8m\\r": 1\n{FALSE}'):
        file.write_text(content)
        done = CliRunner().invoke(app, ["check", str(file)], color=True)
        assert done.exit_code in (1, 2)
        assert not any(mark in done.output for mark in ("\x1b[8m", "\r", "\u202e"))
        assert "\ufffd" in done.output


def test_the_help_says_the_exit_codes() -> None:
    said = " ".join(CliRunner().invoke(app, ["check", "--help"]).output.split())
    for each in ("0 holds", "1 cannot hold", "2 the file is bad", "3 cannot be tested"):
        assert each in said


def test_json_holds_the_certificate_in_fractions(tmp_path: Path) -> None:
    file = tmp_path / "f.yaml"
    file.write_text(FALSE)
    told = json.loads(CliRunner().invoke(app, ["check", "--json", str(file)]).output)
    (conflict,) = told["components"][0]["conflicts"]
    assert told["verdict"] == "cannot hold" and conflict["smallest"]
    total: dict[str, Fraction] = {}
    bound = Fraction(0)
    for line in conflict["certificate"]:
        by = Fraction(line["by"]) * (1 if line["side"] == "at most" else -1)
        bound += by * Fraction(line["end"])
        for name, coefficient in line["terms"].items():
            total[name] = total.get(name, Fraction(0)) + by * coefficient
    assert not any(total.values()) and bound < 0
    assert conflict["said"]["zh"] != conflict["said"]["en"]
    assert "不可能同时成立" in conflict["said"]["zh"]


def test_it_needs_neither_django_nor_a_database(tmp_path: Path) -> None:
    file = tmp_path / "f.yaml"
    file.write_text(FALSE)
    code = (
        "import sys; sys.modules['django'] = None; sys.modules['psycopg'] = None\n"
        "from tianqu.project.cli import main; main()"
    )
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "zh_CN.UTF-8", "TIANQU_DATABASE_URL": "postgresql://nowhere/"}
    done = subprocess.run(
        [sys.executable, "-c", code, "check", str(file)], env=environment, cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 1, done.stderr
    assert "矛盾 1" in done.stdout


def test_in_what_dezhou_printed_one_set_cannot_hold() -> None:
    bulletin = read_file(FIGURES)
    checked = check_figures(bulletin.figures, bulletin.relations)
    assert checked.verdict == Verdict.CANNOT_HOLD
    (conflict,) = checked.conflicts
    assert conflict.smallest
    assert {figure.id for figure in conflict.figures} == {
        "science.firms.scale", "science.firms.scale.share", "science.platforms", "science.platforms.share",
    }  # fmt: skip
    assert {each.verdict for each in checked.components} == {Verdict.CANNOT_HOLD, Verdict.HOLDS}
    assert not any(each.untested for each in checked.components)


def test_all_that_was_printed_is_there() -> None:
    bulletin = read_file(FIGURES)
    printed = [figure for figure in bulletin.figures if figure.printed is not None]
    spoken = {figure.id for figure in bulletin.figures if figure.printed is None}
    used = {name for relation in bulletin.relations for name in relation.figures()}
    changes = {figure.id for figure in printed if figure.id.endswith(".change")}
    assert len(printed) - len(changes) - 1 == 95  # and the most that one talent loan can be, which a note says
    assert len(changes) == 12
    assert spoken <= used
    assert all(figure.name.zh != figure.name.en for figure in bulletin.figures)
