"""What everybody may have of datasets: open, not withdrawn, with a version, without closed columns; and its files.

The doors of other programs (``tianqu/gateways``) read datasets through here, so that no door shows more than another.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from django.db.models import F

from tianqu.base.errors import InvalidInput, NotFound, _
from tianqu.kernel.datasets import engine
from tianqu.kernel.datasets.catalogue import CatalogueAsked, CataloguePage, catalogue
from tianqu.kernel.datasets.exporting import EXPORTS
from tianqu.kernel.datasets.models import Dataset, Version
from tianqu.kernel.datasets.questions import Question, checked
from tianqu.kernel.datasets.reading import Opened, opened
from tianqu.kernel.datasets.schema import Value
from tianqu.kernel.datasets.statements import rows_statement
from tianqu.kernel.journal.api import ANYBODY, set_scope

SKIPPED_MAX: Final = 1_000_000
OPEN_FORMS: Final = ("csv", "jsonl", "parquet")


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A form in which a whole open dataset is given. ``sha256`` and ``bytes`` are told of what is kept as it is sent;
    a file that is made while it is sent has neither ("" and None)."""

    form: str
    media_type: str
    sha256: str = ""
    bytes: int | None = None


def open_datasets(asked: CatalogueAsked) -> CataloguePage:
    """A page of the datasets that everybody may have. Raises ``InvalidInput``."""
    return catalogue(ANYBODY, replace(asked, access="open", empty=False))


def open_dataset(*, code: str = "", dataset_id: UUID | None = None) -> Opened:
    """The newest version of a dataset that everybody may have, by its code or its identifier. Raises ``NotFound``."""
    set_scope(ANYBODY.scope)
    wanted = Dataset.objects.filter(access="open", withdrawn_at=None, version__gt=0)
    wanted = wanted.filter(code=code) if dataset_id is None else wanted.filter(id=dataset_id)
    dataset = wanted.first()
    found = open_versions([dataset] if dataset is not None else [])
    if dataset is None or dataset.id not in found:
        raise NotFound(_("There is no dataset %(value)s."), field="id", value=str(dataset_id or code)[:100])
    return found[dataset.id]


def open_versions(datasets: Collection[Dataset], *, sidecars: bool = False) -> dict[UUID, Opened]:
    """The newest version of each of some datasets, as everybody may have it; one whose rows were erased is missing
    until its next version. One statement.

    ``sidecars``: what was told of their columns is read with them, and not one by one.
    """
    known = {dataset.id: dataset for dataset in datasets}
    assert all(dataset.access == "open" and dataset.withdrawn_at is None for dataset in datasets)
    newest = Version.objects.filter(dataset_id__in=known, number=F("dataset__version"))
    newest = newest.filter(number__gte=F("dataset__erased_before"))
    newest = newest.defer("report") if sidecars else newest.defer("sidecar", "report")
    return {each.dataset_id: opened(known[each.dataset_id], each, audience="open") for each in newest}


def open_files(version: Opened) -> tuple[OpenFile, ...]:
    """The forms in which an opened version is given."""
    stored = version.stored
    kept = stored.rows[0] if len(stored.rows) == 1 and not stored.changes else None
    return tuple(
        OpenFile(form, EXPORTS[form], kept.sha256, kept.bytes)
        if kept is not None and form == "parquet"
        else OpenFile(form, EXPORTS[form])
        for form in OPEN_FORMS
    )


def rows_from(version: Opened, question: Question, *, skip: int) -> list[tuple[tuple[Value, ...], int]]:
    """Rows from the ``skip``-th on, each with its number. Raises ``InvalidInput`` and what ``engine.asking`` raises.

    For doors whose protocol counts rows from the beginning; ``rows_page`` goes on from a mark, which costs the same
    on every page.
    """
    if not 0 <= skip <= SKIPPED_MAX:
        raise InvalidInput(
            _("At most %(most)s rows are passed over."), field="offset", value=skip, most=SKIPPED_MAX,
            remedy=_("Ask for less at once, or download the dataset."),
        )  # fmt: skip
    question = checked(question, version.schema)
    statement = rows_statement(version.stored, replace(question, limit=skip + question.limit), after=None)
    sql = f"SELECT * FROM ({statement.sql}) LIMIT {question.limit:d} OFFSET {skip:d}"
    with engine.asking() as cursor:
        found = engine.fetched(cursor, sql, statement.values)
    return [(row[:-2], row[-1]) for row in found]
