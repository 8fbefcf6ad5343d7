"""The act: one function, one permission check, one transaction, one journal entry a subject.

    @act("orders.accept", may=may_handle_order)
    def accept_order(acting: Acting, *, order_id: UUID) -> None:
        ...
        acting.record(f"order:{order_id}", after=...)

    accept_order(actor, order_id=order.id)

A hot act may write its rows and its entry in one SQL statement, which then is its whole transaction:

    @act("orders.place", may=may_place, one_statement=True)
    def place_order(acting: Acting, *, ...) -> Placed:
        entry = acting.record(f"order:{order_id}", after=...)
        cursor.execute("WITH entry AS (INSERT INTO journal_entry …) INSERT INTO orders_order …", [*entry.row(), …])

There is no other way to write: a trigger on every kernel and pack table refuses changes outside an act, and a
deferred trigger refuses to commit an act that recorded nothing.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import partial, wraps
from typing import Any, Concatenate, Final, ParamSpec, Protocol, TypeVar, cast

from django.db import connection, transaction
from django.db.models import Model
from django.utils import timezone

from tianqu.base.canonical import Json, check_canonical, known_bytes, plain
from tianqu.kernel.journal.actors import Actor
from tianqu.kernel.journal.requests import answer_request, claim_request, request_waiting
from tianqu.kernel.journal.scopes import scope_settings, set_scope

P = ParamSpec("P")
R = TypeVar("R")

FORMAT = 1
SALT_BYTES = 16
LEAF_BYTES_MAX = 65_535  # an entry bundle counts an entry's bytes in a uint16 (C2SP tlog-tiles)


class MayCheck(Protocol):
    """Permission check of an act: raises ``NotPermitted`` or ``NotFound``, and may lock the rows it looks at."""

    def __call__(self, acting: Acting, /, **arguments: Any) -> None: ...


class DoneBefore(Exception):
    """Raised by an act that finds it was done before, under an identifier that its client gave.

    Nothing is written, and the act returns ``result``. The act has seen that the content is the same.
    """

    def __init__(self, result: object) -> None:
        self.result = result
        super().__init__("done before")


@dataclass(frozen=True, slots=True)
class PreparedEntry:
    """An entry ready to be inserted: what the log will show, and what stays private."""

    act: str
    subject: str
    actor: Actor
    at: datetime
    book: str | None
    book_sequence: int | None
    leaf: bytes
    salt: bytes
    body: bytes

    def row(self) -> tuple[Any, ...]:
        """The values of ``ENTRY_COLUMNS``, in order."""
        return (
            self.act, self.subject, self.actor.person_id, self.actor.post_id, self.actor.channel, self.at,
            self.book, self.book_sequence, self.leaf, self.salt, self.body,
        )  # fmt: skip


ENTRY_COLUMNS = (
    "act", "subject", "actor_person_id", "actor_post_id", "channel", "at",
    "book", "book_sequence", "leaf", "salt", "body",
)  # fmt: skip
_PLACES = ", ".join(["%s"] * len(ENTRY_COLUMNS))
COPIED_FROM = 50  # so many entries of one act are copied, not inserted one by one
_COPY_ENTRIES = f"COPY journal_entry ({', '.join(ENTRY_COLUMNS)}) FROM STDIN"
INSERT_ENTRY = f"INSERT INTO journal_entry ({', '.join(ENTRY_COLUMNS)}) VALUES ({_PLACES})"  # noqa: S608


def prepare_entry(
    *,
    act: str,
    subject: str,
    after: object,
    actor: Actor,
    at: datetime,
    sealed: bool = False,
    book: str | None = None,
    book_sequence: int | None = None,
    known: bool = False,
) -> PreparedEntry:
    """Make the private body and the public leaf of an entry.

    ``after`` is the subject as it is after the act. With ``sealed`` the public leaf does not even name the act. The
    commitment in the leaf is SHA-256(salt ‖ body); see "The journal, exactly" in the design. ``known``: the caller made
    ``after`` of canonical parts alone, and it is not walked through again.
    """
    if not known:
        check_canonical(after)
    body = known_bytes(
        {
            "act": act,
            "actor": {"person": actor.person_id, "post": actor.post_id, "unit": actor.unit_id},
            "after": after,
            "at": at.isoformat(),
            "channel": actor.channel,
            "format": FORMAT,
            "subject": subject,
        }
    )
    salt = secrets.token_bytes(SALT_BYTES)
    leaf: dict[str, Json] = {
        "act": "sealed" if sealed else act,
        "commitment": hashlib.sha256(salt + body).hexdigest(),
        "format": FORMAT,
    }
    if book is not None:
        leaf |= {"book": book, "book_sequence": book_sequence}
    leaf_bytes = known_bytes(leaf)
    assert len(leaf_bytes) <= LEAF_BYTES_MAX, f"the leaf of {act} has {len(leaf_bytes)} bytes"
    return PreparedEntry(act, subject, actor, at, book, book_sequence, leaf_bytes, salt, body)


CHANGED_AT: Final = "changed_at"  # when a row was last declared; that alone is no change


@dataclass(slots=True)
class Acting:
    """An act while it happens."""

    act: str
    actor: Actor
    now: datetime
    entries: list[PreparedEntry] = field(default_factory=list)
    copied: int = 0  # entries that are in the table already, by ``copy_entries``

    @property
    def today(self) -> date:
        """The day on which it happens, by the realm's clock."""
        return timezone.localdate(self.now)

    def record(
        self, subject: str, *, after: object, sealed: bool = False, book: str | None = None, public: bool = False
    ) -> PreparedEntry:
        """Record what ``subject`` is after this act. At least once an act, once for each subject it changed.

        The entries are inserted when the act ends; an act of one statement inserts them itself (``PreparedEntry.row``).
        The body of a ``public`` one is meant for everybody: it names the post that acted, and not the person.
        """
        sequence = _next_in_book(book) if book is not None else None
        entry = prepare_entry(
            act=self.act, subject=subject, after=plain(after),
            actor=replace(self.actor, person_id=None) if public else self.actor, at=self.now,
            sealed=sealed, book=book, book_sequence=sequence,
        )  # fmt: skip
        self.entries.append(entry)
        return entry

    def record_row(
        self, subject: str, row: Model, names: Sequence[str] = (), *, sealed: bool = False,
        more: Mapping[str, object] | None = None,
    ) -> PreparedEntry:  # fmt: skip
        """Record what a row is after this act: ``names`` of its columns, or all but when it was changed; and ``more``.

        It is recorded as ``record`` does.
        """
        after = {name: getattr(row, name) for name in names or columns_told(row)} | dict(more or {})
        return self.record(subject, after=after, sealed=sealed)

    def record_in_books(self, things: Sequence[tuple[str, object, str]]) -> None:
        """Record many subjects at once, each in a book of its own: what it is, how it is after the act, the book."""
        numbers = _next_in_books([book for _subject, _after, book in things])
        for subject, after, book in things:
            self.entries.append(
                prepare_entry(
                    act=self.act, subject=subject, after=plain(after), actor=self.actor, at=self.now, book=book,
                    book_sequence=numbers[book],
                )
            )  # fmt: skip


def columns_told(row: Model) -> list[str]:
    """The columns of a row but for when it was changed, which alone is no change."""
    return [field.attname for field in row._meta.concrete_fields if field.attname != CHANGED_AT]


@dataclass(frozen=True, slots=True)
class Act:
    """An act as registered: its name, its function as callers use it, and its permission check."""

    name: str
    perform: Callable[..., Any]
    may: MayCheck
    one_statement: bool = False


_REGISTRY: dict[str, Act] = {}
_current: ContextVar[str | None] = ContextVar("tianqu_act", default=None)


def registered_acts() -> dict[str, Act]:
    """Every act by its name; the matrix test walks over it."""
    return dict(_REGISTRY)


def act(
    name: str, *, may: MayCheck, one_statement: bool = False
) -> Callable[[Callable[Concatenate[Acting, P], R]], Callable[Concatenate[Actor, P], R]]:
    """Make a function an act. The first argument becomes the actor; all others are passed by keyword.

    A keyword ``at`` (aware datetime) is taken off by imports and replays that bring their own dates. With
    ``one_statement`` the function writes its rows and its entries in one SQL statement; no transaction is opened
    around it, and the guards let the statement pass because it holds its own entry.
    """

    def decorate(function: Callable[Concatenate[Acting, P], R]) -> Callable[Concatenate[Actor, P], R]:
        @wraps(function)
        def perform(actor: Actor, /, *positional: P.args, **arguments: P.kwargs) -> R:
            assert not positional, f"{name}: pass every argument but the actor by keyword"
            at = arguments.pop("at", None)
            assert at is None or (isinstance(at, datetime) and at.tzinfo), f"{name}: at is an aware datetime"
            outer = _current.get()
            assert outer is None, f"{name} was called inside {outer}: share a plain function instead"
            token = _current.set(name)
            acting = Acting(act=name, actor=actor, now=at or timezone.now())
            run = _in_one_statement if one_statement else _in_transaction
            try:
                return run(acting, partial(may, acting, **arguments), partial(function, acting, **arguments))
            except DoneBefore as before:
                return cast(R, before.result)
            finally:
                _current.reset(token)

        assert name not in _REGISTRY, f"two acts are called {name}"
        _REGISTRY[name] = Act(name=name, perform=perform, may=may, one_statement=one_statement)
        return perform

    return decorate


def _in_transaction(acting: Acting, may: Callable[[], None], function: Callable[[], R]) -> R:
    with transaction.atomic(durable=True):
        _open(acting.actor)
        claim_request(acting)
        may()
        result = function()
        assert acting.entries or acting.copied, f"{acting.act} recorded nothing"
        _write(acting.entries)
        answer_request(result)
    return result


def _in_one_statement(acting: Acting, may: Callable[[], None], function: Callable[[], R]) -> R:
    if request_waiting():  # the request's row and the act's must stand or fall together
        with transaction.atomic(durable=True):
            _open(acting.actor)
            claim_request(acting)
            result = _checked(acting, may, function)
            answer_request(result)
        return result
    set_scope(acting.actor.scope)
    return _checked(acting, may, function)


def _checked(acting: Acting, may: Callable[[], None], function: Callable[[], R]) -> R:
    may()
    result = function()
    assert acting.entries, f"{acting.act} recorded nothing"
    return result


def _open(actor: Actor) -> None:
    """Open the act in the database and narrow the transaction to what the actor may see."""
    names, values = scope_settings(actor.scope)
    configs = ", ".join(f"set_config('{setting}', %s, true)" for setting in names)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT journal_open(), {configs}", values)


def _write(entries: list[PreparedEntry]) -> None:
    if not entries:
        return
    with connection.cursor() as cursor:
        if len(entries) == 1:
            cursor.execute(INSERT_ENTRY, entries[0].row())
        elif len(entries) < COPIED_FROM:
            cursor.executemany(INSERT_ENTRY, [entry.row() for entry in entries])
        else:
            with cursor.copy(_COPY_ENTRIES) as copy:
                for entry in entries:
                    copy.write_row(entry.row())


def _next_in_book(book: str) -> int:
    """Take the next number of a book; the row lock keeps the numbers without gaps."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO journal_book (book, last) VALUES (%s, 1)"
            " ON CONFLICT (book) DO UPDATE SET last = journal_book.last + 1 RETURNING last",
            [book],
        )
        row = cursor.fetchone()
    assert row is not None
    return int(row[0])


def _next_in_books(books: Sequence[str]) -> dict[str, int]:
    """Take the next number of each of these books, in one order always, so that two who do it wait for each other."""
    assert len(set(books)) == len(books), "a book is named twice"
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO journal_book AS b (book, last) SELECT book, 1 FROM unnest(%s::text[]) AS book ORDER BY book"
            " ON CONFLICT (book) DO UPDATE SET last = b.last + 1 RETURNING book, last",
            [list(books)],
        )
        return dict(cursor.fetchall())
