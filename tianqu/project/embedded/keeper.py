"""The process between PostgreSQL and its users: when the last one has gone, however they went, it stops the server.

Every user holds a shared lock on the cluster's ``use`` lock file, which the kernel takes back even after kill -9. The
keeper waits for the exclusive lock: once it has that, nobody is left. Should the keeper itself be killed, the kernel
sends the server its signal to shut down (Linux). ``tianqu db start`` leaves a marker that makes the keeper stay.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import sys
import threading
import time
from pathlib import Path
from types import FrameType

import psycopg

from tianqu.base.errors import _
from tianqu.project.embedded.binaries import Binaries
from tianqu.project.embedded.cluster import (
    POLL_SECONDS,
    START_SECONDS_MAX,
    Cluster,
    ServerFailed,
    lock_file,
    quiet_environment,
)
from tianqu.project.embedded.identity import Identity

LOG_BYTES_MAX = 10_000_000  # the log is begun anew at the first start after it grew past this
LEAVE_SECONDS_MAX = 5  # a fast shutdown takes less; with other users left there is nothing to wait for

_held: dict[Path, int] = {}  # this process's shared locks, by data folder, until it leaves or ends
_keepers: dict[Path, int] = {}  # the keepers that this process has started, by data folder
_former: set[int] = set()  # keepers whose server was replaced, until they have ended and are reaped


def use(cluster: Cluster, *, throwaway: bool = False) -> None:
    """Count this process among the cluster's users until it ends, and see that the server runs.

    ``throwaway`` removes the cluster's parent folder when the server has stopped.
    """
    with cluster.lock("start"):
        if cluster.data not in _held:
            descriptor = os.open(lock_file(cluster, "use"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(descriptor, fcntl.LOCK_SH)  # waits for a server that is being stopped
            _held[cluster.data] = descriptor
        if cluster.running_pid() is not None and _wait_ready(cluster, keeper=None):
            return
        cluster.initialise()
        cluster.make_socket_folder()
        _wait_ready(cluster, keeper=_start_keeper(cluster, throwaway=throwaway))
        cluster.prepare()


def leave(cluster: Cluster) -> None:
    """Stop counting this process among the users; wait for the server's end unless others use it or it is to stay."""
    descriptor = _held.pop(cluster.data, None)
    if descriptor is None:
        return
    os.close(descriptor)
    keeper = _keepers.pop(cluster.data, None)
    end = time.monotonic() + LEAVE_SECONDS_MAX
    while time.monotonic() < end and not cluster.marker.exists():
        if cluster.running_pid() is None and (keeper is None or _has_ended(keeper)):
            return
        time.sleep(POLL_SECONDS)


def _has_ended(keeper: int) -> bool:
    """Whether a keeper that this process started has ended; if so, it is reaped."""
    try:
        return os.waitpid(keeper, os.WNOHANG)[0] == keeper
    except ChildProcessError:
        return True


def stay(cluster: Cluster) -> None:
    """Start the server if need be, and let it run after this process has ended."""
    use(cluster)
    cluster.marker.touch()


def _start_keeper(cluster: Cluster, *, throwaway: bool) -> int:
    log_flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    if cluster.log.exists() and cluster.log.stat().st_size > LOG_BYTES_MAX:
        log_flags |= os.O_TRUNC
    arguments = [
        str(cluster.data), str(cluster.sockets), str(cluster.binaries.folder), str(cluster.binaries.major),
        cluster.binaries.version, str(cluster.identity.uid), str(cluster.identity.gid),
        str(cluster.identity.inner_uid or 0), "throwaway" if throwaway else "lasting",
        *(f"{name}={value}" for name, value in cluster.settings.items()),
    ]  # fmt: skip
    if cluster.data in _keepers:
        _former.add(_keepers[cluster.data])
    _former.difference_update([keeper for keeper in _former if _has_ended(keeper)])
    # Not subprocess: this child is meant to outlive us, and nobody is to be warned of that.
    keeper = os.posix_spawn(
        sys.executable,
        [sys.executable, "-m", "tianqu.project.embedded.keeper", *arguments],
        quiet_environment() | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(cluster.log), log_flags, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
    )
    _keepers[cluster.data] = keeper
    return keeper


def _wait_ready(cluster: Cluster, *, keeper: int | None) -> bool:
    """Wait until the server takes connections. Return False when one that was running is on its way out.

    ``keeper`` is the process number of the keeper that this process has just started.
    """
    end = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < end:
        try:
            cluster.connect().close()
            return True
        except psycopg.OperationalError:
            if keeper is None and cluster.running_pid() is None:
                return False
            if keeper is not None and _has_ended(keeper):
                raise ServerFailed(
                    _("PostgreSQL did not start. Its last words: %(words)s"), words=cluster.last_words()
                ) from None
        time.sleep(POLL_SECONDS)
    raise ServerFailed(_("PostgreSQL has not become ready in %(seconds)s seconds."), seconds=START_SECONDS_MAX)


def keep(cluster: Cluster, *, throwaway: bool) -> int:
    """Run the server until it stops or its last user has gone; return its exit code. The keeper's main function."""
    cluster.clear_stale_files()
    with lock_file(cluster, "use").open("ab") as users:
        server = cluster.spawn(log=sys.stderr.buffer)

        def stop(_number: int = 0, _frame: FrameType | None = None) -> None:
            if server.poll() is None:
                server.send_signal(signal.SIGINT)

        def stop_after_last_user() -> None:
            fcntl.flock(users, fcntl.LOCK_EX)
            if cluster.marker.exists():
                fcntl.flock(users, fcntl.LOCK_UN)
            else:
                stop()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        threading.Thread(target=stop_after_last_user, daemon=True).start()
        code = server.wait()
        if throwaway:
            shutil.rmtree(cluster.data.parent, ignore_errors=True)
            shutil.rmtree(cluster.sockets, ignore_errors=True)
    return code


def main(arguments: list[str]) -> int:
    """Read the cluster from the command line that ``_start_keeper`` wrote."""
    os.setsid()  # the keys pressed in the terminal of whoever started us are not for us
    data, sockets, folder, major, version, uid, gid, inner, life, *settings = arguments
    cluster = Cluster(
        data=Path(data),
        sockets=Path(sockets),
        binaries=Binaries(folder=Path(folder), major=int(major), version=version, from_wheel=False),
        identity=Identity(uid=int(uid), gid=int(gid), inner_uid=int(inner) or None),
        settings=dict(setting.split("=", 1) for setting in settings),
    )
    return keep(cluster, throwaway=life == "throwaway")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
