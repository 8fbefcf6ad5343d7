"""The item catalogue of Dezhou: every file is read, and it is as rich as was promised."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tianqu.base.calendars import read_calendar
from tianqu.base.working_time import parse_duration
from tianqu.kernel.orders.items import ItemDefinition, load_items

REALM = Path(__file__).resolve().parents[2] / "realms" / "dezhou"


@pytest.fixture(scope="module")
def items() -> list[ItemDefinition]:
    return list(load_items(REALM / "items"))


def test_at_least_sixty_kinds_with_clocks_and_legal_basis(items: list[ItemDefinition]) -> None:
    present = [item for item in items if item.valid_to is None]
    assert len({item.code for item in present}) == len(present) >= 60
    for item in present:
        assert item.legal_basis and item.steps and item.keywords, item.code
        assert item.duration("finish") and item.duration("accept")
        if item.askers == ("office",):  # nobody asks for it in words of their own
            continue
        assert 3 <= len(item.examples) <= 6, item.code
        assert 2 <= len(item.form.fields) <= 6, item.code


def test_both_languages_everywhere(items: list[ItemDefinition]) -> None:
    for item in items:
        for text in (item.name, item.summary, item.group, *(step.name for step in item.steps)):
            shown = text.as_json()
            assert isinstance(shown, dict), (item.code, shown)
            assert shown["zh"] and shown["en"]


def test_urgent_lines_answer_in_one_and_two_hours(items: list[ItemDefinition]) -> None:
    finish = {item.urgency: item.duration("finish") for item in items if item.urgency != "none"}
    assert finish == {"danger": parse_duration("1 hour"), "utilities": parse_duration("2 hours")}


def test_firms_have_their_own_family_and_clocks(items: list[ItemDefinition]) -> None:
    firms = [item for item in items if item.family == "enterprise"]
    assert len({item.code for item in firms}) >= 15
    assert all(item.askers == ("firm",) for item in firms)
    accepts = {item.duration("accept") for item in firms if item.valid_to is None}
    assert accepts == {parse_duration("1 working day")}


def test_older_versions_asked_for_more(items: list[ItemDefinition]) -> None:
    versions = Counter(item.code for item in items)
    changed = [code for code, count in versions.items() if count == 2]
    assert len(changed) >= 8
    for code in changed:
        old, new = sorted((i for i in items if i.code == code), key=lambda item: item.valid_from)
        assert old.valid_to == new.valid_from
        assert len(old.steps) > len(new.steps) and len(old.papers) > len(new.papers)


@pytest.mark.parametrize("realm", ["dezhou", "nyc-council"])
def test_calendar_is_read(realm: str) -> None:
    assert read_calendar(REALM.parent / realm / "calendar.toml").code == realm
