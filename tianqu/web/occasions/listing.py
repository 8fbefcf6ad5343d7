"""What happens near me, by day, place and kind; the same as a calendar to subscribe to."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import groupby
from typing import Final

from django.conf import settings
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_noop

from tianqu.base.errors import InvalidInput
from tianqu.kernel.occasions.api import (
    LIST_MAX,
    OccasionLine,
    OccasionsAsked,
    known_kinds,
    occasion_places,
    occasions,
    own_bookings,
)
from tianqu.kernel.pack.api import Download, PageRequest, PageResult, Rendered, named
from tianqu.web.occasions.icalendar import calendar_file
from tianqu.web.occasions.words import words

MEDIA_TYPE: Final = "text/calendar; charset=utf-8"
FILTERS: Final = ("place", "from", "kind", "tag")
TEXT_MAX: Final = 80


def occasion_list(request: PageRequest) -> PageResult:
    """What happens near me this week: by day, narrowed by place, kind and mark; with the weeks around it."""
    asked = _asked(request)
    first = asked.first_day or timezone.localdate()
    lines = occasions(asked)
    kinds = known_kinds()
    marks = {tag: str(name) for kind in kinds.values() for tag, name in (kind.tags or {}).items()}
    context = {
        "days": [(day, list(rows)) for day, rows in groupby(lines, key=lambda line: max(first, _day(line)))],
        "count": len(lines), "cut": len(lines) == LIST_MAX, "marks": sorted(marks.items()),
        "places": [(place.code, named(place)) for place in occasion_places()],
        "kinds": [(code, str(kind.title)) for code, kind in kinds.items()],
        "given": {name: request.GET.get(name, "") for name in FILTERS}, "first": first,
        "last": first + timedelta(days=asked.days - 1), "before": first - timedelta(days=7),
        "after": first + timedelta(days=7), "query": request.GET.urlencode(), **words(),
    }  # fmt: skip
    return Rendered("occasions/list.html", context)


def calendar(request: PageRequest) -> PageResult:
    """The occasions of the coming three months as iCalendar, narrowed by the same filters."""
    asked = _asked(request, days=92)
    return Download("occasions.ics", MEDIA_TYPE, calendar_file(occasions(asked), origin=settings.TIANQU_ORIGIN))


def own(request: PageRequest) -> PageResult:
    """What I have booked, the newest first."""
    context = {"found": own_bookings(request.actor), "signed_in": request.actor.person_id is not None, **words()}
    return Rendered("occasions/own.html", context)


def _asked(request: PageRequest, *, days: int = 7) -> OccasionsAsked:
    """The filters of an address. Raises ``InvalidInput`` for what is no day."""
    typed = request.GET.get("from", "")
    try:
        first = parse_date(typed) if typed else None
    except ValueError:
        first = None
    if typed and first is None:
        raise InvalidInput(gettext_noop("This is no day."), field="from", value=typed[:20])
    place, kind, tag = (request.GET.get(name, "")[:TEXT_MAX] for name in ("place", "kind", "tag"))
    return OccasionsAsked(first_day=first, days=days, place=place, kind=kind, tag=tag)


def _day(line: OccasionLine) -> date:
    return timezone.localtime(line.occasion.starts_at).date()
