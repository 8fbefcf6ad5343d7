"""Loading places and their successions from a realm's files, in one act.

A row of places has the columns ``code, name, name_en, kind, parent, valid_from, valid_to, lon, lat,
position_invented``; ``parent`` is a code. A row of successions has ``from_code, to_code, on, kind, derived``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from tianqu.base.errors import Conflict, InvalidInput, NotPermitted, TianquError, _
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import Acting, Actor, act
from tianqu.kernel.places.checks import (
    checked_code,
    checked_kind,
    checked_name,
    checked_span,
    day_in,
    degrees_in,
)
from tianqu.kernel.places.images import place_image
from tianqu.kernel.places.loading import (
    LoadReport,
    NothingToDo,
    Row,
    copy_rows,
    numbered,
    report_of,
    required_in,
    text_in,
    yes_in,
)
from tianqu.kernel.places.models import DERIVED, SUCCESSION_KINDS, Place, Succession
from tianqu.kernel.places.permissions import can, require
from tianqu.kernel.places.tree import Located, forget_all, lock_tree

DEPTH_MAX = 20
PLACE_COLUMNS = (
    "id", "code", "name", "name_en", "kind", "parent_id", "path", "valid_from", "valid_to", "lon", "lat",
    "position_invented", "boundary",
)  # fmt: skip
UPDATED = ("name", "name_en", "valid_to", "lon", "lat", "position_invented")


def load_places(
    actor: Actor,
    *,
    rows: Sequence[Row],
    successions: Sequence[Row] = (),
    boundaries: Mapping[str, Mapping[str, Any]] | None = None,
    update: bool = False,
) -> LoadReport:
    """Store the places and successions that are not there yet, and report what became of each row.

    Rows that are there already stay as they are, so that a second run changes nothing, nor undoes what was
    changed by acts since. With ``update`` their name, position and end are taken from the file.
    ``boundaries`` are GeoJSON geometries by code, stored with the rows that have no end.
    """
    return report_of(
        lambda: store_places(actor, rows=rows, successions=successions, boundaries=boundaries or {}, update=update)
    )


def may_load(acting: Acting, /, **arguments: Any) -> None:
    """The act must be permitted; each row must then lie in the actor's reach, or it is refused."""
    require(acting.actor, acting.act)


@act("places.load_places", may=may_load)
def store_places(
    acting: Acting,
    *,
    rows: Sequence[Row],
    successions: Sequence[Row],
    boundaries: Mapping[str, Mapping[str, Any]],
    update: bool,
) -> LoadReport:
    """Store rows of places and successions; see ``load_places``."""
    lock_tree()
    loading = _Loading(acting, boundaries, update=update)
    loading.take_places(rows)
    loading.take_successions(successions)
    if not loading.touched:
        raise NothingToDo(loading.report)
    loading.store()
    forget_all()
    return loading.report


class _Loading:
    """The tree as it is and as it becomes, while one file is loaded."""

    def __init__(self, acting: Acting, boundaries: Mapping[str, Mapping[str, Any]], *, update: bool) -> None:
        self.acting = acting
        self.boundaries = boundaries
        self.update = update
        self.report = LoadReport()
        self.by_code: dict[str, list[Place]] = {}
        self.stored: dict[UUID, Place] = {}
        self.new: list[Place] = []
        self.changed: list[Place] = []
        self.new_successions: list[Succession] = []
        self.touched: dict[UUID, Place] = {}
        for place in Place.objects.defer("boundary"):
            self.stored[place.id] = place
            self.by_code.setdefault(place.code, []).append(place)

    def take_places(self, rows: Sequence[Row]) -> None:
        """Check every row, then find the parents, which may stand anywhere in the file."""
        drafts: list[tuple[int, Place, str]] = []
        for line, row in numbered(rows):
            try:
                drafts.append((line, *self._draft(row)))
            except TianquError as error:
                self.report.refuse("places", line, error)
        waiting: list[tuple[int, Place, str]] = []
        for line, place, parent_code in drafts:
            known = self._known(place)
            if known is not None:
                self._keep(known, place)
            elif any(_overlap(place, other) for other in self.by_code.get(place.code, ())):
                self.report.refuse("places", line, _taken(place))
            else:
                self.by_code.setdefault(place.code, []).append(place)
                waiting.append((line, place, parent_code))
        self._hang(waiting)

    def _draft(self, row: Row) -> tuple[Place, str]:
        place = Place(
            id=new_identifier(), code=checked_code(required_in(row, "code")),
            name=checked_name(required_in(row, "name")),
            name_en=checked_name(text_in(row, "name_en"), field="name_en", required=False),
            kind=checked_kind(required_in(row, "kind")), valid_from=day_in(row, "valid_from"),
            valid_to=day_in(row, "valid_to"), lon=degrees_in(row, "lon", limit=180),
            lat=degrees_in(row, "lat", limit=90), position_invented=yes_in(row, "position_invented"),
        )  # fmt: skip
        checked_span(place.valid_from, valid_to=place.valid_to)
        if (place.lon is None) != (place.lat is None):
            raise InvalidInput(_("A position needs both a longitude and a latitude."), field="lon")
        return place, text_in(row, "parent")

    def _known(self, place: Place) -> Place | None:
        same = (other for other in self.by_code.get(place.code, ()) if other.valid_from == place.valid_from)
        return next((other for other in same if other.id in self.stored), None)

    def _keep(self, known: Place, place: Place) -> None:
        differing = [column for column in UPDATED if getattr(known, column) != getattr(place, column)]
        if not (self.update and differing):
            self.report.unchanged += 1
            return
        for column in differing:
            setattr(known, column, getattr(place, column))
        self.changed.append(known)
        self.touched[known.id] = known
        self.report.accepted += 1

    def _hang(self, waiting: list[tuple[int, Place, str]]) -> None:
        """Give each place its parent and path, level by level."""
        for _level in range(DEPTH_MAX):
            later: list[tuple[int, Place, str]] = []
            for line, place, parent_code in waiting:
                parent = self._parent(place, parent_code) if parent_code else None
                if parent_code and parent is not None and not parent.path:
                    later.append((line, place, parent_code))
                else:
                    self._accept(line, place, parent, parent_code)
            if not later or len(later) == len(waiting):
                break
            waiting = later
        for line, place, parent_code in later:
            self._drop(line, place, _no_parent(parent_code))

    def _parent(self, place: Place, code: str) -> Place | None:
        """The row of the parent that holds on the child's last day, or today's if the child has no end."""
        rows = self.by_code.get(code, [])
        if place.valid_to is None:
            return next((row for row in rows if row.valid_to is None), None)
        last = place.valid_to - timedelta(days=1)
        return next((row for row in rows if row.holds_on(last)), None)

    def _accept(self, line: int, place: Place, parent: Place | None, parent_code: str) -> None:
        if parent_code and parent is None:
            self._drop(line, place, _no_parent(parent_code))
            return
        place.path = f"{parent.path}.{place.code}" if parent else place.code
        place.parent = parent
        if not can(self.acting.actor, self.acting.act, Located(place_path=place.path)):
            place.path = ""
            self._drop(line, place, _beyond(place))
            return
        if place.valid_to is None:
            boundary = self.boundaries.get(place.code)
            place.boundary = dict(boundary) if boundary is not None else None
        self.new.append(place)
        self.touched[place.id] = place
        self.report.accepted += 1

    def _drop(self, line: int, place: Place, error: TianquError) -> None:
        self.by_code[place.code].remove(place)
        self.report.refuse("places", line, error)

    def take_successions(self, rows: Sequence[Row]) -> None:
        """Check every succession against the tree as it will be."""
        known = set(Succession.objects.values_list("from_place_id", "to_place_id"))
        for line, row in numbered(rows):
            try:
                succession = self._succession(row)
            except TianquError as error:
                self.report.refuse("successions", line, error)
                continue
            pair = (succession.from_place_id, succession.to_place_id)
            if pair in known:
                self.report.unchanged += 1
                continue
            known.add(pair)
            self.new_successions.append(succession)
            self.touched[succession.from_place_id] = succession.from_place
            self.report.accepted += 1

    def _succession(self, row: Row) -> Succession:
        day = day_in(row, "on")
        if day is None:
            raise InvalidInput(_("The column %(column)s is empty."), field="on", column="on")
        kind = _one_of(row, "kind", SUCCESSION_KINDS)
        derived = _one_of(row, "derived", DERIVED)
        from_place = self._ending(required_in(row, "from_code"), day)
        to_place = self._holding(required_in(row, "to_code"), day)
        if not can(self.acting.actor, self.acting.act, Located(place_path=from_place.path)):
            raise _beyond(from_place)
        # The follower holds on the day on which the other ends, so that no chain can lead back.
        return Succession(
            id=new_identifier(), from_place=from_place, to_place=to_place, happened_on=day, kind=kind, derived=derived
        )  # fmt: skip

    def _ending(self, code: str, day: date) -> Place:
        for place in self.by_code.get(code, ()):
            if place.valid_to == day:
                return place
        raise InvalidInput(
            _("No place with the code %(value)s ends on %(day)s."),
            field="from_code",
            value=code[:40],
            day=day,
        )

    def _holding(self, code: str, day: date) -> Place:
        for place in self.by_code.get(code, ()):
            if place.holds_on(day):
                return place
        raise InvalidInput(
            _("No place with the code %(value)s holds on %(day)s."), field="to_code", value=code[:40], day=day
        )

    def store(self) -> None:
        """Write what is new and changed, and record each place once."""
        copy_rows("places_place", PLACE_COLUMNS, (_columns(place) for place in self.new))
        Place.objects.bulk_update(self.changed, UPDATED, batch_size=500)
        copy_rows(
            "places_succession",
            ("id", "from_place_id", "to_place_id", "happened_on", "kind", "derived"),
            ((s.id, s.from_place_id, s.to_place_id, s.happened_on, s.kind, s.derived) for s in self.new_successions),
        )
        followed: dict[UUID, list[Succession]] = {}
        for succession in Succession.objects.filter(from_place_id__in=self.touched):
            followed.setdefault(succession.from_place_id, []).append(succession)
        for place in self.touched.values():
            self.acting.record(f"place:{place.id}", after=place_image(place, followed.get(place.id, ())))


def _columns(place: Place) -> tuple[object, ...]:
    boundary = None if place.boundary is None else json.dumps(place.boundary)
    return (
        place.id, place.code, place.name, place.name_en, place.kind, place.parent_id, place.path, place.valid_from,
        place.valid_to, place.lon, place.lat, place.position_invented, boundary,
    )  # fmt: skip


def _overlap(one: Place, other: Place) -> bool:
    """Say whether two rows hold on some day together."""
    one_first = one.valid_to is not None and other.valid_from is not None and one.valid_to <= other.valid_from
    other_first = other.valid_to is not None and one.valid_from is not None and other.valid_to <= one.valid_from
    return not (one_first or other_first)


def _one_of(row: Row, column: str, allowed: tuple[str, ...]) -> str:
    value = required_in(row, column)
    if value not in allowed:
        raise InvalidInput(
            _("%(value)s is not among: %(allowed)s."),
            field=column,
            value=value[:40],
            allowed=", ".join(allowed),
        )
    return value


def _taken(place: Place) -> TianquError:
    return Conflict(
        _("Another place has the code %(value)s in that time."), field="code", value=place.code,
        remedy=_("Let one end before the other begins."),
    )  # fmt: skip


def _no_parent(code: str) -> TianquError:
    return InvalidInput(_("There is no place %(value)s to lie in, in that time."), field="parent", value=code[:40])


def _beyond(place: Place) -> TianquError:
    return NotPermitted(_("The place %(value)s is not within your reach."), field="code", value=place.code)
