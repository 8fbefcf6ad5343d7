"""``tianqu books export``: books of a village, a township or a county in the form of another program."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from datetime import date

app = typer.Typer(name="books", help="Books of account: write them down for other programs.", no_args_is_help=True)


class Form(StrEnum):
    """The programs for which books are written down."""

    HLEDGER = "hledger"
    BEANCOUNT = "beancount"


@app.callback()
def books() -> None:
    """Books of account: write them down for other programs."""


@app.command("export")
def export(
    form: Annotated[Form, typer.Argument(help="For which program.")],
    book: Annotated[str, typer.Option(help="Code of one book.")] = "",
    place: Annotated[str, typer.Option(help="Code of a place: all books there and below, in one file.")] = "",
    until: Annotated[str, typer.Option(help="The last day that is told, as 2020-12-31.")] = "",
    output: Annotated[Path | None, typer.Option(help="The file; without it, standard output.")] = None,
) -> None:
    """Write books down in whole numbers of the smallest units, as they are at this moment."""
    from tianqu.project.starting import start_django

    start_django()
    from tianqu.project.book_files import export_books

    last = _day(until)
    with output.open("w", encoding="utf-8") if output else nullcontext(sys.stdout) as file:
        count, postings = export_books(file, form=str(form), book=book, place=place, until=last)
    typer.echo(f"{count} books, {postings} postings", err=True)


def _day(text: str) -> date | None:
    from datetime import date

    from tianqu.base.errors import InvalidInput, _

    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise InvalidInput(
            _("%(value)s is no day."), field="until", value=text[:40], remedy=_("Write it as 2020-12-31.")
        ) from error  # fmt: skip
