"""Reading civic practice: stations and teams, which everybody may see, one's own profile, and what an office sees."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils import timezone

from tianqu.base.errors import NotFound, NotPermitted, _
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.occasions.api import Comer, Holder
from tianqu.kernel.places.api import can, require, rows_in_reach
from tianqu.kernel.rosters.api import RosterMember, RostersJoined
from tianqu.packs.practice.models import Membership, Station, Team, Volunteer
from tianqu.packs.practice.profiles.acts import is_minor

LIST_MAX: Final = 500
WORDS_MAX: Final = 5
FOUND_MAX: Final = 20  # of stations from which one chooses
SEE: Final = "practice.see"


def stations_found(words: str) -> list[Station]:
    """The stations at which one can be a volunteer whose name or code has all of some words, by code, at most 20."""
    rows = Station.objects.filter(is_open=True)
    for word in words.split()[:WORDS_MAX]:
        rows = rows.filter(Q(name__icontains=word) | Q(name_en__icontains=word) | Q(code__icontains=word))
    return list(rows.order_by("code")[:FOUND_MAX])


def teams_of(station: str) -> list[Team]:
    """The teams of a station by code, at most 500."""
    return list(Team.objects.select_related("station").filter(station=station).order_by("code")[:LIST_MAX])


def teams_with(codes: Collection[str]) -> dict[str, Team]:
    """The teams of some codes with their stations, by code."""
    return {team.code: team for team in Team.objects.select_related("station").filter(code__in=list(codes))}


def holders(codes: Collection[str]) -> dict[str, Holder]:
    """Teams as those who hold occasions: where their station lies, and open while both are."""
    return {team.code: _holder(team) for team in teams_with(codes).values()}


def _holder(team: Team) -> Holder:
    at = team.station
    return Holder(
        team.code, team.unit_id, team.place_path, team.name, team.name_en, at.name, at.name_en, at.lon, at.lat,
        is_open=team.is_open and at.is_open, address=reverse("practice:team", kwargs={"code": team.code}),
        book=at.book, account=team.account,
    )  # fmt: skip


def comers(person_ids: Collection[UUID]) -> dict[UUID, Comer]:
    """Volunteers as whoever leads may know them, as far as the connection's eyes see them."""
    return {one.person_id: Comer(one.name, one.phone) for one in Volunteer.objects.filter(person_id__in=person_ids)}


def leads(actor: Actor, _act: str, holder: Holder) -> None:
    """Let the one lead whom a team names, whoever leads at its unit where it names none, and the centre.

    Raises ``NotPermitted``.
    """
    check_leads(actor, Team.objects.get(code=holder.subject))


def check_leads(actor: Actor, team: Team) -> None:
    """Raise ``NotPermitted`` unless the actor leads a team: as the one whom it names, or as the centre."""
    if team.leader_person_id not in (None, actor.person_id) and not can(actor, "practice.declare_team", team):
        raise NotPermitted(_("Somebody else leads this team."), field="team", remedy=_("Ask its leader or the centre."))


def led_teams(actor: Actor) -> list[Holder]:
    """The open teams that the actor leads, at most 500."""
    require(actor, SEE)
    rows = rows_in_reach(actor, Team.objects.select_related("station").filter(is_open=True, station__is_open=True))
    if not can(actor, "practice.declare_team"):
        rows = rows.filter(Q(leader_person_id=None) | Q(leader_person_id=actor.person_id))
    return [_holder(team) for team in rows.order_by("code")[:LIST_MAX]]


def profile_of(actor: Actor, *, locked: bool = False) -> Volunteer | None:
    """The actor's own profile, None where there is none. Raises ``NotPermitted`` for who has not signed in.

    ``locked``: within an act, which keeps it from being erased meanwhile.
    """
    if actor.person_id is None:
        raise NotPermitted(_("Only somebody who has signed in is a volunteer."), remedy=_("Sign in first."))
    rows = Volunteer.objects.select_related("station").filter(person_id=actor.person_id)
    return (rows.select_for_update(of=("self",)) if locked else rows).first()


def teams_joined(actor: Actor) -> list[Team]:
    """The teams that the actor is in."""
    if actor.person_id is None:
        return []
    mine = Membership.objects.filter(person_id=actor.person_id).values("team")
    return list(Team.objects.select_related("station").filter(code__in=mine).order_by("code"))


def joined(person_id: UUID) -> RostersJoined:
    """The teams whose rosters a volunteer is in."""
    return RostersJoined(frozenset(Membership.objects.filter(person_id=person_id).values_list("team", flat=True)))


def sharing(team: Holder, _on: date) -> set[UUID]:
    """The members of a team."""
    return set(Membership.objects.filter(team_id=team.subject).values_list("person_id", flat=True))


def members(_team: Holder, persons: Collection[UUID], on: date) -> Mapping[UUID, RosterMember]:
    """Volunteers as rosters know them; a minor serves with a guardian's consent."""
    found = list(Volunteer.objects.filter(person_id__in=list(persons)))
    free = {one.person_id: one.consent_at is not None or not is_minor(one, on=on) for one in found}
    return {one.person_id: RosterMember(one.name, tuple(one.skills), free[one.person_id]) for one in found}


def led_stations(actor: Actor, *, after: str = "", limit: int = LIST_MAX) -> list[Station]:
    """The stations within the actor's reach, by code from ``after`` on."""
    require(actor, SEE)
    return list(rows_in_reach(actor, Station.objects.filter(code__gt=after).order_by("code"))[: min(limit, LIST_MAX)])


def minors(actor: Actor) -> list[Volunteer]:
    """The volunteers under age of the stations within reach, those without consent first, at most 500."""
    require(actor, "practice.record_consent")
    today = timezone.localdate()
    rows = rows_in_reach(actor, Volunteer.objects.select_related("station"))
    young = rows.filter(born_on__gt=today - timedelta(days=366 * 18))
    first = F("consent_at").asc(nulls_first=True)
    return [one for one in young.order_by(first, "number")[:LIST_MAX] if is_minor(one, on=today)]


def registered(actor: Actor) -> QuerySet[Volunteer]:
    """The volunteers of old registers within reach, each with the code of the team into which they were brought."""
    team = Membership.objects.filter(person_id=OuterRef("person_id")).order_by("id").values("team")[:1]
    rows = Volunteer.objects.exclude(reference="").select_related("station")
    return rows_in_reach(actor, rows.annotate(team_code=Subquery(team)))


def volunteer_with(actor: Actor, *, person_id: UUID) -> Volunteer:
    """A volunteer of a station within reach. Raises ``NotFound``."""
    require(actor, "practice.record_consent")
    rows = rows_in_reach(actor, Volunteer.objects.select_related("station"))
    found: Volunteer | None = rows.filter(person_id=person_id).first()
    if found is None:
        raise NotFound(_("There is no such volunteer."), field="person_id", value=str(person_id))
    return found
