"""The documentation page: every operation stands on it, without script, and the foot of each page leads to it."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tianqu.web.api.document import TAGS


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "title"), [("en", "The API"), ("zh-hans", "程序接口")])
def test_it_begins_with_what_one_needs(language: str, title: str) -> None:
    answer = Client(headers={"Accept-Language": language}).get("/api/docs")
    page = answer.content.decode()
    assert answer.status_code == 200 and f"<h1>{title}</h1>" in page
    assert 'id="problem-conflict"' in page and "Idempotency-Key" in page
    assert "/api/docs" in Client().get("/api/docs").content.decode().rpartition("<footer")[2]


@pytest.mark.django_db
def test_every_operation_stands_there_once() -> None:
    document = Client().get("/api/v1/openapi.json").json()
    expected = {f"{method.upper()} {path}" for path, methods in document["paths"].items() for method in methods}
    shown: list[str] = []
    for tag in TAGS:
        page = Client().get("/api/docs", {"tag": tag}).content.decode()
        shown += re.findall(r"<summary><code>([^<]+)</code>", page)
        assert not re.search(r"<style|style=|<script>|onclick=", page)
    assert len(shown) == len(expected) and set(shown) == expected


@pytest.mark.django_db
def test_each_link_leads_to_an_operation_that_takes_what_it_gives() -> None:
    document = Client().get("/api/v1/openapi.json").json()
    operations = {
        operation["operationId"]: operation for each in document["paths"].values() for operation in each.values()
    }
    links = [
        link
        for operation in operations.values()
        for answer in operation["responses"].values()
        for link in answer.get("links", {}).values()
    ]
    assert len(links) > 50
    for link in links:
        taken = {f"{one['in']}.{one['name']}" for one in operations[link["operationId"]]["parameters"]}
        assert link["parameters"] and {*link["parameters"]} <= taken
    placed = operations["orders_place"]["responses"]["201"]["links"]
    assert "header.Receipt-Secret" in placed["orders_comment"]["parameters"]
    assert "header.Receipt-Secret" not in placed["orders_accept"]["parameters"]
