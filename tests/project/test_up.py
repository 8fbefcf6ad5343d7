"""``tianqu up`` serves, heals what is killed, and leaves nothing behind."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.project.running import END_SECONDS_MAX, ROOT, Installation, assert_gone, free_port
from tianqu.project.database import socket_folder

pytestmark = pytest.mark.slow


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
