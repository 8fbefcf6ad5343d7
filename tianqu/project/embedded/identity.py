"""As whom PostgreSQL runs. It refuses to run as root, and nobody's folders are to be opened wider for its sake.

- Anybody but root: as oneself.
- Root, with data or a ``var`` that belongs to somebody else: as that owner.
- Root otherwise: in a user namespace of its own, in which root has an ordinary number; nothing on disk changes.
- Root where the kernel or a container forbids user namespaces: as an unprivileged account that already exists. When
  that account cannot reach the checkout, copies are put under ``/var/lib/tianqu`` (``installation`` says so).
"""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tianqu.base.errors import InvalidInput, NotFound, _

ACCOUNTS = ("postgres", "daemon", "nobody")
CLONE_NEWUSER = 0x10000000  # linux/sched.h
PR_SET_PDEATHSIG = 1  # linux/prctl.h


@dataclass(frozen=True)
class Identity:
    """The user that PostgreSQL runs as: a number on disk and, in a namespace, the number it believes to have."""

    uid: int
    gid: int
    inner_uid: int | None = None  # set only for a user namespace

    @property
    def changes_owner(self) -> bool:
        """Whether files made for the server must be given to somebody else."""
        return self.uid != os.geteuid()

    def describe(self) -> str:
        """Return one phrase for ``tianqu db status``."""
        if self.inner_uid is not None:
            return "root, in a user namespace of its own without root's powers"
        return f"account {account_name(self.uid)}"

    def give(self, path: Path) -> None:
        """Let this identity own a folder or file."""
        if self.changes_owner:
            os.chown(path, self.uid, self.gid)

    def becoming(self, *, dies_with_parent: bool = False) -> Callable[[], None]:
        """Return what a forked child calls before exec to take this identity on."""
        library = ctypes.CDLL(None, use_errno=True)
        parent = os.getpid()

        def become() -> None:
            os.umask(0o077)
            if self.inner_uid is not None:
                _enter_namespace(library, outer_uid=self.uid, outer_gid=self.gid, inner_uid=self.inner_uid)
            elif self.changes_owner:
                os.setgroups([])
                os.setgid(self.gid)
                os.setuid(self.uid)
            os.chdir("/")
            # A change of identity clears the death signal, so it is asked for last.
            if dies_with_parent and sys.platform == "linux":
                library.prctl(PR_SET_PDEATHSIG, int(signal.SIGINT), 0, 0, 0)
                if os.getppid() != parent:
                    os._exit(1)

        return become

    def can_run(self, program: str) -> bool:
        """Whether this identity can be taken on and reaches a program."""
        return self._succeeds([program, "-V"])

    def can_reach(self, folder: Path) -> bool:
        """Whether this identity can pass through a folder and all its parents."""
        return self._succeeds(["/bin/sh", "-c", 'cd "$0"', str(folder)])

    def _succeeds(self, command: list[str]) -> bool:
        try:
            run = subprocess.run(command, preexec_fn=self.becoming(), capture_output=True, timeout=20)  # noqa: S603
        except (OSError, subprocess.SubprocessError):
            return False
        return run.returncode == 0


def choose_identity(*, data: Path, postgres: str) -> Identity:
    """Return as whom the server with this data folder runs. ``postgres`` is the server program."""
    if os.geteuid() != 0:
        return Identity(uid=os.geteuid(), gid=os.getegid())
    named = os.environ.get("TIANQU_POSTGRES_ACCOUNT")
    if named:
        return account_identity(named)
    owner = _owner(data)
    if owner.uid != 0:
        return owner
    namespace = namespace_identity()
    if namespace is not None and namespace.can_run(postgres):
        return namespace
    for name in ACCOUNTS:
        if _exists(name):
            return account_identity(name)
    raise NotFound(
        _("PostgreSQL does not run as root, user namespaces are forbidden here, and there is no account to use."),
        remedy=_("Run Tianqu as an ordinary user, or name an account by TIANQU_POSTGRES_ACCOUNT."),
    )


def account_identity(name: str) -> Identity:
    """Return the identity of an existing account."""
    if not _exists(name):
        raise InvalidInput(
            _("There is no account %(value)s on this machine."),
            field="TIANQU_POSTGRES_ACCOUNT",
            value=name,
            remedy=_("Name an existing account other than root."),
        )
    entry = pwd.getpwnam(name)
    return Identity(uid=entry.pw_uid, gid=entry.pw_gid)


def namespace_identity() -> Identity | None:
    """Return root's identity in a user namespace, or None where there are none. initdb wants a number with a name."""
    if sys.platform != "linux":
        return None
    for name in ACCOUNTS:
        if _exists(name):
            return Identity(uid=0, gid=0, inner_uid=pwd.getpwnam(name).pw_uid)
    return None


def account_name(uid: int) -> str:
    """Return an account's name, or its number when it has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _owner(data: Path) -> Identity:
    """Return who owns the data folder, or the nearest folder above it that exists."""
    existing = next(path for path in (data, *data.parents) if path.exists())
    stat = existing.stat()
    return Identity(uid=stat.st_uid, gid=stat.st_gid)


def _exists(name: str) -> bool:
    try:
        return pwd.getpwnam(name).pw_uid != 0
    except KeyError:
        return False


def _enter_namespace(library: ctypes.CDLL, *, outer_uid: int, outer_gid: int, inner_uid: int) -> None:
    if library.unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "no user namespace")
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{inner_uid} {outer_uid} 1"),
        ("gid_map", f"{inner_uid} {outer_gid} 1"),
    ):
        descriptor = os.open(f"/proc/self/{name}", os.O_WRONLY)
        os.write(descriptor, text.encode())
        os.close(descriptor)
