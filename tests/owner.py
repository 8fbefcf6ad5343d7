"""Doing something as the owner of the tables within a test, whose connection is that of the application.

A test shows so that a law holds whoever tries, or lifts one to see what stands behind it. The connection stays as it
is, and so does its transaction: the superuser of the throwaway server leaves a function that runs a statement as the
owner.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import psycopg
from django.db import connection
from psycopg import sql

from tianqu.project.database import OWNER_ROLE

FUNCTION: Final = "tests.run_as_owner"
_SQL: Final = f"""
CREATE SCHEMA IF NOT EXISTS tests;
GRANT USAGE ON SCHEMA tests TO PUBLIC;
CREATE OR REPLACE FUNCTION {FUNCTION}(statement text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS
    $$ BEGIN EXECUTE statement; END $$;
ALTER FUNCTION {FUNCTION}(text) OWNER TO {OWNER_ROLE};
"""


def install(template: psycopg.Connection) -> None:
    """Leave the function in the database from which those of the tests are made."""
    template.execute(_SQL)


def as_owner(statement: str, values: Sequence[Any] | Mapping[str, Any] | None = None) -> None:
    """Run a statement as the owner of the tables, in the test's own transaction; what it returns is lost.

    Where one role is both, as on a server of one's own without a second one, it is simply run.
    """
    with connection.cursor() as cursor:
        cursor.execute(wrapped(_bound(statement, values) if values else statement))


def wrapped(statement: str) -> str:
    """Return the statement that runs this one as the owner."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regprocedure(%s) IS NOT NULL", [f"{FUNCTION}(text)"])
        there = cursor.fetchone()[0]
    return f"SELECT {FUNCTION}({_literal(statement)})" if there else statement


def _bound(statement: str, values: Sequence[Any] | Mapping[str, Any]) -> str:
    """The statement with its values in it, since it is handed over as one text."""
    if isinstance(values, Mapping):
        return statement % {name: _literal(value) for name, value in values.items()}
    return statement % tuple(map(_literal, values))


def _literal(value: Any) -> str:
    return sql.Literal(value).as_string(connection.connection)
