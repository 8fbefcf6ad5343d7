"""What the acts share by which packs declare rows: codes that stay, positions, and writing only what has changed."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Final, Protocol, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet

from tianqu.base.errors import Conflict, InvalidInput, NotFound, _
from tianqu.kernel.journal.api import Acting, DoneBefore, Refusals, columns_told, lawful_by, refused_by

Row = TypeVar("Row", bound=Model)
CODE: Final = re.compile(r"[a-z0-9][a-z0-9-]{1,30}\Z")
DECIMALS: Final = 6  # of degrees: a decimetre


def checked_code(code: str, *, field: str, example: str) -> str:
    """Return what can be a code. Raises ``InvalidInput``, which names an example."""
    if not CODE.match(code):
        raise InvalidInput(
            _("“%(value)s” cannot be a code."), field=field, value=code[:40],
            remedy=_("Use 2 to 31 small letters, digits and hyphens, such as %(example)s."), example=example,
        )  # fmt: skip
    return code


class Declared(Protocol):
    """What an office has declared, by its primary key."""

    pk: Any
    unit_id: UUID


def check_declarer(known: Declared | None, unit_id: UUID, *, field: str) -> None:
    """Raise ``Conflict`` for what another office than this one has declared; None is nothing yet."""
    if known is not None and known.unit_id != unit_id:
        raise Conflict(
            _("“%(value)s” belongs to another office."), field=field, value=str(known.pk),
            remedy=_("Choose another code."),
        )  # fmt: skip


def row_of(rows: QuerySet[Row], key: str, *, field: str, missing: str) -> Row:
    """Return the row of a key. Raises ``NotFound`` with the sentence ``missing``, which names its ``value``."""
    found = rows.filter(pk=key).first()
    if found is None:
        raise NotFound(missing, field=field, value=key[:60], remedy=_("Look it up in its register."))
    return found


def position_given(*, lon: Decimal | None, lat: Decimal | None) -> tuple[Decimal, Decimal] | None:
    """Return a position in degrees of WGS 84, None for none. Raises ``InvalidInput`` for half of one, too."""
    if lon is None and lat is None:
        return None
    if lon is None or lat is None or not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise InvalidInput(
            _("This is no position on earth."), field="lon", value=f"{lon}, {lat}",
            remedy=_("Give degrees of WGS 84, such as 116.30 and 37.43."),
        )  # fmt: skip
    return round(lon, DECIMALS), round(lat, DECIMALS)


def says_the_same(told: Model, known: Model) -> bool:
    """Say whether a declaration tells of a row what is known of it already."""
    return all(getattr(known, name) == getattr(told, name) for name in columns_told(told))


def keep_row(
    acting: Acting, told: Model, known: Model | None, *, subject: str, taken: Refusals | None = None, **more: object
) -> None:
    """Write a row as it was declared and record it with ``more``, unless it says what is known already.

    ``taken`` says which constraints of the table mean that somebody was quicker. Raises ``DoneBefore``, ``Conflict``.
    """
    if known is not None and not more and says_the_same(told, known):
        raise DoneBefore(None)
    with lawful_by(lambda error: refused_by(taken or {}, error)):
        told.save(force_insert=known is None, force_update=known is not None)
    acting.record_row(subject, told, more=more)
