"""Whether leaves hold every number of a book. Every leaf of a book says its number, so whoever has the log can tell.

Pure functions of bytes, for the database's leaves and for a villager's own program with those of the log's tiles.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import orjson

SPANS_MAX: Final = 1_000


@dataclass(frozen=True, slots=True)
class Completeness:
    """What a walk over a book's leaves found. ``missing`` are spans of numbers, from and to, both included.

    ``last`` is the highest number that ought to be there: the book's own count where it is known, else the highest
    that was found. At most a thousand spans and repeated numbers are named.
    """

    book: str
    last: int
    found: int
    missing: tuple[tuple[int, int], ...]
    repeated: tuple[int, ...]

    @property
    def complete(self) -> bool:
        """Whether every number stands there once."""
        return not self.missing and not self.repeated


def check_leaves(
    book: str, leaves: Iterable[bytes], *, last: int | None = None, waiting: Collection[int] = ()
) -> Completeness:
    """Check that the leaves of a log hold every number of a book once, from 1 to ``last``; other leaves are passed by.

    ``book`` is what the leaves carry: "book:" and its code. A leaf that cannot be read is none of the book. Numbers
    that are ``waiting`` for their place in the log are not missed.
    """
    numbers: dict[int, int] = {}
    mark = orjson.dumps(book)
    for leaf in leaves:
        if mark not in leaf:
            continue
        number = number_in(leaf, book)
        if number is not None:
            numbers[number] = numbers.get(number, 0) + 1
    top = max(numbers, default=0) if last is None else last
    repeated = tuple(sorted(number for number, count in numbers.items() if count > 1 or not 1 <= number <= top))
    known = sorted(number for number in {*numbers, *waiting} if 1 <= number <= top)
    return Completeness(
        book, top, len(numbers), tuple(islice(_gaps(known, top), SPANS_MAX)), repeated[:SPANS_MAX]
    )  # fmt: skip


def number_in(leaf: bytes, book: str) -> int | None:
    """Return the number that a leaf carries in a book, None for a leaf of another book or of none."""
    try:
        told: Any = orjson.loads(leaf)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(told, dict) or told.get("book") != book:
        return None
    number = told.get("book_sequence")
    return number if type(number) is int else None


def _gaps(numbers: list[int], last: int) -> Iterator[tuple[int, int]]:
    expected = 1
    for number in numbers:
        if number > expected:
            yield expected, number - 1
        expected = number + 1
    if expected <= last:
        yield expected, last
