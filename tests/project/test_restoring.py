"""A backup of the whole database, with the tables and laws of every installed app, comes back and is lived in again.

``pg_restore`` works without a search path: a law that compares values of an extension's type by ``IS DISTINCT FROM``
finds no operator there, and with it no backup can be restored.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import psycopg
import pytest
from django.apps import apps
from django.db import connection
from psycopg import errors, sql

from tests.kernel.ledgers.village import build
from tests.scenes import scene
from tianqu.project.database import OWNER_ROLE
from tianqu.project.embedded.backup import Source, back_up, client_programs, restore
from tianqu.project.embedded.cluster import SUPERUSER

pytestmark = pytest.mark.django_db(transaction=True)
RESTORED: Final = "restored_by_a_test"
TABLES: Final = "SELECT oid, relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
NOT_FOUND: Final = (errors.UndefinedFunction, errors.UndefinedObject, errors.UndefinedTable, errors.AmbiguousFunction)
_VALUES: Final = {"uuid": "gen_random_uuid()", "ltree": "'root.branch'::public.ltree", "text": "'one'"}


@pytest.fixture
def sources() -> Iterator[tuple[Source, Source]]:
    """The database of the tests with a scene in it, and one beside it, which is nobody's."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database(), to_regproc('lay_scene') IS NOT NULL")
        database, throwaway = cursor.fetchone()
    if not throwaway:
        pytest.skip("the server is not a throwaway one, of which the tests have the superuser")
    scene(build)
    url = os.environ["TIANQU_DATABASE_URL"].replace("://tianqu_app@", f"://{SUPERUSER}@")
    binaries = client_programs(server_major=connection.pg_version // 10000)
    whole = Source(url=url.replace("/tianqu?", f"/{database}?"), database=database, binaries=binaries)
    beside = Source(url=url.replace("/tianqu?", f"/{RESTORED}?"), database=RESTORED, binaries=binaries)
    names = {"name": sql.Identifier(RESTORED), "owner": sql.Identifier(OWNER_ROLE)}
    with whole.connect("postgres") as server:
        server.execute(sql.SQL("CREATE DATABASE {name} OWNER {owner} TEMPLATE template0").format(**names))
    yield whole, beside
    with whole.connect("postgres") as server:
        server.execute(sql.SQL("DROP DATABASE {name} WITH (FORCE)").format(**names))


def test_the_tables_of_every_app_come_back_with_their_rows_and_laws(
    sources: tuple[Source, Source], tmp_path: Path
) -> None:
    whole, beside = sources
    back_up(whole, tmp_path / "all.backup")
    restore(beside, tmp_path / "all.backup")
    with whole.connect(whole.database) as before, beside.connect(RESTORED) as after:
        counts = rows_of_tables(before)
        assert rows_of_tables(after) == counts
        assert {model._meta.db_table for model in apps.get_models() if model._meta.managed} <= counts.keys()
        assert counts["ledgers_account"] and counts["places_place"]
        assert laws_of(after) == laws_of(before)
        changed = [table for table, column in path_columns(after) if changes(after, table, column)]
    assert {"tours_stop", "tours_tour", "occasions_occasion", "places_place", "village_finding"} <= {*changed}


def rows_of_tables(database: psycopg.Connection) -> dict[str, int]:
    """How many rows each table has, by its name."""
    return {
        name: database.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name))).fetchone()[0]  # type: ignore[index]
        for _oid, name in database.execute(TABLES).fetchall()
    }


def laws_of(database: psycopg.Connection) -> list[tuple[object, ...]]:
    """The triggers, checks and policies of all tables, and the functions and indexes there are."""
    return database.execute("""
        SELECT 'trigger', tgrelid::regclass::text, tgname::text FROM pg_trigger WHERE NOT tgisinternal
        UNION ALL SELECT contype::text, conrelid::regclass::text, conname FROM pg_constraint
            WHERE connamespace = 'public'::regnamespace
        UNION ALL SELECT 'policy', polrelid::regclass::text, polname FROM pg_policy
        UNION ALL SELECT 'index', indexrelid::regclass::text, '' FROM pg_index
            WHERE indexrelid::regclass::text !~ '^pg_'
        UNION ALL SELECT 'function', proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace
        ORDER BY 1, 2, 3
    """).fetchall()


def path_columns(database: psycopg.Connection) -> list[tuple[str, str]]:
    """Each table with a column whose type is an extension's, and that column."""
    return database.execute(f"""
        SELECT relname::text, min(attname)::text FROM pg_attribute JOIN ({TABLES}) tables ON oid = attrelid
        WHERE attnum > 0 AND NOT attisdropped AND atttypid = 'public.ltree'::regtype GROUP BY relname ORDER BY 1
    """).fetchall()  # type: ignore[return-value]


def changes(database: psycopg.Connection, table: str, column: str) -> bool:
    """Change a row with a path, so that every law of the table is asked; whatever it says, it knows what it asks of.

    The row is put past the laws: it breaks most of them.
    """
    bare(database, table)
    given = database.execute("""
        SELECT attname::text, format_type(atttypid, atttypmod) FROM pg_attribute
        WHERE attrelid = %s::regclass AND attnum > 0 AND attgenerated = '' AND attidentity = ''
            AND (atttypid = 'public.ltree'::regtype OR attnum = ANY (
                SELECT unnest(conkey) FROM pg_constraint WHERE conrelid = attrelid AND contype = 'p'))
    """, [table]).fetchall()  # fmt: skip
    names = sql.SQL(", ").join(sql.Identifier(name) for name, _kind in given)
    values = sql.SQL(", ").join(sql.SQL(_VALUES.get(kind, "1")) for _name, kind in given)
    place, path = sql.Identifier(table), sql.Identifier(column)
    with database.transaction():
        database.execute("SET LOCAL session_replication_role = replica")
        database.execute(sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(place, names, values))
    try:
        with database.transaction(force_rollback=True):
            change = sql.SQL("UPDATE {} SET {} = 'root.other' WHERE {} = 'root.branch'")
            database.execute(change.format(place, path, path))
    except NOT_FOUND as error:
        pytest.fail(f"a law of {table} does not know what it asks of: {error}")
    except psycopg.Error:  # a law refused it, in its own words
        return True
    return True


def bare(database: psycopg.Connection, table: str) -> None:
    """Take away what would refuse the row before any trigger is asked, and the guard, which stands before them."""
    place = sql.Identifier(table)
    checks = database.execute(
        "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'c'", [table]
    )
    for (name,) in checks.fetchall():
        database.execute(sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(place, sql.Identifier(name)))
    wanted = database.execute("""
        SELECT attname FROM pg_attribute
        WHERE attrelid = %s::regclass AND attnum > 0 AND attnotnull AND attidentity = ''
            AND NOT attnum = ANY (SELECT unnest(conkey) FROM pg_constraint WHERE conrelid = attrelid AND contype = 'p')
    """, [table])  # fmt: skip
    for (name,) in wanted.fetchall():
        database.execute(sql.SQL("ALTER TABLE {} ALTER {} DROP NOT NULL").format(place, sql.Identifier(name)))
    guards = database.execute(
        "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND tgfoid = 'journal_guard'::regproc", [table]
    )
    for (name,) in guards.fetchall():
        database.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER {}").format(place, sql.Identifier(name)))
