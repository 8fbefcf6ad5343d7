"""Connections of one's own for work that no web request frames, and cursors that belong to one statement."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import psycopg
from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

P = ParamSpec("P")
R = TypeVar("R")


def cursor_of(session: psycopg.Connection[Any], statement: str) -> psycopg.Cursor[Any]:
    """The cursor that one statement has to itself on a connection: psycopg then keeps how its parameters are sent.

    For a few constant statements of hot paths; whoever asks uses the cursor at once and keeps nothing of it.
    """
    cursors: dict[str, psycopg.Cursor[Any]] = session.__dict__.setdefault("tianqu_cursors", {})
    cursor = cursors.get(statement)
    if cursor is None or cursor.closed:
        cursor = cursors[statement] = session.cursor()
    return cursor


def savepoint(database: BaseDatabaseWrapper | None = None) -> AbstractContextManager[object]:
    """A savepoint inside a surrounding transaction; outside of one, the statement is its own transaction."""
    inside = (connection if database is None else database).in_atomic_block
    return transaction.atomic() if inside else nullcontext()


def own_connection(function: Callable[P, R]) -> Callable[P, R]:
    """Begin with a fresh database connection and close it at the end.

    The worker runs jobs in threads; without this each thread would keep its connection for ever, and would go on using
    one that died with a restart of the database.
    """

    @wraps(function)
    def framed(*arguments: P.args, **keywords: P.kwargs) -> R:
        assert not connection.in_atomic_block, "a job begins outside any transaction"
        connection.close()
        try:
            return function(*arguments, **keywords)
        finally:
            connection.close()

    return framed
