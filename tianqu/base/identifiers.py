"""Identifiers of things: UUID version 7 (RFC 9562), which sorts by time and needs no coordination."""

from __future__ import annotations

from uuid import UUID

from uuid_utils.compat import uuid7


def new_identifier() -> UUID:
    """Return a new UUIDv7."""
    return uuid7()
