"""Figures on pages: a small office with trade by county, and the whole year 2020 of Dezhou."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from limits.strategies import FixedWindowRateLimiter

from tests.kernel.datasets.conftest import office, store
from tests.kernel.datasets.office import Office
from tests.kernel.datasets.office import build as build_office
from tests.scenes import scene
from tianqu.base.counting import CountStorage
from tianqu.kernel.datasets import api as datasets
from tianqu.kernel.figures import api
from tianqu.web.figures import limits

__all__ = ["office", "store"]

YEARS = datasets.Schema(
    (
        datasets.Column("county", "text", "县市区", "County"),
        datasets.Column("year", "integer", "年份", "Year"),
        datasets.Column("amount", "decimal", "金额", "Amount", decimals=2, unit="元"),
    )
)
TEXT = "county,year,amount\n德城区,2019,100.50\n陵城区,2019,99.50\n德城区,2020,150.25\n陵城区,2020,80\n"
TOTAL = {"dataset": "trade.by_county", "measure": "sum:amount", "where": {"year": "{year}"}}
BEFORE = {"dataset": "trade.by_county", "measure": "sum:amount", "where": {"year": "{year-1}"}}


def told(**more: Any) -> dict[str, Any]:
    return {
        "code": "trade.total", "domain": "open-economy", "name": "贸易额", "name_en": "Trade", "unit": "c1.housing",
        "counts": "CNY", "step": "0.1", "formula": TOTAL, "periods": ["2019", "2020"], "direction": "up",
        "targets": {"2020": "220"}, "note": "按海关统计。", "note_en": "As customs count it.",
    } | more  # fmt: skip


def define(office: Office, **more: Any) -> api.Figure:
    return api.define_figure(office.officer, definition=api.read_definition(told(**more)))


def record(office: Office, figure: api.Figure, *, period: str, embargoed: bool = False) -> api.FigureValue:
    """Compute a value and keep it, for an hour out of sight where it is ``embargoed``."""
    computed = api.computed_now(office.officer, api.definition_of(figure), period)
    until = timezone.now() + timedelta(hours=1) if embargoed else None
    return api.record_value(
        office.officer, figure_id=figure.id, period=period, computed=computed, embargoed_until=until
    )


def build() -> Office:
    """An office whose figure ``trade.total`` has the values of 2019 and 2020, and ``trade.growth`` that of 2020."""
    office = build_office()
    office.published(TEXT, schema=YEARS)
    total = define(office)
    for period in ("2019", "2020"):
        record(office, total, period=period)
    growth = define(
        office, code="trade.growth", name="贸易额增幅", name_en="Growth of trade", counts="%",
        formula={"growth": [TOTAL, BEFORE]}, targets={}, periods=["2020"],
    )  # fmt: skip
    record(office, growth, period="2020")
    return office


@pytest.fixture
def trade(db: None, store: Path, tmp_path: Path) -> Office:
    """The office with its two figures."""
    return replace(scene(build, files=store), folder=tmp_path)


@pytest.fixture(autouse=True)
def _nothing_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one test had computed is not counted against the next."""
    monkeypatch.setattr(limits, "_limiter", FixedWindowRateLimiter(CountStorage()))
