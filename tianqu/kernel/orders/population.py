"""Which orders a figure is about, and by what it is grouped: shared by rates, flags and demand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from tianqu.base.errors import InvalidInput, _
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.orders.walls import ASKED_FOR
from tianqu.kernel.places.api import scope_for

# {at} is the time that counts. %(zone)s is the realm's time zone and %(level)s a depth in the tree of places.
GROUPS: Final = {
    "unit": "o.unit_id::text",
    "place": "subpath(o.place_path, 0, least(nlevel(o.place_path), %(level)s::int))::text",
    "item": "i.code",
    "family": "i.family",
    "channel": "o.channel",
    "state": "o.state",
    "month": "to_char({at} AT TIME ZONE %(zone)s, 'YYYY-MM')",
    "day": "to_char({at} AT TIME ZONE %(zone)s, 'YYYY-MM-DD')",
    "weekday": "extract(isodow FROM {at} AT TIME ZONE %(zone)s)::int::text",
    "hour": "to_char({at} AT TIME ZONE %(zone)s, 'HH24')",
    "all": "''",
}


def group_expression(by: str, *, at: str) -> str:
    """The SQL of what is grouped by. Raises ``InvalidInput`` for an unknown grouping."""
    if by not in GROUPS:
        raise InvalidInput(
            _("Nothing is counted by “%(value)s”."), field="by", value=by,
            remedy=_("Possible: %(allowed)s."), allowed=", ".join(GROUPS),
        )  # fmt: skip
    return GROUPS[by].format(at=at)


@dataclass(frozen=True, slots=True)
class Population:
    """The orders below a place, of a unit, an item, a family, a channel; all of them where nothing is said.

    What offices place for themselves is in none: no figure about those who ask counts it.
    ``unassigned`` takes those for which no unit is answerable yet, ``place_alone`` those at a place and not below it.
    """

    place_path: str | None = None
    unit_id: UUID | None = None
    item_code: str | None = None
    family: str | None = None
    channel: str | None = None
    unassigned: bool | None = None
    place_alone: str | None = None

    def condition(self, actor: Actor) -> tuple[str, dict[str, Any]]:
        """SQL over ``o`` (orders_order) and ``i`` (orders_item), and its values: within the scope and the population.

        Row-level security is the second wall; this is the first.
        """
        parts, values = [ASKED_FOR], dict[str, Any]()
        scope = scope_for(actor, "orders.see")
        if not scope.everything:
            parts.append("(o.unit_id = ANY (%(scope_units)s::uuid[]) OR %(scope_places)s::ltree[] @> o.place_path)")
            values["scope_units"] = [str(unit) for unit in scope.unit_ids]
            values["scope_places"] = list(scope.place_paths)
        for name, sql in (
            ("place_path", "o.place_path <@ %(place_path)s::ltree"),
            ("place_alone", "o.place_path = %(place_alone)s::ltree"),
            ("unit_id", "o.unit_id = %(unit_id)s::uuid"),
            ("item_code", "i.code = %(item_code)s"),
            ("family", "i.family = %(family)s"),
            ("channel", "o.channel = %(channel)s"),
        ):
            if (value := getattr(self, name)) is not None:
                parts.append(sql)
                values[name] = str(value)
        if self.unassigned:
            parts.append("o.unit_id IS NULL")
        return " AND ".join(parts), values


EVERY_ORDER: Final = Population()
