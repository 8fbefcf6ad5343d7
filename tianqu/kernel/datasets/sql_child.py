"""The process in which one statement of an entitled person is run: it answers that one and ends.

It begins by binding itself: memory, processor time, files, priority and, should nobody be left to end it, the clock.
It has no Django, no database, no secrets and no descriptors but its own; it is told everything by the first line of
its standard input, and answers by lines of JSON. ``sql_process`` starts it, reads what it says, and ends it.
"""

from __future__ import annotations

import json
import math
import os
import resource
import signal
import sys
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import duckdb

from tianqu.base.errors import TianquError, TooLarge, _
from tianqu.kernel.datasets.leash import leashed
from tianqu.kernel.datasets.sql_lawful import check_select, not_a_select, not_understood, too_deep

BESIDE_MB: Final = 512  # of addresses, for the interpreter and what the engine does not count, beside its own memory
SPARE_SECONDS: Final = 2  # after which it ends by itself, were there nobody any more to end it
FILES_OPEN_MAX: Final = 1_024
NICENESS: Final = 5
FIRST_TO_END: Final = 1_000  # of /proc/self/oom_score_adj: when the machine's memory is used up, this one ends


def main() -> None:
    """Read what is asked, answer it, and end."""
    told = json.loads(sys.stdin.buffer.readline())
    bind(memory_mb=told["memory_mb"], seconds=told["seconds"])
    try:
        answer(told)
    except TianquError as error:
        _say(
            {"error": error.code, "message": error.message, "remedy": error.remedy, "parameters": error.parameters}
        )  # fmt: skip
    except (duckdb.OutOfMemoryException, MemoryError):
        _say({"error": "memory"})
    except duckdb.IOException as error:
        _say({"error": "store", "message": str(error)[:1_000]})


def bind(*, memory_mb: int, seconds: float) -> None:
    """Take on the limits, none of which can be lifted again."""
    wall = math.ceil(seconds) + SPARE_SECONDS
    addresses = (memory_mb + BESIDE_MB) << 20
    for limit, most in (
        (resource.RLIMIT_AS, addresses), (resource.RLIMIT_CPU, wall), (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_NOFILE, FILES_OPEN_MAX),
    ):  # fmt: skip
        least = [most, *(each for each in resource.getrlimit(limit) if each != resource.RLIM_INFINITY)]
        resource.setrlimit(limit, (min(least), min(least)))
    signal.alarm(wall)  # nobody handles it: it ends the process
    os.nice(NICENESS)
    with suppress(OSError):  # only Linux has it
        Path("/proc/self/oom_score_adj").write_text(str(FIRST_TO_END), encoding="ascii")


def answer(told: dict[str, Any]) -> None:
    """Say the names and rows of the answer. Raises ``InvalidInput``, ``TooLarge`` and what the engine raises."""
    engine = engine_for(told)
    check_select(engine, told["sql"], told["views"])
    try:
        engine.execute(told["sql"])
        names = {"names": [str(column[0]) for column in engine.description or ()]}
        left = told["bytes_max"] - _say(names, most=told["bytes_max"])
        for _place in range(told["rows_max"]):
            row = engine.fetchone()  # one by one: each may be as large as the memory
            if row is None:
                _say({"more": False})
                return
            left -= _say([as_json(value) for value in row], most=left)
        _say({"more": engine.fetchone() is not None})
    except (duckdb.OutOfMemoryException, duckdb.IOException):
        raise
    except duckdb.PermissionException as error:
        raise not_a_select() from error
    except duckdb.Error as error:
        raise not_understood(error) from error
    except RecursionError as error:
        raise too_deep() from error


def engine_for(told: dict[str, Any]) -> duckdb.DuckDBPyConnection:
    """An engine with the views and nothing else, which opens no file but the parts behind them."""
    engine = leashed(
        memory=f"{told['memory_mb']}MiB", threads=1, files=list(told["files"]), filesystem=_filesystem(told)
    )
    for name, select in told["views"].items():
        engine.execute(f'CREATE VIEW "{name}" AS {select}')
    return engine


def _filesystem(told: dict[str, Any]) -> Any:
    if told["local"]:
        return None
    from tianqu.kernel.datasets.sql_files import HandedFiles  # only then: it takes time to import

    return HandedFiles(told["files"])


def as_json(value: Any) -> Any:
    """A value as the lines hold it: numbers and texts as they are, decimals and days marked, lists as texts of JSON."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Decimal):
        return {"decimal": str(value)}
    if isinstance(value, datetime):
        return {"time": value.isoformat()}
    if isinstance(value, date):
        return {"day": value.isoformat()}
    if isinstance(value, list | tuple | dict):
        return json.dumps(_nested(value), ensure_ascii=False)
    return str(value)


def _nested(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_nested(each) for each in value]
    if isinstance(value, dict):
        return {str(name): _nested(each) for name, each in value.items()}
    return value if value is None or isinstance(value, bool | int | float) else str(value)


def _say(said: Any, *, most: int | None = None) -> int:
    """Say one line; return its bytes. Raises ``TooLarge`` where these are more than ``most``."""
    line = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
    if most is not None and len(line) > most:
        raise TooLarge(
            _("The answer is larger than it may be."), field="sql",
            remedy=_("Ask for fewer rows or groups, or download the dataset."),
        )  # fmt: skip
    sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()
    return len(line)


if __name__ == "__main__":
    main()
