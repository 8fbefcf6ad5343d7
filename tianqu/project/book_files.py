"""Writing the books of a place into one file, as they are at one moment, with progress on standard error."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Final, TextIO

from django.db import connection, transaction
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from tianqu.base.errors import InvalidInput, NotFound, _
from tianqu.gateways.beancount.ledger import ledger_of
from tianqu.gateways.hledger.journal import journal_of
from tianqu.kernel.journal.api import SYSTEM, seeing
from tianqu.kernel.ledgers.api import ExportedBook, Posting, book_postings, exported_book, exported_books
from tianqu.kernel.places.api import place_called, place_rows

Writer = Callable[[ExportedBook, Iterable[Posting]], Iterator[str]]
WRITERS: Final[dict[str, Writer]] = {"hledger": journal_of, "beancount": ledger_of}


def export_books(
    file: TextIO, *, form: str, book: str = "", place: str = "", until: date | None = None
) -> tuple[int, int]:
    """Write one book, or all books at or below a place; return how many books and postings these were.

    Everything is read from one snapshot. Raises ``InvalidInput`` unless a book or a place is named, ``NotFound``.
    """
    if bool(book) == bool(place):
        raise InvalidInput(
            _("Name either a book or a place."), field="book", remedy=_("Give --book CODE or --place CODE.")
        )  # fmt: skip
    count = postings = 0
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with seeing(SYSTEM.scope), one_snapshot(), Progress(*columns, console=Console(stderr=True)) as bars:
        task = bars.add_task("")
        for one in _chosen(book=book, place=place):
            counted = _Counted(book_postings(one, until=until))
            file.writelines(WRITERS[form](one, counted))
            count, postings = count + 1, postings + counted.count
            bars.update(task, description=f"{one.code}  {count:,} books, {postings:,} postings")
    return count, postings


@contextmanager
def one_snapshot() -> Iterator[None]:
    """See the database as it is when the block begins; within somebody's transaction, as that sees it."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _chosen(*, book: str, place: str) -> Iterable[ExportedBook]:
    if book:
        return [exported_book(SYSTEM, book=book)]
    return exported_books(SYSTEM, place_path=path_of_books(place))


def path_of_books(code: str) -> str:
    """Where a place is, or was last: the books of one that has closed are where they were kept. Raises ``NotFound``."""
    try:
        place = place_called(code)
    except NotFound:
        rows = place_rows(code)
        if not rows:
            raise
        place = max(rows, key=lambda row: row.valid_from or date.min)
    return str(place.path)


class _Counted:
    """Postings that are counted as they go by."""

    def __init__(self, postings: Iterable[Posting]) -> None:
        self.count = 0
        self._postings = postings

    def __iter__(self) -> Iterator[Posting]:
        for posting in self._postings:
            self.count += 1
            yield posting
