"""Changing the tree of places inside an act: beginning, ending and moving rows, and what follows a place.

These are plain functions that several acts share; each records the subjects that it changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar
from uuid import UUID

from django.db import connection
from django.db.models import Model, Q, QuerySet

from tianqu.base.errors import Conflict, InvalidInput, TooLarge, _
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import Acting
from tianqu.kernel.places.images import place_image, post_image, unit_image
from tianqu.kernel.places.models import Place, Post, Succession, Unit
from tianqu.kernel.places.permissions import forget_actors
from tianqu.kernel.places.queries import forget_units

Row = TypeVar("Row", bound=Model)

MOVED_MAX = 20_000


@dataclass(frozen=True, slots=True)
class Located:
    """Where something is, for the permission check."""

    place_path: str | None = None
    unit_id: UUID | None = None
    person_id: UUID | None = None


def lock_tree() -> None:
    """Let one act at a time change places, units and posts, so that what it checked still holds when it
    writes.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('tianqu.places'))")


def forget_all() -> None:
    """Forget what this process remembers of who may do what and who answers where."""
    forget_actors()
    forget_units()


def lasting(day: date) -> Q:
    """Rows that hold on or after ``day``."""
    return Q(valid_to__isnull=True) | Q(valid_to__gt=day)


def must_be_open(place: Place) -> None:
    """Refuse to put anything into a place that has closed or is to close."""
    if place.valid_to is not None:
        raise Conflict(
            _("The place %(value)s closes on %(day)s."), value=place.code, day=place.valid_to,
            remedy=_("Choose the place that follows it."),
        )  # fmt: skip


def must_hold(place: Place, *, on: date) -> None:
    """Refuse a change to a place that has closed or is to close, or that begins on the day of the change or
    later.
    """
    must_be_open(place)
    if place.valid_from is not None and place.valid_from >= on:
        raise InvalidInput(
            _("The place %(value)s begins on %(day)s only."), field="on", value=place.code, day=place.valid_from,
            remedy=_("Choose a later day."),
        )  # fmt: skip


def record_place(acting: Acting, place: Place) -> None:
    """Record a place with its successions as they are now."""
    record_places(acting, [place])


def record_places(acting: Acting, places: Sequence[Place]) -> None:
    """Record places with their successions as they are now, by one query."""
    followed: dict[UUID, list[Succession]] = {place.id: [] for place in places}
    for succession in Succession.objects.filter(from_place_id__in=list(followed)).order_by("id"):
        followed[succession.from_place_id].append(succession)
    for place in places:
        acting.record(f"place:{place.id}", after=place_image(place, followed[place.id]))


def begin_place(
    acting: Acting, *, like: Place, parent: Place | None, on: date | None, code: str, name: str, name_en: str
) -> Place:
    """Begin a place on a day with the kind and position of ``like``."""
    if Place.objects.filter(code=code).filter(lasting(on) if on else Q()).exists():
        raise Conflict(_("A place with the code %(value)s exists already."), field="code", value=code)
    place = Place(
        id=new_identifier(), code=code, name=name, name_en=name_en, kind=like.kind, parent=parent,
        path=f"{parent.path}.{code}" if parent else code, valid_from=on, valid_to=None, lon=like.lon,
        lat=like.lat, position_invented=like.position_invented, boundary=like.boundary,
    )  # fmt: skip
    place.save(force_insert=True)
    record_place(acting, place)
    return place


def end_place(acting: Acting, place: Place, *, on: date, followers: list[Place], kind: str) -> None:
    """End a place on a day and note who follows it. Its units must be dealt with separately."""
    place.valid_to = on
    place.save(update_fields=["valid_to"])
    Succession.objects.bulk_create(
        Succession(from_place=place, to_place=follower, happened_on=on, kind=kind, derived="entered")
        for follower in followers
    )
    record_place(acting, place)


def moved_at_once(rows: QuerySet[Row]) -> list[Row]:
    """Return what one act moves. Raises ``TooLarge`` for more than that: what was left out would be lost."""
    found = list(rows[: MOVED_MAX + 1])
    if len(found) > MOVED_MAX:
        raise _too_many()
    return found


def _too_many() -> TooLarge:
    return TooLarge(_("At most %(limit)s places, units or posts move at once."), limit=MOVED_MAX)


def children_lasting(place: Place, *, on: date) -> list[Place]:
    """The places directly in ``place`` that hold on or after a day."""
    return moved_at_once(Place.objects.filter(lasting(on), parent=place).order_by("code"))


def take_over(acting: Acting, place: Place, *, by: Place, on: date) -> None:
    """Hang the children and the units of a renamed place on its new row; their paths stay, since the code does."""
    children = children_lasting(place, on=on)
    Place.objects.filter(id__in=[child.id for child in children]).update(parent=by)
    for child in children:
        child.parent = by
    record_places(acting, children)
    move_units(acting, place, to=by, on=on)


def move_units(acting: Acting, place: Place, *, to: Place, on: date) -> None:
    """Let the units of a place answer for another from now on, and record each."""
    units = moved_at_once(Unit.objects.filter(lasting(on), place=place).order_by("code"))
    Unit.objects.filter(id__in=[unit.id for unit in units]).update(place=to)
    for unit in units:
        unit.place = to
        acting.record(f"unit:{unit.id}", after=unit_image(unit))


def move_tree(acting: Acting, place: Place, *, parent: Place, on: date, code: str | None = None) -> Place:
    """Move a place with everything in it below another place: each gets a new row with a new path."""
    must_hold(place, on=on)
    size = Place.objects.filter(lasting(on), path__under=place.path).count()
    if size > MOVED_MAX:
        raise _too_many()
    children = children_lasting(place, on=on)
    code = code or place.code
    if code == place.code:  # the code is free again only once the old row has ended
        Place.objects.filter(id=place.id).update(valid_to=on)
    moved = begin_place(acting, like=place, parent=parent, on=on, code=code, name=place.name, name_en=place.name_en)
    end_place(acting, place, on=on, followers=[moved], kind="move")
    move_units(acting, place, to=moved, on=on)
    for child in children:
        move_tree(acting, child, parent=moved, on=on)
    return moved


def hand_over_units(acting: Acting, place: Place, *, to: Place, on: date) -> None:
    """Deal with the units of a place that is merged into another.

    Where the other place has a unit of the same kind, that unit takes over; other units go on, in the other
    place.
    """
    for unit in moved_at_once(Unit.objects.filter(lasting(on), place=place).order_by("code")):
        twin = Unit.objects.filter(lasting(on), place=to, kind=unit.kind).order_by("code").first()
        if twin is None:
            unit.place = to
            unit.save(update_fields=["place"])
            acting.record(f"unit:{unit.id}", after=unit_image(unit))
        else:
            end_unit(acting, unit, on=on, successor=twin)


def end_unit(acting: Acting, unit: Unit, *, on: date, successor: Unit | None) -> None:
    """End a unit and the posts in it. Its parts hang on the successor from then on.

    A unit that would only begin later ends on its first day, and so never holds.
    """
    unit.valid_to = max(on, unit.valid_from) if unit.valid_from else on
    unit.successor = successor
    unit.save(update_fields=["valid_to", "successor"])
    acting.record(f"unit:{unit.id}", after=unit_image(unit))
    if successor is not None:
        for part in moved_at_once(Unit.objects.filter(lasting(on), parent=unit).order_by("code")):
            part.parent = successor
            part.save(update_fields=["parent"])
            acting.record(f"unit:{part.id}", after=unit_image(part))
    for post in moved_at_once(Post.objects.filter(lasting(on), unit=unit).order_by("id")):
        end_post_row(acting, post, on=on)


def end_post_row(acting: Acting, post: Post, *, on: date) -> None:
    """End a post. One that would only begin later ends on its first day, and so never holds."""
    post.valid_to = max(on, post.valid_from) if post.valid_from else on
    post.save(update_fields=["valid_to"])
    acting.record(f"post:{post.id}", after=post_image(post))
