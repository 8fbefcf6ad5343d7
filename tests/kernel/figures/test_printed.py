"""Printed figures in Chinese and English, as exact spans."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tianqu.base.errors import InvalidInput
from tianqu.kernel.figures import api
from tianqu.kernel.figures.offline import Rounding, Span, Word, read_printed, unit_with

F = Fraction
MILLION = 10**6


@pytest.mark.parametrize(
    ("text", "unit", "span"),
    [
        ("69.87 billion yuan", "CNY", Span(F(69_865 * MILLION), F(69_875 * MILLION))),
        ("386.9亿元", "CNY", Span(F(38_685 * MILLION), F(38_695 * MILLION))),
        ("３８６．９亿元", "CNY", Span(F(38_685 * MILLION), F(38_695 * MILLION))),
        ("7.58 M", "count", Span(F(7_575_000), F(7_585_000))),
        ("8,096", "count", Span(F(8096), F(8096))),
        ("1.9万个", "count", Span(F(18_500), F(19_500))),
        ("over 2,200", "count", Span(F(2200), F(2300), high_open=True)),
        ("超过400人", "count", Span(F(400), F(500), high_open=True)),
        ("400余人", "count", Span(F(400), F(500), high_open=True)),
        ("1.2万多人", "count", Span(F(12_000), F(13_000), high_open=True)),
        ("近3万人", "count", Span(F(20_000), F(30_000), low_open=True)),
        ("20万立方米左右", "m3", Span(F(100_000), F(300_000))),
        ("至少30%", "%", Span(F(3, 10), None)),
        ("不超过1000万元", "CNY", Span(None, F(10 * MILLION))),
        ("62%", "%", Span(F(615, 1000), F(625, 1000))),
        ("提高20%", "%", Span(F(195, 1000), F(205, 1000))),
        ("-49.5%", "%", Span(F(-4955, 10_000), F(-4945, 10_000))),
        ("fell 38 %", "%", Span(F(-385, 1000), F(-375, 1000))),
        ("61.4‰", "permille", Span(F(6135, 100_000), F(6145, 100_000))),
        ("2.5 percentage points", "points", Span(F(245, 10_000), F(255, 10_000))),
        ("下降2.5个百分点", "points", Span(F(-255, 10_000), F(-245, 10_000))),
        ("¥4.1 million", "CNY", Span(F(4_050_000), F(4_150_000))),
    ],
)
def test_a_printed_figure_is_a_span(text: str, unit: str, span: Span) -> None:
    printed = read_printed(text)
    assert (printed.unit.code, printed.span) == (unit, span)


@pytest.mark.parametrize("chinese", [True, False])
@pytest.mark.parametrize("unit", sorted(api.UNITS))
def test_what_we_print_is_read_back_as_what_it_is(unit: str, chinese: bool) -> None:
    for value in (7, 30 * MILLION, 25_000 * MILLION):
        for word in ("", "over", "about"):
            text = api.printed(F(value), api.display_of(unit=unit, word=word), chinese=chinese).whole
            read = read_printed(text, unit=unit_with(unit))
            assert (read.unit.code, read.number, read.word) == (unit, value, Word(word)), text


def test_about_so_many_mu() -> None:
    printed = read_printed("约12,552亩")
    assert printed.word == Word.ABOUT
    assert printed.span == Span(F(12_551), F(12_553)).times(F(2000, 3))


@pytest.mark.parametrize(
    ("rounding", "low", "high"),
    [
        (Rounding.NEAREST, (F(135, 10), False), (F(145, 10), False)),
        (Rounding.HALF_UP, (F(135, 10), False), (F(145, 10), True)),
        (Rounding.CUT, (F(14), False), (F(15), True)),
        (Rounding.UP, (F(13), True), (F(14), False)),
        (Rounding.EXACT, (F(14), False), (F(14), False)),
    ],
)
def test_ways_of_rounding(rounding: Rounding, low: tuple[F, bool], high: tuple[F, bool]) -> None:
    span = read_printed("14元", rounding=rounding).span
    assert ((span.low, span.low_open), (span.high, span.high_open)) == (low, high)


def test_what_is_counted_is_named_if_the_unit_is_declared() -> None:
    assert read_printed("over 2,200 employers", unit=unit_with("count")).span.low == 2200
    with pytest.raises(InvalidInput, match="employers"):
        read_printed("over 2,200 employers")


def test_a_declared_unit_and_the_printed_one_must_agree() -> None:
    with pytest.raises(InvalidInput, match="declared"):
        read_printed("12亩", unit=unit_with("CNY"))


@pytest.mark.parametrize(
    "text",
    [
        "", "NaN", "inf", "-inf元", "1e999999", "1e9元", "0x10", "1,23", "1,2345", "1.2.3", "12,552.亩",
        ".5", "over about 5",
        "9" * 25, "1" + "0" * 100, "٣٤", "三百", "5 ± 1", "١", "1/3", "over", "%", "12 parsecs", "1.5.", "1_000",
    ],
)  # fmt: skip
def test_what_is_no_printed_figure_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_printed(text)
    assert refused.value.remedy
    assert str(refused.value)


@given(st.text(max_size=90))
def test_any_text_is_read_or_refused_with_a_remedy(text: str) -> None:
    try:
        printed = read_printed(text)
    except InvalidInput as error:
        assert error.remedy and str(error)
    else:
        assert not printed.span.empty


@given(st.integers(0, 10**9), st.integers(0, 4), st.sampled_from(["", "万", "亿", " million"]), st.booleans())
def test_the_true_value_lies_in_the_span_of_its_rounding(true: int, decimals: int, scale: str, negative: bool) -> None:
    """Half up and half to even alike: the printed span holds what was rounded."""
    factor = {"": 1, "万": 10**4, "亿": 10**8, " million": 10**6}[scale]
    value = F(true, 7)
    scaled = value / factor * 10**decimals
    for digits in {round(scaled), int(scaled + F(1, 2))}:
        head, tail = divmod(digits, 10**decimals)
        text = f"{'-' if negative else ''}{head:,}{f'.{tail:0{decimals}}' if decimals else ''}{scale}元"
        assert (-value if negative else value) in read_printed(text).span
