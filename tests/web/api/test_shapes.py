"""What is wrong with the shape of an input is said in sentences, in both languages; unknown parameters are named."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from pydantic import TypeAdapter, ValidationError

from tests.orders.hotline import Hotline
from tests.web.api.calling import ANYONE, Caller, caller
from tianqu.web.api.faults import OTHER, SENTENCES, sentence_for

ORDER = {"item": "road.lamp", "place": "P102001", "title": "路灯不亮", "description": "坏了。"}


@pytest.mark.parametrize(
    ("change", "field", "english", "chinese"),
    [
        ({"title": None}, "title", "A text is needed.", "此处须为文字。"),
        ({"title": ""}, "title", "This text needs at least 1 characters.", "文字至少 1 个字符。"),
        ({"title": "灯" * 121}, "title", "This text may have at most 120 characters.", "文字最多 120 个字符。"),
        ({"public": "yes"}, "public", "true or false is needed.", "此处须为 true 或 false。"),
        ({"lon": 181}, "lon", "This must be at most 180.", "不得大于 180。"),
        ({"order_id": 7}, "order_id", "A text is needed.", "此处须为文字。"),
        ({"order_id": "x"}, "order_id", "A UUID is needed.", "此处须为 UUID。"),
        ({"at": "noon"}, "at", "A time like 2026-03-04T09:30:00+08:00 is needed.",
         "此处须为时间，如 2026-03-04T09:30:00+08:00。"),
        ({"form": []}, "form", "A JSON object is needed.", "此处须为 JSON 对象。"),
        ({"more": 1}, "more", "There is no such field here.", "此处没有这个字段。"),
    ],
)  # fmt: skip
def test_a_fault_is_a_sentence(hotline: Hotline, change: Any, field: str, english: str, chinese: str) -> None:
    for language, sentence in (("en", english), ("zh-hans", chinese)):
        answer = Caller({"Accept-Language": language}).post("/orders", ORDER | change)
        assert answer.status_code == 422, answer.content
        (error,) = answer.json()["errors"]
        assert error["field"] == answer.json()["field"] == f"body.{field}"
        assert error["detail"] == sentence


def test_what_is_missing_and_what_is_none_of_the_values_are_named(hotline: Hotline) -> None:
    english = Caller({"Accept-Language": "en"})
    answer = english.post("/orders", {"item": "road.lamp", "identity": "hidden"})
    told = {error["field"]: error["detail"] for error in answer.json()["errors"]}
    assert told["body.place"] == "This field is missing."
    assert told["body.identity"] == "This must be one of: 'open', 'sealed' or 'anonymous'."


def test_the_arguments_of_many_are_told_the_same(hotline: Hotline) -> None:
    told = {"act": "orders.rate", "order_ids": [str(hotline.done())], "arguments": {"solved": "yes"}}
    answer = caller(hotline.dispatcher).post("/bulk", told)
    details = {error["field"]: error["detail"] for error in answer.json()["errors"]}
    assert details["arguments.satisfaction"] == "This field is missing."
    assert details["arguments.solved"] == "true or false is needed."


@pytest.mark.parametrize(
    ("address", "unknown"),
    [
        ("/api/v1/places?below=P1&depth=2", {"depth"}), ("/api/v1/units/c1.housing?lang=en&x=1", {"lang", "x"}),
        ("/api/v1/calendar?on=2024-03-04", {"on"}), ("/api/v1/items/road.lamp?On=2024-03-04", {"On"}),
    ],
)  # fmt: skip
def test_a_parameter_that_is_not_known_is_named(hotline: Hotline, address: str, unknown: set[str]) -> None:
    answer = Client(headers={"Accept-Language": "en"}).get(address)
    assert answer.status_code == 422, answer.content
    errors = answer.json()["errors"]
    assert {error["field"] for error in errors} == unknown
    assert {error["detail"] for error in errors} == {"This address takes no such parameter."}


def test_who_may_not_come_in_is_told_nothing_of_parameters(hotline: Hotline) -> None:
    assert ANYONE.get("/roles", more="x").status_code == 401
    assert caller(hotline.dispatcher).post("/acts/views.save?more=x", {}).status_code == 422


@pytest.mark.parametrize(
    ("kind", "value"),
    [(int, "x"), (float, "x"), (bool, "x"), (list[int], 1), (dict[str, int], 1), (str, 1), (tuple[int, int], 1)],
)
def test_every_common_fault_has_its_own_sentence(kind: Any, value: Any) -> None:
    with pytest.raises(ValidationError) as raised:
        TypeAdapter(kind).validate_python(value)
    sentence, context = sentence_for(raised.value.errors()[0])  # type: ignore[arg-type]
    assert sentence in SENTENCES.values() and sentence != OTHER
    assert sentence % context


def test_what_is_nested_without_end_is_refused_in_words(hotline: Hotline) -> None:
    for depth in (70, 500, 990, 1_000, 1_020):
        sent = '{"item":"road.lamp","form":{"a":' + "[" * depth + "]" * depth + "}}"
        answer = Client().post("/api/v1/orders", sent, content_type="application/json")
        assert (answer.status_code, answer.json()["field"]) == (400, "body"), depth
