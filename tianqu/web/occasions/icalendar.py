"""Occasions as an iCalendar stream (RFC 5545)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.urls import reverse
from django.utils.translation import gettext

from tianqu.base.icalendar import moment, text, written
from tianqu.kernel.occasions.api import OccasionLine
from tianqu.kernel.pack.api import named, said


def calendar_file(lines: Sequence[OccasionLine], *, origin: str) -> Iterator[bytes]:
    """Write occasions as one calendar. An occasion keeps its UID; a later version has a higher SEQUENCE."""
    yield from written("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Tianqu//Occasions//EN", "METHOD:PUBLISH")
    yield from written(f"X-WR-CALNAME:{text(gettext('What happens near me'))}")
    for line in lines:
        yield from written(*_event(line, origin=origin))
    yield from written("END:VCALENDAR")


def _event(line: OccasionLine, *, origin: str) -> Iterator[str]:
    it = line.occasion
    yield "BEGIN:VEVENT"
    yield f"UID:{it.id}@tianqu"
    yield f"DTSTAMP:{moment(it.changed_at)}"
    yield f"SEQUENCE:{it.version - 1}"
    yield f"DTSTART:{moment(it.starts_at)}"
    yield f"DTEND:{moment(it.ends_at)}"
    yield f"SUMMARY:{text(said(it.title, it.title_en))}"
    yield f"LOCATION:{text(said(it.venue, it.venue_en))}"
    yield f"DESCRIPTION:{text(named(line.holder))}"
    if it.lat is not None and it.lon is not None:
        yield f"GEO:{it.lat};{it.lon}"
    yield f"URL:{origin}{reverse('occasion', kwargs={'occasion_id': it.id})}"
    yield f"STATUS:{'CANCELLED' if line.state == 'cancelled' else 'CONFIRMED'}"
    yield "END:VEVENT"
