"""A running installation for tests: ``tianqu up`` in a folder of its own, and the processes of its tree."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
END_SECONDS_MAX = 60
READY_LINES_MAX = 200


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Installation:
    """One ``tianqu up`` in a folder of its own."""

    def __init__(self, var: Path, **environment: str) -> None:
        self.var = var
        self.port = free_port()
        self.environment = {name: value for name, value in os.environ.items() if name != "TIANQU_DATABASE_URL"}
        self.environment |= {"TIANQU_VAR": str(var), "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"} | environment
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tianqu", "up", "--port", str(self.port), "--workers", "2"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT,
            env=self.environment,
        )  # fmt: skip
        self.wait_for("ready at")

    def wait_for(self, words: str) -> str:
        """Read what it says until a line holds the words."""
        assert self.process.stdout is not None
        said = []
        for _number in range(READY_LINES_MAX):
            line = self.process.stdout.readline()
            said.append(line)
            if words in line:
                return line
            if not line:
                break
        raise AssertionError(f"never said {words!r}: {''.join(said)}")

    def listen(self) -> None:
        """Read on until it ends, so that it never waits for a full pipe."""
        assert self.process.stdout is not None
        self.said = [*self.process.stdout]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run another command on the same folder."""
        return subprocess.run(
            [sys.executable, "-m", "tianqu", *arguments], capture_output=True, text=True, cwd=ROOT, env=self.environment
        )

    def status(self) -> int:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=20) as answer:
            return int(answer.status)

    def tree(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def part(self, *words: str) -> psutil.Process:
        """The part whose command line holds all the words: what the supervisor itself has started."""
        children = psutil.Process(self.process.pid).children()
        parts = [process for process in children if process.status() != psutil.STATUS_ZOMBIE]
        return next(process for process in parts if all(word in " ".join(process.cmdline()) for word in words))

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(END_SECONDS_MAX)
        assert self.process.stdout is not None
        self.process.stdout.close()


def assert_gone(processes: list[psutil.Process]) -> None:
    _gone, alive = psutil.wait_procs(processes, timeout=END_SECONDS_MAX)
    assert not alive
