"""The first wall of SQL for entitled people: a statement is one SELECT that reads the views it may read, or is refused.

It is read by the engine's own parser, in the process that would run it. It knows no Django: that process has none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from typing import Any, Final

import duckdb

from tianqu.base.errors import InvalidInput, _
from tianqu.kernel.datasets.leash import literal

_TABLE_FUNCTIONS: Final = frozenset(("range", "generate_series", "unnest"))
_REACHING: Final = re.compile(
    r"(read_|duckdb_|pragma_|pg_|parquet_|sniff_|glob|query|getenv|getvariable|current_setting|nextval|currval|setseed"
    r"|write_|seq_scan|arrow_|pandas_|python_|json_execute|json_serialize|json_deserialize|which_secret|force_"
    r"|checkpoint|sleep_|get_block|inet_|in_search_path|current_(database|schema|catalog|user|role|query)|txid|version|sql_auto|load|test_)"
)
_OWN_SCHEMAS: Final = (None, "", "main")  # the parser itself writes "main" before what brackets make
_CTE: Final = re.compile(r"[a-z_][a-z0-9_]{0,62}\Z")
_SYSTEM: Final = re.compile(r"(duckdb_|pragma_|pg_|sqlite_|information_schema|main\Z|system\Z|temp\Z)")
_REFUSED_NODES: Final = frozenset(("SHOW_REF", "PARAMETER", "VALUE_PARAMETER", "COLUMN_DATA"))


def check_select(cursor: duckdb.DuckDBPyConnection, sql: str, views: Collection[str]) -> None:
    """Raise ``InvalidInput`` unless ``sql`` is one SELECT that reads only ``views``."""
    try:
        # Not as a parameter: for one the engine would first look for pandas, and import it where it is installed.
        told = cursor.execute(f"SELECT json_serialize_sql({literal(sql)})").fetchone()
        assert told is not None
        tree = json.loads(told[0])
    except (duckdb.OutOfMemoryException, MemoryError):
        raise
    except duckdb.Error as error:
        raise not_understood(error) from error
    except RecursionError as error:
        raise too_deep() from error
    if tree["error"]:
        if tree.get("error_type") == "parser":
            raise InvalidInput(
                _("The statement cannot be read: %(reason)s"), field="sql", reason=_line(tree["error_message"])
            )
        raise not_a_select()
    if len(tree["statements"]) != 1:
        raise not_a_select()
    _check_tree(tree, views)


def _check_tree(tree: Any, views: Collection[str]) -> None:
    nodes = list(_nodes(tree))
    named = {str(node["key"]) for node in nodes if isinstance(node.get("value"), dict) and "query" in node["value"]}
    for name in named:
        if not _CTE.match(name) or _SYSTEM.match(name):
            raise InvalidInput(
                _("“%(value)s” cannot be the name of a part of the statement."), field="sql", value=name[:80],
                remedy=_("Use small letters, digits and _."),
            )  # fmt: skip
    for node in nodes:
        kind, function = node.get("type"), str(node.get("function_name", "")).lower()
        if kind == "BASE_TABLE":
            _check_table(node, views, named)
        elif kind == "TABLE_FUNCTION":
            name = str(node["function"].get("function_name", "")).lower()
            if name not in _TABLE_FUNCTIONS:
                raise _reaches(name)
        elif isinstance(kind, str) and kind in _REFUSED_NODES:
            raise not_a_select()
        if function and (_REACHING.match(function) or node.get("catalog") or node.get("schema") not in _OWN_SCHEMAS):
            raise _reaches(function)


def _check_table(node: dict[str, Any], views: Collection[str], named: set[str]) -> None:
    name = str(node["table_name"])
    if node.get("schema_name") or node.get("catalog_name") or name.lower() not in {*views, *named}:
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


def not_understood(error: duckdb.Error) -> InvalidInput:
    """The error that tells what the engine did not like."""
    return InvalidInput(_("The statement cannot be run: %(reason)s"), field="sql", reason=_line(str(error)))


def not_a_select() -> InvalidInput:
    """The error that tells what may be asked at all."""
    return InvalidInput(
        _("Only one statement can be asked, and only one that reads."), field="sql",
        remedy=_("Write a single SELECT over the datasets that you named."),
    )  # fmt: skip


def too_deep() -> InvalidInput:
    """The error that tells of brackets within brackets without end."""
    return InvalidInput(
        _("The statement, or a value of its answer, is nested too deeply."), field="sql",
        remedy=_("Write it with fewer brackets within brackets."),
    )  # fmt: skip


def _reaches(name: str) -> InvalidInput:
    return InvalidInput(
        _("The function %(value)s reaches beyond the datasets that were named."), field="sql", value=name[:80],
        remedy=_("Write a single SELECT over the datasets that you named."),
    )  # fmt: skip


def _line(text: str) -> str:
    return text.strip().splitlines()[0][:300] if text.strip() else ""
