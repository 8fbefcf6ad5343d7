"""What the inbox is narrowed to, read from the address, so that a link shows a colleague the same rows."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Final, get_args
from uuid import UUID

from django.http import QueryDict
from django.utils import timezone

from tianqu.base.errors import InvalidInput, _
from tianqu.kernel.orders.api import OPEN_STATES, OrderFilters, Sort, State
from tianqu.kernel.pack.api import PageRequest
from tianqu.web.desk.finding import place_typed, unit_typed
from tianqu.web.desk.words import FAMILIES

WORDS_MAX: Final = 100  # characters of a search
WAITING: Final = (*OPEN_STATES, State.MERGED)  # what has somebody waiting; the numbers on the desk count the same
LOOKS: Final = ("late", "today", "urgent", "disputed", "reopened", "objected", "pressed")
SORTS: Final[tuple[str, ...]] = get_args(Sort)


def day_end(now: datetime) -> datetime:
    """Return the end of the realm's day."""
    tomorrow = timezone.localtime(now).date() + timedelta(days=1)
    return timezone.make_aware(datetime.combine(tomorrow, time.min))


def filters_of(query: QueryDict, posts: tuple[UUID, ...], *, now: datetime) -> OrderFilters:
    """Return the filters that an address asks for. Raises ``InvalidInput`` with the field at fault.

    ``posts`` are those whose requests count as the reader's own: theirs, and the one that they stand in for.
    """
    look = _known(query, "look", LOOKS)
    unit, place, words = (query.get(name, "").strip() for name in ("unit", "place", "q"))
    return OrderFilters(
        states=_states(query),
        unit_id=unit_typed(unit, field="unit").id if unit else None,
        handler_post_ids=posts or None if query.get("mine") else None,
        item_code=query.get("item") or None,
        family=_known(query, "family", tuple(FAMILIES)),
        place_path=place_typed(place).path if place else None,
        late=True if look == "late" else None,
        due_from=now if look == "today" else None,
        due_before=day_end(now) if look == "today" else None,
        urgent=True if look == "urgent" else None,
        disputed=True if look == "disputed" else None,
        reopened=True if look == "reopened" else None,
        objected=True if look == "objected" else None,
        pressed=True if look == "pressed" else None,
        text=words[:WORDS_MAX] or None,
    )


def own_posts(request: PageRequest) -> tuple[UUID, ...]:
    """Return the post by which one acts, and the post that one stands in for."""
    held = next((post for post in request.posts if post.id == request.actor.post_id), None)
    if held is None:
        return ()
    return (held.id,) if held.deputy_of is None else (held.id, held.deputy_of)


def sort_of(query: QueryDict) -> Sort:
    """Return the order of the rows that an address asks for; by clock where it asks for none."""
    return _known(query, "sort", SORTS) or "due"  # type: ignore[return-value]


def _states(query: QueryDict) -> tuple[str, ...] | None:
    asked = query.get("state", "")
    if asked == "any":
        return None
    if not asked:
        return WAITING
    known = _known(query, "state", tuple(State))
    return (known,) if known else WAITING


def _known(query: QueryDict, name: str, known: tuple[str, ...]) -> str | None:
    asked = query.get(name, "")
    if not asked:
        return None
    if asked not in known:
        raise InvalidInput(
            _("%(value)s is nothing that the list can be narrowed to."), field=name, value=asked[:40],
            remedy=_("Choose one of: %(known)s."), known=", ".join(known),
        )  # fmt: skip
    return asked
