"""Placing and moving orders over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.orders.hotline import Hotline


def body(**changes: Any) -> dict[str, Any]:
    told = {
        "item": "road.lamp", "place": "P102001", "title": "路灯不亮", "description": "村口的路灯坏了三天。",
        "contact": {"name": "李梅", "phone": "13800000000"},
    }  # fmt: skip
    return told | changes


def post(address: str, given: object, **headers: str) -> Any:
    return Client(headers=headers).post(f"/api/v1{address}", given, content_type="application/json")


def test_anybody_places_and_withdraws_by_receipt(hotline: Hotline) -> None:
    placed = post("/orders", body())
    assert placed.status_code == 201, placed.content
    receipt = placed.json()

    refused = post(f"/orders/{receipt['code']}/withdraw", {})
    assert refused.status_code == 404
    done = post(f"/orders/{receipt['code']}/withdraw", {"reason": "灯亮了"}, receipt_secret=receipt["secret"])
    assert done.status_code == 200, done.content
    assert done.json()["state"] == "withdrawn"


def test_the_same_key_is_one_request(hotline: Hotline) -> None:
    placed = post("/orders", body(), idempotency_key="one")
    assert placed.status_code == 201, placed.content
    first = placed.json()
    again = post("/orders", body(), idempotency_key="one")
    other = post("/orders", body(title="别的事"), idempotency_key="one")
    assert again.json() == first
    assert other.status_code == 409


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"item": "none"}, 404, "item"),
        ({"place": "x"}, 404, "code"),
        ({"title": " "}, 422, "body.title"),
        ({"more": 1}, 422, "body.more"),
    ],
)
def test_bad_input_is_a_problem(hotline: Hotline, changes: Any, status: int, field: str | None) -> None:
    answer = post("/orders", body(**changes))
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    assert field is None or answer.json()["field"] == field


def test_openapi_names_every_act(hotline: Hotline) -> None:
    schema = Client().get("/api/v1/openapi.json").json()
    assert schema["openapi"].startswith("3.1")
    assert "/api/v1/orders/{code}/return" in schema["paths"]
