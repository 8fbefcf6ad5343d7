"""What is invented for the demo looks real, repeats by seed, and reaches nobody."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from tianqu.base.wording import SLOT
from tianqu.kernel.orders.form_answers import validate
from tianqu.kernel.orders.items import ItemDefinition, load_items
from tianqu.packs.hotline.demo import Inventor
from tianqu.packs.hotline.demo_photos import PICTURES, drawn_photo

REALM = Path(__file__).resolve().parents[4] / "realms" / "dezhou"
DAY = date(2026, 3, 9)


@pytest.fixture(scope="module")
def items() -> dict[str, ItemDefinition]:
    """The items that the hotline takes, without those of the packs that have doors of their own."""
    current = [item for item in load_items(REALM / "items") if item.valid_to is None]
    doors = ("village.", "returns.", "releases.", "culture.", "practice.")
    return {item.code: item for item in current if not item.code.startswith(doors)}


def inventor(seed: int = 1, *, held_out: bool = False) -> Inventor:
    return Inventor(REALM / "texts.yaml", seed=seed, held_out=held_out)


def test_the_same_seed_invents_the_same(items: dict[str, ItemDefinition]) -> None:
    first, second = (
        [inventor_.request(items[code], place="东关村", day=DAY) for code in inventor_.item_codes(month=3, count=50)]
        for inventor_ in (inventor(7), inventor(7))
    )
    assert first == second


def test_every_item_is_worded_in_many_ways(items: dict[str, ItemDefinition]) -> None:
    source = inventor()
    for item in items.values():
        texts = {source.request(item, place="东关村", day=DAY).description for _ in range(120)}
        assert len(texts) >= 40, item.code
        assert not any(SLOT.search(text) or "[" in text for text in texts), item.code


def test_held_out_wordings_are_never_used_for_ordinary_requests(items: dict[str, ItemDefinition]) -> None:
    ordinary, kept = inventor(3), inventor(4, held_out=True)
    for item in items.values():
        seen = {ordinary.request(item, place="东关村", day=DAY).title for _ in range(60)}
        assert kept.request(item, place="东关村", day=DAY).title not in seen, item.code


def test_forms_are_answered_as_the_item_asks(items: dict[str, ItemDefinition]) -> None:
    source = inventor(5)
    for item in items.values():
        for _ in range(5):
            request = source.request(item, place="东关村", day=DAY)
            validate(item.form, request.form, today=DAY)


def test_telephone_numbers_belong_to_nobody(items: dict[str, ItemDefinition]) -> None:
    source = inventor(6)
    numbers = {source.person().phone for _ in range(200)}
    assert all(len(number) == 11 and number.startswith("100") for number in numbers)


def test_firms_ask_in_their_own_name(items: dict[str, ItemDefinition]) -> None:
    source = inventor(8)
    named = defaultdict(set)
    for _ in range(30):
        request = source.request(items["firm.arrears"], place="东关村", day=DAY)
        named[bool(request.asker.firm)].add(request.asker.firm)
    assert False not in named and len(named[True]) > 5


def test_replies_name_the_unit_or_fit_the_item() -> None:
    source = inventor(9)
    replies = {source.reply("street-light", unit="德城区综合行政执法局") for _ in range(60)}
    assert len(replies) > 20 and any("综合行政执法局" in reply for reply in replies)


@pytest.mark.parametrize("kind", sorted(PICTURES))
def test_pictures_are_small_and_repeat(kind: str) -> None:
    data = drawn_photo(kind, seed=2)
    assert data == drawn_photo(kind, seed=2) and len(data) < 60_000
    assert Image.open(BytesIO(data)).size == (640, 480)
