"""What a press officer writes becomes a tree; what cannot be understood is said with its place."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.releases.bulletin import CASES, FIGURES, QUOTABLE, RELATIONS, SOURCES, figure, resolved
from tianqu.base.errors import InvalidInput, TooLarge
from tianqu.kernel.releases.api import (
    Kind,
    Language,
    PrintedFigure,
    ProseFaults,
    Quotable,
    differing_figures,
    quoted_in,
    read_prose,
    resolve,
)


def faults(text: str, quotable: Quotable = QUOTABLE, language: Language = Language.ZH) -> list[tuple[Kind, int, int]]:
    """What a text's figures are refused for."""
    reading = read_prose(text, language=language)
    with pytest.raises(ProseFaults) as refusal:
        resolve(reading.document, quotable)
    return [(each.kind, each.line, each.column) for each in refusal.value.findings]


def printed(mark: str, language: Language = Language.ZH, quotable: Quotable = QUOTABLE) -> str:
    """What a mark prints in a sentence."""
    document = resolve(read_prose(f"# T\n\nA {mark}", language=language).document, quotable)
    return "".join(run.text for run in document.blocks[0].runs).removeprefix("A ")  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("mark", "language", "said"),
    [
        ("{{ figure trade.total }}", Language.ZH, "386.9亿元"),
        ("{{ figure trade.total }}", Language.EN, "38.69 billion yuan"),
        ("{{ figure trade.total value }}", Language.ZH, "386.9"),
        ("{{ figure trade.total change }}", Language.EN, "up 27.5%"),
        ("{{ figure trade.total in 万 }}", Language.ZH, "3,869,000万元"),
        ("{{ figure trade.total in million }}", Language.EN, "38,690 million yuan"),
        ("{{ 数据 trade.total 以 亿 应为 “386.9 亿元” }}", Language.ZH, "386.9 亿元"),
        ('{{ figure trade.total as "3869000万元" }}', Language.ZH, "3869000万元"),
        ('{{ literal "{{ }}" reason "braces" }}', Language.EN, "{{ }}"),
    ],
)
def test_a_figure_prints_its_own_digits_in_any_scale(mark: str, language: Language, said: str) -> None:
    assert printed(mark, language) == said


@given(st.integers(0, 10**12), st.integers(0, 4), st.sampled_from(["万", "亿", "百万", "千"]))
def test_a_scale_moves_the_point_and_nothing_else(number: int, decimals: int, scale: str) -> None:
    value = f"{number / 10**decimals if decimals == 0 else number:,}" if decimals == 0 else f"{number}"
    told = figure("f", "数", "f", value.replace(".0", ""), "1")
    digits = printed(f"{{{{ figure f in {scale} }}}}", quotable=Quotable({"f": told})).removesuffix(f"{scale}元")
    assert digits.replace(",", "").replace(".", "").strip("0") == told.value_zh.replace(",", "").strip("0")


@pytest.mark.parametrize(
    ("text", "kind", "column"),
    [
        ("# 题\n\n共{{ figure nowhere }}", Kind.UNKNOWN_FIGURE, 2),
        ("# 题\n\n{{ table nowhere caption “表” }}", Kind.UNKNOWN_FIGURE, 1),
        ('# 题\n\n说{{ figure trade.total as "400亿元" }}', Kind.PRINTED_OTHERWISE, 28),
        ("# 题\n\n{{ case NO “事” }}", Kind.UNKNOWN_CASE, 1),
        ("# 题\n\n是{{ claim “最高” of nowhere }}", Kind.UNKNOWN_RELATION, 2),
        ("# 题\n\n{{ figure trade.export change }}", Kind.NOT_SHOWABLE, 1),
        ("# 题\n\n{{ figure trade.total in million }}", Kind.NOT_SHOWABLE, 1),
        ("# 题\n\n# 又题", Kind.SYNTAX, 3),
    ],
)
def test_what_cannot_be_bound_is_refused_with_its_place(text: str, kind: Kind, column: int) -> None:
    assert faults(text) == [(kind, 3, column)]


def test_a_text_without_a_title_is_refused() -> None:
    assert faults("没有标题")[0][0] is Kind.SYNTAX


def test_an_embargoed_figure_is_refused_until_its_moment() -> None:
    moment = datetime(2021, 1, 26, 2, tzinfo=UTC)
    figures = FIGURES | {"trade.total": replace(FIGURES["trade.total"], embargoed_until=moment)}
    text = "# 题\n\n共{{ figure trade.total }}"
    for now in (None, moment - timedelta(seconds=1)):
        assert faults(text, Quotable(figures, now=now)) == [(Kind.EMBARGOED_FIGURE, 3, 2)]
    assert resolve(read_prose(text, language=Language.ZH).document, Quotable(figures, now=moment)).figures


def test_a_chart_takes_numbers_of_one_unit() -> None:
    figures = FIGURES | {
        "firms": figure("firms", "企业", "firms", "1,678", "1,678", unit_zh="家"),
        "some": figure("some", "若", "s", "逾", "over"),
    }
    for identifiers in ("trade.total firms", "some"):
        assert faults(f"# 题\n\n{{{{ chart bar {identifiers} title “图” }}}}", Quotable(figures)) == [
            (Kind.NOT_SHOWABLE, 3, 1)
        ]


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("甲{{ figur a }}", 2),
        ("甲{{ figure }}", 2),
        ("甲{{ figure a", 2),
        ("甲 }} 乙", 3),
        ('{{ literal "x" }}', 1),
        ('{{ claim "x" }}', 1),
        ("{{ figure a in 斤 }}", 1),
        ("{{ chart pie a title “x” }}", 1),
        ("{{ table caption “x” }}", 19),
        ('{{ figure a as "" }}', 17),
        ("甲{{ table a caption “x” }}乙", 2),
        ("##### 太深", 1),
        ("文**字", 2),
        ("好\u202e坏", 2),
        ("好\x00坏", 2),
        ("好\u05d0", 2),
        ("好\U0001f600", 2),
    ],
)
def test_what_is_not_understood_is_said_with_its_place(text: str, column: int) -> None:
    findings = read_prose(text, language=Language.ZH).findings
    assert [(each.kind, each.line, each.column) for each in findings][:1] == [(Kind.SYNTAX, 1, column)]
    assert all(each.remedy for each in findings)


@given(st.text(alphabet='{}"“”# >-*1.问：figure a\n\\`<&;[]()!_', max_size=80))
def test_whatever_is_typed_is_read_or_said_to_be_wrong(text: str) -> None:
    reading = read_prose(text, language=Language.ZH)
    assert all(each.line >= 1 and each.column >= 1 and str(each) for each in reading.findings)


@pytest.mark.parametrize("piece", ["- ", "> ", "**a", "{{", '{{ "', "a\n", "1. ", "（", "*", "{{ figure a }}"])
def test_endless_and_nested_text_is_read_in_bounded_time(piece: str) -> None:
    begun = time.process_time()
    read_prose(piece * (40_000 // len(piece)), language=Language.ZH)
    assert time.process_time() - begun < 20
    with pytest.raises(TooLarge):
        read_prose(piece * 600_000, language=Language.ZH)


def test_what_stands_too_deep_is_refused_and_not_lost() -> None:
    assert read_prose("> " * 100 + "深", language=Language.ZH).findings


def test_both_languages_quote_the_same_but_for_what_one_leaves_out() -> None:
    chinese, english = (read_prose(SOURCES[each], language=each).document for each in Language)
    assert differing_figures(chinese, english) == (frozenset(), frozenset())
    less = read_prose("# T\n\n{{ figure trade.total }}", language=Language.EN).document
    assert "year.2018" in differing_figures(chinese, less)[0]
    assert quoted_in(chinese) == set(FIGURES) | set(RELATIONS)


def test_figures_are_kept_once_in_their_order() -> None:
    assert [each.id for each in resolved(Language.ZH).figures] == [
        "trade.total", "trade.export", "trade.import", "year.2018", "year.2019", "year.2020",
    ]  # fmt: skip
    assert CASES


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "//elsewhere", "https://a b", 'https://a"b', "/a<b", "", "ftp://a", "https://\x00"],
)
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(InvalidInput):
        replace(FIGURES["trade.total"], address=address)


@pytest.mark.parametrize("text", ["a\x00", "a\u202eb", "x" * 301, "a\nb", "\ud800", "\u05d0", "\U0001f600"])
def test_a_name_that_cannot_be_printed_is_refused(text: str) -> None:
    told: dict[str, Any] = dict.fromkeys(
        ("id", "name_zh", "value_zh", "value_en", "unit_zh", "unit_en", "as_of", "exact"), "a"
    )
    with pytest.raises(InvalidInput):
        PrintedFigure(name_en=text, address="/a", **told)
