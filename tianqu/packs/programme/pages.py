"""The public's pages: the calendar of press conferences, one of them, and the calendar for other programs."""

from __future__ import annotations

from itertools import groupby
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from tianqu.base.errors import InvalidInput
from tianqu.kernel.pack.api import Download, PageRequest, PageResult, Rendered, said
from tianqu.kernel.places.api import can
from tianqu.packs.programme.aims.queries import programme
from tianqu.packs.programme.icalendar import calendar_file
from tianqu.packs.programme.queries import (
    ConferencesAsked,
    conference_called,
    conferences,
    domains,
    questions_of,
    units_speaking,
    years,
)
from tianqu.packs.programme.words import TONES, english, named, state_said

PLAN: Final = "programme.plan_conference"
MEDIA_TYPE: Final = "text/calendar; charset=utf-8"
CRUMB: Final = (_("Press conferences"), "programme:conferences")


def words() -> dict[str, Any]:
    """What every template of the pack says things with."""
    return {"said": said, "named": named, "state_said": state_said, "state_tones": TONES}


def programme_page(request: PageRequest) -> PageResult:
    """The programme: each target beside its figure, and whether it is reached."""
    found = programme()
    chinese = not english()
    context = {
        "domains": found, "reached": sum(each.reached for each in found), "chinese": chinese,
        "count": sum(len(each.measures) for each in found),
        "target_said": lambda measure: measure.target_text(chinese=chinese), **words(),
    }  # fmt: skip
    return Rendered("programme/programme.html", context)


def conference_list(request: PageRequest) -> PageResult:
    """The calendar: what comes next, then every conference by month, narrowed by year, domain and unit."""
    asked = _asked(request)
    lines = conferences(asked)
    months = [(month, list(rows)) for month, rows in groupby(lines, key=_month)]
    narrowed = bool(asked.domain or asked.unit_id or asked.year)
    context = {
        "months": months, "count": len(lines), "narrowed": narrowed,
        "coming": [] if narrowed else conferences(ConferencesAsked(upcoming=True, limit=3)),
        "years": [(year, str(year)) for year in years()],
        "domains": [(domain.code, named(domain)) for domain in domains()],
        "units": [(unit.id, named(unit)) for unit in units_speaking()],
        "given": {name: request.GET.get(name, "") for name in ("year", "domain", "unit")},
        "may_plan": can(request.actor, PLAN), **words(),
    }  # fmt: skip
    return Rendered("programme/conferences.html", context)


def _month(line: Any) -> Any:
    return date_format(timezone.localtime(line.conference.starts_at), "YEAR_MONTH_FORMAT")


def _asked(request: PageRequest) -> ConferencesAsked:
    """The filters of an address. Raises ``InvalidInput`` for what is no year or no unit."""
    year, unit = request.GET.get("year", ""), request.GET.get("unit", "")
    try:
        return ConferencesAsked(
            year=int(year) if year else None, domain=request.GET.get("domain", "")[:80],
            unit_id=UUID(unit) if unit else None,
        )  # fmt: skip
    except ValueError as error:
        raise InvalidInput(
            gettext_noop("This filter cannot be read."),
            field="year",
            remedy=gettext_noop("Begin at the whole list again."),
        ) from error


def conference(request: PageRequest, code: str) -> PageResult:
    """One conference: when and where, who speaks, what it presented, and what was asked and answered."""
    line = conference_called(code)
    context = {
        "line": line, "it": line.conference, "questions": questions_of(line.conference),
        "units": {unit.id: unit for unit in line.units}, "may_plan": can(request.actor, PLAN, line.conference),
        "where": [(CRUMB[0], reverse(CRUMB[1]))], **words(),
    }  # fmt: skip
    return Rendered("programme/conference.html", context)


def calendar(request: PageRequest) -> PageResult:
    """The conferences as iCalendar (RFC 5545), narrowed by the same filters."""
    lines = conferences(_asked(request))
    name = "press-conferences.ics"
    return Download(name, MEDIA_TYPE, calendar_file(lines, origin=settings.TIANQU_ORIGIN, chinese=not english()))
