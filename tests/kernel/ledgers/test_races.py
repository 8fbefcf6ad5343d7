"""Many hands on one book: the laws hold, nothing is done twice, and no number is lost, whoever fails."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from tests.kernel.ledgers.village import BOOK, CHART, DAY, LINES, Village, leaf_numbers, run
from tianqu.base.errors import Conflict, TianquError
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM, seeing, set_scope
from tianqu.kernel.ledgers import api, charts

pytestmark = pytest.mark.django_db(transaction=True)
WRITERS = 8


def at_once(do: Callable[[int], Any], writers: int = WRITERS) -> list[Any]:
    """Do the same from several connections, all let go at one moment; return results and typed errors."""
    barrier = Barrier(writers)

    def one(number: int) -> Any:
        try:
            barrier.wait(timeout=60)
            return do(number)
        except TianquError as refused:
            return refused
        finally:
            connection.close()

    with ThreadPoolExecutor(writers) as pool:
        return list(pool.map(one, range(writers)))


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


def test_the_same_reversal_sent_at_once_is_one(village: Village) -> None:
    for _turn in range(5):
        posted, reversal_id = village.post("101", "501", 70), new_identifier()
        outcomes = at_once(
            lambda n, posted=posted, reversal_id=reversal_id: api.reverse_transfer(
                village.bookkeeper, transfer_id=posted.id, reversal_id=reversal_id, day=DAY, purpose="冲销"
            )
        )
        assert len({each.number for each in outcomes}) == 1 and sum(not each.again for each in outcomes) == 1
    assert village.balance("101") == 0
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


FIRST_VERSION = date(2020, 1, 1)
NEW_CHART = "village.new"
PAIRS = [api.CodePair(line.code, line.code) for line in LINES]
# The days on which two would have their versions begin: on the same, or the one before the other.
BEGINNINGS = [(30, 30), (30, 60), (60, 30)]


def both_looked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let two who publish at once both see the same last version before either writes."""
    barrier, end = Barrier(2), charts._end

    def waiting(*arguments: Any) -> None:
        barrier.wait(timeout=60)
        end(*arguments)

    monkeypatch.setattr(charts, "_end", waiting)


def one_refused(outcomes: Sequence[Any], version: int, fields: dict[str, set[str]]) -> None:
    """One was taken as this version; the other was told which field, which value, and what to do."""
    assert sorted(isinstance(each, int) for each in outcomes) == [False, True], outcomes
    (taken,) = [each for each in outcomes if isinstance(each, int)]
    (refused,) = [each for each in outcomes if not isinstance(each, int)]
    assert taken == version and isinstance(refused, Conflict)
    assert refused.value in fields[refused.field] and refused.remedy


def publish(code: str, title: str, valid_from: date) -> int:
    return api.publish_chart(
        SYSTEM, code=code, title=title, title_en="Chart", lines=LINES, valid_from=valid_from
    )  # fmt: skip


def test_of_two_who_publish_a_new_chart_at_once_one_is_refused(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    both_looked(monkeypatch)
    outcomes = at_once(lambda n: publish(NEW_CHART, f"科目{n}", FIRST_VERSION), 2)
    one_refused(outcomes, 1, {"code": {NEW_CHART}})
    assert run("SELECT count(*) FROM ledgers_chart WHERE code = %s", [NEW_CHART]) == [(1,)]
    assert run("SELECT count(*) FROM journal_entry WHERE subject = %s", [f"chart:{NEW_CHART}"]) == [(1,)]


@pytest.mark.parametrize("after", BEGINNINGS)
def test_of_two_who_publish_the_next_version_at_once_one_is_refused(
    village: Village, monkeypatch: pytest.MonkeyPatch, after: tuple[int, int]
) -> None:
    days = [FIRST_VERSION + timedelta(days=each) for each in after]
    both_looked(monkeypatch)
    outcomes = at_once(lambda n: publish(CHART, f"科目{n}", days[n]), 2)
    one_refused(outcomes, 2, {"code": {CHART}, "valid_from": {day.isoformat() for day in days}})
    ended, began = run("SELECT valid_to, valid_from FROM ledgers_chart WHERE code = %s ORDER BY version", [CHART])
    assert ended[0] == began[1] and began[0] is None


def test_of_two_who_map_two_charts_at_once_one_is_refused(village: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(NEW_CHART, "新科目", FIRST_VERSION)
    told: dict[str, Any] = {"from_chart": CHART, "to_chart": NEW_CHART, "pairs": PAIRS}

    def declared(version: int, days: Sequence[date]) -> list[Any]:
        with monkeypatch.context() as patched:
            both_looked(patched)
            return at_once(
                lambda n: api.map_charts(SYSTEM, **told, basis=f"依据{version}.{n}", valid_from=days[n]), 2
            )  # fmt: skip

    one_refused(declared(1, [FIRST_VERSION] * 2), 1, {"to_chart": {NEW_CHART}})
    for version, after in enumerate(BEGINNINGS, 2):
        days = [FIRST_VERSION + timedelta(days=100 * version + each) for each in after]
        fields = {"to_chart": {NEW_CHART}, "valid_from": {day.isoformat() for day in days}}
        one_refused(declared(version, days), version, fields)
