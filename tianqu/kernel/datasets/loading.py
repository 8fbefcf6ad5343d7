"""From a file to a published version in one go: for programs, the command line and the demonstration."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID

from tianqu.kernel.datasets.cells import make_cells
from tianqu.kernel.datasets.cells_told import cubes_told
from tianqu.kernel.datasets.ingesting import Ingested, ingest
from tianqu.kernel.datasets.models import Dataset, Version
from tianqu.kernel.datasets.parts import Part
from tianqu.kernel.datasets.publishing import Origin, check_disclosure, publish_version
from tianqu.kernel.datasets.reading import dataset_with
from tianqu.kernel.datasets.schema import Schema, checked_schema
from tianqu.kernel.datasets.sidecars import make_sidecar
from tianqu.kernel.datasets.statements import Stored
from tianqu.kernel.datasets.storage import check_room, sha256_of
from tianqu.kernel.datasets.uploaded_files import kind_of
from tianqu.kernel.journal.api import Actor, set_scope
from tianqu.kernel.places.api import require


def load_version(
    actor: Actor,
    *,
    dataset_id: UUID,
    path: Path,
    schema: Schema,
    name: str = "",
    note: str = "",
    access: str = "",
    expected_version: int | None = None,
    told: Callable[[str], None] = lambda stage: None,
) -> tuple[Version, Ingested]:
    """Read a file as a new version of a dataset and publish it; rows that do not fit are refused and reported.

    ``name`` is what the file is called where it comes from. ``told`` hears of each stage: "reading", "describing",
    "publishing". Raises ``InvalidInput``, ``InvalidInputs``, ``Conflict``, ``NotPermitted`` and ``DiskFull``, and then
    nothing is published. The same file again gives the same parts.
    """
    set_scope(actor.scope)
    dataset = dataset_with(dataset_id)
    require(actor, "datasets.publish", dataset)
    schema = checked_schema(schema.columns, schema.key)
    dataset.access = access or dataset.access  # looked at here, changed when it is published
    check_disclosure(dataset, schema)
    check_room(path.stat().st_size)
    with ThreadPoolExecutor(1) as aside:  # the hash needs no lock of the interpreter
        hashed = aside.submit(sha256_of, path)
        told("reading")
        taken = ingest(path, kind_of(name or path.name), schema)
        told("describing")
        parts, sidecar = told_of(taken, schema, dataset, access=dataset.access)
        told("publishing")
        digest, _size = hashed.result()
    version = publish_version(
        actor, dataset_id=dataset_id, schema=schema, parts=parts, rows=taken.rows, sidecar=sidecar,
        origin=Origin(name or path.name, digest, taken.refused.count, tuple(taken.refused.told)), note=note,
        access=access, expected_version=expected_version,
    )  # fmt: skip
    return version, taken


def told_of(taken: Ingested, schema: Schema, dataset: Dataset, *, access: str) -> tuple[list[Part], dict[str, Any]]:
    """The parts that were read, with the cells where everybody is told only these; and the sidecar."""
    seen = [part for part in taken.parts if part.audience == "open"] or list(taken.parts)
    shown = Stored(schema.open if schema.has_closed else schema, tuple(seen), 0)
    sidecar = make_sidecar(shown, rows_open=access != "cells")
    if access != "cells":
        return list(taken.parts), sidecar
    before = cubes_told(dataset, dataset.cells, until=dataset.version)
    cells = make_cells(shown, dataset.cells, least=dataset.cell_least, beside=dataset.version, before=before)
    return [*taken.parts, cells], sidecar
