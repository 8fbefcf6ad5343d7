"""What every test stands on: a database whose laws can be lifted for one thing only, emptying it between tests."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.db.backends.postgresql.operations import DatabaseOperations
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.database", "tests.passwords"]

# How long one example takes says more about the machine than about the law; a busy one must not fail it.
settings.register_profile("tianqu", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tianqu")


@pytest.fixture(autouse=True, scope="session")
def _flush_lifts_the_guards() -> Iterator[None]:
    """Let a test that commits be followed by an empty database, although TRUNCATE is refused on guarded tables.

    The tables are truncated in one transaction with their triggers off; the tests of the law itself see them on.
    """
    original = DatabaseOperations.sql_flush

    def sql_flush(self: DatabaseOperations, style: Any, tables: list[str], **options: Any) -> list[str]:
        statements = original(self, style, tables, **options)
        if not statements:
            return statements
        names = [self.quote_name(name) for name in {*tables, *_tables_without_a_model()}]
        off = [f"ALTER TABLE {name} DISABLE TRIGGER USER" for name in names]
        on = [f"ALTER TABLE {name} ENABLE TRIGGER USER" for name in names]
        others = [f"TRUNCATE {self.quote_name(name)} CASCADE" for name in _tables_without_a_model()]
        return [*off, *statements, *others, *on]

    patch = pytest.MonkeyPatch()
    patch.setattr(DatabaseOperations, "sql_flush", sql_flush)
    yield
    patch.undo()


@pytest.fixture(autouse=True)
def _limits_begin_anew() -> None:
    """Forget how much was sent: the counts of the request limits live in the process and outlast a test."""
    cache.clear()
    for name in (
        "tianqu.web.middleware",
        "tianqu.web.api.limits",
        "tianqu.gateways.open311.limits",
        "tianqu.base.call_limits",
        "tianqu.web.uploads",
    ):
        if name in sys.modules:
            sys.modules[name]._limiter.storage.reset()


def _tables_without_a_model() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename LIKE 'journal\\_%'"
        )
        return [row[0] for row in cursor.fetchall()]
