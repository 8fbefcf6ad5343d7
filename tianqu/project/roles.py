"""What the application's role may do in the database: settled by the owner of the tables after each migration.

The laws are triggers and grants. A role that owns a table can lift both, so the application has a role that owns
nothing. What it may do with a table is read off the laws of that table, so that a table of a later migration is held to
its own laws without being named here. docs/decisions/0024-two-roles.md says why.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from django.core.checks import CheckMessage, Warning
from django.db import DEFAULT_DB_ALIAS, Error, connections
from psycopg import sql

# Temporary tables come last: unnamed, they would come first, and one of the application's could stand in for a table of
# ours before the law that asks it (PostgreSQL's manual, CREATE FUNCTION, "Writing SECURITY DEFINER Functions Safely").
SEARCH_PATH: Final = "pg_catalog, public, pg_temp"
ONE_ROLE: Final = (
    "The role of the application owns the tables, may become their owner or may make functions beside them, so the laws"
    " rest on triggers alone, which it can lift: docs/operations.md says how to give it a role of its own"
    " (TIANQU_DATABASE_OWNER_URL)."
)
# The kinds of statements by their bits in pg_trigger.tgtype.
_KINDS: Final = {"INSERT": 4, "DELETE": 8, "UPDATE": 16}
# Beyond what can be read off: laws that look at the rows, or that only a law of the owner's may pass.
_NARROWER: Final[dict[str, tuple[str, ...]]] = {
    "django_migrations": ("SELECT",),
    "journal_entry": ("SELECT", "INSERT", "UPDATE (body, salt, erased_at, actor_person_id, actor_post_id)"),
    "ledgers_account": ("SELECT", "INSERT", "UPDATE (name, name_en, balance_min, balance_max, closed_on)"),
    "ledgers_total": ("SELECT",),
    "ledgers_waiting": ("SELECT",),
}
# Acts hold these rows while they write what hangs on them. To lock a row needs the right to change one of its columns;
# that nothing is changed is seen to by the table's own law.
_HELD: Final = {"village_parcel": "UPDATE (id)", "village_holding": "UPDATE (id)"}
# What the laws of posting look up. The walls of these tables bind everybody but their owner, where that is a role of
# its own: the laws are the owner's, they name the book in whatever they look up, and its wall binds the owner too.
_LOOKED_UP: Final = (
    "ledgers_account", "ledgers_leg", "ledgers_period", "ledgers_resolution", "ledgers_total", "ledgers_transfer",
    "ledgers_waiting",
)  # fmt: skip
# What refuses a statement whatever it holds: triggers with no condition.
_TABLES: Final = """
SELECT c.relname, t.tgtype, p.proname, t.tgargs
FROM pg_catalog.pg_class c LEFT JOIN (
    pg_catalog.pg_trigger t JOIN pg_catalog.pg_proc p
        ON p.oid = t.tgfoid AND p.proname IN ('journal_refuse', 'journal_keep_row')
) ON t.tgrelid = c.oid AND t.tgqual IS NULL AND pg_catalog.cardinality(t.tgattr::int2[]) = 0
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
    AND pg_catalog.pg_has_role(c.relowner, 'USAGE')
ORDER BY c.relname
"""
_SEQUENCES: Final = """
SELECT relname FROM pg_catalog.pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind = 'S' AND pg_catalog.pg_has_role(relowner, 'USAGE')
"""
_FUNCTIONS: Final = """
SELECT p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid), p.prorettype = 'trigger'::regtype,
    l.lanname = 'plpgsql' AND (pg_catalog.array_to_string(p.proconfig, ' ') ~ 'search_path=') IS NOT TRUE
FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_language l ON l.oid = p.prolang
WHERE p.pronamespace = 'public'::regnamespace AND p.prokind = 'f' AND pg_catalog.pg_has_role(p.proowner, 'USAGE')
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_proc'::regclass
        AND d.objid = p.oid AND d.deptype = 'e')
"""


@contextmanager
def as_owner(alias: str = DEFAULT_DB_ALIAS) -> Iterator[None]:
    """Let Django's connection be the owner's for the length of a block: for migrations, and for who lifts laws."""
    database: Any = connections[alias]
    with database.as_owner():
        yield


@dataclass(frozen=True, slots=True)
class Law:
    """A trigger that refuses whole statements: its function, its bits as in ``pg_trigger``, and its arguments."""

    function: str
    bits: int
    columns: tuple[str, ...] = ()


def rights_on(table: str, laws: Sequence[Law]) -> tuple[str, ...]:
    """Return what the application may do with a table that has these laws, as GRANT names it."""
    if table in _NARROWER:
        return _NARROWER[table]
    refused = {
        kind for law in laws if law.function == "journal_refuse" for kind, bit in _KINDS.items() if law.bits & bit
    }
    emptied = [law.columns for law in laws if law.function == "journal_keep_row"]
    rights = ["SELECT", *(kind for kind in _KINDS if kind not in refused)]
    if emptied and "UPDATE" in rights:
        columns = ", ".join(f'"{column}"' for column in emptied[0])
        rights[rights.index("UPDATE")] = f"UPDATE ({columns})"
    return (*rights, _HELD[table]) if table in _HELD else tuple(rights)


def settle_roles(alias: str = DEFAULT_DB_ALIAS) -> None:
    """Pin where laws look tables up, say whom walls bind, and give the application what it needs; in ``as_owner``."""
    database: Any = connections[alias]
    statements = [*_pinned(database), *_walled(database)]
    if database.settings_dict.get("OWNER"):
        statements += _granted(database, sql.Identifier(database.settings_dict["USER"]))
    if statements:
        with database.cursor() as cursor:
            cursor.execute(sql.SQL("; ").join(statements).as_string(database.connection))


def roles_are_settled(alias: str = DEFAULT_DB_ALIAS) -> bool:
    """Whether the application's role may read the tables, and walls bind whom they should; within ``as_owner``."""
    database: Any = connections[alias]
    if _wrongly_walled(database):
        return False
    if not database.settings_dict.get("OWNER"):
        return True
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(bool_and(has_table_privilege(%s, oid, 'SELECT')), true) FROM pg_catalog.pg_class"
            " WHERE relnamespace = 'public'::regnamespace AND relname IN ('django_migrations', 'journal_entry')",
            [database.settings_dict["USER"]],
        )
        return bool(cursor.fetchone()[0])


def _pinned(database: Any) -> Iterator[sql.Composable]:
    with database.cursor() as cursor:
        cursor.execute(_FUNCTIONS)
        functions = cursor.fetchall()
    for name, arguments, _is_law, loose in functions:
        if loose:
            yield sql.SQL("ALTER FUNCTION public.{}({}) SET search_path = {}").format(
                sql.Identifier(name), sql.SQL(arguments), sql.SQL(SEARCH_PATH)
            )


def _wrongly_walled(database: Any) -> list[str]:
    """The tables of ``_LOOKED_UP`` whose walls bind an owner of their own, or fail to bind the application."""
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_catalog.pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relrowsecurity AND relforcerowsecurity = %s AND relname = ANY (%s)"
            " AND pg_catalog.pg_has_role(relowner, 'USAGE') ORDER BY 1",
            [bool(database.settings_dict.get("OWNER")), list(_LOOKED_UP)],
        )
        return [row[0] for row in cursor.fetchall()]


def _walled(database: Any) -> Iterator[sql.Composable]:
    bound = sql.SQL("NO FORCE" if database.settings_dict.get("OWNER") else "FORCE")
    for table in _wrongly_walled(database):
        yield sql.SQL("ALTER TABLE {} {} ROW LEVEL SECURITY").format(sql.Identifier("public", table), bound)


def _granted(database: Any, role: sql.Identifier) -> Iterator[sql.Composable]:
    """What may be done with each table, sequence and function; and, until that is settled, with those to come."""
    with database.cursor() as cursor:
        cursor.execute(_TABLES)
        laws: dict[str, list[Law]] = {}
        for table, bits, function, arguments in cursor.fetchall():
            found = laws.setdefault(table, [])
            if function is not None:
                columns = bytes(arguments).decode().split("\0")[:-1]
                found.append(Law(function, bits, tuple(columns)))
        cursor.execute(_SEQUENCES)
        sequences = [row[0] for row in cursor.fetchall()]
        cursor.execute(_FUNCTIONS)
        functions = cursor.fetchall()
    statement = sql.SQL
    yield statement("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    yield statement("GRANT USAGE ON SCHEMA public TO {}").format(role)
    for table, found in laws.items():
        named = sql.Identifier("public", table)
        yield statement("REVOKE ALL ON {} FROM PUBLIC, {}").format(named, role)
        rights = statement(", ".join(rights_on(table, found)))
        yield statement("GRANT {} ON {} TO {}").format(rights, named, role)
    for sequence in sequences:
        yield statement("GRANT USAGE, SELECT ON SEQUENCE {} TO {}").format(sql.Identifier("public", sequence), role)
    for name, arguments, is_law, _loose in functions:
        called = statement("FUNCTION public.{}({})").format(sql.Identifier(name), statement(arguments))
        # Whoever may call a law could hang it on a temporary table of their own and let it count what never was.
        yield statement("REVOKE ALL ON {} FROM PUBLIC, {}").format(called, role)
        if not is_law:
            yield statement("GRANT EXECUTE ON {} TO {}").format(called, role)
    yield statement("ALTER DEFAULT PRIVILEGES REVOKE ALL ON FUNCTIONS FROM PUBLIC")
    yield statement("ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT ON TABLES TO {}").format(role)
    yield statement("ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {}").format(role)


def one_role() -> bool:
    """Whether the application's role can do what only their owner should; False where there are no tables yet."""
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(
            "SELECT pg_catalog.pg_has_role(relowner, 'MEMBER') OR pg_catalog.has_schema_privilege('public', 'CREATE')"
            " FROM pg_catalog.pg_class"
            " WHERE relnamespace = 'public'::regnamespace AND relname = 'journal_entry'"
        )
        row = cursor.fetchone()
    return row is not None and bool(row[0])


def check_roles(databases: Sequence[str] | None = None, **_more: Any) -> list[CheckMessage]:
    """Warn where the application's role could lift the laws (a system check of Django's, for databases)."""
    if DEFAULT_DB_ALIAS not in (databases or ()):
        return []
    try:
        return [Warning(ONE_ROLE, id="tianqu.W001")] if one_role() else []
    except Error:
        return []  # a database that does not answer is said by whoever needs it
