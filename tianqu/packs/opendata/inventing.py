"""Invented rows of datasets: so many, by seed, and adding up to the totals that their blocks state.

A realm's ``opendata.yaml`` describes the datasets. The same seed makes the same file, to the byte.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any, Final

import yaml

from tianqu.kernel.datasets.api import Column, Schema

TIERS: Final = (3, 9)  # a part of a split is so many times as large as another, at most


@dataclass(frozen=True, slots=True)
class InventedDataset:
    """A dataset of a realm: what the catalogue says of it, its columns, how each is filled, and its blocks of rows."""

    told: Mapping[str, Any]
    schema: Schema
    fills: tuple[str, ...]
    blocks: tuple[Mapping[str, Any], ...]

    @property
    def code(self) -> str:
        """Its permanent name."""
        return str(self.told["code"])


def read_invented(realm: Path) -> list[InventedDataset]:
    """The datasets of a realm; none where it has no ``opendata.yaml``."""
    path = realm / "opendata.yaml"
    if not path.is_file():
        return []
    return [_dataset(told) for told in yaml.safe_load(path.read_text(encoding="utf-8"))["datasets"]]


def _dataset(told: Mapping[str, Any]) -> InventedDataset:
    columns, fills = [], []
    for line in told["columns"]:
        name, kind, title, title_en, unit, fill = [part.strip() for part in line.split("|")] + [""] * (
            6 - len(line.split("|"))
        )
        kind, _space, decimals = kind.partition(" ")
        columns.append(Column(name, kind, title, title_en, unit, int(decimals or 0)))
        fills.append(fill)
    return InventedDataset(told, Schema(tuple(columns)), tuple(fills), tuple(told["blocks"]))


def invented_csv(dataset: InventedDataset, counties: Sequence[str], *, seed: int, mistyped: bool = False) -> bytes:
    """The rows of a dataset as a file of CSV; ``mistyped`` with the mistake of its first version, where it has one."""
    mistake = dataset.told.get("mistyped") if mistyped else None
    random = Random(f"{seed}:{dataset.code}")  # noqa: S311  rows are invented by seed
    made = io.StringIO()
    writer = csv.writer(made, lineterminator="\n")
    writer.writerow(dataset.schema.names)
    number = 0
    for block in dataset.blocks:
        for row in _block(dataset, block, counties, random, number):
            number += 1
            if mistake and number == mistake["row"]:
                place = dataset.schema.names.index(mistake["column"])
                row[place] = str(Decimal(row[place]) + Decimal(str(mistake["added"])))
            writer.writerow(row)
    return made.getvalue().encode()


def _block(
    dataset: InventedDataset, block: Mapping[str, Any], counties: Sequence[str], random: Random, before: int
) -> Iterator[list[str]]:
    count = int(block["rows"])
    parts = {
        name: split(
            Decimal(str(total)), count, random,
            least=Decimal(str(block.get("least", {}).get(name, 0))), most=_bound(block.get("most", {}).get(name)),
            decimals=dataset.schema.column(name).decimals,
        )
        for name, total in block.get("split", {}).items()
    }  # fmt: skip
    values = {name: _plain(value) for name, value in block.get("set", {}).items()}
    for place in range(count):
        row = []
        for column, fill in zip(dataset.schema.columns, dataset.fills, strict=True):
            if column.name in values:
                row.append(values[column.name])
            elif column.name in parts:
                row.append(format(parts[column.name][place], "f"))
            else:
                way, _space, rest = fill.partition(" ")
                row.append(_filled(way, _Cell(rest, place, before + place, counties, random)))
        yield row


def _bound(told: Any) -> Decimal | None:
    return None if told is None else Decimal(str(told))


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@dataclass(frozen=True, slots=True)
class _Cell:
    """Where a value is invented: what its way of filling says, its place in the block and in the whole, and by what."""

    rest: str
    place: int
    number: int
    counties: Sequence[str]
    random: Random


def _filled(fill: str, cell: _Cell) -> str:
    return _FILL[fill](cell)


def _day(cell: _Cell) -> str:
    return _between_days(cell, f"{cell.rest}-01-01 {cell.rest}-12-31")


def _between_days(cell: _Cell, span: str) -> str:
    first, last = (date.fromisoformat(each) for each in span.split())
    return (first + timedelta(days=cell.random.randint(0, (last - first).days))).isoformat()


def _between(cell: _Cell) -> str:
    least, most = (int(each) for each in cell.rest.split())
    return str(cell.random.randint(least, most))


_FILL: Final[Mapping[str, Callable[[_Cell], str]]] = {
    "": lambda cell: "",
    "serial": lambda cell: f"{cell.rest}{cell.number + 1:05}",
    "count": lambda cell: str(cell.number + 1),
    "cycle": lambda cell: str(cell.number % int(cell.rest) + 1),
    "turn": lambda cell: cell.rest.split("/")[cell.number % (cell.rest.count("/") + 1)],
    "pick": lambda cell: cell.random.choice(cell.rest.split("/")),
    "county": lambda cell: cell.random.choice(cell.counties),
    "counties": lambda cell: cell.counties[cell.place % len(cell.counties)],
    "date": _day,
    "days": lambda cell: _between_days(cell, cell.rest),
    "between": _between,
}


def split(
    total: Decimal,
    count: int,
    random: Random,
    *,
    least: Decimal = Decimal(0),
    most: Decimal | None = None,
    decimals: int,
) -> list[Decimal]:
    """Part a total into ``count`` parts that add up to it exactly, each at least ``least`` and at most ``most``."""
    unit = Decimal(1).scaleb(-decimals)
    left = int(total / unit) - count * int(least / unit)
    assert left >= 0, f"{total} cannot be parted into {count} parts of at least {least}"
    room = None if most is None else int((most - least) / unit)
    assert room is None or room * count >= left, f"{total} does not fit into {count} parts of at most {most}"
    weights = [random.randint(*TIERS) for _each in range(count)]
    whole = sum(weights)
    parts = [left * weight // whole for weight in weights]
    for place in range(left - sum(parts)):
        parts[place % count] += 1
    if room is not None:
        _level(parts, room)
    return [part * unit + least for part in parts]


def _level(parts: list[int], room: int) -> None:
    """Move what is above ``room`` to the parts that have some left."""
    over = 0
    for place, part in enumerate(parts):
        over += max(0, part - room)
        parts[place] = min(part, room)
    for place, part in enumerate(parts):
        taken = min(over, room - part)
        parts[place] += taken
        over -= taken
