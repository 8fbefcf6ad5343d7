"""A throw-away installation: its own folder, its own embedded PostgreSQL with fsync and synchronous_commit on, served.

What runs is what an operator runs: ``tianqu up`` with granian, the sequencer and the worker. Only the limits on how
often one caller may call are lifted. Nothing of it is left when the block ends.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import psutil
import psycopg

from tianqu.project.database import socket_folder
from tianqu.project.supervisor import dies_with_parent

ROOT: Final = Path(__file__).resolve().parents[1]
WORKERS: Final = os.cpu_count() or 1  # web processes, as tianqu up starts them
READY_SECONDS_MAX: Final = 120
STOP_SECONDS_MAX: Final = 60
# What a process does that uses the database until its standard input is closed.
HOLD: Final = """
import sys
from tianqu.project.embedded.installation import ensure_running, release
ensure_running()
print("ready", flush=True)
sys.stdin.read()
release()
"""
LIFTED: Final = {"TIANQU_API_TOKEN_PER_MINUTE": "100000000", "TIANQU_POSTS_A_MINUTE": "0"}


@dataclass(frozen=True)
class Installation:
    """A throw-away folder with its database, and what was prepared in it."""

    folder: Path
    environment: Mapping[str, str]
    database_url: str
    prepared: Mapping[str, Any] = field(default_factory=dict)

    def run(self, module: str, *arguments: str, given: object = None) -> Any:
        """Run one of the benchmarks' modules in this installation; return the JSON that it prints last."""
        done = subprocess.run(
            [sys.executable, "-m", module, *arguments], cwd=ROOT, env=dict(self.environment),
            input=json.dumps(given), stdout=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
        if done.returncode != 0:
            raise SystemExit(f"{module} ended with {done.returncode}")
        return json.loads(done.stdout.splitlines()[-1])

    def connect(self) -> psycopg.Connection[Any]:
        """An autocommitting connection to the installation's database, as the role that owns its tables."""
        return psycopg.connect(self.database_url, autocommit=True)


@contextmanager
def installation(realm: str = "dezhou") -> Iterator[Installation]:
    """Make a folder with a database that lives as long as the block, with a realm laid down in it if one is named."""
    folder = Path(tempfile.mkdtemp(prefix="tianqu-benchmark-"))
    folder.chmod(0o755)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TIANQU_")}
    environment |= {**LIFTED, "TIANQU_VAR": str(folder), "TIANQU_REALM": realm or "dezhou", "PYTHONPATH": str(ROOT)}
    if "TIANQU_POSTGRES_BIN" in os.environ:
        environment["TIANQU_POSTGRES_BIN"] = os.environ["TIANQU_POSTGRES_BIN"]
    url = f"postgresql://tianqu@/tianqu?host={socket_folder(folder)}"
    try:
        with _database(environment):
            _check_durable(url)
            made = Installation(folder, environment, url)
            prepared = made.run("benchmarks.preparing", realm) if realm else {}
            yield Installation(folder, environment, url, prepared)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _database(environment: Mapping[str, str]) -> Iterator[None]:
    """Let the database run for the length of a block, and no longer than this process, however that ends."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD], cwd=ROOT, env=dict(environment), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdin is not None and holder.stdout is not None
    try:
        if holder.stdout.readline() != b"ready\n":
            raise SystemExit("the database did not start")
        yield
    finally:
        holder.stdin.close()
        holder.wait(STOP_SECONDS_MAX)
        holder.stdout.close()


def _check_durable(url: str) -> None:
    """A figure of a server that may forget would be worth nothing."""
    with psycopg.connect(url) as connection:
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            row = connection.execute(f"SHOW {name}").fetchone()
            assert row == ("on",), f"{name} is {row}"


@dataclass(frozen=True)
class Served:
    """A server under test: where it answers, and whose CPU is counted."""

    port: int
    process: int

    def web_processes(self) -> list[psutil.Process]:
        """Granian's main process and its workers."""
        tree = [psutil.Process(self.process), *psutil.Process(self.process).children(recursive=True)]
        roots = [each for each in tree if "granian" in " ".join(each.cmdline())]
        found = {each.pid: each for root in roots for each in (root, *root.children(recursive=True))}
        return list(found.values())

    def cpu_seconds(self) -> float:
        """Processor time, user and system, that the web processes have taken so far."""
        return sum(sum(each.cpu_times()[:2]) for each in self.web_processes())

    @contextmanager
    def resting(self, part: str) -> Iterator[None]:
        """Let one part of the process tree rest for the length of a block: ``jobs`` or ``sequence``."""
        found = [each for each in psutil.Process(self.process).children() if each.cmdline()[-1:] == [part]]
        assert len(found) == 1, f"{len(found)} processes do {part}"
        found[0].suspend()
        try:
            yield
        finally:
            found[0].resume()


@contextmanager
def served(installed: Installation) -> Iterator[Served]:
    """Serve an installation with ``tianqu up``, and stop all of it at the end."""
    port = free_port()
    command = [sys.executable, "-m", "tianqu", "up", "--port", str(port), "--workers", str(WORKERS)]
    with running(command, installed.environment, folder=ROOT, log=installed.folder / "up.log") as process:
        wait_until_answers(f"http://127.0.0.1:{port}/healthz", process, log=installed.folder / "up.log")
        yield Served(port, process.pid)


@contextmanager
def running(
    command: list[str], environment: Mapping[str, str], *, folder: Path, log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program for the length of a block; what it says goes to ``log``."""
    with log.open("wb") as file:
        process = subprocess.Popen(
            command, cwd=folder, env=dict(environment), stdin=subprocess.DEVNULL, stdout=file, stderr=file,
            preexec_fn=dies_with_parent(),
        )  # fmt: skip
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(STOP_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                for child in psutil.Process(process.pid).children(recursive=True):
                    child.kill()
                process.kill()
                process.wait()


def wait_until_answers(address: str, process: subprocess.Popen[bytes], *, log: Path) -> None:
    """Wait until an address answers with 200."""
    until = time.monotonic() + READY_SECONDS_MAX
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=2) as answer:
                if answer.status == 200:
                    return
        except (OSError, urllib.error.URLError):
            time.sleep(0.1)
    raise SystemExit(f"nothing answers at {address}:\n{log.read_text(errors='replace')[-3000:]}")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
