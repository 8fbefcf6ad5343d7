"""What people type, as values: days, moments, times, counts, amounts, identifiers. The one home of reading them.

Whatever cannot be read raises ``InvalidInput`` at its field; nothing is guessed and nothing is rounded.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import MAXYEAR, MINYEAR, date, datetime
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from tianqu.base.errors import InvalidInput, NotFound, at_field
from tianqu.base.identifiers import identifier_typed
from tianqu.base.moments import moment_typed
from tianqu.base.quantities import UNITS, Unit, format_quantity, read_quantity
from tianqu.kernel.files.api import day_read

FEN: Final = UNITS["fen"]
COUNT_DIGITS_MAX: Final = 9
Given = Mapping[str, Any]


def _(message: str) -> str:
    """Mark a sentence for translation and return it unchanged."""
    return message


def day_given(given: Given, name: str) -> date:
    """A day of a form, as a browser sends it or as people write it in a sheet. Raises ``InvalidInput``."""
    return day_read(_filled(given, name), column=name)


def day_or_none(given: Given, name: str) -> date | None:
    """A day of a form, None where the field was left empty. Raises ``InvalidInput``."""
    return day_given(given, name) if _plain(given, name) else None


def moment_given(given: Given, *, day: str = "day", time: str = "time") -> datetime:
    """The moment that two fields of a form say, in the realm's zone. Raises ``InvalidInput``."""
    parts = [_plain(given, name) for name in (day, time)]
    return moment_read("T".join(parts) if all(parts) else "", field=day)


def moment_read(text: str, *, field: str) -> datetime:
    """A moment such as 2026-03-09T19:30, with a blank for the T too. Raises ``InvalidInput``."""
    if not text.strip():
        raise _needed(field, _("Choose a day, and times such as 09:00."))
    try:
        moment = moment_typed(text.strip().replace(" ", "T"), zone=timezone.get_current_timezone())
        if moment.year in (MINYEAR, MAXYEAR):  # at their ends some zones cannot say what time it is
            raise ValueError(text)
        return moment
    except ValueError as error:
        raise InvalidInput(
            _("This is no day with a time."), field=field, value=text[:40],
            remedy=_("Choose a day, and times such as 09:00."),
        ) from error  # fmt: skip


def minute_given(given: Given, name: str) -> int:
    """A time such as 19:30, as minutes after midnight. Raises ``InvalidInput``."""
    text = _filled(given, name, _("Write it such as 19:30."))
    hours, colon, minutes = text.partition(":")
    right = colon and all(part.isascii() and part.isdigit() and len(part) == 2 for part in (hours, minutes))
    if not right or int(hours) > 23 or int(minutes) > 59:
        raise InvalidInput(
            _("This is no time."), field=name, value=text[:20], remedy=_("Write it such as 19:30.")
        )  # fmt: skip
    return int(hours) * 60 + int(minutes)


def count_given(given: Given, name: str) -> int:
    """A whole number of a form, none below nought. Raises ``InvalidInput``."""
    text = _filled(given, name, _("Write it in digits.")).replace(",", "")
    if not (text.isascii() and text.isdigit() and len(text) < COUNT_DIGITS_MAX):
        raise InvalidInput(
            _("“%(value)s” is no whole number."), field=name, value=text[:20], remedy=_("Write it in digits.")
        )
    return int(text)


def fen_given(given: Given, name: str) -> int:
    """An amount typed in yuan, in fen. Raises ``InvalidInput``."""
    return quantity_read(_filled(given, name, _("Write it in digits.")), FEN, field=name)


def quantity_read(text: str, unit: Unit, *, field: str) -> int:
    """A quantity as people write it, in the smallest unit; none below nought. Raises ``InvalidInput``."""
    try:
        found = read_quantity(text, unit)
    except InvalidInput as error:
        raise at_field(error, field) from error
    if found < 0:
        raise InvalidInput(_("Nothing below nought is possible here."), field=field, value=text[:40])
    return found


def plain_number(smallest: int, unit: Unit = FEN) -> str:
    """A quantity as it stands in a field: without marks between thousands."""
    return format_quantity(smallest, unit).replace(",", "")


def id_given(given: Given, name: str) -> UUID:
    """An identifier that a form carries; a fresh one, which nothing bears, where it is broken."""
    return identifier_typed(_plain(given, name))


def mark_given(given: Given, name: str = "after") -> UUID | None:
    """The mark of a page, None for the first. Raises ``NotFound`` for what no page gave."""
    text = _plain(given, name)
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise NotFound(_("This is no mark of a page."), field=name, value=text[:40]) from error


def text_given(given: Given, name: str) -> str:
    """A text that must not be left empty, as it was typed. Raises ``InvalidInput``."""
    _filled(given, name)
    return str(given[name])


def _filled(given: Given, name: str, remedy: str = _("Fill it in."), /) -> str:
    text = _plain(given, name)
    if not text:
        raise _needed(name, remedy)
    return text


def _needed(field: str, remedy: str, /) -> InvalidInput:
    return InvalidInput(_("This is needed."), field=field, remedy=remedy)


def _plain(given: Given, name: str) -> str:
    return unicodedata.normalize("NFKC", str(given.get(name, ""))).strip()
