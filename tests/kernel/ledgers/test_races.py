"""Many hands on one book: the laws hold, nothing is done twice, and no number is lost, whoever fails."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from tests.kernel.ledgers.village import BOOK, DAY, Village, leaf_numbers, run
from tianqu.base.errors import Conflict, TianquError
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM, seeing, set_scope
from tianqu.kernel.ledgers import api

pytestmark = pytest.mark.django_db(transaction=True)
WRITERS = 8


def at_once(do: Callable[[int], Any]) -> list[Any]:
    """Do the same from several connections, all let go at one moment; return results and typed errors."""
    barrier = Barrier(WRITERS)

    def one(number: int) -> Any:
        try:
            barrier.wait(timeout=60)
            return do(number)
        except TianquError as refused:
            return refused
        finally:
            connection.close()

    with ThreadPoolExecutor(WRITERS) as pool:
        return list(pool.map(one, range(WRITERS)))


def proven() -> None:
    numbers = leaf_numbers(BOOK)
    assert numbers == list(range(1, len(numbers) + 1))
    with seeing(SYSTEM.scope):
        assert api.prove_balances().differences == ()


def test_a_limit_holds_against_everybody_at_once(village: Village) -> None:
    api.limit_account(village.supervisor, account_id=village.accounts["513"], balance_max=1_000)
    outcomes = at_once(lambda _n: [_try(lambda: village.post("513", "101", 60)) for _turn in range(5)])
    done = sum(outcome for each in outcomes for outcome in each)
    assert done == 16 and village.balance("513") == 960
    proven()


def _try(do: Callable[[], object]) -> int:
    try:
        do()
    except Conflict:
        return 0
    return 1


def test_the_same_sent_at_once_is_one_transfer(village: Village) -> None:
    transfer_id = new_identifier()
    outcomes = at_once(lambda _n: village.post("101", "501", 70, transfer_id=transfer_id))
    assert len({each.number for each in outcomes}) == 1 and sum(not each.again for each in outcomes) == 1
    assert village.balance("101") == 70
    mixed = new_identifier()
    outcomes = at_once(lambda n: village.post("101", "501", 100 + n % 2, transfer_id=mixed))
    assert sum(isinstance(each, Conflict) for each in outcomes) == WRITERS // 2
    proven()


def test_of_many_who_resolve_exactly_one_does(village: Village) -> None:
    held = village.post("101", "501", 70, pending=True)
    outcomes = at_once(
        lambda n: api.resolve_transfer(
            village.bookkeeper, transfer_id=held.id, outcome=("posted", "voided")[n % 2], day=DAY
        )
    )
    assert sum(isinstance(each, int) for each in outcomes) == 1
    set_scope(SYSTEM.scope)
    ((outcome,),) = run("SELECT outcome FROM ledgers_resolution")
    assert village.balance("101") == (70 if outcome == "posted" else 0)
    proven()


def test_of_many_who_reverse_exactly_one_does(village: Village) -> None:
    posted = village.post("101", "501", 70)
    outcomes = at_once(
        lambda _n: api.reverse_transfer(
            village.bookkeeper, transfer_id=posted.id, reversal_id=new_identifier(), day=DAY, purpose="冲销"
        )
    )
    assert sum(isinstance(each, api.PostedTransfer) for each in outcomes) == 1 and village.balance("101") == 0
    proven()


def test_a_period_closes_between_transfers(village: Village) -> None:
    march: dict[str, Any] = {"book": BOOK, "first_day": date(2024, 3, 1), "last_day": date(2024, 3, 31)}

    def work(number: int) -> int:
        if number == 0:
            api.set_period(village.supervisor, **march, state="closed")
            return 0
        return sum(_try(lambda: village.post("101", "501", 1)) for _turn in range(12))

    outcomes = at_once(work)
    set_scope(SYSTEM.scope)
    closed, last = run(
        "SELECT (SELECT book_sequence FROM journal_entry WHERE act = 'ledgers.set_period'),"
        " (SELECT max(number) FROM ledgers_transfer)"
    )[0]
    assert village.balance("101") == sum(outcomes)
    assert last is None or last < closed, "a transfer came after the closing of its day"
    proven()


def test_batches_and_single_transfers_keep_the_numbers_whole(village: Village) -> None:
    def work(number: int) -> None:
        chance = random.Random(number)
        for turn in range(6):
            if turn % 2:
                _try(lambda: village.post("101", "501", 1, day=date(2023 + chance.randrange(2), 3, 1)))
                continue
            batch = [api.NewTransfer(new_identifier(), DAY, village.legs("102", "501", 1)) for _n in range(7)]
            api.post_batch(village.bookkeeper, book=BOOK, transfers=batch)

    assert at_once(work) == [None] * WRITERS
    assert village.balance("102") == WRITERS * 3 * 7
    proven()
