"""The way down from a figure tells nobody more of a dataset than its own rule does."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from tests.kernel.datasets.office import ROWS, Office
from tests.web.figures.conftest import define, record, told
from tests.web.figures.test_pages import ANYONE, caller, english, read
from tianqu.kernel.figures import api
from tianqu.kernel.journal.api import SYSTEM

# What is counted is a part of what is told: no figure tells it by itself.
PART = {"dataset": "trade.by_county", "measure": "sum:firms", "where": {"county": "德城区"}}
MANAGED = {"dataset": "trade.by_county", "measure": "count", "where": {"manager": "王五"}}
FORMULA = {"sum": [{"product": [PART, {"constant": "1000"}]}, MANAGED]}
MARK = "7"  # what the measure of PART comes to, and nothing else on the page


def published(office: Office, *, access: str) -> api.FigureValue:
    more: dict[str, Any] = {"cells": ("county",)} if access == "cells" else {}
    office.published(ROWS, access=access, **more)
    figure = define(office, formula=FORMULA, targets={}, periods=["2020"])
    computed = api.compute(api.definition_of(figure), "2020")
    return api.record_value(SYSTEM, figure_id=figure.id, period="2020", computed=computed)


@pytest.mark.parametrize("access", ["cells", "closed", "shared", "open"])
def test_the_public_is_told_what_the_dataset_tells(office: Office, access: str) -> None:
    value = published(office, access=access)
    assert [line["value"] for line in value.lineage] == [MARK, "1"]
    whole = ANYONE.read("/figures/trade.total")["newest"]["lineage"]
    one = ANYONE.read("/figures/trade.total/values/2020/1")["lineage"]
    open_rows = access == "open"
    assert whole == one and [line["value"] for line in whole] == [MARK if open_rows else None, None]
    assert [bool(line["parts"]) for line in whole] == [open_rows, False]
    assert [line["dataset"] for line in whole] == ["trade.by_county"] * 2
    page = read(english(), "/figures/trade.total/")
    assert (f'<strong class="figure">{MARK}</strong>' in page) is open_rows
    assert '<strong class="figure">1</strong>' not in page
    for digest in {digest for line in value.lineage for digest in line["parts"]}:
        assert digest not in orjson.dumps([whole, one]).decode() + page or open_rows


def test_the_office_is_told_all_of_it(office: Office) -> None:
    value = published(office, access="closed")
    assert caller(office.officer).read("/figures/trade.total")["newest"]["lineage"] == value.lineage
    hidden = caller(office.other).read("/figures/trade.total")["newest"]["lineage"]
    assert {line["value"] for line in hidden} == {None}


def test_a_figure_of_open_rows_keeps_its_way_down(trade: Office) -> None:
    define(trade, **told(code="trade.again"))
    record(trade, api.figure_called("trade.again"), period="2020")
    assert ANYONE.read("/figures/trade.again")["newest"]["lineage"][0]["value"] == "230.25"
    assert "230.25" in read(english(), "/figures/trade.again/")
