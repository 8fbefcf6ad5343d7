"""What happens near me, by day, place and kind; the same as a calendar to subscribe to."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import groupby
from typing import Any, Final

from django.conf import settings
from django.urls import reverse
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
from tianqu.kernel.pack.api import Data, Download, PageRequest, PageResult, Rendered, named, said
from tianqu.kernel.places.api import places_in
from tianqu.web.layout.formats import moment
from tianqu.web.occasions.icalendar import calendar_file
from tianqu.web.occasions.words import word, words

MEDIA_TYPE: Final = "text/calendar; charset=utf-8"
FILTERS: Final = ("place", "from", "kind", "tag")
TEXT_MAX: Final = 80
ROOTS_MAX: Final = 10


def occasion_list(request: PageRequest) -> PageResult:
    """What happens near me this week: by day, narrowed by place, kind and mark; with the weeks around it."""
    asked = _asked(request)
    first = asked.first_day or timezone.localdate()
    lines = occasions(asked)
    kinds, mapped = known_kinds(), any(_placed(line) for line in lines)
    marks = {tag: str(name) for kind in kinds.values() for tag, name in (kind.tags or {}).items()}
    context = {
        "days": [(day, list(rows)) for day, rows in groupby(lines, key=lambda line: max(first, _day(line)))],
        "count": len(lines), "cut": len(lines) == LIST_MAX, "marks": sorted(marks.items()),
        "places": [(place.code, named(place)) for place in occasion_places()],
        "kinds": [(code, str(kind.title)) for code, kind in kinds.items()],
        "given": {name: request.GET.get(name, "") for name in FILTERS}, "first": first,
        "last": first + timedelta(days=asked.days - 1), "before": first - timedelta(days=7),
        "after": first + timedelta(days=7), "mapped": mapped,
        "ground": _ground() if mapped else [], "query": request.GET.urlencode(), **words(),
    }  # fmt: skip
    return Rendered("occasions/list.html", context)


def calendar(request: PageRequest) -> PageResult:
    """The occasions of the coming three months as iCalendar, narrowed by the same filters."""
    asked = _asked(request, days=92)
    return Download("occasions.ics", MEDIA_TYPE, calendar_file(occasions(asked), origin=settings.TIANQU_ORIGIN))


def map_points(request: PageRequest) -> PageResult:
    """The occasions of the same filters as GeoJSON (RFC 7946), for the map: those with a position, at most 500."""
    return Data(
        {
            "type": "FeatureCollection",
            "features": [_feature(line) for line in occasions(_asked(request)) if _placed(line)],
        }
    )


def _placed(line: OccasionLine) -> bool:
    return line.occasion.lat is not None and line.occasion.lon is not None


def _feature(line: OccasionLine) -> dict[str, Any]:
    it = line.occasion
    assert it.lon is not None and it.lat is not None, it.id
    return {
        "type": "Feature", "id": str(it.id),
        "geometry": {"type": "Point", "coordinates": [float(it.lon), float(it.lat)]},
        "properties": {
            "name": said(it.title, it.title_en), "when": moment(it.starts_at), "where": said(it.venue, it.venue_en),
            "state": line.state, "said": word(line.state), "kind": it.kind,
            "address": reverse("occasion", kwargs={"occasion_id": it.id}),
        },
    }  # fmt: skip


def _ground() -> list[str]:
    """Where the boundaries lie that a map of the realm is drawn on: one address for each of its outermost places."""
    return [reverse("places_below", kwargs={"code": place.code}) for place in places_in(None, limit=ROOTS_MAX)]


def own(request: PageRequest) -> PageResult:
    """What I have booked: what comes next first, then what was, the newest first."""
    found, now = own_bookings(request.actor), timezone.now()
    coming = [one for one in reversed(found) if one.occasion.ends_at > now]
    past = [one for one in found if one.occasion.ends_at <= now]
    context = {"found": [*coming, *past], "signed_in": request.actor.person_id is not None, **words()}
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
