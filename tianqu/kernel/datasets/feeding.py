"""Which systems feed a dataset, as packs tell it that keep a register of such."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias
from uuid import UUID

from tianqu.kernel.datasets.models import Dataset


@dataclass(frozen=True, slots=True)
class Feeder:
    """A system that feeds a dataset: what it is called, the unit that runs it, and where it is shown."""

    name: str
    name_en: str
    unit_id: UUID
    address: str


# Asked for a dataset of which the reader may know; tells what everybody may read, in one statement.
Feeding: TypeAlias = Callable[[Dataset], Sequence[Feeder]]
_FEEDING: Final[list[Feeding]] = []


def register_feeding(feeding: Feeding) -> None:
    """Make known who tells which systems feed a dataset. Registering the same twice is harmless."""
    if feeding not in _FEEDING:
        _FEEDING.append(feeding)


def feeders(dataset: Dataset) -> list[Feeder]:
    """The systems that feed a dataset."""
    return [feeder for feeding in _FEEDING for feeder in feeding(dataset)]
