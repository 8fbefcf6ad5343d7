"""Bringing what packs declare into the catalogue, and finding out which of it is due to be materialised."""

from __future__ import annotations

from datetime import timedelta
from typing import Final, cast

from django.utils import timezone

from tianqu.kernel.datasets.declarations import ACCESSES, Access, DatasetDeclaration, Frequency, declared_datasets
from tianqu.kernel.datasets.describing import Description, change_dataset, describe_dataset
from tianqu.kernel.datasets.models import Dataset
from tianqu.kernel.journal.api import SYSTEM, set_scope
from tianqu.kernel.places.api import Unit

_EVERY: Final[dict[Frequency, timedelta]] = {
    "never": timedelta.max, "daily": timedelta(days=1), "weekly": timedelta(days=7), "monthly": timedelta(days=28),
    "quarterly": timedelta(days=90), "yearly": timedelta(days=365), "irregular": timedelta(0),
}  # fmt: skip


def describe_declared() -> list[Dataset]:
    """Put declared datasets into the catalogue that are missing there, and change those that are declared otherwise.

    Return those that were written. Nothing happens where the realm has no office yet.
    """
    set_scope(SYSTEM.scope)
    known = {dataset.code: dataset for dataset in Dataset.objects.filter(code__in=declared_datasets())}
    written = []
    for code, declaration in sorted(declared_datasets().items()):
        unit = answering_unit(declaration.unit)
        if unit is None:
            continue
        dataset = known.get(code)
        description = _description(declaration, unit, dataset)
        if dataset is None:
            written.append(describe_dataset(SYSTEM, description=description, declared=True))
        elif dataset.withdrawn_at is None and description != _described(dataset):
            written.append(change_dataset(SYSTEM, dataset_id=dataset.id, description=description))
    return written


def answering_unit(kind: str) -> Unit | None:
    """The office of a kind with the widest place; else the realm's highest; None where there is no office."""
    units = Unit.objects.filter(valid_to=None).order_by("place__path", "code")
    return units.filter(kind=kind).first() or units.filter(parent=None).first()


def due_datasets() -> list[str]:
    """The codes of the declared datasets of which a version is due by now, by how often each is renewed."""
    set_scope(SYSTEM.scope)
    now = timezone.now()
    due = []
    for dataset in Dataset.objects.filter(code__in=declared_datasets(), withdrawn_at=None).order_by("code"):
        every = _EVERY[declared_datasets()[dataset.code].frequency]
        if dataset.published_at is None or now - dataset.published_at >= every:
            due.append(dataset.code)
    return due


def _description(declared: DatasetDeclaration, unit: Unit, known: Dataset | None) -> Description:
    """What the catalogue is to say. Access is widened by the next version, which opens what was made for it."""
    access = declared.access
    if known is not None and known.version and ACCESSES.index(access) < ACCESSES.index(_access(known)):
        access = _access(known)
    return Description(
        code=declared.code, title=declared.title, title_en=declared.title_en, domain=declared.domain, unit_id=unit.id,
        access=access, description=declared.description, description_en=declared.description_en,
        grain=declared.grain, grain_en=declared.grain_en, licence=declared.licence, frequency=declared.frequency,
        cells=declared.cells, cell_least=declared.cell_least,
    )  # fmt: skip


def _described(dataset: Dataset) -> Description:
    return Description(
        code=dataset.code, title=dataset.title, title_en=dataset.title_en, domain=dataset.domain,
        unit_id=dataset.unit_id, access=dataset.access, description=dataset.description,
        description_en=dataset.description_en, grain=dataset.grain, grain_en=dataset.grain_en, licence=dataset.licence,
        frequency=dataset.frequency, cells=tuple(dataset.cells), cell_least=dataset.cell_least,
    )  # fmt: skip


def _access(dataset: Dataset) -> Access:
    return cast(Access, dataset.access)
