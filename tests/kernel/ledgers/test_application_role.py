"""Whoever can run any SQL as the application: what they may not do to the laws, and what tricks do not help them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from tests.kernel.ledgers.test_laws import LEGS, attack, given
from tests.kernel.ledgers.village import BOOK, DAY, Village, run
from tests.owner import as_owner
from tianqu.kernel.journal.api import SYSTEM, set_scope
from tianqu.kernel.ledgers.api import set_period

pytestmark = pytest.mark.django_db(transaction=True)
PERMISSION = "permission denied|must be owner|must be superuser|must have admin option"


@pytest.fixture(autouse=True)
def _sees_everything(db: None) -> Iterator[None]:
    """What refuses is neither the wall nor, but where it is tried, the guard."""
    if not connection.settings_dict.get("OWNER"):
        pytest.skip("one role owns the tables and is the application")
    set_scope(SYSTEM.scope)
    yield


def owner() -> str:
    return str(connection.settings_dict["OWNER"]["USER"])


CHANGES = [
    f"{statement} {table}{what}"
    for table in ("ledgers_leg", "ledgers_transfer", "ledgers_resolution", "ledgers_ledger", "ledgers_total",
                  "ledgers_waiting", "journal_entry", "journal_sequence")
    for statement, what in (("UPDATE", " SET ctid = NULL"), ("DELETE FROM", ""), ("TRUNCATE", " CASCADE"))
]  # fmt: skip
# A column that there is: what is refused must be refused for the right, not for the spelling.
COLUMNS = {
    "ledgers_leg": "amount = 1", "ledgers_transfer": "day = day", "ledgers_resolution": "day = day",
    "ledgers_ledger": "unit = unit", "ledgers_total": "debit = 1", "ledgers_waiting": "expires_at = NULL",
    "journal_entry": "leaf = leaf", "journal_sequence": "index = index",
}  # fmt: skip
LIFTING = [
    "ALTER TABLE ledgers_leg DISABLE TRIGGER ALL",
    "ALTER TABLE ledgers_leg DISABLE TRIGGER journal_append_only",
    "ALTER TABLE ledgers_leg OWNER TO CURRENT_USER",
    "ALTER TABLE ledgers_leg NO FORCE ROW LEVEL SECURITY",
    "ALTER TABLE ledgers_account DROP CONSTRAINT ledgers_account_right",
    "DROP TABLE ledgers_leg CASCADE",
    "DROP TRIGGER ledgers_legs_added ON ledgers_leg",
    "DROP POLICY ledgers_see ON ledgers_leg",
    "DROP FUNCTION ledgers_legs_added() CASCADE",
    "ALTER FUNCTION journal_guard() SET search_path = pg_temp",
    "ALTER FUNCTION journal_guard() OWNER TO CURRENT_USER",
    "CREATE OR REPLACE FUNCTION journal_guard() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
    "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE TABLE mine (n int)",
    "CREATE SCHEMA mine",
    "CREATE TEMP TABLE heir () INHERITS (ledgers_leg)",
    "CREATE RULE quiet AS ON INSERT TO ledgers_leg DO INSTEAD NOTHING",
    "CREATE POLICY all_of_it ON ledgers_book USING (true)",
    "CREATE TRIGGER mine AFTER INSERT ON ledgers_leg FOR EACH ROW EXECUTE FUNCTION tests_nothing()",
    "CREATE TRIGGER mine BEFORE INSERT ON journal_entry FOR EACH ROW EXECUTE FUNCTION tests_nothing()",
    "LOCK TABLE ledgers_leg IN ACCESS EXCLUSIVE MODE",
    "SELECT setval('ledgers_account_id_seq', 1)",
    "SET session_replication_role = replica",
    "SET ROLE {owner}",
    "SET SESSION AUTHORIZATION {owner}",
    "GRANT {owner} TO CURRENT_USER",
    "ALTER ROLE CURRENT_USER BYPASSRLS",
    "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT ALL ON TABLES TO PUBLIC",
    "UPDATE pg_catalog.pg_trigger SET tgenabled = 'D'",
    "COPY ledgers_book TO PROGRAM 'cat'",
    "DELETE FROM django_migrations",
]


@pytest.mark.parametrize("sql", CHANGES)
def test_what_is_written_is_not_granted(sql: str) -> None:
    table = sql.removeprefix("DELETE FROM ").removeprefix("UPDATE ").removeprefix("TRUNCATE ").split()[0]
    with pytest.raises(ProgrammingError, match=f"permission denied for table {table}"), attack():
        run(sql.replace("ctid = NULL", COLUMNS[table]))


@pytest.mark.parametrize("sql", LIFTING)
def test_a_law_is_not_lifted(sql: str) -> None:
    with pytest.raises(ProgrammingError, match=PERMISSION), attack():
        run("CREATE FUNCTION pg_temp.tests_nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'")
        run(sql.format(owner=owner()).replace("tests_nothing", "pg_temp.tests_nothing"))


def test_no_right_is_given_to_oneself() -> None:
    """PostgreSQL answers a grant by who has none to give with a warning, so what counts is what is held then."""
    for table in COLUMNS:
        for right in ("DELETE", "TRUNCATE", "TRIGGER", "REFERENCES"):
            with transaction.atomic():
                run(f"GRANT {right} ON {table} TO CURRENT_USER")
            assert run("SELECT has_table_privilege(%s::text, %s::text)", [table, right]) == [(False,)]


# A trigger of one's own on a temporary table runs deeper than a statement does: laws that asked for the depth alone
# took it for one of theirs.
LEVER = """
CREATE TEMP TABLE lever (n int);
CREATE FUNCTION pg_temp.pull() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {move}; RETURN NULL; END $$;
CREATE TRIGGER pull AFTER INSERT ON lever FOR EACH ROW EXECUTE FUNCTION pg_temp.pull();
INSERT INTO lever VALUES (1)
"""


@pytest.mark.parametrize(
    ("law", "move"),
    [
        ("permission denied", "UPDATE ledgers_account SET posted_debit = posted_debit + 1"),
        ("permission denied", "UPDATE ledgers_account SET pending_credit = 7"),
        ("permission denied", "UPDATE ledgers_account SET side = 'credit'"),
        ("permission denied", "UPDATE ledgers_total SET debit = debit + 1"),
        ("permission denied", "INSERT INTO ledgers_total SELECT id, 1, '2030-01-01', 5, 0 FROM ledgers_account"),
        ("permission denied", "DELETE FROM ledgers_waiting"),
        (
            "begins empty",
            "INSERT INTO ledgers_account (ledger_id, book_id, chart, code, name, element, side, opened_on,"
            " posted_debit, posted_credit) SELECT ledger_id, book_id, '', code || 'x', 'x', element, side, opened_on,"
            " 7, 7 FROM ledgers_account",
        ),
        ("is closed empty", "UPDATE ledgers_account SET closed_on = '2024-02-01' WHERE posted_debit <> posted_credit"),
        ("is closed empty", "UPDATE ledgers_account SET closed_on = '2024-02-01' WHERE code = '102'"),
    ],
)
def test_a_trigger_of_ones_own_moves_no_sum(village: Village, law: str, move: str) -> None:
    village.post("101", "501", 500)
    village.post("102", "501", 5)
    village.post("501", "102", 5)  # empty again, and had its last leg in March
    village.post("101", "501", 3, pending=True)
    set_scope(SYSTEM.scope)
    with pytest.raises((IntegrityError, ProgrammingError), match=law), attack():
        run(LEVER.format(move=move))


@pytest.mark.parametrize("law", ["ledgers_legs_added", "ledgers_transfers_added", "ledgers_resolutions_added"])
def test_a_law_is_not_hung_on_a_table_of_ones_own(village: Village, law: str) -> None:
    """There it would count, with the owner's rights, what was never posted."""
    with pytest.raises(ProgrammingError, match=f"permission denied for function {law}"), attack():
        run(
            f"CREATE TEMP TABLE lever (LIKE public.ledgers_leg);"
            f"CREATE TRIGGER pull AFTER INSERT ON lever REFERENCING NEW TABLE AS added"
            f" FOR EACH STATEMENT EXECUTE FUNCTION {law}()"
        )


SHADOWS = {
    "entry": "CREATE TEMP TABLE journal_entry (xid xid8);"
    " INSERT INTO pg_temp.journal_entry VALUES (pg_current_xact_id())",
    "opened": "CREATE TEMP TABLE journal_opened (xid xid8);"
    " INSERT INTO pg_temp.journal_opened VALUES (pg_current_xact_id())",
}
RENAMED = "UPDATE public.ledgers_book SET name = 'x'"


@pytest.mark.parametrize("shadow", SHADOWS.values(), ids=SHADOWS)
@pytest.mark.parametrize("path", ['"$user", public', "pg_temp, public", "pg_temp, pg_catalog, public"])
def test_a_temporary_table_stands_in_for_no_table_of_ours(village: Village, path: str, shadow: str) -> None:
    with pytest.raises(IntegrityError, match="outside an act"), transaction.atomic():
        run(f"SET LOCAL search_path = {path}")
        run(shadow)
        run(RENAMED)


@pytest.mark.parametrize("shadow", SHADOWS.values(), ids=SHADOWS)
def test_it_would_if_laws_did_not_say_where_they_look(village: Village, shadow: str) -> None:
    """The attack is one: without its path, the guard takes the temporary table for ours."""
    set_scope(SYSTEM.scope)
    with transaction.atomic():
        as_owner("ALTER FUNCTION journal_guard() RESET search_path")
        run(shadow)
        run(RENAMED)
        assert run("SELECT count(*) FROM public.ledgers_book WHERE name = 'x'")[0][0] == 2
        transaction.set_rollback(True)


@pytest.mark.parametrize(
    ("law", "shadow"),
    [
        ("ledgers_period_closed", "CREATE TEMP TABLE ledgers_period (LIKE public.ledgers_period)"),
        (
            "ledgers_leg_known",
            "CREATE TEMP TABLE ledgers_account AS SELECT * FROM public.ledgers_account;"
            "UPDATE pg_temp.ledgers_account SET id = id + 1000000 WHERE code = '101'",
        ),
        (
            "ledgers_balanced",
            "CREATE DOMAIN pg_temp.numeric AS int; CREATE DOMAIN pg_temp.bigint AS int;"
            "CREATE TEMP TABLE ledgers_transfer (LIKE public.ledgers_transfer)",
        ),
    ],
)
def test_nor_for_a_law_of_posting(village: Village, law: str, shadow: str) -> None:
    one, two = village.accounts["101"], village.accounts["501"]
    if law == "ledgers_period_closed":
        set_period(SYSTEM, book=BOOK, first_day=date(2024, 3, 1), last_day=date(2024, 3, 31), state="closed")
    set_scope(SYSTEM.scope)
    number = run("SELECT last + 1 FROM journal_book WHERE book = %s", [f"book:{BOOK}"])[0][0]
    legs = {
        "ledgers_period_closed": [(one, 5), (two, -5)], "ledgers_leg_known": [(one + 1000000, 5), (two, -5)],
        "ledgers_balanced": [(one, 5), (two, -4)],
    }[law]  # fmt: skip
    sql, values, entry = given(village, legs, number=number)
    with pytest.raises(IntegrityError) as error, attack(**entry):
        run(shadow)
        run(sql.replace("INTO ledgers_", "INTO public.ledgers_"), values)
    cause: Any = error.value.__cause__
    assert cause.diag.constraint_name == law


def test_a_leg_is_not_changed_by_way_of_adding_it(village: Village) -> None:
    posted = village.post("101", "501", 500)
    values = [posted.id, village.accounts["101"], DAY, posted.number]
    for end in (
        "ON CONFLICT (transfer_id, held, position) DO UPDATE SET amount = 7",
        "ON CONFLICT DO NOTHING; DELETE FROM ledgers_leg",
    ):
        with pytest.raises(ProgrammingError, match="permission denied"), attack():
            run(f"{LEGS} (%s, false, 1, %s, %s, %s, 5) ".replace("%s", "{}").format(*map(literal, values)) + end)


def literal(value: Any) -> str:
    return f"'{value}'"


def test_temporary_tables_may_still_be_used() -> None:
    """Imports go through them (docs/decisions/0004-copy-behind-walls.md)."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE staged (n int) ON COMMIT DROP")
        with cursor.copy("COPY staged FROM STDIN") as copy:
            copy.write_row((7,))
        cursor.execute("SELECT n FROM staged")
        assert cursor.fetchall() == [(7,)]
