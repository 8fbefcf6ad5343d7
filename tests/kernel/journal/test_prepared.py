"""Constant statements sent by libpq itself come to what psycopg's own cursors come to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tianqu.kernel.journal.prepared import SHAPES_MAX, execute_prepared

ALL = (
    "SELECT %(id)s::uuid, %(at)s::timestamptz, %(text)s::text, %(flag)s::boolean, %(number)s::bigint, %(bytes)s::bytea,"
    " '100 %%'::text, %(id)s::uuid"
)
TIMES = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))
VALUES = st.fixed_dictionaries({
    "id": st.none() | st.uuids(),
    "at": st.none() | TIMES,
    "text": st.none() | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40),
    "flag": st.none() | st.booleans(),
    "number": st.none() | st.integers(-(2**63), 2**63 - 1),
    "bytes": st.none() | st.binary(max_size=40),
})  # fmt: skip


@pytest.fixture
def session(transactional_db: None) -> Iterator[psycopg.Connection[Any]]:
    """A connection of one's own, as a request has it: each statement its own transaction."""
    connection.ensure_connection()
    told = connection.connection.info
    with psycopg.connect(
        host=told.host,
        port=told.port,
        dbname=told.dbname,
        user=told.user,
        password=told.password,
        autocommit=True,
        prepare_threshold=0,  # of its own statements, too, as on any connection that has been used
    ) as own:
        own.execute("CREATE TEMPORARY TABLE kept (id uuid CONSTRAINT kept_once UNIQUE, number bigint)")
        yield own


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(VALUES)
def test_what_comes_back_is_what_a_cursor_brings(session: psycopg.Connection[Any], values: dict[str, Any]) -> None:
    sent = execute_prepared(session, ALL, values)
    assert sent.rows == session.execute(ALL.encode(), values).fetchall()
    assert sent.written == 1
    assert sent.rows[0][0] == sent.rows[0][-1] == values["id"]


def test_rows_written_are_counted(session: psycopg.Connection[Any]) -> None:
    put = "INSERT INTO kept SELECT gen_random_uuid(), generate_series(1, %(many)s::int)"
    assert execute_prepared(session, put, {"many": 3}) == ([], 3)
    assert execute_prepared(session, "UPDATE kept SET number = 0 WHERE number > %(above)s", {"above": 1}).written == 2


def test_statements_do_not_take_each_others_names(session: psycopg.Connection[Any]) -> None:
    first, second = "SELECT 1, %(value)s", "SELECT 2, %(value)s"
    for value in (1, 2**40, UUID(int=1), "words", True, timedelta(days=1), 2**20):
        assert execute_prepared(session, first, {"value": value}).rows == [(1, value)]
        assert execute_prepared(session, second, {"value": value}).rows == [(2, value)]


def test_more_shapes_than_are_kept_are_sent_all_the_same(
    session: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert SHAPES_MAX > 3
    monkeypatch.setattr("tianqu.kernel.journal.prepared.SHAPES_MAX", 2)
    for value in (1, 2**40, UUID(int=1), True, 2):
        assert execute_prepared(session, "SELECT %(value)s", {"value": value}).rows == [(value,)]


def test_a_transaction_that_begins_with_it_is_undone_whole(session: psycopg.Connection[Any]) -> None:
    put, count = "INSERT INTO kept VALUES (%(id)s, 1)", "SELECT count(*) FROM kept"
    session.autocommit = False
    execute_prepared(session, put, {"id": uuid4()})
    execute_prepared(session, put, {"id": uuid4()})
    assert execute_prepared(session, count, {}).rows == [(2,)]
    session.rollback()
    assert execute_prepared(session, count, {}).rows == [(0,)]
    session.rollback()


def test_what_a_rollback_lets_go_is_prepared_again(session: psycopg.Connection[Any]) -> None:
    """psycopg deallocates all that is prepared after a rollback, also what it did not prepare itself."""
    put, count = "INSERT INTO kept VALUES (%(id)s, %(number)s)", "SELECT count(*), 'counted' FROM kept"

    def kept() -> int:
        rows = execute_prepared(session, count, {}).rows
        assert rows[0][1] == "counted"
        return int(rows[0][0])

    for before in range(3):
        assert kept() == before
        with pytest.raises(psycopg.errors.DivisionByZero), session.transaction():
            execute_prepared(session, put, {"id": uuid4(), "number": 1})
            assert kept() == before + 1
            with pytest.raises(psycopg.errors.DivisionByZero), session.transaction():
                execute_prepared(session, put, {"id": uuid4(), "number": 2})
                session.execute("SELECT 1/0")
            assert kept() == before + 1
            execute_prepared(session, put, {"id": uuid4(), "number": 3})
            assert kept() == before + 2
            session.execute("SELECT 1/0")
        assert kept() == before
        session.execute("DEALLOCATE ALL")
        execute_prepared(session, put, {"id": uuid4(), "number": 4})


def test_no_name_is_taken_twice(session: psycopg.Connection[Any]) -> None:
    """What was prepared after all was let go is there still when another statement finds out that its own is gone."""
    number, words = "SELECT %(value)s::int", "SELECT %(value)s::text, 1"
    execute_prepared(session, number, {"value": 1})
    for _again in range(3):
        session.execute("DEALLOCATE ALL")
        execute_prepared(session, words, {"value": "a"})
        assert execute_prepared(session, number, {"value": 2}).rows == [(2,)]
        assert execute_prepared(session, words, {"value": "b"}).rows == [("b", 1)]


def test_a_refusal_names_its_constraint_and_leaves_the_connection_usable(session: psycopg.Connection[Any]) -> None:
    put, same = "INSERT INTO kept VALUES (%(id)s, 1)", uuid4()
    execute_prepared(session, put, {"id": same})
    with pytest.raises(psycopg.errors.UniqueViolation) as refused:
        execute_prepared(session, put, {"id": same})
    assert refused.value.diag.constraint_name == "kept_once"
    with pytest.raises(psycopg.errors.UndefinedTable):
        execute_prepared(session, "SELECT * FROM nowhere", {})
    with pytest.raises(psycopg.errors.InvalidTextRepresentation):
        execute_prepared(session, put, {"id": "no identifier"})
    assert execute_prepared(session, "SELECT count(*) FROM kept", {}).rows == [(1,)]


def test_a_lost_server_is_an_operational_error(session: psycopg.Connection[Any]) -> None:
    number = execute_prepared(session, "SELECT pg_backend_pid()", {}).rows[0][0]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [number])
    for _time in range(2):
        with pytest.raises(psycopg.OperationalError):
            execute_prepared(session, "SELECT pg_backend_pid()", {})
        assert session.broken


def test_a_parameter_that_is_missing_is_named(session: psycopg.Connection[Any]) -> None:
    with pytest.raises(KeyError, match="id"):
        execute_prepared(session, ALL, {})
