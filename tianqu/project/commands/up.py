"""``tianqu up`` and the parts of it that are commands of ours."""

from __future__ import annotations

import os
from typing import Annotated

import typer


def up(
    host: Annotated[str, typer.Option(envvar="TIANQU_HOST", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(envvar="TIANQU_PORT", help="Port to listen on.")] = 8000,
    workers: Annotated[int, typer.Option(envvar="TIANQU_WORKERS", help="Web processes; 0: one a core.")] = 0,
    migrate: Annotated[bool, typer.Option(help="Bring the tables of an older version up to date first.")] = False,
) -> None:
    """Serve: database, pages, sequencer and jobs in one process tree, until Ctrl-C or SIGTERM."""
    from tianqu.project.installation import serve

    serve(host=host, port=port, workers=workers or os.cpu_count() or 1, say=say, migrate=migrate)


def jobs() -> None:
    """Do the queued and periodic jobs, until SIGTERM. ``tianqu up`` runs this."""
    from tianqu.project.starting import start_django

    start_django()
    from tianqu.project.jobs import work

    work()


def say(sentence: str) -> None:
    """Print one line of what the installation does."""
    typer.echo(f"tianqu  {sentence}", err=True)
