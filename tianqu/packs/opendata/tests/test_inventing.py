"""Rows are invented by seed."""

from __future__ import annotations

from pathlib import Path

from tianqu.packs.opendata.inventing import invented_csv, read_invented

REALM = Path(__file__).resolve().parents[4] / "realms" / "dezhou"
COUNTIES = [f"县{n}" for n in range(13)]


def test_the_same_seed_makes_the_same_files() -> None:
    for dataset in read_invented(REALM)[:5]:
        assert invented_csv(dataset, COUNTIES, seed=1) == invented_csv(dataset, COUNTIES, seed=1)
        assert invented_csv(dataset, COUNTIES, seed=1) != invented_csv(dataset, COUNTIES, seed=2)
