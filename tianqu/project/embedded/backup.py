"""Moving the database out into a file, in from one, and on to a newer PostgreSQL.

Works on the embedded server and on one's own alike. A restore fills a database beside the present one and takes its
place only when it is complete, so that nothing is ever half restored.
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from tianqu.base.errors import Conflict, InvalidInput, NotFound, _
from tianqu.project.embedded.binaries import Binaries, all_binaries
from tianqu.project.embedded.cluster import DATABASE, SUPERUSER, ServerFailed
from tianqu.project.embedded.installation import installed_cluster, is_embedded
from tianqu.project.embedded.keeper import use

JOBS = 2  # parallel restoring; one a core of the smallest machine Tianqu is made for


@dataclass(frozen=True)
class Source:
    """A database and the right to read all of it: row-level security must not hide rows from a backup."""

    url: str  # to the database itself, as a superuser or as a role with BYPASSRLS
    database: str
    binaries: Binaries

    def at(self, database: str) -> str:
        """Return the URL of another database on the same server."""
        return urlunsplit(urlsplit(self.url)._replace(path=f"/{database}"))

    def connect(self, database: str) -> psycopg.Connection:
        """Return an autocommitting connection to a database of this server."""
        return psycopg.connect(self.at(database), autocommit=True, connect_timeout=10)


def installed_source() -> Source:
    """Return the installation's database, started if it is the embedded one.

    One's own PostgreSQL is reached by ``TIANQU_DATABASE_ADMIN_URL``, or when there is none as the owner of the tables.
    """
    if is_embedded():
        cluster = installed_cluster()
        use(cluster)
        return Source(url=cluster.address(user=SUPERUSER), database=DATABASE, binaries=cluster.binaries)
    named = filter(None, map(os.environ.get, ("TIANQU_DATABASE_ADMIN_URL", "TIANQU_DATABASE_OWNER_URL")))
    url = next(named, os.environ["TIANQU_DATABASE_URL"])
    with psycopg.connect(url, connect_timeout=10) as connection:
        major = connection.info.server_version // 10000
        database = connection.info.dbname
    return Source(url=url, database=database, binaries=client_programs(server_major=major))


def client_programs(*, server_major: int) -> Binaries:
    """Return the oldest programs that understand the server, for pg_dump reads older servers but not newer ones."""
    fitting = [binaries for binaries in all_binaries() if binaries.major >= server_major]
    if not fitting:
        raise NotFound(
            _("The server is PostgreSQL %(major)s; there is no pg_dump that new here."),
            major=server_major,
            remedy=_("Install the client programs of that version (Debian: apt install postgresql-client)."),
        )
    return min(fitting, key=lambda binaries: binaries.major)


def back_up(source: Source, target: Path, *, replace: bool = False) -> int:
    """Write the database to a file in pg_dump's custom format and return the file's size in bytes."""
    if target.exists() and not replace:
        raise Conflict(
            _("%(value)s exists already."), value=str(target), remedy=_("Choose another name, or add --replace.")
        )
    partial = target.with_name(f".{target.name}.partial")
    partial.touch(mode=0o600)  # it holds personal data
    try:
        _run(source, "pg_dump", "-d", source.at(source.database), "-Fc", "-f", str(partial))
        partial.rename(target)
    finally:
        partial.unlink(missing_ok=True)
    return target.stat().st_size


def restore(source: Source, file: Path, *, replace: bool = False) -> None:
    """Bring the database back from a file made by ``back_up``; one that has tables is replaced only on demand."""
    if not file.is_file():
        raise InvalidInput(_("There is no file %(value)s."), field="file", value=str(file))
    _run(source, "pg_restore", "--list", str(file))
    if has_tables(source) and not replace:
        raise Conflict(
            _("The database %(value)s is not empty."),
            value=source.database,
            remedy=_("Add --replace to put the backup in its place; what is in it now is lost."),
        )
    beside = f"{source.database}_restoring"
    with source.connect("postgres") as connection:
        owner = _owner(connection, source.database)
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(beside)))
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0").format(
                sql.Identifier(beside), sql.Identifier(owner)
            )
        )
        try:
            _run(
                source,
                "pg_restore",
                "-d",
                source.at(beside),
                "--exit-on-error",
                "--no-comments",
                f"-j{JOBS}",
                str(file),
            )
        except ServerFailed:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(beside)))
            raise
        present = sql.Identifier(source.database)
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(present))
        connection.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(beside), present))
    with source.connect(source.database) as connection:
        connection.execute("ANALYZE")


def has_tables(source: Source) -> bool:
    """Whether the database holds anything."""
    with source.connect(source.database) as connection:
        found = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    return found is not None and found[0] > 0


def _owner(connection: psycopg.Connection, database: str) -> str:
    row = connection.execute(
        "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = %s", [database]
    ).fetchone()
    assert row is not None, "the database that we are connected to exists"
    return str(row[0])


def _run(source: Source, program: str, *arguments: str) -> None:
    done = subprocess.run(  # noqa: S603
        [source.binaries.program(program), *arguments], capture_output=True, text=True, errors="replace"
    )
    if done.returncode != 0:
        words = done.stderr.strip()[-2000:]
        remedy = ""
        if "row-level security" in words or "permission denied" in words:
            remedy = _("Name a role that sees every row (superuser or BYPASSRLS) by TIANQU_DATABASE_ADMIN_URL.")
        raise ServerFailed(_("%(program)s failed: %(words)s"), program=program, words=words, remedy=remedy)
