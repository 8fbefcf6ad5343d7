"""The difference of two versions: steps and papers cut, clocks shortened, side by side."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from typing import Any

import pytest

from tianqu.kernel.orders.item_differences import item_difference
from tianqu.kernel.orders.items import ItemDefinition, definition_from

BEFORE: dict[str, Any] = {
    "code": "licence",
    "family": "resident",
    "group": "Trade",
    "name": "Licence",
    "summary": "A licence.",
    "answerable": [{"unit_kind": "market", "jurisdiction": "county"}],
    "clocks": {"accept": "2 working days", "finish": {"statutory": "20 working days", "promised": "10 working days"}},
    "steps": [{"code": code, "by": "unit", "name": code} for code in ("take", "copy", "look", "grant")],
    "papers": [{"code": code, "name": code, "form": "copy"} for code in ("identity", "lease", "photo")],
}


def version(content: dict[str, Any]) -> ItemDefinition:
    return definition_from(content, valid_from=date(2024, 1, 1))


@pytest.fixture
def after() -> dict[str, Any]:
    changed = deepcopy(BEFORE)
    changed["steps"] = [{"code": code, "by": "unit", "name": code} for code in ("take", "grant", "send")]
    changed["papers"] = [
        {"code": "identity", "name": "identity", "form": "shared"},
        {"code": "lease", "name": "lease", "form": "electronic"},
    ]
    changed["clocks"]["finish"]["promised"] = "3 working days"
    changed["clocks"]["accept"] = "4 working hours"
    changed["form"] = {"version": 1, "fields": [{"code": "since", "kind": "date", "label": "Since"}]}
    return changed


def test_what_was_cut_is_counted(after: dict[str, Any]) -> None:
    difference = item_difference(version(BEFORE), version(after))
    assert difference.steps_cut == 2 and difference.count("step", change="added") == 1
    assert difference.papers_cut == 2  # the photo, and the identity card that the office now fetches itself
    assert difference.count("paper", change="changed") == 2
    assert difference.count("field", change="added") == 1


def test_clocks_are_compared_in_their_unit(after: dict[str, Any]) -> None:
    changes = {each.kind: each for each in item_difference(version(BEFORE), version(after)).clocks}
    assert set(changes) == {"accept", "finish"}
    assert changes["finish"].saved == 7
    assert changes["accept"].saved is None


def test_lines_stand_side_by_side(after: dict[str, Any]) -> None:
    rows = {(row.section, row.code): row for row in item_difference(version(BEFORE), version(after)).rows}
    assert rows["step", "copy"].change == "cut" and rows["step", "copy"].after is None
    assert rows["step", "send"].change == "added"
    assert rows["item", "name"].change == "kept"
    assert rows["clock", "finish"].before == {"statutory": "20 working days", "promised": "10 working days"}
    assert rows["clock", "close"].before == {"default": "10 working days"}


def test_a_version_does_not_differ_from_itself() -> None:
    difference = item_difference(version(BEFORE), version(BEFORE))
    assert {row.change for row in difference.rows} == {"kept"}
    assert difference.clocks == ()
