"""Identifiers of things: UUID version 7 (RFC 9562), which sorts by time and needs no coordination."""

from __future__ import annotations

from typing import Protocol, cast
from uuid import NAMESPACE_URL, UUID

import uuid_utils
import uuid_utils.compat


class Identifier(Protocol):
    """What every UUID has, ``str`` apart."""

    @property
    def bytes(self) -> bytes:
        """The 16 bytes of it."""


def new_identifier() -> UUID:
    """Return a new UUIDv7."""
    return uuid_utils.compat.uuid7()


def named_identifier(name: str) -> UUID:
    """Return the identifier that a name always has: UUID version 5 in the name space of addresses (RFC 9562)."""
    return uuid_utils.compat.uuid5(NAMESPACE_URL, name)


def new_quick_identifier() -> Identifier:
    """Return a new UUIDv7 that is made and written out in a fifth of the time, for imports."""
    return cast(Identifier, uuid_utils.uuid7())


def identifier_typed(text: str) -> UUID:
    """Return the UUID that somebody typed; for what is none a new one, which nothing bears."""
    try:
        return UUID(text)
    except ValueError:
        return new_identifier()
