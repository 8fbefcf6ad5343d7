"""Publishing items: versions follow each other, nothing that held is rewritten, and doing it twice does nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from tianqu.base.errors import Conflict, InvalidInput, NotFound, NotPermitted
from tianqu.kernel.journal.api import ANYBODY, SYSTEM
from tianqu.kernel.journal.models import Entry
from tianqu.kernel.orders.catalogue import forget_catalogue, known_item
from tianqu.kernel.orders.item_catalogue import item_catalogue, item_definition, item_versions
from tianqu.kernel.orders.items import ItemDefinition, definition_from, load_items
from tianqu.kernel.orders.models import Item
from tianqu.kernel.orders.publishing import Published, publish_item, publish_items

REALM = Path(__file__).parents[2] / "realms" / "dezhou" / "items"
FIRST, SECOND = date(2024, 1, 1), date(2025, 6, 1)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh(db: None) -> Iterator[None]:
    forget_catalogue()
    yield
    forget_catalogue()


def definition(
    code: str = "lamp.out", *, valid_from: date = FIRST, valid_to: date | None = None, **more: object
) -> ItemDefinition:
    content = {
        "code": code, "family": "resident", "group": {"zh": "照明", "en": "Lamps"},
        "name": {"zh": "路灯不亮", "en": "Lamp out"}, "summary": {"zh": "路灯不亮了。", "en": "A street lamp is out."},
        "answerable": [{"unit_kind": "lamps", "jurisdiction": "county"}],
        "steps": [{"code": "mend", "by": "unit", "name": "Mended"}], "keywords": ["路灯", "lamp"],
    }  # fmt: skip
    return definition_from(content | more, valid_from=valid_from, valid_to=valid_to)


def test_a_new_version_closes_the_old_on_its_day() -> None:
    assert publish_item(SYSTEM, definition=definition()) == Published(added=1, ended=0, unchanged=0)
    changed = definition(valid_from=SECOND, steps=[{"code": "fix", "by": "unit", "name": "Fixed"}])
    publish_item(SYSTEM, definition=changed)
    assert known_item("lamp.out", on=SECOND - timedelta(days=1)).version == 1
    assert known_item("lamp.out", on=SECOND).version == 2
    assert [item.valid_to for item in item_versions("lamp.out")] == [None, SECOND]
    assert item_definition(known_item("lamp.out", on=SECOND).id) == changed
    with pytest.raises(InvalidInput, match="does not hold"):
        known_item("lamp.out", on=FIRST - timedelta(days=1))


def test_publishing_again_does_nothing() -> None:
    definitions = [definition(), definition("water.out")]
    assert publish_items(SYSTEM, definitions=definitions).added == 2
    entries = Entry.objects.count()
    assert publish_items(SYSTEM, definitions=definitions) == Published(added=0, ended=0, unchanged=2)
    later = definition(valid_from=SECOND)
    assert publish_item(SYSTEM, definition=later).unchanged == 1
    assert Entry.objects.count() == entries
    assert Item.objects.count() == 2


def test_old_versions_of_a_file_are_recognised_too() -> None:
    versions = [definition(), definition(valid_from=SECOND, private=True)]
    assert publish_items(SYSTEM, definitions=versions).added == 2
    assert publish_items(SYSTEM, definitions=versions).unchanged == 2


def test_what_held_is_not_rewritten() -> None:
    publish_item(SYSTEM, definition=definition(valid_from=SECOND))
    for day in (SECOND, FIRST):
        with pytest.raises(Conflict, match="is not rewritten"):
            publish_item(SYSTEM, definition=definition(valid_from=day, private=True))
    assert Item.objects.count() == 1


def test_an_item_ends_and_may_come_back() -> None:
    publish_item(SYSTEM, definition=definition())
    ended = replace(definition(), valid_to=SECOND)
    assert publish_item(SYSTEM, definition=ended) == Published(added=0, ended=1, unchanged=0)
    with pytest.raises(InvalidInput):
        known_item("lamp.out", on=SECOND)
    assert publish_item(SYSTEM, definition=definition(valid_from=SECOND + timedelta(days=30))).added == 1


def test_all_or_none_are_published() -> None:
    publish_item(SYSTEM, definition=definition(valid_from=SECOND))
    with pytest.raises(Conflict):
        publish_items(SYSTEM, definitions=[definition("another"), definition(private=True)])
    assert Item.objects.count() == 1


def test_only_who_may_publishes() -> None:
    with pytest.raises(NotPermitted):
        publish_item(ANYBODY, definition=definition())
    assert not Item.objects.exists()


def test_an_unknown_item_is_not_found() -> None:
    with pytest.raises(NotFound):
        item_versions("nothing")


def test_items_are_found_by_what_people_write() -> None:
    lamp, tape = definition(), definition("tape.out", name="Tape", summary="Tape.", keywords=["tape"], askers=["firm"])
    publish_items(SYSTEM, definitions=[lamp, tape])
    assert item_catalogue(FIRST, words="村口的路灯坏了三天") == [lamp]
    assert item_catalogue(FIRST, words="the lamp is broken") == [lamp]
    assert item_catalogue(FIRST, words="Tape, please") == [tape]
    assert item_catalogue(FIRST, words="tap") == []
    assert item_catalogue(FIRST, words="月亮") == []
    assert item_catalogue(FIRST, asker="firm") == [lamp, tape]
    assert item_catalogue(FIRST, asker="resident", group="Lamps") == [lamp]
    assert item_catalogue(FIRST - timedelta(days=1)) == []


def test_the_whole_realm_is_published_and_found() -> None:
    definitions = load_items(REALM)
    published = publish_items(SYSTEM, definitions=definitions)
    assert published.added == len(definitions) >= 60
    assert publish_items(SYSTEM, definitions=definitions).unchanged == len(definitions)
    for words, name in (("小区停水了，没有通知", "停水"), ("工地半夜施工太吵睡不着", "噪"), ("拖欠工资三个月", "工资")):
        found = item_catalogue(date(2026, 11, 22), words=words)
        assert name in found[0].name.zh + "".join(found[0].keywords), [item.name.zh for item in found[:5]]
