"""Each row of the board says what its reader can do about it, or who can; what it offers works."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from uuid import UUID

import pytest
from django.utils import timezone

from tests.orders.hotline import MONDAY, Hotline
from tianqu.kernel.orders import api
from tianqu.packs.hotline.tests.people import browser, text
from tianqu.packs.hotline.tests.test_supervision import order_of, returned_twice

NEXT_DAY = MONDAY + timedelta(days=1)


def objected(hotline: Hotline, order_id: UUID) -> UUID:
    api.object_to_answer(hotline.resident, order_id=order_id, reason="没有修")
    return order_id


def closed(hotline: Hotline) -> UUID:
    """Closed before anybody has called: the call stays in the queue."""
    order_id = hotline.done()
    api.close_order(hotline.dispatcher, order_id=order_id, at=MONDAY)
    return order_id


def refused(hotline: Hotline) -> UUID:
    order_id = hotline.dispatched()
    api.refuse_order(hotline.clerk, order_id=order_id, reason_code="in_court", reason="已在法院", at=MONDAY)
    return order_id


def rated(hotline: Hotline, *, late: bool) -> UUID:
    """Badly rated, in a round that was answered long ago or just now."""
    at = MONDAY if late else timezone.now() - timedelta(days=1)
    order_id = hotline.place(at=at).order_id
    api.dispatch_order(hotline.dispatcher, order_id=order_id, unit_id=hotline.unit_id, at=at)
    api.accept_order(hotline.clerk, order_id=order_id, at=at)
    api.finish_order(hotline.clerk, order_id=order_id, answer_public="已更换灯具。", at=at)
    api.rate_order(hotline.resident, order_id=order_id, satisfaction="dissatisfied", solved=False, at=at)
    return order_id


def asked_back(hotline: Hotline) -> UUID:
    order_id = hotline.accepted()
    api.ask_back(hotline.clerk, order_id=order_id, question="哪一盏？", at=MONDAY)
    return order_id


# How a request gets onto which list, what a supervisor is offered there, and what somebody is told who can do nothing.
ROWS: dict[str, tuple[Callable[[Hotline], UUID], str, str, str]] = {
    "placed": (lambda one: one.place().order_id, "late", "/orders/{code}#deed-dispatch", "A dispatcher sends it"),
    "dispatched": (lambda one: one.dispatched(), "late", "/orders/{code}#deed-press", "A supervisor can press"),
    "accepted": (lambda one: one.accepted(), "silent", "/orders/{code}#deed-press", "A supervisor can press"),
    "asked back": (asked_back, "silent", "/orders/{code}#deed-press", "A supervisor can press"),
    "returned": (
        lambda one: returned_twice(one).id, "returned", "/oversight/rule/{code}", "A supervisor rules who is",
    ),
    "done": (lambda one: one.done(), "uncalled", "/calls/?order={id}", "An operator calls whoever asked"),
    "closed": (lambda one: closed(one), "uncalled", "/calls/?order={id}", "An operator calls whoever asked"),
    "objected": (lambda one: objected(one, one.done()), "objected", "/orders/{code}", "A supervisor settles it"),
    "refused": (lambda one: objected(one, refused(one)), "objected", "/orders/{code}", "A supervisor settles it"),
    "unhappy": (
        lambda one: rated(one, late=False), "dissatisfied", "/orders/{code}#deed-reopen", "A supervisor can reopen it",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", ROWS)
def test_each_row_offers_what_can_be_done_or_says_who_can(hotline: Hotline, kind: str) -> None:
    make, look, address, told = ROWS[kind]
    order = order_of(make(hotline))
    address = address.format(code=order.code, id=order.id)
    client = browser(hotline, "supervisor", unit="city")
    for page in ("/oversight/", f"/oversight/orders?look={look}"):
        assert f'href="{address}"' in text(client.get(page)), page
    opened = text(client.get(address.partition("#")[0]))
    if anchor := address.partition("#")[2]:
        assert f'id="{anchor}"' in opened
    assert order.title in opened
    page = text(browser(hotline, "auditor").get(f"/oversight/orders?look={look}"))
    assert told in page
    assert f'href="{address}"' not in page or address == f"/orders/{order.code}"


@pytest.mark.parametrize("look", ["late", "silent"])
def test_the_lists_that_press_hold_only_what_can_be_pressed(hotline: Hotline, look: str) -> None:
    """So that nobody chooses fifty rows and is told that half of them were not."""
    made = {kind: order_of(make(hotline)) for kind, (make, *_rest) in ROWS.items()}
    client = browser(hotline, "supervisor", unit="city")
    page = text(client.get(f"/oversight/orders?look={look}"))
    chosen = re.findall(r'name="order" aria-label="[^"]*" value="([^"]+)"', page)
    assert {str(made[kind].id) for kind in ("placed", "dispatched", "accepted")} <= set(chosen)
    assert str(made["done"].id) not in chosen
    sent = {"order": chosen, "query": f"look={look}", "note": "请今日办结"}
    assert client.post("/oversight/press", sent).status_code == 302
    page = text(client.get("/oversight/orders"))
    assert f"{len(chosen)} requests were pressed." in page
    assert "were not:" not in page


def test_a_bad_rating_too_old_for_another_round_is_answered_by_a_word(hotline: Hotline) -> None:
    order = order_of(rated(hotline, late=True))
    client = browser(hotline, "supervisor", unit="city")
    page = text(client.get("/oversight/orders?period=2024-03"))
    assert f"/orders/{order.code}#deed-reopen" not in page


def test_a_late_call_is_made_from_the_board_whatever_else_waits(hotline: Hotline) -> None:
    """The queue shows the least tried first; the board opens the call that it names, and says if it is gone."""
    for _each in range(3):
        hotline.done()
    last = order_of(hotline.done(title="最后一盏路灯"))
    client = browser(hotline, "supervisor", unit="city")
    board = text(client.get("/oversight/"))
    address = unescape(re.search(rf'href="(/calls/\?order={last.id})"', board).group(1))  # type: ignore[union-attr]
    assert f'name="order_id" value="{last.id}"' in text(client.get(address))
    sent = {"order_id": str(last.id), "outcome": "wrong_number"}
    assert client.post("/calls/", sent).status_code == 302
    page = text(client.get(address))
    assert f'name="order_id" value="{last.id}"' not in page
    assert "is not due, or somebody has made it" in page
    page = text(client.post("/calls/", sent | {"note": "打错了"}), status=409)
    assert "打错了" not in page, "what was typed about one call is not offered for another"


def test_an_objection_stays_on_the_board_until_it_is_settled(hotline: Hotline) -> None:
    order = order_of(hotline.done())
    api.close_order(hotline.dispatcher, order_id=order.id)
    objected(hotline, order.id)
    client = browser(hotline, "supervisor", unit="city")
    assert order.code in text(client.get("/oversight/orders?look=objected"))
    api.comment_on_order(hotline.supervisor, order_id=order.id, text="已再次核实", audience="asker")
    assert order.code not in text(client.get("/oversight/orders?look=objected"))
