"""Tickets: short signed tokens that name an occasion, a booking and a seat, and no person.

A token is base64url of ``1 ‖ occasion ‖ booking ‖ serial ‖ seat ‖ signature``: one byte, 16, 16, two, the seat's
letters, and an Ed25519 signature (RFC 8032) over ``tianqu-ticket-v1``, a newline and what stands before it. A device at
the door checks it with the public key alone. It is not kept anywhere: signed again, it comes out the same.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings

from tianqu.base.errors import InvalidInput, _
from tianqu.kernel.journal.api import SigningKey, kept_key

VERSION: Final = 1
HEAD_BYTES: Final = 1 + 16 + 16 + 2
SEAT_BYTES_MAX: Final = 11
SIGNATURE_BYTES: Final = 64
TOKEN_MAX: Final = 200
CONTEXT: Final = b"tianqu-ticket-v1\n"


class TicketRefused(InvalidInput):
    """A text that is no ticket, or one that this installation has not signed."""

    code = "ticket_refused"


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a ticket says. ``serial`` is that of the booking when it was issued."""

    occasion_id: UUID
    booking_id: UUID
    serial: int
    seat: str = ""

    def payload(self) -> bytes:
        """The bytes that are signed, without their context."""
        ids = self.occasion_id.bytes + self.booking_id.bytes
        return bytes([VERSION]) + ids + self.serial.to_bytes(2, "big") + self.seat.encode("ascii")


def ticket_token(ticket: Ticket) -> str:
    """A ticket as the token that its QR code holds."""
    payload = ticket.payload()
    return _encoded(payload + _key().private.sign(CONTEXT + payload))


def ticket_read(token: str) -> Ticket:
    """Read a token. Raises ``TicketRefused`` for any that this installation has not signed."""
    text = token.strip()
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    payload, signature = raw[:-SIGNATURE_BYTES], raw[-SIGNATURE_BYTES:]
    if len(text) > TOKEN_MAX or not HEAD_BYTES <= len(payload) <= HEAD_BYTES + SEAT_BYTES_MAX:
        raise _refused()
    try:
        Ed25519PublicKey.from_public_bytes(_key().verifier.public).verify(signature, CONTEXT + payload)
    except InvalidSignature:
        raise _refused() from None
    if payload[0] != VERSION:
        raise _refused()
    return Ticket(
        UUID(bytes=payload[1:17]), UUID(bytes=payload[17:33]), int.from_bytes(payload[33:35], "big"),
        payload[35:].decode("ascii"),
    )  # fmt: skip


def tickets_key() -> str:
    """The public key of tickets, 32 bytes as base64url, with which a device checks them without a line."""
    return _encoded(_key().verifier.public)


def _key() -> SigningKey:
    return _key_at(str(settings.VAR))


@cache
def _key_at(folder: str) -> SigningKey:
    name = f"{urlsplit(settings.TIANQU_ORIGIN).netloc}/tickets"
    return kept_key(Path(folder) / "keys" / "tickets.key", name=name, environment="TIANQU_TICKET_KEY")


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _refused() -> TicketRefused:
    return TicketRefused(
        _("This is no ticket of ours."), field="ticket", remedy=_("Scan the QR code on the ticket's page again.")
    )
