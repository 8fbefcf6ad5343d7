"""Rotating codes: eight digits that change every 30 seconds, one secret an occasion.

HMAC-SHA-256 of the step, shortened as RFC 4226 (5.3) does. The secret is made from the installation's key and the
occasion, and never leaves the server.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hmac import compare_digest
from hmac import digest as hmac_digest
from typing import Final
from uuid import UUID

from django.utils.crypto import salted_hmac

STEP: Final = timedelta(seconds=30)
DIGITS: Final = 8
SHIFTS: Final = (0, -1, 1)  # a code is good while it is shown, and one step before and after
SECRETS_KEPT: Final = 1_000
CODES_KEPT: Final = 4_000  # of a crowd, everybody brings the same few
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def code_at(occasion_id: UUID, at: datetime) -> str:
    """The code that the leader's phone shows at a moment."""
    return _code(occasion_id, (at - _EPOCH) // STEP)


def seconds_left(at: datetime) -> int:
    """How long the code of a moment is still shown."""
    return int((STEP - (at - _EPOCH) % STEP).total_seconds()) + 1


def shown_at(occasion_id: UUID, code: str, *, near: datetime) -> datetime | None:
    """When a code began to be shown, if that was around a moment; None for a code of another time or occasion."""
    step = (near - _EPOCH) // STEP
    for shift in SHIFTS:
        if compare_digest(_code(occasion_id, step + shift).encode(), code.encode()):
            return _EPOCH + (step + shift) * STEP
    return None


@lru_cache(maxsize=CODES_KEPT)
def _code(occasion_id: UUID, step: int) -> str:
    digest = hmac_digest(_secret(occasion_id), step.to_bytes(8, "big"), "sha256")
    start = digest[-1] & 15
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


@lru_cache(maxsize=SECRETS_KEPT)
def _secret(occasion_id: UUID) -> bytes:
    return salted_hmac("occasions.code", str(occasion_id), algorithm="sha256").digest()
