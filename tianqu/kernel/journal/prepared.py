"""Constant statements of hot paths, prepared once on each connection and sent by libpq itself.

psycopg's cursors do the same by way of generators, which cost more processor time than the database takes for a small
statement. How values become parameters and columns values stays psycopg's (``Transformer``).
docs/decisions/0032-prepared-statements.md says what it saves, and what it does not do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import count
from typing import Any, Final, NamedTuple, cast

import psycopg
from psycopg import errors
from psycopg.abc import Buffer
from psycopg.abc import Transformer as Turning
from psycopg.adapt import AdaptersMap, PyFormat, Transformer
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus
from psycopg.pq.abc import PGresult
from psycopg.types.datetime import TimestamptzLoader

KEPT_ON: Final = "tianqu_prepared"  # an attribute of the connection, so that it ends with it
SHAPES_MAX: Final = 100  # types of parameters that one statement was prepared for, on one connection
_PLACEHOLDER: Final = re.compile(r"%(?:\((\w+)\)s|(%))")

Given = Mapping[str, Any]


class Sent(NamedTuple):
    """What came of a statement: its rows, and how many it wrote, or returned."""

    rows: list[tuple[Any, ...]]
    written: int


@dataclass(frozen=True, slots=True)
class _Numbered:
    """A statement as PostgreSQL takes it, and which parameter has which number."""

    text: bytes
    names: tuple[str, ...]
    formats: tuple[PyFormat, ...]


@dataclass(frozen=True, slots=True)
class _Plain:
    """How a connection's values are adapted, with times read by psycopg's own loader: Django's is Python."""

    adapters: AdaptersMap
    connection: psycopg.Connection[Any]


@dataclass(slots=True)
class _Kept:
    """A statement on one connection: what its values are turned by, and its names there by types of parameters."""

    transformer: Turning
    cursor: psycopg.Cursor[Any]  # for transactions
    names: dict[tuple[int, ...], bytes] = field(default_factory=dict)


@dataclass(slots=True)
class _There:
    """What one connection keeps: its statements, and the numbers that their names are made of, each once."""

    statements: dict[str, _Kept] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=count)


def execute_prepared(session: psycopg.Connection[Any], statement: str, given: Given) -> Sent:
    """Send a constant statement with ``%(name)s`` for its parameters; return what came of it.

    For hot paths. The database plans it once for each connection and types of parameters. Raises what psycopg's own
    cursor raises.
    """
    kept = _kept(session, statement)
    alone = session.autocommit and session.pgconn.transaction_status == TransactionStatus.IDLE
    if not alone:  # after a rollback psycopg lets all that is prepared go, and what is lost is not sent again there
        return _by_cursor(kept, statement, given)
    try:
        return _alone(session, kept, statement, given)
    except errors.InvalidSqlStatementName:  # let go, as above; nothing was done
        for each in session.__dict__[KEPT_ON].statements.values():
            each.names.clear()  # what was prepared since then stays there unused: no name is taken twice
        return _alone(session, kept, statement, given)


def _alone(session: psycopg.Connection[Any], kept: _Kept, statement: str, given: Given) -> Sent:
    """Send a statement that is its own transaction."""
    numbered, transformer = _numbered(statement), kept.transformer
    values = transformer.dump_sequence([given[name] for name in numbered.names], numbered.formats)
    shape = transformer.types or ()
    name = kept.names.get(shape)
    if name is None and len(kept.names) >= SHAPES_MAX:
        return _by_cursor(kept, statement, given)
    if name is None:
        name = b"tianqu_%d" % next(session.__dict__[KEPT_ON].numbers)
        _check(session, session.pgconn.prepare(name, numbered.text, shape))
        kept.names[shape] = name
    sent = cast(Sequence[Buffer], values)  # None is NULL
    result = session.pgconn.exec_prepared(name, sent, transformer.formats)
    _check(session, result)
    return _loaded(transformer, result)


def _by_cursor(kept: _Kept, statement: str, given: Given) -> Sent:
    """Send it as psycopg would, by the cursor that the statement has to itself."""
    cursor = kept.cursor
    cursor.execute(statement.encode(), given, prepare=True)
    return Sent(cursor.fetchall() if cursor.description else [], cursor.rowcount)


def _loaded(transformer: Turning, result: PGresult) -> Sent:
    if result.status != ExecStatus.TUPLES_OK:
        return Sent([], result.command_tuples or 0)
    transformer.set_pgresult(result)
    rows = transformer.load_rows(0, result.ntuples, tuple)
    transformer.set_pgresult(None)  # nothing of what was read is kept
    return Sent(rows, result.ntuples)


def _check(session: psycopg.Connection[Any], result: PGresult) -> None:
    """Raise what the server, or the loss of it, says was wrong."""
    if result.status in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
        return
    error = errors.error_from_result(result, session.info.encoding)
    if session.pgconn.status == ConnStatus.BAD and not isinstance(error, psycopg.OperationalError):
        raise psycopg.OperationalError(str(error)) from error
    raise error


def _kept(session: psycopg.Connection[Any], statement: str) -> _Kept:
    there: _There | None = session.__dict__.get(KEPT_ON)
    if there is None:
        there = session.__dict__[KEPT_ON] = _There()
    kept = there.statements.get(statement)
    if kept is None:
        adapters = AdaptersMap(session.adapters)
        adapters.register_loader("timestamptz", TimestamptzLoader)
        kept = there.statements[statement] = _Kept(Transformer(_Plain(adapters, session)), psycopg.Cursor(session))
    return kept


@lru_cache
def _numbered(statement: str) -> _Numbered:
    """Number the named parameters, each name once; ``%%`` is a per cent sign, as psycopg has it."""
    names: dict[str, int] = {}

    def number(found: re.Match[str]) -> str:
        return "%" if found[2] else f"${names.setdefault(found[1], len(names) + 1)}"

    text = _PLACEHOLDER.sub(number, statement).encode()
    return _Numbered(text, tuple(names), (PyFormat.AUTO,) * len(names))
