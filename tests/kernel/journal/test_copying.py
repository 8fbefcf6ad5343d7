"""Entries made in bulk are the same to the byte as those that are made one by one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.kernel.journal.logs import anybody
from tianqu.kernel.journal.api import Acting, Actor, EntryRows, act, copy_entries, prepare_entry
from tianqu.kernel.journal.models import Entry

pytestmark = pytest.mark.django_db(transaction=True)

# PostgreSQL's text holds every character but the first.
SUBJECTS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=20)
WORDS = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
KEYS = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=10,
)
MOMENTS = st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
Given = list[tuple[str, dict[str, Any], datetime]]
ENTRIES = st.tuples(SUBJECTS, st.dictionaries(KEYS, VALUES, max_size=6), MOMENTS)
ACTORS = [
    Actor(channel="import", person_id=UUID(int=1), post_id=UUID(int=3), unit_id=UUID(int=2)),
    Actor(channel="系统"),
]


@pytest.fixture
def copied(forget_acts: None) -> Callable[[Actor, Given], list[Entry]]:
    """Write entries in bulk, and read them back."""

    @act("test.copy", may=anybody)
    def copy(acting: Acting, *, entries: Given) -> None:
        rows = EntryRows(act="test.copy", actor=acting.actor, count=len(entries))
        for subject, after, at in entries:
            rows.add(subject, after=after, at=at)
        copy_entries(acting, rows)

    def written(actor: Actor, entries: Given) -> list[Entry]:
        before = Entry.objects.count()
        copy(actor, entries=entries)
        return list(Entry.objects.order_by("id")[before:])

    return written


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.sampled_from(ACTORS), st.lists(ENTRIES, min_size=1, max_size=4))
def test_same_rows(copied: Callable[[Actor, Given], list[Entry]], actor: Actor, entries: Given) -> None:
    made = copied(actor, entries)
    assert len(made) == len(entries)
    for entry, (subject, after, at) in zip(made, entries, strict=True):
        prepared = prepare_entry(act="test.copy", subject=subject, after=after, actor=actor, at=at)
        salt, body, leaf = (bytes(each) for each in (entry.salt, entry.body, entry.leaf) if each is not None)
        assert (entry.act, entry.subject, entry.at, entry.channel) == ("test.copy", subject, at, actor.channel)
        assert (entry.actor_person_id, entry.actor_post_id) == (actor.person_id, actor.post_id)
        assert (entry.book, entry.book_sequence, entry.erased_at) == (None, None, None)
        assert body == prepared.body
        expected = orjson.loads(prepared.leaf) | {"commitment": hashlib.sha256(salt + body).hexdigest()}
        assert leaf == orjson.dumps(expected, option=orjson.OPT_SORT_KEYS)


def test_every_entry_has_a_salt_of_its_own(copied: Callable[[Actor, Given], list[Entry]]) -> None:
    made = copied(ACTORS[0], [("probe:1", {}, datetime(2024, 3, 4, tzinfo=UTC))] * 50)
    salts = {bytes(entry.salt or b"") for entry in made}
    assert len(salts) == 50 and {len(salt) for salt in salts} == {16}


def test_entries_of_another_act_are_not_taken(forget_acts: None) -> None:
    @act("test.other", may=anybody)
    def other(acting: Acting) -> None:
        rows = EntryRows(act="test.copy", actor=acting.actor, count=1)
        rows.add("probe:1", after={}, at=acting.now)
        copy_entries(acting, rows)

    with pytest.raises(AssertionError, match="another act"):
        other(ACTORS[0])
    assert not Entry.objects.exists()
