"""How fast a replay is against raw COPY of the same rows, how much memory it takes, and whether it is linear.

    python -m benchmarks.replay [FILE]

FILE is the list of the New York council's requests; without it one of the same shape is made up. Works in databases of
its own beside the configured one, with synchronous_commit on. The raw side copies, in PostgreSQL's binary format and in
one transaction, the very rows that the replay left (orders, events, journal entries with their leaves) into tables with
the same columns, checks and indexes, but without foreign keys, triggers and row-level security; for comparison, once
more with the foreign keys.
"""

from __future__ import annotations

import csv
import gzip
import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tianqu.project.starting import start_django

start_django()

from django.db import connection, transaction  # noqa: E402  Django is set up first

from tianqu.kernel.journal.api import SYSTEM, seeing  # noqa: E402
from tianqu.kernel.orders.api import forget_catalogue  # noqa: E402
from tianqu.kernel.places.api import forget_actors  # noqa: E402
from tianqu.project.realm_content import prepare_realm  # noqa: E402
from tianqu.project.replay_run import Replay  # noqa: E402

REALM = "nyc-council"
ROWS = 341_299
TABLES = ("orders_order", "orders_event", "journal_entry")
RATIO_MINIMUM = 0.5  # of raw COPY, that issue 2 asks for
MEGABYTES_MAXIMUM = 600
GROWTH_MAXIMUM = 11.0  # ten times the rows
CHUNK = 1 << 20


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


def made_up(path: Path) -> None:
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
        for number in range(ROWS):
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


def replayed(path: Path, folder: Path) -> tuple[int, float]:
    """Replay a file; return how many orders came in and the seconds it took."""
    with Replay(path, realm=REALM, refused_path=folder / "refused.csv", bar=sys.stderr.isatty()) as replay:
        report = replay.run()
    return report.taken, replay.seconds


def raw_seconds(folder: Path, *, keys: bool) -> float:
    """Copy the rows that are there into raw tables, in one transaction, and return the seconds it took.

    With ``keys`` these tables have the same foreign keys too.
    """
    with seeing(SYSTEM.scope), connection.cursor() as cursor:
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
        begun = time.monotonic()
        with transaction.atomic():
            for table in TABLES:
                with (
                    (folder / table).open("rb") as file,
                    cursor.copy(f"COPY raw_{table} FROM STDIN (FORMAT BINARY)") as to,
                ):
                    while block := file.read(CHUNK):
                        to.write(block)
        return time.monotonic() - begun


def _may_checkpoint() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        row = cursor.fetchone()
    return bool(row and row[0])


def main() -> int:
    """Measure, print, and return 1 if a target was missed."""
    with tempfile.TemporaryDirectory(prefix="tianqu-benchmark-") as name:
        folder = Path(name)
        file = Path(sys.argv[1]) if len(sys.argv) > 1 else folder / "requests.csv.gz"
        if len(sys.argv) <= 1:
            made_up(file)
        tenth_of(file, folder / "tenth.csv")
        with own_database():
            few, few_seconds = replayed(folder / "tenth.csv", folder)
        with own_database():
            taken, seconds = replayed(file, folder)
            megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            raw = raw_seconds(folder, keys=False)
            raw_with_keys = raw_seconds(folder, keys=True)
    ratio = raw / seconds
    growth = (seconds / taken) / (few_seconds / few) * 10
    print(
        f"replay                {taken:>10,} requests, two entries each, in {seconds:.1f} s ({taken / seconds:,.0f}/s)"
    )
    print(f"raw COPY of its rows  {raw:>10.1f} s")
    print(f"ratio                 {ratio:>10.2f} x raw COPY (at least {RATIO_MINIMUM})")
    print(f"                      {raw_with_keys / seconds:>10.2f} x raw COPY into tables with the same foreign keys")
    print(f"memory                {megabytes:>10.0f} MB (at most {MEGABYTES_MAXIMUM})")
    print(f"ten times the rows    {growth:>10.1f} x the time (at most {GROWTH_MAXIMUM:.0f})")
    return int(ratio < RATIO_MINIMUM or megabytes > MEGABYTES_MAXIMUM or growth > GROWTH_MAXIMUM)


if __name__ == "__main__":
    sys.exit(main())
