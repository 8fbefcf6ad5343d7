"""How fast a replay is against raw COPY of the same rows, how much memory it takes, and whether it is linear.

    python -m benchmarks.replay [ROWS [FILE]]

FILE is the list of the New York council's requests; without it one of the same shape and ROWS rows is made up. Works in
databases of its own beside the configured one, with synchronous_commit on. The raw side copies, in PostgreSQL's binary
format and in one transaction, the very rows that the replay left (orders, events, journal entries with their leaves)
into tables with the same columns, checks and indexes, but without foreign keys, triggers and row-level security; for
comparison, once more with the foreign keys. Processor time is that of this process and of the whole database server.
"""

from __future__ import annotations

import csv
import gzip
import json
import os
import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from tianqu.project.starting import start_django

start_django()

import psutil  # noqa: E402  Django is set up first
from django.db import connection, transaction  # noqa: E402

from benchmarks.table import Measure  # noqa: E402
from tianqu.kernel.journal.api import SYSTEM, seeing  # noqa: E402
from tianqu.kernel.orders.api import forget_catalogue  # noqa: E402
from tianqu.kernel.places.api import forget_actors  # noqa: E402
from tianqu.project.realm_content import prepare_realm  # noqa: E402
from tianqu.project.replay_run import Replay  # noqa: E402
from tianqu.project.roles import as_owner  # noqa: E402

REALM = "nyc-council"
ROWS = 341_299
TABLES = ("orders_order", "orders_event", "journal_entry")
RATIO_MINIMUM = 0.5  # of raw COPY, that issue 2 asks for
MEGABYTES_MAXIMUM = 600
GROWTH_MAXIMUM = 11.0  # ten times the rows
CHUNK = 1 << 20
ENDING_SECONDS = 0.5  # in which a connection's process ends, and the server counts its time


@dataclass
class Spent:
    """What something took, in seconds: of the clock, of this process's and of the database server's processor time."""

    elapsed: float = 0.0
    own: float = 0.0
    server: float = 0.0

    @property
    def processor(self) -> float:
        return self.own + self.server

    def __str__(self) -> str:
        return f"{self.processor:.1f} s ({self.own:.1f} + {self.server:.1f} database)"


@contextmanager
def spending() -> Iterator[Spent]:
    """Count what the block takes; known when it has ended."""
    spent, server = Spent(), _server()
    elapsed, own, server_before = time.monotonic(), sum(os.times()[:2]), _processor_time(server)
    yield spent
    spent.elapsed = time.monotonic() - elapsed
    spent.own = sum(os.times()[:2]) - own
    time.sleep(ENDING_SECONDS)
    spent.server = _processor_time(server) - server_before


def _server() -> psutil.Process:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()
    server = psutil.Process(backend).parent()
    assert server is not None
    return server


def _processor_time(server: psutil.Process) -> float:
    """Of a process, of its children, and of those that have ended."""
    seconds = float(sum(server.cpu_times()[:4]))
    for child in server.children():
        with suppress(psutil.NoSuchProcess):  # it ends just now
            seconds += sum(child.cpu_times()[:2])
    return seconds


@contextmanager
def own_database() -> Iterator[None]:
    """A database that nobody else uses, with the realm in it."""
    connection.settings_dict["TEST"]["NAME"] = "tianqu_benchmark_replay"
    name = connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    forget_actors()
    forget_catalogue()
    prepare_realm(REALM)
    try:
        yield
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)
        forget_actors()
        forget_catalogue()


def made_up(path: Path, rows: int) -> None:
    """Write a file of the same shape and size."""
    chance = random.Random(1)
    with gzip.open(path, "wt", encoding="utf-8", newline="", compresslevel=1) as file:
        writer = csv.writer(file)
        writer.writerow(
            [
                "unique_key",
                "account",
                "opendate",
                "closedate",
                "complaint_type",
                "descriptor",
                "zip",
                "borough",
                "city",
                "council_dist",
                "community_board",
            ]
        )
        for number in range(rows):
            day = f"{chance.randrange(2015, 2024)}-{chance.randrange(1, 13):02d}-{chance.randrange(1, 15):02d}"
            closed = f"{day[:8]}{chance.randrange(15, 29):02d}" if chance.random() < 0.96 else ""
            district = f"NYCC{chance.randrange(1, 52):02d}"
            place = ["11237", "Brooklyn", "Brooklyn", district, "04 Brooklyn"]
            writer.writerow([f"{district}5{number:06d}", district, day, closed, "Utilities", "Con Edison", *place])


def tenth_of(path: Path, to: Path) -> None:
    """Write every tenth line of a file."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines, to.open("w", encoding="utf-8") as out:
        for number, line in enumerate(lines):
            if number == 0 or number % 10 == 1:
                out.write(line)


def replayed(path: Path, folder: Path) -> tuple[int, Spent]:
    """Replay a file; return how many orders came in and what it took."""
    replaying = Replay(path, realm=REALM, refused_path=folder / "refused.csv", bar=sys.stderr.isatty())
    with replaying as replay, spending() as spent:
        report = replay.run()
    return report.taken, spent


def raw_copy(folder: Path, *, keys: bool) -> Spent:
    """Copy the rows that are there into raw tables, in one transaction, and return what it took.

    With ``keys`` these tables have the same foreign keys too.
    """
    with as_owner(), seeing(SYSTEM.scope), connection.cursor() as cursor:
        for table in TABLES:
            with (folder / table).open("wb") as file, cursor.copy(f"COPY {table} TO STDOUT (FORMAT BINARY)") as copy:
                for block in copy:
                    file.write(block)
            cursor.execute(f"DROP TABLE IF EXISTS raw_{table} CASCADE")
            cursor.execute(f"CREATE TABLE raw_{table} (LIKE {table} INCLUDING ALL)")
        for table in TABLES if keys else ():
            cursor.execute(
                "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f' AND conrelid = %s::regclass",
                [table],
            )
            for (definition,) in cursor.fetchall():
                definition = definition.replace("REFERENCES orders_order", "REFERENCES raw_orders_order")
                cursor.execute(f"ALTER TABLE raw_{table} ADD {definition}")
        cursor.execute("CHECKPOINT" if _may_checkpoint() else "SELECT 1")
        with spending() as spent, transaction.atomic():
            for table in TABLES:
                with (
                    (folder / table).open("rb") as file,
                    cursor.copy(f"COPY raw_{table} FROM STDIN (FORMAT BINARY)") as to,
                ):
                    while block := file.read(CHUNK):
                        to.write(block)
    return spent


def _may_checkpoint() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        row = cursor.fetchone()
    return bool(row and row[0])


def measures(given: Path | None, rows: int) -> list[Measure]:
    """Replay a tenth and all of it, copy the same rows raw; the lines of the table."""
    with tempfile.TemporaryDirectory(prefix="tianqu-benchmark-") as name:
        folder = Path(name)
        file = given or folder / "requests.csv.gz"
        if given is None:
            made_up(file, rows)
        tenth_of(file, folder / "tenth.csv")
        with own_database():
            few, few_spent = replayed(folder / "tenth.csv", folder)
        with own_database():
            taken, spent = replayed(file, folder)
            megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            raw = raw_copy(folder, keys=False)
            raw_with_keys = raw_copy(folder, keys=True)
    seconds, few_seconds = spent.elapsed, few_spent.elapsed
    growth = (seconds / taken) / (few_seconds / few) * 10
    return [
        Measure(
            f"replay of {taken:,} requests, two entries each", f"{seconds:.1f} s", f"{raw.elapsed:.1f} s raw COPY",
            raw.elapsed / seconds, " ×", "at least", RATIO_MINIMUM,
        ),
        Measure("  processor time, user and system", str(spent), str(raw), raw.processor / spent.processor, " ×"),
        Measure(
            "  beside COPY into tables with the same foreign keys", f"{taken / seconds:,.0f} requests/s",
            f"{raw_with_keys.elapsed:.1f} s", raw_with_keys.elapsed / seconds, " ×",
        ),
        Measure("  memory", f"{megabytes:.0f} MB", "", megabytes, " MB", "at most", MEGABYTES_MAXIMUM),
        Measure(
            "  time for ten times the rows", f"{seconds:.1f} s", f"{few_seconds:.1f} s for {few:,}", growth, " ×",
            "at most", GROWTH_MAXIMUM,
        ),
    ]  # fmt: skip


def main(rows: int = ROWS, file: str = "") -> None:
    """Print the lines as JSON, for the table."""
    print(json.dumps([asdict(measure) for measure in measures(Path(file) if file else None, rows)]))


if __name__ == "__main__":
    main(*(int(sys.argv[1]), *sys.argv[2:3]) if len(sys.argv) > 1 else ())
