"""Orders placed here beside tickets filed with django-helpdesk: same machine, same server, same load, in turns.

django-helpdesk is installed from PyPI into a throw-away virtual environment. It is served by the same granian with as
many workers and threads as ours, from a database of its own on the same PostgreSQL server, with kept connections.
Tickets come in by its own API with a token; without an address of the submitter, so that it renders and sends no mail.
"""

from __future__ import annotations

import json
import os
import random
import secrets
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import orjson

from benchmarks.load import drive, posted
from benchmarks.placing import REQUESTS_A_SECOND, TEXTS, orders
from benchmarks.stack import WORKERS, Installation, Served, free_port, running, wait_until_answers
from benchmarks.table import Measure
from benchmarks.texts import request_text

PEER: Final = Path(__file__).parent / "peer"
REQUIREMENTS: Final = PEER / "requirements.txt"
DATABASE: Final = "tianqu_benchmark_peer"
TIMES_MINIMUM: Final = 4.0  # that issue 2 asks for
THREADS: Final = 2  # a worker, as ours
NAME: Final = "django-helpdesk"


class UnreachableError(Exception):
    """The peer could not be installed."""


@contextmanager
def peer_served(installed: Installation) -> Iterator[tuple[Served, dict[str, Any]]]:
    """Install, prepare and serve the peer. Raises ``UnreachableError`` where PyPI is not to be had."""
    python = _virtual_environment(installed.folder / "peer")
    with installed.connect() as own:
        own.execute(f"CREATE DATABASE {DATABASE}")
    try:
        environment = {
            **os.environ, "PYTHONPATH": str(PEER), "PEER_KEY": secrets.token_hex(32), "PEER_DATABASE": DATABASE,
            "PEER_DATABASE_HOST": installed.database_url.partition("host=")[2],
            "PEER_MEDIA": str(installed.folder / "peer" / "media"),
        }  # fmt: skip
        made = subprocess.run(
            [str(python), "-m", "helpdesk_site"], cwd=PEER, env=environment, check=True, stdout=subprocess.PIPE
        )
        prepared = json.loads(made.stdout.splitlines()[-1])
        port = free_port()
        command = [
            str(python), "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
            "--workers", str(WORKERS), "--blocking-threads", str(THREADS), "--no-ws", "--log-level", "warning",
            "helpdesk_site:application",
        ]  # fmt: skip
        log = installed.folder / "peer" / "granian.log"
        with running(command, environment, folder=PEER, log=log) as process:
            wait_until_answers(f"http://127.0.0.1:{port}/login/", process, log=log)
            yield Served(port, process.pid), prepared
    finally:
        with installed.connect() as own:
            own.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")


def _virtual_environment(folder: Path) -> Path:
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    python = folder / "bin" / "python"
    done = subprocess.run(
        [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "-r", REQUIREMENTS],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        raise UnreachableError(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "pip failed")
    return python


def tickets(prepared: dict[str, Any], *, count: int) -> list[bytes]:
    """Requests to file so many tickets, with the texts that our orders have."""
    chance = random.Random()
    texts = [request_text(chance) for _n in range(TEXTS)]
    headers = {"Authorization": f"Token {prepared['token']}"}
    return [
        posted(
            "/api/tickets/",
            orjson.dumps({
                "queue": prepared["queue"], "title": "下水道堵塞", "description": chance.choice(texts), "priority": 3,
            }),
            headers=headers,
        )
        for _n in range(count)
    ]  # fmt: skip


def measures(installed: Installation, served: Served, *, seconds: float, rounds: int) -> list[Measure]:
    """Place and file in turns; the line of the table."""
    try:
        with peer_served(installed) as (peer, prepared), served.resting("jobs"):
            drive(peer.port, tickets(prepared, count=100), seconds=3)
            ours, theirs, cpu = [], [], []
            for _round in range(rounds):
                load = drive(
                    served.port,
                    orders(dict(installed.prepared), count=int(REQUESTS_A_SECOND * seconds)),
                    seconds=seconds,
                )
                assert load.refused == 0, load.refusal
                ours.append(load.rate)
                before = peer.cpu_seconds()
                load = drive(peer.port, tickets(prepared, count=int(REQUESTS_A_SECOND * seconds)), seconds=seconds)
                assert load.refused == 0, load.refusal
                cpu.append((peer.cpu_seconds() - before) / load.answered * 1000)
                theirs.append(load.rate)
    except UnreachableError as error:
        return [Measure(f"the same beside {NAME}", "not measured", f"it could not be installed: {error}")]
    times = statistics.median(one / other for one, other in zip(ours, theirs, strict=True))
    return [
        Measure(
            f"the same beside {NAME}", f"{statistics.median(ours):,.0f}/s",
            f"{statistics.median(theirs):,.0f}/s, {statistics.median(cpu):.1f} ms each", times, " ×", "at least",
            TIMES_MINIMUM,
        )
    ]  # fmt: skip
