"""What a supervisor does and checks: press, rule, leave out and count again, the rows behind each figure, flags."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest

from tests.orders.hotline import MONDAY, Hotline
from tianqu.kernel.journal.api import Scope, seeing
from tianqu.kernel.orders import api
from tianqu.kernel.orders.models import DispatchRule, Exclusion, Order
from tianqu.packs.hotline.tests.people import browser, text

PERIOD = "period=2024-03"
NEXT_DAY = MONDAY + timedelta(days=1)


def order_of(order_id: object) -> Order:
    """An order as the table has it."""
    with seeing(Scope(everything=True)):
        return Order.objects.get(id=order_id)


def called(hotline: Hotline, *, solved: bool = True, minutes: int = 0, satisfaction: str = "very") -> Order:
    """An answered order whose asker was called."""
    order_id = hotline.done()
    api.call_back(
        hotline.dispatcher, order_id=order_id, outcome="answered", contacted=True, solved=solved,
        satisfaction=satisfaction, at=NEXT_DAY + timedelta(minutes=minutes),
    )  # fmt: skip
    return order_of(order_id)


def returned_twice(hotline: Hotline) -> Order:
    """An order that two units have sent back."""
    order_id = hotline.dispatched()
    told = {"legal_basis": "第三条", "reason": "不归我们管"}
    api.return_order(hotline.clerk, order_id=order_id, nominee_unit_id=hotline.other_unit_id, at=MONDAY, **told)
    api.dispatch_order(hotline.dispatcher, order_id=order_id, unit_id=hotline.other_unit_id, at=MONDAY)
    api.return_order(hotline.stranger, order_id=order_id, at=MONDAY, **told)
    return order_of(order_id)


def test_late_units_are_pressed_many_at_once(hotline: Hotline) -> None:
    orders = [order_of(hotline.dispatched()) for _each in range(2)]
    client = browser(hotline, "supervisor", unit="city")
    page = text(client.get("/oversight/orders?look=late"))
    assert page.count('name="order"') == 2
    sent = {"order": [str(order.id) for order in orders], "query": "look=late", "note": "请于今日内办结"}
    assert client.post("/oversight/press", sent | {"note": ""}).status_code == 302
    assert order_of(orders[0].id).press_count == 0
    assert client.post("/oversight/press", sent).status_code == 302
    assert [order_of(order.id).press_count for order in orders] == [1, 1]
    assert "2 requests were pressed." in text(client.get("/oversight/orders?look=late"))
    other = browser(hotline, "supervisor", unit="c2.housing")
    other.post("/oversight/press", sent)
    assert order_of(orders[0].id).press_count == 1
    assert browser(hotline, "auditor").post("/oversight/press", sent).status_code == 403


def test_a_ruling_is_made_with_what_the_units_said_and_becomes_a_rule(hotline: Hotline) -> None:
    order = returned_twice(hotline)
    client = browser(hotline, "supervisor", unit="city")
    assert f"/oversight/rule/{order.code}" in text(client.get("/oversight/orders?look=returned"))
    page = text(client.get(f"/oversight/rule/{order.code}"))
    assert page.count("不归我们管") == 2
    told = {"unit": "c1.housing", "reason": "按三定方案", "legal_basis": "", "make_rule": "on"}
    page = text(client.post(f"/oversight/rule/{order.code}", told), status=400)
    assert "按三定方案" in page
    answer = client.post(f"/oversight/rule/{order.code}", told | {"legal_basis": "三定方案第五条"})
    assert answer.status_code == 302
    page = text(client.get(f"/oversight/rule/{order.code}"))
    assert f"ruling-{order.code.lower()}" in page
    assert "德城区住建局" in page
    assert DispatchRule.objects.get(ruling_order_id=order.id).legal_basis == "三定方案第五条"
    assert order_of(order.id).unit_id == hotline.unit_id
    assert browser(hotline, "operator").get(f"/oversight/rule/{order.code}").status_code == 403
    assert browser(hotline, "supervisor", unit="c2.housing").get(f"/oversight/rule/{order.code}").status_code == 404


def test_an_order_is_left_out_with_a_reason_and_counted_again(hotline: Hotline) -> None:
    order = called(hotline)
    client = browser(hotline, "supervisor", unit="city")
    told = {"code": api.shown_code(order.code), "rate": "all", "reason": "test", "note": "测试单", "do": "exclude"}
    page = text(client.post("/oversight/exclusions", told | {"note": ""}), status=400)
    assert 'value="test" selected' in page
    text(client.post("/oversight/exclusions", told | {"code": "x"}), status=400)
    assert client.post("/oversight/exclusions", told).status_code == 302
    assert "测试单" in text(client.get("/oversight/exclusions"))
    page = text(client.get(f"/oversight/figures?{PERIOD}&rate=satisfaction&counted=no"))
    assert "A test" in page
    text(client.post("/oversight/exclusions", told), status=409)
    assert client.post("/oversight/exclusions", told | {"do": "include", "note": "误判"}).status_code == 302
    with seeing(Scope(everything=True)):
        assert Exclusion.objects.get(order=order).ended_at is not None
    assert "测试单" not in text(browser(hotline, "supervisor", unit="c2.housing").get("/oversight/exclusions"))
    assert browser(hotline, "auditor").post("/oversight/exclusions", told).status_code == 403


@pytest.mark.parametrize("by", ["unit", "place", "item", "family", "month"])
def test_every_rate_leads_to_as_many_rows_as_it_counts(hotline: Hotline, by: str) -> None:
    called(hotline)
    called(hotline, solved=False)
    unanswered = hotline.done()
    api.call_back(hotline.dispatcher, order_id=unanswered, outcome="wrong_number", at=NEXT_DAY)
    client = browser(hotline, "supervisor", unit="city")
    page = text(client.get(f"/oversight/rates?{PERIOD}&by={by}"))
    cells = re.findall(
        r'href="(/oversight/figures[^"]+)"[^>]*>[\d.]+%</a><br><span class="muted">[^<]*· (\d+)</span>', page
    )
    assert len(cells) == 10, "five figures of all together and of the one row"
    for address, count in cells:
        assert re.search(r"(\d+) rows?<", text(client.get(unescape(address)))).group(1) == count, address  # type: ignore[union-attr]
    left = text(client.get(f"/oversight/figures?{PERIOD}&rate=resolution&counted=no"))
    assert "Wrong number" in left
    bad = text(client.get(f"/oversight/figures?{PERIOD}&rate=resolution&good=no&counted=yes"))
    assert re.search(r"(\d+) rows?<", bad).group(1) == "1"  # type: ignore[union-attr]
    for wrong in ("rate=moon", "counted=perhaps", "after=x"):
        text(client.get(f"/oversight/figures?{wrong}"), status=400)
    other = browser(hotline, "supervisor", unit="c2.housing")
    assert "Nothing is counted here" in text(other.get(f"/oversight/figures?{PERIOD}"))
    assert browser(hotline, "operator").get("/oversight/figures").status_code == 403


def test_flags_show_every_answer_that_they_are_about(hotline: Hotline) -> None:
    for number in range(11):
        called(hotline, minutes=number % 3)
    client = browser(hotline, "supervisor", unit="city")
    page = text(client.get(f"/oversight/flags?{PERIOD}"))
    assert "Many answers at once" in page
    assert "赵调度" in page, "two operators with one title are told apart by their names"
    assert re.search(r"within 10 minutes, from [^<]*2024[^<]* 09:00 to [^<]*2024[^<]* 09:02\.", page), "in our time"
    address = unescape(re.search(r'href="(/oversight/flags/rows[^"]+)"', page).group(1))  # type: ignore[union-attr]
    rows = text(client.get(address))
    assert rows.count("路灯不亮") == 11
    assert "11 rows" in rows
    assert client.get(f"/oversight/flags/rows?{PERIOD}&kind=burst&subject=unit&id=x").status_code == 404
    other = browser(hotline, "supervisor", unit="c2.housing")
    assert "Nothing is flagged" in text(other.get(f"/oversight/flags?{PERIOD}"))
    assert other.get(address).status_code == 404


def test_enterprises_have_their_own_board_clocks_and_rates(hotline: Hotline) -> None:
    called(hotline)
    client = browser(hotline, "supervisor", unit="city")
    page = text(client.get(f"/oversight/enterprise?{PERIOD}"))
    assert "No opinions in this period" in page, "what residents said is not counted here"
    assert "family=enterprise" in page
    assert browser(hotline, "operator").get("/oversight/enterprise").status_code == 403
    text(client.get("/oversight/enterprise?period=x"), status=400)


def test_a_token_for_reading_can_be_had_on_the_page(hotline: Hotline) -> None:
    page = text(browser(hotline, "supervisor", unit="city").get("/account/tokens/"))
    assert 'value="orders.see"' in page and 'value="orders.rates"' in page
