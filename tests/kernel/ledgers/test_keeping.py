"""What happens by itself: deadlines pass, and the night proves the balances; and what a walk over a book finds."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import orjson
import pytest
from django.db import connection, transaction
from procrastinate.contrib.django import app

from tests.kernel.ledgers.village import BOOK, CHART, DAY, FIRST, LINES, OTHER_BOOK, Village, run
from tests.owner import as_owner
from tianqu.base.errors import Conflict, InvalidInput, NotFound, NotPermitted, TooLarge
from tianqu.kernel.journal.api import SYSTEM, Acting, act, registered_acts, seeing
from tianqu.kernel.ledgers import api, balances, books
from tianqu.kernel.ledgers import leaves as leaves_of_books
from tianqu.kernel.ledgers.checking import note_check

pytestmark = pytest.mark.django_db
NOON = datetime(2024, 3, 6, 4, tzinfo=UTC)


def test_a_pending_transfer_is_voided_when_its_time_is_over(village: Village) -> None:
    soon = village.post("101", "501", 5, pending=True, expires_at=datetime(2024, 3, 6, 3, tzinfo=UTC))
    later = village.post("101", "501", 7, pending=True, expires_at=datetime(2024, 3, 6, 5, tzinfo=UTC))
    never = village.post("101", "501", 9, pending=True)
    assert (api.void_expired(NOON), api.void_expired(NOON)) == (1, 0)
    with seeing(SYSTEM.scope):
        told = {each.id: (each.state, each.reason) for each in api.book_transfers(SYSTEM, book=BOOK).rows}
        waiting = {each.id for each in api.book_transfers(SYSTEM, book=BOOK, waiting=True).rows}
        held = api.balance_of(SYSTEM, account_id=village.accounts["101"]).pending_debit
    assert told == {soon.id: ("voided", "timed out"), later.id: ("pending", ""), never.id: ("pending", "")}
    assert waiting == {later.id, never.id} and held == 16


def test_the_worker_looks_every_minute_and_each_night() -> None:
    assert {"ledgers.void_expired", "ledgers.check_balances"} <= set(app.tasks)


def test_the_night_finds_that_everything_is_right(village: Village) -> None:
    village.post("101", "501", 5)
    village.post("513", "101", 3, day=date(2025, 1, 2))
    held = village.post("101", "501", 9, pending=True)
    api.resolve_transfer(village.bookkeeper, transfer_id=held.id, outcome="posted", day=date(2024, 7, 1))
    village.post("101", "501", 11, pending=True)
    check = api.check_balances()
    assert (check.difference_count, check.differences, check.legs) == (0, [], 6)
    assert api.last_balance_checks()[0].id == check.id
    with pytest.raises(NotPermitted):
        note_check(village.supervisor, begun_at=NOON, proof=api.BalanceProof(1, 1, 0, ()))


def test_the_night_names_what_differs(village: Village) -> None:
    village.post("101", "501", 500)
    village.post("101", "501", 60, pending=True)
    account_id = village.accounts["101"]
    with transaction.atomic():
        run("SELECT journal_open()")
        run("SET CONSTRAINTS ALL IMMEDIATE")
        for table in ("account", "total"):
            as_owner(f"ALTER TABLE ledgers_{table} DISABLE TRIGGER USER")
        with seeing(SYSTEM.scope):
            as_owner("UPDATE ledgers_account SET posted_debit = 501, pending_debit = 0 WHERE id = %s", [account_id])
            as_owner("UPDATE ledgers_total SET debit = 499 WHERE account_id = %s AND months = 1", [account_id])
            as_owner("DELETE FROM ledgers_total WHERE account_id = %s AND months = 12", [account_id])
            as_owner("INSERT INTO ledgers_total VALUES (%s, 1, '2030-01-01', 7, 0)", [account_id])
            proof = api.prove_balances()
        transaction.set_rollback(True)
    assert {
        (each.kept_as, each.months, each.starts_on, each.kept, each.legs) for each in proof.differences
    } == {
        ("posted_debit", None, None, 501, 500), ("pending_debit", None, None, 0, 60),
        ("debit", 1, "2024-03-01", 499, 500), ("debit", 12, "2024-01-01", 0, 500), ("debit", 1, "2030-01-01", 7, 0),
    }  # fmt: skip
    assert proof.difference_count == 5 and {each.account_id for each in proof.differences} == {account_id}


def test_all_books_of_a_place_are_told_whole_or_not_at_all(village: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    village.post("101", "501", 70)
    told: dict[str, Any] = {"place_path": village.prefecture.places["P101"].path, "on": DAY}
    with seeing(SYSTEM.scope):
        lines = {line.code: (line.books, line.debit, line.credit) for line in api.place_trial_balance(SYSTEM, **told)}
        assert lines == {"101": (1, 70, 0), "501": (1, 0, 70)}
        monkeypatch.setattr(balances, "ACCOUNTS_MAX", 1)
        with pytest.raises(TooLarge):
            api.place_trial_balance(SYSTEM, **told)


@pytest.mark.parametrize("chart", ["village.none", "x\n2024-01-01 * forged", f" {CHART}"])
def test_an_account_is_opened_in_a_chart_that_was_published(village: Village, chart: str) -> None:
    told: dict[str, Any] = {
        "book": BOOK, "ledger": "money", "code": "199", "name": "其他", "element": "assets", "side": "debit",
        "opened_on": FIRST,
    }  # fmt: skip
    with pytest.raises(NotFound):
        api.open_account(village.bookkeeper, **told, chart=chart)
    assert api.open_account(village.bookkeeper, **told, chart=CHART)


def test_a_chart_published_again_tells_since_when_it_holds(village: Village) -> None:
    told: dict[str, Any] = {"code": CHART, "title": "村集体会计科目", "title_en": "Village chart", "lines": LINES}
    assert api.publish_chart(SYSTEM, **told, valid_from=date(2026, 1, 1)) == 1
    bodies = run("SELECT body FROM journal_entry WHERE subject = %s ORDER BY id", [f"chart:{CHART}"])
    assert [orjson.loads(bytes(body))["after"]["valid_from"] for (body,) in bodies] == ["2020-01-01"] * 2


def leaves() -> list[bytes]:
    return [bytes(row[0]) for row in run("SELECT leaf FROM journal_entry ORDER BY id")]


def test_a_missing_leaf_shows(village: Village) -> None:
    posted = [village.post("101", "501", n) for n in (1, 2, 3, 4)]
    found = leaves()
    whole = api.check_leaves(f"book:{BOOK}", found)
    assert whole.complete and whole.last == posted[-1].number == whole.found
    mine = [leaf for leaf in found if f'"book_sequence":{posted[1].number},'.encode() in leaf and BOOK.encode() in leaf]
    torn = [leaf for leaf in found if leaf not in mine]
    assert api.check_leaves(f"book:{BOOK}", torn).missing == ((posted[1].number, posted[1].number),)
    assert api.check_leaves(f"book:{BOOK}", reversed([*found, *mine])).repeated == (posted[1].number,)
    cut = [leaf for leaf in found if leaf != found[-1]]
    assert api.check_leaves(f"book:{BOOK}", cut).complete
    assert api.check_leaves(f"book:{BOOK}", cut, last=whole.last).missing == ((whole.last, whole.last),)
    assert api.check_leaves("book:another", [b"{", b'"book:another"', b'{"book":"book:another"}', *found]).found == 0


def place_in_log(entry_ids: list[int]) -> None:
    """Give entries their places, as the sequencer does."""
    start = run("SELECT coalesce(max(index), -1) + 1 FROM journal_sequence")[0][0]
    for index, entry_id in enumerate(entry_ids, start):
        run("INSERT INTO journal_sequence (index, entry_id) VALUES (%s, %s)", [index, entry_id])


def test_the_log_and_the_book_are_held_against_each_other(village: Village) -> None:
    for n in (1, 2, 3):
        village.post("101", "501", n)
    ids = [row[0] for row in run("SELECT id FROM journal_entry WHERE book = %s ORDER BY id", [f"book:{BOOK}"])]
    place_in_log(ids[:-1])
    found = api.completeness_of(village.bookkeeper, book=BOOK)
    assert found.complete and found.found == found.last - 1, "an entry of the last second is on its way"
    run("SET CONSTRAINTS ALL IMMEDIATE")
    as_owner("ALTER TABLE journal_book DISABLE TRIGGER journal_book_whole")  # within this test's transaction
    run("UPDATE journal_book SET last = last + 2 WHERE book = %s", [f"book:{BOOK}"])
    told = api.completeness_of(village.bookkeeper, book=BOOK)
    assert told.missing == ((told.last - 1, told.last),)
    with pytest.raises(NotFound):
        api.completeness_of(village.stranger, book=BOOK)


def test_who_posts_while_a_book_is_held_against_the_log_raises_no_alarm(village: Village) -> None:
    place_in_log([row[0] for row in run("SELECT id FROM journal_entry ORDER BY id")])
    posted: list[api.PostedTransfer] = []

    def meanwhile(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        """Post right after the leaves were read."""
        done = execute(sql, params, many, context)
        if "journal_sequence" in sql and not posted:
            posted.append(village.post("101", "501", 1))
        return done

    with connection.execute_wrapper(meanwhile):
        found = api.completeness_of(village.bookkeeper, book=BOOK)
    assert posted and found.complete


def test_a_balance_as_the_log_knew_it(village: Village) -> None:
    first = village.post("101", "501", 100)
    held = village.post("101", "501", 10, pending=True)
    village.post("101", "501", 1, day=date(2024, 2, 1))
    api.resolve_transfer(village.bookkeeper, transfer_id=held.id, outcome="posted", day=date(2024, 4, 1))
    place_in_log([row[0] for row in run("SELECT id FROM journal_entry ORDER BY id")])
    ((index,),) = run(
        "SELECT s.index FROM journal_sequence s JOIN journal_entry e ON e.id = s.entry_id WHERE e.subject = %s"
        " ORDER BY 1 LIMIT 1", [f"transfer:{first.id}"],
    )  # fmt: skip

    def at(index: int, on: date | None = None) -> int:
        told: dict[str, Any] = {"account_id": village.accounts["101"], "index": index, "on": on}
        return api.balance_at_index(village.bookkeeper, **told).amount

    assert [at(index + n) for n in (-1, 0, 1, 2, 3)] == [0, 100, 100, 101, 111]
    assert [at(index + 3, on) for on in (date(2024, 2, 28), DAY)] == [1, 101]
    ((last,),) = run("SELECT max(index) FROM journal_sequence")
    assert at(last) == 111
    for wrong, field in (((last + 1,), "index"), ((10**12,), "index"), ((last, date(1, 1, 1)), "on")):
        with pytest.raises(InvalidInput) as refused:
            at(*wrong)
        assert refused.value.field == field


def test_an_account_that_was_closed_since_stands_in_the_trial_balance(village: Village) -> None:
    village.post("101", "501", 500, day=date(2024, 2, 1))
    village.post("501", "101", 500, day=date(2024, 2, 20))
    for code in ("101", "501"):
        api.close_account(village.bookkeeper, account_id=village.accounts[code], closed_on=date(2024, 3, 1))
    lines = {line.code: line for line in api.trial_balance(village.bookkeeper, book=BOOK, on=date(2024, 6, 30))}
    assert (lines["101"].amount, lines["501"].amount) == (0, 0)


def test_another_act_posts_and_resolves_within_its_own_transaction(village: Village) -> None:
    name = "test.settle"

    def may(acting: Acting, /, **arguments: Any) -> None:
        """Let it through."""

    if name not in registered_acts():

        @act(name, may=may)
        def settle(acting: Acting, *, legs: list[api.NewLeg], fail: bool) -> int:
            given = api.NewTransfer(uuid4(), DAY, tuple(legs), pending=True)
            held = api.post_within(acting, book=BOOK, transfers=[given])[0]
            api.resolve_within(acting, transfer_id=held.id, outcome="posted")
            acting.record("finding:1", after={"settled": True})
            if fail:
                raise Conflict("not now")
            return held.number

    perform = registered_acts()[name].perform
    before = run("SELECT count(*) FROM journal_entry")[0][0]
    number = perform(village.bookkeeper, legs=list(village.legs("101", "501", 40)), fail=False)
    subjects = run("SELECT act, subject, book_sequence FROM journal_entry ORDER BY id OFFSET %s", [before])
    assert [(row[0], row[1].partition(":")[0], row[2]) for row in subjects] == [
        (name, "transfer", number), (name, "transfer", number + 1), (name, "finding", None)
    ]  # fmt: skip
    assert village.balance("101") == 40
    savepoint = transaction.savepoint()
    with pytest.raises(Conflict):
        perform(village.bookkeeper, legs=list(village.legs("101", "501", 40)), fail=True)
    if connection.in_atomic_block:
        transaction.savepoint_rollback(savepoint)
    assert village.balance("101") == 40


def test_a_statement_runs_page_by_page(village: Village) -> None:
    for n in range(1, 8):
        village.post("101", "501", n, day=date(2024, 3, n % 3 + 1), voucher=str(n))
    village.post("513", "101", 2, day=date(2024, 2, 1))
    lines: list[api.StatementLine] = []
    after = None
    while True:
        page = api.statement_of_account(
            village.bookkeeper, account_id=village.accounts["101"], first_day=date(2024, 3, 1),
            last_day=date(2024, 3, 31), after=after, limit=2,
        )  # fmt: skip
        lines += page.rows
        after = page.after
        if after is None:
            break
    assert [line.voucher for line in lines] == ["3", "6", "1", "4", "7", "2", "5"]
    assert [line.balance for line in lines] == [1, 7, 8, 12, 19, 21, 26]
    with pytest.raises(NotFound):
        api.statement_of_account(village.stranger, account_id=village.accounts["101"], first_day=DAY, last_day=DAY)


def test_a_statement_may_begin_on_the_first_day_there_is_and_not_after_its_last(village: Village) -> None:
    village.post("101", "501", 7)
    asked: dict[str, Any] = {"account_id": village.accounts["101"], "first_day": date(1949, 1, 1), "last_day": DAY}
    for after in (None, "1949-01-01/1/1"):
        page = api.statement_of_account(village.bookkeeper, **asked, after=after)
        assert [line.balance for line in page.rows] == [7]
    with pytest.raises(InvalidInput) as refused:
        api.statement_of_account(village.bookkeeper, **asked | {"last_day": date(1948, 12, 31)})
    assert refused.value.field == "last_day"
    with pytest.raises(InvalidInput) as refused:
        api.statement_of_account(village.bookkeeper, **asked | {"first_day": DAY, "last_day": date(2024, 3, 4)})
    assert refused.value.field == "last_day"


def test_worker_that_imports_its_tasks_alone_can_void() -> None:
    """A fresh process, as ``tianqu jobs`` is: nothing but the tasks has been imported there."""
    told = (
        "import django; django.setup(); import tianqu.kernel.ledgers.tasks;"
        "from tianqu.kernel.journal.api import registered_acts; print('ledgers.resolve' in registered_acts())"
    )
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tianqu.project.settings"}
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.strip() == "True"


def test_what_was_received_is_told_within_the_scope_that_asks_and_no_further(village: Village) -> None:
    """With the second wall open: row-level security alone would keep it from the next village."""
    reference = f"contract:{uuid4()}"
    for own in (True, False):
        accounts, book = (village.accounts, BOOK) if own else (village.other, OTHER_BOOK)
        legs = (api.NewLeg(accounts["101"], 70 if own else 9), api.NewLeg(accounts["501"], -70 if own else -9))
        api.post_transfer(
            SYSTEM, book=book, transfer_id=uuid4(), day=DAY, kind="receipt", legs=legs, reference=reference
        )  # fmt: skip
    told: dict[str, Any] = {"kinds": ["receipt"], "codes": ["101"], "unit": "fen", "on": DAY}
    whole = village.prefecture.places["P"].path
    for asked in ({"references": [reference]}, {"about": "contract"}):
        with seeing(SYSTEM.scope):
            for actor, sums in ((SYSTEM, [9, 70]), (village.bookkeeper, [70]), (village.stranger, [9])):
                found = api.received_for(actor.scope, place_path=whole, **told, **asked)
                assert sorted(one.amount for one in found) == sums
            mine = village.prefecture.places["P101"].path
            assert api.received_for(village.stranger.scope, place_path=mine, **told, **asked) == []
        with seeing(village.stranger.scope):  # the second wall stands as before
            assert api.received_for(SYSTEM.scope, place_path=mine, **told, **asked) == []


def test_a_book_is_told_whole_or_not_at_all(village: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    accounts = len(village.accounts) + len(village.land)
    for module in (balances, books):
        monkeypatch.setattr(module, "ACCOUNTS_MAX", accounts)
    with seeing(SYSTEM.scope):
        found = api.book_called(BOOK)
        assert len(api.trial_balance(SYSTEM, book=BOOK, on=DAY)) == len(api.accounts_of(found)) == accounts
        for module in (balances, books):
            monkeypatch.setattr(module, "ACCOUNTS_MAX", accounts - 1)
        for ask in (lambda: api.trial_balance(SYSTEM, book=BOOK, on=DAY), lambda: api.accounts_of(found)):
            with pytest.raises(TooLarge) as refused:
                ask()
            assert (refused.value.field, refused.value.value) == ("book", BOOK) and refused.value.remedy


def test_a_walk_names_so_many_spans_and_passes_by_what_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    def leaf(number: int) -> bytes:
        return orjson.dumps({"book": "book:a", "book_sequence": number})

    monkeypatch.setattr(leaves_of_books, "SPANS_MAX", 2)
    odd = [leaf(number) for number in range(1, 20, 2)]
    told = api.check_leaves("book:a", [*odd, *odd], last=20)
    assert told.missing == ((2, 2), (4, 4)) and told.repeated == (1, 3)
    # What waits is not counted among the spans: the one number that is missing is named behind all that wait.
    told = api.check_leaves("book:a", odd, last=20, waiting={2, 4, 6, 8, 10, 12, 14, 16, 20})
    assert told.missing == ((18, 18),) and told.found == 10
    # A number that the book has not given out is told as such, and makes no span that ends before it begins.
    told = api.check_leaves("book:a", [leaf(1), leaf(2), leaf(5)], last=2)
    assert told.missing == () and told.repeated == (5,) and not told.complete
