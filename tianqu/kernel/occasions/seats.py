"""Numbered seats, as a hall is written down in a form: one line a row, its letter and how many seats it has."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from tianqu.base.errors import Conflict, InvalidInput, _

SEAT: Final = re.compile(r"[A-Za-z0-9]{1,6}-[1-9][0-9]{0,3}\Z")  # "A-1"
ROW: Final = re.compile(r"([A-Za-z0-9]{1,6})[ \t]+([1-9][0-9]{0,2})\Z")
ROWS_MAX: Final = 200


def seats_of_rows(text: str) -> list[str]:
    """The seats of a hall, the best first: rows as they are written, each from its middle outwards.

    ``text`` has one row a line, front to back: ``A 20``. Nothing written means that one sits anywhere. Raises
    ``InvalidInput`` for a line that is no row.
    """
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    if len(lines) > ROWS_MAX:
        raise InvalidInput(
            _("A hall has at most %(most)s rows."),
            field="seats",
            value=len(lines),
            most=ROWS_MAX,
            remedy=_("Announce it without numbered seats."),
        )
    seats: list[str] = []
    for line in lines:
        found = ROW.match(line)
        if found is None:
            raise InvalidInput(
                _("“%(value)s” is no row of seats."), field="seats", value=line[:40],
                remedy=_("Write one row a line, with how many seats it has: A 20."),
            )  # fmt: skip
        row, count = found[1], int(found[2])
        middle = (count + 1) / 2
        seats += [f"{row}-{number}" for number in sorted(range(1, count + 1), key=lambda one: abs(one - middle))]
    return seats


def rows_of_seats(seats: Sequence[str]) -> str:
    """A hall as the form writes it, for one that is whole; the other way round of ``seats_of_rows``."""
    rows: dict[str, int] = {}
    for seat in seats:
        row = seat.rpartition("-")[0]
        rows[row] = rows.get(row, 0) + 1
    return "\n".join(f"{row} {count}" for row, count in rows.items())


def checked_seats(seats: Sequence[str], *, places: int) -> list[str]:
    """Return the seats. Raises ``InvalidInput`` for one that is none, and unless there is one for each place."""
    for seat in seats:
        if not SEAT.match(seat):
            raise InvalidInput(
                _("“%(value)s” is no seat."), field="seats", value=seat[:40], remedy=_("Call seats A-1, A-2, B-1.")
            )
    if len(set(seats)) != len(seats):
        raise InvalidInput(_("A seat is named twice."), field="seats", remedy=_("Name each one once."))
    if seats and len(seats) != places:
        raise InvalidInput(
            _("There are %(seats)s seats, and %(value)s places."), field="places", value=places, seats=len(seats),
            remedy=_("Give as many places as there are seats."),
        )  # fmt: skip
    return list(seats)


def checked_seat(seat: str, *, seats: Sequence[str]) -> str:
    """Return a seat of a hall. Raises ``InvalidInput`` for one that the hall has not."""
    if seat not in seats:
        raise InvalidInput(
            _("There is no seat %(value)s here."), field="seat", value=seat[:40], remedy=_("Choose one of those shown.")
        )
    return seat


def seat_taken(seat: str) -> Conflict:
    """The error for a seat that somebody else has."""
    return Conflict(
        _("The seat %(value)s has just been taken."), field="seat", value=seat,
        remedy=_("Choose another one, or take the best that is free."),
    )  # fmt: skip
