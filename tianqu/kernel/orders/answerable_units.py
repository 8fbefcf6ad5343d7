"""Which units have anything to answer for, as a filter offers them."""

from __future__ import annotations

from typing import Final

from django.db.models import Exists, OuterRef

from tianqu.kernel.journal.api import Actor
from tianqu.kernel.orders.walls import asked_orders, reading
from tianqu.kernel.places.api import Unit, require

UNITS_MAX: Final = 2_000


def units_with_orders(actor: Actor, *, limit: int = UNITS_MAX) -> list[Unit]:
    """Return the units that are answerable for an order within the actor's scope, whether by unit or by place.

    Each unit is one look into the index of the inbox; row-level security keeps out what is not the actor's to see.
    """
    require(actor, "orders.see")
    with reading(actor):
        seen = asked_orders().filter(unit_id=OuterRef("id"))
        return list(Unit.objects.filter(Exists(seen)).order_by("code")[: max(1, min(limit, UNITS_MAX))])
