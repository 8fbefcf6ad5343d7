"""From the journal to versions of a declared dataset, at a cost by what has changed and not by how much there is.

Each materialising reads the entries since the version before, and writes what they changed as one more part. Where the
changes outgrow a fifth of the rows, a second version of the same index holds all rows anew (a generation); versions of
before keep their parts, so every index can still be asked for.

What a person's erasure empties in the journal is gone from every version after it. What the versions before hold stays
until the dataset is made anew from the journal (``forgetting``); for a dataset without a personal column nothing of the
person is in them.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from django.db import connection
from django.utils.translation import gettext_noop

from tianqu.base.errors import Conflict, _
from tianqu.kernel.datasets import engine, leash, storage
from tianqu.kernel.datasets.cells import make_cells
from tianqu.kernel.datasets.cells_told import cubes_told
from tianqu.kernel.datasets.declarations import DatasetDeclaration, declaration_of
from tianqu.kernel.datasets.extracting import SUBJECT, Extractor
from tianqu.kernel.datasets.models import Dataset, Version
from tianqu.kernel.datasets.parts import Part, write_part
from tianqu.kernel.datasets.publishing import Origin, publish_version
from tianqu.kernel.datasets.row_files import making_engine
from tianqu.kernel.datasets.schema import Schema
from tianqu.kernel.datasets.sidecars import make_sidecar
from tianqu.kernel.datasets.statements import Stored, relation
from tianqu.kernel.journal.api import (
    SYSTEM,
    erased_since,
    log_size,
    set_scope,
    subject_changes,
    subject_states,
)

MARKS: Final = "log_index, gone"
CHANGES_SHARE: Final = 5  # a generation begins when the changes are more than the fifth part of the rows …
CHANGES_FEW: Final = 10_000  # … but not for so few, which cost nothing to read
CHANGE_PARTS_MAX: Final = 32  # then they are written into one
DESCRIBED_ROWS_MAX: Final = 200_000  # up to so many rows each version has a sidecar of its own
ERASING_TIME: Final = timedelta(hours=1)  # an act of erasure may have begun so long before a version that missed it
WRONG_TYPE: Final = gettext_noop("So many values are of another type than the column; they are empty.")

Told = Callable[[str, int, int], None]


@dataclass(slots=True)
class _Gathered:
    """What was read of the journal: how many changes, and how many more rows there are by them."""

    changes: int = 0
    more: int = 0


def materialise(code: str, *, anew: bool = False, told: Told = lambda stage, done, of: None) -> Version | None:
    """Bring a declared dataset up to what the log holds now; return its newest version, None where nothing changed.

    ``anew`` reads the whole journal, as it is done where the columns were declared otherwise. ``told`` hears of the
    stage ("reading", "generation"), and how far it is. Raises ``NotFound``, ``DiskFull``, and ``Conflict`` where
    somebody is at it already.
    """
    declaration = declaration_of(code)
    set_scope(SYSTEM.scope)
    with alone(code):
        dataset = Dataset.objects.get(code=code)
        last = Version.objects.filter(dataset=dataset, number=dataset.version).first()
        if last is not None and (anew or last.schema != declaration.schema.json()):
            last = None
        version = _changed(dataset, declaration, last, told)
        if version is None:
            return None
        dataset.refresh_from_db()
        return _generation(dataset, declaration, version, told) or version


def _changed(dataset: Dataset, declaration: DatasetDeclaration, last: Version | None, told: Told) -> Version | None:
    """Publish what has changed since ``last``, or everything; None where nothing has."""
    schema = declaration.schema
    first, until = last.journal_index if last else 0, log_size()
    known = [Part(**part) for part in last.manifest["parts"] if part["holding"] != "cells"] if last else []
    extractor = Extractor(declaration.source, schema)
    with storage.working_file(".changes") as path:
        gathered = _gather(path, declaration, extractor, last, range(first, until), told)
        if not gathered.changes and last is not None:
            return None
        with making_engine(path) as cursor:
            parts = _with_changes(cursor, path, schema, known, range(first, until))
            rows = last.rows + gathered.more if last else _count(cursor, schema, parts, until)
    stored = _shown(schema, parts, until)
    if last is not None and rows > DESCRIBED_ROWS_MAX:
        sidecar = last.sidecar
    else:
        sidecar = make_sidecar(stored, rows_open=declaration.access != "cells")
    report = tuple(
        {"line": 0, "column": name, "reason": WRONG_TYPE, "value": str(count)}
        for name, count in sorted(extractor.misfits.items())
    )
    return publish_version(
        SYSTEM, dataset_id=dataset.id, schema=schema, parts=[*parts, *_cells(dataset, declaration, stored)], rows=rows,
        sidecar=sidecar,
        origin=Origin(report=report), journal_index=until, access=declaration.access, expected_version=dataset.version,
    )  # fmt: skip


def _gather(
    path: Path, declaration: DatasetDeclaration, extractor: Extractor, last: Version | None, indexes: range, told: Told
) -> _Gathered:
    """Write each change as a line: the cells, the index in the log, and whether the row is gone by it."""
    kind, names = declaration.source.subjects, declaration.schema.names
    gathered, alive = _Gathered(), dict[str, bool]()
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")

        def write(subject: str, cells: list[str] | None, index: int) -> None:
            told_gone = [subject if name == SUBJECT else "" for name in names]
            writer.writerow([*(told_gone if cells is None else cells), index, "true" if cells is None else "false"])
            gathered.changes += 1
            if last is not None:
                alive[subject] = cells is not None

        for batch in subject_changes(kind, first=indexes.start, until=indexes.stop):
            for change in batch:
                write(change.subject, extractor.row(change.subject, change.after), change.index)
            told("reading", batch[-1].index - indexes.start, len(indexes))
        if last is None:
            return gathered
        erased = _alive_in(last, erased_since(kind, last.made_at - ERASING_TIME))
        for state in subject_states(kind, sorted(erased), before=indexes.stop):
            if state.after is None and alive.get(state.subject, True):
                write(state.subject, None, max(indexes.stop, 1) - 1)
    before = {
        state.subject
        for state in subject_states(kind, list(alive), before=indexes.start)
        if extractor.row(state.subject, state.after) is not None
    } | erased
    gathered.more = sum(is_alive - (subject in before) for subject, is_alive in alive.items())
    return gathered


def _alive_in(version: Version, subjects: Sequence[str]) -> set[str]:
    """Which of the subjects have a row in a version."""
    if not subjects:
        return set()
    schema = version.columns
    stored = _stored(schema, [Part(**part) for part in version.manifest["parts"]], version.journal_index)
    key = f'"{schema.key[0]}"'
    with making_engine() as cursor:
        rows = engine.fetched(
            cursor, f"SELECT {key} FROM {relation(stored)} WHERE {key} IN (SELECT unnest(?))", [list(subjects)]
        )
    return {row[0] for row in rows}


def _with_changes(cursor: Any, path: Path, schema: Schema, known: Sequence[Part], indexes: range) -> list[Part]:
    """The known parts and the one of the new changes; the changes in one part where there are too many of them."""
    names = ", ".join(column.quoted for column in schema.columns)
    source = f"SELECT {names}, {MARKS} FROM {_lines(path, schema)}"
    older = [part for part in known if part.holding == "changes" and part.audience == "whole"]
    first = max(0, min(indexes.start, indexes.stop - 1))  # where an erasure stands after which nothing has happened
    if len(older) >= CHANGE_PARTS_MAX:
        files = leash.literal_list([storage.readable(part.sha256) for part in older])
        source = f"SELECT {names}, {MARKS} FROM read_parquet({files}) UNION ALL {source}"
        first = min(part.first for part in older)
        known = [part for part in known if part.holding == "rows"]
    made = write_part(cursor, f"({source})", schema, holding="changes", first=first, last=indexes.stop, marks=MARKS)
    return [*known, *made]


def _lines(path: Path, schema: Schema) -> str:
    columns = [f"{column.quoted[1:-1]!r}: {column.sql_type!r}" for column in schema.columns]
    columns += ["'log_index': 'BIGINT'", "'gone': 'BOOLEAN'"]
    return (
        f"read_csv({leash.literal(str(path))}, header = false, delim = ',', quote = '\"', escape = '\"',"
        f" columns = {{{', '.join(columns)}}}, nullstr = '', auto_detect = false, max_line_size = 16777216,"
        " new_line = '\\n', strict_mode = true)"
    )


def _count(cursor: Any, schema: Schema, parts: Sequence[Part], until: int) -> int:
    counted = engine.fetched(cursor, f"SELECT count(*) FROM {relation(_stored(schema, parts, until))}")
    return int(counted[0][0])


def _generation(dataset: Dataset, declaration: DatasetDeclaration, version: Version, told: Told) -> Version | None:
    """Publish all rows anew where the changes have outgrown them; None where they have not."""
    parts = [Part(**part) for part in version.manifest["parts"]]
    schema, index = version.columns, version.journal_index
    stored = _stored(schema, parts, index)
    changes = sum(part.rows for part in stored.changes)
    if changes <= max(CHANGES_FEW, version.rows // CHANGES_SHARE) or not version.rows:
        return None
    told("generation", 0, version.rows)
    names = ", ".join(column.quoted for column in schema.columns)
    order = ", ".join(f'"{name}"' for name in schema.key)
    with making_engine() as cursor:
        made = write_part(
            cursor, f"(SELECT {names} FROM {relation(stored)} ORDER BY {order})", schema, first=0, last=index
        )
    shown = _shown(schema, made, index)
    sidecar, cells = make_sidecar(shown, rows_open=declaration.access != "cells"), _cells(dataset, declaration, shown)
    return publish_version(
        SYSTEM, dataset_id=dataset.id, schema=schema, parts=[*made, *cells], rows=made[0].rows, sidecar=sidecar,
        journal_index=index, expected_version=version.number,
    )  # fmt: skip


def _cells(dataset: Dataset, declaration: DatasetDeclaration, shown: Stored) -> list[Part]:
    """The cells of what is shown, where only these are told; to count them all rows are read."""
    if declaration.access != "cells":
        return []
    before = cubes_told(dataset, declaration.cells, until=dataset.version)
    cells = make_cells(
        shown, declaration.cells, least=declaration.cell_least, index=shown.index, beside=dataset.version,
        before=before,
    )  # fmt: skip
    return [cells]


def _stored(schema: Schema, parts: Sequence[Part], index: int) -> Stored:
    return Stored(schema, tuple(part for part in parts if part.audience == "whole"), index)


def _shown(schema: Schema, parts: Sequence[Part], index: int) -> Stored:
    if not schema.has_closed:
        return _stored(schema, parts, index)
    return Stored(schema.open, tuple(part for part in parts if part.audience == "open"), index)


@contextmanager
def alone(code: str) -> Iterator[None]:
    """Hold the lock of a dataset; it ends with the connection, however that ends. Raises ``Conflict``.

    Who holds it may take it once more.
    """
    name = f"tianqu.datasets.{code}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [name])
        taken = bool(cursor.fetchone()[0])
    if not taken:
        raise Conflict(
            _("The dataset %(value)s is being materialised already."), field="code", value=code,
            remedy=_("Wait until it is done."),
        )  # fmt: skip
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [name])
