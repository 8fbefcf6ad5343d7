"""What placing and reading an order over HTTP ask of the database, once the process is warm. Counts, never times."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import pytest
from django.db import connection

from tests.orders.hotline import Hotline
from tests.web.api.calling import Caller, caller
from tianqu.kernel.journal import prepared

PLACING = 1  # the statement that writes everything
READING_MAX = 1  # the document, made by the database


@pytest.fixture(autouse=True)
def _served_warm(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """Go through the short chain that programs' doors have, with nothing growing old, however slow the machine."""
    settings.MIDDLEWARE = settings.TIANQU_DOOR_MIDDLEWARE
    monkeypatch.setattr("tianqu.web.api.doors.ACTOR_KEPT_SECONDS", 3_600.0)
    monkeypatch.setattr("tianqu.kernel.orders.catalogue.STAMP_SECONDS", 3_600.0)
    monkeypatch.setattr("tianqu.kernel.orders.catalogue.PLACE_SECONDS", 3_600.0)


@contextmanager
def statements() -> Iterator[list[str]]:
    """Note every statement that goes to the server, also those past Django's own cursor."""
    connection.ensure_connection()
    session: Any = connection.connection
    before = session.cursor_factory
    noted: list[str] = []

    class Noting(before):  # type: ignore[misc]
        def execute(self, query: Any, *arguments: Any, **options: Any) -> Any:
            noted.append(str(query))
            return super().execute(query, *arguments, **options)

    alone, by_cursor = prepared._alone, prepared._by_cursor

    def noting_alone(on: Any, kept: Any, statement: str, given: Any) -> Any:
        noted.append(statement)
        return alone(on, kept, statement, given)

    def noting_within(kept: Any, statement: str, given: Any) -> Any:
        noted.append(statement)
        return by_cursor(kept, statement, given)

    session.cursor_factory = Noting
    try:
        with patch.multiple(prepared, _alone=noting_alone, _by_cursor=noting_within):
            yield noted
    finally:
        session.cursor_factory = before


def placed(program: Caller) -> str:
    """Place an order as a program does, and return its code."""
    body = {"item": "road.lamp", "place": "P102001", "title": "路灯不亮", "description": "村口的路灯坏了三天。"}
    code: str = program.done("/orders", body, **{"Idempotency-Key": str(uuid4())})["code"]
    return code


@pytest.mark.django_db(transaction=True)
def test_placing_is_one_statement(hotline: Hotline) -> None:
    program = caller(hotline.dispatcher)
    placed(program)
    with statements() as noted:
        placed(program)
    assert len(noted) == PLACING, "\n".join(noted)


@pytest.mark.django_db(transaction=True)
def test_reading_with_the_timeline_is_one_statement(hotline: Hotline) -> None:
    program = caller(hotline.dispatcher)
    code = placed(program)
    program.read(f"/orders/{code}")
    with statements() as noted:
        assert program.read(f"/orders/{code}")["events"]
    assert len(noted) <= READING_MAX, "\n".join(noted)
