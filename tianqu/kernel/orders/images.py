"""What the journal keeps of an order after each act: everything but who asked, which erasure must be able to reach."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tianqu.kernel.orders.catalogue import KnownItem
from tianqu.kernel.orders.models import Clock, Event, Order


def order_image(order: Order, event: Event, clocks: Iterable[Clock] = (), *, item: KnownItem) -> dict[str, Any]:
    """Return the order, its newest event and the due times of its clocks, ready to be made canonical."""
    image = {column.attname: getattr(order, column.attname) for column in order._meta.concrete_fields}
    image["lon"], image["lat"] = _degrees(order.lon), _degrees(order.lat)
    image["form"], image["item"], image["family"] = order.form, item.code, item.family
    image["event"] = event_image(event)
    image["clocks"] = [
        {
            "kind": clock.kind, "started_at": clock.started_at, "due_at": clock.due_at,
            "paused_at": clock.paused_at, "stopped_at": clock.stopped_at, "breached_at": clock.breached_at,
        }
        for clock in sorted(clocks, key=lambda clock: clock.kind)
    ]  # fmt: skip
    return image


def event_image(event: Event) -> dict[str, Any]:
    """Return an event as the journal keeps it."""
    return {
        "sequence": event.sequence, "act": event.act, "actor_kind": event.actor_kind,
        "actor_post": event.actor_post_id, "actor_unit": event.actor_unit_id, "from_state": event.from_state,
        "to_state": event.to_state, "note": event.note, "audience": event.audience, "data": event.data,
    }  # fmt: skip


def _degrees(value: object) -> str | None:
    return None if value is None else f"{value:.6f}"
