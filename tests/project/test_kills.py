"""kill -9 of every part under load: what was acknowledged is there, once, with its entry; the log and clocks hold."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Any

import psutil
import psycopg
import pytest

from tests.project.clients import Clients
from tests.project.running import ROOT, Installation, assert_gone
from tests.waiting import until
from tianqu.project.database import socket_folder
from tianqu.project.embedded.installation import cluster_in

pytestmark = pytest.mark.slow

ROUNDS = int(os.environ.get("TIANQU_KILL_ROUNDS", "20"))
CLIENTS = 4
HEALED_SECONDS_MAX = 180  # on a machine that does much else beside
ACKNOWLEDGED_BETWEEN_KILLS = 15
DUE_EVERY_SECONDS = 2.0
DUE_COUNT = 30 + 40 * ROUNDS
LATE_SECONDS_MAX = 150  # the worker looks at the clocks once a minute


@pytest.fixture
def installation() -> Iterator[Installation]:
    var = Path(tempfile.mkdtemp(prefix="tianqu-kills-"))
    running = Installation(var, TIANQU_API_STRANGER_PER_MINUTE="1000000")
    drain = Thread(target=running.listen, daemon=True)
    drain.start()
    subprocess.run(
        [sys.executable, "-m", "tests.project.kill_stage", str(DUE_COUNT), str(DUE_EVERY_SECONDS)],
        cwd=ROOT, env=running.environment, check=True,
    )  # fmt: skip
    yield running
    tree = running.tree() if running.process.poll() is None else []
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(60) == 0
    drain.join(60)
    running.end()
    assert_gone(tree)
    shutil.rmtree(var)
    shutil.rmtree(socket_folder(var), ignore_errors=True)


def healed(what: str, holds: Callable[[], bool]) -> None:
    until(what, holds, seconds=HEALED_SECONDS_MAX, look_seconds=0.2)


def one_web_process(installation: Installation) -> psutil.Process:
    return random.choice(installation.part("granian").children())


def one_backend(installation: Installation) -> psutil.Process:
    server = psutil.Process(postmaster(installation).pid)
    backends = [child for child in server.children() if "[local]" in " ".join(child.cmdline())]
    return random.choice(backends)


def postmaster(installation: Installation) -> psutil.Process:
    return installation.part("tianqu.project.embedded.keeper").children()[0]


VICTIMS: dict[str, Callable[[Installation], psutil.Process]] = {
    "web process": one_web_process,
    "web server": lambda installation: installation.part("granian"),
    "worker": lambda installation: installation.part("tianqu jobs"),
    "sequencer": lambda installation: installation.part("journal sequence"),
    "database backend": one_backend,
    "database server": postmaster,
}


def test_what_was_acknowledged_survives_every_kill(installation: Installation) -> None:
    clients = Clients(f"http://127.0.0.1:{installation.port}", count=CLIENTS)
    clients.start()
    try:
        clients.wait_for_more(ACKNOWLEDGED_BETWEEN_KILLS, seconds=HEALED_SECONDS_MAX)
        for number in range(ROUNDS):
            for name, find in VICTIMS.items():
                healed(f"there is a {name} to kill", lambda find=find: found(installation, find))
                kill_and_heal(installation, clients, find(installation), f"{name}, round {number + 1}")
            sys.stderr.write(f"round {number + 1}: {clients.summary()}\n")
    finally:
        clients.stop()
    assert not clients.refusals, clients.refusals[:5]
    with rows_of(installation) as rows:
        ended = datetime.now(UTC)
        healed("every entry has its place in the log", lambda: rows.count(_WAITING) == 0)
        placed = rows.count("SELECT count(*) FROM journal_sequence")
        healed("every entry is published", lambda: published(installation) >= placed)
        until("each due clock has fired", lambda: rows.count(_UNFIRED, ended) == 0, seconds=LATE_SECONDS_MAX)
        check_acknowledgements(rows, clients)
        check_journal(rows)
    told = installation.run("journal", "verify")
    assert told.returncode == 0, told.stdout + told.stderr
    sys.stderr.write(f"{clients.summary()}\n{told.stdout}")
    check_one_proof_offline(installation)


def found(installation: Installation, find: Callable[[Installation], psutil.Process]) -> bool:
    try:
        find(installation)
    except (StopIteration, IndexError, psutil.NoSuchProcess):
        return False
    return True


def gone(process: psutil.Process) -> bool:
    """Whether it has ended; it may do so between any two looks at it."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def kill_and_heal(installation: Installation, clients: Clients, victim: psutil.Process, what: str) -> None:
    """Kill one process, and wait until the installation takes requests and publishes them again."""
    victim.kill()
    healed(f"{what} is gone", lambda: gone(victim))
    clients.wait_for_more(ACKNOWLEDGED_BETWEEN_KILLS, seconds=HEALED_SECONDS_MAX, what=what)
    size = clients.log_size()
    healed(f"the log grows after {what}", lambda: clients.log_size() > size)


class Rows:
    """The rows of the installation's database, past all walls."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection = connection
        self.all("SELECT set_config('tianqu.everything', 'on', false)")

    def __enter__(self) -> Rows:
        return self

    def __exit__(self, *_error: object) -> None:
        self.connection.close()

    def all(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        return self.connection.execute(statement, values).fetchall()

    def count(self, statement: str, *values: Any) -> int:
        return int(self.all(statement, *values)[0][0])


def rows_of(installation: Installation) -> Rows:
    return Rows(cluster_in(installation.var).connect(user="tianqu", database="tianqu"))


_WAITING = (
    "SELECT count(*) FROM journal_entry e WHERE NOT EXISTS (SELECT FROM journal_sequence s WHERE s.entry_id = e.id)"
)
_UNFIRED = (
    "SELECT count(*) FROM orders_clock WHERE kind = 'dispatch' AND stopped_at IS NULL AND breached_at IS NULL"
    " AND due_at < %s"
)


def check_acknowledgements(rows: Rows, clients: Clients) -> None:
    """Count acknowledgements against rows: nothing lost, nothing twice, nothing that nobody sent."""
    stored = {str(row[0]) for row in rows.all("SELECT o.id FROM orders_order o JOIN orders_item i ON i.id = o.item_id"
                                              " WHERE i.code = 'lamp.sent'")}  # fmt: skip
    placed = clients.placed_ids()
    assert len(placed) == len(set(placed)), "two acknowledgements name one order"
    assert set(placed) <= stored, "an acknowledged request is lost"
    assert stored <= set(placed) | clients.abandoned_ids(), "a row that nobody sent"
    comments = rows.all("SELECT note, count(*) FROM orders_event WHERE act = 'orders.comment' GROUP BY note")
    assert all(count == 1 for _note, count in comments), "one comment was kept twice"
    assert {note for note, _count in comments} == clients.commented(), "comments were lost or made up"
    for table in ("asker", "clock", "event"):
        without = rows.count(
            f"SELECT count(*) FROM orders_order o WHERE NOT EXISTS (SELECT FROM orders_{table} WHERE order_id = o.id)"
        )
        assert without == 0, f"{without} orders without {table}"
    fired = rows.all("SELECT order_id, count(*) FROM orders_event WHERE act = 'orders.escalate' GROUP BY order_id")
    assert fired, "no clock came due"
    assert all(count == 1 for _order, count in fired), "a clock fired twice"


def check_journal(rows: Rows) -> None:
    """Each event has its entry, no more and no less; no number is left out."""
    differing = rows.all(
        "SELECT o.id, e.events, j.entries FROM orders_order o"
        " JOIN LATERAL (SELECT count(*) AS events, max(sequence) AS last FROM orders_event WHERE order_id = o.id) e"
        " ON true JOIN LATERAL (SELECT count(*) AS entries FROM journal_entry WHERE subject = 'order:' || o.id) j"
        " ON true WHERE e.events <> j.entries OR e.events <> e.last OR o.last_event <> e.last"
    )
    assert not differing, differing[:5]
    gaps = "SELECT count(*) - 1 - max(index) FROM journal_sequence"
    assert rows.count(gaps) == 0
    assert rows.all("SELECT book FROM journal_book b WHERE last <> (SELECT count(*) FROM journal_entry e"
                    " WHERE e.book = b.book)") == []  # fmt: skip
    assert rows.count("SELECT count(*) FROM journal_opened") == 0


def published(installation: Installation) -> int:
    """How many entries the published checkpoint holds."""
    return int(Clients.get(f"http://127.0.0.1:{installation.port}/log/checkpoint").splitlines()[1])


def check_one_proof_offline(installation: Installation) -> None:
    """The proof of the newest published entry is good on any machine, with the key alone."""
    address = f"http://127.0.0.1:{installation.port}"
    key = Clients.get(f"{address}/log/key").strip()
    size = published(installation)
    proof = installation.var / "newest.tlog-proof"
    proof.write_text(Clients.get(f"{address}/proof/{size - 1}.tlog-proof"))
    told = installation.run("verify", str(proof), "--key", key)
    assert told.returncode == 0, told.stdout + told.stderr
    assert "VERIFIED" in told.stdout
