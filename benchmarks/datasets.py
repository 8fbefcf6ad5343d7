"""Datasets beside plain DuckDB: taking a file in, questions, pages, and what materialising a change costs.

    python -m benchmarks.datasets files ROWS
    python -m benchmarks.datasets changes ROWS CHANGES

Materialising is measured over a tenth of ROWS and over all of them. Each runs in a process of its own, so that one that
was broken off can be run again without the other.
"""

from __future__ import annotations

import json
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from tianqu.project.starting import start_django

start_django()

import duckdb  # noqa: E402  Django is set up first
from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from benchmarks.table import Measure  # noqa: E402
from tianqu.kernel.datasets import api  # noqa: E402
from tianqu.kernel.datasets.parts import write_part  # noqa: E402
from tianqu.kernel.datasets.row_files import making_engine  # noqa: E402
from tianqu.kernel.datasets.statements import Stored  # noqa: E402
from tianqu.kernel.journal.api import INSERT_ENTRY, SYSTEM, log_size, prepare_entry  # noqa: E402

INGEST_MINIMUM: Final = 0.5
QUESTION_MAXIMUM: Final = 1.25
PAGE_MS_MAXIMUM: Final = 100
MATERIALISE_MAXIMUM: Final = 1.3
ROUNDS: Final = 5
COLUMNS: Final = (
    api.Column("county", "text"), api.Column("day", "date"), api.Column("kind", "integer"),
    api.Column("amount", "decimal", decimals=2), api.Column("firms", "integer"), api.Column("done", "boolean"),
)  # fmt: skip
INVENTED: Final = (
    "SELECT 'c' || (range % 13) AS county, DATE '2020-01-01' + CAST(hash(range) % 1000 AS INTEGER) AS day,"
    " hash(range) % 200 AS kind, CAST((hash(range) % 1000000) / 100 AS DECIMAL(18, 2)) AS amount,"
    " hash(range) % 50 AS firms, range % 3 = 0 AS done FROM range({})"
)


def timed(do: Callable[[], Any]) -> float:
    """Seconds that something takes."""
    begun = time.perf_counter()
    do()
    return time.perf_counter() - begun


def median(do: Callable[[], Any]) -> float:
    """The median of some rounds, after one to get warm."""
    do()
    return statistics.median(timed(do) for _round in range(ROUNDS))


def ingesting(folder: Path, rows: int) -> tuple[list[Measure], api.Ingested]:
    """A file of CSV into a part, beside the engine's own COPY."""
    path, plain = folder / "rows.csv", folder / "plain.parquet"
    beside = duckdb.connect(config={"threads": settings.TIANQU_QUERY_THREADS})
    beside.execute(f"COPY ({INVENTED.format(rows)}) TO '{path}' (HEADER)")
    copy = f"COPY (FROM read_csv('{path}')) TO '{plain}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)"
    theirs = timed(lambda: beside.execute(copy))
    beside.close()
    taken: list[api.Ingested] = []
    ours = timed(lambda: taken.append(api.ingest(path, "csv", api.Schema(COLUMNS))))
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    path.unlink()
    assert taken[0].rows == rows
    return [
        Measure(
            f"datasets: take in {rows:,} rows of CSV", f"{rows / ours:,.0f} rows/s",
            f"{rows / theirs:,.0f} rows/s COPY",
            theirs / ours, " ×", "at least", INGEST_MINIMUM,
        ),
        Measure("  peak memory of both", f"{megabytes:,.0f} MB", "", megabytes, " MB", "at most", 2_000),
    ], taken[0]  # fmt: skip


def asking(folder: Path, taken: api.Ingested) -> list[Measure]:
    """Questions through the reading layer beside the same in plain DuckDB, and pages."""
    schema = api.Schema(COLUMNS)
    opened = api.Opened(api.Dataset(code="b"), api.Version(number=1, rows=taken.rows), "whole",
                        Stored(schema, taken.parts, 0))  # fmt: skip
    plain = folder / "plain.parquet"
    beside = duckdb.connect(config={"threads": settings.TIANQU_QUERY_THREADS})
    beside.execute("SET TimeZone = 'UTC'")
    total = api.Measure("sum", "amount")
    questions = (
        ("group by", api.Question(group=("county", "kind"), measures=(total,), limit=50),
         "SELECT county, kind, sum(amount) FROM '{}' GROUP BY 1, 2 ORDER BY 1, 2 LIMIT 51"),
        ("filtered count", api.Question(conditions=(api.Condition("kind", "eq", (7,)),),
                                        measures=(api.Measure("count"),)),
         "SELECT count(*) FROM '{}' WHERE kind = 7"),
        ("top 10", api.Question(group=("kind",), measures=(total,), sort="-" + total.name, limit=10),
         "SELECT kind, sum(amount) AS s FROM '{}' GROUP BY 1 ORDER BY s DESC LIMIT 11"),
    )  # fmt: skip
    measures = []
    for name, question, sql in questions:
        ours = median(lambda question=question: api.groups_page(opened, question))
        theirs = median(lambda sql=sql: beside.execute(sql.format(plain)).fetchall())
        measures.append(
            Measure(
                f"datasets: {name} of {taken.rows:,} rows", f"{ours * 1000:,.0f} ms", f"{theirs * 1000:,.0f} ms DuckDB",
                ours / theirs, " ×", "at most", QUESTION_MAXIMUM,
            )
        )  # fmt: skip
    beside.close()
    first = median(lambda: api.rows_page(opened, api.Question()))
    far = api.rows_page(opened, api.Question())
    deep = median(lambda: api.rows_page(opened, api.Question(after=_mark(min(10_000 * 50, taken.rows - 100)))))
    assert len(far.rows) == 50
    return [
        *measures,
        Measure("datasets: first page", f"{first * 1000:.0f} ms", "", first * 1000, " ms", "at most", PAGE_MS_MAXIMUM),
        Measure("datasets: page 10,000", f"{deep * 1000:.0f} ms", "", deep * 1000, " ms", "at most", PAGE_MS_MAXIMUM),
    ]  # fmt: skip


def _mark(row: int) -> str:
    from tianqu.kernel.datasets.questions import Mark

    return Mark(1, None, row).text()


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
        cursor.execute("ANALYZE journal_entry, journal_sequence")


def changing(rows: int, changes: int) -> list[Measure]:
    """What it costs to materialise so many changes over a tenth of the rows, and over all of them."""
    few, many = materialising(rows // 10, changes, "few"), materialising(rows, changes, "many")
    return [
        Measure(
            f"datasets: materialise {changes:,} changes of {rows:,} rows", f"{many:.1f} s",
            f"{few:.1f} s of {rows // 10:,} rows", many / few, " ×", "at most", MATERIALISE_MAXIMUM,
        )
    ]  # fmt: skip


def main(what: str, rows: int, changes: int = 0) -> None:
    """Measure, and print the lines as JSON."""
    with tempfile.TemporaryDirectory(dir=settings.VAR) as name:
        settings.TIANQU_DATASETS_URL = f"{name}/store"
        if what == "changes":
            measures = changing(rows, changes)
        else:
            assert what == "files", what
            measures, taken = ingesting(Path(name), rows)
            measures += asking(Path(name), taken)
        api.forget_engine()
    print(json.dumps([asdict(measure) for measure in measures]))


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
