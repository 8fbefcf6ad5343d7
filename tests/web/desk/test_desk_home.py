"""The desk's first page: its numbers are those of the inbox behind them."""

from __future__ import annotations

from tests.orders.hotline import Hotline
from tests.web.desk.browsing import browser


def test_each_number_leads_to_its_rows(hotline: Hotline) -> None:
    hotline.dispatched()
    hotline.dispatched()
    client = browser(hotline.clerk)
    text = client.get("/desk/").content.decode()
    for query, count in (("look=late", 2), ("state=dispatched", 2), ("look=reopened", 0)):
        part = text.split(f'href="/inbox/?{query}"')[1].split("</span>")[0]
        assert part.endswith(f">{count}"), part
        assert client.get(f"/inbox/?{query}").content.decode().count('name="order"') == count
