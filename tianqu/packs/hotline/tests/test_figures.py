"""Rates: counted within one's scope, exported as they are shown, with what is left out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.orders.hotline import MONDAY, Hotline
from tianqu.kernel.orders import api
from tianqu.packs.hotline.tests.people import browser, text

PERIOD = "period=2024-03"


def called_back(hotline: Hotline) -> None:
    order_id = hotline.done()
    api.call_back(
        hotline.dispatcher, order_id=order_id, outcome="answered", contacted=True, solved=False,
        satisfaction="basically", at=MONDAY + timedelta(days=1),
    )  # fmt: skip


def test_rates_stand_with_their_intervals_and_are_exported(hotline: Hotline) -> None:
    called_back(hotline)
    client = browser(hotline, "supervisor", unit="city")
    page = text(client.get(f"/oversight/rates?{PERIOD}"))
    assert "德城区住建局" in page
    assert "90.0%" in page
    export: Any = client.get(f"/oversight/rates.csv?{PERIOD}&by=item")
    lines = b"".join(export.streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0].startswith("period,item,key,rank,score")
    assert lines[1].split(",")[2] == "road.lamp"
    assert len(lines) == 3, "one item, and all together"


def test_each_grouping_and_what_is_unknown(hotline: Hotline) -> None:
    called_back(hotline)
    client = browser(hotline, "auditor", language="zh-hans")
    for by in ("unit", "place", "item", "family", "month"):
        assert "90.0%" in text(client.get(f"/oversight/rates?{PERIOD}&by={by}"))
    text(client.get("/oversight/rates?by=moon"), status=400)
    text(client.get("/oversight/rates?level=9"), status=400)


def test_another_county_counts_nothing_and_an_operator_is_refused(hotline: Hotline) -> None:
    called_back(hotline)
    page = text(browser(hotline, "supervisor", unit="c2.housing").get(f"/oversight/rates?{PERIOD}"))
    assert "德城区住建局" not in page
    assert "90.0%" not in page
    assert browser(hotline, "operator").get("/oversight/rates").status_code == 403
