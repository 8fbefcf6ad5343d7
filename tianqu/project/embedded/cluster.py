"""One PostgreSQL server and its data folder: made, started, asked, stopped."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import IO

import psycopg
from psycopg import sql

from tianqu.base.errors import Conflict, TianquError, _
from tianqu.project.database import APPLICATION_ROLE, OWNER_ROLE
from tianqu.project.embedded.binaries import Binaries
from tianqu.project.embedded.identity import Identity

SUPERUSER = "postgres"
DATABASE = "tianqu"
EXTENSIONS = ("ltree", "pg_trgm", "btree_gist")
START_SECONDS_MAX = 600  # a crash recovery may take minutes; a server that died is noticed at once
STOP_SECONDS_MAX = 60
POLL_SECONDS = 0.02

# For two cores and a few GB; var/postgres/own.conf overrides. A log line must not carry personal data, so neither
# statements nor row values of failed statements are logged.
SETTINGS = {
    "listen_addresses": "''",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "synchronous_commit": "on",
    "wal_compression": "on",
    "max_wal_size": "2GB",
    "min_wal_size": "256MB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "max_parallel_workers_per_gather": "1",
    "jit": "off",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_checkpoints": "off",
}
THROWAWAY_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "128MB",
    "max_wal_size": "1GB",
    "autovacuum_naptime": "10min",
}


class ServerFailed(TianquError):
    """PostgreSQL did not do as it was told; the message carries its last words."""

    code = "server_failed"
    status = 503


@dataclass(frozen=True)
class Cluster:
    """A data folder, the folder of its socket, the programs and the identity to run it with."""

    data: Path
    sockets: Path
    binaries: Binaries
    identity: Identity
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def log(self) -> Path:
        """The server's own log."""
        return self.data.parent / f"{self.data.name}.log"

    @cached_property
    def marker(self) -> Path:
        """The file that says: stay when the last user has gone (``tianqu db start``)."""
        return self.sockets / "stay"

    def address(self, *, user: str = APPLICATION_ROLE, database: str = DATABASE) -> str:
        """Return the connection URL over the socket."""
        return f"postgresql://{user}@/{database}?host={self.sockets}"

    def connect(self, *, user: str = SUPERUSER, database: str = "postgres") -> psycopg.Connection:
        """Return an autocommitting connection."""
        return psycopg.connect(self.address(user=user, database=database), autocommit=True, connect_timeout=10)

    # -- asking

    def running_pid(self) -> int | None:
        """Return the server's process number if it runs (starting and stopping included)."""
        pid = recorded_pid(self.data / "postmaster.pid")
        return pid if pid is not None and _is_postmaster(pid) else None

    def accepts(self) -> bool:
        """Whether the server takes connections now."""
        try:
            self.connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def data_major(self) -> int | None:
        """Return the major version that wrote the data, or None when there is no data yet."""
        path = self.data / "PG_VERSION"
        return int(path.read_text()) if path.exists() else None

    # -- making

    def initialise(self) -> None:
        """Make the data folder with initdb; a half-made one is thrown away. Does nothing when it exists."""
        if (self.data / "PG_VERSION").exists():
            return
        self.data.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.data.with_name(f"{self.data.name}.new")
        self.run("rm", "-rf", str(fresh), program=False)
        fresh.mkdir(mode=0o700)
        self.identity.give(fresh)
        if self.binaries.major >= 17:
            locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        else:
            locale = ["--locale=C.UTF-8" if sys.platform == "linux" else "--locale=C"]
        self.run("initdb", "-D", str(fresh), "-U", SUPERUSER, "--auth=trust", "-E", "UTF8", "--no-instructions",
                 "--no-sync", *locale)  # fmt: skip
        fresh.rename(self.data)

    def prepare(self) -> None:
        """Make the roles, the extensions and the database, whatever of them is missing.

        Neither role is superuser or passes row-level security. They have no passwords: whoever reaches the socket, in a
        folder closed to everybody else, could read the data itself.
        """
        roles = {OWNER_ROLE: "CREATEDB", APPLICATION_ROLE: "NOCREATEDB"}
        owner, database = sql.Identifier(OWNER_ROLE), sql.Identifier(DATABASE)
        with self.connect(database="template1") as connection:
            for extension in EXTENSIONS:
                connection.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension)))
            for role, right in roles.items():
                if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
                    made = sql.SQL("CREATE ROLE {} LOGIN NOBYPASSRLS {}")
                    connection.execute(made.format(sql.Identifier(role), sql.SQL(right)))
        with self.connect() as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, owner))

    def run(self, name: str, *arguments: str, program: bool = True) -> str:
        """Run a program of PostgreSQL's (or the machine's) as the server's identity; return what it printed."""
        command = [self.binaries.program(name) if program else name, *arguments]
        done = subprocess.run(  # noqa: S603
            command, preexec_fn=self.identity.becoming(), capture_output=True, text=True, errors="replace",
            env=quiet_environment(),
        )  # fmt: skip
        if done.returncode != 0:
            raise ServerFailed(
                _("%(program)s failed: %(words)s"),
                program=name,
                words=(done.stderr or done.stdout).strip()[-2000:],
            )
        return done.stdout

    # -- starting and stopping

    def spawn(self, *, log: IO[bytes]) -> subprocess.Popen[bytes]:
        """Start the server as a child of this process, which it does not outlive."""
        options = [part for name, value in self._settings().items() for part in ("-c", f"{name}={value}")]
        return subprocess.Popen(  # noqa: S603
            [self.binaries.program("postgres"), "-D", str(self.data), "-k", str(self.sockets), *options],
            preexec_fn=self.identity.becoming(dies_with_parent=True),
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, env=quiet_environment(),
        )  # fmt: skip

    def _settings(self) -> dict[str, str]:
        merged = {name: value.strip("'") for name, value in {**SETTINGS, **self.settings}.items()}
        own = self.data / "own.conf"
        if own.exists():
            lines = (line.partition("#")[0].partition("=") for line in own.read_text().splitlines())
            merged |= {name.strip(): value.strip().strip("'") for name, sign, value in lines if sign}
        return merged

    def make_socket_folder(self) -> None:
        """Make the socket's folder, closed to everybody else; refuse one that somebody else has made."""
        self.sockets.mkdir(parents=True, exist_ok=True, mode=0o700)
        owner = self.sockets.stat().st_uid
        if owner not in (os.geteuid(), self.identity.uid):
            raise Conflict(
                _("The folder %(value)s for the database's socket belongs to somebody else."),
                value=str(self.sockets),
                remedy=_("Remove it, or set TIANQU_VAR to another folder."),
            )
        self.sockets.chmod(0o700)
        self.identity.give(self.sockets)

    def clear_stale_files(self) -> None:
        """Remove what a server that was killed, or a machine that lost power, left behind.

        PostgreSQL itself keeps away when any process has the number in its pid file, be it a text editor.
        """
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        lock = self.sockets / ".s.PGSQL.5432.lock"
        pid = recorded_pid(lock)
        if pid is not None and not _is_postmaster(pid):
            lock.unlink(missing_ok=True)

    def stop(self) -> bool:
        """Stop the server: open transactions are rolled back, connections closed. Return whether it ran."""
        self.marker.unlink(missing_ok=True)
        pid = self.running_pid()
        if pid is None:
            return False
        for sent in (signal.SIGINT, signal.SIGQUIT):  # PostgreSQL's "fast", then "immediate"
            with _gone_is_fine():
                os.kill(pid, sent)
            if self._wait_gone(pid):
                return True
        raise ServerFailed(_("PostgreSQL (process %(pid)s) does not stop."), pid=pid)

    def _wait_gone(self, pid: int) -> bool:
        end = time.monotonic() + STOP_SECONDS_MAX
        while time.monotonic() < end:
            if not _is_postmaster(pid):
                return True
            time.sleep(POLL_SECONDS)
        return False

    def last_words(self) -> str:
        """Return the end of the server's log."""
        if not self.log.exists():
            return ""
        lines = self.log.read_text(errors="replace").splitlines()
        return "\n".join(lines[-5:])

    @contextmanager
    def lock(self, name: str, *, shared: bool = False) -> Iterator[IO[bytes]]:
        """Hold one of the cluster's locks (``start``, ``use``); the kernel releases it when the process dies."""
        with lock_file(self, name).open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
            yield file


def lock_file(cluster: Cluster, name: str) -> Path:
    """Return the path of one of a cluster's locks, which stand beside its data."""
    cluster.data.parent.mkdir(parents=True, exist_ok=True)
    return cluster.data.parent / f"{cluster.data.name}.{name}.lock"


def recorded_pid(path: Path) -> int | None:
    """Return the process number in the first line of a pid or lock file."""
    try:
        return abs(int(path.read_text().split("\n", 1)[0]))
    except (FileNotFoundError, ValueError):
        return None


def quiet_environment() -> dict[str, str]:
    """Return this process's environment without what would steer PostgreSQL's programs elsewhere."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return kept | {"LC_ALL": "C"}


def _is_postmaster(pid: int) -> bool:
    """Whether a process lives and is a PostgreSQL server; a dead child that nobody has waited for does not count."""
    import psutil

    try:
        process = psutil.Process(pid)
        return process.status() != psutil.STATUS_ZOMBIE and process.name().startswith("postgres")
    except psutil.NoSuchProcess:
        return False


@contextmanager
def _gone_is_fine() -> Iterator[None]:
    try:
        yield
    except ProcessLookupError:
        return
