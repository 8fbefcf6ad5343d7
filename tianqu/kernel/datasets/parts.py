"""Parts: immutable zstd Parquet files. Each holds rows in their order, or changes of rows in the order of the journal.

Where some column of a dataset is closed, its rows are written twice: whole, and without it for everybody.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final, Literal, TypeAlias

import duckdb

from tianqu.kernel.datasets import leash, storage
from tianqu.kernel.datasets.schema import Schema

Holding: TypeAlias = Literal["rows", "changes", "cells"]
Audience: TypeAlias = Literal["open", "whole"]
ROW_GROUP: Final = 122_880  # rows; what the engine skips or reads at once


@dataclass(frozen=True, slots=True)
class Part:
    """One file: its hash, rows and bytes; what it holds, and for whom.

    ``first`` and ``last`` are the indexes of the log between which the changes in it happened. Cells were protected by
    their ``least`` number, beside what all versions up to the number ``beside`` told; both are 0 for all else.
    """

    sha256: str
    rows: int
    bytes: int
    holding: Holding = "rows"
    audience: Audience = "whole"
    first: int = 0
    last: int = 0
    beside: int = 0
    least: int = 0

    def json(self) -> dict[str, Any]:
        """The part as the manifest holds it."""
        return asdict(self)


def write_part(
    cursor: duckdb.DuckDBPyConnection,
    relation: str,
    schema: Schema,
    *,
    holding: Holding = "rows",
    first: int = 0,
    last: int = 0,
    marks: str = "",
) -> tuple[Part, ...]:
    """Write a relation of ``schema`` to the store, whole, and once more without the closed columns where there are any.

    ``marks`` names further columns, such as the index of a change, that belong to both. Return the parts, whole ones
    first.
    """
    wanted: list[tuple[Audience, Schema]] = [("whole", schema)]
    if schema.has_closed and schema.open.columns:
        wanted.append(("open", schema.open))
    parts: list[Part] = []
    source = relation
    for audience, seen in wanted:
        names = ", ".join(column.quoted for column in seen.columns) + (f", {marks}" if marks else "")
        with storage.working_file() as path:
            rows = _copy(cursor, f"SELECT {names} FROM {source}", path=str(path))
            digest, size = storage.keep(path)
        parts.append(Part(digest, rows, size, holding, audience, first, last))
        source = f"read_parquet({leash.literal(storage.readable(digest))})"  # the second is a copy of the first
    return tuple(parts)


def _copy(cursor: duckdb.DuckDBPyConnection, select: str, *, path: str) -> int:
    copied = cursor.execute(
        f"COPY ({select}) TO {leash.literal(path)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP})"
    ).fetchone()
    assert copied is not None
    return int(copied[0])
