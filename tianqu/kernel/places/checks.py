"""What a code, a name, a date or an address must look like to be taken.

Each returns the value it was given, tidied.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from tianqu.base.errors import InvalidInput, _

CODE = re.compile(r"[A-Za-z0-9_]{1,32}")
UNIT_CODE = re.compile(r"[A-Za-z0-9_.-]{1,64}")
KIND = re.compile(r"[a-z][a-z0-9_]{0,39}")
LOGIN = re.compile(r"[a-z0-9][a-z0-9._@+-]{1,63}")
PHONE = re.compile(r"\+?[0-9][0-9 ()-]{2,24}")
NAME_LENGTH_MAX = 200
FIRST_YEAR, LAST_YEAR = 1900, 2200  # beyond these a date is a slip of the pen


def checked_code(code: str, *, field: str = "code") -> str:
    """A place's code: 1 to 32 letters, digits or ``_``."""
    if not CODE.fullmatch(code):
        raise InvalidInput(
            _("%(value)s cannot be the code of a place."), field=field, value=code[:100],
            remedy=_("Use at most 32 letters and digits."),
        )  # fmt: skip
    return code


def checked_unit_code(code: str, *, field: str = "code") -> str:
    """A unit's code: 1 to 64 letters, digits, dots, hyphens or ``_``."""
    if not UNIT_CODE.fullmatch(code):
        raise InvalidInput(
            _("%(value)s cannot be the code of a unit."), field=field, value=code[:100],
            remedy=_("Use at most 64 letters, digits, dots and hyphens."),
        )  # fmt: skip
    return code


def checked_kind(kind: str, *, field: str = "kind") -> str:
    """A kind of place or unit:

    small letters, digits and ``_``, as ``township`` or ``village_committee``.
    """
    if not KIND.fullmatch(kind):
        raise InvalidInput(
            _("%(value)s cannot be a kind."), field=field, value=kind[:100],
            remedy=_("Use at most 40 small letters, digits and underscores."),
        )  # fmt: skip
    return kind


def checked_name(name: str, *, field: str = "name", required: bool = True) -> str:
    """A name: at most 200 characters on one line, without control characters or ones that came unreadable."""
    tidy = " ".join(name.split())
    if not tidy and required:
        raise InvalidInput(_("A name is missing."), field=field, value=name[:100])
    if len(tidy) > NAME_LENGTH_MAX or not tidy.isprintable() or "\ufffd" in tidy:
        raise InvalidInput(
            _("This name cannot be taken."), field=field, value=tidy[:100],
            remedy=_("Use at most %(limit)s printable characters."), limit=NAME_LENGTH_MAX,
        )  # fmt: skip
    return tidy


def checked_day(day: date, *, field: str) -> date:
    """A date in this age of the world."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise InvalidInput(
            _("%(value)s cannot be right."), field=field, value=day.isoformat(),
            remedy=_("Give a date between the years %(first)s and %(last)s."), first=FIRST_YEAR,
            last=LAST_YEAR,
        )  # fmt: skip
    return day


def checked_span(valid_from: date | None, *, valid_to: date | None) -> None:
    """Two dates of which the first is earlier."""
    for day, field in ((valid_from, "valid_from"), (valid_to, "valid_to")):
        if day is not None:
            checked_day(day, field=field)
    if valid_from is not None and valid_to is not None and valid_from >= valid_to:
        raise InvalidInput(
            _("The end %(value)s is not after the beginning %(begin)s."), field="valid_to",
            value=valid_to.isoformat(), begin=valid_from.isoformat(),
        )  # fmt: skip


def checked_phone(phone: str, *, field: str = "phone") -> str:
    """A telephone number, or nothing."""
    tidy = phone.strip()
    if tidy and not PHONE.fullmatch(tidy):
        raise InvalidInput(
            _("This is not a telephone number."), field=field, remedy=_("Use digits, spaces and hyphens.")
        )
    return tidy


def checked_email(email: str, *, field: str = "email") -> str:
    """A mail address, or nothing."""
    tidy = email.strip()
    if tidy:
        try:
            validate_email(tidy)
        except ValidationError as error:
            raise InvalidInput(
                _("This is not a mail address."), field=field, remedy=_("Write it as name@example.org.")
            ) from error
    return tidy


def checked_login(login: str, *, field: str = "login") -> str:
    """A login name, in small letters so that nobody can pass for another by capitals."""
    tidy = login.strip().lower()
    if not LOGIN.fullmatch(tidy):
        raise InvalidInput(
            _("%(value)s cannot be a login name."), field=field, value=tidy[:100],
            remedy=_("Use 2 to 64 letters, digits, dots and hyphens, and begin with a letter or digit."),
        )  # fmt: skip
    return tidy


def checked_degrees(value: Decimal | None, *, field: str, limit: int) -> Decimal | None:
    """Degrees of longitude (``limit`` 180) or latitude (90), to six decimals."""
    if value is None:
        return None
    if not value.is_finite() or abs(value) > limit:
        raise InvalidInput(
            _("%(value)s is not a position in degrees."), field=field, value=str(value)[:40],
            remedy=_("Give a number between −%(limit)s and %(limit)s."), limit=limit,
        )  # fmt: skip
    return value.quantize(Decimal("0.000001"))


def day_in(row: Mapping[str, str], field: str) -> date | None:
    """The ISO date in a column of a CSV row, or None where it is empty or missing."""
    text = (row.get(field) or "").strip()
    if not text:
        return None
    try:
        return checked_day(date.fromisoformat(text), field=field)
    except ValueError as error:
        raise InvalidInput(
            _("%(value)s is not a date."), field=field, value=text[:40], remedy=_("Write it as 2023-06-30.")
        ) from error


def degrees_in(row: Mapping[str, str], field: str, *, limit: int) -> Decimal | None:
    """The degrees in a column of a CSV row, or None where it is empty or missing."""
    text = (row.get(field) or "").strip()
    if not text:
        return None
    try:
        return checked_degrees(Decimal(text), field=field, limit=limit)
    except InvalidOperation as error:
        raise InvalidInput(
            _("%(value)s is not a number."),
            field=field,
            value=text[:40],
            remedy=_("Write it as 116.359381."),
        ) from error
