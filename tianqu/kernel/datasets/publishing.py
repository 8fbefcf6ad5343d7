"""Publishing a version: the one act after which everybody reads other rows than before.

The parts are in the store already; the act names them by their hashes, and its journal entry is public, so that whoever
holds a part can prove that it is the one that was published, and when.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from tianqu.base.errors import Conflict, InvalidInput, InvalidInputs, _
from tianqu.kernel.datasets import storage
from tianqu.kernel.datasets.declarations import ACCESSES
from tianqu.kernel.datasets.describing import may_describe, open_dataset
from tianqu.kernel.datasets.models import Dataset, Version
from tianqu.kernel.datasets.parts import Part
from tianqu.kernel.datasets.schema import Schema
from tianqu.kernel.journal.api import Acting, act, log_size

PARTS_MAX: Final = 10_000
NOTE_MAX: Final = 2_000


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a version's rows come from: the uploaded file and the rows of it that were refused."""

    name: str = ""
    sha256: str = ""
    refused: int = 0
    report: Sequence[Mapping[str, Any]] = field(default_factory=tuple)


@act("datasets.publish", may=may_describe)
def publish_version(
    acting: Acting,
    *,
    dataset_id: UUID,
    schema: Schema,
    parts: Sequence[Part],
    rows: int,
    sidecar: Mapping[str, Any],
    origin: Origin = Origin(),
    note: str = "",
    journal_index: int | None = None,
    access: str = "",
    expected_version: int | None = None,
) -> Version:
    """Publish parts that are in the store as the newest version of a dataset.

    ``rows`` is how many rows the dataset has with them. ``access`` changes who may see it, "" leaves it. With
    ``expected_version`` it is refused where somebody published in between. Raises ``Conflict`` and ``InvalidInputs``.
    """
    return published(
        acting, open_dataset(acting, dataset_id), schema=schema, parts=parts, rows=rows, sidecar=sidecar, origin=origin,
        note=note, journal_index=journal_index, access=access, expected_version=expected_version,
    )  # fmt: skip


def published(
    acting: Acting,
    dataset: Dataset,
    *,
    schema: Schema,
    parts: Sequence[Part],
    rows: int,
    sidecar: Mapping[str, Any],
    origin: Origin = Origin(),
    note: str = "",
    journal_index: int | None = None,
    access: str = "",
    expected_version: int | None = None,
) -> Version:
    """Publish within an act that has locked the dataset; see ``publish_version``."""
    if expected_version is not None and dataset.version != expected_version:
        raise Conflict(
            _("Somebody published version %(value)s of this dataset meanwhile."), field="expected_version",
            value=dataset.version, remedy=_("Look at it, then publish yours again if it is still wanted."),
        )  # fmt: skip
    if len(note) > NOTE_MAX:
        raise InvalidInput(_("At most %(most)s characters."), field="note", most=NOTE_MAX)
    dataset.access = access or dataset.access
    check_disclosure(dataset, schema)
    _check_parts(parts)
    _check_cells(dataset, parts)
    version = Version(
        dataset=dataset, number=dataset.version + 1, access=dataset.access,
        journal_index=log_size() if journal_index is None else journal_index, schema=schema.json(),
        manifest={"parts": [part.json() for part in parts]}, sidecar=dict(sidecar), rows=rows,
        bytes=sum(part.bytes for part in parts), note=note.strip(), source_name=origin.name[:200],
        source_sha256=origin.sha256, refused=origin.refused, report={"rows": [dict(each) for each in origin.report]},
        made_at=acting.now, post_id=acting.actor.post_id,
    )  # fmt: skip
    version.save(force_insert=True)
    dataset.version = version.number
    dataset.rows, dataset.bytes = (0, 0) if dataset.access == "cells" else (rows, version.bytes)
    dataset.published_at = dataset.changed_at = acting.now
    dataset.save()
    acting.record(f"dataset_version:{version.id}", after=as_recorded(dataset, version), public=True)
    return version


def as_recorded(dataset: Dataset, version: Version) -> dict[str, Any]:
    """The after-image of a version: everything from which its rows can be found and proven, and none of them.

    It is for everybody. Where not everybody reads the rows, it does not say how many there are, nor of what file: where
    cells are told, their number is one of these, and may be one that is not told.
    """
    parts: list[dict[str, Any]] = version.manifest["parts"]
    told = {"rows": version.rows, "source": version.source_sha256, "refused": version.refused}
    if dataset.access != "open":
        told = dict.fromkeys(told)
        parts = [part if part["holding"] == "cells" else part | {"rows": None, "bytes": None} for part in parts]
    return {
        "dataset": dataset.code, "dataset_id": str(dataset.id), "number": version.number,
        "journal_index": version.journal_index, "schema": version.schema, "parts": parts,
        "note": version.note, "access": dataset.access, **told,
    }  # fmt: skip


def check_disclosure(dataset: Dataset, schema: Schema) -> None:
    """Hold a schema against the dataset's rule. Raises ``InvalidInputs`` naming each column that tells too much."""
    assert dataset.access in ACCESSES, dataset.access
    faults: list[InvalidInput] = []
    for place, column in enumerate(schema.columns, start=1):
        if column.personal and not column.closed and dataset.access == "open":
            faults.append(
                InvalidInput(
                    _("The column %(value)s tells of persons and would be open."),
                    field=f"columns.{place}",
                    value=column.name,
                    remedy=_("Close the column, or choose another rule for the dataset."),
                )
            )
    if dataset.access == "open" and not schema.open.columns:
        faults.append(InvalidInput(_("Every column is closed, so nothing would be open."), field="access"))
    known = set(schema.open.names)
    for name in dataset.cells:
        if name not in known:
            faults.append(
                InvalidInput(
                    _("Cells are told over %(value)s, which is not an open column."),
                    field="cells",
                    value=str(name)[:80],
                )
            )
    if dataset.access == "cells" and not dataset.cells:
        faults.append(
            InvalidInput(
                _("Name the columns over which cells are told."),
                field="cells",
                remedy=_("Give one to four columns, such as county and kind."),
            )
        )
    if faults:
        raise InvalidInputs(faults)


def _check_cells(dataset: Dataset, parts: Sequence[Part]) -> None:
    """Raise ``Conflict`` where only cells may be told and none were made, as under the rule of before, or where another
    version was published since they were protected: what it tells could be subtracted."""
    cells = [part for part in parts if part.holding == "cells"]
    if dataset.access == "cells" and not cells:
        raise Conflict(
            _("The rule of this dataset was changed since the rows were read."), field="access", value=dataset.access,
            remedy=_("Have the rows read once more, then publish them."),
        )  # fmt: skip
    if any(part.beside != dataset.version for part in cells):
        raise Conflict(
            _("Another version was published since the counts of this one were protected."), field="parts",
            value=dataset.version, remedy=_("Have the rows read once more, then publish them."),
        )  # fmt: skip


def _check_parts(parts: Sequence[Part]) -> None:
    assert 1 <= len(parts) <= PARTS_MAX, len(parts)
    for part in parts:
        if storage.size_of(part.sha256) != part.bytes:
            raise Conflict(
                _("A part of this version is not in the store."), field="parts", value=part.sha256,
                remedy=_("Make it again; nothing was published."),
            )  # fmt: skip
