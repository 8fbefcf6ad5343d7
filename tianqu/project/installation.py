"""A running installation: database, pages, sequencer and jobs in one process tree."""

from __future__ import annotations

import fcntl
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from tianqu.base.errors import Conflict, TianquError, _
from tianqu.project.database import var_folder
from tianqu.project.supervisor import Part, Supervisor

PACKAGE = Path(__file__).resolve().parents[1]
CONNECTIONS_MAX = 512  # that a web process holds; with HTTP/1.1 each asks for one thing at a time
DRAIN_SECONDS = 10  # for requests under way when a web process is told to stop
ORIGIN_PORT = 8000  # of what settings.TIANQU_ORIGIN is where nobody says it
COLLECTED = {"TIANQU_STATIC": "collected"}
SERVING = {"TIANQU_DATABASE_OWNER_URL": ""}  # what serves need not know how the owner of the tables logs in


def serve(*, host: str, port: int, workers: int, say: Callable[[str], None], migrate: bool = False) -> None:
    """Run the installation until SIGTERM or SIGINT; nothing of it remains afterwards.

    ``workers`` is the number of web processes. ``migrate`` brings the tables up to date first; without it only an
    empty database gets its tables, and an old one is refused.
    """
    from tianqu.project.embedded.installation import ensure_running, release

    with only_one():
        _refuse_taken_port(host, port)
        if port != ORIGIN_PORT and "TIANQU_ORIGIN" not in os.environ:
            say(f"links, codes and proofs name http://localhost:{ORIGIN_PORT}: set TIANQU_ORIGIN to what readers open")
        ensure_running()
        say("database runs")
        _command("db", "migrate", *([] if migrate else ["--new-only"]))
        collect_assets()
        address = f"http://{'127.0.0.1' if host in ('0.0.0.0', '::') else host}:{port}"  # noqa: S104
        supervisor = Supervisor(
            parts(host=host, port=port, workers=workers),
            say=say,
            every_tick=_Watch(address, say),
        )
        supervisor.run()
        release()


def parts(*, host: str, port: int, workers: int) -> list[Part]:
    """Return the programs of an installation, in the order in which they are stopped."""
    web = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port),
        "--workers", str(workers), "--blocking-threads", "1", "--no-ws", "--http", "1",
        "--backpressure", str(CONNECTIONS_MAX),
        "--respawn-failed-workers", "--respawn-interval", "0.5", "--workers-kill-timeout", str(DRAIN_SECONDS),
        "--log-level", "warning", "tianqu.project.wsgi:application",
    ]  # fmt: skip
    ourselves = [sys.executable, "-m", "tianqu"]
    return [
        Part("web", web, COLLECTED | SERVING),
        Part("jobs", [*ourselves, "jobs"], SERVING),
        Part("sequencer", [*ourselves, "journal", "sequence"], SERVING),
    ]


@contextmanager
def only_one() -> Iterator[None]:
    """Hold the installation's lock, so that its folder is served once."""
    path = var_folder() / "tianqu.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise Conflict(
                _("Tianqu already runs here, as process %(pid)s."),
                pid=file.read().strip(),
                remedy=_("Stop that one first."),
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def is_served() -> bool:
    """Whether an installation holds this folder's lock."""
    path = var_folder() / "tianqu.lock"
    if not path.exists():
        return False
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def collect_assets() -> None:
    """Gather, hash and compress what pages load into ``var/static``, when it has changed since the last time."""
    stamp = var_folder() / "static.stamp"
    digest = sha256()
    for path in sorted(PACKAGE.glob("**/static/**/*")):
        stat = path.stat()
        digest.update(f"{path} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    if stamp.exists() and stamp.read_text() == digest.hexdigest():
        return
    _command("django", "collectstatic", "--no-input", "--clear", "--verbosity", "0", environment=COLLECTED)
    stamp.write_text(digest.hexdigest())


class _Watch:
    """What the supervisor looks after besides its parts: that the database runs, and when pages begin to answer."""

    def __init__(self, address: str, say: Callable[[str], None]) -> None:
        self._address = address
        self._say = say
        self._answered = False
        self._look_at = 0.0

    def __call__(self) -> None:
        now = time.monotonic()
        if now < self._look_at:
            return
        self._look_at = now + 1
        self._see_to_the_database()
        if not self._answered and _answers(f"{self._address}/healthz"):
            self._answered = True
            self._say(f"ready at {shown_address(self._address)}")

    def _see_to_the_database(self) -> None:
        from tianqu.project.embedded.installation import ensure_running, installed_cluster, is_embedded

        if is_embedded() and installed_cluster().running_pid() is None:
            self._say("database ended; starting it again")
            try:
                ensure_running()
            except TianquError as error:
                self._say(str(error))
                return
            self._say("database runs")


def shown_address(address: str) -> str:
    """The address as people are told it: browsers take passkeys and secure pages at the name localhost alone."""
    return address.replace("//127.0.0.1:", "//localhost:")


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=1) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def _refuse_taken_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Conflict(
                _("Port %(port)s of %(host)s cannot be used: %(reason)s."),
                field="port", value=port, port=port, host=host, reason=error.strerror,
                remedy=_("Stop what uses it, or choose another one with --port."),
            ) from error  # fmt: skip


def _command(*arguments: str, environment: dict[str, str] | None = None) -> None:
    """Run one of our own commands, in a process of its own so that the supervisor stays small."""
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "tianqu", *arguments], env=os.environ | (environment or {}), stdin=subprocess.DEVNULL
    )
    if done.returncode != 0:
        raise Conflict(_("tianqu %(command)s failed; what it said stands above."), command=" ".join(arguments))
