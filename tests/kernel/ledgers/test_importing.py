"""Posting very many transfers: every one is there once, whole, numbered, with its leaf; a bad batch leaves nothing."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import orjson
import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as bounds
from hypothesis import strategies as st

from tests.kernel.ledgers.village import BOOK, FIRST, OTHER_BOOK, Village, leaf_numbers, run
from tianqu.base.canonical import canonical_bytes
from tianqu.base.errors import Conflict, InvalidInput, TianquError, TooLarge
from tianqu.kernel.journal.api import SYSTEM, seeing
from tianqu.kernel.ledgers import api
from tianqu.kernel.ledgers.encoding import encoded, take_encoded

pytestmark = pytest.mark.django_db

Given = tuple[Any, api.NewTransfer]


def drawn(village: Village, count: int, *, seed: int = 1) -> list[Given]:
    """Invented transfers of both villages, in turns of chance."""
    chance = random.Random(seed)
    books = [
        (api.known_book(BOOK, SYSTEM.scope), village.accounts),
        (api.known_book(OTHER_BOOK, SYSTEM.scope), village.other),
    ]
    made: list[Given] = []
    for number in range(count):
        book, accounts = chance.choice(books)
        debit, credit = chance.sample(sorted(accounts.values()), 2)
        amount = chance.randrange(1, 10**6)
        legs = (api.NewLeg(debit, amount), api.NewLeg(credit, -amount))
        day = FIRST + timedelta(days=chance.randrange(300))
        made.append(
            (book, api.NewTransfer(uuid4(), day, legs, "rent", "收地租 €", f"contract:{number}", f"记-{number}"))
        )
    return made


def posted(transfers: list[Given], *, batch: int) -> list[int]:
    return list(api.post_many(SYSTEM, at=timezone.now(), transfers=transfers, batch=batch))


def test_every_transfer_is_there_once_with_its_leaf(village: Village) -> None:
    transfers = drawn(village, 25)
    assert posted(transfers, batch=10) == [10, 20, 25]
    with seeing(SYSTEM.scope):
        rows = run(
            "SELECT t.id, t.number, t.day, t.purpose, t.voucher, e.leaf, e.body FROM ledgers_transfer t"
            " JOIN ledgers_book b ON b.id = t.book_id JOIN journal_entry e ON e.book = 'book:' || b.code"
            " AND e.book_sequence = t.number AND e.subject = 'transfer:' || t.id"
        )
        proof = api.prove_balances()
    told = {each.id: each for _book, each in transfers}
    assert {row[0] for row in rows} == told.keys()
    assert len(rows) == len(told)
    for transfer_id, number, day, purpose, voucher, leaf, body in rows:
        each, public = told[transfer_id], orjson.loads(bytes(leaf))
        assert (day, purpose, voucher) == (each.day, each.purpose, each.voucher)
        assert public["book_sequence"] == number
        assert bytes(leaf) == canonical_bytes(public)
        assert bytes(body) == canonical_bytes(orjson.loads(bytes(body)))
        assert orjson.loads(bytes(body))["after"]["legs"] == [[leg.account_id, leg.amount] for leg in each.legs]
    assert (proof.legs, proof.difference_count) == (50, 0)
    for book in (BOOK, OTHER_BOOK):
        numbers = leaf_numbers(book)
        assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize(
    "legs",
    [
        lambda a: ((a["101"], 5), (a["501"], -4)), lambda a: ((a["101"], 5), (10**9, -5)),
        lambda a: ((a["101"], 0), (a["501"], 0)),
    ],
    ids=["unbalanced", "unknown account", "nothing"],
)  # fmt: skip
def test_a_bad_batch_leaves_nothing_and_the_ones_before_stay(village: Village, legs: Any) -> None:
    transfers = drawn(village, 12)
    book = transfers[0][0]
    wrong = tuple(api.NewLeg(*leg) for leg in legs(village.accounts if book.code == BOOK else village.other))
    transfers.append((book, api.NewTransfer(uuid4(), FIRST, wrong)))
    done: list[int] = []
    with pytest.raises(TianquError):
        for count in api.post_many(SYSTEM, at=timezone.now(), transfers=transfers, batch=5):
            done.append(count)
    assert done == [5, 10]
    with seeing(SYSTEM.scope):
        assert run("SELECT count(*) FROM ledgers_transfer") == [(10,)]
        assert run("SELECT count(*) FROM ledgers_leg") == [(20,)]
        assert api.prove_balances().difference_count == 0


def test_a_closed_period_refuses_a_batch(village: Village) -> None:
    for state in ("open", "closing", "closed"):
        api.set_period(SYSTEM, book=BOOK, first_day=date(2024, 1, 1), last_day=date(2024, 1, 31), state=state)
    book = api.known_book(BOOK, SYSTEM.scope)
    legs = village.legs("101", "501", 5)
    before = leaf_numbers(BOOK)[-1]
    assert posted([(book, api.NewTransfer(uuid4(), date(2024, 2, 1), legs))], batch=5) == [1]
    with pytest.raises(Conflict):
        posted([(book, api.NewTransfer(uuid4(), date(2024, 1, 31), legs))], batch=5)
    assert leaf_numbers(BOOK)[-1] == before + 1


def test_limits_of_a_batch(village: Village) -> None:
    book = api.known_book(BOOK, SYSTEM.scope)
    same = api.NewTransfer(uuid4(), FIRST, village.legs("101", "501", 5))
    with pytest.raises(InvalidInput):
        posted([(book, same), (book, same)], batch=5)
    with pytest.raises(TooLarge):
        api.prepare_transfers(SYSTEM, at=timezone.now(), transfers=[(book, same)] * 8_191)


lists = st.one_of(
    st.lists(st.none() | st.uuids(), min_size=1),
    st.lists(st.none() | st.dates(date(1900, 1, 1), date(2200, 1, 1)), min_size=1),
    st.lists(st.none() | st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"])), min_size=1),
    st.lists(st.none() | st.booleans(), min_size=1), st.lists(st.none() | st.binary(), min_size=1),
    st.lists(st.none() | st.integers(-(2**63), 2**63 - 1), min_size=1),
)  # fmt: skip


@bounds(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lists)
def test_what_is_encoded_arrives_as_it_was(db: None, values: list[Any]) -> None:
    kind = {"UUID": "uuid", "date": "date", "str": "text", "bool": "bool", "bytes": "bytea", "int": "int8"}
    known = next((kind[type(value).__name__] for value in values if value is not None), "text")
    with connection.cursor() as cursor:
        take_encoded(cursor.cursor)
        cursor.cursor.execute(f"SELECT %b::{known}[]", [encoded(values)])
        assert cursor.cursor.fetchone() == (values,)
