"""Checking in and out by the code of the moment, with or without a line, at one place at a time.

Twelve thousand do it within minutes, so it is two statements: one reads how somebody stands to whatever is around that
time, one writes bookings and entries if they still stand so, and is its own transaction. Where they do not, both are
sent again. The write locks every one of these bookings, so two check-ins of one person at two places wait for each
other, and the second sees the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, IntegrityError, connections

from tianqu.base.errors import Conflict, InvalidInput, NotFound, _
from tianqu.kernel.journal.api import (
    ENTRY_COLUMNS,
    Acting,
    DoneBefore,
    PreparedEntry,
    Refusals,
    Sent,
    act,
    execute_prepared,
    lawful_by,
    refused_by,
)
from tianqu.kernel.occasions.codes import DIGITS, STEP, shown_at
from tianqu.kernel.occasions.models import Standing
from tianqu.kernel.occasions.queues import TOLD
from tianqu.kernel.places.api import may_own, own_id

SENT_WITHIN: Final = timedelta(hours=24)
LIVE: Final = 2 * STEP  # what comes later was kept by a phone without a line
AROUND: Final = timedelta(hours=1)  # how long before and after an occasion one checks in and out
TRIES_MAX: Final = 10
DIRECTIONS: Final = ("in", "out")
# What the journal's guard says of a statement that found something changed, and so wrote neither row nor entry.
NOTHING_WRITTEN: Final = "UPDATE on occasions_booking outside an act"
REFUSALS: Final[Refusals] = {
    name: (Conflict, "client_id", _("Another check-in was sent under this identifier."), _("Give each one its own."))
    for name in ("occasions_booking_in_id_key", "occasions_booking_out_id_key")
}


class Part(NamedTuple):
    """How somebody stands to an occasion, as the statements read and write it; the names are those of the columns."""

    id: UUID
    occasion_id: UUID
    number: str
    state: str
    queued_at: datetime
    turn: int
    seat: str | None
    serial: int
    in_at: datetime | None
    in_id: UUID | None
    in_door: str
    out_at: datetime | None
    out_id: UUID | None
    sent_later: bool
    elsewhere: bool


class When(NamedTuple):
    """The time of an occasion, and whether it was called off."""

    starts_at: datetime
    ends_at: datetime
    cancelled_at: datetime | None


_PART: Final = Part._fields
# Whatever overlaps with a check-in here lies this near: each is within AROUND of its own occasion.
_NEAR: Final = """
FROM occasions_occasion here JOIN occasions_booking b ON b.person_id = %(person)s AND b.state <> 'left'
    JOIN occasions_occasion o ON o.id = b.occasion_id
        AND o.starts_at <= here.ends_at + %(near)s AND o.ends_at >= here.starts_at - %(near)s
WHERE here.id = %(occasion)s ORDER BY b.id
"""
_READ: Final = f"""
SELECT {", ".join(f"b.{name}" for name in _PART)}, {", ".join(f"o.{name}" for name in When._fields)} {_NEAR}
"""
_CHANGED: Final = {
    "id": "uuid", "in_at": "timestamptz", "in_id": "uuid", "out_at": "timestamptz", "out_id": "uuid",
    "sent_later": "boolean", "elsewhere": "boolean",
}  # fmt: skip
_KNOWN: Final = {
    "id": "uuid", "in_at": "timestamptz", "out_at": "timestamptz", "state": "text", "elsewhere": "boolean",
}  # fmt: skip
_ENTRY: Final = dict.fromkeys(ENTRY_COLUMNS, "text") | {
    "actor_person_id": "uuid", "actor_post_id": "uuid", "at": "timestamptz", "book_sequence": "bigint",
    "leaf": "bytea", "salt": "bytea", "body": "bytea",
}  # fmt: skip


def _write(*, many: bool) -> str:
    """The statement that writes; for one booking, as nearly always, without arrays, which are slow to hand over."""

    def rows(prefix: str, columns: dict[str, str]) -> str:
        given = ", ".join(f"%({prefix}_{name})s::{kind}{'[]' * many}" for name, kind in columns.items())
        return f"{f'unnest({given})' if many else f'(VALUES ({given}))'} AS {prefix} ({', '.join(columns)})"

    def listed(table: str) -> str:
        return ", ".join(f"{table}.{name}" for name in _KNOWN)

    return f"""
WITH mine AS (SELECT b.* {_NEAR} FOR UPDATE OF b), still AS (
    SELECT count(*) = {"cardinality(%(known_id)s::uuid[])" if many else "1"}
        AND bool_and(known.id IS NOT NULL AND ({listed("mine")}) IS NOT DISTINCT FROM ({listed("known")})) AS so
    FROM mine LEFT JOIN {rows("known", _KNOWN)} ON known.id = mine.id
), entry AS (
    INSERT INTO journal_entry ({", ".join(ENTRY_COLUMNS)})
    SELECT {", ".join(f"entry.{name}" for name in ENTRY_COLUMNS)} FROM {rows("entry", _ENTRY)}, still WHERE still.so
)
UPDATE occasions_booking b SET {", ".join(f"{name} = changed.{name}" for name in _CHANGED if name != "id")}
FROM {rows("changed", _CHANGED)}, still WHERE b.id = changed.id AND still.so
"""  # noqa: S608  names are constants


_WRITE_ONE: Final = _write(many=False)
_WRITE_MANY: Final = _write(many=True)


@act("occasions.check", may=may_own, one_statement=True)
def check(
    acting: Acting,
    *,
    occasion_id: UUID,
    direction: str,
    code: str,
    client_id: UUID,
    phone_at: datetime | None = None,
    phone_sent_at: datetime | None = None,
) -> datetime:
    """Check in (``in``) or out (``out``) by the code shown at the place; return the moment that counts.

    A phone without a line keeps what it would have sent, and sends it later with ``phone_at``, its own time when the
    code was read, and ``phone_sent_at``, its own time now: only their difference counts. Sent twice, or checked in
    twice, it counts once. Raises ``InvalidInput`` for a code that was not shown then, ``NotFound`` for whoever has not
    booked, ``Conflict`` outside the occasion's time and for who waits.
    """
    person_id = own_id(acting)
    if direction not in DIRECTIONS:
        raise InvalidInput(
            _("%(value)s cannot be chosen here."),
            field="direction",
            value=direction[:20],
            remedy=_("Choose one of those that are offered."),
        )
    near = {"person": person_id, "occasion": occasion_id, "near": 2 * (AROUND + STEP)}
    for _try in range(TRIES_MAX):
        one, others, when = _read(near)
        kept = one.in_at if direction == "in" else one.out_at
        if kept is not None:
            raise DoneBefore(kept)
        at = _counted(occasion_id, when, code, read_at(acting, phone_at=phone_at, phone_sent_at=phone_sent_at))
        _check_order(one, direction, at)
        late = one.sent_later or acting.now - at > LIVE
        if direction == "in":
            now = one._replace(in_at=at, in_id=client_id, sent_later=late)
        else:
            now = one._replace(out_at=at, out_id=client_id, sent_later=late)
        changed = _flagged(now, others)
        sent = {"client_id": client_id, "phone_at": phone_at, "phone_sent_at": phone_sent_at}
        entries = [_recorded(acting, each, **(sent if each.id == one.id else {})) for each in changed]
        if _written(near, [one, *others], changed, entries):
            return at
        acting.entries.clear()  # somebody's own other phone came between
    raise Conflict(_("This is being changed at this very moment."), field="occasion_id", remedy=_("Send it again."))


def _read(near: dict[str, Any]) -> tuple[Part, list[Part], When]:
    """One's own booking, what else one has booked around that time, and when the occasion is. Raises ``NotFound``."""
    rows = send(_READ, near).rows
    found = [(Part(*row[: len(_PART)]), When(*row[len(_PART) :])) for row in rows]
    own = [each for each in found if each[0].occasion_id == near["occasion"]]
    if not own:
        raise NotFound(
            _("You have not booked a place here."),
            field="occasion_id",
            value=str(near["occasion"]),
            remedy=_("Book one first."),
        )
    one, when = own[0]
    return one, [other for other, _when in found if other.id != one.id], when


def _check_order(one: Part, direction: str, at: datetime) -> None:
    if one.state != Standing.GOING:
        raise Conflict(
            _("You are waiting for a place here."), field="occasion_id", remedy=_("Ask whoever holds it for a place.")
        )
    if direction == "out" and one.in_at is None:
        raise Conflict(_("You have not checked in."), field="direction", remedy=_("Send the check-in first."))
    if direction == "out" and one.in_at is not None and one.in_at > at:
        raise Conflict(_("This lies before your check-in."), field="code", remedy=_("Read the code that is shown now."))


def _flagged(now: Part, others: Sequence[Part]) -> list[Part]:
    """What a check-in changes: the booking, and, where it overlaps with others, the flag here and there."""
    begun, ended = now.in_at, now.out_at or now.in_at
    assert begun is not None and ended is not None, "nothing is checked in"
    overlapping = [
        other for other in others
        if other.in_at is not None and other.in_at <= ended + STEP
        and (other.out_at >= begun if other.out_at is not None else other.in_at >= begun - STEP)
    ]  # fmt: skip
    if not overlapping:
        return [now]
    flagged = [other._replace(elsewhere=True) for other in overlapping if not other.elsewhere]
    return [now._replace(elsewhere=True), *flagged]


def _recorded(acting: Acting, one: Part, **more: object) -> PreparedEntry:
    after = {name: getattr(one, name) for name in TOLD} | more
    return acting.record(f"booking:{one.id}", after=after, sealed=True)


def _written(
    near: dict[str, Any], known: Sequence[Part], changed: Sequence[Part], entries: Sequence[PreparedEntry]
) -> bool:
    """Write what changed, with its entries, if everything still stands as it was read; say whether it did."""
    many = len(known) > 1

    def told(prefix: str, columns: dict[str, str], rows: Sequence[Sequence[Any]]) -> dict[str, Any]:
        turned = zip(columns, zip(*rows, strict=True), strict=True)
        return {f"{prefix}_{name}": list(values) if many else values[0] for name, values in turned}

    given = {
        **near, **told("entry", _ENTRY, [entry.row() for entry in entries]),
        **told("known", _KNOWN, [[getattr(one, name) for name in _KNOWN] for one in known]),
        **told("changed", _CHANGED, [[getattr(one, name) for name in _CHANGED] for one in changed]),
    }  # fmt: skip
    try:
        with lawful_by(lambda error: refused_by(REFUSALS, error)):
            return send(_WRITE_MANY if many else _WRITE_ONE, given).written == len(changed)
    except IntegrityError as error:
        if NOTHING_WRITTEN not in str(error):
            raise
        return False


def send(statement: str, given: dict[str, Any]) -> Sent:
    """Send a statement, on the connection that this thread has."""
    database = connections[DEFAULT_DB_ALIAS]
    with database.wrap_database_errors:
        return execute_prepared(database.connection, statement, given)


def read_at(acting: Acting, *, phone_at: datetime | None, phone_sent_at: datetime | None) -> datetime:
    """When something was read by the server's clock, whatever the phone's clock says.

    Raises ``InvalidInput`` for one time without the other, and for what was kept for longer than a day.
    """
    if phone_at is None and phone_sent_at is None:
        return acting.now
    if phone_at is None or phone_sent_at is None:
        raise InvalidInput(
            _("Give both times of the phone, or none."),
            field="phone_sent_at",
            remedy=_("Send phone_at and phone_sent_at together."),
        )
    waited = phone_sent_at - phone_at
    if not timedelta(0) <= waited <= SENT_WITHIN:
        raise InvalidInput(
            _("A check-in is sent within a day."), field="phone_at", value=phone_at.isoformat(),
            remedy=_("Tell whoever holds it."),
        )  # fmt: skip
    return acting.now - waited


def _counted(occasion_id: UUID, when: When, code: str, near: datetime) -> datetime:
    """When the code began to be shown. ``InvalidInput`` for another's, ``Conflict`` beyond the occasion's time."""
    digits = "".join(code.split())
    at = shown_at(occasion_id, digits, near=near) if len(digits) == DIGITS and digits.isascii() else None
    if at is None:
        raise InvalidInput(
            _("This code was not shown at that time."), field="code", value=digits[:20],
            remedy=_("Read the code that the leader's phone shows now, at the place."),
        )  # fmt: skip
    check_time(when, at)
    return at


def check_time(when: When, at: datetime) -> None:
    """Raise ``Conflict`` for a moment that lies outside an occasion, or for one that was called off."""
    if when.cancelled_at is not None or not when.starts_at - AROUND <= at <= when.ends_at + AROUND:
        raise Conflict(
            _("This lies outside the time of the occasion."),
            field="occasion_id",
            remedy=_("Come from an hour before it until an hour after it."),
        )
