"""A volunteer's own pages: hours and vouchers, the profile, what is kept as JSON, and erasing it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tianqu.base.canonical import plain
from tianqu.kernel.pack.api import Download, PageRequest, PageResult, Redirect, Rendered, day_given, formed, named
from tianqu.kernel.rosters.api import own_rosters, own_rosters_told
from tianqu.packs.practice.hours.queries import exported, own_hours
from tianqu.packs.practice.models import KIND
from tianqu.packs.practice.profiles.acts import LANGUAGES, REACHES, SKILLS, TIMES, erase_profile, keep_profile
from tianqu.packs.practice.queries import open_stations, profile_of, teams_joined
from tianqu.packs.practice.words import options, words

TYPED = ("station", "name", "phone", "reach")
SEVERAL = ("skills", "languages", "times")


def mine(request: PageRequest) -> PageResult:
    """One's own hours by team and station, activities with their vouchers, and teams."""
    profile = profile_of(request.actor)
    context = {
        "profile": profile, "hours": own_hours(request.actor), "teams": teams_joined(request.actor),
        "rosters": own_rosters(request.actor, kind=KIND), **words(),
    }  # fmt: skip
    return Rendered("practice/mine.html", context)


def profile(request: PageRequest) -> PageResult:
    """Keep one's own profile; what is refused is shown with what was typed."""
    known = profile_of(request.actor)

    def keep(given: Mapping[str, Any]) -> tuple[str, str]:
        told = {name: given.get(name, "") for name in TYPED} | {name: given[name] for name in SEVERAL}
        keep_profile(request.actor, born_on=day_given(given, "born_on"), **told)
        return reverse("practice:mine"), gettext("Your profile is kept.")

    def begun() -> dict[str, Any]:
        if known is None:
            person = request.person
            return {"name": person.name if person else "", "phone": person.phone if person else "", "reach": "village"}
        told = {name: getattr(known, name) for name in ("name", "phone", "reach", *SEVERAL)}
        return told | {"station": known.station_id, "born_on": known.born_on.isoformat()}

    return formed(
        request, "practice/profile.html", begun=begun, keep=keep, several=SEVERAL, where=_where(),
        stations=[(one.code, named(one)) for one in open_stations()], skills=options(SKILLS),
        languages=options(LANGUAGES), times=options(TIMES), reaches=options(REACHES),
    )  # fmt: skip


def export(request: PageRequest) -> PageResult:
    """Everything that is kept of oneself as a volunteer, as JSON."""
    told = exported(request.actor) | {"rosters": own_rosters_told(request.actor, kind=KIND)}
    body = json.dumps(plain(told), ensure_ascii=False, indent=1).encode()
    return Download("volunteer.json", "application/json; charset=utf-8", [body])


def erase(request: PageRequest) -> PageResult:
    """Erase one's own profile, after having read what stays."""
    profile_of(request.actor)
    if request.method != "POST":
        return Rendered("practice/erase.html", {"where": _where()})
    erase_profile(request.actor)
    return Redirect(reverse("occasions"), notice=gettext("Your profile is erased."))


def _where() -> list[tuple[Any, str]]:
    return [(_("My hours"), reverse("practice:mine"))]
