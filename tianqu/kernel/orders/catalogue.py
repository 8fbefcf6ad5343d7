"""What a process keeps in its memory so that placing an order costs one statement: items, calendar, places.

Each is read again when its stamp in the database has changed, and the stamp is looked at no more than once a
``STAMP_SECONDS``: a new version of an item is therefore used everywhere a second after it is published. What is kept
carries no personal data.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Final
from uuid import UUID

import orjson
from django.db import connection

from tianqu.base.calendars import calendar_from
from tianqu.base.errors import InvalidInput, NotFound, _
from tianqu.base.working_time import Duration, WorkingCalendar
from tianqu.kernel.orders.clocks import clock_duration
from tianqu.kernel.orders.flow import APPEAL, Flow, Who, flow_called, known_flows
from tianqu.kernel.orders.forms import Form, form_from
from tianqu.kernel.orders.items import OFFICE, ItemDefinition, definition_from
from tianqu.kernel.places.api import place_called, place_today

STAMP_SECONDS: Final = 1.0
PLACE_SECONDS: Final = 30.0
PLACES_KEPT_MAX: Final = 20_000


@dataclass(frozen=True)
class KnownItem:
    """One version of an item as it is kept in memory. ``definition`` is as docs/items.md lays it out."""

    id: int
    code: str
    version: int
    valid_from: date
    valid_to: date | None
    family: str
    title: str
    title_en: str
    definition: Mapping[str, Any]

    @cached_property
    def clocks(self) -> Mapping[str, Any]:
        """What the item says about its clocks; what it leaves out has defaults."""
        clocks: Mapping[str, Any] = self.definition.get("clocks") or {}
        return clocks

    @cached_property
    def urgency(self) -> str:
        """``none``, ``utilities`` or ``danger``."""
        return str(self.definition.get("urgency") or "none")

    @cached_property
    def private(self) -> bool:
        """Whether orders of this item are never shown in public."""
        return bool(self.definition.get("private", False))

    @cached_property
    def flow(self) -> Flow:
        """The steps that its orders take."""
        return flow_called(self.flow_code)

    @property
    def flow_code(self) -> str:
        """What its flow is called, also where the pack that declares it is not installed."""
        return str(self.definition.get("flow") or APPEAL.code)

    @cached_property
    def at_once(self) -> bool:
        """Whether everybody reads what is asked from the start, in the asker's own words."""
        return self.definition.get("public") == "at_once"

    @cached_property
    def askers(self) -> frozenset[str]:
        """Who may ask: ``resident``, ``firm``; ``office`` for what an office's own act places."""
        return frozenset(self.definition.get("askers") or ("resident", "firm"))

    @cached_property
    def whole(self) -> ItemDefinition:
        """The definition in its parts. When the day changes on which a version ends, it is read anew."""
        return definition_from(self.definition, valid_from=self.valid_from, valid_to=self.valid_to)

    @cached_property
    def offered(self) -> bool:
        """Whether people may ask for it; what offices alone place stands in no list of services."""
        return self.askers != {OFFICE}

    @cached_property
    def identities(self) -> frozenset[str]:
        """How askers may show themselves: ``open``, ``sealed``, ``anonymous``."""
        return frozenset(self.definition.get("identity") or ("open", "sealed", "anonymous"))

    def duration(self, kind: str, *, urgency: str) -> Duration:
        """How long a clock of ``kind`` runs for a request of an urgency, its own or a higher one."""
        known: dict[tuple[str, str], Duration] = self.__dict__.setdefault("_durations", {})
        duration = known.get((kind, urgency))
        if duration is None:
            duration = clock_duration(self.clocks, kind, urgency=urgency, own_urgency=self.urgency)
            known[kind, urgency] = duration
        return duration

    def holds_on(self, day: date) -> bool:
        """Whether this version holds on ``day``."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True, slots=True)
class KnownPlace:
    """A place and where it is looked after today."""

    id: UUID
    path: str


class _Kept:
    """Everything kept, with the stamp it was read under."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self.looked_at = 0.0
        self.stamp: tuple[object, ...] = ()
        self.items: dict[int, KnownItem] = {}
        self.versions: dict[str, list[KnownItem]] = {}
        self.forms: dict[int, Form] = {}
        self.calendar: WorkingCalendar | None = None
        self.places: dict[UUID, tuple[float, KnownPlace]] = {}
        self.place_ids: dict[str, tuple[float, UUID]] = {}


_kept = _Kept()


def forget_catalogue() -> None:
    """Read everything again before it is next used; acts that publish call it, so that they see what they did."""
    _kept.forget()


def known_item(code: str, *, on: date) -> KnownItem:
    """Return the version of an item that holds on a day.

    Raises ``NotFound`` for a code that nobody published, and ``InvalidInput`` for a day on which no version holds.
    """
    _refresh()
    versions = _kept.versions.get(code)
    if not versions:
        raise NotFound(_("There is no item %(value)s."), field="item", value=code)
    for version in versions:
        if version.holds_on(on):
            return version
    raise InvalidInput(
        _("The item %(value)s does not hold on %(day)s."), field="item", value=code, day=on.isoformat(),
        remedy=_("Choose an item that is offered today."),
    )  # fmt: skip


def item_version(item_id: int) -> KnownItem:
    """Return one version of an item by its number."""
    _refresh()
    item = _kept.items.get(item_id)
    if item is None:
        forget_catalogue()
        _refresh()
        item = _kept.items.get(item_id)
    if item is None:
        raise NotFound(_("There is no such version of an item."), field="item", value=item_id)
    return item


def item_form(item: KnownItem) -> Form:
    """Return the form of an item, read once."""
    form = _kept.forms.get(item.id)
    if form is None:
        form = _kept.forms[item.id] = form_from(item.definition.get("form") or {})
    return form


def items_on(day: date) -> list[KnownItem]:
    """Return every item that people may ask for on a day, by code."""
    _refresh()
    held = (item for __, versions in sorted(_kept.versions.items()) for item in versions if item.holds_on(day))
    return [item for item in held if item.offered]


def items_without(act: str) -> list[int]:
    """Return the numbers of the items whose orders no timer moves by this act, by their flow."""
    _refresh()
    taking = {flow.code for flow in known_flows() if flow.takes(act, Who.SYSTEM)}
    return [item.id for item in _kept.items.values() if item.flow_code not in taking]


def items_of_flows(codes: Collection[str]) -> list[int]:
    """Return the numbers of the items whose orders take one of some flows."""
    _refresh()
    return [item.id for item in _kept.items.values() if item.flow_code in codes]


def all_items() -> list[tuple[str, list[KnownItem]]]:
    """Return every item that was ever published by its code, each with its versions, the newest first."""
    _refresh()
    return sorted(_kept.versions.items())


def realm_calendar() -> WorkingCalendar:
    """Return the calendar by which the offices of this realm work.

    Raises ``NotFound`` while none is published: a deadline is never computed by a guess.
    """
    _refresh()
    if _kept.calendar is None:
        raise NotFound(
            _("No working calendar is published."), field="calendar",
            remedy=_("Publish the realm's calendar.toml first."),
        )  # fmt: skip
    return _kept.calendar


def place_id_called(code: str) -> UUID:
    """Return the identifier of the place that has a code today. Raises ``NotFound``."""
    now = time.monotonic()
    kept = _kept.place_ids.get(code)
    if kept is not None and kept[0] > now:
        return kept[1]
    place_id = place_called(code).id
    if len(_kept.place_ids) >= PLACES_KEPT_MAX:
        _kept.place_ids.clear()
    _kept.place_ids[code] = (now + PLACE_SECONDS, place_id)
    return place_id


def known_place(place_id: UUID) -> KnownPlace:
    """Return where a place is looked after today, also for one that was merged away. Raises ``NotFound``."""
    now = time.monotonic()
    kept = _kept.places.get(place_id)
    if kept is not None and kept[0] > now:
        return kept[1]
    place = KnownPlace(place_id, place_today(place_id).path)
    if len(_kept.places) >= PLACES_KEPT_MAX:
        _kept.places.clear()
    _kept.places[place_id] = (now + PLACE_SECONDS, place)
    return place


def _refresh() -> None:
    now = time.monotonic()
    if now - _kept.looked_at < STAMP_SECONDS and _kept.stamp:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT max(id) FROM orders_item), (SELECT count(valid_to) FROM orders_item),"
            " (SELECT max(id) FROM orders_calendar)"
        )
        stamp = cursor.fetchone()
        _kept.looked_at = now
        if stamp == _kept.stamp:
            return
        _read_items(cursor)
        _read_calendar(cursor)
    _kept.stamp = stamp


def _read_items(cursor: Any) -> None:
    cursor.execute(
        "SELECT id, code, version, valid_from, valid_to, family, title, title_en, definition::text"
        " FROM orders_item ORDER BY code, version DESC"
    )
    items = [KnownItem(*(*row[:8], orjson.loads(row[8]))) for row in cursor.fetchall()]
    _kept.items = {item.id: item for item in items}
    _kept.versions, _kept.forms = {}, {}
    for item in items:
        _kept.versions.setdefault(item.code, []).append(item)


def _read_calendar(cursor: Any) -> None:
    cursor.execute("SELECT content::text, digest FROM orders_calendar ORDER BY id DESC LIMIT 1")
    row = cursor.fetchone()
    if row is None:
        _kept.calendar = None
    elif _kept.calendar is None or _kept.calendar.digest != row[1]:
        _kept.calendar = calendar_from(dated(orjson.loads(row[0])))


def dated(content: Mapping[str, Any]) -> dict[str, Any]:
    """Turn the dates of a calendar's overrides, which JSON holds as text, into dates again."""
    overrides = [
        {**override, "date": date.fromisoformat(str(override["date"]))} for override in content.get("overrides", [])
    ]
    return {**content, "overrides": overrides}
