"""What the columns of an uploaded file probably are; the officer who uploads it sees the guess and puts it right.

A type is guessed only where every cell of the sample is one, so that a code with leading zeros stays a text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import duckdb

from tianqu.kernel.datasets import engine
from tianqu.kernel.datasets.casting import cast, narrowed
from tianqu.kernel.datasets.row_files import file_headings, text_rows
from tianqu.kernel.datasets.schema import COLUMNS_MAX, NAME, Column, ColumnType
from tianqu.kernel.datasets.uploaded_files import FileKind, Refused

SAMPLED: Final = 100_000  # first rows
SHOWN_ROWS: Final = 20
DECIMALS_GUESSED_MAX: Final = 9
_TRIED: Final[tuple[ColumnType, ...]] = ("integer", "decimal", "date", "time", "boolean")
_ASCII: Final = re.compile(r"[^a-z0-9]+")
_UNIT: Final = re.compile(r"^(?P<title>.+?)\s*[（(](?P<unit>[^（）()]{1,20})[）)]\s*$")
_TELLS_PERSON: Final = re.compile(
    r"姓名|身份证|证件号|电话|手机|联系方式|住址|银行卡|邮箱|phone|mobile|home address|e-?mail|id number|full name",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Guess:
    """The columns as guessed, the headings that they stand under, and the first rows as texts."""

    headings: tuple[str, ...]
    columns: tuple[Column, ...]
    sample: tuple[tuple[Any, ...], ...]


def guess_columns(path: Path, kind: FileKind) -> Guess:
    """Guess the columns of a file from its first hundred thousand rows. Raises ``InvalidInput``."""
    found = file_headings(path, kind)[:COLUMNS_MAX]
    with text_rows(path, kind, names=found, refused=Refused(), limit=SAMPLED) as (cursor, source):
        cursor.execute(f"CREATE TEMP TABLE told AS SELECT * FROM {source}")
        guessed = [_column(cursor, cell=f"c{n}", heading=heading, place=n) for n, heading in enumerate(found, start=1)]
        cells = ", ".join(f"c{n}" for n in range(1, len(found) + 1))
        sample = engine.fetched(cursor, f"SELECT {cells} FROM told ORDER BY line LIMIT {SHOWN_ROWS}")
    return Guess(tuple(found), distinct_names(guessed), tuple(sample))


def _column(cursor: duckdb.DuckDBPyConnection, *, cell: str, heading: str, place: int) -> Column:
    parted = _UNIT.match(heading)
    title, unit = (parted["title"], parted["unit"]) if parted else (heading, "")
    kind, decimals = _type(cursor, cell)
    personal = bool(_TELLS_PERSON.search(heading))
    return Column(
        name=column_name(title, place), type=kind, title=title[:300], title_en=title[:300], decimals=decimals,
        unit=unit if kind in ("integer", "decimal") else "", personal=personal, closed=personal,
    )  # fmt: skip


def _type(cursor: duckdb.DuckDBPyConnection, cell: str) -> tuple[ColumnType, int]:
    """The narrowest type that every cell of the sample is; text where there is none, and where nothing is told."""
    text = f"nullif({narrowed(cell)}, '')"
    point = f"coalesce(max(length(rtrim(regexp_extract({text}, '\\.([0-9]+)$', 1), '0'))), 0)"
    zeros = f"count(*) FILTER (regexp_full_match({text}, '0[0-9]+'))"
    facts = f"SELECT count({text}), {point}, {zeros} FROM told"
    filled, decimals, leading = engine.fetched(cursor, facts)[0]
    if not filled or leading:
        return "text", 0
    for kind in _TRIED:
        column = Column(
            name="guess", type=kind, decimals=min(decimals, DECIMALS_GUESSED_MAX) if kind == "decimal" else 0
        )
        fits = engine.fetched(cursor, f"SELECT count({cast(column, cell)}) FROM told")[0][0]
        if fits == filled:
            return kind, column.decimals
    return "text", 0


def column_name(title: str, place: int) -> str:
    """A name for a column from its heading, where that is Latin; "column_3" where it is not."""
    name = _ASCII.sub("_", title.lower()).strip("_")[:60] if title.isascii() else ""
    return name if NAME.match(name) else f"column_{place}"


def distinct_names(columns: Sequence[Column]) -> tuple[Column, ...]:
    """The same columns, with a number behind a name that came before."""
    seen: set[str] = set()
    told = []
    for place, column in enumerate(columns, start=1):
        name = column.name if column.name not in seen else f"{column.name[:50]}_{place}"
        seen.add(name)
        told.append(replace(column, name=name))
    return tuple(told)
