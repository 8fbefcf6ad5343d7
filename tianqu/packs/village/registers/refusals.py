"""What the registers' laws say, as typed errors; and what was sent before under an identifier that a client gave."""

from __future__ import annotations

import hashlib
from contextlib import AbstractContextManager
from datetime import date
from typing import Final
from uuid import UUID

from django.db import IntegrityError, connection
from django.utils import timezone

from tianqu.base.canonical import canonical_bytes, plain
from tianqu.base.errors import Conflict, InvalidInput, TianquError, _
from tianqu.kernel.journal.api import Refusals, constraint_of, lawful_by, refused_by

FIRST_DAY: Final = date(1949, 10, 1)
LAST_DAY: Final = date(2199, 12, 31)
AREA_MAX: Final = 10**15  # of 0.0001 mu, and of fen: beyond it somebody leant on a key

_REFUSED: Final[Refusals] = {
    "village_parcel_number": (
        Conflict, "number", _("The village has a parcel with this number already."), _("Choose another number."),
    ),
    "village_contract_number": (
        Conflict, "number", _("The village has a contract with this number already."), _("Choose another number."),
    ),
    "village_holding_number": (
        Conflict, "number", _("The village has another one of this kind with this number already."),
        _("Choose another number."),
    ),
    "village_version_apart": (
        Conflict, "day", _("The parcel is another one on these days already."), _("Choose a later day."),
    ),
    "village_area_kept": (
        InvalidInput, "area_mu_4", _("Splitting and merging keep the area exactly."),
        _("Let the areas sum to what they were."),
    ),
    "village_matter_number": (
        Conflict, "number", _("The village has a matter with this number already."), _("Choose another number."),
    ),
    "village_attested_by_another": (
        Conflict, "step_id", _("Who entered a step cannot attest it as well."),
        _("Let another person of the village attest it."),
    ),
    "village_contract_at_home": (
        InvalidInput, "parcel_ids", _("A contract is about parcels of its own village."),
        _("Name parcels of the village."),
    ),
}  # fmt: skip
# Somebody sent the same identifier at the same time and was first.
_TAKEN: Final = {
    "village_land_change_pkey": "change_id", "village_parcel_pkey": "parcel_id", "village_contract_pkey": "contract_id",
    "village_holding_pkey": "holding_id", "village_matter_pkey": "matter_id", "village_step_pkey": "step_id",
    "village_roll_pkey": "roll_id", "village_sample_pkey": "sample_id", "village_review_pkey": "review_id",
    "village_note_pkey": "note_id",
}  # fmt: skip
_KNOWN: Final = "SELECT digest, place_id FROM village_known(%s)"
KNOWN_OF_MEETINGS: Final = "SELECT digest, place_id FROM village_meeting_known(%s)"


def lawful() -> AbstractContextManager[None]:
    """Turn what the database refuses within the block into a typed error."""
    return lawful_by(_refusal_of)


def _refusal_of(error: IntegrityError) -> TianquError | None:
    name = constraint_of(error)
    return taken(_TAKEN[name], None) if name in _TAKEN else refused_by(_REFUSED, error)


def taken(field: str, value: UUID | None) -> Conflict:
    """Return the error for an identifier that stands for something else."""
    return Conflict(
        _("This identifier stands for something else already."), field=field, value=str(value) if value else None,
        remedy=_("Give a fresh identifier to each different thing."),
    )  # fmt: skip


def digest_of(*content: object) -> bytes:
    """SHA-256 of what was asked for, to know it when it is sent again."""
    return hashlib.sha256(canonical_bytes(plain(list(content)))).digest()


def sent_before(given: UUID, digest: bytes, *, place_id: UUID, field: str, known: str = _KNOWN) -> bool:
    """Say whether the same was sent before in this village. Raises ``Conflict`` where it was something else.

    ``known`` asks for what an identifier stands for: in the registers, or among the meetings (``KNOWN_OF_MEETINGS``).
    """
    with connection.cursor() as cursor:
        cursor.execute(known, [given])
        rows = cursor.fetchall()
    if any((bytes(known), place) != (digest, place_id) for known, place in rows):
        raise taken(field, given)
    return bool(rows)


def check_day(day: date, *, field: str, future: bool = True) -> None:
    """Refuse a day that no register can hold, or one to come where there can be none. Raises ``InvalidInput``."""
    if not FIRST_DAY <= day <= LAST_DAY:
        raise InvalidInput(
            _("%(value)s lies before October 1949 or after 2199."), field=field, value=day.isoformat(),
            remedy=_("Look at the year again."),
        )  # fmt: skip
    if not future and day > timezone.localdate():
        raise InvalidInput(
            _("%(value)s is yet to come."), field=field, value=day.isoformat(),
            remedy=_("Enter what has happened; give today or an earlier day."),
        )  # fmt: skip


def check_amount(amount: int, *, field: str, least: int = 0) -> None:
    """Refuse an area or an amount that cannot be. Raises ``InvalidInput``."""
    if not least <= amount <= AREA_MAX:
        raise InvalidInput(
            _("%(value)s is too little or too much here."), field=field, value=amount,
            remedy=_("Give a number from %(least)s to %(most)s, in the smallest unit."), least=least, most=AREA_MAX,
        )  # fmt: skip
