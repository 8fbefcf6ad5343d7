"""Entries made in bulk are the same to the byte as those that are made one by one."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from hypothesis import given
from hypothesis import strategies as st

from tianqu.kernel.journal.api import Actor, EntryMaker, prepare_entry

WORDS = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
KEYS = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=10,
)
ACTOR = Actor(channel="import", person_id=UUID(int=1), unit_id=UUID(int=2))
AT = datetime(2024, 3, 4, 1, 0, tzinfo=UTC)


@given(st.dictionaries(KEYS, VALUES, max_size=6), WORDS)
def test_same_body_and_leaf(after: dict[str, Any], subject: str) -> None:
    made = EntryMaker(act="orders.import", actor=ACTOR, count=1).entry(subject, after=after, at=AT)
    prepared = prepare_entry(act="orders.import", subject=subject, after=after, actor=ACTOR, at=AT)
    assert made.body == prepared.body
    leaf = orjson.loads(made.leaf)
    assert leaf.pop("commitment") == hashlib.sha256(made.salt + made.body).hexdigest()
    expected = orjson.loads(prepared.leaf)
    assert leaf == {key: value for key, value in expected.items() if key != "commitment"}
    assert len(made.leaf) == len(prepared.leaf) and made.row()[:8] == prepared.row()[:8]


def test_every_entry_has_a_salt_of_its_own() -> None:
    maker = EntryMaker(act="orders.import", actor=ACTOR, count=50)
    salts = {maker.entry("order:1", after={}, at=AT).salt for _ in range(50)}
    assert len(salts) == 50 and {len(salt) for salt in salts} == {16}
