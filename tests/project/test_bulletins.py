"""The 32 bulletins of the realm: sound in both languages, and between them they quote every reported figure."""

from __future__ import annotations

import csv
import re
from collections import Counter
from typing import Any

import pytest
import yaml

from tests.project.reported_rows import COUNTIES, REALM, Exact, engine, exact, told
from tianqu.kernel.figures.api import printed, read_definition
from tianqu.kernel.releases.api import (
    Allowances,
    Language,
    PrintedCase,
    PrintedFigure,
    ProseFaults,
    Quotable,
    differing_figures,
    quoted_in,
    read_prose,
    resolve,
)
from tianqu.packs.opendata.bulletins import PUBLIC_CASE, Bulletin, read_bulletins, with_cases
from tianqu.packs.opendata.inventing import invented_csv, read_invented

__all__ = ["engine", "exact", "told"]
BULLETINS = {each.code: each for each in read_bulletins(REALM)}
CASE = PrintedCase("ORDER", "路灯不亮", "/answers/ORDER")
Told = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def figures(told: Told, exact: Exact) -> dict[str, PrintedFigure]:
    """Every figure as it is printed."""
    return {code: _printed(code, told, exact) for code in told}


def _printed(code: str, told: Told, exact: Exact) -> PrintedFigure:
    display = read_definition(told[code]).display
    zh, en = (printed(exact(code), display, chinese=chinese) for chinese in (True, False))
    growth = "growth" in told[code]["formula"] or f"{code}.change" in told
    return PrintedFigure(
        id=code, name_zh=told[code]["name"], name_en=told[code]["name_en"],
        value_zh=zh.whole.removesuffix(zh.unit).rstrip(), value_en=en.whole.removesuffix(en.unit).rstrip(),
        unit_zh=zh.unit, unit_en=en.unit, address=f"/figures/{code}/", as_of="2020", exact="0",
        change_zh="变化" if growth else "", change_en="changed" if growth else "",
    )  # fmt: skip


def _readings(bulletin: Bulletin) -> list[Any]:
    allowed = Allowances(frozenset(bulletin.periods), tuple(bulletin.names))
    texts = ((bulletin.text, Language.ZH), (bulletin.text_en, Language.EN))
    return [
        read_prose(with_cases(text, lambda item: "ORDER"), language=language, allowed=allowed)
        for text, language in texts
    ]


@pytest.mark.parametrize("code", BULLETINS)
def test_a_bulletin_is_sound_in_both_languages(code: str, figures: dict[str, PrintedFigure]) -> None:
    chinese, english = _readings(BULLETINS[code])
    quotable = Quotable(figures, cases={"ORDER": CASE})
    for reading in (chinese, english):
        try:
            resolve(reading.document, quotable)
            unbound: tuple[Any, ...] = ()
        except ProseFaults as faults:
            unbound = faults.findings
        assert [(each.at.line, each.excerpt, each.kind) for each in (*reading.findings, *unbound)] == []
    assert differing_figures(chinese.document, english.document) == (frozenset(), frozenset())


@pytest.mark.parametrize("code", BULLETINS)
def test_a_bulletin_tells_tasks_measures_results_and_cases(code: str) -> None:
    bulletin = BULLETINS[code]
    assert re.findall(r"(?m)^## .、(.+)$", bulletin.text)[:4] == ["任务", "措施", "成效", "案例"]
    assert re.findall(r"(?m)^## (.+)$", bulletin.text_en)[:4] == ["Tasks", "Measures", "Results", "Cases"]
    assert PUBLIC_CASE.findall(bulletin.text) == PUBLIC_CASE.findall(bulletin.text_en) != []


def test_every_reported_figure_is_quoted_in_a_bulletin(told: Told) -> None:
    quoted = {code for each in BULLETINS.values() for code in quoted_in(_readings(each)[0].document)}
    assert {code for code in told if not code.endswith(".change")} - quoted == set()


def test_who_signs_in_to_sign_finds_one_text_that_waits(told: Told) -> None:
    with (REALM / "posts.csv").open(encoding="utf-8") as file:
        (unit,) = [row["unit"] for row in csv.DictReader(file) if row["login"] == "signer"]
    waiting = {each.code: each for each in BULLETINS.values() if each.unsigned or each.conflicting}
    asked = {
        code: {told[figure]["unit"] for figure in quoted_in(_readings(each)[0].document)}
        for code, each in waiting.items()
    }  # fmt: skip
    assert [code for code, units in asked.items() if unit in units] == [
        each.code for each in waiting.values() if each.unsigned
    ]
    (mine,) = [units for units in asked.values() if unit in units]
    assert mine == {unit}  # nobody else holds it up


def test_the_list_of_conferences_adds_up_to_what_was_reported_of_them(told: Told, exact: Exact) -> None:
    listed = yaml.safe_load((REALM / "releases.yaml").read_text("utf-8"))["releases"]
    spoke = [unit for each in listed for unit in each["units"]]
    assert exact("programme.conferences") == len(listed)
    assert exact("programme.conferences.phase2") == Counter(each["phase"] for each in listed)[2]
    assert exact("programme.domains") == len({each["domain"] for each in listed})
    assert exact("programme.units") == len(set(spoke))
    assert exact("programme.speakers") == len(spoke)
    assert all(each["code"].startswith(each["day"].isoformat()[:7]) for each in listed)


def test_a_case_takes_the_order_of_its_items_that_is_there_and_is_left_out_without_any() -> None:
    text = "前。\n\n{{ case PUBLIC:sewer,manhole }}\n\n后。\n"
    assert with_cases(text, lambda item: "X1" if item == "manhole" else "") == "前。\n\n{{ case X1 }}\n\n后。\n"
    assert with_cases(text, lambda item: "") == "前。\n\n后。\n"


def test_a_mistyped_row_changes_what_its_figure_prints(told: Told, exact: Exact) -> None:
    (bulletin,) = [each for each in BULLETINS.values() if each.erratum is not None]
    assert bulletin.erratum is not None
    (dataset,) = [each for each in read_invented(REALM) if each.code == bulletin.erratum.dataset]
    right, wrong = (invented_csv(dataset, COUNTIES, seed=2020, mistyped=mistyped) for mistyped in (False, True))
    differing = [pair for pair in zip(right.splitlines(), wrong.splitlines(), strict=True) if pair[0] != pair[1]]
    assert len(differing) == 1 and b"ZH00215" in differing[0][0]
    display = read_definition(told["soe.rent_relief"]).display
    mistake = int(dataset.told["mistyped"]["added"])
    as_printed = [printed(exact("soe.rent_relief") + more, display, chinese=True).whole for more in (0, mistake)]
    assert as_printed == ["4,100万元", "4,200万元"]
