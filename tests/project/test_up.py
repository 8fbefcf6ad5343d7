"""``tianqu up`` serves, heals what is killed, and leaves nothing behind."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tianqu.project.database import socket_folder

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
END_SECONDS_MAX = 60
READY_LINES_MAX = 200


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Installation:
    """One ``tianqu up`` in a folder of its own."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self.port = free_port()
        self.environment = {name: value for name, value in os.environ.items() if name != "TIANQU_DATABASE_URL"}
        self.environment |= {"TIANQU_VAR": str(var), "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
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
        """The first process of the tree whose command line holds all the words."""
        return next(process for process in self.tree() if all(word in " ".join(process.cmdline()) for word in words))

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(END_SECONDS_MAX)
        assert self.process.stdout is not None
        self.process.stdout.close()


def assert_gone(processes: list[psutil.Process]) -> None:
    _gone, alive = psutil.wait_procs(processes, timeout=END_SECONDS_MAX)
    assert not alive


@pytest.fixture
def installation() -> Iterator[Installation]:
    var = Path(tempfile.mkdtemp(prefix="tianqu-up-"))
    running = Installation(var)
    tree = running.tree()
    yield running
    tree += running.tree() if running.process.poll() is None else []
    running.end()
    assert_gone(tree)
    shutil.rmtree(var)
    shutil.rmtree(socket_folder(var), ignore_errors=True)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_all_of_it_in_good_order(installation: Installation, number: signal.Signals) -> None:
    assert installation.status() == 200
    tree = installation.tree()
    assert len(tree) > 8
    installation.process.send_signal(number)
    assert installation.process.wait(END_SECONDS_MAX) == 0
    assert not any(process.is_running() for process in tree)
    log = (installation.var / "postgres.log").read_text()
    assert "database system is shut down" in log


def test_nothing_outlives_a_killed_supervisor(installation: Installation) -> None:
    tree = installation.tree()
    installation.process.kill()
    installation.process.wait(END_SECONDS_MAX)
    assert_gone(tree)


def test_nothing_outlives_a_killed_supervisor_and_web_server(installation: Installation) -> None:
    tree = installation.tree()
    web = installation.part("granian")
    installation.process.kill()
    web.kill()
    installation.process.wait(END_SECONDS_MAX)
    assert_gone(tree)


@pytest.mark.parametrize(
    ("words", "name"),
    [(("granian",), "web"), (("tianqu jobs",), "jobs"), (("journal sequence",), "sequencer")],
    ids=["web", "jobs", "sequencer"],
)
def test_a_killed_part_is_started_again_and_its_children_are_swept(
    installation: Installation, words: tuple[str, ...], name: str
) -> None:
    part = installation.part(*words)
    family = [part, *part.children(recursive=True)]
    part.kill()
    installation.wait_for(f"{name} ended (killed by SIGKILL)")
    installation.wait_for(f"{name} runs")
    assert_gone(family)
    assert installation.part(*words).pid != part.pid


def test_a_killed_web_process_is_replaced(installation: Installation) -> None:
    main = installation.part("granian")
    worker = main.children()[0]
    worker.kill()
    assert_gone([worker])
    for _number in range(20):
        assert installation.status() == 200


@pytest.mark.parametrize("victim", ["postgres", "keeper"])
def test_a_killed_database_is_started_again(installation: Installation, victim: str) -> None:
    keeper = installation.part("tianqu.project.embedded.keeper")
    (keeper if victim == "keeper" else keeper.children()[0]).kill()
    installation.wait_for("database ended")
    installation.wait_for("database runs")
    assert installation.status() == 200


def test_a_folder_is_served_once_and_its_database_is_not_stopped_under_it(installation: Installation) -> None:
    again = installation.run("up", "--port", str(free_port()))
    assert again.returncode == 2
    assert f"already runs here, as process {installation.process.pid}" in again.stderr
    stop = installation.run("db", "stop")
    assert stop.returncode == 2
    assert "Stop tianqu up first" in stop.stderr
    assert installation.status() == 200


def test_a_taken_port_is_refused_with_a_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "tianqu", "up", "--port", str(port)],
            capture_output=True, text=True, cwd=ROOT,
            env=os.environ | {"TIANQU_VAR": str(tmp_path), "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
    assert done.returncode == 2
    assert f"Port {port} of 127.0.0.1 cannot be used" in done.stderr
    assert "Traceback" not in done.stderr
