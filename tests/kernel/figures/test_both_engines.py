"""A figure is recorded only where both engines say the same, wherever figures are computed by both."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from pytest_django import Settings

from tests.kernel.datasets.office import Office
from tests.kernel.figures.test_figures import TEXT, YEARS, define
from tianqu.kernel.datasets import api as datasets
from tianqu.kernel.datasets import scaling
from tianqu.kernel.figures import api
from tianqu.kernel.journal.api import ANYBODY


@pytest.fixture
def figure(office: Office, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> api.Figure:
    """A figure over 2019 (200.00) and 2020 (230.25), computed by two engines."""
    settings.TIANQU_SPARK_MASTER = "spark://127.0.0.1:7077"
    monkeypatch.setattr(scaling, "for_spark", lambda statement: statement)
    office.published(TEXT, schema=YEARS)
    return define(office)


def says(monkeypatch: pytest.MonkeyPatch, *totals: str) -> None:
    """Let the second engine say these totals, one after the other."""
    rest = iter(totals)
    monkeypatch.setattr(scaling, "_on_spark", lambda opened, statement: [(Decimal(next(rest)),)])


def test_what_both_say_is_recorded(office: Office, figure: api.Figure, monkeypatch: pytest.MonkeyPatch) -> None:
    says(monkeypatch, "200.00", "230.25")
    assert api.compute_figures(office.officer, [figure]) == 2
    shown = api.figure_shown(ANYBODY, figure.code).newest
    assert shown is not None and shown.exact == Fraction("230.25")


@pytest.mark.parametrize("other", ["230.26", "230.2", "-230.25", "0"])
def test_what_one_says_otherwise_is_not(
    office: Office, figure: api.Figure, monkeypatch: pytest.MonkeyPatch, other: str
) -> None:
    says(monkeypatch, "200.00", other)
    refused: list[api.NotComputed] = []
    assert api.compute_figures(office.officer, [figure], refused=refused.append) == 1
    assert [(each.period, type(each.error)) for each in refused] == [("2020", datasets.EnginesDisagree)]
    assert api.values_of(ANYBODY, figure, period="2020") == []
    shown = api.figure_shown(ANYBODY, figure.code).newest
    assert shown is not None and shown.value.period == "2019"


def test_without_a_second_answer_nothing_is_recorded(
    office: Office, figure: api.Figure, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing(*_told: Any) -> Any:
        raise scaling.NoSecondAnswer("no cluster")

    monkeypatch.setattr(scaling, "_on_spark", nothing)
    refused: list[api.NotComputed] = []
    assert api.compute_figures(office.officer, [figure], refused=refused.append) == 0
    assert [each.period for each in refused] == ["2019", "2020"]
    with pytest.raises(datasets.NoSecondAnswer):
        api.compute(api.definition_of(figure), "2020")
