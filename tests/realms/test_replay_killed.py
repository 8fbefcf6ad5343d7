"""A replay as a process: begun in a new folder, and killed in the middle, again and again."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.db import connection

from tests.kernel.journal.logs import own_environment, sequence
from tests.realms.test_replay import HEADER, replayed, rows
from tianqu.kernel.journal.api import check_log, our_key, our_log

pytestmark = pytest.mark.slow
LINES = 3_000
KILLS = 3
BATCH = 20
MORE_BETWEEN_KILLS = 10 * BATCH
SECONDS_MAX = 120
_AT_WORK = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'"
    " AND pid <> pg_backend_pid()"
)


def orders_here() -> int:
    count = rows("SELECT count(*) FROM orders_order")[0][0]
    assert isinstance(count, int)
    return count


def killed_in_the_middle(file: Path, *, after: int) -> None:
    """Start a replay in a process of its own, and kill it when it has brought in some more."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tianqu", "replay", str(file), "--batch", str(BATCH)],
        env=own_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    until = time.monotonic() + SECONDS_MAX
    try:
        while orders_here() < after:
            assert process.poll() is None, "the replay ended before it was killed"
            assert time.monotonic() < until, "the replay does not get on"
    finally:
        process.kill()
        process.wait(SECONDS_MAX)
    while rows(_AT_WORK) != [(0,)]:  # its connections may still be writing
        assert time.monotonic() < until, "its connections do not end"


@pytest.mark.django_db(transaction=True)
def test_every_line_once_whenever_it_is_killed(realm: None, own_log: Path, tmp_path: Path) -> None:
    keys = [f"K{number % (LINES - 5)}" for number in range(LINES)]  # the last five come again
    file = tmp_path / "requests.csv"
    lines = [
        f"{key},NYCC{number % 51 + 1:02d},2016-03-01,2016-03-04,Utilities,,,,,," for number, key in enumerate(keys)
    ]
    file.write_text("\n".join([HEADER, *lines, "K-1,NYCC99,2016-03-01,,Utilities,,,,,,", ""]))
    before = 0
    for _kill in range(KILLS):
        killed_in_the_middle(file, after=before + MORE_BETWEEN_KILLS)
        before = orders_here()
        assert before < LINES
        assert rows("SELECT count(*) FROM journal_entry WHERE act = 'orders.import'") == [(2 * before,)]
    report, refusals = replayed(file)
    assert (report.taken, report.known, report.refused) == (LINES - before, before, 1)
    assert [line for line, _key, _reason in refusals] == [LINES + 2]
    report, _refusals = replayed(file)
    assert (report.taken, report.known) == (0, LINES)
    wanted = {*(f"nyc-council:K{number}" for number in range(LINES - 5))} | {f"nyc-council:K{n}#2" for n in range(5)}
    assert {row[0] for row in rows("SELECT source_key FROM orders_order")} == wanted
    assert rows("SELECT count(*), count(DISTINCT order_id), sum(sequence) FROM orders_event") == [
        (2 * LINES, LINES, 3 * LINES)
    ]
    entries = rows("SELECT subject, count(*) FROM journal_entry WHERE act = 'orders.import' GROUP BY 1")
    assert len(entries) == LINES and {count for _subject, count in entries} == {2}
    sequence()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM journal_entry")
        (total,) = cursor.fetchone()
    check = check_log(our_log(), our_key().verifier)
    assert (check.faults, check.entries, check.unplaced) == ([], total, 0)


def test_a_new_folder_needs_nothing_before(tmp_path: Path) -> None:
    file = tmp_path / "requests.csv"
    file.write_text(
        f"{HEADER}\nK1,NYCC01,2016-03-01,2016-03-04,Utilities,,,,,,\nK2,NYCC99,2016-03-01,,Utilities,,,,,,\n"
    )
    environment = {name: value for name, value in os.environ.items() if name != "TIANQU_DATABASE_URL"}
    for said in ("1 brought in, 0 were here already, 1 refused", "0 brought in, 1 were here already, 1 refused"):
        told = subprocess.run(
            [sys.executable, "-m", "tianqu", "replay", str(file)], capture_output=True, text=True,
            env=environment | {"TIANQU_VAR": str(tmp_path / "var"), "TIANQU_REALM": "nyc-council"},
        )  # fmt: skip
        assert told.returncode == 1, told.stderr
        assert said in told.stdout and "line 3 (nyc-council:K2)" in told.stderr
