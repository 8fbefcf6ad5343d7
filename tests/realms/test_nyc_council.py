"""The second realm, made of another city's own list."""

from __future__ import annotations

import csv
import tomllib
from pathlib import Path

from tianqu.kernel.orders.items import load_items

REALM = Path(__file__).resolve().parents[2] / "realms" / "nyc-council"


def test_types_and_descriptors_of_the_file() -> None:
    items = [item for item in load_items(REALM / "items") if item.code != "unspecified"]
    assert len(items) == 59
    labels = {
        choice.label.as_json()
        for item in load_items(REALM / "items")
        for field in item.form.fields
        for choice in field.choices
    }
    assert len(labels) == 1259


def test_every_district_has_an_office() -> None:
    with (REALM / "places.csv").open(encoding="utf-8") as file:
        districts = {row["code"] for row in csv.DictReader(file) if row["kind"] == "district"}
    with (REALM / "units.csv").open(encoding="utf-8") as file:
        offices = {row["place"] for row in csv.DictReader(file) if row["kind"] == "district_office"}
    assert len(districts) == 51 and districts == offices


def test_replay_names_items_that_exist() -> None:
    mapping = tomllib.loads((REALM / "replay.toml").read_text(encoding="utf-8"))
    assert set(mapping["items"].values()) == {item.code for item in load_items(REALM / "items")}
