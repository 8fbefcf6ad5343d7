"""Connections of one's own for work that no web request frames, and savepoints."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

P = ParamSpec("P")
R = TypeVar("R")


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
