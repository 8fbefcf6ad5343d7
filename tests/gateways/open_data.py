"""What the doors of open data are tried on: datasets of every access, figures with and without embargo."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.utils import timezone

from tests.kernel.datasets.office import Office
from tests.kernel.datasets.office import build as build_office
from tianqu.kernel.datasets import api as datasets
from tianqu.kernel.figures import api as figures

YEARS: Final = datasets.Schema(
    (
        datasets.Column("county", "text", "县市区", "County"),
        datasets.Column("year", "integer", "年份", "Year"),
        datasets.Column("amount", "decimal", "金额", "Amount", decimals=2, unit="元"),
    )
)
TEXT: Final = "county,year,amount\n德城区,2019,100.50\n陵城区,2019,99.50\n德城区,2020,150.25\n陵城区,2020,80\n"
TOTAL: Final = {"dataset": "trade.years", "measure": "sum:amount", "where": {"year": "{year}"}}
BEFORE: Final = {"dataset": "trade.years", "measure": "sum:amount", "where": {"year": "{year-1}"}}
# What nobody may find: each of these words stands in something that is not for everybody.
HIDDEN: Final = ("secret", "保密", "张三", "负责人", "manager", "embargoed", "禁发", "777.77")


@dataclass(frozen=True)
class OpenData:
    """What the tests hold on to."""

    office: Office

    @property
    def codes(self) -> set[str]:
        """The codes of the datasets that everybody may have."""
        return {"trade.by_county", "trade.years"}


def build() -> OpenData:
    """Publish two open datasets, of which one has a closed column, and others that nobody may see; and figures."""
    office = build_office()
    office.published()
    office.published(TEXT, schema=YEARS, code="trade.years", title="历年贸易额", title_en="Trade of years")
    for access in ("closed", "shared", "cells"):
        office.published(
            TEXT, schema=YEARS, code=f"trade.secret_{access}", title=f"保密{access}", title_en="A secret",
            access=access, domain="health", **({"cells": ("county",)} if access == "cells" else {}),
        )  # fmt: skip
    gone = office.published(TEXT, schema=YEARS, code="trade.secret_gone", title="保密撤回", title_en="A secret, gone")
    datasets.withdraw_dataset(office.officer, dataset_id=gone.id, reason="保密")
    office.dataset(code="trade.secret_empty", title="保密空", title_en="A secret without rows")
    _define(office, code="trade.total", periods=["2019", "2020"])
    _define(
        office, code="trade.growth", name="贸易额增速", name_en="Growth of trade",
        formula={"growth": [TOTAL, BEFORE]}, counts="%", step="0.1", periods=["2020"],
    )  # fmt: skip
    hidden = _define(office, code="trade.embargoed", name="禁发指标", name_en="An embargoed figure", compute=False)
    _embargoed(office, hidden, period="2020")
    partly = _define(office, code="trade.partly", name="部分指标", name_en="Partly", compute=False)
    recorded(office, partly, period="2019")
    office.published(
        "county,year,amount\n德城区,2020,777.77\n", schema=YEARS, code="trade.secret_rows", title="保密行",
        title_en="Secret rows", access="closed",
    )  # fmt: skip
    _embargoed(office, partly, period="2020")
    return OpenData(office)


def _told(**more: Any) -> dict[str, Any]:
    return {
        "code": "trade.total", "domain": "open-economy", "name": "贸易额", "name_en": "Trade", "unit": "c1.housing",
        "counts": "CNY", "step": "0.1", "formula": TOTAL, "periods": ["2019", "2020"],
    } | more  # fmt: skip


def _define(office: Office, *, compute: bool = True, **more: Any) -> figures.Figure:
    figure = figures.define_figure(office.officer, definition=figures.read_definition(_told(**more)))
    if compute:
        figures.compute_figures(office.officer, [figure])
    return figure


def recorded(office: Office, figure: figures.Figure, *, period: str, **more: Any) -> None:
    """Compute a figure for a period and keep the value."""
    computed = figures.compute(figures.definition_of(figure), period)
    figures.record_value(office.officer, figure_id=figure.id, period=period, computed=computed, **more)


def _embargoed(office: Office, figure: figures.Figure, *, period: str) -> None:
    recorded(office, figure, period=period, embargoed_until=timezone.now() + timedelta(days=30))


def nothing_hidden(text: str) -> bool:
    """Whether nothing in a document tells of what is not for everybody."""
    return not any(word in text for word in HIDDEN)
