"""Posters of villages: bytes and queries of the page, time of the paper, posters a minute of a whole quarter.

    python -m benchmarks.walls VILLAGES

The books and registers are those that the demonstration invents for one county. The quarter is made as ``tianqu wall
publish`` makes it, by two processes with the sequencer's work in it; what it comes to for all 8,096 villages is told.
"""

from __future__ import annotations

import json
import resource
import statistics
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Final

from tianqu.project.starting import start_django

start_django()

import psutil  # noqa: E402
from django.db import connection  # noqa: E402  Django is set up first
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from benchmarks.table import Measure  # noqa: E402
from tianqu.kernel.journal.api import SYSTEM, set_scope  # noqa: E402
from tianqu.packs.village.demo.edition import read_seats, read_words  # noqa: E402
from tianqu.packs.village.demo.writing import write_villages  # noqa: E402
from tianqu.packs.village.wall.paper import poster_pdf  # noqa: E402
from tianqu.packs.village.wall.quarters import parse_quarter  # noqa: E402
from tianqu.packs.village.wall.queries import Edition, edition_called  # noqa: E402
from tianqu.project.realms import realm_path  # noqa: E402
from tianqu.project.wall_run import WallRun  # noqa: E402

SEED: Final = 20_200_101
QUARTER: Final = "2020Q3"
ALL: Final = 8_096
WORKERS = CORES = 2
PAGE_BYTES_MAX, QUERIES_MAX, PDF_SECONDS_MAX, ALL_MINUTES_MAX = 100_000, 10, 1.0, 30.0
LOOKED_AT: Final = 40  # villages whose page and paper are measured


def invented(count: int) -> list[str]:
    """Bring in the villages of one county, as many as are asked for by whole townships; return their codes."""
    realm = realm_path("dezhou")
    words = read_words(realm)
    assert words is not None
    seats = [seat for seat in read_seats(realm, words) if seat.county == words.told["sample"]][:count]
    write_villages(words, seats, seed=SEED, tell=lambda done, of: print(f"{done}/{of}", file=sys.stderr, flush=True))
    return [seat.code for seat in seats]


def processor() -> float:
    """Processor seconds of this process, of those that it has had, and of the database's server."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in used) + of_server()


def of_server() -> float:
    """Processor seconds of PostgreSQL: of its first process, of those that have ended, and of those that work."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        first = psutil.Process(cursor.fetchone()[0]).parent()
    assert first is not None
    times = [first.cpu_times(), *(each.cpu_times() for each in first.children())]
    return sum(each.user + each.system for each in times) + times[0].children_user + times[0].children_system


def quarter_of_all(folder: Path) -> tuple[WallRun, float]:
    """Publish and print the quarter of every village there is; return the run and its processor seconds."""
    begun = processor()
    run = WallRun(parse_quarter(QUARTER), folder=folder, workers=WORKERS, bar=False)
    run.run()
    assert not run.refused, run.refused
    return run, processor() - begun


def pages(codes: list[str]) -> tuple[int, int]:
    """The most bytes and the most queries of a page."""
    client = Client(SERVER_NAME="localhost", HTTP_ACCEPT_LANGUAGE="zh-hans")
    most_bytes = most_queries = 0
    client.get(f"/wall/{codes[0]}/")  # what is kept in memory is read
    for code in codes:
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(f"/wall/{code}/{QUARTER}/")
        assert answer.status_code == 200
        most_bytes, most_queries = max(most_bytes, len(answer.content)), max(most_queries, len(asked))
    return most_bytes, most_queries


def papers(codes: list[str], size: str) -> tuple[float, float]:
    """Seconds of the middle paper and of the slowest, each the better of two: on a busy machine one has to wait."""
    set_scope(SYSTEM.scope)
    seconds = []
    for code in codes:
        edition = edition_called(code, quarter=QUARTER)
        seconds.append(min(timed(edition, size) for _time in range(2)))
    return statistics.median(seconds), max(seconds)


def timed(edition: Edition, size: str) -> float:
    """Seconds that a paper takes."""
    begun = time.perf_counter()
    poster_pdf(edition, size=size, language="zh")
    return time.perf_counter() - begun


def main(count: int) -> None:
    """Measure, and print the lines as JSON."""
    codes = invented(count)
    with tempfile.TemporaryDirectory() as folder:
        run, used = quarter_of_all(Path(folder))
    some = codes[:: max(1, len(codes) // LOOKED_AT)]
    most_bytes, most_queries = pages(some)
    rows = {size: papers(some, size) for size in ("a3", "a4")}
    each = used / run.printed
    minutes, by_clock = (seconds * ALL / 60 for seconds in (each / CORES, run.seconds / run.printed))
    measures = [
        Measure(
            "a village's poster: bytes of the page, at most", f"{most_bytes:,}", reached=most_bytes, unit=" bytes",
            direction="at most", bound=PAGE_BYTES_MAX,
        ),
        Measure(
            "the same: queries, at most", f"{most_queries}", reached=most_queries, unit="", direction="at most",
            bound=QUERIES_MAX,
        ),
        *(
            Measure(
                f"the same: PDF in {size.upper()}, the slowest", f"{middle * 1000:.0f} ms the middle one",
                reached=slowest, unit=" s", direction="at most", bound=PDF_SECONDS_MAX,
            )
            for size, (middle, slowest) in rows.items()
        ),
        Measure(
            f"{ALL:,} posters on {CORES} cores, from {run.printed:,}: processor time, server included",
            f"{each:.2f} s each, {60 * CORES / each:,.0f} a minute", f"{by_clock:.0f} min by the clock here",
            reached=minutes, unit=" min", direction="at most", bound=ALL_MINUTES_MAX,
        ),
    ]  # fmt: skip
    print(json.dumps([asdict(measure) for measure in measures]))


if __name__ == "__main__":
    main(int(sys.argv[1]))
