"""The public's pages: a station, a team, and where printed certificates lead to."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext

from tianqu.base.errors import TianquError
from tianqu.kernel.occasions.api import OccasionsAsked, occasions
from tianqu.kernel.pack.api import PageRequest, PageResult, Redirect, Rendered, faults, named
from tianqu.packs.practice.acts import station_called, team_called
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


def old_address(request: PageRequest, code: str) -> PageResult:
    """Where a certificate lay when papers with this address were printed."""
    query = request.GET.urlencode()
    return Redirect(reverse("certificate", kwargs={"code": code}) + f"?{query}" * bool(query))
