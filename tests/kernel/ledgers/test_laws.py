"""The laws of ledgers, asked of the database itself: what somebody at its console may try, in an act and outside."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.utils import timezone

from tests.kernel.ledgers.village import BOOK, DAY, Village, run
from tests.owner import as_owner
from tianqu.kernel.journal.api import INSERT_ENTRY, SYSTEM, prepare_entry, set_scope
from tianqu.kernel.ledgers.api import resolve_transfer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _open_eyes(village: Village) -> Iterator[None]:
    """The attacker sees everything: what refuses them is the law alone."""
    set_scope(SYSTEM.scope)
    yield


@contextmanager
def attack(*, book_sequence: int | None = None, subject: str = "attack:1") -> Iterator[None]:
    """A transaction that the journal lets pass, since it opens an act and writes an entry; undone at its end."""
    with transaction.atomic():
        run("SELECT journal_open()")
        write_entry(subject=subject, book_sequence=book_sequence)
        yield
        run("SET CONSTRAINTS ALL IMMEDIATE")
        raise AssertionError("the attack went through")


def write_entry(*, subject: str, book_sequence: int | None) -> None:
    """Write an entry by plain SQL, in the village's book if a number is given."""
    entry = prepare_entry(
        act="test.attack", subject=subject, after={}, actor=SYSTEM, at=timezone.now(),
        book=f"book:{BOOK}" if book_sequence is not None else None, book_sequence=book_sequence,
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(INSERT_ENTRY, entry.row())


def refused(law: str, sql: str, values: list[Any] | None = None, *, owner: bool = False, **more: Any) -> None:
    """Try it, as the application or as the owner of the tables, and see that this very law refuses."""
    with pytest.raises(IntegrityError) as error, attack(**more):
        (as_owner if owner else run)(sql, values)
    cause: Any = error.value.__cause__
    assert law in (cause.diag.constraint_name or "", cause.diag.message_primary or ""), (sql, str(error.value))


# What nobody may do, whatever else they may: the role that owns the tables has taken these grants from itself as well.
UNGRANTED = (
    "UPDATE ledgers_leg SET amount = amount * 2",
    "UPDATE ledgers_leg SET transfer_id = %s WHERE transfer_id = %s",
    "DELETE FROM ledgers_leg WHERE transfer_id IN (%s, %s)",
    "TRUNCATE ledgers_leg",
    "UPDATE ledgers_transfer SET day = day + 1 WHERE id IN (%s, %s)",
    "DELETE FROM ledgers_transfer WHERE id IN (%s, %s)",
    "TRUNCATE ledgers_transfer",
    "UPDATE ledgers_resolution SET outcome = 'voided'",
    "DELETE FROM ledgers_resolution",
    "TRUNCATE ledgers_resolution",
)
GRANT = "GRANT UPDATE, DELETE, TRUNCATE ON ledgers_transfer, ledgers_leg, ledgers_resolution TO CURRENT_USER"


def test_what_is_posted_is_neither_changed_nor_deleted(village: Village) -> None:
    posted = village.post("101", "501", 500)
    pending = village.post("101", "501", 5, pending=True)
    other = village.post("102", "501", 500)
    waiting = village.post("101", "501", 7, pending=True)
    resolve_transfer(village.bookkeeper, transfer_id=waiting.id, outcome="posted", day=DAY)
    set_scope(SYSTEM.scope)
    stays = r"what is written stays written|emptied, not changed"
    for sql in UNGRANTED:
        values = [other.id, posted.id] if "%s" in sql else None
        for attempt in (run, as_owner):
            with pytest.raises(ProgrammingError, match="permission denied for table ledgers_"), attack():
                attempt(sql, values)
        with pytest.raises(IntegrityError, match=stays), attack():  # and the trigger holds with the grants, too
            as_owner(GRANT)
            as_owner(sql, values)
    for sql in (
        "UPDATE ledgers_transfer SET purpose = 'other' WHERE id IN (%s, %s)",
        "DELETE FROM ledgers_ledger",
        "UPDATE ledgers_ledger SET unit = 'piece'",
        "DELETE FROM ledgers_account",
        "DELETE FROM ledgers_period",
        "DELETE FROM ledgers_book",
    ):
        values = [other.id, posted.id] if "%s" in sql else None
        with pytest.raises(IntegrityError, match=stays), attack():
            as_owner(sql, values)
    for table in ("ledgers_total", "ledgers_waiting"):
        with pytest.raises(IntegrityError, match=stays), attack():
            as_owner(f"DELETE FROM {table}")
    assert run("SELECT count(*) FROM ledgers_waiting") == [(1,)]
    assert pending.number


def test_the_sums_are_touched_by_transfers_alone(village: Village) -> None:
    account_id = village.accounts["101"]
    for sql in (
        "UPDATE ledgers_account SET posted_debit = 5, posted_credit = 5 WHERE id = %s",
        "UPDATE ledgers_account SET side = 'credit' WHERE id = %s",
        "UPDATE ledgers_account SET ledger_id = ledger_id + 1 WHERE id = %s",
        "UPDATE ledgers_account SET pending_debit = 9 WHERE id = %s",
    ):
        refused("ledgers_account_kept", sql, [account_id], owner=True)
    refused(
        "ledgers_account_kept",
        "INSERT INTO ledgers_account (ledger_id, book_id, chart, code, name, element, side, opened_on, posted_debit)"
        " SELECT ledger_id, book_id, '', '999', 'x', element, side, opened_on, 7 FROM ledgers_account WHERE id = %s",
        [account_id],
    )
    with pytest.raises(IntegrityError, match="stays written"), attack():
        as_owner("UPDATE ledgers_total SET debit = debit + 1")
    with pytest.raises(IntegrityError, match="stays written"), attack():
        as_owner("INSERT INTO ledgers_total VALUES (%s, 1, '2024-03-01', 5, 0)", [account_id])


LEGS = "INSERT INTO ledgers_leg (transfer_id, held, position, account_id, day, number, amount) VALUES"


def test_no_leg_is_added_later(village: Village) -> None:
    posted = village.post("101", "501", 500)
    one, two = village.accounts["101"], village.accounts["501"]
    where = [posted.id, DAY, posted.number]

    def row(position: int, account_id: int, amount: int) -> str:
        return f"(%s, false, {position}, {account_id}, %s, %s, {amount})"

    refused("ledgers_leg_known", f"{LEGS} {row(3, one, 5)}", where)
    refused("ledgers_leg_known", f"{LEGS} {row(3, one, 5)}, {row(4, two, -5)}", where * 2)  # no first leg
    refused("ledgers_leg_pkey", f"{LEGS} {row(1, one, 5)}, {row(2, two, -5)}", where * 2)
    held = f"{LEGS} (%s, true, 1, {one}, %s, %s, 5), (%s, true, 2, {two}, %s, %s, -5)"
    refused("ledgers_whole", held, where * 2)
    nothing = [uuid4(), DAY, 1]
    refused("ledgers_leg_known", f"{LEGS} {row(1, one, 5)}, {row(2, two, -5)}", nothing * 2)


def given(village: Village, legs: list[tuple[int, int]], *, number: int, **more: Any) -> tuple[str, list[Any], Any]:
    """A transfer with its legs as one statement of plain SQL."""
    transfer_id = uuid4()
    told: dict[str, Any] = {"day": DAY, "kind": "ordinary", "legs_count": len(legs), "pending": False} | more
    rows = ", ".join(f"(%s, {told['pending']}, {place}, {account}, %s, {number}, {amount})"
                     for place, (account, amount) in enumerate(legs, 1))  # fmt: skip
    posted = f"WITH legs AS ({LEGS} {rows}) " if legs else ""
    sql = (
        f"{posted}INSERT INTO ledgers_transfer (id, book_id, number, day, kind, purpose, reference, voucher, pending,"
        " legs_count, digest, at) SELECT %s, id, %s, %s, %s, '', '', '', %s, %s, '', now() FROM ledgers_book"
        " WHERE code = %s"
    )
    values: list[Any] = []
    for _leg in legs:
        values += [transfer_id, told["day"]]
    values += [transfer_id, number, told["day"], told["kind"], told["pending"], told["legs_count"], BOOK]
    return sql, values, {"book_sequence": number, "subject": f"transfer:{transfer_id}"}


def test_a_transfer_by_plain_sql_is_held_to_every_law(village: Village) -> None:
    one, two, land = village.accounts["101"], village.accounts["501"], village.land["idle"]
    number = run("SELECT last + 1 FROM journal_book WHERE book = %s", [f"book:{BOOK}"])[0][0]
    for law, legs, more in (
        ("ledgers_balanced", [(one, 5), (two, -4)], {}),
        ("ledgers_balanced", [(one, 5), (land, -5)], {}),
        ("ledgers_whole", [(one, 5), (two, -5)], {"legs_count": 3}),
        ("ledgers_whole", [], {"legs_count": 2}),
        ("ledgers_one_book", [(village.other["101"], 5), (village.other["501"], -5)], {}),
        ("ledgers_leg_known", [(one, 5), (10**12, -5)], {}),
        ("ledgers_leg_amount", [(one, 0), (two, 0)], {}),
        ("ledgers_transfer_kind", [(one, 5), (two, -5)], {"kind": "Rent!"}),
    ):
        sql, values, entry = given(village, legs, number=number, **more)
        refused(law, sql, values, **entry)
    sql, values, _entry = given(village, [(one, 5), (two, -5)], number=number)
    refused("ledgers_recorded", sql, values)
    sql, values, entry = given(village, [(one, 5), (two, -5)], number=number)
    with pytest.raises(AssertionError, match="went through"), attack(**entry):  # the same, whole: the law lets it pass
        run(sql, values)


def test_a_moved_leg_is_refused_at_commit_even_if_legs_could_change(village: Village) -> None:
    posted, other = village.post("101", "501", 500), village.post("102", "501", 300)
    free = "ALTER TABLE ledgers_leg DISABLE TRIGGER journal_append_only"
    for sql in (
        "UPDATE ledgers_leg SET transfer_id = %s, position = 3 WHERE transfer_id = %s AND position = 1",
        "DELETE FROM ledgers_leg WHERE transfer_id IN (%s, %s) AND position = 1",
        "DELETE FROM ledgers_leg WHERE transfer_id IN (%s, %s)",
        "UPDATE ledgers_leg SET amount = amount + 1 WHERE transfer_id IN (%s, %s) AND position = 1",
    ):
        with pytest.raises(IntegrityError, match="no longer balance"), attack():
            as_owner(GRANT)
            as_owner(free)
            as_owner(sql, [other.id, posted.id])
    assert village.balance("101") == 500


def test_emptying_words_is_all_that_is_granted(village: Village) -> None:
    held = run(
        "SELECT table_name, string_agg(privilege_type, ' ' ORDER BY privilege_type)"
        " FROM information_schema.table_privileges WHERE grantee = current_user AND table_name = ANY (%s)"
        " GROUP BY 1 ORDER BY 1",
        [["ledgers_leg", "ledgers_resolution", "ledgers_transfer"]],
    )
    assert [name for name, _kinds in held] == ["ledgers_leg", "ledgers_resolution", "ledgers_transfer"]
    assert all({"UPDATE", "DELETE", "TRUNCATE"}.isdisjoint(kinds.split()) for _name, kinds in held)
    columns = run(
        "SELECT table_name, column_name FROM information_schema.column_privileges WHERE privilege_type = 'UPDATE'"
        " AND table_name = ANY (%s) ORDER BY 1, 2",
        [["ledgers_leg", "ledgers_resolution", "ledgers_transfer"]],
    )
    assert columns == [
        ("ledgers_resolution", "reason"), ("ledgers_transfer", "purpose"), ("ledgers_transfer", "voucher")
    ]  # fmt: skip


def test_a_pending_transfer_is_resolved_once_by_plain_sql_too(village: Village) -> None:
    posted = village.post("101", "501", 500, pending=True)
    firm = village.post("101", "501", 1)
    number = run("SELECT last + 1 FROM journal_book WHERE book = %s", [f"book:{BOOK}"])[0][0]
    sql = (
        "INSERT INTO ledgers_resolution (transfer_id, outcome, day, number, reason, at)"
        " VALUES (%s, %s, %s, %s, '', now())"
    )
    entry: dict[str, Any] = {"book_sequence": number, "subject": f"transfer:{posted.id}"}
    refused("ledgers_pending", sql, [firm.id, "voided", DAY, number], **entry)
    refused("ledgers_resolution_outcome", sql, [posted.id, "lost", DAY, number], **entry)
    refused("ledgers_recorded", sql, [posted.id, "posted", DAY, number])
    refused("ledgers_first_day", sql, [posted.id, "posted", "2024-03-04", number], **entry)
    legs = f"{LEGS} (%s, false, 1, %s, %s, %s, 500), (%s, false, 2, %s, %s, %s, -500)"
    one, two = village.accounts["101"], village.accounts["501"]
    where = [posted.id, one, DAY, posted.number, posted.id, two, DAY, posted.number]
    refused("ledgers_whole", legs, where)


RESOLVE = "INSERT INTO ledgers_resolution (transfer_id, outcome, day, number, reason, at)"
RESOLUTION = f"{RESOLVE} VALUES (%s, 'posted', %s, %s, '', now())"


def test_a_resolution_has_an_entry_of_its_own(village: Village) -> None:
    """Neither that of the transfer does for it, nor one of the same transfer that another transaction has written."""
    held = village.post("101", "501", 500, pending=True)
    set_scope(SYSTEM.scope)
    refused("ledgers_recorded", RESOLUTION, [held.id, DAY, held.number])
    number = held.number + 1
    with transaction.atomic():
        run("SELECT journal_open()")
        write_entry(subject=f"transfer:{held.id}", book_sequence=number)
    refused("ledgers_recorded", RESOLUTION, [held.id, DAY, number])
    entry: dict[str, Any] = {"book_sequence": number + 1, "subject": f"transfer:{held.id}"}
    with pytest.raises(AssertionError, match="went through"), attack(**entry):  # the same, whole
        run(RESOLUTION, [held.id, DAY, number + 1])


def test_a_transfer_and_its_resolution_do_not_share_an_entry(village: Village) -> None:
    number = run("SELECT last + 1 FROM journal_book WHERE book = %s", [f"book:{BOOK}"])[0][0]
    one, two = village.accounts["101"], village.accounts["501"]
    sql, values, entry = given(village, [(one, 5), (two, -5)], number=number, pending=True)
    with pytest.raises(IntegrityError, match="no entry of its number"), attack(**entry):
        run(sql, values)
        run(RESOLUTION, [entry["subject"].partition(":")[2], DAY, number])


def test_a_resolution_beyond_ones_sight_is_refused(village: Village) -> None:
    held = village.post("101", "501", 500, pending=True)
    entry: dict[str, Any] = {"book_sequence": held.number + 1, "subject": f"transfer:{held.id}"}
    set_scope(village.stranger.scope)
    refused("ledgers_pending", RESOLUTION, [held.id, DAY, held.number + 1], **entry)


def test_a_closed_period_stays_closed(village: Village) -> None:
    from tianqu.kernel.ledgers.api import set_period

    set_period(SYSTEM, book=BOOK, first_day=date(2024, 3, 1), last_day=date(2024, 3, 31), state="closed")
    set_scope(SYSTEM.scope)
    refused("ledgers_period_kept", "UPDATE ledgers_period SET state = 'open'")
    refused("ledgers_period_kept", "UPDATE ledgers_period SET last_day = '2024-03-02'")
    one, two = village.accounts["101"], village.accounts["501"]
    number = run("SELECT last + 1 FROM journal_book WHERE book = %s", [f"book:{BOOK}"])[0][0]
    sql, values, entry = given(village, [(one, 5), (two, -5)], number=number)
    refused("ledgers_period_closed", sql, values, **entry)


@pytest.mark.parametrize(
    ("law", "sql"),
    [
        ("journal_book_whole", "UPDATE journal_book SET last = last + 1 WHERE book = %s"),
        ("journal_book_whole", "UPDATE journal_book SET last = last - 1 WHERE book = %s"),
        ("journal_book_whole", "INSERT INTO journal_book (book, last) VALUES (%s || '.new', 1)"),
        ("stays written", "UPDATE journal_book SET book = 'book:another' WHERE book = %s"),
        ("stays written", "DELETE FROM journal_book WHERE book = %s"),
    ],
)
def test_numbers_of_a_book_have_their_entries(village: Village, law: str, sql: str) -> None:
    village.post("101", "501", 500)
    set_scope(SYSTEM.scope)
    with pytest.raises(IntegrityError) as error, attack():
        as_owner(sql, [f"book:{BOOK}"])
    cause: Any = error.value.__cause__
    assert law in (cause.diag.constraint_name or "") or law in (cause.diag.message_primary or "")


def test_a_number_is_not_filled_by_an_entry_of_another_transaction(village: Village) -> None:
    number = village.post("101", "501", 500).number + 1
    set_scope(SYSTEM.scope)
    with transaction.atomic():
        run("SELECT journal_open()")
        write_entry(subject="attack:2", book_sequence=number)
    take = "UPDATE journal_book SET last = last + 1 WHERE book = %s"
    with pytest.raises(IntegrityError, match="numbers without an entry"), attack():
        run(take, [f"book:{BOOK}"])
    with pytest.raises(IntegrityError, match="numbers without an entry"), transaction.atomic():  # and outside of an act
        run(take, [f"book:{BOOK}"])
        run("SET CONSTRAINTS ALL IMMEDIATE")


def test_an_older_snapshot_posts_nothing(village: Village) -> None:
    """Else a period that was closed meanwhile would not be seen, and take what it must not."""
    held = village.post("101", "501", 5, pending=True)
    one, two = village.accounts["101"], village.accounts["501"]
    set_scope(SYSTEM.scope)
    number = run("SELECT last + 2 FROM journal_book WHERE book = %s", [f"book:{BOOK}"])[0][0]
    sql, values, entry = given(village, [(one, 5), (two, -5)], number=number)
    resolved = (
        "INSERT INTO ledgers_resolution (transfer_id, outcome, day, number, reason, at)"
        " VALUES (%s, 'posted', %s, %s, '', now())"
    )
    for isolation in ("REPEATABLE READ", "SERIALIZABLE"):
        for wrong, given_values in ((sql, values), (resolved, [held.id, DAY, number])):
            with pytest.raises(IntegrityError, match="READ COMMITTED alone"), transaction.atomic():
                run(f"SET TRANSACTION ISOLATION LEVEL {isolation}")
                run(wrong, given_values)
    assert entry["book_sequence"] == number


def test_a_pending_transfer_is_not_posted_after_its_time(village: Village) -> None:
    over = timezone.now() - timedelta(seconds=1)
    held = village.post("101", "501", 500, pending=True, expires_at=over)
    set_scope(SYSTEM.scope)
    number = run("SELECT last + 1 FROM journal_book WHERE book = %s", [f"book:{BOOK}"])[0][0]
    entry: dict[str, Any] = {"book_sequence": number, "subject": f"transfer:{held.id}"}
    sql = (
        "INSERT INTO ledgers_resolution (transfer_id, outcome, day, number, reason, at)"
        " VALUES (%s, %s, %s, %s, '', now())"
    )
    refused("ledgers_in_time", sql, [held.id, "posted", DAY, number], **entry)
    with pytest.raises(AssertionError, match="went through"), attack(**entry):
        run(sql, [held.id, "voided", DAY, number])


def test_no_day_lies_beyond_those_that_are_asked_for(village: Village) -> None:
    held = village.post("101", "501", 500, pending=True)
    one, two = village.accounts["101"], village.accounts["501"]
    set_scope(SYSTEM.scope)
    number = run("SELECT last + 1 FROM journal_book WHERE book = %s", [f"book:{BOOK}"])[0][0]
    for day in ("9999-12-31", "infinity"):
        sql, values, entry = given(village, [(one, 5), (two, -5)], number=number, day=day)
        refused("ledgers_transfer_day", sql, values, **entry)
        refused(
            "ledgers_resolution_day",
            "INSERT INTO ledgers_resolution (transfer_id, outcome, day, number, reason, at)"
            " VALUES (%s, 'posted', %s, %s, '', now())",
            [held.id, day, number], book_sequence=number, subject=f"transfer:{held.id}",
        )  # fmt: skip
    sql, values, entry = given(village, [(one, 5), (two, -5)], number=number, kind="reversal")
    refused("ledgers_transfer_reversal", sql, values, **entry)


def test_a_closed_account_stays_closed_and_empty(village: Village) -> None:
    from tianqu.kernel.ledgers.api import close_account

    close_account(SYSTEM, account_id=village.accounts["112"], closed_on=date(2024, 6, 1))
    set_scope(SYSTEM.scope)
    for closed_on in (None, "2030-01-01"):
        refused(
            "ledgers_account_kept", "UPDATE ledgers_account SET closed_on = %s WHERE id = %s",
            [closed_on, village.accounts["112"]],
        )  # fmt: skip


def test_nothing_is_written_outside_an_act(village: Village) -> None:
    account_id = village.accounts["101"]
    for sql in (
        "UPDATE ledgers_account SET name = 'x' WHERE id = %s", "UPDATE ledgers_book SET name = 'x' WHERE %s > 0"
    ):  # fmt: skip
        with pytest.raises(IntegrityError, match="outside an act"):
            run(sql, [account_id])
    refused("ledgers_book_kept", "UPDATE ledgers_book SET code = 'another' WHERE code = %s", [BOOK])
    refused("ledgers_account_limits", "UPDATE ledgers_account SET balance_min = 1 WHERE id = %s", [account_id])


def test_the_second_wall_hides_the_next_village(village: Village) -> None:
    village.post("101", "501", 500)
    tables = ("book", "ledger", "account", "transfer", "leg", "total")
    set_scope(SYSTEM.scope)
    everything = {table: run(f"SELECT count(*) FROM ledgers_{table}")[0][0] for table in tables}
    set_scope(village.bookkeeper.scope)
    own = {table: run(f"SELECT count(*) FROM ledgers_{table}")[0][0] for table in tables}
    set_scope(village.stranger.scope)
    others = {table: run(f"SELECT count(*) FROM ledgers_{table}")[0][0] for table in tables}
    assert own["leg"] == 2 and own["total"] == 4 and others["leg"] == others["total"] == others["transfer"] == 0
    assert own["book"] == others["book"] == 1
    assert everything["account"] == own["account"] + others["account"]
