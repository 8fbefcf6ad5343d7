"""What everybody was told of a dataset before: the cubes of all its versions, with what each of them hid.

The counts that were hidden are counted once more from the rows. Where these were erased they stay unknown; what was
told is still kept, so that nothing is told beside it by which one could subtract.
"""

from __future__ import annotations

from collections.abc import Sequence

from tianqu.kernel.datasets.cells import cells_told_in, counted, part_of_cells
from tianqu.kernel.datasets.disclosure import Cube, cube_counts
from tianqu.kernel.datasets.models import Dataset, Version
from tianqu.kernel.datasets.reading import opened
from tianqu.kernel.datasets.schema import Column


def cubes_told(dataset: Dataset, names: Sequence[str], *, until: int) -> list[Cube]:
    """The cubes of the versions up to the number ``until``, the oldest first. Raises ``TooLarge``.

    A version whose rows were open told everything; of it a cube over ``names`` is made. What only officials read is
    told to nobody here.
    """
    versions = Version.objects.filter(dataset=dataset, number__lte=until).defer("sidecar", "report").order_by("number")
    cubes = (_cube_of(dataset, version, names) for version in versions.iterator())
    return [cube for cube in cubes if cube is not None]


def _cube_of(dataset: Dataset, version: Version, names: Sequence[str]) -> Cube | None:
    part, erased = part_of_cells(version), version.number < dataset.erased_before
    if part is not None:
        columns, told = cells_told_in(part, version.columns)
        hidden = frozenset(key for key, count in told.items() if count is None)
        if erased:
            known = {key: count for key, count in told.items() if count is not None}
            return Cube(known, hidden, _named(columns), part.least, whole=False)
        return Cube(_counts(dataset, version, columns), hidden, _named(columns), part.least)
    columns = [column for column in version.columns.open.columns if column.name in names]
    if version.access != "open" or erased or not columns:
        return None
    return Cube(_counts(dataset, version, columns), frozenset(), _named(columns), 0)


def _counts(dataset: Dataset, version: Version, columns: Sequence[Column]) -> dict[tuple[object, ...], int]:
    return cube_counts(counted(opened(dataset, version, audience="open").stored, columns))


def _named(columns: Sequence[Column]) -> tuple[str, ...]:
    return tuple(column.name_and_type for column in columns)
