"""Posting transfers: the hot path. One SQL statement writes transfers, legs and journal entries, however many.

The statement is its own transaction. It takes the next numbers of the books, which also lets nobody else post in them
until it is done; the database's laws look at what it wrote as a whole, and keep the sums. Nothing is read beforehand,
and no ORM runs. Each transfer has a leaf of its own in the public log, with its number in the book; the number is put
into the leaf by the statement, and no body holds it, so that bodies are made before the numbers are known.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import orjson
from django.db import DataError, IntegrityError, connection

from tianqu.base.errors import Conflict, InvalidInput, NotFound, TooLarge, _
from tianqu.base.quantities import SMALLEST_MAX
from tianqu.base.texts import clean_text
from tianqu.kernel.journal.api import Acting, Actor, EntryMaker, PreparedEntry, act, execute_prepared, savepoint
from tianqu.kernel.ledgers.books import YEARS, check_day
from tianqu.kernel.ledgers.encoding import Encoded, encoded, take_encoded
from tianqu.kernel.ledgers.known_books import KnownBook, known_book, known_books
from tianqu.kernel.ledgers.models import Account, Element
from tianqu.kernel.ledgers.refusals import beyond_sums, is_repeated, refusal_of
from tianqu.kernel.places.api import require

BATCH_MAX: Final = 8_190
LEGS_MAX: Final = 500
PURPOSE_MAX: Final = 500
VOUCHER_MAX: Final = 60
KIND: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
CARRYING: Final = "ledgers.carry_over"  # the act
CLOSING: Final = "closing"  # of the transfer that closes a year's income and expenses; no statement of them tells it
LASTING: Final = (Element.ASSETS, Element.LIABILITIES)  # what a year's closing leaves as it is
CARRIED: Final = "carry_over"  # of the transfer by which a book goes over to another chart; no statement tells it
REFERENCE: Final = re.compile(r"(?:[a-z][a-z0-9_]{0,39}:[!-~]{1,120})?")


@dataclass(frozen=True, slots=True)
class NewLeg:
    """What is moved on an account, in the smallest unit: debit positive, credit negative."""

    account_id: int
    amount: int


@dataclass(frozen=True, slots=True)
class NewTransfer:
    """A transfer to be posted. ``id`` is the caller's own UUID: the same content sent again is the same transfer.

    ``day`` is the business day. ``kind`` is the caller's word for what it is; ``adjustment``, ``closing`` and
    ``reversal`` are taken while a period is being closed. ``reference`` names what it is about ("contract:0192…"),
    ``voucher`` the number on the paper. A ``pending`` one reserves what it moves until it is resolved, and is voided
    by itself at ``expires_at``.
    """

    id: UUID
    day: date
    legs: tuple[NewLeg, ...]
    kind: str = "ordinary"
    purpose: str = ""
    reference: str = ""
    voucher: str = ""
    pending: bool = False
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PostedTransfer:
    """A transfer as it stands in its book. ``again``: the same was posted before, and this is what came of it."""

    id: UUID
    number: int
    again: bool = False


@dataclass(slots=True)
class PreparedTransfers:
    """Transfers made ready to be written: columns for the statement. Nothing was read from the database for them."""

    act: str
    at: datetime
    columns: dict[str, list[Any]]
    legs: dict[str, list[int]]
    books: dict[str, KnownBook] = field(default_factory=dict)
    encoded: dict[str, Encoded] = field(default_factory=dict)  # the lists as they are sent, once somebody had the time

    @property
    def count(self) -> int:
        """How many transfers these are."""
        return len(self.columns["id"])

    @property
    def lists(self) -> dict[str, list[Any]]:
        """The lists of the statement by the names that it gives them."""
        counts = Counter(self.columns["book"])
        return {
            **self.columns, **{f"leg_{name}": values for name, values in self.legs.items()},
            "taken_book": list(counts), "taken_count": list(counts.values()),
        }  # fmt: skip

    def encode(self) -> PreparedTransfers:
        """Encode the lists now rather than when they are sent; what it returns is this itself."""
        self.encoded = {name: encoded(values) for name, values in self.lists.items()}
        return self


def _may_post(acting: Acting, /, **arguments: Any) -> None:
    require(acting.actor, acting.act)
    known_book(arguments["book"], acting.actor.scope)


@act("ledgers.post", may=_may_post, one_statement=True)
def post_transfer(
    acting: Acting,
    *,
    book: str,
    transfer_id: UUID,
    day: date,
    legs: Sequence[NewLeg],
    kind: str = "ordinary",
    purpose: str = "",
    reference: str = "",
    voucher: str = "",
    pending: bool = False,
    expires_at: datetime | None = None,
) -> PostedTransfer:
    """Post one transfer in a book, or reserve it as pending; see ``NewTransfer`` for what is given.

    The same identifier with the same content returns the same transfer. Raises ``InvalidInput`` for legs that do not
    sum to zero in each ledger, ``NotFound`` for an account out of sight, ``Conflict`` for a limit, a closed period, a
    closed account, or an identifier that stands for something else.
    """
    given = NewTransfer(transfer_id, day, tuple(legs), kind, purpose, reference, voucher, pending, expires_at)
    return _posted(acting, known_book(book, acting.actor.scope), [given])[0]


@act("ledgers.post_batch", may=_may_post, one_statement=True)
def post_batch(acting: Acting, *, book: str, transfers: Sequence[NewTransfer]) -> list[PostedTransfer]:
    """Post up to 8,190 transfers in a book, all or none, numbered in their order.

    Those that were posted before with the same content are left as they are. Raises as ``post_transfer`` does.
    """
    return _posted(acting, known_book(book, acting.actor.scope), transfers)


def _may_post_prepared(acting: Acting, /, **arguments: Any) -> None:
    require(acting.actor, acting.act)


@act("ledgers.post_prepared", may=_may_post_prepared, one_statement=True)
def post_prepared(acting: Acting, *, prepared: PreparedTransfers) -> int:
    """Write transfers of any number of books that ``prepare_transfers`` made ready, all or none; return how many.

    For imports, which make the next batch ready while the database works on this one.
    """
    for book in known_books(tuple(prepared.books), acting.actor.scope):
        acting.entries = [told_entry(acting, book)]
    send_prepared(acting, prepared)
    return prepared.count


def post_within(acting: Acting, *, book: str, transfers: Sequence[NewTransfer]) -> list[PostedTransfer]:
    """Post transfers within another act, in its transaction; the act has asked for its own permission.

    Their entries carry the name of that act. The act still records its own subject. Raises as ``post_transfer`` does.
    """
    assert connection.in_atomic_block, "an act of one statement cannot post within itself"
    return _numbered(acting, known_book(book, acting.actor.scope), transfers)


def post_prepared_within(acting: Acting, *, prepared: PreparedTransfers) -> int:
    """Write what ``prepare_transfers`` made ready for this act (``act=acting.act``), in its transaction; say how many.

    The act has asked for its own permission and records its own subject. Raises ``Conflict`` for one that is there.
    """
    assert connection.in_atomic_block and prepared.act == acting.act, "these were made ready for another act"
    known_books(tuple(prepared.books), acting.actor.scope)
    try:
        send_prepared(acting, prepared)
    except SentBeforeError as error:
        raise Conflict(
            _("Another transfer was posted under this identifier."), field="transfer_id",
            remedy=_("Give a fresh identifier to each different transfer."),
        ) from error  # fmt: skip
    return prepared.count


def _posted(acting: Acting, book: KnownBook, transfers: Sequence[NewTransfer]) -> list[PostedTransfer]:
    """Post as an act of one statement, whose entries are in that statement."""
    done = _numbered(acting, book, transfers)
    acting.entries.append(told_entry(acting, book))
    return done


def told_entry(acting: Acting, book: KnownBook) -> PreparedEntry:
    """What tells the machinery of acts that the statement held its entries; it is not written again."""
    return PreparedEntry(acting.act, book.log_name, acting.actor, acting.now, book.log_name, None, b"", b"", b"")


def _numbered(acting: Acting, book: KnownBook, transfers: Sequence[NewTransfer]) -> list[PostedTransfer]:
    _refuse_closing_beside(transfers)
    prepared = prepare_transfers(
        acting.actor, act=acting.act, at=acting.now, transfers=[(book, given) for given in transfers]
    )
    try:
        last = send_prepared(acting, prepared)[book.log_name]
    except SentBeforeError:
        return _posted_again(acting, book, transfers, prepared)
    first = last - prepared.count + 1
    return [PostedTransfer(given.id, first + place) for place, given in enumerate(transfers)]


def _posted_again(
    acting: Acting, book: KnownBook, transfers: Sequence[NewTransfer], prepared: PreparedTransfers
) -> list[PostedTransfer]:
    """Leave out what was posted before with the same content, and post the rest. Raises ``Conflict``."""
    before = sent_before([given.id for given in transfers])
    digests = dict(zip(prepared.columns["id"], prepared.columns["digest"], strict=True))
    for transfer_id, (digest, _number) in before.items():
        if digest != digests[transfer_id]:
            raise Conflict(
                _("Another transfer was posted under this identifier."), field="transfer_id", value=str(transfer_id),
                remedy=_("Give a fresh identifier to each different transfer."),
            )  # fmt: skip
    rest = [given for given in transfers if given.id not in before]
    done = {each.id: each for each in _numbered(acting, book, rest)} if rest else {}
    return [done.get(given.id) or PostedTransfer(given.id, before[given.id][1], again=True) for given in transfers]


def hold_numbers(log_name: str) -> None:
    """Let nobody else post in a book until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM journal_book WHERE book = %s FOR UPDATE", [log_name])


def sent_before(transfer_ids: Sequence[UUID]) -> dict[UUID, tuple[bytes, int]]:
    """Return the digest and the number of each of these transfers that is there, whosever it is."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, digest, number FROM ledgers_sent(%s)", [list(transfer_ids)])
        return {row[0]: (bytes(row[1]), row[2]) for row in cursor.fetchall()}


def prepare_transfers(
    actor: Actor, *, at: datetime, transfers: Sequence[tuple[KnownBook, NewTransfer]],
    act: str = "ledgers.post_prepared", reverses: UUID | None = None,
) -> PreparedTransfers:  # fmt: skip
    """Check transfers and lay them out for the statement. Raises ``InvalidInput`` and ``TooLarge``."""
    if not 1 <= len(transfers) <= BATCH_MAX:
        raise TooLarge(
            _("A batch holds from 1 to %(most)s transfers."), field="transfers", value=len(transfers), most=BATCH_MAX
        )
    maker = EntryMaker(act=act, actor=actor, count=len(transfers))
    rows: list[tuple[Any, ...]] = []
    legs: list[tuple[int, int, int, int]] = []
    books: dict[str, KnownBook] = {}
    for place, (book, given) in enumerate(transfers, 1):
        books[book.code] = book
        content = _content(book, given, reverses=reverses)
        _refuse_carried(act, kind=given.kind)
        subject = f"transfer:{given.id}"
        entry = maker.booked(subject, after=orjson.Fragment(content), at=at, book=book.log_name)
        rows.append((
            given.id, book.id, book.log_name, given.day, given.kind, given.purpose, given.reference, given.voucher,
            given.pending, given.expires_at, reverses, len(given.legs), hashlib.sha256(content).digest(), subject,
            entry.leaf_start, entry.leaf_end, entry.salt, entry.body,
        ))  # fmt: skip
        legs.extend((place, position, leg.account_id, leg.amount) for position, leg in enumerate(given.legs, 1))
    columns = dict(zip(_COLUMNS, [*map(list, zip(*rows, strict=True)), _later(rows)], strict=True))
    if len(set(columns["id"])) != len(rows):
        raise InvalidInput(_("Two transfers of the batch have one identifier."), field="transfers")
    leg_columns = dict(zip(_LEG_COLUMNS, map(list, zip(*legs, strict=True)), strict=True))
    return PreparedTransfers(act, at, columns, leg_columns, books)


def _later(rows: Sequence[tuple[Any, ...]]) -> list[int]:
    """How many of the same book come after each row: with the last number of the book, that tells its own."""
    counts: Counter[str] = Counter()
    later = []
    for row in reversed(rows):
        later.append(counts[row[2]])
        counts[row[2]] += 1
    return later[::-1]


def _content(book: KnownBook, given: NewTransfer, *, reverses: UUID | None) -> bytes:
    """Check a transfer, and return what it says as canonical JSON: the body of its entry, and what its digest is of."""
    if not 2 <= len(given.legs) <= LEGS_MAX:
        raise InvalidInput(
            _("A transfer has from 2 to %(most)s legs."), field="legs", value=len(given.legs), most=LEGS_MAX
        )
    for leg in given.legs:
        if leg.amount == 0 or abs(leg.amount) > SMALLEST_MAX:
            raise InvalidInput(
                _("A leg cannot move %(value)s."), field="legs", value=leg.amount,
                remedy=_("Give a whole number of the smallest unit, and not zero."),
            )  # fmt: skip
    if sum(leg.amount for leg in given.legs) != 0:
        raise InvalidInput(
            _("The legs do not sum to zero in each ledger."), field="legs", value=sum(leg.amount for leg in given.legs),
            remedy=_("Debits (positive) and credits (negative) of a ledger must be equal."),
        )  # fmt: skip
    check_day(given.day, field="day")
    if not KIND.fullmatch(given.kind):
        raise InvalidInput(_("%(value)s cannot be a code here."), field="kind", value=given.kind[:40])
    if (given.kind == "reversal") != (reverses is not None):
        raise InvalidInput(
            _("A transfer of the kind reversal takes another one back."), field="kind", value=given.kind,
            remedy=_("Reverse that one, or use another kind."),
        )  # fmt: skip
    if not REFERENCE.fullmatch(given.reference):
        raise InvalidInput(
            _("%(value)s names nothing."), field="reference", value=given.reference[:80],
            remedy=_("Name a kind of thing and its identifier, as in contract:0192…"),
        )  # fmt: skip
    if given.expires_at is not None and not (given.pending and given.expires_at.tzinfo):
        raise InvalidInput(
            _("Only a pending transfer ends by itself, at a time with its offset."), field="expires_at",
            value=given.expires_at.isoformat(),
        )  # fmt: skip
    if given.expires_at is not None and given.expires_at.year not in YEARS:
        raise InvalidInput(
            _("%(value)s is not a believable day."), field="expires_at", value=given.expires_at.isoformat()
        )
    if given.purpose:
        clean_text(given.purpose, field="purpose", most=PURPOSE_MAX)
    if given.voucher:
        clean_text(given.voucher, field="voucher", most=VOUCHER_MAX)
    return orjson.dumps(
        {
            "book": book.code, "day": given.day.isoformat(),
            "expires_at": given.expires_at.isoformat() if given.expires_at else None, "kind": given.kind,
            "legs": [[leg.account_id, leg.amount] for leg in given.legs], "pending": given.pending,
            "purpose": given.purpose, "reference": given.reference,
            "reverses": str(reverses) if reverses else None, "voucher": given.voucher,
        },
        option=orjson.OPT_SORT_KEYS,
    )  # fmt: skip


def _refuse_carried(act: str, *, kind: str) -> None:
    """Refuse a going over to another chart that is none: what is carried over on a day stands under no sum of it."""
    if kind == CARRIED and act != CARRYING:
        raise InvalidInput(
            _("A transfer of the kind %(value)s carries a book over to another chart."), field="kind", value=kind,
            remedy=_("Carry the book over, or use another kind."),
        )  # fmt: skip


def _refuse_closing_beside(transfers: Sequence[NewTransfer]) -> None:
    """Refuse a closing of the year that moves what is had or owed: it would stand under no income and no expense."""
    closed = {leg.account_id for given in transfers if given.kind == CLOSING for leg in given.legs}
    lasting = Account.objects.filter(id__in=closed, element__in=LASTING).order_by("id").first() if closed else None
    if lasting is not None:
        raise InvalidInput(
            _("A closing of the year moves income, expenses and equity, and not %(value)s."), field="kind",
            value=f"{lasting.code} {lasting.name}", remedy=_("Use another kind of transfer."),
        )  # fmt: skip


# Each column of what is given, with its type.
_COLUMNS: Final = {
    "id": "uuid", "book_id": "uuid", "book": "text", "day": "date", "kind": "text", "purpose": "text",
    "reference": "text", "voucher": "text", "pending": "bool", "expires_at": "timestamptz", "reverses": "uuid",
    "legs_count": "int2", "digest": "bytea", "subject": "text", "leaf_start": "bytea", "leaf_end": "bytea",
    "salt": "bytea", "body": "bytea", "later": "int4",
}  # fmt: skip
# As binary: texts and bytes are not escaped on their way.
_LEG_COLUMNS: Final = ("place", "position", "account_id", "amount")
_GIVEN: Final = ", ".join(f"%({name})b::{kind}[]" for name, kind in _COLUMNS.items())
_KEPT: Final = (
    "id, book_id, number, day, kind, purpose, reference, voucher, pending, expires_at, reverses, legs_count, digest"
)
_POST: Final = f"""
WITH given AS (
    SELECT * FROM unnest({_GIVEN}) WITH ORDINALITY AS g ({", ".join(_COLUMNS)}, place)
), taken AS (
    INSERT INTO journal_book AS b (book, last)
    SELECT * FROM unnest(%(taken_book)b::text[], %(taken_count)b::int8[]) AS n (book, count) ORDER BY book
    ON CONFLICT (book) DO UPDATE SET last = b.last + excluded.last RETURNING book, last
), numbered AS (
    SELECT g.*, t.last - g.later AS number FROM given g JOIN taken t ON t.book = g.book
), entries AS (
    INSERT INTO journal_entry (
        act, subject, actor_person_id, actor_post_id, channel, at, book, book_sequence, leaf, salt, body)
    SELECT %(act)s, subject, %(person_id)s::uuid, %(post_id)s::uuid, %(channel)s, %(at)s, book, number,
        leaf_start || convert_to(number::text, 'UTF8') || leaf_end, salt, body
    FROM numbered ORDER BY place
), transfers AS (
    INSERT INTO ledgers_transfer ({_KEPT}, at, person_id, post_id)
    SELECT {_KEPT}, %(at)s, %(person_id)s::uuid, %(post_id)s::uuid FROM numbered
), legs AS (
    INSERT INTO ledgers_leg (transfer_id, held, position, account_id, day, number, amount)
    SELECT n.id, n.pending, l.position, l.account_id, n.day, n.number, l.amount
    FROM unnest(%(leg_place)b::int8[], %(leg_position)b::int2[], %(leg_account_id)b::int8[], %(leg_amount)b::int8[])
        AS l (place, position, account_id, amount) JOIN numbered n ON n.place = l.place
)
SELECT book, last FROM taken
"""  # noqa: S608  names are constants


# One transfer alone, which is what is posted all day: nothing is unfolded and joined to write it. Its legs are counted
# by subscripts, because unnest() is guessed at by its arrays, and one plan for all would be passed over for new ones.
_LATER: Final = "later"
_ONE: Final = {name: f"%({name})s::{kind}" for name, kind in _COLUMNS.items() if name != _LATER}
_KEPT_OF_ONE: Final = ", ".join(_ONE.get(name, name) for name in _KEPT.split(", "))
_POST_ONE: Final = f"""
WITH taken AS (
    INSERT INTO journal_book AS b (book, last) VALUES ({_ONE["book"]}, 1)
    ON CONFLICT (book) DO UPDATE SET last = b.last + 1 RETURNING book, last AS number
), entries AS (
    INSERT INTO journal_entry (
        act, subject, actor_person_id, actor_post_id, channel, at, book, book_sequence, leaf, salt, body)
    SELECT %(act)s, {_ONE["subject"]}, %(person_id)s::uuid, %(post_id)s::uuid, %(channel)s, %(at)s, book, number,
        {_ONE["leaf_start"]} || convert_to(number::text, 'UTF8') || {_ONE["leaf_end"]}, {_ONE["salt"]}, {_ONE["body"]}
    FROM taken
), transfers AS (
    INSERT INTO ledgers_transfer ({_KEPT}, at, person_id, post_id)
    SELECT {_KEPT_OF_ONE}, %(at)s, %(person_id)s::uuid, %(post_id)s::uuid FROM taken
), legs AS (
    INSERT INTO ledgers_leg (transfer_id, held, position, account_id, day, number, amount)
    SELECT {_ONE["id"]}, {_ONE["pending"]}, place, (%(leg_account_id)s::int8[])[place], {_ONE["day"]}, number,
        (%(leg_amount)s::int8[])[place]
    FROM taken, generate_subscripts(%(leg_account_id)s::int8[], 1) AS place
)
SELECT book, number FROM taken
"""  # noqa: S608  names are constants


class SentBeforeError(Exception):
    """A transfer with one of the identifiers is there."""


def statement_of(actor: Actor, prepared: PreparedTransfers) -> tuple[str, dict[str, Any]]:
    """Return the statement that writes what was prepared, with its parameters."""
    alone = prepared.count == 1
    parameters: dict[str, Any] = {
        **(_one(prepared) if alone else prepared.encoded or prepared.lists), "act": prepared.act,
        "person_id": actor.person_id, "post_id": actor.post_id, "channel": actor.channel, "at": prepared.at,
    }  # fmt: skip
    return _POST_ONE if alone else _POST, parameters


def _one(prepared: PreparedTransfers) -> dict[str, Any]:
    """The columns of one transfer. Its legs are written as arrays are: psycopg would choose a type by their size."""
    legs = {f"leg_{name}": f"{{{','.join(map(str, prepared.legs[name]))}}}" for name in ("account_id", "amount")}
    return {name: values[0] for name, values in prepared.columns.items() if name != _LATER} | legs


def send_prepared(acting: Acting, prepared: PreparedTransfers) -> dict[str, int]:
    """Write what was prepared; return the last number of each book. Raises what the laws refuse, as typed errors."""
    statement, parameters = statement_of(acting.actor, prepared)
    try:
        with savepoint(), connection.wrap_database_errors:
            if prepared.count == 1:
                return dict(execute_prepared(connection.connection, statement, parameters).rows)
            with connection.connection.cursor() as cursor:
                take_encoded(cursor)
                cursor.execute(statement, parameters, prepare=True)
                return dict(cursor.fetchall())
    except IntegrityError as error:
        if is_repeated(error, "ledgers_transfer_pkey", "ledgers_leg_pkey"):
            raise SentBeforeError from error
        refused = refusal_of(error)
        if refused is None:
            raise
        raise refused from error
    except DataError as error:
        unknown = [each for each in prepared.legs["account_id"] if not 0 < each < 2**63]
        if unknown:
            raise NotFound(
                _("There is no such account in the books."), field="account_id", value=unknown[0],
                remedy=_("Name accounts of a book within your sight."),
            ) from error  # fmt: skip
        refused = beyond_sums(error)
        if refused is None:
            raise
        raise refused from error
