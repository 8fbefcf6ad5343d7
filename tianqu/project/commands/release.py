"""``tianqu release rerun CODE``: make a published release again from its pins, and compare every byte."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(name="release", help="Releases that were published.", no_args_is_help=True)


@app.callback()
def release() -> None:
    """Releases that were published: make one again and compare."""


@app.command("rerun")
def rerun(
    code: Annotated[str, typer.Argument(help="The release's code, as in its address.")],
    edition: Annotated[int, typer.Option(help="Which edition; 0 is the newest.", min=0)] = 0,
) -> None:
    """Make an edition again from its pins. Exit code 1 says that some paper came out otherwise than published."""
    from tianqu.project.starting import start_django

    start_django()
    from tianqu.kernel.journal.api import ANYBODY
    from tianqu.kernel.releases.api import edition_numbered, public_release, rerun_edition

    made = rerun_edition(edition_numbered(public_release(ANYBODY, code), number=edition or None))
    for name, (published, now) in sorted(made.hashes.items()):
        typer.secho(f"{name:10} {published} {'same' if published == now else f'NOW {now}'}")
    if made.same:
        typer.secho(f"THE SAME: edition {made.edition.number} of {code}.", fg="green")
        return
    if not made.renderer:
        typer.secho("This installation sets texts with other programs than the edition was made with.", err=True)
    typer.secho(f"DIFFERENT: edition {made.edition.number} of {code}.", fg="red", err=True)
    raise typer.Exit(1)
