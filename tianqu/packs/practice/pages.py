"""The public's pages: a station, a team; and a volunteer's word on the hours of an activity."""

from __future__ import annotations

from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext

from tianqu.base.errors import TianquError
from tianqu.kernel.occasions.api import OccasionsAsked, occasions
from tianqu.kernel.pack.api import PageRequest, PageResult, Redirect, Rendered, faults, formed, named
from tianqu.packs.practice.acts import station_called, team_called
from tianqu.packs.practice.hours.acts import dispute_hours
from tianqu.packs.practice.hours.queries import activity_with, own_part
from tianqu.packs.practice.models import KIND
from tianqu.packs.practice.profiles.acts import join_team
from tianqu.packs.practice.queries import teams_joined, teams_of
from tianqu.packs.practice.words import words


def what_happens(request: PageRequest) -> PageResult:
    """What volunteers do stands in the list of everything that happens."""
    return Redirect(f"{reverse('occasions')}?kind={KIND}")


def station(request: PageRequest, code: str) -> PageResult:
    """A station: where it is, its teams, and what happens there in the coming weeks."""
    found, there = station_called(code), teams_of(code)
    coming = occasions(OccasionsAsked(days=28, kind=KIND, subjects=[team.code for team in there]))
    return Rendered("practice/station.html", {"station": found, "teams": there, "coming": coming, **words()})


def team(request: PageRequest, code: str) -> PageResult:
    """A team: what it does, what comes next, and joining or leaving it."""
    found, status = team_called(code), 200
    errors: dict[str, str] = {}
    if request.method == "POST":
        member = request.POST.get("member") == "yes"
        try:
            join_team(request.actor, team=code, member=member)
            return Redirect(
                request.path, notice=gettext("You are in this team.") if member else gettext("You left it.")
            )
        except TianquError as error:
            errors, status = faults(error), error.status
    context = {
        "team": found, "mine": found in teams_joined(request.actor), "summary": list(errors.items()),
        "coming": occasions(OccasionsAsked(days=28, kind=KIND, subjects=[code])),
        "where": [(named(found.station), reverse("practice:station", kwargs={"code": found.station_id}))], **words(),
    }  # fmt: skip
    return Rendered("practice/team.html", context, status=status)


def own_hours(request: PageRequest, occasion_id: UUID) -> PageResult:
    """What stands of one's own hours at an activity, and disagreeing with it in words."""
    line = activity_with(occasion_id)

    def keep(given: object) -> tuple[str, str]:
        dispute_hours(request.actor, occasion_id=occasion_id, words=str(request.POST.get("words", "")))
        return request.path, gettext("Your words stand beside the leader's.")

    return formed(
        request, "practice/hours.html", begun=lambda: {"words": ""}, keep=keep, line=line, it=line.occasion,
        own=own_part(request.actor, occasion_id=occasion_id), **words(),
    )  # fmt: skip
