"""``tianqu wall publish``: the posters of all villages of a place for a quarter, published and put on paper."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

SHOWN_MAX = 10
app = typer.Typer(
    name="wall", help="Public accounts of villages: publish a quarter, print posters.", no_args_is_help=True
)


class Paper(StrEnum):
    """The papers that can be printed."""

    A3 = "a3"
    A4 = "a4"
    BOTH = "both"
    NONE = "none"


class Language(StrEnum):
    """The languages in which a poster is printed."""

    ZH = "zh"
    EN = "en"


@app.callback()
def wall() -> None:
    """Public accounts of villages: publish, print posters."""


@app.command("publish")
def publish(
    quarter: Annotated[str, typer.Option(help="The quarter, as 2020Q3.")],
    place: Annotated[str, typer.Option(help="Code of a place: its villages; without it, all villages.")] = "",
    folder: Annotated[Path | None, typer.Option(help="Where the papers go; without it, below the data folder.")] = None,
    paper: Annotated[Paper, typer.Option(help="The paper to print.")] = Paper.A3,
    language: Annotated[Language, typer.Option(help="The language of the paper.")] = Language.ZH,
    workers: Annotated[int, typer.Option(help="Processes that work at once.", min=1, max=64)] = 2,
) -> None:
    """Publish the quarter of every village that keeps a book and has not published it; print what is not printed yet.

    Safe to break off and to run again. Exit code 1 says that some villages were refused, with the reasons.
    """
    from tianqu.project.starting import start_django

    start_django()
    from django.conf import settings

    from tianqu.packs.village.wall.quarters import parse_quarter
    from tianqu.project.wall_run import WallRun

    wanted = parse_quarter(quarter)
    target = None if paper is Paper.NONE else folder or Path(settings.VAR) / "walls" / str(wanted)
    sizes = ("a3", "a4") if paper is Paper.BOTH else (paper.value,)
    run = WallRun(wanted, place, target, sizes, language.value, workers)
    run.run()
    rate = run.printed / run.seconds * 60 if run.seconds else 0
    typer.echo(
        f"{run.villages:,} villages with books: {run.published:,} posters published, {run.there:,} were there;"
        f" {run.printed:,} printed, {rate:,.0f} a minute; {run.seconds:.1f} s"
    )
    if target is not None:
        typer.echo(f"The papers: {target}")
    for reason, count in run.refused.most_common(SHOWN_MAX):
        typer.secho(f"{count:,} refused: {reason}", fg="yellow", err=True)
    if run.refused:
        raise typer.Exit(1)
