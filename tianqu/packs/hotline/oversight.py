"""The supervisor's board: what is late, disputed, unhappy and silent, and the requests behind each number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from tianqu.base.errors import InvalidInput
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.orders.api import (
    OrderFilters,
    OrderRow,
    State,
    order_counts,
    orders_list,
    state_name,
)
from tianqu.kernel.pack.api import Column, PageRequest, PageResult, Rendered, Table
from tianqu.kernel.places.api import can
from tianqu.packs.hotline.queries import item_names, key_names, units_seen
from tianqu.packs.hotline.remedies import CALLED_IN, PRESSED_IN, Remedy, remedies
from tianqu.packs.hotline.words import FAMILIES, chosen_period, in_chinese

SILENT_DAYS: Final = 7  # the worker presses the unit after as many
UNHAPPY_DAYS: Final = 90
ROWS_SHOWN: Final = 8  # of each list on the board
PAGE: Final = 25
HOURS_A_DAY: Final = 24
NO_UNIT: Final = "none"  # in an address: what no unit is answerable for yet


@dataclass(frozen=True, slots=True)
class Look:
    """One list of the board: what it holds and what one does about it."""

    code: str
    title: str | Promise
    deed: str | Promise


LOOKS: Final = (
    Look("late", _("Late"), _("A clock is over time. Press the unit, or extend with a reason.")),
    Look("returned", _("Returned twice"), _("Two units have said it is not theirs. Decide who is answerable.")),
    Look(
        "uncalled",
        _("Not called in time"),
        _("A unit has answered, and the call to whoever asked is over time. Call them, or close with a reason."),
    ),
    Look("objected", _("Objected to"), _("The asker objects to the answer. Look at it, then reopen or close.")),
    Look("dissatisfied", _("Dissatisfied"), _("The last rating was a bad one, in the last 90 days.")),
    Look("silent", _("Silent"), _("With a unit or a dispatcher, and nothing has happened for seven days.")),
)


def look_filters(code: str, now: datetime) -> dict[str, Any]:
    """Return the filters of a list of the board."""
    match code:
        case "":
            return {}
        case "late":
            return {"states": PRESSED_IN, "late": True}
        case "returned":
            return {"states": (State.RETURNED,), "disputed": True}
        case "objected":
            return {"objected": True}
        case "uncalled":
            return {"states": CALLED_IN, "late": True}
        case "dissatisfied":
            return {"unhappy": True, "placed_from": now - timedelta(days=UNHAPPY_DAYS)}
        case "silent":
            return {"states": PRESSED_IN, "silent_since": now - timedelta(days=SILENT_DAYS)}
    raise InvalidInput(
        gettext_noop("There is no list %(value)s."), field="look", value=code[:40],
        remedy=gettext_noop("Possible: %(allowed)s."), allowed=", ".join(look.code for look in LOOKS),
    )  # fmt: skip


def orders_address(**filters: object) -> str:
    """Return the address of the list with these filters; what is empty narrows nothing."""
    told = {name: value for name, value in filters.items() if value not in (None, "")}
    return f"{reverse('hotline:oversight_orders')}?{urlencode(told)}"


def board(request: PageRequest) -> PageResult:
    """The lists with their counts and first rows, within the actor's scope."""
    now = timezone.now()
    lists = []
    for look in LOOKS:
        filters = OrderFilters(**look_filters(look.code, now))
        count = sum(order_counts(request.actor, filters=filters, now=now).values())
        rows = (
            orders_list(request.actor, filters=filters, sort="oldest", limit=ROWS_SHOWN, now=now).rows if count else ()
        )
        lists.append((look, count, orders_address(look=look.code, sort="oldest"), _table(look.title, rows)))
    context = {
        "lists": lists, "chinese": in_chinese(), "may_press": can(request.actor, "orders.press"),
        "remedies": _remedies_by(request.actor, now), "pressed": PRESSED,
    }  # fmt: skip
    return Rendered("hotline/board.html", context)


def _remedies_by(actor: Actor, now: datetime) -> Callable[[OrderRow, str], list[Remedy]]:
    """What the reader can do about a row of a list, or who can."""
    return lambda row, look: remedies(actor, row, unhappy=look == "dissatisfied", now=now)


def orders(request: PageRequest) -> PageResult:
    """The requests behind a number: every filter stands in the address."""
    now, query = timezone.now(), request.GET
    filters = _filters(query, now)
    page = orders_list(
        request.actor, filters=filters, sort=query.get("sort") or "newest",  # type: ignore[arg-type]
        after=query.get("after") or None, limit=PAGE, now=now,
    )  # fmt: skip
    look = next((look for look in LOOKS if look.code == query.get("look")), None)
    counts = order_counts(request.actor, filters=filters, now=now)
    title = look.title if look else gettext("Requests")
    context = {
        "title": title, "look": look, "looks": [(one.code, one.title) for one in LOOKS], "chinese": in_chinese(),
        "table": _table(
            title, page.rows, after=page.after, total=sum(counts.values()),
            chosen=can(request.actor, "orders.press") and query.get("look") in PRESSED,
        ),
        "families": list(FAMILIES.items()), "items": sorted(item_names().items(), key=lambda pair: pair[1]),
        "states": [(state.value, state_name(state)) for state in State], "given": query.dict(),
        "units": [(NO_UNIT, _("Nobody yet")), *units_seen(request.actor)], "place_name": _place_name(query),
        "remedies": _remedies_by(request.actor, now),
    }  # fmt: skip
    return Rendered("hotline/orders.html", context)


def _place_name(query: QueryDict) -> str:
    path = query.get("place", "")
    return key_names("place", [path]).get(path, path) if path else ""


def _filters(query: QueryDict, now: datetime) -> OrderFilters:
    told = look_filters(query.get("look", ""), now)
    if query.get("period"):
        period = chosen_period(query)
        told |= {"placed_from": period.start, "placed_to": period.end}
    if state := query.get("state"):
        told["states"] = (state,)
    for name, field in {"item": "item_code", "family": "family", "channel": "channel", "q": "text"}.items():
        if value := query.get(name):
            told[field] = value[:200]
    if unit := query.get("unit"):
        told |= {"unassigned": True} if unit == NO_UNIT else {"unit_id": unit_id_given(unit)}
    if place := query.get("place"):
        told["place_alone" if query.get("here") else "place_path"] = place_path_given(place)
    if hour := query.get("hour"):
        told["placed_hour"] = _hour_given(hour)
    return OrderFilters(**told)


def _hour_given(text: str) -> int:
    """Read an hour of the day. Raises ``InvalidInput``."""
    if not (text.isascii() and text.isdigit() and int(text[:3]) < HOURS_A_DAY):
        raise InvalidInput(gettext_noop("This is not an hour of the day."), field="hour", value=text[:10])
    return int(text)


def unit_id_given(text: str) -> UUID:
    """Read the identifier of a unit. Raises ``InvalidInput``."""
    try:
        return UUID(text)
    except ValueError as error:
        raise InvalidInput(
            gettext_noop("This is not the identifier of a unit."), field="unit", value=text[:40]
        ) from error


def place_path_given(text: str) -> str:
    """Read the path of a place: codes with dots between. Raises ``InvalidInput``."""
    if len(text) > 200 or not all(part.isascii() and part.replace("_", "").isalnum() for part in text.split(".")):
        raise InvalidInput(gettext_noop("This is not the path of a place."), field="place", value=text[:40])
    return text


COLUMNS: Final = (
    Column("title", _("Request")),
    Column("state", _("State")),
    Column("item", _("Item")),
    Column("place", _("Place")),
    Column("unit", _("Unit")),
    Column("placed", _("Placed")),
    Column("due", _("Due")),
    Column("returned", _("Returned"), numeric=True, unit=_("times")),
)


PRESSED: Final = ("late", "silent")  # the lists whose main act is to press many at once


def _table(
    caption: Any, rows: Any, *, after: str | None = None, total: int | None = None, chosen: bool = False
) -> Table:
    return Table(
        caption=caption, columns=COLUMNS, rows=rows, next_cursor=after or "", total=total,
        chosen_field="order" if chosen else "",
    )  # fmt: skip
