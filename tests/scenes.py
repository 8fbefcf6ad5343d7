"""A scene that many tests begin with is built by acts once in each test process; every test gets a copy of it.

The superuser of the throwaway server leaves two functions: one reads the rows of all tables, the other writes them
again, without triggers and walls, as entries of the transaction that it is called in. A server that others gave has no
such functions; there each test builds its scene.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import psycopg
from django.db import connection

from tests.emptying import FUNCTION as EMPTY
from tests.emptying import KEPT
from tianqu.kernel.journal.api import SYSTEM
from tianqu.kernel.journal.scopes import scope_settings
from tianqu.kernel.ledgers.api import forget_books
from tianqu.kernel.orders.api import forget_catalogue
from tianqu.kernel.places.tree import forget_all

T = TypeVar("T")
_ROWS_SQL: Final = f"""
CREATE OR REPLACE FUNCTION rows_of_scene() RETURNS jsonb LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE place regclass; lines text[]; rows jsonb := '{{}}';
BEGIN
  FOR place IN
    SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
      AND pg_relation_size(oid) > 0 AND relname <> ALL ('{{{",".join((*KEPT, "journal_opened"))}}}')
  LOOP
    EXECUTE format('SELECT array_agg(line::text) FROM %s line', place) INTO lines;
    IF lines IS NOT NULL THEN rows := rows || jsonb_build_object(place::text, lines); END IF;
  END LOOP;
  RETURN rows;
END $$
"""
_LAY_SQL: Final = """
CREATE OR REPLACE FUNCTION lay_scene(rows jsonb) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET session_replication_role = replica AS $$
DECLARE place text; lines jsonb; names text; values text; number text; counter text;
BEGIN
  FOR place, lines IN SELECT * FROM jsonb_each(rows) LOOP
    SELECT string_agg(quote_ident(attname), ','), string_agg(
        CASE WHEN attname = 'xid' THEN 'pg_current_xact_id()' ELSE format('(line).%I', attname) END, ',')
      INTO names, values FROM pg_attribute
      WHERE attrelid = place::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '';
    EXECUTE format('INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM'
      ' (SELECT one::%s AS line FROM jsonb_array_elements_text($1) one OFFSET 0)', place, names, values, place)
      USING lines;
    FOR number, counter IN
      SELECT attname, pg_get_serial_sequence(place, attname) FROM pg_attribute
        WHERE attrelid = place::regclass AND attnum > 0 AND NOT attisdropped AND attidentity <> ''
    LOOP  -- what empties tables may have let the numbers begin anew
      EXECUTE format('SELECT setval(%L, greatest(max(%I), (SELECT last_value FROM %s))) FROM %s',
        counter, number, counter, place);
    END LOOP;
  END LOOP;
END $$
"""


@dataclass(frozen=True)
class _Kept:
    """What was built: what it returned, the rows of each table as JSON, and the files by their paths."""

    made: Any
    rows: str
    files: dict[Path, bytes]


_scenes: dict[Callable[[], Any], _Kept] = {}


def install(template: psycopg.Connection) -> None:
    """Leave the functions in the database from which those of the tests are made."""
    template.execute(_ROWS_SQL)
    template.execute(_LAY_SQL)


def scene(build: Callable[[], T], *, files: Path | None = None) -> T:
    """Lay the scene that ``build`` makes of an empty database, and return what it returned.

    ``files`` is a folder that it fills as well. What the process knew of the scene before is forgotten.
    """
    for forget in (forget_all, forget_books, forget_catalogue):
        forget()
    if not _asked("SELECT to_regproc('lay_scene') IS NOT NULL"):
        return build()
    if build not in _scenes:
        assert _asked("SELECT rows_of_scene()") == "{}", f"{build.__module__} begins where something is"
        made = build()
        _scenes[build] = _Kept(made, _asked("SELECT rows_of_scene()"), _files_in(files) if files else {})
        _asked(f"SELECT {EMPTY}()")
    kept = _scenes[build]
    _asked("SELECT lay_scene(%s)", kept.rows)
    for path, body in kept.files.items():
        assert files is not None
        (files / path).parent.mkdir(parents=True, exist_ok=True)
        (files / path).write_bytes(body)
    if connection.in_atomic_block:  # an act leaves its eyes to the rest of the test's transaction
        names, values = scope_settings(SYSTEM.scope)
        _asked("SELECT " + ", ".join(f"set_config('{name}', %s, true)" for name in names), *values)
    made: T = deepcopy(kept.made)
    return made


def _files_in(folder: Path) -> dict[Path, bytes]:
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _asked(sql: str, *values: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchone()[0]
