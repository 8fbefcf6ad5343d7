"""The call-back queue: the next call, what came of it, and who is kept out."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

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


def test_a_call_that_reached_nobody_comes_back_at_its_time_and_at_most_three_times(hotline: Hotline) -> None:
    order_id = hotline.done(title="路灯一直不亮")
    client = browser(hotline, "operator")
    later = timezone.localtime() + timedelta(days=1)
    told = {"order_id": str(order_id), "outcome": "no_answer"}
    text(client.post("/calls/", told | {"again_at": "yesterday"}), status=400)
    text(client.post("/calls/", told | {"again_at": "2020-01-01T09:00"}), status=400)
    assert client.post("/calls/", told | {"again_at": f"{later:%Y-%m-%dT%H:%M}"}).status_code == 302
    page = text(client.get("/calls/"))
    assert "路灯一直不亮" not in page
    assert "1 wait for their time" in page
    for _each in range(2):
        assert client.post("/calls/", told).status_code == 302
    call = order_detail(hotline.dispatcher, order_id=order_id).call_backs[0]
    assert call.attempts == 3
    assert call.done_at is not None
    assert call.valid is False
    text(client.post("/calls/", told), status=409)
