"""The call-back queue: the next call, what came of it, and who is kept out."""

from __future__ import annotations

from tests.orders.hotline import Hotline
from tianqu.kernel.orders.api import order_detail
from tianqu.packs.hotline.tests.people import browser, text

ANSWERED = {"outcome": "answered", "contacted": "yes", "solved": "yes", "satisfaction": "very", "note": "谢谢"}


def test_the_call_is_written_down_and_leaves_the_queue(hotline: Hotline) -> None:
    order_id = hotline.done(title="路灯一直不亮")
    client = browser(hotline, "operator")
    page = text(client.get("/calls/"))
    assert "路灯一直不亮" in page
    assert "13800000000" in page
    answer = client.post("/calls/", ANSWERED | {"order_id": str(order_id)})
    assert answer.status_code == 302, answer.content.decode()
    assert "路灯一直不亮" not in text(client.get("/calls/"))
    assert order_detail(hotline.dispatcher, order_id=order_id).call_backs[0].solved is True
    text(client.post("/calls/", ANSWERED | {"order_id": str(order_id)}), status=409)


def test_what_is_missing_is_said_and_what_was_typed_is_kept(hotline: Hotline) -> None:
    order_id = hotline.done()
    client = browser(hotline, "operator")
    page = text(
        client.post("/calls/", {"order_id": str(order_id), "outcome": "answered", "note": "稍后再说"}), status=400
    )
    assert "稍后再说" in page
    text(client.post("/calls/", {"order_id": "x", "outcome": "busy"}), status=400)


def test_a_clerk_has_no_queue_and_a_supervisor_only_their_own(hotline: Hotline) -> None:
    hotline.done(title="路灯一直不亮")
    assert browser(hotline, "clerk", unit="c1.housing").get("/calls/").status_code == 403
    assert "路灯一直不亮" not in text(browser(hotline, "supervisor", unit="c2.housing").get("/calls/"))
