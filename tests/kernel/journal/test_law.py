"""The law of writing, asked of the database itself: nothing outside an act, nothing rewritten, nothing unrecorded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction

from tests.kernel.journal.logs import anybody
from tests.owner import as_owner
from tianqu.kernel.journal.api import (
    INSERT_ENTRY,
    SYSTEM,
    Acting,
    DoneBefore,
    GuardTable,
    act,
    prepare_entry,
)
from tianqu.kernel.journal.models import Entry

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("forget_acts")]

EXEMPT = {
    "journal_entry": "entries are the law's own witness: any may be added, none changed; has triggers of its own",
    "journal_sequence": "written by the sequencer alone; may only grow",
}


def run(sql: str, values: list[object] | None = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall() if cursor.description else []


@pytest.fixture
def probe() -> Iterator[None]:
    guard = GuardTable("law_probe")
    as_owner("CREATE TABLE law_probe (n int)")
    as_owner("GRANT ALL ON law_probe TO PUBLIC")  # what refuses is the guard
    as_owner(guard.sql)
    yield
    as_owner("DROP TABLE law_probe")


@pytest.mark.usefixtures("probe")
class TestAGuardedTable:
    @pytest.mark.parametrize(
        "sql",
        [
            "INSERT INTO law_probe VALUES (1)",
            "UPDATE law_probe SET n = 2",
            "DELETE FROM law_probe",
            "TRUNCATE law_probe",
        ],
    )
    def test_refuses_writes_outside_an_act(self, sql: str) -> None:
        with pytest.raises(IntegrityError, match="tianqu:"):
            run(sql)
        assert run("SELECT count(*) FROM law_probe") == [(0,)]

    def test_takes_writes_within_an_act_and_keeps_one_entry_a_subject(self) -> None:
        @act("law.write", may=anybody)
        def write(acting: Acting, *, n: int) -> int:
            run("INSERT INTO law_probe VALUES (%s)", [n])
            acting.record("probe:1", after={"n": n})
            acting.record("probe:2", after={"n": n})
            return n

        assert write(SYSTEM, n=7) == 7
        assert run("SELECT n FROM law_probe") == [(7,)]
        assert list(Entry.objects.order_by("id").values_list("act", "subject")) == [
            ("law.write", "probe:1"),
            ("law.write", "probe:2"),
        ]
        assert run("SELECT count(*) FROM journal_opened") == [(0,)]

    @pytest.mark.parametrize("ahead", [1, -1])
    def test_refuses_an_entry_of_another_transaction(self, ahead: int) -> None:
        """One of a transaction to come would let that one write without an entry of its own."""
        with pytest.raises(IntegrityError, match="belongs to the transaction that writes it"):
            run(
                "INSERT INTO journal_entry (act, subject, channel, at, leaf, xid) VALUES"
                " ('x', 'x', 'x', now(), '', (pg_current_xact_id()::text::bigint + %s)::text::xid8)", [ahead],
            )  # fmt: skip

    def test_refuses_truncate_even_within_an_act(self) -> None:
        @act("law.truncate", may=anybody)
        def truncate(acting: Acting) -> None:
            acting.record("probe:1", after=None)
            run("TRUNCATE law_probe")

        with pytest.raises(IntegrityError, match="TRUNCATE on law_probe"):
            truncate(SYSTEM)

    def test_takes_one_statement_that_holds_its_own_entry(self) -> None:
        @act("law.write_at_once", may=anybody, one_statement=True)
        def write(acting: Acting, *, n: int) -> None:
            entry = acting.record("probe:1", after={"n": n})
            run(
                f"WITH entry AS ({INSERT_ENTRY} RETURNING id) INSERT INTO law_probe SELECT %s::int FROM entry",
                [*entry.row(), n],
            )

        write(SYSTEM, n=3)
        assert run("SELECT n FROM law_probe") == [(3,)]
        assert Entry.objects.get().act == "law.write_at_once"

    def test_refuses_one_statement_without_its_entry(self) -> None:
        @act("law.write_bare", may=anybody, one_statement=True)
        def write(acting: Acting) -> None:
            acting.record("probe:1", after=None)
            run("INSERT INTO law_probe VALUES (1)")

        with pytest.raises(IntegrityError, match="outside an act"):
            write(SYSTEM)

    def test_an_entry_of_another_transaction_opens_nothing(self) -> None:
        run(INSERT_ENTRY, list(entry("probe:1").row()))
        with pytest.raises(IntegrityError, match="outside an act"):
            run("INSERT INTO law_probe VALUES (1)")

    def test_a_failing_act_leaves_nothing(self) -> None:
        @act("law.fail", may=anybody)
        def fail(acting: Acting) -> None:
            run("INSERT INTO law_probe VALUES (1)")
            acting.record("probe:1", after=None)
            raise ValueError("the act thought better of it")

        with pytest.raises(ValueError, match="thought better"):
            fail(SYSTEM)
        assert run("SELECT count(*) FROM law_probe") == [(0,)]
        assert not Entry.objects.exists()

    def test_an_act_does_not_call_an_act(self) -> None:
        @act("law.inner", may=anybody)
        def inner(acting: Acting) -> None:
            acting.record("probe:1", after=None)

        @act("law.outer", may=anybody)
        def outer(acting: Acting) -> None:
            inner(SYSTEM)

        with pytest.raises(AssertionError, match=r"law\.inner was called inside law\.outer"):
            outer(SYSTEM)


def entry(subject: str) -> Any:
    from django.utils import timezone

    return prepare_entry(act="law.test", subject=subject, after={"n": 1}, actor=SYSTEM, at=timezone.now())


class TestAnOpenedAct:
    def test_that_recorded_nothing_is_refused_at_commit(self) -> None:
        with pytest.raises(IntegrityError, match="wrote no journal entry"), transaction.atomic():
            run("SELECT journal_open()")

    def test_that_hides_its_opening_is_refused_all_the_same(self) -> None:
        with pytest.raises(IntegrityError, match="wrote no journal entry"), transaction.atomic():
            run("SELECT journal_open()")
            run("DELETE FROM journal_opened")

    def test_is_opened_by_its_own_transaction_alone(self) -> None:
        """Else the entry of another one would do for it."""
        run(INSERT_ENTRY, list(entry("probe:1").row()))
        older = run("SELECT xid::text FROM journal_entry")[0][0]
        with pytest.raises(IntegrityError, match="opened by the transaction that does it"):
            run("INSERT INTO journal_opened (xid) VALUES (%s::xid8)", [older])
        with pytest.raises(IntegrityError, match="what is written stays written"), transaction.atomic():
            as_owner("SELECT journal_open()")
            as_owner("UPDATE journal_opened SET xid = %s::xid8", [older])

    def test_that_recorded_nothing_is_caught_in_python_first(self) -> None:
        @act("law.silent", may=anybody)
        def silent(acting: Acting) -> None:
            return None

        with pytest.raises(AssertionError, match="recorded nothing"):
            silent(SYSTEM)


class TestEntries:
    @pytest.mark.parametrize(
        "sql",
        [
            "UPDATE journal_entry SET act = 'law.other'",
            "UPDATE journal_entry SET body = NULL, salt = NULL, erased_at = now()",
            "UPDATE journal_entry SET leaf = '\\x00'",
            "DELETE FROM journal_entry",
            "TRUNCATE journal_entry",
            "TRUNCATE journal_entry CASCADE",
        ],
    )
    def test_are_not_changed_by_plain_sql(self, sql: str) -> None:
        run(INSERT_ENTRY, list(entry("probe:1").row()))
        with pytest.raises(IntegrityError, match="tianqu:"):
            as_owner(sql)
        assert Entry.objects.get().act == "law.test"

    @pytest.mark.parametrize("sql", ["UPDATE {} SET index = 5", "DELETE FROM {}", "TRUNCATE {}"])
    def test_keep_their_place_in_the_log(self, sql: str) -> None:
        run(INSERT_ENTRY, list(entry("probe:1").row()))
        run("INSERT INTO journal_sequence (index, entry_id) SELECT 0, id FROM journal_entry")
        with pytest.raises(IntegrityError, match="what is written stays written"):
            as_owner(sql.format("journal_sequence"))

    def test_are_not_given_a_new_actor_by_an_erasure(self) -> None:
        run(INSERT_ENTRY, list(entry("probe:1").row()))

        @act("law.forge", may=anybody)
        def forge(acting: Acting) -> None:
            acting.record("probe:1", after=None)
            run(
                "UPDATE journal_entry SET body = NULL, salt = NULL, erased_at = now(),"
                " actor_person_id = '018f0000-0000-7000-8000-000000000000'"
            )

        with pytest.raises(IntegrityError, match="UPDATE on a journal entry"):
            forge(SYSTEM)


def test_every_table_of_kernel_and_packs_is_guarded() -> None:
    guarded = {
        row[0]
        for row in run(
            "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger"
            " WHERE tgname = 'journal_guard' AND tgenabled IN ('O', 'A')"
        )
    }
    tables = {
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if model.__module__.startswith(("tianqu.kernel.", "tianqu.packs.")) and model._meta.managed
    }
    assert tables, "there are models to look at"
    assert tables - guarded - set(EXEMPT) == set()
    assert guarded >= {"journal_book", "journal_request"}


def test_what_was_done_before_is_told_again_and_written_nowhere(probe: None) -> None:
    @act("law_test.done_before", may=anybody)
    def twice(acting: Acting, *, n: int) -> int:
        run("INSERT INTO law_probe VALUES (%s)", [n])
        raise DoneBefore(n + 1)

    before = Entry.objects.count()
    assert twice(SYSTEM, n=4) == 5
    assert run("SELECT count(*) FROM law_probe") == [(0,)] and Entry.objects.count() == before
