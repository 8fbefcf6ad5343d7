"""The rows of an uploaded file before the engine: texts with the line they stood on, whatever the file was."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
from django.conf import settings

from tianqu.base.errors import InvalidInput, _
from tianqu.kernel.datasets import engine, leash, storage
from tianqu.kernel.datasets.uploaded_files import FileKind, Refused, headings, write_rows

INGEST_SECONDS_MAX = 6 * 3600.0


@contextmanager
def making_engine(*files: Path, seconds: float = INGEST_SECONDS_MAX) -> Iterator[duckdb.DuckDBPyConnection]:
    """An engine that writes parts: it reads ``files`` and the store, and spills into the store's working folder.

    It is stopped after ``seconds``.
    """
    scratch = storage.working_folder()
    folder = storage.store_folder()
    made = engine.new_engine(
        memory=settings.TIANQU_INGEST_MEMORY, threads=settings.TIANQU_QUERY_THREADS,
        folders=[str(scratch), *([folder] if folder else [])], files=[str(file) for file in files], scratch=scratch,
    )  # fmt: skip
    try:
        with engine.limited(made.cursor(), seconds) as cursor:
            yield cursor
    finally:
        made.close()


def file_headings(path: Path, kind: FileKind) -> list[str]:
    """The headings of a file, or the names of a Parquet file's columns. Raises ``InvalidInput``."""
    if kind != "parquet":
        return headings(path, kind)
    with making_engine(path) as cursor:
        try:
            return [str(row[0]) for row in engine.fetched(cursor, f"DESCRIBE SELECT * FROM {_parquet(path)}")]
        except duckdb.Error as error:
            raise _no_parquet() from error


@contextmanager
def text_rows(
    path: Path, kind: FileKind, *, names: Sequence[str], refused: Refused, limit: int | None = None
) -> Iterator[tuple[duckdb.DuckDBPyConnection, str]]:
    """An engine, and the relation of a file's rows for it: ``line`` and a text c1, c2, … for each heading."""
    with making_engine(path) as cursor:
        if kind == "parquet":
            cells = "".join(
                f", replace(CAST({_quoted(name)} AS VARCHAR), chr(0), '') AS c{n}"
                for n, name in enumerate(names, start=1)
            )
            capped = f" LIMIT {limit}" if limit else ""
            numbered = _parquet(path, numbered=True)
            try:
                yield cursor, f"(SELECT file_row_number + 1 AS line{cells} FROM {numbered}{capped})"
            except duckdb.IOException:
                raise  # the disk's fault, told by the engine
            except (duckdb.InvalidInputException, duckdb.SerializationException) as error:
                raise _no_parquet() from error
            return
        with storage.working_file(".rows") as lines:
            write_rows(path, kind, names=names, to=lines, refused=refused, limit=limit)
            yield cursor, rows_of(lines, len(names))


def rows_of(lines: Path, width: int) -> str:
    """The relation of what ``write_rows`` wrote."""
    columns = ", ".join(["'line': 'BIGINT'", *(f"'c{n}': 'VARCHAR'" for n in range(1, width + 1))])
    return (
        f"read_csv({leash.literal(str(lines))}, header = false, delim = ',', quote = '\"', escape = '\"',"
        f" columns = {{{columns}}}, nullstr = '', auto_detect = false, max_line_size = 16777216, new_line = '\\n',"
        " strict_mode = true)"
    )


def _no_parquet() -> InvalidInput:
    return InvalidInput(
        _("The file cannot be read as Parquet."), field="file", remedy=_("Write it anew, or give it as CSV.")
    )


def _parquet(path: Path, *, numbered: bool = False) -> str:
    more = ", file_row_number = true" if numbered else ""
    return f"read_parquet({leash.literal(str(path))}{more})"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
