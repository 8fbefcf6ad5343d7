"""Datasets beside plain DuckDB: taking a file in, questions and pages over HTTP, and what materialising a change costs.

    python -m benchmarks.datasets changes ROWS CHANGES

Materialising is measured over a tenth of ROWS and over all of them. ``invent``, ``copy`` and ``load`` are the parts
that ``measures`` runs in an installation, each in a process of its own so that its memory is its own.
"""

from __future__ import annotations

import json
import resource
import statistics
import sys
import time
import urllib.request
from collections.abc import Callable
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from tianqu.project.starting import start_django

start_django()

import duckdb  # noqa: E402  Django is set up first
from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from benchmarks.stack import Installation, Served  # noqa: E402
from benchmarks.table import Measure  # noqa: E402
from tianqu.kernel.datasets import api, storage  # noqa: E402
from tianqu.kernel.datasets.parts import write_part  # noqa: E402
from tianqu.kernel.datasets.row_files import making_engine  # noqa: E402
from tianqu.kernel.journal.api import INSERT_ENTRY, SYSTEM, log_size, prepare_entry, set_scope  # noqa: E402
from tianqu.kernel.places.api import units_by_kind  # noqa: E402
from tianqu.project.roles import as_owner  # noqa: E402

INGEST_MINIMUM: Final = 0.5
INGEST_MEGABYTES_MAXIMUM: Final = 2_000
QUESTION_MAXIMUM: Final = 1.25
PAGE_MS_MAXIMUM: Final = 100
DEEP_MAXIMUM: Final = 1.1  # of the first page; the difference of two medians is not measured finer
MATERIALISE_MAXIMUM: Final = 1.3
ROUNDS: Final = 5
THREADS: Final = settings.TIANQU_QUERY_THREADS
CODE: Final = "bench.rows"
CSV, PLAIN = "rows.csv", "plain.parquet"
COLUMNS: Final = (
    api.Column("county", "text"), api.Column("day", "date"), api.Column("kind", "integer"),
    api.Column("amount", "decimal", decimals=2), api.Column("firms", "integer"), api.Column("done", "boolean"),
)  # fmt: skip
INVENTED: Final = (
    "SELECT 'c' || (range % 13) AS county, DATE '2020-01-01' + CAST(hash(range) % 1000 AS INTEGER) AS day,"
    " hash(range) % 200 AS kind, CAST((hash(range) % 1000000) / 100 AS DECIMAL(18, 2)) AS amount,"
    " hash(range) % 50 AS firms, range % 3 = 0 AS done FROM range({})"
)
ROWS: Final = "rows?limit=50"
QUESTIONS: Final = (  # a name, what is asked of us, and the same in SQL
    ("group by", "groups?group=county,kind&measure=sum:amount&limit=50",
     "SELECT county, kind, sum(amount) FROM {} GROUP BY 1, 2 ORDER BY 1, 2 LIMIT 51"),
    ("filtered count", "groups?kind=7&measure=count", "SELECT count(*) FROM {} WHERE kind = 7"),
    ("top 10", "groups?group=kind&measure=sum:amount&sort=-sum_amount&limit=10",
     "SELECT kind, sum(amount) AS s FROM {} GROUP BY 1 ORDER BY s DESC, kind LIMIT 11"),
)  # fmt: skip


def timed(do: Callable[[], Any]) -> float:
    """Seconds that something takes."""
    begun = time.perf_counter()
    do()
    return time.perf_counter() - begun


def measures(installed: Installation, served: Served, *, rows: int) -> list[Measure]:
    """Take a file in, beside the engine's own COPY; then ask over HTTP, beside plain DuckDB on the same files."""
    folder = str(installed.folder)
    installed.run("benchmarks.datasets", "invent", str(rows), folder)
    theirs = installed.run("benchmarks.datasets", "copy", folder)
    ours = installed.run("benchmarks.datasets", "load", str(rows), folder)
    (installed.folder / CSV).unlink()
    (installed.folder / PLAIN).unlink()
    asked = [_asked(served, name, address, sql, ours["files"], rows) for name, address, sql in QUESTIONS]
    return [
        Measure(
            f"datasets: a CSV of {rows:,} rows to a published dataset", f"{rows / ours['seconds']:,.0f} rows/s",
            f"{rows / theirs['seconds']:,.0f} rows/s COPY", theirs["seconds"] / ours["seconds"], " ×", "at least",
            INGEST_MINIMUM,
        ),
        Measure("  peak memory", f"{ours['megabytes']:,.0f} MB", f"{theirs['megabytes']:,.0f} MB COPY",
                ours["megabytes"], " MB", "at most", INGEST_MEGABYTES_MAXIMUM),
        *asked, *_paged(served, rows),
    ]  # fmt: skip


def _asked(served: Served, name: str, address: str, sql: str, files: list[str], rows: int) -> Measure:
    """One question in turns; both must say the same before it is told."""
    beside = duckdb.connect(config={"threads": THREADS})
    beside.execute("SET TimeZone = 'UTC'")
    plain = sql.format(f"read_parquet({files!r})")
    told = json.loads(_read(served, address), parse_float=Decimal)["rows"]
    known = beside.execute(plain).fetchall()
    assert [tuple(row.values()) for row in told] == known[: len(told)] and told, (name, told[:3], known[:3])
    turns = [
        (timed(lambda: _read(served, address)), timed(lambda: beside.execute(plain).fetchall()))
        for _round in range(ROUNDS)
    ]
    beside.close()
    ours, theirs = (statistics.median(turn[side] for turn in turns) for side in (0, 1))
    return Measure(
        f"datasets: {name} of {rows:,} rows over HTTP", f"{ours * 1000:,.0f} ms", f"{theirs * 1000:,.0f} ms DuckDB",
        ours / theirs, " ×", "at most", QUESTION_MAXIMUM,
    )  # fmt: skip


def _paged(served: Served, rows: int) -> list[Measure]:
    """The first page of fifty rows and the ten thousandth, by the mark that the page before it gave."""
    far = min(10_000, rows // 50 - 1)
    mark = json.loads(_read(served, f"{ROWS}&after={_mark(50 * (far - 2))}"))["next"]
    addresses = (ROWS, f"{ROWS}&" + urlencode({"after": mark}))
    assert all(len(json.loads(_read(served, each))["rows"]) == 50 for each in addresses)
    turns = [[timed(lambda each=each: _read(served, each)) for each in addresses] for _round in range(ROUNDS * 3)]
    first, deep = (statistics.median(turn[side] for turn in turns) * 1000 for side in (0, 1))
    return [
        Measure(f"datasets: first page of {rows:,} rows over HTTP", f"{first:.0f} ms", "", first, " ms", "at most",
                PAGE_MS_MAXIMUM),
        Measure(f"datasets: page {far:,}", f"{deep:.0f} ms", f"{first:.0f} ms the first", deep / first, " ×", "at most",
                DEEP_MAXIMUM),
    ]  # fmt: skip


def _read(served: Served, address: str) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{served.port}/api/v1/datasets/{CODE}/{address}") as answer:
        return bytes(answer.read())


def _mark(row: int) -> str:
    from tianqu.kernel.datasets.questions import Mark

    return Mark(1, None, row).text()


def invent(rows: int, folder: Path) -> dict[str, Any]:
    """Write the file that both take in."""
    duckdb.execute(f"COPY ({INVENTED.format(rows)}) TO '{folder / CSV}' (HEADER)")
    return {}


def copy(folder: Path) -> dict[str, Any]:
    """The engine's own way from CSV to Parquet."""
    beside = duckdb.connect(config={"threads": THREADS})
    written = f"COPY (FROM read_csv('{folder / CSV}')) TO '{folder / PLAIN}' (FORMAT parquet, COMPRESSION zstd)"
    return {"seconds": timed(lambda: beside.execute(written)), "megabytes": _peak_megabytes()}


def load(rows: int, folder: Path) -> dict[str, Any]:
    """Our way from CSV to a dataset that is described, journaled, published and can be asked."""
    set_scope(SYSTEM.scope)
    described = api.Description(
        code=CODE, title="测", title_en="Bench", domain="living", access="open",
        unit_id=next(iter(units_by_kind().values())).id,
    )  # fmt: skip
    dataset = api.describe_dataset(SYSTEM, description=described)
    versions: list[api.Version] = []
    seconds = timed(
        lambda: versions.append(
            api.load_version(SYSTEM, dataset_id=dataset.id, path=folder / CSV, schema=api.Schema(COLUMNS))[0]
        )
    )
    assert versions[0].rows == rows
    opened = api.open_version(SYSTEM, api.dataset_called(SYSTEM, CODE))
    files = [storage.readable(part.sha256) for part in opened.stored.parts]
    return {"seconds": seconds, "megabytes": _peak_megabytes(), "files": files}


def _peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def materialising(rows: int, changes: int, name: str) -> float:
    """Seconds to materialise so many changes of a dataset of so many rows."""
    kind = f"bench{name}"
    declaration = api.DatasetDeclaration(
        code=f"bench.{kind}", title="测", title_en="Bench", grain="行", grain_en="Row", domain="living", unit="office",
        access="open", frequency="irregular", source=api.JournalSource(kind),
        schema=api.Schema(
            (api.Column("subject", "text"), api.Column("amount", "integer", path="amount")), ("subject",)
        ),
    )  # fmt: skip
    api.register_dataset(declaration)
    api.describe_declared()
    dataset = api.dataset_called(SYSTEM, declaration.code)
    happen(kind, changes)
    index = log_size()
    with making_engine() as cursor:
        source = f"(SELECT 's' || range AS subject, range AS amount FROM range({rows}))"
        parts = write_part(cursor, source, declaration.schema, last=index)
    api.publish_version(
        SYSTEM, dataset_id=dataset.id, schema=declaration.schema, parts=parts, rows=rows, sidecar={},
        journal_index=index, access="open",
    )  # fmt: skip
    happen(kind, changes)
    taken = timed(lambda: api.materialise(declaration.code))
    assert api.dataset_called(SYSTEM, declaration.code).rows == rows
    return taken


def happen(kind: str, changes: int) -> None:
    """Let so many subjects change, with their places in the log."""
    now = timezone.now()
    with connection.cursor() as cursor:
        for first in range(0, changes, 10_000):
            cursor.executemany(
                INSERT_ENTRY,
                [
                    prepare_entry(
                        act="bench.change", subject=f"{kind}:s{number}", after={"amount": number}, actor=SYSTEM, at=now
                    ).row()
                    for number in range(first, min(first + 10_000, changes))
                ],
            )
        cursor.execute(
            "INSERT INTO journal_sequence (index, entry_id) SELECT %s + row_number() OVER (ORDER BY id) - 1, id"
            " FROM journal_entry e WHERE NOT EXISTS (SELECT FROM journal_sequence s WHERE s.entry_id = e.id)",
            [log_size()],
        )
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("ANALYZE journal_entry, journal_sequence")
    set_scope(SYSTEM.scope)


def changing(rows: int, changes: int) -> list[Measure]:
    """What it costs to materialise so many changes over a tenth of the rows, and over all of them."""
    few, many = materialising(rows // 10, changes, "few"), materialising(rows, changes, "many")
    return [
        Measure(
            f"datasets: materialise {changes:,} changes of {rows:,} rows", f"{many:.1f} s",
            f"{few:.1f} s of {rows // 10:,} rows", many / few, " ×", "at most", MATERIALISE_MAXIMUM,
        )
    ]  # fmt: skip


def main(what: str, *given: str) -> None:
    """Do one part in an installation, and print what it found as JSON."""
    if what == "invent":
        found: Any = invent(int(given[0]), Path(given[1]))
    elif what == "copy":
        found = copy(Path(given[0]))
    elif what == "load":
        found = load(int(given[0]), Path(given[1]))
    else:
        assert what == "changes", what
        found = [asdict(measure) for measure in changing(int(given[0]), int(given[1]))]
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
