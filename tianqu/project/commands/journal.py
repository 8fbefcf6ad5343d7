"""``tianqu journal``: run the sequencer, look at the log, check all of it."""

from __future__ import annotations

import signal
from threading import Event

import typer

app = typer.Typer(name="journal", help="The public log: sequence, look, check.", no_args_is_help=True)


@app.command()
def sequence() -> None:
    """Give entries their places in the public log and publish it, until told to stop (SIGTERM)."""
    from tianqu.project.starting import start_django

    start_django()
    from tianqu.kernel.journal.api import Sequencer

    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_arguments: stop.set())
    sequencer = Sequencer()
    typer.echo(f"The sequencer works on the log {sequencer.origin}.")
    sequencer.run(stop)
    typer.echo("The sequencer has stopped.")


@app.command()
def status() -> None:
    """Say how many entries there are, how many wait, and what is published."""
    from tianqu.project.starting import start_django

    start_django()
    from tianqu.kernel.journal.api import journal_status

    now = journal_status()
    typer.echo(f"Log:        {now.origin}")
    typer.echo(f"Key:        {now.key}")
    typer.echo(f"Sequenced:  {now.sequenced:,} entries")
    typer.echo(f"Waiting:    {now.waiting:,} entries")
    typer.echo(f"Published:  {now.published:,} entries")
    typer.echo(f"Sequencer:  {'at work' if now.sequencer_at_work else 'not running'}")


@app.command()
def verify() -> None:
    """Recompute the whole log from the database and compare it with what is published; fail if they differ."""
    from tianqu.project.starting import start_django

    start_django()
    from tianqu.kernel.journal.api import check_log, our_key, our_log

    check = check_log(our_log(), our_key().verifier)
    typer.echo(
        f"{check.entries:,} entries in order, {check.erased:,} of them erased; {check.tiles:,} tiles and bundles;"
        f" {check.published:,} entries published; {check.unplaced:,} wait for the sequencer."
    )
    for fault in check.faults:
        typer.secho(fault, fg="red", err=True)
    if check.faults:
        raise typer.Exit(1)
    typer.secho("The log and the database tell the same story.", fg="green")
