"""What becomes of pending transfers, once and for all; and taking back what was posted, on a day of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import orjson
from django.db import connection

from tianqu.base.canonical import plain
from tianqu.base.errors import Conflict, InvalidInput, NotFound, _
from tianqu.base.texts import clean_text
from tianqu.kernel.journal.api import Acting, EntryMaker, act
from tianqu.kernel.ledgers.books import check_day
from tianqu.kernel.ledgers.known_books import KnownBook, known_book, known_books
from tianqu.kernel.ledgers.models import Leg, Outcome, Transfer
from tianqu.kernel.ledgers.posting import (
    PURPOSE_MAX,
    NewLeg,
    NewTransfer,
    PostedTransfer,
    SentBeforeError,
    prepare_transfers,
    send_prepared,
    sent_before,
    told_entry,
)
from tianqu.kernel.ledgers.refusals import lawful
from tianqu.kernel.places.api import require

_RESOLVE: Final = """
WITH taken AS (
    INSERT INTO journal_book AS b (book, last) VALUES (%(book)s, 1)
    ON CONFLICT (book) DO UPDATE SET last = b.last + 1 RETURNING last AS number
), entry AS (
    INSERT INTO journal_entry (
        act, subject, actor_person_id, actor_post_id, channel, at, book, book_sequence, leaf, salt, body)
    SELECT %(act)s, %(subject)s, %(person_id)s::uuid, %(post_id)s::uuid, %(channel)s, %(at)s, %(book)s, number,
        %(leaf_start)s::bytea || convert_to(number::text, 'UTF8') || %(leaf_end)s::bytea, %(salt)s, %(body)s FROM taken
), resolution AS (
    INSERT INTO ledgers_resolution (transfer_id, outcome, day, number, reason, at, person_id, post_id)
    SELECT %(transfer_id)s, %(outcome)s, %(day)s, number, %(reason)s, %(at)s, %(person_id)s::uuid, %(post_id)s::uuid
    FROM taken
)
SELECT number FROM taken
"""


def transfer_with(transfer_id: UUID) -> Transfer:
    """Return a transfer within the connection's sight, with its book. Raises ``NotFound``."""
    found = Transfer.objects.select_related("book").filter(id=transfer_id).first()
    if found is None:
        raise NotFound(
            _("There is no such transfer."), field="transfer_id", value=str(transfer_id),
            remedy=_("Look it up among the transfers of its book."),
        )  # fmt: skip
    return found


def _may_on_transfer(acting: Acting, /, **arguments: Any) -> None:
    require(acting.actor, acting.act)
    known_book(transfer_with(arguments["transfer_id"]).book.code, acting.actor.scope)


@act("ledgers.resolve", may=_may_on_transfer, one_statement=True)
def resolve_transfer(
    acting: Acting, *, transfer_id: UUID, outcome: str, day: date | None = None, reason: str = ""
) -> int:
    """Post or void a pending transfer, once, and return the number of that in its book.

    ``outcome`` is ``posted`` or ``voided``. ``day`` is the business day on which it takes effect: the transfer's own,
    unless a later one is given. Raises ``InvalidInput`` for an outcome or a day that cannot be meant, and ``Conflict``
    for a transfer that is not pending, or whose time is over.
    """
    transfer = transfer_with(transfer_id)
    book = known_book(transfer.book.code, acting.actor.scope)
    number = resolve_within(acting, transfer_id=transfer_id, outcome=outcome, day=day, reason=reason)
    acting.entries.append(told_entry(acting, book))
    return number


def resolve_within(
    acting: Acting, *, transfer_id: UUID, outcome: str, day: date | None = None, reason: str = ""
) -> int:
    """Post or void a pending transfer within another act, in its transaction; see ``resolve_transfer``.

    The entry carries the name of that act, which has asked for its own permission and records its own subject.
    """
    if outcome not in Outcome.values:
        raise InvalidInput(
            _("%(value)s is nothing that becomes of a transfer."), field="outcome", value=outcome[:40],
            remedy=_("Use posted or voided."),
        )  # fmt: skip
    if day is not None:
        check_day(day, field="day")
    transfer = transfer_with(transfer_id)
    book = known_book(transfer.book.code, acting.actor.scope)
    told = {
        "outcome": outcome, "day": day or transfer.day,
        "reason": clean_text(reason, field="reason", most=PURPOSE_MAX),
    }  # fmt: skip
    subject = f"transfer:{transfer_id}"
    after = plain({"book": book.code, "resolution": told})
    assert isinstance(after, dict)
    entry = EntryMaker(act=acting.act, actor=acting.actor, count=1).booked(
        subject, after=orjson.Fragment(orjson.dumps(after, option=orjson.OPT_SORT_KEYS)), at=acting.now,
        book=book.log_name,
    )  # fmt: skip
    return _resolved(acting, book, {
        **told, "transfer_id": transfer_id, "subject": subject, "leaf_start": entry.leaf_start,
        "leaf_end": entry.leaf_end, "salt": entry.salt, "body": entry.body,
    })  # fmt: skip


def _resolved(acting: Acting, book: KnownBook, parameters: dict[str, Any]) -> int:
    parameters |= {
        "book": book.log_name, "act": acting.act, "person_id": acting.actor.person_id,
        "post_id": acting.actor.post_id, "channel": acting.actor.channel, "at": acting.now,
    }  # fmt: skip
    with lawful(), connection.cursor() as cursor:
        cursor.execute(_RESOLVE, parameters)
        row = cursor.fetchone()
    assert row is not None
    return int(row[0])


@dataclass(frozen=True, slots=True)
class NewResolution:
    """What becomes of a pending transfer of a book: ``posted`` or ``voided`` on a business day."""

    transfer_id: UUID
    book: KnownBook
    outcome: str
    day: date
    reason: str = ""


_COLUMNS: Final = {
    "transfer_id": "uuid", "book": "text", "outcome": "text", "day": "date", "reason": "text", "subject": "text",
    "leaf_start": "bytea", "leaf_end": "bytea", "salt": "bytea", "body": "bytea",
}  # fmt: skip
_RESOLVE_MANY: Final = f"""
WITH given AS (
    SELECT * FROM unnest({", ".join(f"%({name})s::{kind}[]" for name, kind in _COLUMNS.items())})
        WITH ORDINALITY AS g ({", ".join(_COLUMNS)}, place)
), taken AS (
    INSERT INTO journal_book AS b (book, last) SELECT book, count(*) FROM given GROUP BY book ORDER BY book
    ON CONFLICT (book) DO UPDATE SET last = b.last + excluded.last RETURNING book, last
), numbered AS (
    SELECT g.*, t.last - count(*) OVER (PARTITION BY g.book)
        + row_number() OVER (PARTITION BY g.book ORDER BY g.place) AS number
    FROM given g JOIN taken t ON t.book = g.book
), entries AS (
    INSERT INTO journal_entry (
        act, subject, actor_person_id, actor_post_id, channel, at, book, book_sequence, leaf, salt, body)
    SELECT %(act)s, subject, %(person_id)s::uuid, %(post_id)s::uuid, %(channel)s, %(at)s, book, number,
        leaf_start || convert_to(number::text, 'UTF8') || leaf_end, salt, body FROM numbered ORDER BY place
)
INSERT INTO ledgers_resolution (transfer_id, outcome, day, number, reason, at, person_id, post_id)
SELECT transfer_id, outcome, day, number, reason, %(at)s, %(person_id)s::uuid, %(post_id)s::uuid FROM numbered
"""  # noqa: S608  names are constants


def resolve_many_within(acting: Acting, *, resolutions: Sequence[NewResolution], at: datetime) -> int:
    """Post or void pending transfers of any number of books within another act, by one statement; say how many.

    For imports: ``at`` is when it was done. See ``resolve_within`` for what is refused.
    """
    assert connection.in_atomic_block, "an act of one statement cannot resolve within itself"
    known_books(tuple({one.book.code for one in resolutions}), acting.actor.scope)
    maker = EntryMaker(act=acting.act, actor=acting.actor, count=len(resolutions))
    rows = []
    for one in resolutions:
        check_day(one.day, field="day")
        subject = f"transfer:{one.transfer_id}"
        told = {
            "outcome": one.outcome,
            "day": one.day,
            "reason": clean_text(one.reason, field="reason", most=PURPOSE_MAX),
        }
        after = orjson.Fragment(
            orjson.dumps(plain({"book": one.book.code, "resolution": told}), option=orjson.OPT_SORT_KEYS)
        )
        entry = maker.booked(subject, after=after, at=at, book=one.book.log_name)
        rows.append((
            one.transfer_id, one.book.log_name, one.outcome, one.day, told["reason"], subject, entry.leaf_start,
            entry.leaf_end, entry.salt, entry.body,
        ))  # fmt: skip
    if not rows:
        return 0
    columns: dict[str, Any] = dict(zip(_COLUMNS, map(list, zip(*rows, strict=True)), strict=True))
    who = {
        "act": acting.act, "person_id": acting.actor.person_id, "post_id": acting.actor.post_id,
        "channel": acting.actor.channel, "at": at,
    }  # fmt: skip
    with lawful(), connection.cursor() as cursor:
        cursor.execute(_RESOLVE_MANY, columns | who)
    return len(rows)


@act("ledgers.reverse", may=_may_on_transfer, one_statement=True)
def reverse_transfer(
    acting: Acting, *, transfer_id: UUID, reversal_id: UUID, day: date, purpose: str, voucher: str = ""
) -> PostedTransfer:
    """Take a posted transfer back by one with the same legs the other way round, once, dated on its own day.

    ``reversal_id`` is the caller's own UUID for the reversal. Raises ``Conflict`` for what was reversed before, for a
    transfer that is not posted, and for a day in a closed period.
    """
    acting.entries.append(told_entry(acting, known_book(transfer_with(transfer_id).book.code, acting.actor.scope)))
    return reverse_within(
        acting, transfer_id=transfer_id, reversal_id=reversal_id, day=day, purpose=purpose, voucher=voucher
    )


def reverse_within(
    acting: Acting, *, transfer_id: UUID, reversal_id: UUID, day: date, purpose: str, voucher: str = ""
) -> PostedTransfer:
    """Take a posted transfer back within another act, in its transaction; see ``reverse_transfer``.

    The entry carries the name of that act, which has asked for its own permission and records its own subject.
    """
    transfer = transfer_with(transfer_id)
    book = known_book(transfer.book.code, acting.actor.scope)
    posted = Leg.objects.filter(transfer_id=transfer_id, held=False).order_by("position")
    legs = tuple(NewLeg(leg.account_id, -leg.amount) for leg in posted)
    if not legs:
        raise Conflict(
            _("This transfer is not posted, so there is nothing to take back."), field="transfer_id",
            value=str(transfer_id), remedy=_("Void it instead."),
        )  # fmt: skip
    given = NewTransfer(
        reversal_id, day, legs, kind="reversal", voucher=voucher, reference=f"transfer:{transfer_id}",
        purpose=clean_text(purpose, field="purpose", most=PURPOSE_MAX, wanted=True),
    )  # fmt: skip
    prepared = prepare_transfers(
        acting.actor, act=acting.act, at=acting.now, transfers=[(book, given)], reverses=transfer_id
    )
    try:
        if not sent_before([reversal_id]):
            return PostedTransfer(reversal_id, send_prepared(acting, prepared)[book.log_name])
    except SentBeforeError:
        pass  # the same was sent at the same time, and was first: it is told below
    digest, number = sent_before([reversal_id])[reversal_id]
    if digest != prepared.columns["digest"][0]:
        raise Conflict(
            _("Another transfer was posted under this identifier."), field="reversal_id", value=str(reversal_id),
            remedy=_("Give a fresh identifier to each different transfer."),
        )  # fmt: skip
    return PostedTransfer(reversal_id, number, again=True)
