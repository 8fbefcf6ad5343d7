"""Conferences as an iCalendar stream (RFC 5545), which every calendar program can subscribe to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from django.urls import reverse
from django.utils.translation import gettext

from tianqu.packs.programme.queries import ConferenceLine, ConferenceState

LINE_BYTES_MAX: Final = 75  # RFC 5545, 3.1
STATUS: Final = {
    ConferenceState.PLANNED: "CONFIRMED", ConferenceState.HELD: "CONFIRMED", ConferenceState.CANCELLED: "CANCELLED",
}  # fmt: skip


def calendar_file(lines: Sequence[ConferenceLine], *, origin: str, chinese: bool) -> Iterator[bytes]:
    """Write the conferences as one calendar. A conference keeps its UID; a later version has a higher SEQUENCE."""
    yield from _written("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Tianqu//Programme//EN", "METHOD:PUBLISH")
    yield from _written(f"X-WR-CALNAME:{_text(gettext('Press conferences'))}")
    for line in lines:
        yield from _written(*_event(line, origin=origin, chinese=chinese))
    yield from _written("END:VCALENDAR")


def _event(line: ConferenceLine, *, origin: str, chinese: bool) -> Iterator[str]:
    it = line.conference
    yield "BEGIN:VEVENT"
    yield f"UID:{it.id}@tianqu"
    yield f"DTSTAMP:{_moment(it.changed_at)}"
    yield f"SEQUENCE:{it.version - 1}"
    yield f"DTSTART:{_moment(it.starts_at)}"
    yield "DURATION:PT1H"
    yield f"SUMMARY:{_text(it.title if chinese else it.title_en)}"
    yield f"LOCATION:{_text(it.venue if chinese else it.venue_en)}"
    units = [unit.name if chinese or not unit.name_en else unit.name_en for unit in line.units]
    yield f"DESCRIPTION:{_text(('、' if chinese else '; ').join(units))}"
    yield f"URL:{origin}{reverse('programme:conference', kwargs={'code': it.code})}"
    yield f"STATUS:{STATUS[line.state]}"
    yield "END:VEVENT"


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(text: str) -> str:
    """A text as a value: RFC 5545, 3.3.11."""
    for sign, escaped in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        text = text.replace(sign, escaped)
    return text


def _written(*lines: str) -> Iterator[bytes]:
    """Lines ended by CRLF and folded at 75 bytes, never within a character."""
    for line in lines:
        folded, room = b"", LINE_BYTES_MAX
        for character in line:
            encoded = character.encode()
            if len(encoded) > room:
                folded, room = folded + b"\r\n ", LINE_BYTES_MAX - 1
            folded, room = folded + encoded, room - len(encoded)
        yield folded + b"\r\n"
