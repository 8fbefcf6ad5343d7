"""The lines of an iCalendar stream (RFC 5545), which every calendar program can subscribe to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

LINE_BYTES_MAX: Final = 75  # RFC 5545, 3.1


def moment(at: datetime) -> str:
    """A moment as a value, in UTC: RFC 5545, 3.3.5."""
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def text(words: str) -> str:
    """A text as a value: RFC 5545, 3.3.11."""
    for sign, escaped in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        words = words.replace(sign, escaped)
    return words


def written(*lines: str) -> Iterator[bytes]:
    """Lines ended by CRLF and folded at 75 bytes, never within a character."""
    for line in lines:
        folded, room = b"", LINE_BYTES_MAX
        for character in line:
            encoded = character.encode()
            if len(encoded) > room:
                folded, room = folded + b"\r\n ", LINE_BYTES_MAX - 1
            folded, room = folded + encoded, room - len(encoded)
        yield folded + b"\r\n"
