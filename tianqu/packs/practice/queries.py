"""Reading civic practice: what everybody may see, what is one's own, and what a leader's office sees."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from tianqu.base.errors import InvalidInput, NotFound, NotPermitted, _
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.places.api import Place, can, place_called, places_at, require
from tianqu.packs.practice.models import Activity, Membership, Participation, Station, TakingPart, Team, Volunteer
from tianqu.packs.practice.profiles.acts import is_minor

LIST_MAX: Final = 500
DAYS_MAX: Final = 92
YEARS: Final = range(2000, 2200)
SEE: Final = "practice.see"


@dataclass(frozen=True, slots=True)
class ActivityLine:
    """An activity as everybody sees it. ``state``: planned, full, running, over or cancelled."""

    activity: Activity
    team: Team
    station: Station
    state: str

    @property
    def free(self) -> int:
        """How many places are free."""
        return self.activity.places - self.activity.going


@dataclass(frozen=True, slots=True)
class ActivitiesAsked:
    """Which activities: from which day on, for how many days, below which place, of which team or station."""

    first_day: date | None = None  # today
    days: int = 7
    place: str = ""
    team: str = ""
    station: str = ""
    theme_day: bool = False


def activities(asked: ActivitiesAsked = ActivitiesAsked()) -> list[ActivityLine]:
    """The activities of some days by their beginning. Raises ``NotFound`` for a place that is none."""
    if not 1 <= asked.days <= DAYS_MAX:
        raise InvalidInput(_("Ask for 1 to %(most)s days."), field="days", value=asked.days, most=DAYS_MAX)
    first = asked.first_day or timezone.localdate()
    if first.year not in YEARS:
        raise InvalidInput(_("%(value)s is not a believable day."), field="first_day", value=first.isoformat())
    begin = timezone.make_aware(datetime.combine(first, time()))
    rows = Activity.objects.filter(ends_at__gt=begin, starts_at__lt=begin + timedelta(days=asked.days))
    if asked.place:
        rows = rows.filter(place_path__under=place_called(asked.place).path)
    if asked.team:
        rows = rows.filter(team=asked.team)
    if asked.station:
        rows = rows.filter(team__station=asked.station)
    if asked.theme_day:
        rows = rows.filter(theme_day=True)
    return lines_of(rows.order_by("starts_at", "id")[:LIST_MAX])


def activity_with(activity_id: UUID) -> ActivityLine:
    """One activity. Raises ``NotFound``."""
    found = lines_of(Activity.objects.filter(id=activity_id))
    if not found:
        raise NotFound(_("There is no such activity."), field="activity_id", value=str(activity_id))
    return found[0]


def lines_of(rows: QuerySet[Activity]) -> list[ActivityLine]:
    """Activities with their teams and stations. One statement."""
    now = timezone.now()
    return [
        ActivityLine(row, row.team, row.team.station, _state(row, now))
        for row in rows.select_related("team__station")
    ]  # fmt: skip


def _state(row: Activity, now: datetime) -> str:
    if row.cancelled_at is not None:
        return "cancelled"
    if row.ends_at <= now:
        return "over"
    if row.starts_at <= now:
        return "running"
    return "full" if row.going >= row.places else "planned"


def townships() -> list[Place]:
    """The places in which stations lie, each one level above its station's own, by code."""
    paths = {path.rpartition(".")[0] for path in Station.objects.values_list("place_path", flat=True).distinct()}
    return sorted(places_at(paths - {""}).values(), key=lambda place: place.code)


def stations(*, place: str = "", after: str = "") -> list[Station]:
    """The stations below a place, by code, at most 500. Raises ``NotFound`` for a place that is none."""
    rows = Station.objects.filter(code__gt=after)
    if place:
        rows = rows.filter(place_path__under=place_called(place).path)
    return list(rows.order_by("code")[:LIST_MAX])


def teams(*, station: str = "", after: str = "") -> list[Team]:
    """The teams of a station, or all of them, by code, at most 500."""
    rows = Team.objects.select_related("station").filter(code__gt=after)
    if station:
        rows = rows.filter(station=station)
    return list(rows.order_by("code")[:LIST_MAX])


def profile_of(actor: Actor) -> Volunteer | None:
    """The actor's own profile, None where there is none. Raises ``NotPermitted`` for who has not signed in."""
    if actor.person_id is None:
        raise NotPermitted(_("Only somebody who has signed in is a volunteer."), remedy=_("Sign in first."))
    return Volunteer.objects.select_related("station").filter(person_id=actor.person_id).first()


def teams_joined(actor: Actor) -> list[Team]:
    """The teams that the actor is in."""
    if actor.person_id is None:
        return []
    mine = Membership.objects.filter(person_id=actor.person_id).values("team")
    return list(Team.objects.select_related("station").filter(code__in=mine).order_by("code"))


def own_participation(actor: Actor, activity_id: UUID) -> Participation | None:
    """How the actor stands to an activity, None where not at all."""
    if actor.person_id is None:
        return None
    own = Participation.objects.filter(person_id=actor.person_id, activity=activity_id)
    return own.exclude(state=TakingPart.LEFT).first()


def standing(one: Participation) -> str:
    """How far the hours of a participation are."""
    if one.minutes is not None:
        return "booked"
    if one.volunteer_words:
        return "disputed"
    if one.refused_at is not None:
        return "refused"
    if one.elsewhere:
        return "elsewhere"
    if one.in_at is not None:
        return "unconfirmed" if one.out_at is not None else "in"
    return one.state


def within_reach(actor: Actor, rows: QuerySet[Any]) -> QuerySet[Any]:
    """The rows of units and places within the actor's reach, and none that they see for another reason."""
    if actor.scope.everything:
        return rows
    seen = Q(unit_id__in=actor.scope.unit_ids)
    for path in actor.scope.place_paths:
        seen |= Q(place_path__under=path)
    return rows.filter(seen)


def led_teams(actor: Actor) -> list[Team]:
    """The open teams that the actor leads, at most 500."""
    require(actor, SEE)
    rows = within_reach(actor, Team.objects.select_related("station").filter(is_open=True, station__is_open=True))
    if not can(actor, "practice.declare_team"):
        rows = rows.filter(Q(leader_person_id=None) | Q(leader_person_id=actor.person_id))
    return list(rows.order_by("code")[:LIST_MAX])


def led_stations(actor: Actor, *, after: str = "", limit: int = LIST_MAX) -> list[Station]:
    """The stations within the actor's reach, by code from ``after`` on."""
    require(actor, SEE)
    return list(within_reach(actor, Station.objects.filter(code__gt=after).order_by("code"))[: min(limit, LIST_MAX)])


def led_activities(actor: Actor, *, limit: int = 100) -> list[ActivityLine]:
    """The activities within the actor's reach, the newest first."""
    require(actor, SEE)
    return lines_of(within_reach(actor, Activity.objects.order_by("-starts_at", "id"))[: min(limit, LIST_MAX)])


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody who signed up, as the leader sees them; ``name`` is a dash once the profile was erased."""

    one: Participation
    name: str
    phone: str
    standing: str


def participants(actor: Actor, *, activity_id: UUID) -> list[Participant]:
    """Who signed up for an activity within reach, in the order in which they did; those who wait last, and not all."""
    line = activity_with(activity_id)
    require(actor, SEE, line.team)
    rows = Participation.objects.filter(activity=activity_id).exclude(state=TakingPart.LEFT)
    found = list(rows.order_by("state", "queued_at", "id")[: line.activity.places + LIST_MAX])
    known = _volunteers({one.person_id for one in found if one.person_id})
    return [
        Participant(one, who.name if who else "–", who.phone if who else "", standing(one))
        for one in found
        for who in [known.get(one.person_id)]
    ]


def _volunteers(person_ids: Iterable[UUID]) -> dict[UUID | None, Volunteer]:
    return {one.person_id: one for one in Volunteer.objects.filter(person_id__in=list(person_ids))}


def minors(actor: Actor) -> list[Volunteer]:
    """The volunteers under age of the stations within reach, those without consent first."""
    require(actor, "practice.record_consent")
    today = timezone.localdate()
    rows = within_reach(actor, Volunteer.objects.select_related("station"))
    young = rows.filter(born_on__gt=today - timedelta(days=366 * 18)).order_by("consent_at", "number")[:LIST_MAX]
    found = [one for one in young if is_minor(one, on=today)]
    return sorted(found, key=lambda one: one.consent_at is not None)


def volunteer_with(actor: Actor, *, person_id: UUID) -> Volunteer:
    """A volunteer of a station within reach. Raises ``NotFound``."""
    require(actor, "practice.record_consent")
    rows = within_reach(actor, Volunteer.objects.select_related("station"))
    found: Volunteer | None = rows.filter(person_id=person_id).first()
    if found is None:
        raise NotFound(_("There is no such volunteer."), field="person_id", value=str(person_id))
    return found
