"""Merge two editions of the official divisions into a realm's ``places.csv``.

    python tools/divisions.py FOLDER realms/dezhou --pinyin   # FOLDER holds dezhou2020_*.csv and dezhou2023_*.csv

A code that is in both editions under one name is one row without dates. Under two names it is two rows, the older
until the day of change and the newer from it. What is in one edition only ends or begins on that day. The true days lie
somewhere between the editions' reference days and are not published in them, so the later reference day stands for
all (see ``SOURCE.md``). English names are pinyin, by the PyPI package ``pypinyin`` (needed by this tool alone), except
the counties', which are written by hand below. Positions come from ``tools/layout.py``.
"""

from __future__ import annotations

import argparse
import csv
import importlib
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import layout

OLD, NEW = 2020, 2023
CHANGE_DAY = "2023-06-30"
ROOT_CODE = "371400"
COLUMNS = (
    "code", "name", "name_en", "kind", "parent", "valid_from", "valid_to", "lon", "lat", "position_invented",
)  # fmt: skip
NAMES_EN = {
    "德州市": "Dezhou",
    "德城区": "Decheng District",
    "陵城区": "Lingcheng District",
    "宁津县": "Ningjin County",
    "庆云县": "Qingyun County",
    "临邑县": "Linyi County",
    "齐河县": "Qihe County",
    "平原县": "Pingyuan County",
    "夏津县": "Xiajin County",
    "武城县": "Wucheng County",
    "德州经济技术开发区": "Dezhou Economic and Technological Development Zone",
    "德州运河经济开发区": "Dezhou Canal Economic Development Zone",
    "德州天衢新区": "Dezhou Tianqu New Area",
    "乐陵市": "Laoling City",
    "禹城市": "Yucheng City",
    "新区服务管理办公室": "New Area Service Office",
}
ENDINGS_EN = (
    (re.compile(r"(?<=.)社区(居民委员会|居委会|村民委员会|村委会)?$"), " Community"),
    (re.compile(r"(居民委员会|居委会)$"), " Community"),
    (re.compile(r"(?<=.)(村村民委员会|村村委会|村民委员会|村委会|村民委员|村委员会|村)$"), " Village"),
    (re.compile(r"街道(办事处)?$"), " Subdistrict"),
    (re.compile(r"镇$"), " Town"),
    (re.compile(r"乡$"), " Township"),
)
ASIDE = re.compile(r"[（(].*?[）)]")  # which of two villages of a name is meant: 十里铺（北）


@dataclass(frozen=True)
class Division:
    """A place in one edition."""

    code: str
    name: str
    kind: str
    parent: str


def edition(folder: Path, year: int) -> dict[str, Division]:
    """Read the three files of an edition, and put the prefecture on top."""
    found = {ROOT_CODE: Division(ROOT_CODE, "德州市", "prefecture", "")}
    for part, kind, parent in (
        ("areas", "county", ""),
        ("streets", "township", "areaCode"),
        ("villages", "village", "streetCode"),
    ):
        with (folder / f"dezhou{year}_{part}.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                above = row[parent] if parent else ROOT_CODE
                found[row["code"]] = Division(row["code"], row["name"].strip(), kind, above)
    return found


def merged(old: dict[str, Division], new: dict[str, Division]) -> list[dict[str, str]]:
    """The rows of both editions with their dates, parents before children."""
    rows: list[dict[str, str]] = []
    for code in sorted(old.keys() | new.keys(), key=lambda code: (len(code), code)):
        before, after = old.get(code), new.get(code)
        if before is not None and after is not None and before.name == after.name:
            rows.append(row_of(after, "", ""))
            continue
        if before is not None:
            rows.append(row_of(before, "", CHANGE_DAY))
        if after is not None:
            rows.append(row_of(after, CHANGE_DAY, ""))
    return rows


def row_of(division: Division, valid_from: str, valid_to: str) -> dict[str, str]:
    """A division as a row of ``places.csv``."""
    return {
        "code": division.code, "name": division.name, "kind": division.kind, "parent": division.parent,
        "valid_from": valid_from, "valid_to": valid_to,
    }  # fmt: skip


def english(name: str, pinyin: Callable[[str], list[str]]) -> str:
    """A name in pinyin, with the kind of place as an English word."""
    if name in NAMES_EN:
        return NAMES_EN[name]
    word = ""
    for ending, translated in ENDINGS_EN:
        stem = ending.sub("", name)
        if stem != name and stem:
            name, word = stem, translated
            break
    name = ASIDE.sub("", name) or name
    return "".join(letter for letter in "".join(pinyin(name)) if letter.isascii()).capitalize() + word


def main() -> None:
    """Write ``places.csv`` and ``boundaries.geojson``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("editions", type=Path)
    parser.add_argument("realm", type=Path)
    parser.add_argument("--pinyin", action="store_true", help="write English names with pypinyin")
    options = parser.parse_args()
    rows = merged(edition(options.editions, OLD), edition(options.editions, NEW))
    if options.pinyin:
        pinyin = importlib.import_module("pypinyin").lazy_pinyin
        for row in rows:
            row["name_en"] = english(row["name"], pinyin)
    layout.place(rows)
    with (options.realm / "places.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    layout.write_boundaries(options.realm / "boundaries.geojson", rows)
    print(f"{len(rows)} rows")


if __name__ == "__main__":
    main()
