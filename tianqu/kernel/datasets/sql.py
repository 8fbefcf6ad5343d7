"""SQL for people who are entitled to it: one SELECT over the datasets that they name and may read, and nothing else.

Two walls stand behind each other. The statement is parsed by the engine's own parser and refused unless it only reads
the views of those datasets by functions that have no other reach. And the engine it runs in is a fresh one that can
open no file but the parts behind those views, changes none of its settings, spills nothing, and is stopped in time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

import duckdb
import orjson
from django.conf import settings

from tianqu.base.errors import InvalidInput, TooLarge, _
from tianqu.kernel.datasets import engine, storage
from tianqu.kernel.datasets.reading import Opened, dataset_called, open_version
from tianqu.kernel.datasets.statements import relation
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.places.api import require

ROWS_MAX: Final = 10_000
SQL_MAX: Final = 20_000  # characters
DATASETS_MAX: Final = 10
ANSWER_MAX: Final = 20_000_000  # characters of an answer
MEMORY: Final = "512MB"
# What makes much out of nothing: the engine computes constants while it plans, and counts none of that as memory.
_GROWING: Final = frozenset(
    ("repeat", "lpad", "rpad", "range", "generate_series", "list_resize", "array_resize", "format", "printf", "bar")
)
_NESTED: Final = ("[", "STRUCT", "MAP", "UNION")  # in the name of a column's type
_TABLE_FUNCTIONS: Final = frozenset(("range", "generate_series", "unnest"))
_REACHING: Final = re.compile(
    r"(read_|duckdb_|pragma_|pg_|parquet_|sniff_|glob|query|getenv|getvariable|current_setting|nextval|currval|setseed"
    r"|write_|seq_scan|arrow_|pandas_|python_|json_execute|json_serialize|json_deserialize|which_secret|force_"
    r"|checkpoint|sleep_|get_block|inet_|in_search_path|current_(database|schema|catalog|user|role|query)|txid|version|sql_auto|load|test_)"
)
_PLAIN: Final = (str, int, float, Decimal, date)  # a datetime is a date, a boolean a number
_OWN_SCHEMAS: Final = (None, "", "main")  # the parser itself writes "main" before what brackets make
_CTE: Final = re.compile(r"[a-z_][a-z0-9_]{0,62}\Z")
_SYSTEM: Final = re.compile(r"(duckdb_|pragma_|pg_|sqlite_|information_schema|main\Z|system\Z|temp\Z)")
_REFUSED_NODES: Final = frozenset(("SHOW_REF", "PARAMETER", "VALUE_PARAMETER", "COLUMN_DATA"))


@dataclass(frozen=True, slots=True)
class Answer:
    """What a statement gave: names, at most 10,000 rows, and whether there would be more."""

    names: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    more: bool


def ask_sql(actor: Actor, sql: str, *, datasets: Sequence[str]) -> Answer:
    """Run one SELECT over the newest versions of ``datasets``, each a view by its code with "_" for every dot.

    Raises ``NotPermitted``, ``NotFound``, ``InvalidInput`` for what is not a lawful SELECT, ``QueryTooLong``,
    ``TooLarge`` and ``Busy``.
    """
    require(actor, "datasets.sql")
    if not 1 <= len(datasets) <= DATASETS_MAX:
        raise InvalidInput(_("Name 1 to %(most)s datasets."), field="datasets", most=DATASETS_MAX)
    if len(sql) > SQL_MAX or "\x00" in sql:
        raise InvalidInput(_("At most %(most)s characters."), field="sql", most=SQL_MAX)
    views = {view_name(code): open_version(actor, dataset_called(actor, code)) for code in datasets}
    with _own_engine(views) as cursor:
        check_select(cursor, sql, set(views))
        return _answered(cursor, sql)


def view_name(code: str) -> str:
    """What a dataset is called in a statement: its code with "_" for every dot."""
    return code.replace(".", "_")


@contextmanager
def _own_engine(views: Mapping[str, Opened]) -> Iterator[duckdb.DuckDBPyConnection]:
    """A fresh engine with the views and nothing else, in one of the process's places for questions."""
    seconds = float(settings.TIANQU_QUERY_SECONDS_MAX)
    files = [storage.readable(part.sha256) for opened in views.values() for part in opened.stored.parts]
    with engine.slot("question"):
        made = engine.new_engine(memory=MEMORY, threads=1, files=files)
        try:
            with engine.limited(made.cursor(), seconds) as cursor:
                for name, opened in views.items():
                    cursor.execute(f'CREATE VIEW "{name}" AS SELECT * FROM {relation(opened.stored)}')
                yield cursor
        finally:
            made.close()


def check_select(cursor: duckdb.DuckDBPyConnection, sql: str, views: set[str]) -> None:
    """Raise ``InvalidInput`` unless ``sql`` is one SELECT that reads only ``views``."""
    try:
        told = cursor.execute("SELECT json_serialize_sql(?)", [sql]).fetchone()
    except duckdb.Error as error:
        raise _not_understood(error) from error
    assert told is not None
    tree = orjson.loads(told[0])
    if tree["error"]:
        if tree.get("error_type") == "parser":
            raise InvalidInput(
                _("The statement cannot be read: %(reason)s"), field="sql", reason=_line(tree["error_message"])
            )
        raise _not_a_select()
    if len(tree["statements"]) != 1:
        raise _not_a_select()
    _check_tree(tree, views)


def _check_tree(tree: Any, views: set[str]) -> None:
    nodes = list(_nodes(tree))
    named = {str(node["key"]) for node in nodes if isinstance(node.get("value"), dict) and "query" in node["value"]}
    for name in named:
        if not _CTE.match(name) or _SYSTEM.match(name):
            raise InvalidInput(
                _("“%(value)s” cannot be the name of a part of the statement."), field="sql", value=name[:80],
                remedy=_("Use small letters, digits and _."),
            )  # fmt: skip
    sources = {id(node["function"]) for node in nodes if node.get("type") == "TABLE_FUNCTION"}
    for node in nodes:
        kind, function = node.get("type"), str(node.get("function_name", "")).lower()
        if kind == "BASE_TABLE":
            _check_table(node, views, named)
        elif kind == "TABLE_FUNCTION":
            name = str(node["function"].get("function_name", "")).lower()
            if name not in _TABLE_FUNCTIONS:
                raise _reaches(name)
        elif isinstance(kind, str) and kind in _REFUSED_NODES:
            raise _not_a_select()
        if function and (_REACHING.match(function) or node.get("catalog") or node.get("schema") not in _OWN_SCHEMAS):
            raise _reaches(function)
        if function in _GROWING and id(node) not in sources:
            raise InvalidInput(
                _("The function %(value)s is not possible here: it makes much out of nothing."), field="sql",
                value=function, remedy=_("Write a single SELECT over the datasets that you named."),
            )  # fmt: skip


def _check_table(node: dict[str, Any], views: set[str], named: set[str]) -> None:
    name = str(node["table_name"])
    if node.get("schema_name") or node.get("catalog_name") or name.lower() not in views | named:
        raise InvalidInput(
            _("%(value)s is not one of the datasets that were named."), field="sql", value=name[:80],
            remedy=_("Possible: %(allowed)s."), allowed=", ".join(sorted(views)),
        )  # fmt: skip


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    waiting = [tree]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            yield one
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)


def _answered(cursor: duckdb.DuckDBPyConnection, sql: str) -> Answer:
    try:
        cursor.execute(sql)
        names = tuple(str(column[0]) for column in cursor.description or ())
        _check_flat(cursor)
        rows: list[tuple[Any, ...]] = []
        weight = 0
        while len(rows) <= ROWS_MAX and (row := cursor.fetchone()):  # one by one: each may be as large as the memory
            taken = tuple(_plain(value) for value in row)
            weight += sum(len(value) for value in taken if isinstance(value, str))
            if weight > ANSWER_MAX:
                raise TooLarge(
                    _("The answer is longer than %(most)s characters."), field="sql", most=ANSWER_MAX,
                    remedy=_("Ask for fewer rows or groups, or download the dataset."),
                )  # fmt: skip
            rows.append(taken)
    except (duckdb.InterruptException, duckdb.OutOfMemoryException, duckdb.IOException):
        raise
    except duckdb.PermissionException as error:
        raise _not_a_select() from error
    except duckdb.Error as error:
        raise _not_understood(error) from error
    return Answer(names, tuple(rows[:ROWS_MAX]), len(rows) > ROWS_MAX)


def _check_flat(cursor: duckdb.DuckDBPyConnection) -> None:
    """Raise ``InvalidInput`` for lists and the like, of which one row can hold millions, before any is taken."""
    for name, kind, *_others in cursor.description or ():
        if any(sign in str(kind).upper() for sign in _NESTED):
            raise InvalidInput(
                _("The column %(value)s holds lists or parts."), field="sql", value=str(name)[:80],
                remedy=_("Take it apart with unnest, or make it a text with string_agg."),
            )  # fmt: skip


def _plain(value: Any) -> Any:
    """A value as a page and a program are told it: what is neither number, day nor text is told as a text."""
    return value if value is None or isinstance(value, _PLAIN) else str(value)


def _line(text: str) -> str:
    return text.strip().splitlines()[0][:300] if text.strip() else ""


def _not_understood(error: duckdb.Error) -> InvalidInput:
    return InvalidInput(_("The statement cannot be run: %(reason)s"), field="sql", reason=_line(str(error)))


def _not_a_select() -> InvalidInput:
    return InvalidInput(
        _("Only one statement can be asked, and only one that reads."), field="sql",
        remedy=_("Write a single SELECT over the datasets that you named."),
    )  # fmt: skip


def _reaches(name: str) -> InvalidInput:
    return InvalidInput(
        _("The function %(value)s reaches beyond the datasets that were named."), field="sql", value=name[:80],
        remedy=_("Write a single SELECT over the datasets that you named."),
    )  # fmt: skip
