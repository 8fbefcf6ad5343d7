"""Bringing in many orders from elsewhere, with their own dates: each with its events and a journal entry for each.

Orders are checked one by one, and what cannot be taken is reported with its line; the rest goes in by batches, each
batch one act. What is there already, by its key at the source, is left alone: an import that was killed is simply run
again. Reading, making rows and writing go on side by side. COPY is refused on tables behind row-level security,
so it fills temporary tables, and one INSERT for each table takes the rows over.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from typing import Any, Final
from uuid import UUID

import orjson
from django.db import connection

from tianqu.base.errors import InvalidInput, InvalidInputs, NotFound, TianquError, _
from tianqu.base.identifiers import new_identifier
from tianqu.base.texts import clean_text
from tianqu.kernel.journal.api import (
    ENTRY_COLUMNS,
    Acting,
    Actor,
    EntryMaker,
    PreparedEntry,
    Scope,
    act,
    seeing,
    written_time,
)
from tianqu.kernel.orders import import_rows as binary
from tianqu.kernel.orders.catalogue import KnownItem, item_form, known_item, known_place
from tianqu.kernel.orders.codes import order_code
from tianqu.kernel.orders.form_answers import validate
from tianqu.kernel.orders.placing import ADDRESS_MAX, DESCRIPTION_MAX, TITLE_MAX
from tianqu.kernel.places.api import Place, place_with, require, unit_for

BATCH: Final = 5_000
UNDER_WAY_MAX: Final = 2  # batches that are made or written while the next is read
KEY_MAX: Final = 200
REMEMBERED_MAX: Final = 100_000  # of each thing that an import looks up again and again
YEARS: Final = range(1900, 2101)
EVERYTHING: Final = Scope(everything=True)


@dataclass(frozen=True, slots=True)
class ImportedOrder:
    """An order as another system knew it. ``line`` is where it stands in its file, ``key`` what it is called there.

    ``form`` holds answers by field code. Without ``closed_at`` it is still open: it then waits at the unit that
    answers for it, with no clock, because no promise of ours began when it was placed.
    """

    line: int
    key: str
    item: str
    place: str
    title: str
    description: str
    placed_at: datetime
    closed_at: datetime | None = None
    address: str = ""
    form: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ImportRefusal:
    """A line that could not be taken, and why."""

    line: int
    key: str
    error: TianquError


@dataclass(slots=True)
class ImportReport:
    """What became of the lines so far."""

    taken: int = 0
    known: int = 0
    refused: int = 0

    @property
    def seen(self) -> int:
        return self.taken + self.known + self.refused


@dataclass(frozen=True, slots=True)
class _Destination:
    """Where orders of one item, place and day go, with the part of their row that they share."""

    item: KnownItem
    place: str
    place_path: str
    unit: str | None
    shared: bytes


@dataclass(frozen=True, slots=True)
class _Resolved:
    order: ImportedOrder
    to: _Destination
    form: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PreparedOrders:
    """A batch as it will be copied: rows of orders, events and journal entries, and the last entry by itself."""

    count: int
    orders: bytes
    events: bytes
    entries: bytes
    last: PreparedEntry


def import_orders(
    actor: Actor,
    *,
    orders: Iterable[ImportedOrder],
    refused: Callable[[ImportRefusal], None],
    progress: Callable[[ImportReport], None] = lambda report: None,
    batch: int = BATCH,
) -> ImportReport:
    """Bring in orders and report. Safe to run again: what has its key here already is passed over.

    ``refused`` is told of each line that cannot be taken, ``progress`` after each batch.
    """
    report = ImportReport()
    pipeline = _Pipeline(actor)
    try:
        for resolved in _batches(orders, pipeline, report, refused, batch):
            report.taken += pipeline.put(resolved)
            progress(report)
        report.taken += pipeline.finish()
        progress(report)
    finally:
        pipeline.close()
    return report


class _Pipeline:
    """Three batches at once: one is read, one is made into rows, one is written by a connection of its own."""

    def __init__(self, actor: Actor) -> None:
        self._actor = actor
        self._maker = ThreadPoolExecutor(max_workers=1)
        self._writer = ThreadPoolExecutor(max_workers=1)
        self._waiting: deque[tuple[dict[str, int], Future[int]]] = deque()

    def lines_under_way(self) -> dict[str, int]:
        """The keys that are not written yet, each with its line."""
        return {key: line for keys, _written in self._waiting for key, line in keys.items()}

    def put(self, resolved: list[_Resolved]) -> int:
        """Send a batch on its way; return how many orders have been written since the last time."""
        if resolved:
            made = self._maker.submit(prepare_orders, self._actor, resolved)
            written = self._writer.submit(self._store, made)
            self._waiting.append(({each.order.key: each.order.line for each in resolved}, written))
        return self._written(left=UNDER_WAY_MAX)

    def finish(self) -> int:
        """Wait for what is under way; return how many orders it held."""
        return self._written(left=0)

    def close(self) -> None:
        """End the threads, and the writer's connection with them. What was not begun is dropped."""
        self._maker.shutdown(cancel_futures=True)
        for _keys, written in self._waiting:
            written.cancel()
        self._writer.submit(lambda: connection.close())  # in that thread: each has a connection of its own
        self._writer.shutdown()

    def _store(self, made: Future[PreparedOrders]) -> int:
        return store_past_orders(self._actor, prepared=made.result())

    def _written(self, *, left: int) -> int:
        count = 0
        while len(self._waiting) > left:
            count += self._waiting.popleft()[1].result()
        return count


def _batches(
    orders: Iterable[ImportedOrder],
    pipeline: _Pipeline,
    report: ImportReport,
    refused: Callable[[ImportRefusal], None],
    batch: int,
) -> Iterator[list[_Resolved]]:
    rest = iter(orders)
    resolver = _Resolver()
    while some := list(islice(rest, batch)):
        known = _keys_here([order.key for order in some])
        lines = pipeline.lines_under_way()
        taken: list[_Resolved] = []
        for order in some:
            if order.key in known and order.key not in lines:
                report.known += 1
                continue
            try:
                taken.append(resolver.resolve(order, lines))
                lines[order.key] = order.line
            except TianquError as error:
                report.refused += 1
                refused(ImportRefusal(order.line, order.key, error))
        yield taken


def _keys_here(keys: Sequence[str]) -> set[str]:
    """Which of these keys were imported before."""
    with seeing(EVERYTHING), connection.cursor() as cursor:
        cursor.execute("SELECT source_key FROM orders_order WHERE source_key = ANY (%s)", [list(keys)])
        return {row[0] for row in cursor.fetchall()}


class _Resolver:
    """Finds the version of the item, the place and the unit for each order, remembering what it found."""

    def __init__(self) -> None:
        self.clean: set[tuple[str, str, str]] = set()
        self.found: dict[tuple[str, str, date], _Destination] = {}
        self.places: dict[str, list[Place]] = {}
        self.units: dict[tuple[tuple[str, ...], UUID], UUID | None] = {}
        self.answers: dict[tuple[int, bytes], Mapping[str, Any]] = {}

    def resolve(self, order: ImportedOrder, lines: Mapping[str, int]) -> _Resolved:
        """Check an order, and return it with where it goes."""
        if not order.key or len(order.key) > KEY_MAX:
            raise InvalidInput(_("This line has no usable key."), field="key", value=order.key[:40])
        if order.key in lines:
            raise InvalidInput(
                _("The key %(value)s was given on line %(line)s already."), field="key", value=order.key,
                line=lines[order.key], remedy=_("Give each order a key of its own."),
            )  # fmt: skip
        _check_dates(order)
        texts = (order.title, order.description, order.address)
        if texts not in self.clean:
            _check_texts(order)
            if len(self.clean) > REMEMBERED_MAX:
                self.clean.clear()
            self.clean.add(texts)
        day = order.placed_at.date()  # in the time zone of its source
        where = (order.item, order.place, day)
        destination = self.found.get(where)
        if destination is None:
            destination = self.found[where] = self._destination(order, day)
            if len(self.found) > REMEMBERED_MAX:
                self.found.clear()
        return _Resolved(order, destination, self._form(destination.item, order.form, day))

    def _destination(self, order: ImportedOrder, day: date) -> _Destination:
        item = known_item(order.item, on=day)
        place_id, path = self._place(order.place, day)
        unit_id = self._unit(item, place_id)
        shared = b"".join((
            binary.long(item.id), binary.identifier(place_id), binary.text(path), binary.identifier(unit_id),
        ))  # fmt: skip
        return _Destination(item, str(place_id), path, None if unit_id is None else str(unit_id), shared)

    def _place(self, code: str, day: date) -> tuple[UUID, str]:
        """The place as it was on that day, and the path of where it is looked after today."""
        if code not in self.places:
            self.places[code] = list(Place.objects.filter(code=code).defer("boundary")) if len(code) <= KEY_MAX else []
        for place in self.places[code]:
            if place.holds_on(day):
                return place.id, known_place(place.id).path
        raise NotFound(_("No place has the code %(value)s on this day."), field="place", value=code[:KEY_MAX])

    def _unit(self, item: KnownItem, place_id: UUID) -> UUID | None:
        """The unit that the item names for this place, today."""
        kinds = tuple(each["unit_kind"] for each in item.definition.get("answerable", ()))
        if (kinds, place_id) not in self.units:
            place = place_with(place_id)
            units = (unit_for(kind, place) for kind in kinds)
            self.units[kinds, place_id] = next((unit.id for unit in units if unit is not None), None)
        return self.units[kinds, place_id]

    def _form(self, item: KnownItem, answers: Mapping[str, Any], day: date) -> Mapping[str, Any]:
        if not answers:
            return answers
        key = (item.id, orjson.dumps(answers, option=orjson.OPT_SORT_KEYS))
        checked = self.answers.get(key)
        if checked is None:
            try:
                checked = self.answers[key] = validate(item_form(item), answers, today=day)
            except InvalidInputs as error:
                raise error.errors[0] from error
        return checked


def _check_texts(order: ImportedOrder) -> None:
    clean_text(order.title, field="title", most=TITLE_MAX, wanted=True)
    clean_text(order.description, field="description", most=DESCRIPTION_MAX, wanted=True)
    clean_text(order.address, field="address", most=ADDRESS_MAX)


def _check_dates(order: ImportedOrder) -> None:
    for name, at in (("placed_at", order.placed_at), ("closed_at", order.closed_at)):
        if at is not None and at.year not in YEARS:
            raise InvalidInput(_("%(value)s is not a believable date."), field=name, value=at.date().isoformat())
    if order.closed_at is not None and order.closed_at < order.placed_at:
        raise InvalidInput(
            _("It was closed on %(value)s, before it was placed on %(placed)s."), field="closed_at",
            value=order.closed_at.date().isoformat(), placed=order.placed_at.date().isoformat(),
        )  # fmt: skip


# How an imported order's columns are copied; what is not here has its default.
ORDER_COLUMNS: Final = (
    "id", "code", "item_id", "place_id", "place_path", "unit_id", "address", "title", "description", "form",
    "channel", "state", "placed_at", "dispatched_at", "done_at", "closed_at", "updated_at", "source_key",
)  # fmt: skip
EVENT_COLUMNS: Final = ("order_id", "sequence", "at", "act", "actor_kind", "from_state", "to_state", "audience")
ACT: Final = "orders.import"
_CHANNEL: Final = binary.text("import")
_SYSTEM: Final = binary.text("system")
_PUBLIC: Final = binary.text("public")
_STATES: Final = {state: binary.text(state) for state in ("", "placed", "dispatched", "closed")}
_ACTS: Final = {name: binary.text(name) for name in ("orders.place", "orders.dispatch", "orders.close")}
_FIRST, _SECOND = binary.integer(1), binary.integer(2)
_ORDER_START: Final = binary.row_start(len(ORDER_COLUMNS))
_EVENT_START: Final = binary.row_start(len(EVENT_COLUMNS))
_ENTRY_START: Final = binary.row_start(len(ENTRY_COLUMNS))


def prepare_orders(actor: Actor, resolved: Sequence[_Resolved]) -> PreparedOrders:
    """Make the rows of a batch: each order with two events and two entries. Nothing is read from the database."""
    orders, events, entries = [binary.HEADER], [binary.HEADER], [binary.HEADER]
    maker = EntryMaker(act=ACT, actor=actor, count=2 * len(resolved))
    entry_actor = binary.identifier(actor.person_id) + binary.identifier(actor.post_id) + binary.text(actor.channel)
    last: PreparedEntry | None = None
    for each in resolved:
        if last is not None:
            entries.append(_entry_row(last, entry_actor))
        order_id = new_identifier()
        code = order_code(order_id)
        orders.append(_order_row(order_id, code, each))
        events.append(_event_rows(order_id, each.order))
        first, last = _entries(maker, order_id, code, each)
        entries.append(_entry_row(first, entry_actor))
    assert last is not None, "an empty batch is not prepared"
    for rows in (orders, events, entries):
        rows.append(binary.TRAILER)
    return PreparedOrders(len(resolved), b"".join(orders), b"".join(events), b"".join(entries), last)


def _order_row(order_id: UUID, code: str, each: _Resolved) -> bytes:
    order = each.order
    placed, closed = binary.moment(order.placed_at), binary.moment(order.closed_at)
    return b"".join((
        _ORDER_START, binary.identifier(order_id), binary.text(code), each.to.shared, binary.text(order.address),
        binary.text(order.title), binary.text(order.description), binary.json(orjson.dumps(each.form)), _CHANNEL,
        _STATES["dispatched" if order.closed_at is None else "closed"], placed, placed, closed, closed,
        placed if order.closed_at is None else closed, binary.text(order.key),
    ))  # fmt: skip


def _event_rows(order_id: UUID, order: ImportedOrder) -> bytes:
    subject, placed = binary.identifier(order_id), binary.moment(order.placed_at)
    name, state, at = _second(order)
    return b"".join((
        _EVENT_START, subject, _FIRST, placed, _ACTS["orders.place"], _SYSTEM, _STATES[""], _STATES["placed"], _PUBLIC,
        _EVENT_START, subject, _SECOND, binary.moment(at), _ACTS[name], _SYSTEM, _STATES["placed"], _STATES[state],
        _PUBLIC,
    ))  # fmt: skip


def _second(order: ImportedOrder) -> tuple[str, str, datetime]:
    """What happened after it was placed: it was closed, or it still waits at its unit."""
    if order.closed_at is None:
        return "orders.dispatch", "dispatched", order.placed_at
    return "orders.close", "closed", order.closed_at


def _entries(maker: EntryMaker, order_id: UUID, code: str, each: _Resolved) -> tuple[PreparedEntry, PreparedEntry]:
    order, to = each.order, each.to
    name, state, at = _second(order)
    image: dict[str, Any] = {
        "id": str(order_id), "code": code, "item": to.item.code, "item_version": to.item.version,
        "place": to.place, "place_path": to.place_path, "address": order.address, "title": order.title,
        "description": order.description, "form": each.form, "channel": "import",
        "placed_at": written_time(order.placed_at), "source_key": order.key, "state": "placed",
        "event": {"act": "orders.place", "sequence": 1},
    }  # fmt: skip
    subject = f"order:{order_id}"
    first = maker.entry(subject, after=image, at=order.placed_at)
    image |= {
        "state": state, "unit": to.unit, "closed_at": None if order.closed_at is None else written_time(at),
        "event": {"act": name, "sequence": 2},
    }  # fmt: skip
    return first, maker.entry(subject, after=image, at=at)


def _entry_row(entry: PreparedEntry, actor: bytes) -> bytes:
    return b"".join((
        _ENTRY_START, binary.text(entry.act), binary.text(entry.subject), actor, binary.moment(entry.at),
        binary.NULL, binary.NULL, binary.raw(entry.leaf), binary.raw(entry.salt), binary.raw(entry.body),
    ))  # fmt: skip


_STAGES: Final = """
CREATE TEMPORARY TABLE IF NOT EXISTS import_order (
    id uuid, code text, item_id bigint, place_id uuid, place_path text, unit_id uuid, address text, title text,
    description text, form jsonb, channel text, state text, placed_at timestamptz, dispatched_at timestamptz,
    done_at timestamptz, closed_at timestamptz, updated_at timestamptz, source_key text
) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE IF NOT EXISTS import_event (
    order_id uuid, sequence integer, at timestamptz, act text, actor_kind text, from_state text, to_state text,
    audience text
) ON COMMIT DELETE ROWS
"""
_TAKE_ORDERS: Final = (
    f"INSERT INTO orders_order ({', '.join(ORDER_COLUMNS)}, last_event, version)"  # noqa: S608  names are constants
    f" SELECT {', '.join(ORDER_COLUMNS).replace('place_path', 'place_path::ltree')}, 2, 2 FROM import_order"
)
_TAKE_EVENTS: Final = (
    f"INSERT INTO orders_event ({', '.join(EVENT_COLUMNS)}) SELECT {', '.join(EVENT_COLUMNS)} FROM import_event"  # noqa: S608
)


def _may_import(acting: Acting, /, **arguments: Any) -> None:
    require(acting.actor, ACT)


@act(ACT, may=_may_import)
def store_past_orders(acting: Acting, *, prepared: PreparedOrders) -> int:
    """Write a batch that was prepared, all of it or nothing; return how many orders it holds."""
    with connection.cursor() as cursor:
        for statement in _STAGES.split(";"):
            cursor.execute(statement)
        _copy(cursor, "import_order", ORDER_COLUMNS, prepared.orders)
        _copy(cursor, "import_event", EVENT_COLUMNS, prepared.events)
        cursor.execute(_TAKE_ORDERS)
        cursor.execute(_TAKE_EVENTS)
        _copy(cursor, "journal_entry", ENTRY_COLUMNS, prepared.entries)
    acting.entries.append(prepared.last)
    return prepared.count


def _copy(cursor: Any, table: str, columns: Sequence[str], rows: bytes) -> None:
    with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT BINARY)") as copy:
        copy.write(rows)
