"""What the loading of many rows shares: line numbers, refusals, and leaving no entry when nothing changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from django.db import connection

from tianqu.base.errors import InvalidInput, TianquError, TooLarge, _

Row: TypeAlias = Mapping[str, str]

ROWS_MAX = 200_000
REFUSALS_KEPT_MAX = 1_000
FIRST_LINE = 2  # of a CSV file: line 1 names the columns


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that was not taken, where it stands in its file, and why."""

    file: str
    line: int
    error: TianquError


@dataclass(slots=True)
class LoadReport:
    """What became of the rows: how many were new or changed, how many were there already, which were
    refused.
    """

    accepted: int = 0
    unchanged: int = 0
    refused: int = 0
    refusals: list[Refusal] = field(default_factory=list)

    def refuse(self, file: str, line: int, error: TianquError) -> None:
        """Count a refused row; keep the first thousand reasons."""
        self.refused += 1
        if len(self.refusals) < REFUSALS_KEPT_MAX:
            self.refusals.append(Refusal(file, line, error))


class NothingToDo(Exception):
    """Every row is there already, or was refused: the act ends without a trace."""

    def __init__(self, report: LoadReport) -> None:
        self.report = report
        super().__init__("nothing to do")


def report_of(load: Callable[[], LoadReport]) -> LoadReport:
    """Run a loading act and return its report, also when there was nothing to do."""
    try:
        return load()
    except NothingToDo as nothing:
        return nothing.report


def numbered(rows: Sequence[Row]) -> Iterable[tuple[int, Row]]:
    """Each row with its line in the file. Raises ``TooLarge`` for more rows than can be loaded at once."""
    if len(rows) > ROWS_MAX:
        raise TooLarge(
            _("At most %(limit)s rows are loaded at once."),
            limit=ROWS_MAX,
            remedy=_("Load the file in parts."),
        )
    return enumerate(rows, start=FIRST_LINE)


def text_in(row: Row, column: str) -> str:
    """The text in a column, without spaces round it; empty where the column is missing."""
    return (row.get(column) or "").strip()


def required_in(row: Row, column: str) -> str:
    """The text in a column that must not be empty."""
    text = text_in(row, column)
    if not text:
        raise InvalidInput(_("The column %(column)s is empty."), field=column, column=column)
    return text


def yes_in(row: Row, column: str) -> bool:
    """The yes or no in a column; an empty one says no."""
    text = text_in(row, column).lower()
    if text not in ("", "0", "no", "false", "1", "yes", "true"):
        raise InvalidInput(
            _("%(value)s is neither yes nor no."), field=column, value=text[:40], remedy=_("Write yes or no.")
        )
    return text in ("1", "yes", "true")


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Store many rows with COPY. The table must be one without row-level security, which COPY refuses."""
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(row)
