"""Placing an order: the hot path. One SQL statement writes order, asker, event, clock and journal entry.

The statement is its own transaction. Nothing is read from the database that the process has not kept in memory
(items, calendar, places), and no ORM runs, because compiling SQL would cost more than everything else together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import orjson
from django.db import DEFAULT_DB_ALIAS, IntegrityError, connection, connections
from psycopg.errors import UniqueViolation

from tianqu.base.canonical import Json, check_canonical, known_bytes
from tianqu.base.errors import Conflict, InvalidInput, InvalidInputs, TianquError, _, at_field
from tianqu.base.identifiers import new_identifier
from tianqu.base.texts import clean_line, clean_text
from tianqu.kernel.journal.api import (
    ENTRY_COLUMNS,
    Acting,
    Actor,
    PreparedEntry,
    act,
    execute_prepared,
    prepare_entry,
    savepoint,
)
from tianqu.kernel.orders.catalogue import (
    KnownItem,
    item_form,
    known_item,
    known_place,
    realm_calendar,
)
from tianqu.kernel.orders.clocks import URGENCIES, ClockTimes, start_clock_of
from tianqu.kernel.orders.codes import content_digest, order_code, receipt_secret, secret_hash
from tianqu.kernel.orders.form_answers import validate
from tianqu.kernel.orders.items import ASKERS, OFFICE
from tianqu.kernel.orders.terms import search_terms
from tianqu.kernel.places.api import require

TITLE_MAX: Final = 120
DESCRIPTION_MAX: Final = 10_000
ADDRESS_MAX: Final = 300
CONTACT_MAX: Final = 200
_Clean = Callable[..., str]
# One mail address, so that what we send somebody goes to nobody else: no list of them, no name, no route.
_OF_AN_ADDRESS: Final = r"""[^\s@,;:<>()\[\]"\\\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]"""
EMAIL: Final = re.compile(f"{_OF_AN_ADDRESS}+@{_OF_AN_ADDRESS}+")


@dataclass(frozen=True, slots=True)
class Contact:
    """Who asks, as they give themselves. Everything here is personal data.

    ``kind`` is ``resident`` or ``firm``; ``person_id`` is set by the act where the asker is signed in.
    """

    kind: str = "resident"
    name: str = ""
    phone: str = ""
    email: str = ""
    firm: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the asker takes home: the order's identifier, its code to read out, and the secret that opens it.

    ``again``: the same was sent before, and this is the receipt of that time.
    """

    order_id: UUID
    code: str
    secret: str
    again: bool = False


@dataclass(frozen=True, slots=True)
class _Placed:
    """Everything checked, ready to be written."""

    id: UUID
    item: KnownItem
    place_id: UUID
    place_path: str
    lon: Decimal | None
    lat: Decimal | None
    address: str
    title: str
    description: str
    form: Mapping[str, Json]  # canonical
    contact: Contact
    person_id: UUID | None
    post_id: UUID | None  # who placed it for a caller
    identity: str
    urgency: str
    public: bool


def _may_place(acting: Acting, /, **arguments: Any) -> None:
    require(acting.actor, "orders.place")


@act("orders.place", may=_may_place, one_statement=True)
def place_order(
    acting: Acting,
    *,
    item: str,
    place_id: UUID,
    title: str,
    description: str,
    form: Mapping[str, Any] | None = None,
    contact: Contact | None = None,
    identity: str = "open",
    address: str = "",
    lon: Decimal | None = None,
    lat: Decimal | None = None,
    urgency: str | None = None,
    public: bool = False,
    order_id: UUID | None = None,
) -> Receipt:
    """Place an order for ``item`` (its code) on a place, and return the receipt.

    ``lon`` and ``lat`` are degrees of WGS 84. ``urgency`` may only raise what the item says. With ``public`` the asker
    agrees that their words are shown to everybody; some items show them in any case (``public: at_once``), private ones
    never. A client-given ``order_id`` makes it safe to send the same again: the same content by the same sender returns
    the same receipt, anything else raises ``Conflict``. A door that takes it from nobody known must make it from
    something that only its sender knows: offices see the identifier and the content, and a receipt lets its holder act
    as the asker. An operator places for a caller by giving the caller's contact; a signed-in resident owns the order.

    Raises ``InvalidInputs`` with every fault of the form at once, ``NotFound`` for an unknown item or place.
    """
    if contact is not None and contact.kind == OFFICE:
        raise InvalidInput(
            _("%(value)s is not a kind of asker."), field="kind", value=contact.kind,
            remedy=_("Choose one of: %(allowed)s."), allowed=", ".join(ASKERS),
        )  # fmt: skip
    placed = _checked(
        acting, item=item, place_id=place_id, title=title, description=description, form=form or {},
        contact=contact or Contact(), identity=identity, address=address, lon=lon, lat=lat, urgency=urgency,
        public=public, order_id=order_id,
    )  # fmt: skip
    return _sent(acting, placed, given_id=order_id is not None)


def place_within(
    acting: Acting, *, item: str, place_id: UUID, title: str, description: str, form: Mapping[str, Any] | None = None,
    order_id: UUID,
) -> Receipt:  # fmt: skip
    """Place an order of an office's own within another act, in its transaction; see ``place_order``.

    The item is one that offices alone place (``askers: [office]``). The entry carries the name of that act, which has
    asked for its own permission and still records its own subject. Nobody is its asker, and nobody is called back.
    """
    assert connection.in_atomic_block, "an act of one statement cannot place within itself"
    placed = _checked(
        acting, item=item, place_id=place_id, title=title, description=description, form=form or {},
        contact=Contact(kind=OFFICE), identity="open", address="", lon=None, lat=None, urgency=None, public=False,
        order_id=order_id,
    )  # fmt: skip
    told = len(acting.entries)
    receipt = _sent(acting, placed, given_id=True)
    acting.copied += len(acting.entries) - told  # the statement has written them
    del acting.entries[told:]
    return receipt


def _sent(acting: Acting, placed: _Placed, *, given_id: bool) -> Receipt:
    """Write what was checked. Raises ``Conflict`` where another order stands under its identifier."""
    digest = content_digest(_content(placed))
    secret = receipt_secret(placed.id, digest)
    receipt = Receipt(placed.id, order_code(placed.id), secret)
    try:
        _write(acting, placed, receipt, digest)
    except IntegrityError as error:
        if not isinstance(error.__cause__, UniqueViolation):
            raise
        if not given_id or not _sent_before(placed, digest):
            # One in a hundred million has the code of another request.
            raise Conflict(
                _("This request could not be numbered."), field="order_id", remedy=_("Send it again.")
            ) from error
        return replace(receipt, again=True)
    return receipt


def _checked(
    acting: Acting,
    *,
    item: str,
    place_id: UUID,
    title: str,
    description: str,
    form: Mapping[str, Any],
    contact: Contact,
    identity: str,
    address: str,
    lon: Decimal | None,
    lat: Decimal | None,
    urgency: str | None,
    public: bool,
    order_id: UUID | None,
) -> _Placed:
    today = acting.now.astimezone(realm_calendar().zone).date()
    known = known_item(item, on=today)
    place = known_place(place_id)
    errors: list[InvalidInput] = []

    def taken(value: str, field: str, most: int, *, wanted: bool = False, clean: _Clean = clean_line) -> str:
        if not value and not wanted:
            return ""
        try:
            return clean(value, field=field, most=most, wanted=wanted)
        except TianquError as error:
            errors.append(error if isinstance(error, InvalidInput) else at_field(error, error.field))
            return ""

    contact = Contact(
        kind=contact.kind,
        name=taken(contact.name, "name", CONTACT_MAX), phone=taken(contact.phone, "phone", CONTACT_MAX),
        email=taken(contact.email, "email", CONTACT_MAX), firm=taken(contact.firm, "firm", CONTACT_MAX),
    )  # fmt: skip
    title = taken(title, "title", TITLE_MAX, wanted=True)
    description = taken(description, "description", DESCRIPTION_MAX, wanted=True, clean=clean_text)
    address = taken(address, "address", ADDRESS_MAX)
    _check_choices(errors, known, contact=contact, identity=identity, urgency=urgency)
    _check_position(errors, lon=lon, lat=lat)
    answers: dict[str, Any] = {}
    try:
        answers = validate(item_form(known), form, today=today)
    except InvalidInputs as error:
        errors.extend(error.errors)
    if errors:
        raise InvalidInputs(errors)
    if answers:
        check_canonical(answers)
    anonymous = identity == "anonymous"
    return _Placed(
        id=order_id or new_identifier(), item=known, place_id=place_id, place_path=place.path, lon=lon, lat=lat,
        address=address, title=title, description=description, form=answers,
        contact=Contact(kind=contact.kind) if anonymous else contact,
        person_id=acting.actor.person_id if acting.actor.post_id is None else None, post_id=acting.actor.post_id,
        identity=identity,
        urgency=_urgency(known.urgency, urgency), public=(public or known.at_once) and not known.private,
    )  # fmt: skip


def _check_choices(
    errors: list[InvalidInput], item: KnownItem, *, contact: Contact, identity: str, urgency: str | None
) -> None:
    if contact.kind not in item.askers:
        errors.append(
            InvalidInput(_("This item is not for askers of the kind %(value)s."), field="kind", value=contact.kind)
        )
    if contact.email and not EMAIL.fullmatch(contact.email):
        errors.append(
            InvalidInput(_("This is not a mail address."), field="email", remedy=_("Write it as name@example.org."))
        )
    if identity not in item.identities:
        errors.append(
            InvalidInput(
                _("This item cannot be asked with the identity %(value)s."),
                field="identity",
                value=identity,
                remedy=_("Choose one of: %(identities)s."),
                identities=", ".join(sorted(item.identities)),
            )
        )
    if urgency is not None and urgency not in URGENCIES:
        errors.append(
            InvalidInput(
                _("There is no urgency %(value)s."),
                field="urgency",
                value=urgency,
                remedy=_("Use none, utilities or danger."),
            )
        )


def _check_position(errors: list[InvalidInput], *, lon: Decimal | None, lat: Decimal | None) -> None:
    if (lon is None) != (lat is None):
        errors.append(InvalidInput(_("A position needs both longitude and latitude."), field="lon"))
    for value, field, most in ((lon, "lon", 180), (lat, "lat", 90)):
        if value is not None and not (value.is_finite() and abs(value) <= most):
            errors.append(
                InvalidInput(
                    _("%(value)s is not a number of degrees within ±%(most)s."),
                    field=field,
                    value=value,
                    most=most,
                )
            )


def _urgency(of_item: str, asked: str | None) -> str:
    """The more urgent of what the item says and what was heard on the phone."""
    return max(of_item, asked or "none", key=URGENCIES.index)


def _content(placed: _Placed) -> bytes:
    contact = placed.contact
    return known_bytes({
        "address": placed.address,
        "contact": [contact.kind, contact.name, contact.phone, contact.email, contact.firm],
        "description": placed.description, "form": placed.form, "identity": placed.identity,
        "item": placed.item.code, "person": placed.person_id, "place": placed.place_id,
        "post": placed.post_id, "position": [_said(placed.lon), _said(placed.lat)], "public": placed.public,
        "title": placed.title, "urgency": placed.urgency,
    })  # fmt: skip


def _said(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def _sent_before(placed: _Placed, digest: bytes) -> bool:
    """Say whether this order is there already with the same content. Raises ``Conflict`` if it has another."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT orders_sent(%s)", [placed.id])
        row = cursor.fetchone()
    if row is None or row[0] is None:
        return False
    if bytes(row[0]) != digest:
        raise Conflict(
            _("Another request was placed under this identifier."), field="order_id", value=str(placed.id),
            remedy=_("Send a fresh identifier with each different request."),
        )  # fmt: skip
    return True


# The columns that are set when an order is placed, each with the parameter it takes; all others have their defaults.
# psycopg keeps the translation of a statement with at most 50 parameters, so values that occur twice are named once.
_ORDER: Final = {
    "id": "id", "code": "code", "item_id": "item_id", "place_id": "place_id", "place_path": "place_path",
    "lon": "lon", "lat": "lat", "address": "address", "title": "title", "description": "description",
    "form": "form", "channel": "channel", "asker_kind": "asker_kind", "identity": "identity",
    "urgency": "urgency", "placed_at": "at", "updated_at": "at", "due_next_at": "due_at",
    "published_at": "published_at",
}  # fmt: skip
_ASKER: Final = {
    "order_id": "id", "person_id": "person_id", "name": "name", "phone": "phone", "email": "email",
    "firm": "firm", "secret_hash": "secret_hash", "content_digest": "content_digest",
}  # fmt: skip
_EVENT: Final = {
    "order_id": "id", "sequence": "1", "at": "at", "act": "act", "actor_kind": "actor_kind",
    "actor_person_id": "by_person", "actor_post_id": "actor_post_id", "actor_unit_id": "by_unit",
    "to_state": "'placed'", "audience": "'public'",
}  # fmt: skip
_CLOCK: Final = {
    "order_id": "id", "kind": "'dispatch'", "started_at": "at", "due_at": "due_at", "check_at": "due_at",
    "proof": "proof",
}  # fmt: skip
_PUBLICATION: Final = {
    "order_id": "id", "code": "code", "item_id": "item_id", "item_code": "item_code", "family": "family",
    "place_id": "place_id", "place_path": "place_path", "lon": "lon", "lat": "lat", "address": "address",
    "title": "title", "question": "description", "state": "'placed'", "placed_at": "at", "updated_at": "at",
    "published_at": "at", "terms": "terms",
}  # fmt: skip
_ENTRY: Final = {column: column for column in ENTRY_COLUMNS}
_CASTS: Final = {"place_path": "ltree", "form": "jsonb", "proof": "jsonb", "terms": "text[]"}


def _insert(table: str, columns: Mapping[str, str]) -> str:
    values = ", ".join(_value(column, value) for column, value in columns.items())
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({values})"  # noqa: S608  names are constants


def _value(column: str, value: str) -> str:
    if value[0] in "'1":
        return value
    return f"%({value})s::{_CASTS[column]}" if column in _CASTS else f"%({value})s"


_PLACE: Final = (
    f"WITH placed AS ({_insert('orders_order', _ORDER)}), asker AS ({_insert('orders_asker', _ASKER)}),"
    f" event AS ({_insert('orders_event', _EVENT)}), clock AS ({_insert('orders_clock', _CLOCK)})"
)
_PLACE_ONLY: Final = f"{_PLACE} {_insert('journal_entry', _ENTRY)}"
_PLACE_AND_PUBLISH: Final = (
    f"{_PLACE}, publication AS ({_insert('orders_publication', _PUBLICATION)}) {_insert('journal_entry', _ENTRY)}"
)


def _write(acting: Acting, placed: _Placed, receipt: Receipt, digest: bytes) -> None:
    now, contact, actor = acting.now, placed.contact, acting.actor
    times = start_clock_of(realm_calendar(), "dispatch", now, placed.item.duration("dispatch", urgency=placed.urgency))
    entry = _entry(acting, placed, receipt.code, times)
    asks = actor.post_id is None
    parameters: dict[str, Any] = {
        "id": placed.id, "code": receipt.code, "item_id": placed.item.id, "place_id": placed.place_id,
        "place_path": placed.place_path, "lon": placed.lon, "lat": placed.lat, "address": placed.address,
        "title": placed.title, "description": placed.description, "form": orjson.dumps(placed.form).decode(),
        "asker_kind": contact.kind, "identity": placed.identity, "urgency": placed.urgency,
        "due_at": times.due_at, "published_at": now if placed.public else None, "person_id": placed.person_id,
        "name": contact.name, "phone": contact.phone, "email": contact.email, "firm": contact.firm,
        "secret_hash": secret_hash(receipt.secret), "content_digest": digest,
        "actor_kind": "system" if actor.scope.everything else "asker" if asks else "post",
        "by_person": None if asks else actor.person_id, "by_unit": actor.unit_id,
        "proof": orjson.dumps(times.proof).decode(),
        **dict(zip(ENTRY_COLUMNS, entry.row(), strict=True)),
    }  # fmt: skip
    if placed.public:
        parameters |= {
            "item_code": placed.item.code, "family": placed.item.family,
            "terms": search_terms(f"{placed.title}\n{placed.description}"),
        }  # fmt: skip
    acting.entries.append(entry)
    database = connections[DEFAULT_DB_ALIAS]
    statement = _PLACE_AND_PUBLISH if placed.public else _PLACE_ONLY
    with savepoint(database), database.wrap_database_errors:
        execute_prepared(database.connection, statement, parameters)


def _entry(acting: Acting, placed: _Placed, code: str, times: ClockTimes) -> PreparedEntry:
    actor: Actor = acting.actor
    if actor.post_id is None and placed.identity != "open" and actor.person_id is not None:
        actor = Actor(channel=actor.channel)  # the log does not say who asked either
    after: dict[str, Any] = {
        "id": placed.id, "code": code, "item": placed.item.code, "family": placed.item.family,
        "item_version": placed.item.version,
        "place": placed.place_id, "place_path": placed.place_path,
        "lon": None if placed.lon is None else f"{placed.lon:.6f}",
        "lat": None if placed.lat is None else f"{placed.lat:.6f}",
        "address": placed.address, "title": placed.title, "description": placed.description,
        "form": placed.form, "channel": actor.channel, "asker_kind": placed.contact.kind,
        "identity": placed.identity, "urgency": placed.urgency, "state": "placed", "public": placed.public,
        "placed_at": acting.now, "due_at": times.proof["due_at"], "version": 1, "event": {"sequence": 1},
    }  # fmt: skip
    subject = f"order:{placed.id}"
    return prepare_entry(
        act=acting.act, subject=subject, after=after, actor=actor, at=acting.now, sealed=placed.item.flow.sealed,
        known=True,
    )  # fmt: skip
