"""``tianqu simulate --day``: play a working day of the demo's prefecture through the public API."""

from __future__ import annotations

from typing import Annotated

import typer

SHOWN_MAX = 10


def simulate(
    date: Annotated[str, typer.Argument(help="The day to play, as 2026-03-09; the last working day by default.")] = "",
    day: Annotated[bool, typer.Option("--day", help="Play a whole day.")] = True,
    orders: Annotated[int, typer.Option(help="How many requests come in.", min=1, max=100_000)] = 3_000,
    address: Annotated[str, typer.Option(help="Where Tianqu answers.")] = "http://127.0.0.1:8000",
    threads: Annotated[int, typer.Option(help="How many people work at once.", min=1, max=32)] = 4,
    seed: Annotated[int, typer.Option(help="The same seed plays the same day; 0: made from the date.")] = 0,
) -> None:
    """Play a day: requests by phone, page, app and Open311, dispatched, returned, answered, rated, reopened, merged.

    Every move is a call of the public API of a running demo, with the time of the day at which it happens.
    """
    from tianqu.project.starting import start_django

    start_django()
    from tianqu.project.simulated_day import play_day

    played = play_day(day=date, orders=orders, address=address, threads=threads, seed=seed)
    typer.echo(f"{played.placed:,} requests placed, {played.moves:,} moves made, {played.refused:,} refused")
    typer.echo(", ".join(f"{act.removeprefix('orders.')} {count:,}" for act, count in sorted(played.by_act.items())))
    for refusal in played.refusals[:SHOWN_MAX]:
        typer.secho(refusal, fg="yellow", err=True)
    if played.placed == 0:
        raise typer.Exit(1)
