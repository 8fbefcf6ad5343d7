"""The command line: ``tianqu COMMAND``.

Importing this module must stay quick, so a command module imports typer and the standard library at its top, and
everything else inside its functions, after ``start_django()``.
"""

from __future__ import annotations

import sys

import typer

from tianqu.base.errors import TianquError
from tianqu.project.commands import (
    books,
    check,
    classify,
    database,
    datasets,
    demo,
    journal,
    newpack,
    ocds,
    realm,
    recompute,
    release,
    replay,
    simulate,
    up,
    verify,
    wall,
    witness,
)

app = typer.Typer(
    name="tianqu",
    help="Run a prefecture's public services in the open.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,  # a local may hold personal data
    add_completion=False,
)
app.command("up")(up.up)
app.command("jobs", hidden=True)(up.jobs)
app.add_typer(database.app, name="db")
app.add_typer(datasets.app, name="datasets")
app.add_typer(journal.app, name="journal")
app.add_typer(realm.app, name="realm")
app.add_typer(books.app, name="books")
app.add_typer(ocds.app, name="ocds")
app.add_typer(classify.app, name="classify")
app.add_typer(wall.app, name="wall")
app.add_typer(release.app, name="release")
app.command("demo")(demo.demo)
app.command("newpack")(newpack.newpack)
app.command("replay")(replay.replay)
app.command("simulate")(simulate.simulate)
app.command("recompute")(recompute.recompute)
app.command("check")(check.check)
app.command("verify")(verify.verify)
app.command("witness")(witness.witness)


@app.command(
    "django", context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
)
def django_command(context: typer.Context) -> None:
    """Run one of Django's own management commands, such as makemigrations."""
    from tianqu.project.starting import start_django

    start_django()
    from django.core.management import execute_from_command_line

    execute_from_command_line(["tianqu django", *context.args])


def main() -> None:
    """Run the command line; say what was wrong and what would be right instead of a trace of the program."""
    try:
        app()
    except TianquError as error:
        from tianqu.project.speaking import spoken

        typer.secho(spoken(error), fg="red", err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
