"""DuckDB on a short leash: only the files that it is told, no configuration by SQL, no more memory than it is given.

It knows neither Django nor the store, so that a process which does nothing but answer one statement can begin quickly.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import duckdb

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
