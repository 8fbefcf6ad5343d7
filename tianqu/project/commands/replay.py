"""``tianqu replay``: bring another system's requests through the loop, with their own dates."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

SHOWN_MAX = 20


def replay(
    file: Annotated[Path, typer.Argument(help="A CSV file, plain or gzipped.", exists=True, dir_okay=False)],
    realm: Annotated[str, typer.Option(help="Whose replay.toml says which column is what.")] = "nyc-council",
    refused: Annotated[
        Path | None, typer.Option(help="Where refused lines are written with their reasons (CSV).")
    ] = None,
    batch: Annotated[int, typer.Option(help="Orders a transaction.", min=1, max=50_000)] = 5_000,
) -> None:
    """Bring in all requests of a file: two journal entries each. Safe to run again, also after a kill.

    Lines that cannot be taken are reported with their number and reason; exit code 1 says that there were some.
    """
    from tianqu.project.starting import start_django

    start_django()
    from django.conf import settings

    from tianqu.project.migrating import bring_up_to_date
    from tianqu.project.realm_content import prepare_realm
    from tianqu.project.replay_run import Replay

    bring_up_to_date(new_only=True)
    prepare_realm(realm)
    path = refused or Path(settings.VAR) / "replay" / f"{realm}-refused.csv"
    with Replay(file, realm=realm, refused_path=path, batch=batch) as run:
        report = run.run()
    typer.echo(
        f"{report.taken:,} brought in, {report.known:,} were here already, {report.refused:,} refused"
        f" ({run.repeated:,} keys came again and were numbered); {run.seconds:.1f} s"
    )
    for line, key, reason in run.first_refusals[:SHOWN_MAX]:
        typer.secho(f"line {line} ({key or 'no key'}): {reason}", fg="yellow", err=True)
    if report.refused:
        typer.echo(f"All refused lines: {path}")
        raise typer.Exit(1)
