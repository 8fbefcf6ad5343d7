"""Telling the database whose eyes a connection has: the settings that row-level security reads.

Policies compare with ``tianqu_everything()``, ``tianqu_person()``, ``tianqu_units()`` and ``tianqu_places()``, which
the journal's first migration defines over these settings.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DEFAULT_DB_ALIAS, connections

from tianqu.kernel.journal.actors import Scope
from tianqu.kernel.journal.prepared import execute_prepared

SETTINGS = ("tianqu.everything", "tianqu.person", "tianqu.units", "tianqu.places", "tianqu.opened")
_NUMBERED = {f"setting_{number}": name for number, name in enumerate(SETTINGS)}
_SET_SCOPE = "SELECT " + ", ".join(f"set_config('{name}', %({key})s, false)" for key, name in _NUMBERED.items())


def scope_settings(scope: Scope) -> tuple[tuple[str, ...], list[str]]:
    """Return the names and the values of the settings for ``scope``."""
    return SETTINGS, [
        "on" if scope.everything else "",
        str(scope.person_id) if scope.person_id else "",
        "{" + ",".join(str(unit) for unit in scope.unit_ids) + "}",
        "{" + ",".join(scope.place_paths) + "}",
        "{" + ",".join(str(thing) for thing in scope.opened) + "}",
    ]


def eyes_of_person(person: str) -> str:
    """SQL by which a statement gives the connection a person's own eyes; ``person`` says their identifier as text.

    For a statement that finds out who somebody is, so that nothing more need be sent; then comes ``scope_was_set``.
    """
    names, values = scope_settings(Scope())
    given = [person if name == "tianqu.person" else f"'{value}'" for name, value in zip(names, values, strict=True)]
    return " || ".join(f"set_config('{name}', {value}, false)" for name, value in zip(names, given, strict=True))


def scope_was_set(scope: Scope) -> None:
    """Remember that a statement has just given the connection these eyes; ``set_scope`` need not send them again."""
    database = connections[DEFAULT_DB_ALIAS]
    database.connection.tianqu_scope = None if database.in_atomic_block else scope


def set_scope(scope: Scope) -> None:
    """Let this connection see what ``scope`` allows, until it is set again.

    A request's middleware calls it first thing, so that no connection keeps the eyes of the request before. Nothing is
    sent when this very connection to the server already has this scope; a connection that was lost and opened anew
    starts without one.
    """
    database = connections[DEFAULT_DB_ALIAS]
    session = database.connection
    checked = database.health_check_done  # type: ignore[attr-defined]  # unknown to django-stubs
    if session is not None and checked and getattr(session, "tianqu_scope", None) is scope:
        return
    database.close_if_health_check_failed()
    database.ensure_connection()
    session = database.connection
    known = getattr(session, "tianqu_scope", None)
    if known is scope or known == scope:
        return
    _names, values = scope_settings(scope)
    with database.wrap_database_errors:
        execute_prepared(session, _SET_SCOPE, dict(zip(_NUMBERED, values, strict=True)))
    # Inside a transaction a rollback would undo the setting, so it is not remembered there.
    session.tianqu_scope = None if database.in_atomic_block else scope


@contextmanager
def seeing(scope: Scope) -> Iterator[None]:
    """Set ``scope`` for the length of a block, then see nothing but what is public."""
    set_scope(scope)
    try:
        yield
    finally:
        set_scope(Scope())
