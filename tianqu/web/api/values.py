"""The kinds of values in addresses and bodies, each as narrow in the OpenAPI document as it is in fact."""

from __future__ import annotations

import re
from datetime import MAXYEAR, MINYEAR, date, datetime
from decimal import Decimal
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic.json_schema import WithJsonSchema
from pydantic_core import PydanticCustomError

from tianqu.base.errors import InvalidInput, NotFound, _
from tianqu.base.moments import written_day
from tianqu.base.texts import UNSEEN
from tianqu.kernel.orders.api import read_code
from tianqu.kernel.places.api import Place, Unit, place_called, unit_called

TEXT_MAX: Final = 5_000  # characters of a text in an act; some take fewer and say how many
INTEGER_MAX: Final = 2**31 - 1
NO_NUL: Final = r"^[^\x00]*$"  # PostgreSQL's texts hold no NUL
# What the acts take as text: no control characters but the ends of lines and tabs, none that turn its direction.
_UNSHOWN: Final = r"\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069"
SHOWN: Final = rf"^(?:[^{_UNSHOWN}]|\r\n)*$"
_BLANK: Final = r"\s" + "".join(rf"\u{ord(character):04x}" for character in UNSEEN)
NEEDED: Final = rf"^(?:[^{_UNSHOWN}]|\r\n)*[^{_BLANK}{_UNSHOWN}](?:[^{_UNSHOWN}]|\r\n)*$"
_NUMBER: Final = re.compile(r"[-+]?[0-9.]*(?:[eE][-+]?[0-9]+)?")
_WHOLE: Final = re.compile(r"-?[0-9]{1,18}")
_TRUTHS: Final = {"true": True, "false": False}


def _truth(value: Any) -> Any:
    """Take true and false alone, as the document says."""
    return _TRUTHS.get(value, "") if isinstance(value, str) else value


def _whole(value: Any) -> Any:
    return "" if isinstance(value, str) and not _WHOLE.fullmatch(value) else value


def _written(value: Any) -> Any:
    """Let a day or a time through that is written as one: a bare number is none, though Python could make one of it."""
    if not isinstance(value, str):
        raise PydanticCustomError("string_type", "a text is needed")
    return "" if _NUMBER.fullmatch(value.strip()) else value


def _everywhere(value: datetime) -> datetime:
    """Refuse a time without its offset, and the first and last year: at their ends some zones cannot say what it is."""
    if value.tzinfo is None:
        raise PydanticCustomError("datetime_offset", "a time like 2026-03-04T09:30:00+08:00 is needed")
    if value.year in (MINYEAR, MAXYEAR):
        raise PydanticCustomError("datetime_range", "a time within the calendar is needed")
    return value


def _day(value: Any) -> Any:
    """Let a day through that is written as the document promises: a time is none, even at midnight."""
    if not isinstance(value, str):
        raise PydanticCustomError("string_type", "a text is needed")
    return written_day(value)


def word(most: int, *, needed: bool = False) -> Any:
    """Say of a text how long it may be, and whether it may be blank."""
    return Field(min_length=int(needed), max_length=most, pattern=NEEDED if needed else SHOWN)


Moment = Annotated[datetime, BeforeValidator(_written), AfterValidator(_everywhere)]
Day = Annotated[date, BeforeValidator(_day)]
Flag = Annotated[bool, BeforeValidator(_truth), WithJsonSchema({"type": "boolean"})]
Limit = Annotated[int, Field(ge=1, le=200, description="Rows of a page."), BeforeValidator(_whole)]
Words = Annotated[str, word(100)]
AnyCode = Annotated[str, word(100, needed=True)]
Cursor = Annotated[str, Field(max_length=2_000, pattern=NO_NUL, description="`next` of the page before.")]
Index = Annotated[int, Field(ge=0, le=2**53 - 1), BeforeValidator(_whole)]
Level = Annotated[
    int, Field(ge=1, le=5, description="Depth in the tree of places; 1 is the root."), BeforeValidator(_whole)
]
Version = Annotated[int, Field(ge=1, le=100_000), BeforeValidator(_whole)]
# Degrees of WGS 84; a text of digits is taken too.
Longitude = Annotated[
    Decimal, Field(ge=-180, le=180), WithJsonSchema({"type": "number", "minimum": -180, "maximum": 180})
]
Latitude = Annotated[Decimal, Field(ge=-90, le=90), WithJsonSchema({"type": "number", "minimum": -90, "maximum": 90})]


def order_code(text: str) -> str:
    """Read the code of an order; one that was mistyped is nobody's. Raises ``NotFound``."""
    try:
        return read_code(text)
    except InvalidInput as error:
        raise NotFound(
            _("There is no request with the code %(value)s."), field="code", value=text[:40], remedy=error.remedy
        ) from error


def place_given(code: str | None) -> Place | None:
    """Return today's place with a code, if one was given. Raises ``NotFound``."""
    return None if code is None else place_called(code, field="place")


def unit_given(code: str | None) -> Unit | None:
    """Return the unit with a code, if one was given. Raises ``NotFound``."""
    return None if code is None else unit_called(code)


def unit_id_given(code: str | None) -> UUID | None:
    """Return the identifier of the unit with a code, if one was given."""
    unit = unit_given(code)
    return None if unit is None else unit.id
