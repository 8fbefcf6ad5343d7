"""The board and its lists: the counts lead to their rows, and nobody sees beyond their scope."""

from __future__ import annotations

import re

import pytest

from tests.orders.hotline import Hotline
from tianqu.packs.hotline.tests.people import browser, text

SILENT = "/oversight/orders?look=silent"


def test_the_board_counts_what_is_late_and_leads_to_it(hotline: Hotline) -> None:
    hotline.dispatched(title="路灯一直不亮")
    client = browser(hotline, "supervisor", unit="city")
    page = text(client.get("/oversight/"))
    assert "路灯一直不亮" in page
    assert "look=late" in page
    assert "路灯一直不亮" in text(client.get("/oversight/orders?look=late"))
    assert "路灯一直不亮" in text(client.get(SILENT))
    assert "路灯一直不亮" not in text(client.get("/oversight/orders?look=returned"))


def test_a_supervisor_of_another_county_sees_nothing_of_it(hotline: Hotline) -> None:
    hotline.dispatched(title="路灯一直不亮")
    client = browser(hotline, "supervisor", unit="c2.housing")
    for address in ("/oversight/", "/oversight/orders", SILENT):
        assert "路灯一直不亮" not in text(client.get(address))


def test_operators_and_residents_have_no_board(hotline: Hotline) -> None:
    assert browser(hotline, "operator").get("/oversight/").status_code == 403
    assert browser(hotline, "clerk").get("/oversight/").status_code == 403


def test_filters_narrow_the_list_and_unknown_ones_are_refused(hotline: Hotline) -> None:
    hotline.dispatched(title="路灯一直不亮")
    client = browser(hotline, "supervisor", unit="city")
    assert "路灯一直不亮" in text(client.get("/oversight/orders?place=P.P1&item=road.lamp&period=2024-03"))
    assert "路灯一直不亮" not in text(client.get("/oversight/orders?place=P.P2"))
    assert "路灯一直不亮" not in text(client.get("/oversight/orders?period=2024-04"))
    for address in ("look=x", "unit=x", "place=a..b", "period=x", "sort=x"):
        text(client.get(f"/oversight/orders?{address}"), status=400)


@pytest.mark.parametrize("role", ["unit_head", "supervisor", "auditor", "administrator"])
def test_nobody_is_led_to_a_page_that_their_post_does_not_open(hotline: Hotline, role: str) -> None:
    client = browser(hotline, role, unit="city")
    page = text(client.get("/oversight/rates"))
    shown = set(re.findall(r'href="(/(?:oversight|inbox|calls|phone|administration)/[^"?]*)', page))
    assert "/oversight/enterprise" in shown
    assert ("/oversight/demand" in shown) == (role in ("supervisor", "auditor"))
    for address in shown:
        assert client.get(address).status_code == 200, address


def test_usual_periods_are_one_tap_away_and_other_filters_stay(hotline: Hotline) -> None:
    page = text(browser(hotline, "supervisor", unit="city").get("/oversight/rates?by=item"))
    found = re.findall(r'href="(/oversight/rates\?by=item&amp;period=[^"]+)"', page)
    assert len(found) == 5
    client = browser(hotline, "supervisor", unit="city")
    for address in found:
        assert 'aria-current="true"' in text(client.get(address.replace("&amp;", "&")))
