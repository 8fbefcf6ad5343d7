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
