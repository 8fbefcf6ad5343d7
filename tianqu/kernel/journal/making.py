"""Making many entries of one act by one actor at once, for imports: the same to the byte as ``prepare_entry`` makes."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import orjson

from tianqu.base.canonical import plain
from tianqu.kernel.journal.actors import Actor
from tianqu.kernel.journal.acts import FORMAT, SALT_BYTES


@lru_cache(maxsize=16_384)
def written_time(at: datetime) -> str:
    """An aware time in ISO 8601. Remembered, because imports bring few different times, and offsets are slow."""
    return at.isoformat()


@dataclass(frozen=True, slots=True)
class BookedEntry:
    """An entry whose number in its book is not known yet: the statement that takes the number puts it in its place.

    The leaf is ``leaf_start``, the number in digits, ``leaf_end``. The body does not hold the number.
    """

    subject: str
    leaf_start: bytes
    leaf_end: bytes
    salt: bytes
    body: bytes


class EntryMaker:
    """Makes up to ``count`` entries. What is the same in all of them is laid out once, and the salts are drawn at once.

    What is given must be canonical already: text without lone surrogates, whole numbers within
    ±(2^53 − 1), booleans, null, and lists and dictionaries of them. Nothing is checked here.
    """

    def __init__(self, *, act: str, actor: Actor, count: int) -> None:
        self.act = act
        self.actor = actor
        self._actor = plain({"person": actor.person_id, "post": actor.post_id, "unit": actor.unit_id})
        self._salts = memoryview(secrets.token_bytes(SALT_BYTES * count))
        self._used = 0
        self._books: dict[str, tuple[bytes, bytes]] = {}
        self.leaf_start = b'{"act":' + orjson.dumps(act) + b',"commitment":"'
        self.leaf_end = b'","format":' + orjson.dumps(FORMAT) + b"}"

    def booked(
        self, subject: str, *, after: Mapping[str, Any] | orjson.Fragment, at: datetime, book: str
    ) -> BookedEntry:
        """Make one entry of a book; ``after`` may be canonical JSON that was made already."""
        salt, body, commitment = self.sealed(subject, after, at)
        start, middle = self._book_parts(book)
        return BookedEntry(subject, start, b"".join((middle, commitment, self.leaf_end)), salt, body)

    def _book_parts(self, book: str) -> tuple[bytes, bytes]:
        parts = self._books.get(book)
        if parts is None:
            start = b'{"act":' + orjson.dumps(self.act) + b',"book":' + orjson.dumps(book) + b',"book_sequence":'
            parts = self._books[book] = (start, b',"commitment":"')
        return parts

    def sealed(
        self, subject: str, after: Mapping[str, Any] | orjson.Fragment, at: datetime
    ) -> tuple[bytes, bytes, bytes]:
        """The salt, the body, and the commitment to both in hexadecimal."""
        body = orjson.dumps(
            {
                "act": self.act, "actor": self._actor, "after": after, "at": written_time(at),
                "channel": self.actor.channel, "format": FORMAT, "subject": subject,
            },
            option=orjson.OPT_SORT_KEYS,
        )  # fmt: skip
        salt = bytes(self._salts[self._used : self._used + SALT_BYTES])
        assert len(salt) == SALT_BYTES, "more entries were made than were announced"
        self._used += SALT_BYTES
        return salt, body, hashlib.sha256(salt + body).hexdigest().encode()
