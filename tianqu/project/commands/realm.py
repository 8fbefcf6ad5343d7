"""``tianqu realm``: bring a prefecture's files into an installation, and let its first administrator in."""

from __future__ import annotations

from typing import Annotated

import typer

REFUSALS_SHOWN_MAX = 20
app = typer.Typer(
    name="realm", help="A prefecture's files: bring them in, appoint the first administrator.", no_args_is_help=True
)


@app.command()
def load(
    code: Annotated[str, typer.Argument(help="A folder of realms/; by default the one that is served.")] = "",
) -> None:
    """Bring in places, units, calendar, items, rules, charts and templates, but nobody invented.

    Safe to run again: what is there stays as it is. Exit code 1 says that rows were refused, each with its reason.
    """
    from tianqu.project.starting import start_django

    start_django()
    from django.conf import settings

    from tianqu.project.migrating import bring_up_to_date
    from tianqu.project.realm_content import publish_realm
    from tianqu.project.realms import load_realm, read_realm
    from tianqu.project.speaking import spoken

    bring_up_to_date(new_only=True)
    realm = read_realm(code or settings.TIANQU_REALM)
    report = load_realm(realm.code)
    publish_realm(realm)
    for part, loaded in report.parts.items():
        typer.echo(f"{part:<8} {loaded.accepted:,} new, {loaded.unchanged:,} were here, {loaded.refused:,} refused")
        for refusal in loaded.refusals[:REFUSALS_SHOWN_MAX]:
            said = spoken(refusal.error)
            typer.secho(f"{refusal.file}, line {refusal.line}: {said}", fg="yellow", err=True)
    if report.refused:
        raise typer.Exit(1)


@app.command()
def administrator(
    login: Annotated[str, typer.Argument(help="The name to sign in by.")],
    name: Annotated[str, typer.Option(help="The person's name.")],
    unit: Annotated[str, typer.Option(help="Code of the unit they work at; as in units.csv.")],
) -> None:
    """Appoint an administrator, and print a password that must be changed at the first sign-in.

    For the first one, and for when the last one has lost their password: run again for the same login it prints a new
    one. Whoever is at this machine may do this; the journal says that it was done here.
    """
    from tianqu.project.starting import start_django

    start_django()
    from tianqu.kernel.journal.api import SYSTEM
    from tianqu.kernel.places.api import account_called, load_posts, reset_account

    row = {"login": login, "name": name, "unit": unit, "role": "administrator"}
    report = load_posts(SYSTEM, rows=[row])
    for refusal in report.refusals:
        raise refusal.error
    password = reset_account(SYSTEM, account_id=account_called(login).id)
    typer.echo(f"{login} is an administrator at {unit}. The first password, shown once: {password}")
