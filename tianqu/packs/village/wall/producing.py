"""Making the posters of many villages: published one after the other, put on paper into a folder, safe to break off.

What is published already is left alone, and so is a paper that is there: to run again is to go on.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from tianqu.base.errors import TianquError
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM, seeing
from tianqu.kernel.ledgers.api import books_list
from tianqu.packs.village import acts
from tianqu.packs.village.wall.paper import poster_pdf
from tianqu.packs.village.wall.quarters import Quarter
from tianqu.packs.village.wall.queries import edition_called, walls_below

PAGE: Final = 500


@dataclass(frozen=True, slots=True)
class VillageAsked:
    """A village that keeps a book; the last label of its path is its code."""

    place_id: UUID
    path: str

    @property
    def code(self) -> str:
        """Its code."""
        return self.path.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a village: ``done`` published or printed, ``there`` it was before, ``refused`` with the reason."""

    code: str
    state: str
    reason: str = ""


def villages_with_books(place_path: str) -> Iterator[VillageAsked]:
    """Yield the villages at or below a place that keep a book, by the code of the book."""
    after: str | None = None
    seen: set[UUID] = set()
    while True:
        with seeing(SYSTEM.scope):
            page = books_list(SYSTEM, place_path=place_path, after=after, limit=PAGE)
        for book in page.rows:
            if book.place_id not in seen:
                seen.add(book.place_id)
                yield VillageAsked(book.place_id, str(book.place_path))
        if page.after is None:
            return
        after = page.after


def published_below(place_path: str, *, quarter: Quarter) -> set[str]:
    """Return the codes of the villages below a place that have published a quarter."""
    with seeing(SYSTEM.scope):
        return walls_below(place_path, quarter=str(quarter))


def publish_villages(villages: Sequence[VillageAsked], *, quarter: str, at: datetime | None = None) -> list[Outcome]:
    """Publish the first edition of a quarter for each of some villages; what is refused is told, and stops no other."""
    return [_published(village, quarter, at) for village in villages]


def _published(village: VillageAsked, quarter: str, at: datetime | None) -> Outcome:
    dated: dict[str, Any] = {"at": at} if at is not None else {}
    try:
        acts.publish_wall(SYSTEM, place_id=village.place_id, wall_id=new_identifier(), quarter=quarter, **dated)
    except TianquError as error:
        return Outcome(village.code, "refused", str(error))
    return Outcome(village.code, "done")


def paper_path(folder: Path, village: VillageAsked, *, quarter: str, edition: int, size: str) -> Path:
    """Where the paper of a village lies: by county and township."""
    return folder.joinpath(*village.path.split(".")[1:-1], f"{village.code}-{quarter}-{edition}-{size}.pdf")


def print_villages(
    villages: Sequence[VillageAsked], *, quarter: str, folder: Path, sizes: Sequence[str], language: str
) -> list[Outcome]:
    """Write the papers of the newest edition for each of some villages; each file appears whole or not at all."""
    return [_printed(village, folder, sizes, quarter=quarter, language=language) for village in villages]


def _printed(village: VillageAsked, folder: Path, sizes: Sequence[str], *, quarter: str, language: str) -> Outcome:
    made = 0
    try:
        with seeing(SYSTEM.scope):
            edition = edition_called(village.code, quarter=quarter)
        for size in sizes:
            path = paper_path(folder, village, quarter=quarter, edition=edition.edition, size=size)
            if not path.exists():
                _write(path, poster_pdf(edition, size=size, language=language))
                made += 1
    except TianquError as error:
        return Outcome(village.code, "refused", str(error))
    return Outcome(village.code, "done" if made else "there")


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.parent / f".{path.name}.{os.getpid()}"
    aside.write_bytes(data)
    os.replace(aside, path)
