"""Published tours for everybody: what comes, and who comes where and when of one, by day or by team, as a calendar."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from tianqu.base.errors import NotFound, TianquError, at_field
from tianqu.base.icalendar import moment, text, written
from tianqu.kernel.pack.api import Download, Faults, PageRequest, PageResult, Rendered, faults, said
from tianqu.kernel.places.api import Place
from tianqu.kernel.tours.api import STOPS_MAX, Stop, StopsAsked, known_tour_kinds, stop_places, stops
from tianqu.web.tours.words import name_of, titled, tour_words

CARRIER_MAX: Final = 80


def coming(request: PageRequest) -> PageResult:
    """What published tours bring from today on, by day; ``?place=`` narrows it to a place, ``?kind=`` to a kind."""
    kinds, given = known_tour_kinds(), {name: request.GET.get(name, "")[:CARRIER_MAX] for name in ("place", "kind")}
    errors, status, found = Faults(), 200, list[Stop]()
    try:
        found = stops(StopsAsked(place=given["place"].strip(), kind=given["kind"]))
    except TianquError as error:
        errors, status = faults(at_field(error, "place")), error.status
    days = groupby(found, key=lambda stop: timezone.localdate(stop.starts_at))
    everywhere = stop_places([*found, *(stops(StopsAsked(kind=given["kind"])) if given["place"] else ())])
    context = {
        "days": [(day, list(rows)) for day, rows in days], "kinds": [(code, one.title) for code, one in kinds.items()],
        "given": given, "errors": errors, "cut": len(found) == STOPS_MAX, "places": everywhere,
        "villages": sorted((place.code, name_of(place)) for place in everywhere.values()), "carrier_of": carrier_of,
        **tour_words(),
    }  # fmt: skip
    return Rendered("tours/coming.html", context, status=status)


def tour(request: PageRequest, tour_id: UUID) -> PageResult:
    """Who comes where and when: by day, or by team as its rota (``?by=team``, ``?carrier=``)."""
    found = _stops(request, tour_id)
    by = "team" if request.GET.get("by") == "team" else "day"
    rows: dict[Any, list[Stop]] = defaultdict(list)
    for stop in found:
        rows[carrier_of(stop) if by == "team" else timezone.localdate(stop.starts_at)].append(stop)
    kind = known_tour_kinds().get(found[0].kind)
    carrier = request.GET.get("carrier", "")[:CARRIER_MAX]
    context = {
        "kind": kind, "groups": sorted(rows.items(), key=lambda each: each[0]), "by": by, "places": stop_places(found),
        "carriers": sorted({(stop.carrier, carrier_of(stop)) for stop in found}), "carrier_of": carrier_of,
        "calendar": reverse("tour_calendar", kwargs={"tour_id": tour_id}) + (f"?carrier={carrier}" if carrier else ""),
        **tour_words(),
    }  # fmt: skip
    return Rendered("tours/public.html", context)


def calendar(request: PageRequest, tour_id: UUID) -> PageResult:
    """The same as an iCalendar stream; what was dropped, or is not confirmed yet, says so."""
    found = _stops(request, tour_id, dropped=True)
    return Download("calendar.ics", "text/calendar; charset=utf-8", _file(found, stop_places(found)), inline=True)


def carrier_of(stop: Stop) -> str:
    """Who comes, in the language of the page."""
    return said(stop.carrier_name, stop.carrier_name_en)


def _stops(request: PageRequest, tour_id: UUID, *, dropped: bool = False) -> list[Stop]:
    carrier = request.GET.get("carrier", "")[:CARRIER_MAX]
    found = stops(StopsAsked(tour_id=tour_id, carrier=carrier, dropped=dropped))
    if not found:
        raise NotFound(gettext_noop("There is no such tour, or it is not published yet."), field="tour_id")
    return found


def _file(found: Sequence[Stop], places: Mapping[str, Place]) -> Iterator[bytes]:
    yield from written("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Tianqu//Tours//EN", "METHOD:PUBLISH")
    yield from written(f"X-WR-CALNAME:{text(gettext('Tour'))}")
    for stop in found:
        yield from written(*_event(stop, places.get(stop.place_path)))
    yield from written("END:VCALENDAR")


def _event(stop: Stop, place: Place | None) -> Iterator[str]:
    """A stop as an event. It keeps its UID; a later version has a higher SEQUENCE."""
    yield "BEGIN:VEVENT"
    yield f"UID:{stop.tour_id}-{stop.visit_id}@tianqu"
    yield f"DTSTAMP:{moment(stop.changed_at)}"
    yield f"SEQUENCE:{stop.version - 1}"
    yield f"DTSTART:{moment(stop.starts_at)}"
    yield f"DTEND:{moment(stop.ends_at)}"
    yield f"SUMMARY:{text(titled(stop))}"
    yield f"LOCATION:{text(name_of(place))}"
    yield f"DESCRIPTION:{text(carrier_of(stop))}"
    if place is not None and place.lon is not None and place.lat is not None:
        yield f"GEO:{place.lat};{place.lon}"
    yield f"URL:{settings.TIANQU_ORIGIN}{reverse('tour', kwargs={'tour_id': stop.tour_id})}"
    stand = "CONFIRMED" if stop.confirmed else "TENTATIVE"
    yield f"STATUS:{stand if stop.dropped_at is None else 'CANCELLED'}"
    yield "END:VEVENT"
