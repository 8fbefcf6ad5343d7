"""``tianqu demo``: lay down a prefecture with invented people, play a day in it, and serve it."""

from __future__ import annotations

from typing import Annotated

import typer

PASSWORD = "tianqu-demo"  # noqa: S105  printed for everybody; every page says that the persons are invented


def demo(
    port: Annotated[int, typer.Option(envvar="TIANQU_PORT", help="Port to listen on.")] = 8000,
    orders: Annotated[int, typer.Option(help="Requests of the simulated day.", min=1, max=100_000)] = 200,
    past: Annotated[int, typer.Option(help="Requests of the last forty days.", min=0, max=100_000)] = 240,
    year: Annotated[int, typer.Option(help="Closed requests of the year before.", min=0, max=1_000_000)] = 10_000,
    whole: Annotated[bool, typer.Option("--all", help="Books of every village, and not of one county alone.")] = False,
    dense: Annotated[
        int, typer.Option(help="How many times as many small vouchers in those books.", min=1, max=50)
    ] = 1,
    serve: Annotated[bool, typer.Option(help="Go on serving until Ctrl-C.")] = True,
) -> None:
    """Lay down the realm's places, posts, items and past, play a day through the API, and serve it.

    What is there already is left alone: a second run only serves. One that was interrupted goes on where it was, and
    --all adds the other counties' villages to a demonstration that has one county.
    """
    from tianqu.project.starting import start_django

    start_django()
    from tianqu.project.demo_run import DemoRun

    DemoRun(port=port, password=PASSWORD, say=say).run(
        orders=orders, past=past, year=year, serve=serve, whole=whole, dense=dense
    )


def say(sentence: str) -> None:
    """Print one line of what the demo does."""
    typer.echo(f"tianqu  {sentence}", err=True)
