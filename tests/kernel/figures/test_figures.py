"""Figures are computed exactly from rows, printed once, kept with their lineage, and hidden while under embargo."""

from __future__ import annotations

from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from tests.kernel.datasets.office import Office
from tianqu.base.errors import Conflict, InvalidInput, InvalidInputs, NotFound, NotPermitted
from tianqu.kernel.datasets import api as datasets
from tianqu.kernel.figures import api, reading
from tianqu.kernel.journal.api import ANYBODY, SYSTEM

YEARS = datasets.Schema(
    (
        datasets.Column("county", "text"),
        datasets.Column("year", "integer"),
        datasets.Column("amount", "decimal", decimals=2, unit="元"),
    )
)
MILLIONS = {"unit": "CNY", "step": "10000", "scale_en": 10**6, "word": "over"}
TEXT = "county,year,amount\n德城区,2019,100.50\n陵城区,2019,99.50\n德城区,2020,150.25\n陵城区,2020,80\n"
TOTAL = {"dataset": "trade.by_county", "measure": "sum:amount", "where": {"year": "{year}"}}
BEFORE = {"dataset": "trade.by_county", "measure": "sum:amount", "where": {"year": "{year-1}"}}


def told(**more: Any) -> dict[str, Any]:
    return {
        "code": "trade.total", "domain": "open-economy", "name": "贸易额", "name_en": "Trade", "unit": "c1.housing",
        "counts": "CNY", "step": "0.1", "formula": TOTAL, "periods": ["2019", "2020"],
    } | more  # fmt: skip


def define(office: Office, **more: Any) -> api.Figure:
    return api.define_figure(office.officer, definition=api.read_definition(told(**more)))


def compute(office: Office, figure: api.Figure, **more: Any) -> api.FigureValue:
    period = more.pop("period", "2020")
    computed = api.compute(api.definition_of(figure), period)
    return api.record_value(office.officer, figure_id=figure.id, period=period, computed=computed, **more)


@pytest.fixture
def trade(office: Office) -> Office:
    office.published(TEXT, schema=YEARS)
    return office


def test_a_figure_is_computed_from_rows_and_knows_them(trade: Office) -> None:
    figure = define(trade)
    assert api.compute_figures(trade.officer, [figure]) == 2
    shown = api.figure_shown(ANYBODY, "trade.total")
    assert shown.newest is not None and shown.newest.exact == Fraction("230.25")
    assert (shown.newest.zh.whole, shown.newest.en.whole) == ("230.3元", "230.3 yuan")
    (line,) = shown.newest.value.lineage
    assert (line["dataset"], line["version"], line["value"]) == ("trade.by_county", 1, "230.25")
    assert line["where"] == {"year": ["2020"]} and line["parts"]
    assert [each.value.period for each in api.series_of(ANYBODY, figure)] == ["2019", "2020"]


def test_of_many_periods_the_last_ones_are_the_series(trade: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    figure = define(trade)
    assert api.compute_figures(trade.officer, [figure]) == 2
    monkeypatch.setattr(reading, "SERIES_MAX", 1)
    assert [each.value.period for each in api.series_of(ANYBODY, figure)] == ["2020"]


def test_the_period_before_is_the_last_one_before_the_newest_that_is_seen(trade: Office) -> None:
    always = TOTAL | {"where": {}}
    figure = define(trade, formula=always)
    other = define(trade, code="trade.once", formula=always)
    for period in ("2018", "2019", "2020"):
        compute(trade, figure, period=period)
    compute(trade, figure, period="2021", embargoed_until=timezone.now() + timedelta(hours=1))
    compute(trade, other, period="2019")
    for actor, before in ((ANYBODY, "2019"), (trade.officer, "2020")):
        told = api.figures_before(actor, api.figures_found(actor))
        assert {code: each.value.period for code, each in told.items()} == {"trade.total": before}


def test_growth_share_and_ratio_are_exact(trade: Office) -> None:
    growth = define(trade, code="trade.growth", formula={"growth": [TOTAL, BEFORE]}, counts="%", step="0.1")
    assert api.compute(api.definition_of(growth), "2020").exact == Fraction("230.25") / 200 * 100 - 100
    part = {"dataset": "trade.by_county", "measure": "sum:amount", "where": {"year": "{year}", "county": "德城区"}}
    share = define(trade, code="trade.share", formula={"share": [part, TOTAL]}, counts="%", step="0.01")
    assert api.compute(api.definition_of(share), "2020").exact == Fraction("150.25") / Fraction("230.25") * 100


def test_the_same_value_is_recorded_once_and_a_corrected_row_gives_the_next(trade: Office) -> None:
    figure = define(trade)
    assert compute(trade, figure).id == compute(trade, figure).id
    dataset = datasets.dataset_called(trade.officer, "trade.by_county")
    datasets.load_version(
        trade.officer, dataset_id=dataset.id, path=trade.file(TEXT.replace("80\n", "90\n")), schema=YEARS
    )
    second = compute(trade, figure)
    assert (second.number, second.exact) == (2, "961/4")
    old = api.value_numbered(ANYBODY, figure, period="2020", number=1)
    assert old.exact == Fraction("230.25")
    assert api.compute(api.definition_of(figure), "2020", pins={"trade.by_county": 1}).exact == old.exact


def test_a_figure_without_rows_says_so_and_stops_no_other(trade: Office) -> None:
    nowhere = TOTAL | {"dataset": "no.such"}
    figures = [define(trade, periods=["2018", "2020"]), define(trade, code="trade.none", formula=nowhere)]
    refused: list[api.NotComputed] = []
    assert api.compute_figures(trade.officer, figures, refused=refused.append) == 1
    assert [(each.code, each.period) for each in refused] == [
        ("trade.total", "2018"), ("trade.none", "2019"), ("trade.none", "2020"),
    ]  # fmt: skip
    assert isinstance(refused[0].error, Conflict) and isinstance(refused[1].error, NotFound)


def test_an_embargoed_value_is_nowhere_before_its_time(trade: Office) -> None:
    figure = define(trade)
    compute(trade, figure, period="2019")
    compute(trade, figure, embargoed_until=timezone.now() + timedelta(hours=1))
    for actor in (ANYBODY, trade.other):
        shown = api.figure_shown(actor, "trade.total")
        assert shown.newest is not None and shown.newest.value.period == "2019"
        assert len(api.series_of(actor, figure)) == 1
        assert api.values_of(actor, figure, period="2020") == []
        with pytest.raises(NotFound):
            api.value_numbered(actor, figure, period="2020")
    mine = api.figure_shown(trade.officer, "trade.total").newest
    assert mine is not None and mine.value.period == "2020"


def test_an_embargo_that_has_passed_hides_nothing(trade: Office) -> None:
    figure = define(trade)
    compute(trade, figure, embargoed_until=timezone.now() - timedelta(seconds=1))
    assert len(api.series_of(ANYBODY, figure)) == 1


def test_a_new_definition_keeps_the_old_one(trade: Office) -> None:
    figure = define(trade)
    compute(trade, figure)
    assert define(trade).definition == 1  # the same again
    figure = define(trade, step="1")
    assert figure.definition == 2
    compute(trade, figure)
    told = [each.zh.whole for each in api.values_of(ANYBODY, figure, period="2020")]
    assert told == ["230元", "230.3元"]


def test_another_office_defines_and_computes_nothing_here(trade: Office) -> None:
    figure = define(trade)
    with pytest.raises(NotPermitted):
        api.define_figure(trade.other, definition=api.read_definition(told(step="1")))
    computed = api.compute(api.definition_of(figure), "2020")
    with pytest.raises(NotPermitted):
        api.record_value(trade.other, figure_id=figure.id, period="2020", computed=computed)
    with pytest.raises(NotPermitted):
        api.define_figure(ANYBODY, definition=api.read_definition(told(code="x.y")))
    assert api.record_value(SYSTEM, figure_id=figure.id, period="2020", computed=computed).number == 1


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"code": "Trade"}, "code"), ({"name": ""}, "name"), ({"counts": "wizards"}, "unit"), ({"step": "3"}, "step"),
        ({"step": "0"}, "step"), ({"step": "1e99"}, "step"), ({"word": "circa"}, "word"), ({"periods": ["20"]},
        "period"), ({"formula": {}}, "formula"), ({"formula": {"ratio": [TOTAL]}}, "formula"), ({"direction": "left"},
        "direction"), ({"formula": {"quoted": "7"}}, "formula.source"), ({"formula": {"constant": "NaN"}}, "formula"),
        ({"formula": TOTAL | {"measure": "mean:amount"}}, "formula.measure"), ({"targets": {"2020": "x"}}, "targets"),
    ],
)  # fmt: skip
def test_a_bad_definition_names_its_field(more: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInputs) as refused:
        api.read_definition(told(**more))
    assert [error.field for error in refused.value.errors] == [field]


def test_a_formula_too_deep_is_refused() -> None:
    deep: dict[str, Any] = {"constant": "1"}
    for _level in range(20):
        deep = {"sum": [deep]}
    with pytest.raises(InvalidInput):
        api.read_formula(deep)


@pytest.mark.parametrize(
    ("value", "more", "zh", "en"),
    [
        ("38690000000", {"unit": "CNY", "step": "10000000"}, "386.9亿元", "38.69 billion yuan"),
        ("7580000", MILLIONS, "超过758万元", "over 7.58 million yuan"),
        ("8096", {"unit": "count"}, "8,096", "8,096"),
        ("-49.5", {"unit": "%", "step": "0.1"}, "-49.5%", "-49.5%"),
        ("3485.25", {"unit": "mu", "step": "0.01"}, "3,485.25亩", "3,485.25 mu"),
        ("12552", {"unit": "mu", "word": "about"}, "约12,552亩", "about 12,552 mu"),
        ("7587700", {"unit": "t", "step": "100", "scale_zh": 10**4}, "758.77万吨", "7,587,700 t"),
        ("2.5", {"unit": "points", "step": "0.1"}, "2.5个百分点", "2.5 percentage points"),
    ],
)
def test_a_value_is_printed_in_both_languages(value: str, more: dict[str, Any], zh: str, en: str) -> None:
    display = api.display_of(**more)
    assert api.printed(Fraction(value), display, chinese=True).whole == zh
    assert api.printed(Fraction(value), display, chinese=False).whole == en


@given(value=st.fractions(-(10**14), 10**14), places=st.integers(0, 6))
def test_what_is_printed_is_the_value_rounded_half_up(value: Fraction, places: int) -> None:
    step = Decimal(1).scaleb(-places)
    display = api.display_of(unit="%", step=format(step, "f"))
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    nearest = api.rounded(value, display)
    assert abs(nearest - value) <= Fraction(step) / 2
    assert Fraction(api.printed(value, display, chinese=True).digits.replace(",", "")) == nearest
    if Fraction(exact) == value and len(exact.as_tuple().digits) < 25:
        assert Fraction(exact.quantize(step, rounding=ROUND_HALF_UP)) == nearest


@pytest.mark.parametrize("period", ["2020-02-30", "2021-02-29", "0000", "２０２０", "2020-13", "2020-1", "2020-Q4", ""])
def test_what_is_no_period_of_the_calendar_is_refused(trade: Office, period: str) -> None:
    figure = define(trade)
    with pytest.raises(InvalidInput) as refused:
        api.compute(api.definition_of(figure), period)
    assert refused.value.field == "period"


def test_a_period_is_a_year_a_month_or_a_day() -> None:
    told = [str(api.period_kind(each)) for each in ("2020", "2020-02", "2020-02-29")]
    assert told == ["year", "month", "day"]


@pytest.mark.parametrize(
    ("fault", "field"),
    [
        ({"scale_zh": "many"}, "scale_zh"), ({"scale_en": None}, "scale_en"), ({"scale_zh": {}}, "scale_zh"),
        ({"periods": 2020}, "periods"), ({"periods": ["2020-02-30"]}, "period"),
        ({"targets": {"2020": "NaN"}}, "targets"),
        ({"targets": {"2020": "Infinity"}}, "targets"), ({"targets": {"2020": "1e999999"}}, "targets"),
    ],
)  # fmt: skip
def test_each_fault_of_a_definition_is_told_by_its_field(fault: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInputs) as refused:
        api.read_definition(told(**fault))
    assert [each.field for each in refused.value.errors] == [field]


def test_computing_anew_lifts_no_embargo(trade: Office) -> None:
    figure = define(trade, periods=["2020"])
    until = timezone.now() + timedelta(hours=1)
    compute(trade, figure, embargoed_until=until)
    api.compute_figures(trade.officer, [figure])
    shown = api.figure_shown(ANYBODY, "trade.total")
    assert shown.newest is None
    assert set(api.FigureValue.objects.values_list("embargoed_until", flat=True)) == {until}
