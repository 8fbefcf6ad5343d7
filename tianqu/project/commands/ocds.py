"""``tianqu ocds``: contracts as packages of the Open Contracting Data Standard, written into a file and checked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(name="ocds", help="Contracts in the Open Contracting Data Standard.", no_args_is_help=True)


@app.callback()
def ocds() -> None:
    """Contracts in the Open Contracting Data Standard."""


@app.command("check")
def check(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A package of releases or records.")],
    prefix: Annotated[str, typer.Option(help="The prefix that every ocid must begin with.")] = "",
) -> None:
    """Check a package, also for what the standard's schema lets pass; name each fault with its place and remedy."""
    from tianqu.base.texts import printable
    from tianqu.gateways.ocds.check import check_bytes
    from tianqu.project.speaking import spoken

    found = check_bytes(file.read_bytes(), prefix=prefix)
    for fault in found:
        typer.echo(f"{printable(fault.field)}  {spoken(fault)}")
    typer.echo(f"{file}: {len(found)} faults", err=True)
    if found:
        raise typer.Exit(1)


@app.command("export")
def export(
    output: Annotated[Path, typer.Argument(help="The file to write.")],
    place: Annotated[str, typer.Option(help="Code of a place: contracts of villages in it; without it all.")] = "",
    language: Annotated[str, typer.Option(help="Of titles: zh or en.")] = "zh",
) -> None:
    """Write everything that anybody may read of contracts into one release package."""
    from tianqu.project.starting import start_django

    start_django()
    from tianqu.project.ocds_files import export_releases

    with output.open("wb") as file:
        count = export_releases(file, place=place, language=language)
    typer.echo(f"{count} releases", err=True)
