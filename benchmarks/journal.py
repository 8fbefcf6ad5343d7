"""How fast the sequencer places and publishes entries, how far it lags behind writers, how long a proof takes.

    python -m benchmarks.journal [ENTRIES]

Works in a database of its own beside the configured one, and in a folder of its own. synchronous_commit is on.
"""

from __future__ import annotations

import bisect
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from tianqu.project.starting import start_django

start_django()

from django.conf import settings  # noqa: E402  Django is set up first
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from benchmarks.table import Measure  # noqa: E402
from tianqu.kernel.journal.api import (  # noqa: E402
    ENTRY_COLUMNS,
    INSERT_ENTRY,
    SYSTEM,
    Log,
    Sequencer,
    check_log,
    journal_status,
    our_key,
    our_log,
    prepare_entry,
)

WRITERS = 8
LAG_SECONDS = 8
PROOFS = 300
SEQUENCER_MINIMUM = 20_000  # entries/s that issue 2 asks for
LAG_MAXIMUM = 1.0  # s
PROOF_MAXIMUM = 5.0  # ms


@contextmanager
def throwaway(folder: Path) -> Iterator[None]:
    """A database and a log that nobody else uses."""
    settings.VAR = folder
    settings.TIANQU_LOG_URL = str(folder / "log")
    connection.settings_dict["TEST"]["NAME"] = "tianqu_benchmark_journal"
    name = connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


def environment() -> dict[str, str]:
    """What a process needs to work on this benchmark's database and log."""
    database = connection.settings_dict
    query = urlencode({"host": database["HOST"], "port": database["PORT"]})
    user = ":".join(quote(part) for part in (database["USER"], database["PASSWORD"]) if part)
    return {
        **os.environ,
        "TIANQU_DATABASE_URL": f"postgresql://{user}@/{database['NAME']}?{query}",
        "TIANQU_DATABASE_OWNER_URL": "",
        "TIANQU_VAR": str(settings.VAR),
        "TIANQU_LOG_URL": str(settings.TIANQU_LOG_URL),
    }


def bodies(count: int) -> Iterator[tuple[Any, ...]]:
    """Rows of entries about as large as those of a placed order."""
    now = timezone.now()
    words = "The street lamp before the primary school has been dark for a week. " * 4
    for n in range(count):
        after = {"number": n, "text": words, "place": "371402", "state": "placed"}
        yield prepare_entry(act="benchmark.write", subject=f"order:{n}", after=after, actor=SYSTEM, at=now).row()


def load(count: int) -> float:
    """Copy entries in; return the seconds."""
    rows = list(bodies(count))
    started = time.perf_counter()
    sql = f"COPY journal_entry ({', '.join(ENTRY_COLUMNS)}) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(sql) as copy:
        for row in rows:
            copy.write_row(row)
    return time.perf_counter() - started


def sequence_all() -> float:
    """Place and publish everything; return the seconds."""
    sequencer = Sequencer()
    sequencer.start()
    started = time.perf_counter()
    while sequencer.step():
        pass
    seconds = time.perf_counter() - started
    sequencer.stop()
    return seconds


def lag() -> tuple[int, list[float]]:
    """Write from several connections while a sequencer runs; return entries and the lag of each, in seconds."""
    stop = threading.Event()
    committed: list[float] = []
    published: list[tuple[int, float]] = []
    first = our_log().checkpoint().size

    def write() -> None:
        with connection.cursor() as cursor:
            for row in bodies(1_000_000):
                if stop.is_set():
                    break
                cursor.execute(INSERT_ENTRY, row)
                committed.append(time.perf_counter())
        connection.close()

    sequencer = subprocess.Popen(
        [sys.executable, "-m", "tianqu.project.cli", "journal", "sequence"],
        env=environment(),
        stdout=subprocess.DEVNULL,
    )
    while not journal_status().sequencer_at_work:
        assert sequencer.poll() is None, "the sequencer did not start"
        time.sleep(0.1)
    threads = [threading.Thread(target=write) for _n in range(WRITERS)]
    for thread in threads:
        thread.start()
    end = time.perf_counter() + LAG_SECONDS
    while time.perf_counter() < end + 5:
        size = Log(our_log().storage).checkpoint().size
        if not published or size > published[-1][0]:
            published.append((size, time.perf_counter()))
        if time.perf_counter() > end:
            stop.set()
            if not any(thread.is_alive() for thread in threads) and size == first + len(committed):
                break
        time.sleep(0.01)
    sequencer.terminate()
    assert sequencer.wait(10) == 0
    # The n-th commit is covered by the first checkpoint of at least n more entries.
    sizes = [size for size, _at in published]
    lags = []
    for n, at in enumerate(sorted(committed)):
        place = bisect.bisect_left(sizes, first + n + 1)
        lags.append(published[place][1] - at if place < len(published) else float("inf"))
    return len(committed), lags


def proofs() -> list[float]:
    """Milliseconds for each of many inclusion proofs, every tile read from storage anew."""
    size = our_log().checkpoint().size
    times = []
    for _n in range(PROOFS):
        log = Log(our_log().storage)
        index = random.randrange(size)
        started = time.perf_counter()
        log.inclusion_proof(index, size=size)
        times.append((time.perf_counter() - started) * 1000)
    return times


def measures(entries: int) -> list[Measure]:
    """Place entries, follow writers, make proofs, verify; the lines of the table."""
    with tempfile.TemporaryDirectory() as folder, throwaway(Path(folder)):
        copied = load(entries)
        rate = entries / sequence_all()
        written, lags = lag()
        times = proofs()
        size = our_log().checkpoint().size
        started = time.perf_counter()
        check = check_log(our_log(), our_key().verifier)
        seconds = time.perf_counter() - started
    worst, middle, proof = max(lags), statistics.median(lags), statistics.median(times)
    return [
        Measure(
            "sequencer", f"{rate:,.0f} entries/s", f"{entries / copied:,.0f} entries/s COPY", rate, "/s", "at least",
            SEQUENCER_MINIMUM,
        ),
        Measure(
            f"  lag behind {WRITERS} writers, {written / LAG_SECONDS:,.0f} entries/s", f"median {middle:.2f} s",
            f"worst {worst:.2f} s", worst, " s", "at most", LAG_MAXIMUM,
        ),
        Measure(
            f"  inclusion proof at {size:,} entries", f"median {proof:.2f} ms", f"worst {max(times):.2f} ms", proof,
            " ms", "at most", PROOF_MAXIMUM,
        ),
        Measure("  whole log verified", f"{seconds:.1f} s", f"{len(check.faults)} faults"),
    ]  # fmt: skip


def main(entries: int = 200_000) -> None:
    """Print the lines as JSON, for the table."""
    print(json.dumps([asdict(measure) for measure in measures(entries)]))


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
