"""Empty the database after a test that commits, although the laws of its tables refuse it.

Most tables are empty then, and TRUNCATE of all of them took longer than the test. The superuser of the throwaway server
leaves a function that deletes from those that hold anything, without their triggers and walls.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import psycopg
import pytest
from django.core.management.commands import flush
from django.db import connection
from django.db.backends.postgresql.operations import DatabaseOperations

from tests import owner

FUNCTION: Final = "empty_after_test"
KEPT: Final = ("django_migrations", "django_content_type", "auth_permission")  # the same after every test
UNGRANTED: Final = ("ledgers_transfer", "ledgers_leg", "ledgers_resolution")  # their owner may not empty them
BLOAT_BYTES_MAX: Final = 16 * 1024 * 1024  # what deleting leaves lies in the way of the next test's questions
_SQL: Final = f"""
CREATE OR REPLACE FUNCTION {FUNCTION}() RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET session_replication_role = replica AS $$
DECLARE place regclass;
BEGIN
  FOR place IN
    SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
      AND pg_relation_size(oid) > 0 AND relname <> ALL ('{{{",".join(KEPT)}}}')
  LOOP
    EXECUTE format('DELETE FROM %s', place);
  END LOOP;
END $$
"""


def install(template: psycopg.Connection) -> None:
    """Leave the function in the database from which those of the tests are made."""
    template.execute(_SQL)


@pytest.fixture(autouse=True, scope="session")
def _emptied_after_each_test() -> Iterator[None]:
    original = DatabaseOperations.sql_flush

    def sql_flush(self: DatabaseOperations, style: Any, tables: list[str], **options: Any) -> list[str]:
        if not tables:
            return []
        if _may_delete():
            return [f"SELECT {FUNCTION}()"]
        kept = [name for name in {*tables, *_tables_without_a_model()} if name not in KEPT]
        names = [self.quote_name(name) for name in kept]
        off = [f"ALTER TABLE {name} DISABLE TRIGGER USER" for name in names]
        on = [f"ALTER TABLE {name} ENABLE TRIGGER USER" for name in names]
        held = ", ".join(name for name in names if name.strip('"') in UNGRANTED)
        if held:
            off.append(f"GRANT TRUNCATE ON {held} TO CURRENT_USER")
            on.append(f"REVOKE TRUNCATE ON {held} FROM CURRENT_USER")
        return [owner.wrapped(statement) for statement in (*off, *original(self, style, kept, **options), *on)]

    patch = pytest.MonkeyPatch()
    patch.setattr(DatabaseOperations, "sql_flush", sql_flush)
    patch.setattr(flush, "emit_post_migrate_signal", lambda *given, **named: None)  # what it makes is kept
    yield
    patch.undo()


def _may_delete() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT to_regproc(%s) IS NOT NULL, coalesce(sum(pg_relation_size(oid)), 0) FROM pg_class"
            " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace",
            [FUNCTION],
        )
        there, size = cursor.fetchone()
    return there and size < BLOAT_BYTES_MAX


def _tables_without_a_model() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename LIKE 'journal\\_%'"
        )
        return [row[0] for row in cursor.fetchall()]
