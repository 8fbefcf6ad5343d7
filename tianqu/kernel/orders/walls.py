"""Knowing the asker, and reading orders as an actor may.

Row-level security decides which orders an actor may see and lock. Once an act holds the lock and its checks have
passed, its own writes must not be stopped halfway because they move the order out of the actor's sight (a unit that
returns an order sees it no more), so they are made with open eyes (``journal.api.writing``).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final
from uuid import UUID

from django.db.models import QuerySet

from tianqu.kernel.journal.api import Actor, Scope, set_scope
from tianqu.kernel.orders.items import OFFICE
from tianqu.kernel.orders.models import Asker, Offer, Offered, Order
from tianqu.kernel.places.api import role_holds, scope_for

# What an office's own act placed is no request: the pack that placed it shows it to its own people (``told_order``),
# and it stands in no list, search, count or document of requests. For statements in which ``o`` is the order.
ASKED_FOR: Final = f"o.asker_kind <> '{OFFICE}'"


def asked_orders() -> QuerySet[Order]:
    """The orders within the connection's sight that somebody asked for."""
    return Order.objects.exclude(asker_kind=OFFICE)


def is_asker(actor: Actor, order_id: UUID) -> bool:
    """Say whether the actor asked this order: signed in, or let in by its receipt."""
    if order_id in actor.scope.opened:
        return True
    if actor.person_id is None:
        return False
    return Asker.objects.filter(order_id=order_id, person_id=actor.person_id).exists()


def is_taker(actor: Actor, order_id: UUID) -> bool:
    """Say whether the actor took this order when it was offered, or goes along with whoever did."""
    if actor.person_id is None:
        return False
    own = Offer.objects.filter(order_id=order_id, person_id=actor.person_id)
    return own.filter(state__in=(Offered.TAKEN, Offered.GOES)).exists()


@contextmanager
def reading(actor: Actor) -> Iterator[Actor]:
    """Give the actor as a reader of orders, and the connection their eyes for the length of a block.

    A post's units and places show orders to roles with the permission ``orders.see`` alone. Every other actor sees
    what they asked themselves, and what their receipts open. The limits of a token are for the door to ask: who may
    dispatch by it finds the order, and is refused the reading of it. A role that reads requests of its own unit alone
    sees no others, however far it reaches.
    """
    scope = scope_for(actor, "orders.see")
    reader = actor if scope is actor.scope else replace(actor, scope=scope)
    if not role_holds(actor, "orders.see"):
        reader = replace(actor, post_id=None, scope=Scope(person_id=actor.scope.person_id, opened=actor.scope.opened))
    set_scope(reader.scope)
    try:
        yield reader
    finally:
        if reader is not actor:
            set_scope(actor.scope)
