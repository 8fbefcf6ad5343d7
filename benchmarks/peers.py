"""Serving a peer: installed from PyPI into a throw-away virtual environment, on the same PostgreSQL server.

It is served by the same granian with as many workers and threads as ours, from a database of its own, with kept
connections and prepared statements. What a peer's site is made of lies in ``benchmarks/peer``.
"""

from __future__ import annotations

import json
import os
import secrets
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.load import drive
from benchmarks.stack import WORKERS, Installation, Served, free_port, running, wait_until_answers
from benchmarks.table import Measure

FOLDER: Final = Path(__file__).parent / "peer"
THREADS: Final = 2  # a worker, as ours
REQUESTS_A_SECOND: Final = 2_500  # that are made ready, more than anybody answers


class UnreachableError(Exception):
    """The peer could not be installed."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A program from PyPI that does something of what we do."""

    name: str
    site: str  # its files are SITE_site.py, SITE_settings.py, SITE_urls.py and SITE.txt
    page: str  # an address that answers with 200 to anybody once it is served
    times_minimum: float  # ours must be so many times as fast

    @contextmanager
    def served(self, installed: Installation) -> Iterator[tuple[Served, dict[str, Any]]]:
        """Install, prepare and serve the peer. Raises ``UnreachableError`` where PyPI is not to be had."""
        folder = installed.folder / self.site
        python = virtual_environment(folder, FOLDER / f"{self.site}.txt")
        database = f"tianqu_benchmark_{self.site}"
        with installed.connect() as own:
            own.execute(f"CREATE DATABASE {database}")
        try:
            environment = {
                **os.environ, "PYTHONPATH": str(FOLDER), "PEER_KEY": secrets.token_hex(32), "PEER_DATABASE": database,
                "PEER_DATABASE_HOST": installed.database_url.partition("host=")[2], "PEER_MEDIA": str(folder / "media"),
            }  # fmt: skip
            made = subprocess.run(
                [str(python), "-m", f"{self.site}_site"], cwd=FOLDER, env=environment, check=True,
                stdout=subprocess.PIPE,
            )  # fmt: skip
            port = free_port()
            command = [
                str(python), "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
                "--workers", str(WORKERS), "--blocking-threads", str(THREADS), "--no-ws", "--log-level", "warning",
                f"{self.site}_site:application",
            ]  # fmt: skip
            log = folder / "granian.log"
            with running(command, environment, folder=FOLDER, log=log) as process:
                wait_until_answers(f"http://127.0.0.1:{port}{self.page}", process, log=log)
                yield Served(port, process.pid), json.loads(made.stdout.splitlines()[-1])
        finally:
            with installed.connect() as own:
                own.execute(f"DROP DATABASE {database} WITH (FORCE)")

    def measures(
        self,
        installed: Installation,
        served: Served,
        *,
        ours: Callable[[int], list[bytes]],
        theirs: Callable[[dict[str, Any], int], list[bytes]],
        seconds: float,
        rounds: int,
    ) -> list[Measure]:
        """Send both their requests in turns; the line of the table. ``ours`` and ``theirs`` make so many requests."""
        try:
            with self.served(installed) as (peer, prepared), served.resting("jobs"):
                drive(peer.port, theirs(prepared, 100), seconds=3)
                found = [
                    self._round(served, peer, ours, lambda count: theirs(prepared, count), seconds)
                    for _round in range(rounds)
                ]
        except UnreachableError as error:
            return [Measure(f"  the same beside {self.name}", "not measured", f"it could not be installed: {error}")]
        rates, others, cpu = (statistics.median(each) for each in zip(*found, strict=True))
        times = statistics.median(one / other for one, other, _cpu in found)
        return [
            Measure(
                f"  the same beside {self.name}", f"{rates:,.0f}/s", f"{others:,.0f}/s, {cpu:.1f} ms each", times, " ×",
                "at least", self.times_minimum,
            )
        ]  # fmt: skip

    @staticmethod
    def _round(
        served: Served, peer: Served, ours: Callable[[int], list[bytes]], theirs: Callable[[int], list[bytes]],
        seconds: float,
    ) -> tuple[float, float, float]:  # fmt: skip
        count = int(REQUESTS_A_SECOND * seconds)
        own = drive(served.port, ours(count), seconds=seconds)
        assert own.refused == 0, own.refusal
        before = peer.cpu_seconds()
        other = drive(peer.port, theirs(count), seconds=seconds)
        assert other.refused == 0, other.refusal
        return own.rate, other.rate, (peer.cpu_seconds() - before) / other.answered * 1000


def virtual_environment(folder: Path, requirements: Path) -> Path:
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    python = folder / "bin" / "python"
    done = subprocess.run(
        [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "-r", requirements],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        raise UnreachableError(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "pip failed")
    return python
