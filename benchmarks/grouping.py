"""One group-by over HTTP beside Datasette, on the same rows: ours in Parquet, theirs in a table of SQLite.

    python -m benchmarks.grouping load ROWS FOLDER      (within the installation: rows published, and a SQLite beside)

Both answers must be the same before a figure is told.
"""

from __future__ import annotations

import json
import sqlite3
import statistics
import sys
import time
import urllib.request
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from benchmarks.peers import FOLDER, UnreachableError, virtual_environment
from benchmarks.stack import Installation, Served, free_port, running, wait_until_answers
from benchmarks.table import Measure

TIMES_MINIMUM: Final = 50
ROUNDS: Final = 5
CODE: Final = "bench.rows"
BATCH: Final = 100_000
OURS: Final = f"/api/v1/datasets/{CODE}/groups?" + urlencode(
    {"group": "county,kind", "measure": "count,sum:amount", "limit": "1000"}
)
THEIRS: Final = "SELECT county, kind, count(*) AS count, sum(cents) AS cents FROM rows GROUP BY 1, 2 ORDER BY 1, 2"
_LIMITS: Final = {"sql_time_limit_ms": "600000", "max_returned_rows": "5000", "cache_size_kb": "1000000"}


def measures(installed: Installation, served: Served, *, rows: int) -> list[Measure]:
    """Ask both in turns; the line of the table."""
    installed.run("benchmarks.grouping", "load", str(rows), str(installed.folder))
    name = f"datasets: group-by of {rows:,} rows over HTTP"
    try:
        python = virtual_environment(installed.folder / "datasette", FOLDER / "datasette.txt")
    except UnreachableError as error:
        return [Measure(name, "not measured", f"Datasette could not be installed: {error}")]
    port, log = free_port(), installed.folder / "datasette.log"
    settings = [word for name, value in _LIMITS.items() for word in ("--setting", name, value)]
    command = [str(python), "-m", "datasette", "serve", "--immutable", str(installed.folder / "rows.db"), "--port",
               str(port), *settings]  # fmt: skip
    ours = f"http://127.0.0.1:{served.port}{OURS}"
    theirs = f"http://127.0.0.1:{port}/rows.json?" + urlencode({"sql": THEIRS, "_shape": "array"})
    with running(command, installed.environment, folder=installed.folder, log=log) as process:
        wait_until_answers(f"http://127.0.0.1:{port}/rows.json", process, log=log)
        told, known = _all_of(ours), json.loads(_read(theirs))
        assert [(row["county"], row["kind"], row["count"], int(row["sum_amount"] * 100)) for row in told] == [
            (row["county"], row["kind"], row["count"], row["cents"]) for row in known
        ], "the two do not say the same"
        own = statistics.median(_timed(ours) for _round in range(ROUNDS))
        other = statistics.median(_timed(theirs) for _round in range(ROUNDS))
    return [
        Measure(name, f"{own * 1000:,.0f} ms", f"{other * 1000:,.0f} ms Datasette", other / own, " ×", "at least",
                TIMES_MINIMUM)
    ]  # fmt: skip


def _all_of(address: str) -> list[dict[str, Any]]:
    """Every page of our groups; numbers as they are written."""
    rows: list[dict[str, Any]] = []
    after = ""
    while True:
        page = json.loads(_read(address + after), parse_float=Decimal)
        rows += page["rows"]
        if page["next"] is None:
            return rows
        after = "&" + urlencode({"after": page["next"]})


def _read(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=900) as answer:
        return bytes(answer.read())


def _timed(address: str) -> float:
    begun = time.perf_counter()
    _read(address)
    return time.perf_counter() - begun


def load(rows: int, folder: Path) -> None:
    """Publish invented rows as a dataset, and write the same into a SQLite file."""
    from tianqu.project.starting import start_django

    start_django()
    import duckdb

    from benchmarks import datasets

    datasets.invent(rows, folder)
    datasets.load(rows, folder)
    beside = duckdb.connect()
    with sqlite3.connect(folder / "rows.db") as database:
        database.execute("CREATE TABLE rows (county TEXT, day TEXT, kind INT, cents INT, firms INT, done INT)")
        found = beside.execute(
            "SELECT county, CAST(day AS VARCHAR), kind, CAST(amount * 100 AS BIGINT), firms, CAST(done AS INT) FROM"
            f" ({datasets.INVENTED.format(rows)})"
        )
        while batch := found.fetchmany(BATCH):
            database.executemany("INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?)", batch)
    beside.close()
    print(json.dumps({"rows": rows}))


if __name__ == "__main__":
    assert sys.argv[1] == "load"
    load(int(sys.argv[2]), Path(sys.argv[3]))
