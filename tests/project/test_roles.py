"""The application's role owns nothing: what it is granted, where that comes from, what is said where one is both."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection

from tests.owner import as_owner
from tianqu.base.errors import InvalidInput
from tianqu.kernel.journal.api import AppendOnly
from tianqu.project import roles
from tianqu.project.database import APPLICATION_ROLE, OWNER_ROLE, database_settings, socket_folder
from tianqu.project.embedded.cluster import Cluster
from tianqu.project.embedded.installation import cluster_in

ROOT = Path(__file__).resolve().parents[2]
VAR = Path("/var/lib/tianqu")
APPENDED = ("SELECT", "INSERT")
ERASABLE = (*APPENDED, 'UPDATE ("text")')


def asked(sql: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values or None)
        return list(cursor.fetchall())


def ours() -> str:
    """Which functions are ours; those of the tests themselves are the superuser's."""
    owner = connection.settings_dict["OWNER"]["USER"]
    return f"pronamespace = 'public'::regnamespace AND proowner = '{owner}'::regrole"


@pytest.fixture
def two_roles(db: None) -> None:
    if not connection.settings_dict.get("OWNER"):
        pytest.skip("one role owns the tables and is the application")


@pytest.mark.usefixtures("two_roles")
class TestWhatTheApplicationMayDo:
    def test_it_is_nobody_and_owns_nothing(self) -> None:
        able = "rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication"
        assert asked(f"SELECT {able} FROM pg_roles WHERE rolname = current_user") == [(False,)]
        owned = "SELECT relname FROM pg_class WHERE relowner = current_user::regrole AND relpersistence <> 't'"
        assert asked(owned) == []
        assert asked("SELECT proname FROM pg_proc WHERE proowner = current_user::regrole") == []
        assert asked("SELECT roleid FROM pg_auth_members WHERE member = current_user::regrole") == []
        assert not roles.one_role() and roles.check_roles(["default"]) == []

    def test_it_makes_nothing_beside_what_is_temporary(self) -> None:
        rights = "has_schema_privilege('public', 'CREATE'), has_database_privilege(current_database(), 'CREATE')"
        assert asked(f"SELECT {rights}, has_database_privilege(current_database(), 'TEMP')") == [(False, False, True)]

    def test_no_table_is_emptied_whole_or_hung_with_triggers(self) -> None:
        held = asked(
            "SELECT relname, kind FROM pg_class, unnest(ARRAY['TRUNCATE', 'TRIGGER', 'REFERENCES']) kind"
            " WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
            " AND has_table_privilege(pg_class.oid, kind)"
        )
        assert held == []

    def test_every_table_is_read_and_those_that_stay_are_not_changed(self) -> None:
        """Asked of the database anew, whatever rights_on() makes of it."""
        tables = "relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
        unread = f"SELECT relname FROM pg_class WHERE {tables} AND NOT has_table_privilege(oid, 'SELECT')"
        assert asked(unread) == []
        kept = (
            "SELECT c.relname, has_table_privilege(c.oid, 'DELETE'), has_table_privilege(c.oid, 'UPDATE')"
            " AND (t.tgtype & 16 <> 0 OR EXISTS (SELECT FROM pg_trigger k WHERE k.tgrelid = c.oid"
            " AND k.tgname = 'journal_keep_row')) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
            " WHERE t.tgname = 'journal_append_only'"
        )
        found = asked(kept)
        assert {name for name, delete, update in found if delete or update} == set()
        assert {"ledgers_leg", "ledgers_transfer", "orders_event", "village_judgement"} <= {row[0] for row in found}

    def test_laws_say_where_they_look_and_are_called_by_nobody(self) -> None:
        """A function that asks tables by their names would else ask temporary ones first."""
        written = "prolang = (SELECT oid FROM pg_language WHERE lanname = 'plpgsql')"
        paths = asked(f"SELECT proname, array_to_string(proconfig, ';') FROM pg_proc WHERE {ours()} AND {written}")
        assert len(paths) > 40
        assert [name for name, path in paths if f"search_path={roles.SEARCH_PATH}" not in (path or "")] == []
        laws = "has_function_privilege(oid, 'EXECUTE') AND prorettype = 'trigger'::regtype"
        assert asked(f"SELECT proname FROM pg_proc WHERE {ours()} AND {laws}") == []

    def test_few_functions_do_what_their_caller_may_not(self) -> None:
        """Each of them is a law on tables that nobody else writes."""
        found = {row[0] for row in asked(f"SELECT proname FROM pg_proc WHERE prosecdef AND {ours()}")}
        assert found == {"ledgers_legs_added", "ledgers_transfers_added", "ledgers_resolutions_added"}


@pytest.mark.usefixtures("two_roles")
@pytest.mark.django_db(transaction=True)
def test_a_table_of_a_later_migration_is_held_to_its_own_laws() -> None:
    laws = AppendOnly("later_note", erasable=("text",))
    try:
        as_owner("CREATE TABLE later_note (id int, text text)")
        as_owner(str(laws.sql))
        with roles.as_owner():
            roles.settle_roles()
        granted = (
            "SELECT string_agg(privilege_type, ' ' ORDER BY privilege_type) FROM information_schema.{}"
            " WHERE table_name = 'later_note' AND grantee = current_user"
        )
        assert asked(granted.format("table_privileges")) == [("INSERT SELECT",)]
        columns = granted.format("column_privileges") + " AND privilege_type = 'UPDATE'"
        assert asked(columns) == [("UPDATE",)]
    finally:
        as_owner("DROP TABLE later_note")


WALLED = "SELECT relname, relforcerowsecurity FROM pg_class WHERE relrowsecurity AND relname LIKE 'ledgers_%'"


@pytest.mark.usefixtures("two_roles")
@pytest.mark.django_db(transaction=True)
def test_walls_bind_the_owner_but_for_what_its_laws_look_up() -> None:
    """The laws ask the wall of the book alone: that one binds them."""
    walls = dict(asked(WALLED))
    assert walls["ledgers_book"] and {name for name, bound in walls.items() if not bound} == {
        f"ledgers_{table}" for table in ("account", "leg", "period", "resolution", "total", "transfer", "waiting")
    }
    as_owner("ALTER TABLE ledgers_leg FORCE ROW LEVEL SECURITY")
    with roles.as_owner():
        assert not roles.roles_are_settled()
        roles.settle_roles()
        assert roles.roles_are_settled()
    assert dict(asked(WALLED)) == walls


@pytest.mark.usefixtures("two_roles")
@pytest.mark.django_db(transaction=True)
def test_walls_bind_the_owner_that_has_become_the_application(monkeypatch: pytest.MonkeyPatch) -> None:
    with roles.as_owner():
        assert asked("SELECT current_user") == [(connection.settings_dict["OWNER"]["USER"],)]
        with monkeypatch.context() as patch:
            patch.setitem(connection.settings_dict, "OWNER", {})
            assert not roles.roles_are_settled()
            roles.settle_roles()
            assert roles.roles_are_settled() and all(bound for _name, bound in asked(WALLED))
        roles.settle_roles()
    assert not all(bound for _name, bound in asked(WALLED))


@pytest.mark.usefixtures("two_roles")
@pytest.mark.django_db(transaction=True)
def test_an_application_that_is_not_told_of_the_owner_changes_no_wall(monkeypatch: pytest.MonkeyPatch) -> None:
    walls = asked(WALLED)
    monkeypatch.setitem(connection.settings_dict, "OWNER", {})
    assert roles.roles_are_settled()
    roles.settle_roles()
    assert asked(WALLED) == walls


@pytest.mark.parametrize(
    ("laws", "rights"),
    [
        ((), ("SELECT", "INSERT", "DELETE", "UPDATE")),
        ((roles.Law("journal_refuse", 2 | 8 | 32),), ("SELECT", "INSERT", "UPDATE")),
        ((roles.Law("journal_refuse", 2 | 8 | 16 | 32),), APPENDED),
        ((roles.Law("journal_refuse", 2 | 8 | 32), roles.Law("journal_keep_row", 1 | 2 | 16, ("text",))), ERASABLE),
        ((roles.Law("journal_refuse", 2 | 8 | 16), roles.Law("journal_keep_row", 1 | 2 | 16, ("text",))), APPENDED),
    ],
)
def test_what_laws_refuse_whole_is_not_granted(laws: tuple[roles.Law, ...], rights: tuple[str, ...]) -> None:
    assert roles.rights_on("note", laws) == rights


def test_nobody_but_a_law_writes_what_is_kept() -> None:
    assert roles.rights_on("ledgers_total", ()) == roles.rights_on("ledgers_waiting", ()) == ("SELECT",)


class TestSettings:
    @pytest.fixture(autouse=True)
    def _no_urls(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("TIANQU_DATABASE_URL", "TIANQU_DATABASE_OWNER_URL"):
            monkeypatch.delenv(name, raising=False)

    def test_the_embedded_server_has_two_roles(self) -> None:
        made = database_settings(VAR)
        assert (made["USER"], made["OWNER"]) == (APPLICATION_ROLE, {"USER": OWNER_ROLE})

    def test_one_address_is_one_role(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TIANQU_DATABASE_URL", "postgresql://tianqu:secret@db:5433/books?sslmode=verify-full")
        assert database_settings(VAR)["OWNER"] == {}
        monkeypatch.setenv("TIANQU_DATABASE_OWNER_URL", "postgresql://tianqu:secret@db:5433/books?sslmode=verify-full")
        assert database_settings(VAR)["OWNER"] == {}

    def test_two_addresses_are_two_roles_of_one_database(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TIANQU_DATABASE_URL", "postgresql://tianqu_app:one@db:5433/books?sslmode=verify-full")
        monkeypatch.setenv("TIANQU_DATABASE_OWNER_URL", "postgresql://tianqu:two@db:5433/books?sslmode=require")
        made = database_settings(VAR)
        assert (made["USER"], made["PASSWORD"], made["NAME"]) == ("tianqu_app", "one", "books")
        assert (made["OWNER"]["USER"], made["OWNER"]["PASSWORD"]) == ("tianqu", "two")
        assert made["OWNER"]["OPTIONS"]["sslmode"] == "require"
        assert "NAME" not in made["OWNER"], "a test's database has the same owner"

    @pytest.mark.parametrize(
        "owner", ["postgresql://tianqu@db/other", "postgresql://tianqu@elsewhere/books", "postgresql://db/books"]
    )
    def test_an_owner_of_something_else_is_refused(self, monkeypatch: pytest.MonkeyPatch, owner: str) -> None:
        monkeypatch.setenv("TIANQU_DATABASE_URL", "postgresql://tianqu_app@db/books")
        monkeypatch.setenv("TIANQU_DATABASE_OWNER_URL", owner)
        with pytest.raises(InvalidInput, match="two roles of one database"):
            database_settings(VAR)


@pytest.fixture
def var() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="tianqu-roles-"))
    yield folder
    cluster_in(folder).stop()
    shutil.rmtree(folder)
    shutil.rmtree(socket_folder(folder), ignore_errors=True)


@pytest.mark.slow
def test_an_installation_of_one_role_goes_over_to_two(var: Path) -> None:
    """As every one was before: the owner served. Nothing is to be typed but what an update needs anyway."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TIANQU_DATABASE")}
    kept |= {"TIANQU_VAR": str(var), "PYTHONPATH": str(ROOT)}

    def tianqu(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "tianqu", *arguments], capture_output=True, text=True, cwd=ROOT,
            stdin=subprocess.DEVNULL, env=kept | environment,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done

    tianqu("db", "start")
    cluster: Cluster = cluster_in(var)
    own = {"TIANQU_DATABASE_URL": cluster.address(user=OWNER_ROLE)}
    assert "rest on triggers alone" in tianqu("db", "migrate", **own).stderr
    check = ("django", "check", "--database", "default")
    assert "tianqu.W001" in tianqu(*check, **own).stderr
    with cluster.connect(database="tianqu") as server:
        server.execute(f"DROP ROLE {APPLICATION_ROLE}")  # an older version had made none
    assert tianqu("db", "migrate", "--new-only").stderr == ""
    assert "tianqu.W001" not in tianqu(*check).stderr
    with cluster.connect(user=APPLICATION_ROLE, database="tianqu") as application:
        assert application.execute("SELECT count(*) FROM ledgers_leg").fetchone() == (0,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            application.execute("DELETE FROM ledgers_leg")
    both = own | {"TIANQU_DATABASE_OWNER_URL": own["TIANQU_DATABASE_URL"]}
    both["TIANQU_DATABASE_URL"] = cluster.address()
    assert tianqu("db", "migrate", **both).stderr == ""
