"""A receipt is told to whoever placed the request and to nobody else, however well they know the request."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.orders.conftest import hotline
from tests.orders.hotline import Hotline
from tests.web.api.calling import ANYONE, Caller, caller
from tests.web.desk.browsing import browser
from tests.web.test_hostile import body, rows
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.files.api import store_file
from tianqu.kernel.journal.api import SYSTEM, Actor, Scope, seeing
from tianqu.kernel.orders import api
from tianqu.kernel.orders.models import Order

__all__ = ["hotline"]
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def known_to_offices(order: Order) -> dict[str, Any]:
    """What an office can read of an anonymous request, and so send again."""
    return body(identity="anonymous", contact={"kind": "resident"}, order_id=str(order.id))


def only_order() -> Order:
    with seeing(Scope(everything=True)):
        return Order.objects.get()


def test_a_clerk_cannot_take_an_anonymous_askers_receipt(hotline: Hotline) -> None:
    """With it they could rate their own answer."""
    page_id = str(new_identifier())
    given = {"step": "who", "title": "路灯不亮", "description": "三天了", "identity": "anonymous", "kind": "resident",
             "order_id": page_id, "place": str(hotline.place_id)}  # fmt: skip
    asker = Client()
    assert asker.post("/ask/road.lamp", given).status_code == 302
    order, before = only_order(), rows()
    assert str(order.id) != page_id
    for thief in (ANYONE, caller(hotline.dispatcher), caller(hotline.neighbour)):
        answer = thief.post("/orders", known_to_offices(order))
        assert answer.status_code == 409, answer.content
        assert "secret" not in answer.json()
    thief_page = Client()
    assert thief_page.post("/ask/road.lamp", given | {"order_id": str(order.id)}).status_code == 302  # another one
    assert thief_page.get(f"/receipt/{order.code}").status_code == 404
    assert rows()[0] == before[0] + 1
    assert asker.post("/ask/road.lamp", given).status_code == 302  # the asker's own browser, sent twice
    assert rows()[0] == before[0] + 1
    assert asker.get(f"/receipt/{order.code}").status_code == 200


def test_a_stranger_is_told_a_receipt_once(hotline: Hotline) -> None:
    sent = body(identity="anonymous", contact={"kind": "resident"}, order_id=str(new_identifier()))
    assert ANYONE.post("/orders", sent).status_code == 201
    assert ANYONE.post("/orders", sent).status_code == 409
    key = {"Idempotency-Key": str(new_identifier())}
    first = ANYONE.post("/orders", body(), **key).json()
    assert ANYONE.post("/orders", body(), **key).json() == first


def addresses_of(order: Order, file_id: object) -> list[str]:
    api_addresses = [f"/api/v1/orders/{order.code}{rest}" for rest in ("", "/timeline", "/acts", f"/files/{file_id}")]
    pages = [f"/follow/{order.code}", f"/receipt/{order.code}", f"/orders/{order.code}",
             f"/files/{order.code}/{file_id}"]  # fmt: skip
    return [*api_addresses, *pages]


@pytest.fixture
def told(hotline: Hotline, tmp_path: Any, settings: Any) -> tuple[Order, api.Receipt, Any]:
    """An order with an internal word, a file for the asker, and its receipt."""
    settings.TIANQU_FILES_URL = str(tmp_path)
    receipt = hotline.place()
    api.dispatch_order(hotline.dispatcher, order_id=receipt.order_id, unit_id=hotline.unit_id)
    api.comment_on_order(hotline.dispatcher, order_id=receipt.order_id, text="内部的话", audience="internal")
    file_id = store_file(SYSTEM, content=PDF, name="证明.pdf").id
    api.attach_file(hotline.dispatcher, order_id=receipt.order_id, file_id=file_id, audience="asker")
    return only_order(), receipt, file_id


def seen_by(actor: Actor, order: Order, file_id: object, **headers: str) -> list[str]:
    client, program = browser(actor), caller(actor)
    program = Caller(program.headers | headers)
    found = []
    for address in addresses_of(order, file_id):
        door = address.removeprefix("/api/v1")
        answer: Any = client.get(address) if door == address else program.get(door)
        text = b"".join(answer.streaming_content) if answer.streaming else answer.content
        if "村口的路灯坏了".encode() in text or text.startswith(b"%PDF") or "内部的话".encode() in text:
            found.append(address)
        elif answer.status_code == 200:
            found.append(f"{address} is open")
    return found


def test_a_post_whose_role_sees_no_orders_reads_none(hotline: Hotline, told: Any) -> None:
    order, _receipt, file_id = told
    administrator = hotline.post("city.centre", "administrator")
    assert seen_by(administrator, order, file_id) == []
    assert seen_by(hotline.neighbour, order, file_id) == []
    assert seen_by(hotline.stranger, order, file_id) == []
    assert caller(administrator).get(f"/orders/{order.code}/as-of/1").status_code == 404


def test_whoever_asked_holds_the_receipt_or_sees_orders_reads_it(hotline: Hotline, told: Any) -> None:
    order, receipt, file_id = told
    assert seen_by(hotline.clerk, order, file_id)
    assert seen_by(hotline.resident, order, file_id)
    holder = Caller({"Receipt-Secret": receipt.secret})
    document = holder.read(f"/orders/{order.code}")
    assert document["description"] == "村口的路灯坏了三天。"
    administrator = caller(hotline.post("city.centre", "administrator"))
    with_receipt = Caller(administrator.headers | {"Receipt-Secret": receipt.secret})
    assert with_receipt.read(f"/orders/{order.code}") == document
    assert "内部的话" not in str(document)
    assert "内部的话" in str(caller(hotline.clerk).read(f"/orders/{order.code}"))
