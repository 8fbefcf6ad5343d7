"""The certificate of a volunteer's hours: whose it is, and what its lines are about."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tianqu.base.errors import NotFound
from tianqu.base.errors import _ as said
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.occasions.api import bookings_with
from tianqu.kernel.pack.api import MINUTES, CertificateKind, Whose
from tianqu.packs.practice.hours.queries import visits_with
from tianqu.packs.practice.models import KIND, LEDGER, Station, Team
from tianqu.packs.practice.queries import profile_of, teams_with


def volunteer_certified(actor: Actor, _subject: str, /, *, locked: bool) -> Whose:
    """The actor as a volunteer, with their account in every station's book. Raises ``NotFound``, ``NotPermitted``."""
    it = profile_of(actor, locked=locked)
    if it is None:
        raise NotFound(
            said("You have no profile as a volunteer."), field="person_id", remedy=said("Fill in your profile first.")
        )
    at = it.station
    return Whose(
        it.name, it.number, at.unit_id, at.place_path, person_id=it.person_id,
        facts={"number": it.number, "station": at.name, "station_en": at.name_en},
    )  # fmt: skip


def described(references: Collection[str]) -> dict[str, Mapping[str, str]]:
    """What transfers of hours were for: activities and ordered services, each with team and station."""
    ids = {one: one.partition(":")[2] for one in references if one.startswith("booking:")}
    bookings = {str(one.id): one.occasion for one in bookings_with([UUID(one) for one in ids.values()])}
    teams = teams_with({one.subject for one in bookings.values()})
    told: dict[str, Mapping[str, str]] = {
        reference: _words((of.title, of.title_en), teams[of.subject], teams[of.subject].station)
        for reference, booking_id in ids.items()
        for of in [bookings[booking_id]]
    }
    visits = visits_with([int(one.partition(":")[2]) for one in references if one.startswith("visit:")])
    return told | {
        f"visit:{number}": _words((one.title, one.title_en), one.team, one.station) for number, one in visits.items()
    }


def _words(titles: tuple[str, str], team: Team | None, station: Station) -> dict[str, str]:
    return {
        "title": titles[0], "title_en": titles[1], "team": team.name if team else "",
        "team_en": team.name_en if team else "", "station": station.name, "station_en": station.name_en,
    }  # fmt: skip


HOURS: Final = CertificateKind(
    code=KIND, title=_("Certificate of hours"), amount=MINUTES, ledger=LEDGER, side="credit", whose=volunteer_certified,
    described=described, columns=(("title", _("What")), ("team", _("Team")), ("station", _("Station"))),
    facts=(("number", _("Number as a volunteer")), ("station", _("Station"))),
    shown=(
        ("number", _("my number as a volunteer")), ("minutes", _("my hours together")),
        ("period", _("first and last day")),
    ),
    back=(_("My hours"), lambda _subject: reverse("practice:mine")),
)  # fmt: skip
