"""``tianqu db``: start, stop, look at, migrate, save and bring back the database."""

from __future__ import annotations

import typer

app = typer.Typer(
    name="db", help="The database: start, stop, migrate, back up, restore, upgrade.", no_args_is_help=True
)


@app.command()
def start() -> None:
    """Start the embedded PostgreSQL and leave it running until ``tianqu db stop``."""
    from tianqu.project.embedded.installation import installed_cluster
    from tianqu.project.embedded.keeper import stay

    cluster = installed_cluster()
    stay(cluster)
    typer.echo(f"PostgreSQL {cluster.binaries.version} runs: {cluster.address()}")


@app.command()
def stop() -> None:
    """Stop the embedded PostgreSQL, whoever uses it."""
    from tianqu.project.embedded.installation import installed_cluster

    typer.echo("PostgreSQL has stopped." if installed_cluster().stop() else "PostgreSQL was not running.")


@app.command()
def migrate() -> None:
    """Bring the tables to what this version of Tianqu expects."""
    from tianqu.project.starting import start_django

    start_django()
    from django.core.management import call_command

    call_command("migrate", interactive=False)
