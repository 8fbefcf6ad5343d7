"""A quarter of a book, posting by posting and number by number: what a poster of it is made from."""

from __future__ import annotations

from datetime import date

import pytest

from tests.kernel.ledgers.village import BOOK, Village, leaf_numbers
from tianqu.base.errors import NotFound
from tianqu.kernel.journal.api import SYSTEM, book_leaves, seeing
from tianqu.kernel.ledgers import api

pytestmark = pytest.mark.django_db
FIRST, LAST = date(2024, 4, 1), date(2024, 6, 30)


def test_the_postings_of_some_days_are_what_moved_then(village: Village) -> None:
    village.post("101", "301", 900, day=date(2024, 3, 31))
    rent = village.post("101", "501", 500, day=FIRST)
    spent = village.post("513", "102", 40, day=LAST)
    held = village.post("101", "501", 7, day=date(2024, 3, 1), pending=True)
    village.post("101", "501", 9, day=date(2024, 5, 1), pending=True)
    settled = api.resolve_transfer(
        village.bookkeeper, transfer_id=held.id, outcome="posted", day=date(2024, 5, 2)
    )  # in its order of numbers, on the day on which it took effect
    village.post("101", "501", 11, day=date(2024, 7, 1))
    with seeing(village.bookkeeper.scope):
        found = api.postings_between(village.bookkeeper, book=BOOK, first_day=FIRST, last_day=LAST)
        moved = api.movements_of(village.bookkeeper, book=BOOK, ledger="money", first_day=FIRST, last_day=LAST)
    assert [each.number for each in found] == [rent.number, spent.number, settled]
    assert found[0].legs == ((village.accounts["101"], 500), (village.accounts["501"], -500))
    legs = [leg for each in found for leg in each.legs]
    for account in moved:
        amounts = [amount for account_id, amount in legs if account_id == account.account_id]
        assert sum(amount for amount in amounts if amount > 0) == account.all_debits
        assert -sum(amount for amount in amounts if amount < 0) == account.all_credits
    with seeing(village.stranger.scope), pytest.raises(NotFound):
        api.postings_between(village.stranger, book=BOOK, first_day=FIRST, last_day=LAST)


def test_every_number_of_a_book_stands_for_something(village: Village) -> None:
    opened = leaf_numbers(BOOK)[-1]
    rent = village.post("101", "501", 500, day=FIRST)
    held, waits = (village.post("101", "501", 7, pending=True) for _ in range(2))
    settled = api.resolve_transfer(village.bookkeeper, transfer_id=held.id, outcome="posted", day=LAST)
    voided = api.resolve_transfer(village.bookkeeper, transfer_id=waits.id, outcome="voided", day=LAST)
    with seeing(village.bookkeeper.scope):
        told = api.number_uses(village.bookkeeper, book=BOOK)
    assert [each.number for each in told] == leaf_numbers(BOOK) == list(range(1, len(told) + 1))
    assert {each.what for each in told[:opened]} == {"kept"}
    uses = {each.number: (each.what, each.day) for each in told}
    assert uses[rent.number] == ("posted", FIRST)
    assert uses[held.number][0] == uses[waits.number][0] == "pending"
    assert uses[settled] == ("settled", LAST) and uses[voided] == ("voided", LAST)
    with seeing(village.stranger.scope), pytest.raises(NotFound):
        api.number_uses(village.stranger, book=BOOK)


def test_the_leaves_of_a_book_are_told_by_number(village: Village) -> None:
    village.post("101", "501", 500)
    with seeing(SYSTEM.scope):
        leaves = book_leaves(f"book:{BOOK}")
    assert [each.number for each in leaves] == leaf_numbers(BOOK)
    assert api.check_leaves(f"book:{BOOK}", [each.leaf for each in leaves]).complete
    assert [each.number for each in book_leaves(f"book:{BOOK}", numbers=[3, 2], last=9)] == [2, 3]
    assert {each.index for each in leaves} == {None}  # no sequencer has been here
