"""The embedded server starts anywhere, and ends with its last user, however that user goes."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import psutil
import psycopg
import pytest

from tianqu.base.errors import Conflict, InvalidInput, NotFound
from tianqu.project.database import socket_folder
from tianqu.project.embedded.binaries import all_binaries, find_binaries
from tianqu.project.embedded.cluster import THROWAWAY_SETTINGS, Cluster
from tianqu.project.embedded.installation import cluster_in
from tianqu.project.embedded.keeper import use

ROOT = Path(__file__).resolve().parents[2]
END_SECONDS_MAX = 30
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")

USER = """
import sys
from pathlib import Path
from tianqu.project.embedded.cluster import THROWAWAY_SETTINGS
from tianqu.project.embedded.installation import cluster_in
from tianqu.project.embedded.keeper import stay, use
cluster = cluster_in(Path(sys.argv[1]), settings=THROWAWAY_SETTINGS)
(stay if sys.argv[2] == "stay" else use)(cluster)
print(cluster.running_pid(), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def var() -> Iterator[Path]:
    """A folder for one installation, gone afterwards with its server."""
    folder = Path(tempfile.mkdtemp(prefix="tianqu-embedded-"))
    yield folder
    for user in User.started:
        user.kill()
    if (folder / "postgres" / "PG_VERSION").exists():
        cluster_in(folder).stop()
    assert_gone([user.server for user in User.started])
    User.started.clear()
    real = (folder / "postgres").resolve()
    shutil.rmtree(folder)
    shutil.rmtree(real, ignore_errors=True)
    shutil.rmtree(socket_folder(folder), ignore_errors=True)


class User:
    """Another process that uses the database, until it is told to end or killed."""

    started: ClassVar[list[User]] = []

    def __init__(self, var: Path, *, life: str = "use", **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", USER, str(var), life],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
            env=os.environ | environment | {"PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        assert self.process.stdout is not None
        said = self.process.stdout.readline()
        assert said.strip().isdigit(), f"the server did not start: {said}"
        self.server = psutil.Process(int(said))
        self.started.append(self)

    def end(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self._reap()

    def kill(self) -> None:
        self.process.kill()
        self._reap()

    def _reap(self) -> None:
        self.process.wait(END_SECONDS_MAX)
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            pipe.close()


def everybody(server: psutil.Process) -> list[psutil.Process]:
    """The server, its children and its keeper."""
    keeper = server.parent()
    assert keeper is not None
    assert "tianqu.project.embedded.keeper" in keeper.cmdline()
    return [server, keeper, *server.children()]


def assert_gone(processes: list[psutil.Process]) -> None:
    _gone, alive = psutil.wait_procs(processes, timeout=END_SECONDS_MAX)
    assert not alive


def answers(cluster: Cluster) -> bool:
    with cluster.connect(user="tianqu", database="tianqu") as connection:
        return connection.execute("SELECT 1").fetchone() == (1,)


def test_the_server_ends_with_its_last_user_and_not_before(var: Path) -> None:
    first, second = User(var), User(var)
    processes = everybody(first.server)
    assert first.server == second.server
    first.end()
    assert answers(cluster_in(var))
    second.end()
    assert_gone(processes)


def test_the_server_ends_when_its_only_user_is_killed(var: Path) -> None:
    user = User(var)
    processes = everybody(user.server)
    user.kill()
    assert_gone(processes)


def test_the_server_ends_when_keeper_and_user_are_killed_together(var: Path) -> None:
    user = User(var)
    processes = everybody(user.server)
    processes[1].kill()
    user.kill()
    assert_gone(processes)


@pytest.mark.slow
def test_a_server_that_was_told_to_stay_does_until_it_is_stopped(var: Path) -> None:
    user = User(var, life="stay")
    processes = everybody(user.server)
    user.kill()
    again = User(var)
    assert again.server == user.server
    again.kill()
    assert answers(cluster_in(var))
    assert cluster_in(var).stop()
    assert_gone(processes)


@pytest.mark.slow
def test_what_was_written_outlives_a_killed_server(var: Path) -> None:
    user = User(var)
    with cluster_in(var).connect() as connection:
        connection.execute("CREATE TABLE kept (word text)")
        connection.execute("SET synchronous_commit = on")
        connection.execute("INSERT INTO kept VALUES ('天衢')")
    processes = everybody(user.server)
    user.server.kill()
    user.kill()
    assert_gone(processes)
    next_user = User(var)
    with cluster_in(var).connect() as connection:
        assert connection.execute("SELECT word FROM kept").fetchone() == ("天衢",)
    next_user.end()


@pytest.mark.slow
def test_a_pid_file_that_names_another_process_does_not_keep_the_server_away(var: Path) -> None:
    user = User(var)
    processes = everybody(user.server)
    user.server.kill()
    user.kill()
    assert_gone(processes)
    pid_file = var / "postgres" / "postmaster.pid"
    lines = pid_file.read_text().split("\n")
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]))
    next_user = User(var)
    assert answers(cluster_in(var))
    next_user.end()


@pytest.mark.slow
def test_a_path_too_long_for_a_socket_gets_a_short_one(var: Path) -> None:
    deep = var / ("深" * 30) / ("d" * 60)
    deep.mkdir(parents=True)
    assert len(os.fsencode(socket_folder(deep))) < 60
    assert socket_folder(deep) == socket_folder(deep)
    user = User(deep)
    assert answers(cluster_in(deep))
    user.end()


def test_a_socket_folder_that_somebody_else_made_is_refused(var: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can make a folder of somebody else's")
    (var / "run").mkdir()
    os.chown(var / "run", 12345, 12345)
    with pytest.raises(Conflict, match="somebody else"):
        use(cluster_in(var))


@pytest.mark.slow
@as_root
def test_root_opens_no_folder(var: Path) -> None:
    var.chmod(0o700)
    user = User(var)
    assert (var.stat().st_mode & 0o777) == 0o700
    assert answers(cluster_in(var))
    user.end()


@pytest.mark.slow
@as_root
def test_root_without_namespaces_uses_an_account_and_copies_what_it_cannot_reach(var: Path) -> None:
    var.chmod(0o700)
    user = User(var, TIANQU_POSTGRES_ACCOUNT="nobody")
    assert user.server.username() == "nobody"
    assert (var.stat().st_mode & 0o777) == 0o700
    assert (var / "postgres").is_symlink()
    assert answers(cluster_in(var))
    kept = (var / "postgres").resolve().parent
    processes = everybody(user.server)
    user.kill()
    assert_gone(processes)
    shutil.rmtree(kept)


@pytest.mark.slow
@as_root
def test_the_owner_of_the_folder_runs_the_server_that_root_starts(var: Path) -> None:
    somebody = pwd.getpwnam("nobody")
    os.chown(var, somebody.pw_uid, somebody.pw_gid)
    user = User(var)
    assert user.server.username() == "nobody"
    user.end()


@pytest.mark.slow
def test_the_machines_own_postgresql_serves_when_there_is_no_wheel(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tianqu.project.embedded.binaries.wheel_folder", lambda: None)
    machine = [binaries for binaries in all_binaries() if not binaries.from_wheel]
    if not machine:
        pytest.skip("no PostgreSQL is installed on this machine")
    assert find_binaries() == machine[0]
    user = User(var, TIANQU_POSTGRES_BIN=str(machine[0].folder))
    assert (var / "postgres" / "PG_VERSION").read_text().strip() == str(machine[0].major)
    assert answers(cluster_in(var))
    user.end()


def test_data_of_a_version_that_is_not_here_is_refused_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TIANQU_POSTGRES_BIN", raising=False)
    with pytest.raises(NotFound, match=r"PostgreSQL 9.*tianqu db upgrade --from"):
        find_binaries(major=9)


def test_a_folder_without_postgresql_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TIANQU_POSTGRES_BIN", str(tmp_path))
    with pytest.raises(InvalidInput, match="no PostgreSQL that runs"):
        find_binaries()


@pytest.mark.slow
def test_sixteen_processes_may_start_it_at_once(var: Path) -> None:
    command = [sys.executable, "-c", USER, str(var), "use"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment)
        for _number in range(16)
    ]
    said = set()
    for process in processes:
        assert process.stdout is not None
        said.add(process.stdout.readline().strip())
    assert len(said) == 1
    assert answers(cluster_in(var))
    for process in processes:
        process.communicate()


def test_statements_and_row_values_stay_out_of_the_servers_log(var: Path) -> None:
    cluster = cluster_in(var, settings=THROWAWAY_SETTINGS)
    user = User(var)
    with cluster.connect() as connection:
        connection.execute("CREATE TABLE asker (telephone text PRIMARY KEY)")
        connection.execute("INSERT INTO asker VALUES ('13800000000')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO asker VALUES ('13800000000')")
    user.end()
    log = cluster.log.read_text()
    assert "duplicate key" in log
    assert "13800000000" not in log


@pytest.mark.slow
def test_settings_of_ones_own_count_from_the_next_start(var: Path) -> None:
    User(var).end()
    (var / "postgres" / "own.conf").write_text("work_mem = '5MB'  # little\n\n# nothing else\n")
    user = User(var)
    with cluster_in(var).connect() as connection:
        assert connection.execute("SHOW work_mem").fetchone() == ("5MB",)
    user.end()


@pytest.mark.slow
def test_a_user_interrupted_from_the_keyboard_does_not_pull_the_server_from_under_others(var: Path) -> None:
    first, second = User(var), User(var)
    first.process.send_signal(signal.SIGINT)
    first._reap()
    assert answers(cluster_in(var))
    second.end()
