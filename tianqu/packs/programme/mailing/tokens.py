"""What stands in the links of mails: who is meant, signed, and never an address."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

from django.core.signing import BadSignature, Signer, TimestampSigner
from django.utils.crypto import salted_hmac

from tianqu.base.errors import NotFound, _

CONFIRM_WITHIN: Final = timedelta(days=7)
_CONFIRM: Final = TimestampSigner(salt="programme.confirm", sep=".")
_STOP: Final = Signer(salt="programme.stop", sep=".")


def subscriber_of(address: str) -> UUID:
    """The identifier of an address, always the same, from which nobody without the installation's key guesses it."""
    digest = salted_hmac("programme.subscriber", address.casefold(), algorithm="sha256").digest()
    return UUID(bytes=digest[:16])


def confirm_token(subscriber_id: UUID) -> str:
    """What confirms a subscription within a week."""
    return _CONFIRM.sign(subscriber_id.hex)


def stop_token(subscriber_id: UUID) -> str:
    """What ends a subscription, in each mail."""
    return _STOP.sign(subscriber_id.hex)


def confirmed(token: str) -> UUID:
    """Whose token it is. Raises ``NotFound`` for one that is wrong or older than a week."""
    try:
        return UUID(_CONFIRM.unsign(token, max_age=CONFIRM_WITHIN))
    except BadSignature as error:
        raise _wrong() from error


def stopped(token: str) -> UUID:
    """Whose token it is. Raises ``NotFound`` for one that is wrong."""
    try:
        return UUID(_STOP.unsign(token))
    except BadSignature as error:
        raise _wrong() from error


def _wrong() -> NotFound:
    return NotFound(
        _("This link does not hold any more."), field="token", remedy=_("Enter your address again to get a new one.")
    )
