"""Lists made ready to be sent, in a thread that has the time: encoded as PostgreSQL's binary arrays.

Encoding 8,190 transfers takes a sixth of the time in which the database writes them. ``post_many`` does it while the
database works on the batch before, so that the connection has nothing left to do but to send.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.adapt import Buffer, Dumper, PyFormat, Transformer
from psycopg.pq import Format


@dataclass(frozen=True, slots=True)
class Encoded:
    """A parameter as it is sent: its type's number in PostgreSQL, its bytes, and their format."""

    oid: int
    data: Buffer | None
    format: Format


class _EncodedDumper(Dumper):
    format = Format.BINARY

    def get_key(self, obj: Any, format: PyFormat) -> Any:
        return (self.cls, obj.oid, obj.format)

    def upgrade(self, obj: Any, format: PyFormat) -> Dumper:
        dumper = _EncodedDumper(self.cls)
        dumper.oid, dumper.format = obj.oid, obj.format
        return dumper

    def dump(self, obj: Any) -> Buffer | None:
        data: Buffer | None = obj.data
        return data


def encoded(values: Sequence[Any]) -> Encoded:
    """Encode a list as psycopg would when it is sent with ``%b``: as binary, but for one that holds nothing."""
    dumper = Transformer().get_dumper(values, PyFormat.BINARY)
    return Encoded(dumper.oid, dumper.dump(values), dumper.format)


def take_encoded(cursor: psycopg.Cursor[Any]) -> None:
    """Let a cursor send what was encoded."""
    cursor.adapters.register_dumper(Encoded, _EncodedDumper)
