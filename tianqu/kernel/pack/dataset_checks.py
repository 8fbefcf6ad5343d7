"""What is wrong with the datasets that a pack declares, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from tianqu.base.errors import InvalidInputs
from tianqu.kernel.datasets.api import (
    ACCESSES,
    DOMAINS,
    FREQUENCIES,
    LICENCES,
    Column,
    DatasetDeclaration,
    checked_schema,
)
from tianqu.kernel.pack.declarations import Pack

SUBJECT = "subject"


def dataset_faults(pack: Pack) -> Iterator[str]:
    """A sentence for each fault of the pack's datasets."""
    for declared in pack.datasets:
        yield from (f"the dataset {declared.code} {fault}" for fault in _faults_of(declared))


def _faults_of(declared: DatasetDeclaration) -> Iterator[str]:
    for what, value, known in (
        ("the domain", declared.domain, tuple(DOMAINS)), ("the licence", declared.licence, tuple(LICENCES)),
        ("the frequency", declared.frequency, FREQUENCIES), ("the access", declared.access, ACCESSES),
    ):  # fmt: skip
        if value not in known:
            yield f"names {what} {value!r}; it is one of {', '.join(known)}."
    if not declared.unit:
        yield "names no kind of office that answers for it."
    if not (declared.title and declared.title_en and declared.grain and declared.grain_en):
        yield "needs a title and a grain in both languages."
    try:
        checked_schema(declared.schema.columns, declared.schema.key)
    except InvalidInputs as faults:
        yield from (f"has a fault in {fault.field}: {fault}" for fault in faults.errors)
    yield from _column_faults(declared)


def _column_faults(declared: DatasetDeclaration) -> Iterator[str]:
    schema = declared.schema
    subject = next((column for column in schema.columns if column.name == SUBJECT), None)
    if schema.key != (SUBJECT,) or subject is None or subject.type != "text" or subject.closed:
        yield "needs an open text column called subject as its key: the identifier of what its rows are about."
    for column in schema.columns:
        if column.name != SUBJECT and not column.path:
            yield f"does not say at which path of the after-image its column {column.name} stands."
        if column.personal and not column.closed and declared.access in ("open", "cells"):
            yield f"would open its column {column.name}, which tells of persons."
    yield from _cell_faults(declared, schema.columns)


def _cell_faults(declared: DatasetDeclaration, columns: tuple[Column, ...]) -> Iterator[str]:
    known = {column.name for column in columns if not column.closed}
    for name in declared.cells:
        if name not in known:
            yield f"tells cells over {name}, which is not one of its open columns."
    if declared.access == "cells" and not 1 <= len(declared.cells) <= 4:
        yield "names 1 to 4 columns over which its cells are told."
