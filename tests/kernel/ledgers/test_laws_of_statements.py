"""The laws of posting, for one transfer alone and for one among others: they are two plans of the database's.

Each attack is plain SQL of one statement, in an act and with its entries. Whatever else the statement writes is right,
so that what refuses it is the law in question.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.utils import timezone

from tests.kernel.ledgers.village import BOOK, DAY, FIRST, OTHER_BOOK, Village, run
from tianqu.base.errors import NotFound
from tianqu.kernel.journal.api import INSERT_ENTRY, SYSTEM, prepare_entry, set_scope
from tianqu.kernel.ledgers import api

pytestmark = pytest.mark.django_db(transaction=True)
Given = dict[str, Any]


@pytest.fixture(autouse=True)
def _open_eyes(village: Village) -> Iterator[None]:
    """The attacker sees everything, where a test says nothing else."""
    set_scope(SYSTEM.scope)
    yield


def transfer(legs: list[tuple[int, int]], **more: Any) -> Given:
    """A transfer as plain SQL writes it; its number is its place in the statement."""
    told: Given = {
        "id": uuid4(), "book": BOOK, "day": DAY, "kind": "ordinary", "pending": False, "legs_count": len(legs),
        "legs": legs,
    }  # fmt: skip
    return told | more


def last_number(book: str = BOOK) -> int:
    return int(run("SELECT last FROM journal_book WHERE book = %s", [f"book:{book}"])[0][0])


def statement(transfers: list[Given], *, first: int) -> tuple[str, list[Any]]:
    """All of them and their legs in one statement of plain SQL."""
    legs, rows, leg_values, values = [], [], [], []
    for number, each in enumerate(transfers, first):
        for position, (account, amount) in enumerate(each["legs"], 1):
            legs.append("(%s::uuid, %s, %s, %s, %s::date, %s, %s)")
            leg_values += [each["id"], each["pending"], position, account, each["day"], number, amount]
        rows.append(
            "(%s::uuid, (SELECT id FROM ledgers_book WHERE code = %s), %s, %s::date, %s, '', '', '', %s, %s,"
            " ''::bytea, now())"
        )
        values += [each["id"], each["book"], number, each["day"], each["kind"], each["pending"], each["legs_count"]]
    return (
        "WITH legs AS (INSERT INTO ledgers_leg (transfer_id, held, position, account_id, day, number, amount)"
        f" VALUES {', '.join(legs)}) INSERT INTO ledgers_transfer (id, book_id, number, day, kind, purpose, reference,"
        f" voucher, pending, legs_count, digest, at) VALUES {', '.join(rows)}"
    ), leg_values + values


def record(transfer_id: UUID, number: int) -> None:
    """Write the entry of a transfer's number, within an act."""
    entry = prepare_entry(
        act="test.attack", subject=f"transfer:{transfer_id}", after={}, actor=SYSTEM, at=timezone.now(),
        book=f"book:{BOOK}", book_sequence=number,
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(INSERT_ENTRY, entry.row())


@contextmanager
def recorded(transfers: list[Given], *, first: int) -> Iterator[None]:
    """An act whose entries are those of the transfers; undone at its end."""
    with transaction.atomic():
        run("SELECT journal_open()")
        for number, each in enumerate(transfers, first):
            record(each["id"], number)
        yield
        run("SET CONSTRAINTS ALL IMMEDIATE")
        raise AssertionError("the attack went through")


def refused(law: str, transfers: list[Given]) -> None:
    """Try it, and see that this very law refuses."""
    first = last_number() + 1
    sql, values = statement(transfers, first=first)
    with pytest.raises(IntegrityError) as error, recorded(transfers, first=first):
        run(sql, values)
    cause: Any = error.value.__cause__
    assert cause.diag.constraint_name == law, str(error.value)


@pytest.mark.parametrize("company", [0, 2], ids=["alone", "among others"])
def test_each_law_holds_for_one_and_for_one_among_others(village: Village, company: int) -> None:
    one, two, three = (village.accounts[code] for code in ("101", "501", "102"))
    land, leased = village.land["idle"], village.land["leased"]
    api.limit_account(SYSTEM, account_id=three, balance_max=100)
    api.close_account(SYSTEM, account_id=village.accounts["112"], closed_on=date(2024, 6, 1))
    set_scope(SYSTEM.scope)
    good = [transfer([(one, 7), (two, -7)]) for _n in range(company)]
    for law, wrong in (
        ("ledgers_balanced", transfer([(one, 5), (two, -4)])),
        ("ledgers_balanced", transfer([(one, 5), (land, -5)])),
        ("ledgers_balanced", transfer([(one, 5), (two, -4), (land, 3), (leased, -4)])),
        ("ledgers_balanced", transfer([(one, 5), (one, 4), (two, -8)])),
        ("ledgers_whole", transfer([(one, 5), (two, -5)], legs_count=3)),
        ("ledgers_whole", transfer([(one, 5), (two, -3), (two, -2)], legs_count=2)),
        ("ledgers_one_book", transfer([(village.other["101"], 5), (village.other["501"], -5)])),
        ("ledgers_one_book", transfer([(one, 5), (village.other["501"], -5)])),
        ("ledgers_leg_known", transfer([(one, 5), (10**12, -5)])),
        ("ledgers_account_open", transfer([(one, 5), (village.accounts["112"], -5)])),
        ("ledgers_account_open", transfer([(one, 5), (two, -5)], day=FIRST.replace(year=2023))),
        ("ledgers_account_limits", transfer([(three, 101), (two, -101)])),
        ("ledgers_account_limits", transfer([(three, 101), (two, -101)], pending=True)),
    ):
        refused(law, [*good, wrong])
    mixed = transfer([(one, 5), (two, -5), (land, 3), (leased, -3)])  # whole in each of its ledgers
    twice = transfer([(three, 100), (two, -60), (two, -40)])
    fine = [*good, mixed, twice, transfer([(one, 5), (two, -5)], pending=True)]
    for chosen in (fine, fine[:-1], fine[-1:], [*good, mixed], [*good, twice]):
        first = last_number() + 1
        with pytest.raises(AssertionError, match="went through"), recorded(chosen, first=first):
            run(*statement(chosen, first=first))


@pytest.mark.parametrize("company", [0, 1], ids=["alone", "among others"])
def test_a_transfer_without_legs_is_refused(village: Village, company: int) -> None:
    one, two = village.accounts["101"], village.accounts["501"]
    good = [transfer([(one, 7), (two, -7)]) for _n in range(company)]
    for pending in (False, True):
        bare = transfer([], legs_count=2, pending=pending)
        first = last_number() + 1
        sql, values = statement([*good, bare], first=first)
        if not good:
            sql = sql[sql.index(") INSERT INTO ledgers_transfer") + 2 :]
        with pytest.raises(IntegrityError, match="has no legs"), recorded([*good, bare], first=first):
            run(sql, values)


@pytest.mark.parametrize("company", [0, 1], ids=["alone", "among others"])
def test_an_entry_of_another_transaction_records_nothing(village: Village, company: int) -> None:
    """Nor does one that is not there: what is posted outside of an act is refused by the same law."""
    one, two = village.accounts["101"], village.accounts["501"]
    first = last_number() + 1
    before = transfer([(one, 5), (two, -5)])
    with transaction.atomic():
        run("SELECT journal_open()")
        record(before["id"], first)
    good = [transfer([(one, 7), (two, -7)]) for _n in range(company)]
    sql, values = statement([before, *good], first=first)
    with pytest.raises(IntegrityError, match="no entry of its number"), recorded(good, first=first + 1):
        run("SELECT journal_open()")
        run(sql, values)
    fresh = transfer([(one, 5), (two, -5)])
    with pytest.raises(IntegrityError, match="no entry of its number"):
        run(*statement([fresh], first=first + 9))
    assert village.balance("101") == 0


@pytest.mark.parametrize("company", [0, 1], ids=["alone", "among others"])
def test_a_limit_beyond_ones_sight_tells_nothing(village: Village, company: int) -> None:
    """Or whether a transfer is refused by it would tell what the account next door holds."""
    far, near = village.other["101"], village.accounts["501"]
    api.limit_account(SYSTEM, account_id=far, balance_max=10)
    good = [transfer([(village.accounts["101"], 7), (near, -7)]) for _n in range(company)]
    set_scope(village.bookkeeper.scope)
    for amount in (5, 50):
        refused("ledgers_leg_known", [*good, transfer([(far, amount), (near, -amount)])])
        refused("ledgers_leg_known", [*good, transfer([(far, amount), (village.other["501"], -amount)])])
    with pytest.raises(NotFound):
        village.post("101", "501", 5, legs=(api.NewLeg(far, 50), api.NewLeg(near, -50)))


def test_the_laws_give_nobody_their_eyes(village: Village) -> None:
    """Within the transaction that has just posted, or was just refused, the book next door is as far as before."""
    far = [village.other["101"]]
    seen = "SELECT count(*) FROM ledgers_account WHERE id = %s"
    one, two = village.accounts["101"], village.accounts["501"]
    first = last_number() + 1
    set_scope(village.bookkeeper.scope)
    chosen = [transfer([(one, 5), (two, -5)]), transfer([(one, 6), (two, -6)])]
    wrong = transfer([(one, 5), (two, -4)])
    with pytest.raises(AssertionError, match="went through"), recorded([*chosen, wrong], first=first):
        for number, each in enumerate(chosen[:1], first):
            run(*statement([each], first=number))
            assert run(seen, far) == [(0,)]
        with pytest.raises(IntegrityError, match="sum to zero"), transaction.atomic():
            run(*statement([chosen[1], wrong], first=first + 1))
        assert run(seen, far) == [(0,)] and run(seen, [one]) == [(1,)]
    assert run(seen, far) == [(0,)]


def test_a_leg_by_itself_is_refused_outside_of_an_act_too(village: Village) -> None:
    posted = village.post("101", "501", 500)
    set_scope(SYSTEM.scope)
    leg = "INSERT INTO ledgers_leg (transfer_id, held, position, account_id, day, number, amount) VALUES"
    values = [posted.id, village.accounts["101"], DAY, posted.number]
    for position in (1, 3):
        with pytest.raises(IntegrityError):
            run(f"{leg} (%s, false, {position}, %s, %s, %s, 5)", values)
    for sql in ("UPDATE ledgers_leg SET amount = amount", "DELETE FROM ledgers_leg"):
        with pytest.raises(ProgrammingError, match="permission denied"):
            run(sql)


def test_a_statement_may_post_in_several_books(village: Village) -> None:
    """What one book's period refuses, the other's does not let through."""
    api.set_period(
        SYSTEM, book=OTHER_BOOK, first_day=date(2024, 3, 1), last_day=date(2024, 3, 31), state="closed"
    )  # fmt: skip
    set_scope(SYSTEM.scope)
    known = {code: api.known_book(code, SYSTEM.scope) for code in (BOOK, OTHER_BOOK)}
    legs = {
        BOOK: village.legs("101", "501", 5),
        OTHER_BOOK: (api.NewLeg(village.other["101"], 5), api.NewLeg(village.other["501"], -5)),
    }

    def post(day: date) -> int:
        chosen = [(known[code], api.NewTransfer(uuid4(), day, legs[code])) for code in (BOOK, OTHER_BOOK)]
        return api.post_prepared(
            SYSTEM, prepared=api.prepare_transfers(SYSTEM, at=timezone.now(), transfers=chosen)
        )  # fmt: skip

    with pytest.raises(Exception, match="period"):
        post(DAY)
    assert post(date(2024, 4, 2)) == 2 and village.balance("101") == 5
