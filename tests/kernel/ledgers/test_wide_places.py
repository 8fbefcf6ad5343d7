"""Balances come to the same whichever way they are read: few books or many, on the last day of a month or amid it."""

from __future__ import annotations

import random
from datetime import date, timedelta
from uuid import uuid4

import pytest

from tests.kernel.ledgers.village import BOOK, FIRST, OTHER_BOOK, Village, run
from tianqu.base.errors import NotPermitted
from tianqu.kernel.journal.api import SYSTEM, Actor, Scope, seeing
from tianqu.kernel.ledgers import api, balances

pytestmark = pytest.mark.django_db(transaction=True)
DAYS = [date(2024, 1, 1), date(2024, 2, 29), date(2024, 3, 30), date(2024, 3, 31), date(2024, 4, 1), date(2024, 12, 30),
        date(2024, 12, 31), date(2025, 1, 1), date(2025, 6, 30), date(2026, 1, 1)]  # fmt: skip


def fill(village: Village) -> None:
    """Post on many days in both villages, and leave something pending."""
    chance = random.Random(7)
    for book, accounts in ((BOOK, village.accounts), (OTHER_BOOK, village.other)):
        transfers = []
        for _n in range(120):
            debit, credit = chance.sample(sorted(accounts.values()), 2)
            amount = chance.randrange(1, 10_000)
            day = chance.choice([FIRST + timedelta(days=chance.randrange(700)), *DAYS])
            legs = (api.NewLeg(debit, amount), api.NewLeg(credit, -amount))
            transfers.append(api.NewTransfer(uuid4(), day, legs, pending=chance.random() < 0.1))
        api.post_batch(SYSTEM, book=book, transfers=transfers)


def summed(path: str, on: date) -> dict[tuple[str, str, str], tuple[int, int, int]]:
    """What the legs come to, added up one by one."""
    rows = run(
        "SELECT g.unit, a.chart, a.code, count(DISTINCT a.book_id), sum(greatest(l.amount, 0))::bigint,"
        " sum(greatest(-l.amount, 0))::bigint FROM ledgers_leg l JOIN ledgers_account a ON a.id = l.account_id"
        " JOIN ledgers_ledger g ON g.id = a.ledger_id JOIN ledgers_book b ON b.id = a.book_id"
        " WHERE NOT l.held AND l.day <= %s AND b.place_path <@ %s::ltree GROUP BY 1, 2, 3",
        [on, path],
    )
    return {(unit, chart, code): (books, debit, credit) for unit, chart, code, books, debit, credit in rows}


def told(actor: Actor, path: str, on: date) -> dict[tuple[str, str, str], tuple[int, int, int]]:
    with seeing(actor.scope):
        lines = api.place_trial_balance(actor, place_path=path, on=on)
    assert [(line.unit, line.chart, line.code) for line in lines] == sorted(
        (line.unit, line.chart, line.code) for line in lines
    )
    return {(line.unit, line.chart, line.code): (line.books, line.debit, line.credit) for line in lines}


@pytest.mark.parametrize("wide_books", [1, 500], ids=["many books", "few books"])
def test_a_place_comes_to_what_its_legs_come_to(
    village: Village, monkeypatch: pytest.MonkeyPatch, wide_books: int
) -> None:
    monkeypatch.setattr(balances, "WIDE_BOOKS", wide_books)
    fill(village)
    with seeing(SYSTEM.scope):
        paths = [row[0] for row in run("SELECT place_path::text FROM ledgers_book ORDER BY code")]
    whole = paths[0].split(".")[0]
    for actor in (SYSTEM, village.bookkeeper):
        for path in (whole, *paths):
            for on in DAYS:
                with seeing(actor.scope):
                    legs = summed(path, on)
                assert told(actor, path, on) == legs, (path, on)
    with seeing(SYSTEM.scope):
        assert summed(whole, DAYS[-1]) != summed(paths[0], DAYS[-1])


def test_an_account_comes_to_what_its_legs_come_to_on_any_day(village: Village) -> None:
    fill(village)
    with seeing(SYSTEM.scope):
        for account_id in village.accounts.values():
            for on in DAYS:
                legs = run(
                    "SELECT coalesce(sum(amount), 0)::bigint FROM ledgers_leg"
                    " WHERE account_id = %s AND day <= %s AND NOT held",
                    [account_id, on],
                )
                assert api.balance_of(SYSTEM, account_id=account_id, on=on).amount == legs[0][0]


@pytest.mark.parametrize("wide_books", [1, 500], ids=["many books", "few books"])
def test_the_next_village_is_told_nothing_even_where_its_connection_sees_all(
    village: Village, monkeypatch: pytest.MonkeyPatch, wide_books: int
) -> None:
    monkeypatch.setattr(balances, "WIDE_BOOKS", wide_books)
    fill(village)
    with seeing(SYSTEM.scope):
        mine, other = (row[0] for row in run("SELECT place_path::text FROM ledgers_book ORDER BY code"))
        whole, on = mine.split(".")[0], DAYS[-1]
        told = {path: summed(path, on) for path in (mine, other)}
        assert told[mine] and told[other]
        for actor, own, next_one in ((village.bookkeeper, mine, other), (village.stranger, other, mine)):
            assert api.place_trial_balance(actor, place_path=next_one, on=on) == []
            for path in (own, whole):
                lines = api.place_trial_balance(actor, place_path=path, on=on)
                found = {(line.unit, line.chart, line.code): (line.books, line.debit, line.credit) for line in lines}
                assert found == told[own]
        nobody = Actor(scope=Scope(), channel="web")
        with pytest.raises(NotPermitted):
            api.place_trial_balance(nobody, place_path=whole, on=on)
