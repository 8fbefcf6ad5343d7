"""Rows are invented by seed."""

from __future__ import annotations

import csv
import io
from collections import Counter
from pathlib import Path

from tianqu.kernel.datasets.disclosure import protected_cube
from tianqu.packs.opendata.inventing import invented_csv, read_invented

REALM = Path(__file__).resolve().parents[4] / "realms" / "dezhou"
COUNTIES = [f"县{n}" for n in range(13)]


def test_the_same_seed_makes_the_same_files() -> None:
    for dataset in read_invented(REALM)[:5]:
        assert invented_csv(dataset, COUNTIES, seed=1) == invented_csv(dataset, COUNTIES, seed=1)
        assert invented_csv(dataset, COUNTIES, seed=1) != invented_csv(dataset, COUNTIES, seed=2)


def test_small_counts_can_be_seen_at_work() -> None:
    """One dataset of the demonstration tells counts alone, and some of them, though not most, are too small to tell."""
    found = [dataset for dataset in read_invented(REALM) if dataset.told.get("access") == "cells"]
    assert [dataset.code for dataset in found] == ["health.chronic"]
    rows = csv.DictReader(io.StringIO(invented_csv(found[0], COUNTIES, seed=1).decode()))
    counts = Counter(tuple(row[name] for name in found[0].told["cells"]) for row in rows)
    small = [key for key, count in counts.items() if count < 10]
    assert 0 < len(small) < len(counts) / 4
    cube = protected_cube(counts, least=10)
    hidden = [key for key in counts if key in cube.suppressed]
    assert set(small) < set(hidden) and len(hidden) < len(counts) / 2
