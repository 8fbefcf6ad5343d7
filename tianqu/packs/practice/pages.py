"""The public's pages: what happens near me, an activity with its sign-up, a station, a team, the calendar."""

from __future__ import annotations

from datetime import timedelta
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from tianqu.base.errors import InvalidInput, TianquError
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.pack.api import Download, PageRequest, PageResult, Redirect, Rendered
from tianqu.kernel.places.api import can
from tianqu.packs.practice.activities.acts import leave_activity, sign_up
from tianqu.packs.practice.acts import station_called, team_called
from tianqu.packs.practice.hours.acts import check, dispute_hours
from tianqu.packs.practice.icalendar import calendar_file
from tianqu.packs.practice.profiles.acts import join_team
from tianqu.packs.practice.queries import (
    LIST_MAX,
    SEE,
    ActivitiesAsked,
    ActivityLine,
    activities,
    activity_with,
    own_participation,
    standing,
    teams,
    teams_joined,
    townships,
)
from tianqu.packs.practice.words import faults, named, said, words

MEDIA_TYPE: Final = "text/calendar; charset=utf-8"
CRUMB: Final = (_("What happens near me"), "practice:activities")
EVENT_STATES: Final = {"cancelled": "https://schema.org/EventCancelled"}
DEEDS: Final = {"sign_up": sign_up, "leave": leave_activity}


def activity_list(request: PageRequest) -> PageResult:
    """What happens near me this week: by day, narrowed by place and theme day; with the weeks around it."""
    asked = _asked(request)
    first = asked.first_day or timezone.localdate()
    lines = activities(asked)
    days = [(day, list(rows)) for day, rows in groupby(lines, key=lambda line: max(first, _day(line)))]
    context = {
        "days": days, "count": len(lines), "cut": len(lines) == LIST_MAX,
        "places": [(place.code, named(place)) for place in townships()],
        "given": {name: request.GET.get(name, "") for name in ("place", "from", "theme")},
        "first": first, "last": first + timedelta(days=asked.days - 1), "before": first - timedelta(days=7),
        "after": first + timedelta(days=7), "query": request.GET.urlencode(), **words(),
    }  # fmt: skip
    return Rendered("practice/activities.html", context)


def calendar(request: PageRequest) -> PageResult:
    """The activities of the coming three months as iCalendar, narrowed by the same filters."""
    asked = _asked(request, days=92)
    return Download("practice.ics", MEDIA_TYPE, calendar_file(activities(asked), origin=settings.TIANQU_ORIGIN))


def activity(request: PageRequest, activity_id: UUID) -> PageResult:
    """One activity: when, where, how many places; signing up, leaving, and disagreeing with one's hours."""
    line = activity_with(activity_id)
    if request.method != "POST":
        return _activity(request, line, {})
    deed = str(request.POST.get("deed", ""))
    try:
        if deed == "dispute":
            dispute_hours(request.actor, activity_id=activity_id, words=str(request.POST.get("words", "")))
            notice = gettext("Your words stand beside the leader's.")
        elif deed in DEEDS:
            DEEDS[deed](request.actor, activity_id=activity_id)
            one = own_participation(request.actor, activity_id)
            waits = one is not None and one.state == "waiting"
            notice = gettext("You are on the waiting list.") if waits else gettext("You take part.")
            notice = gettext("You have left it.") if one is None else notice
        else:
            raise InvalidInput(gettext_noop("This cannot be done here."), field="deed", value=deed[:40])
    except TianquError as error:
        return _activity(request, line, faults(error), status=error.status)
    return Redirect(request.path, notice=notice)


def _activity(
    request: PageRequest, line: ActivityLine, errors: dict[str, str], template: str = "activity", *, status: int = 200
) -> PageResult:
    own = own_participation(request.actor, line.activity.id)
    context = {
        "line": line, "it": line.activity, "own": own, "standing": standing(own) if own else "", "errors": errors,
        "summary": list(errors.items()), "signed_in": request.actor.person_id is not None,
        "leads": can(request.actor, SEE, line.team), "event": schema_event(line), "begun": _begun(line),
        "given": {"words": "", "code": request.GET.get("code", ""), **request.POST.dict()},
        "client_id": request.POST.get("client_id") or str(new_identifier()),
        "where": [(CRUMB[0], reverse(CRUMB[1]))], **words(),
    }  # fmt: skip
    return Rendered(f"practice/{template}.html", context, status=status)


def check_in(request: PageRequest, activity_id: UUID) -> PageResult:
    """Check in or out by the code that the leader's phone shows; the QR leads here with the code filled in."""
    line = activity_with(activity_id)
    if request.method != "POST":
        return _activity(request, line, {}, "check")
    try:
        check(
            request.actor, activity_id=activity_id, direction=str(request.POST.get("direction", "")),
            code=str(request.POST.get("code", "")), client_id=_identifier(request.POST.get("client_id", "")),
        )  # fmt: skip
    except TianquError as error:
        return _activity(request, line, faults(error), "check", status=error.status)
    notice = gettext("You are checked in.") if request.POST["direction"] == "in" else gettext("You are checked out.")
    return Redirect(reverse("practice:activity", kwargs={"activity_id": activity_id}), notice=notice)


def station(request: PageRequest, code: str) -> PageResult:
    """A station: where it is, its teams, and what happens there in the coming weeks."""
    found = station_called(code)
    coming = activities(ActivitiesAsked(days=28, station=code))
    context = {"station": found, "teams": teams(station=code), "coming": coming, "where": _where(), **words()}
    return Rendered("practice/station.html", context)


def team(request: PageRequest, code: str) -> PageResult:
    """A team: what it does, what comes next, and joining or leaving it."""
    found, errors, status = team_called(code), {}, 200
    if request.method == "POST":
        member = request.POST.get("member") == "yes"
        try:
            join_team(request.actor, team=code, member=member)
            return Redirect(
                request.path, notice=gettext("You are in this team.") if member else gettext("You left it.")
            )
        except TianquError as error:
            errors, status = faults(error), error.status
    mine = found in teams_joined(request.actor)
    context = {
        "team": found, "mine": mine, "summary": list(errors.items()),
        "coming": activities(ActivitiesAsked(days=28, team=code)),
        "where": [*_where(), (named(found.station), reverse("practice:station", kwargs={"code": found.station_id}))],
        **words(),
    }  # fmt: skip
    return Rendered("practice/team.html", context, status=status)


def schema_event(line: ActivityLine) -> dict[str, Any]:
    """An activity as schema.org's Event."""
    it, station = line.activity, line.station
    place: dict[str, Any] = {"@type": "Place", "name": said(it.venue, it.venue_en), "address": named(station)}
    if station.lat is not None and station.lon is not None:
        place["geo"] = {"@type": "GeoCoordinates", "latitude": str(station.lat), "longitude": str(station.lon)}
    return {
        "@context": "https://schema.org", "@type": "Event", "name": said(it.title, it.title_en),
        "description": said(it.words, it.words_en), "startDate": it.starts_at.isoformat(),
        "endDate": it.ends_at.isoformat(), "location": place, "isAccessibleForFree": True,
        "eventStatus": EVENT_STATES.get(line.state, "https://schema.org/EventScheduled"),
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
        "organizer": {"@type": "Organization", "name": named(line.team)}, "maximumAttendeeCapacity": it.places,
        "remainingAttendeeCapacity": line.free,
        "url": settings.TIANQU_ORIGIN + reverse("practice:activity", kwargs={"activity_id": it.id}),
    }  # fmt: skip


def _asked(request: PageRequest, *, days: int = 7) -> ActivitiesAsked:
    """The filters of an address. Raises ``InvalidInput`` for what is no day."""
    typed = request.GET.get("from", "")
    try:
        first = parse_date(typed) if typed else None
    except ValueError:
        first = None
    if typed and first is None:
        raise InvalidInput(gettext_noop("This is no day."), field="from", value=typed[:20])
    place, theme = request.GET.get("place", "")[:80], request.GET.get("theme", "") == "on"
    return ActivitiesAsked(first_day=first, days=days, place=place, theme_day=theme)


def _day(line: ActivityLine) -> Any:
    return timezone.localtime(line.activity.starts_at).date()


def _begun(line: ActivityLine) -> bool:
    return line.activity.starts_at <= timezone.now()


def _identifier(typed: str) -> UUID:
    try:
        return UUID(typed)
    except ValueError:
        return new_identifier()


def _where() -> list[tuple[Any, str]]:
    return [(CRUMB[0], reverse(CRUMB[1]))]
