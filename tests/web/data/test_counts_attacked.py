"""An attacker program reads every count that the public doors tell, of every version and grouping, and computes."""

from __future__ import annotations

import csv
import io
from itertools import combinations
from typing import Any

from tests.kernel.datasets.attacking import TOGETHER, Attacker, Heard, cells_of
from tests.kernel.datasets.office import Office
from tests.web.data.browsing import reader
from tianqu.kernel.datasets import api

NAMES = ("county", "kind", "sex")
SCHEMA = api.Schema(tuple(api.Column(name, "text", name) for name in NAMES))
LEAST = 10
# A register to which cases are added, as they are by months.
FIRST = {"a x f": 24, "a x m": 31, "a y f": 3, "a y m": 17, "b x f": 40, "b x m": 22, "b y f": 19, "b y m": 6}
ADDED = ({"a y f": 1, "b y m": 1}, {"a x f": 2, "b x m": 30, "b y m": 12}, {"a y f": 25, "a y m": 14, "b y f": 1})


def tables() -> list[dict[Any, int]]:
    found = [dict(FIRST)]
    for more in ADDED:
        found.append({key: count + more.get(key, 0) for key, count in found[-1].items()})
    return [{tuple(key.split()): count for key, count in table.items()} for table in found]


def publish(office: Office) -> None:
    dataset = office.dataset(access="cells", cells=NAMES, cell_least=LEAST)
    for table in tables():
        lines = [",".join(key) for key, count in table.items() for _row in range(count)]
        path = office.file("\n".join([",".join(NAMES), *lines]) + "\n")
        api.load_version(office.officer, dataset_id=dataset.id, path=path, schema=SCHEMA)


def told(version: int) -> Heard:
    """Everything that is told of a version, by every grouping, through both doors, with and without conditions."""
    cells: dict[Any, int | None] = {}

    def hear(group: tuple[str, ...], rows: list[dict[str, Any]]) -> None:
        for row in rows:
            cell = tuple(row.get(name, TOGETHER) for name in NAMES)
            assert cells.setdefault(cell, row["cases"]) == row["cases"], (group, row)

    for size in range(len(NAMES) + 1):
        for group in combinations(NAMES, size):
            query = {"group": ",".join(group), "version": version, "limit": 1_000}
            rows = reader().get("/api/v1/datasets/trade.by_county/cells", query).json()["rows"]
            hear(group, rows)
            file = reader().get(f"/data/trade.by_county/v{version}/counts.csv", {"group": ["", *group]})
            lines = csv.DictReader(io.StringIO(file.content.decode("utf-8-sig")))
            hear(group, [line | {"cases": None if line["cases"] == "…" else int(line["cases"])} for line in lines])
            for name in set(NAMES) - set(group):
                for value in sorted({key[NAMES.index(name)] for key in tables()[0]}):
                    found = reader().get("/api/v1/datasets/trade.by_county/cells", query | {name: value})
                    hear((*group, name), found.json()["rows"])
    return Heard(cells)


def test_nobody_computes_what_was_not_told(office: Office) -> None:
    publish(office)
    heard = [told(number) for number in range(1, len(tables()) + 1)]
    for table, version in zip(tables(), heard, strict=True):
        truth = cells_of(table)
        assert version.cells.keys() == truth.keys()
        assert all(count in (None, truth[cell]) for cell, count in version.cells.items())
        assert all(version.cells[cell] is None for cell, count in truth.items() if count < LEAST)
    assert any(count is not None for count in heard[-1].cells.values()), "something is told in the end"
    assert Attacker(heard, came=["more"] * len(ADDED)).successes(LEAST, tables()) == []
