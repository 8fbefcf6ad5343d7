"""DuckDB on a short leash: only the files that it is told, no configuration by SQL, no more memory than it is given.

It knows neither Django nor the store, so that a process which does nothing but answer one statement can begin quickly.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

import duckdb

DECIMAL_DIGITS_MAX: Final = 38
_INTEGERS: Final = range(-(2**63), 2**63)
_WITH_PLACES: Final = re.compile(r"'[^']*'|\"[^\"]*\"|\?")
_OFF: Final = ("autoinstall_known_extensions", "autoload_known_extensions", "allow_community_extensions")


def leashed(
    *, memory: str, threads: int, folders: Sequence[str] = (), files: Sequence[str] = (), scratch: str = "",
    filesystem: Any = None, locked_in: bool = True,
) -> duckdb.DuckDBPyConnection:  # fmt: skip
    """An engine that reads and writes only within ``folders`` and reads only ``files``, and cannot be talked out of it.

    ``memory`` is as DuckDB writes it ("1GB"); ``scratch`` takes what does not fit into it, "" lets nothing spill.
    ``filesystem`` reads what is no path of this machine; ``locked_in=False`` is for one whose addresses are not known.
    """
    engine = duckdb.connect(":memory:", config={"threads": threads, "memory_limit": memory})
    if filesystem is not None:
        engine.register_filesystem(filesystem)
    if locked_in:
        engine.execute(f"SET temp_directory = {literal(scratch)}")
        engine.execute(f"SET allowed_directories = {literal_list([*folders, *([scratch] if scratch else [])])}")
        engine.execute(f"SET allowed_paths = {literal_list(files)}")
        engine.execute("SET enable_external_access = false")
    for setting in _OFF:
        engine.execute(f"SET {setting} = false")
    engine.execute("SET python_enable_replacements = false")  # no variable of this program is a table
    engine.execute("SET preserve_insertion_order = true")
    engine.execute("SET GLOBAL TimeZone = 'UTC'")  # of its cursors too
    engine.execute("SET lock_configuration = true")
    return engine


def literal(text: str) -> str:
    """A text as SQL writes it."""
    assert "\x00" not in text
    return "'" + text.replace("'", "''") + "'"


def literal_list(texts: Sequence[str]) -> str:
    """A list of texts as SQL writes it."""
    return "[" + ", ".join(literal(text) for text in texts) + "]"


def bound(sql: str, values: Sequence[Any]) -> str:
    """Our own statement with each ``?`` outside of quotes replaced by its value, as SQL writes it.

    Given as parameters, the engine would look for each of them whether it is one of pandas, and import that for it.
    """
    left = iter(values)
    told = _WITH_PLACES.sub(lambda found: _value(next(left)) if found[0] == "?" else found[0], sql) if values else sql
    assert next(left, left) is left, "more values than places for them"
    return told


def _value(value: Any) -> str:
    """A value with the type that the engine would give it as a parameter."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int):
        return f"CAST('{value}' AS {'BIGINT' if value in _INTEGERS else 'HUGEINT'})"
    if isinstance(value, Decimal):
        return _decimal(value)
    if isinstance(value, datetime):
        assert value.tzinfo is None, "times are kept in UTC, and say so nowhere"
        return f"TIMESTAMP '{value.isoformat(' ')}'"
    if isinstance(value, date):
        return f"DATE '{value.isoformat()}'"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    raise TypeError(f"no value of a column: {type(value)}")


def _text(text: str) -> str:
    pieces = [literal(piece) for piece in text.split("\x00")]
    return pieces[0] if len(pieces) == 1 else f"({' || chr(0) || '.join(pieces)})"


def _decimal(value: Decimal) -> str:
    assert value.is_finite()
    digits, exponent = value.as_tuple().digits, int(value.as_tuple().exponent)
    places = max(0, -exponent)
    whole = len(digits) + max(0, exponent)
    width = whole if whole >= places else places + 1  # the engine keeps a digit before the point there
    kind = f"DECIMAL({width}, {places})" if width <= DECIMAL_DIGITS_MAX else "DOUBLE"
    return f"CAST('{value:f}' AS {kind})"
