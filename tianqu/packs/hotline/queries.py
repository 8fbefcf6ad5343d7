"""What the hotline's pages and its demo read, each within the scope of whoever reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext

from tianqu.kernel.journal.api import SYSTEM, Actor, seeing
from tianqu.kernel.orders.api import (
    Opinion,
    OrderFilters,
    Rule,
    items_on,
    orders_list,
    published_rules,
    ruling_code,
    units_with_orders,
)
from tianqu.kernel.places.api import Place, can, places_at, places_in, reaches, units_with
from tianqu.packs.hotline.words import FAMILIES, in_chinese, named

UNITS_MAX: Final = 500
PLACES_MAX: Final = 2_000  # on the map


def key_names(by: str, keys: Iterable[str]) -> dict[str, str]:
    """Return what the keys of a grouping are called in the language of the page; an unknown one by its key."""
    wanted = {key for key in keys if key}
    names = {key: key for key in wanted}
    if by == "unit":
        names |= {str(key): named(unit) for key, unit in units_with([UUID(key) for key in wanted]).items()}
    elif by == "place":
        names |= {path: named(place) for path, place in places_at(wanted).items()}
    elif by == "item":
        names |= item_names()
    elif by == "family":
        names |= {code: str(title) for code, title in FAMILIES.items()}
    return names | {"": gettext("Nobody yet") if by == "unit" else gettext("Unknown")}


def item_names() -> dict[str, str]:
    """Return the names of the items offered today, by code."""
    chinese = in_chinese()
    items = items_on(timezone.localdate())
    return {item.code: item.title if chinese or not item.title_en else item.title_en for item in items}


def units_seen(actor: Actor) -> list[tuple[str, str]]:
    """Return the identifiers and names of the units that answer for something within the actor's scope.

    Whoever sees rates but no requests has none to choose from.
    """
    if not can(actor, "orders.see"):
        return []
    units = units_with_orders(actor, limit=UNITS_MAX)
    return sorted(((str(unit.id), named(unit)) for unit in units), key=lambda pair: pair[1])


def opinions_with_orders(actor: Actor, opinions: tuple[Opinion, ...]) -> list[tuple[Opinion, Any]]:
    """Each answer with the request that it is about, where the reader's role sees requests."""
    ids = tuple({UUID(one.order_id) for one in opinions}) if can(actor, "orders.see") else ()
    found = orders_list(actor, filters=OrderFilters(order_ids=ids), limit=max(1, len(ids))).rows if ids else ()
    orders = {str(row.id): row for row in found}
    return [(one, orders.get(one.order_id)) for one in opinions]


def places_on_map(actor: Actor, above: str | None) -> list[Place]:
    """Return the places on a map: those right in the one at the path ``above``, or those that the post looks after."""
    if above is None:
        return list(places_at(actor.scope.place_paths, on=timezone.localdate()).values())[:PLACES_MAX]
    if not reaches(actor.scope, above):
        return []
    return places_in(above, boundaries=True, limit=PLACES_MAX)


def rule_of_ruling(order_code: str) -> Rule | None:
    """Return the dispatch rule that came of the ruling on a request, None if none did or it is out of force."""
    return next((one for one in published_rules() if one.code == ruling_code(order_code)), None)


@dataclass(frozen=True, slots=True)
class PeopledPlace:
    """A village or community of today, and the codes of the units that answer there, by kind."""

    code: str
    name: str
    units: Mapping[str, str]


def peopled_places(root: str) -> list[PeopledPlace]:
    """Return the villages and communities of today below the place at the path ``root``, at most 20,000, by path."""
    with seeing(SYSTEM.scope), connection.cursor() as cursor:
        cursor.execute(
            "SELECT place.code, place.name, place.path::text FROM places_place place"
            " WHERE kind = 'village' AND valid_to IS NULL AND path <@ %s::ltree ORDER BY path LIMIT 20000",
            [root],
        )
        villages = cursor.fetchall()
        cursor.execute(
            "SELECT place.code, unit.kind, unit.code FROM places_unit unit JOIN places_place place"
            " ON place.id = unit.place_id WHERE unit.valid_to IS NULL AND place.valid_to IS NULL LIMIT 100000"
        )
        answering: dict[str, dict[str, str]] = {}
        for place, kind, unit in cursor.fetchall():
            answering.setdefault(place, {})[kind] = unit
    return [PeopledPlace(code, name, _units_above(path, answering)) for code, name, path in villages]


def _units_above(path: str, answering: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """The nearest unit of each kind, the village's own committee left out."""
    units: dict[str, str] = {}
    for code in path.split(".")[:-1]:
        units |= answering.get(code, {})
    units.pop("government", None)
    return units


def unit_ids() -> dict[str, UUID]:
    """The identifiers of today's units by code, at most 100,000."""
    with seeing(SYSTEM.scope), connection.cursor() as cursor:
        cursor.execute("SELECT code, id FROM places_unit WHERE valid_to IS NULL LIMIT 100000")
        return dict(cursor.fetchall())
