"""Conferences as an iCalendar stream (RFC 5545), which every calendar program can subscribe to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from django.urls import reverse
from django.utils.translation import gettext

from tianqu.base.icalendar import moment, text, written
from tianqu.packs.programme.queries import ConferenceLine, ConferenceState

STATUS: Final = {
    ConferenceState.PLANNED: "CONFIRMED", ConferenceState.HELD: "CONFIRMED", ConferenceState.CANCELLED: "CANCELLED",
}  # fmt: skip


def calendar_file(lines: Sequence[ConferenceLine], *, origin: str, chinese: bool) -> Iterator[bytes]:
    """Write the conferences as one calendar. A conference keeps its UID; a later version has a higher SEQUENCE."""
    yield from written("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Tianqu//Programme//EN", "METHOD:PUBLISH")
    yield from written(f"X-WR-CALNAME:{text(gettext('Press conferences'))}")
    for line in lines:
        yield from written(*_event(line, origin=origin, chinese=chinese))
    yield from written("END:VCALENDAR")


def _event(line: ConferenceLine, *, origin: str, chinese: bool) -> Iterator[str]:
    it = line.conference
    yield "BEGIN:VEVENT"
    yield f"UID:{it.id}@tianqu"
    yield f"DTSTAMP:{moment(it.changed_at)}"
    yield f"SEQUENCE:{it.version - 1}"
    yield f"DTSTART:{moment(it.starts_at)}"
    yield "DURATION:PT1H"
    yield f"SUMMARY:{text(it.title if chinese else it.title_en)}"
    yield f"LOCATION:{text(it.venue if chinese else it.venue_en)}"
    units = [unit.name if chinese or not unit.name_en else unit.name_en for unit in line.units]
    yield f"DESCRIPTION:{text(('、' if chinese else '; ').join(units))}"
    yield f"URL:{origin}{reverse('programme:conference', kwargs={'code': it.code})}"
    yield f"STATUS:{STATUS[line.state]}"
    yield "END:VEVENT"
