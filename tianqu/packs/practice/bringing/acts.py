"""Bringing in the register that a place kept before: many volunteers at once, each entered, there already, or refused.

Whoever is brought in has the identifier that their team and their number in the old register always have, so that a
list sent again changes nothing. They have no account yet; what is written here is what they once gave their station.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from tianqu.base.errors import Conflict, InvalidInput, NotFound, TianquError, _
from tianqu.base.identifiers import named_identifier
from tianqu.base.texts import clean_line
from tianqu.kernel.journal.api import Acting, DoneBefore, act, writing
from tianqu.kernel.pack.api import refusal_said
from tianqu.kernel.places.api import may_by_role, require
from tianqu.packs.practice.acts import FIRST_DAY
from tianqu.packs.practice.models import Membership, Team, Volunteer
from tianqu.packs.practice.profiles.acts import NAME_MAX, checked_birth, checked_words, record_volunteer

LINES_MAX: Final = 1_000
REFERENCE_MAX: Final = 40


@dataclass(frozen=True, slots=True)
class RegisteredVolunteer:
    """A volunteer of an old register: their number there, their team here, and what stands of them."""

    reference: str
    team: str
    name: str
    phone: str
    born_on: date
    since: date
    skills: tuple[str, ...] = ()
    times: tuple[str, ...] = ()
    languages: tuple[str, ...] = ("zh",)
    reach: str = "village"


@dataclass(frozen=True, slots=True)
class BroughtLine:
    """What became of a line, by its place in the list from 0: entered, unchanged, or refused with field and reason."""

    position: int
    outcome: str
    field: str = ""
    reason: str = ""


@act("practice.bring_volunteers", may=may_by_role)
def bring_volunteers(acting: Acting, *, lines: Sequence[RegisteredVolunteer]) -> list[BroughtLine]:
    """Bring in up to 1,000 volunteers of an old register; say of each line what became of it. None stops another.

    Raises ``NotPermitted`` where one is of a team out of reach: then the whole list is somebody else's.
    """
    if not 1 <= len(lines) <= LINES_MAX:
        raise InvalidInput(
            _("From 1 to %(most)s lines are taken at once."), field="lines", value=len(lines), most=LINES_MAX,
            remedy=_("Send them in several parts; what was sent twice changes nothing."),
        )  # fmt: skip
    teams = Team.objects.select_related("station").in_bulk({line.team for line in lines})
    for team in teams.values():
        require(acting.actor, acting.act, team)
    list(Team.objects.select_for_update().filter(code__in=teams).order_by("code"))  # one list at a time
    fresh: dict[UUID, tuple[Volunteer, Team]] = {}
    outcomes: list[BroughtLine] = []
    with writing(acting):
        identifiers = [person_of(line) for line in lines]
        known = set(Volunteer.objects.filter(person_id__in=identifiers).values_list("person_id", flat=True))
    for position, (line, person_id) in enumerate(zip(lines, identifiers, strict=True)):
        if person_id in known or person_id in fresh:
            outcomes.append(BroughtLine(position, "unchanged"))
            continue
        try:
            if line.team not in teams:
                raise NotFound(_("There is no team %(value)s."), field="team", value=line.team[:40])
            if not (teams[line.team].is_open and teams[line.team].station.is_open):
                raise Conflict(_("This team is closed."), field="team", value=line.team)
            fresh[person_id] = (_read(acting, line, teams[line.team], person_id), teams[line.team])
            outcomes.append(BroughtLine(position, "entered"))
        except TianquError as error:
            outcomes.append(BroughtLine(position, "refused", error.field or "", refusal_said(error)))
    if not fresh:
        raise DoneBefore(outcomes)
    _write(acting, fresh)
    return outcomes


def person_of(line: RegisteredVolunteer) -> UUID:
    """The identifier that somebody of an old register always has."""
    return named_identifier(f"practice/{line.team}/volunteer/{line.reference.strip()}")


def _read(acting: Acting, line: RegisteredVolunteer, team: Team, person_id: UUID) -> Volunteer:
    """A line as a profile. Raises ``InvalidInput``."""
    clean_line(line.reference, field="reference", most=REFERENCE_MAX, wanted=True)
    if not FIRST_DAY <= line.since <= acting.today:
        raise InvalidInput(
            _("Nobody registered before %(first)s or after today."), field="since", value=line.since.isoformat(),
            first=FIRST_DAY.isoformat(),
        )  # fmt: skip
    return Volunteer(
        person_id=person_id, number=f"V{person_id.hex[-12:]}", station=team.station, unit_id=team.unit_id,
        place_path=team.place_path, name=clean_line(line.name, field="name", most=NAME_MAX, wanted=True),
        phone=clean_line(line.phone, field="phone", most=30, wanted=True), since=line.since, changed_at=acting.now,
        born_on=checked_birth(acting, line.born_on),
        **checked_words(skills=line.skills, times=line.times, languages=line.languages, reach=line.reach),
    )  # fmt: skip


def _write(acting: Acting, fresh: dict[UUID, tuple[Volunteer, Team]]) -> None:
    with writing(acting):
        Volunteer.objects.bulk_create([volunteer for volunteer, _team in fresh.values()])
        Membership.objects.bulk_create(
            Membership(
                team=team, person_id=person_id, joined_at=acting.now, unit_id=team.unit_id, place_path=team.place_path
            )
            for person_id, (_volunteer, team) in fresh.items()
        )
    for volunteer, team in fresh.values():
        record_volunteer(acting, volunteer, team=team.code, member=True)
