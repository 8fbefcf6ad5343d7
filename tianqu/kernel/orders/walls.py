"""Writing past the walls, and knowing the asker.

Row-level security decides which orders an actor may see and lock. Once an act holds the lock and its checks have
passed, its own writes must not be stopped halfway because they move the order out of the actor's sight (a unit that
returns an order sees it no more), so they are made with open eyes, and the eyes are narrowed again at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import connection

from tianqu.kernel.journal.api import Acting, Actor
from tianqu.kernel.orders.models import Asker


@contextmanager
def writing(acting: Acting) -> Iterator[None]:
    """Let the writes of an act pass the walls for the length of a block. Nothing read in it may reach the actor."""
    _open_eyes("on")
    yield
    _open_eyes("on" if acting.actor.scope.everything else "")


def _open_eyes(value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('tianqu.everything', %s, true)", [value])


def is_asker(actor: Actor, order_id: UUID) -> bool:
    """Say whether the actor asked this order: signed in, or let in by its receipt."""
    if order_id in actor.scope.opened:
        return True
    if actor.person_id is None:
        return False
    return Asker.objects.filter(order_id=order_id, person_id=actor.person_id).exists()
