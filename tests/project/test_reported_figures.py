"""Every figure that was reported comes out of invented rows, as it was printed; what cannot is quoted, and says so."""

from __future__ import annotations

from tests.project.reported_rows import REALM, Exact, Told, engine, exact, told
from tianqu.kernel.datasets.api import declared_datasets
from tianqu.kernel.figures.api import printed, quoted_in, read_definition
from tianqu.kernel.figures.offline import Figure as PrintedFigure
from tianqu.kernel.figures.offline import read_file, read_printed
from tianqu.packs.opendata.inventing import read_invented
from tools.reported import PAGE, page_with_list

# Whose rows the realm does not have: published by others, and declared so.
QUOTED = {"science.platforms.share", "rural.grain.province_share", "rural.grain.nation_share"}
ONLY_PRINTED = {"talent.loans.limit"}  # what a loan may be at most, and no figure of the year
__all__ = ["engine", "exact", "told"]


def test_every_one_of_the_95_figures_is_computed(told: Told, exact: Exact) -> None:
    assert len([code for code in told if not code.endswith(".change")]) == 95
    for code, each in told.items():
        for period in each["periods"]:
            assert exact(code, period) is not None, code


def test_only_what_others_publish_is_quoted_and_names_its_source(told: Told) -> None:
    quoted = {code: list(quoted_in(read_definition(each).formula)) for code, each in told.items()}
    assert {code for code, parts in quoted.items() if parts} == QUOTED
    assert all(part.source for parts in quoted.values() for part in parts)


def reported() -> dict[str, PrintedFigure]:
    """What was printed of the year, and checked by ``tianqu check``."""
    bulletin = read_file(REALM / "figures-2020.yaml")
    return {figure.id: figure for figure in bulletin.figures if figure.printed is not None}


def test_every_figure_comes_out_of_the_rows_and_prints_as_it_was_reported(told: Told, exact: Exact) -> None:
    wrong = []
    for code, figure in reported().items():
        if code in ONLY_PRINTED:
            continue
        wanted = figure.printed
        assert wanted is not None
        definition = read_definition(told[code])
        value = exact(code, definition.periods[-1])
        for chinese in (True, False):
            text = printed(value, definition.display, chinese=chinese).whole
            read = read_printed(text, unit=figure.unit)
            if (read.number, read.unit, read.word) != (wanted.number, wanted.unit, wanted.word):
                wrong.append((code, wanted.text, text))
        said = printed(value, definition.display, chinese=True).whole.replace(",", "")
        if said != wanted.text.replace(",", ""):
            wrong.append((code, wanted.text, said))
    assert wrong == []


def test_what_is_declared_is_called_as_it_was_reported(told: Told) -> None:
    figures = reported()
    assert set(figures) - set(told) == ONLY_PRINTED
    for code, each in told.items():
        definition, figure = read_definition(each), figures[code]
        assert (definition.name, definition.name_en) == (figure.name.zh, figure.name.en), code
        assert definition.display.unit.code == figure.unit.code, code
        assert figure.as_of.startswith(definition.periods[-1]) or not figure.as_of, code


def test_the_list_in_the_status_page_is_what_is_declared() -> None:
    page = PAGE.read_text("utf-8")
    assert page == page_with_list(page)
    assert all(f"| {code} |" in page for code in QUOTED)


def test_no_dataset_is_both_invented_and_read_from_the_journal() -> None:
    assert not {each.code for each in read_invented(REALM)} & set(declared_datasets())
