"""A connection of one's own for work that no web request frames, such as a job of the worker."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import connection

P = ParamSpec("P")
R = TypeVar("R")


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
