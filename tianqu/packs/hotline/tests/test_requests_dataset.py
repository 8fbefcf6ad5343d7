"""The dataset of requests, read from the journal, tells of each what its own row does, also of imported ones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.kernel.datasets.conftest import store
from tests.kernel.datasets.happening import place_all
from tests.orders.hotline import MONDAY, Hotline
from tianqu.kernel.datasets import api as datasets
from tianqu.kernel.journal.api import SYSTEM, seeing
from tianqu.kernel.orders.api import ImportedOrder, Order, import_orders

__all__ = ["store"]
COLUMNS = (
    "code", "family", "item", "state", "channel", "urgency", "unit", "placed_at", "dispatched_at", "accepted_at",
    "done_at", "closed_at",
)  # fmt: skip


def in_utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone(UTC).replace(tzinfo=None)


def as_row(order: Order) -> tuple[Any, ...]:
    times = (order.placed_at, order.dispatched_at, order.accepted_at, order.done_at, order.closed_at)
    unit = None if order.unit_id is None else str(order.unit_id)
    told = (order.code, order.item.family, order.item.code, order.state, order.channel, order.urgency, unit)
    return (*told, *(in_utc(each) for each in times))


@pytest.mark.django_db(transaction=True)
def test_every_request_is_there_as_it_stands(hotline: Hotline, store: Path) -> None:
    lines = [
        ImportedOrder(1, "k1", "road.lamp", "P102001", "路灯不亮", "三天了", MONDAY, MONDAY + timedelta(days=1)),
        ImportedOrder(2, "k2", "road.lamp", "P102001", "路灯又不亮", "四天了", MONDAY),
    ]
    import_orders(SYSTEM, orders=lines, refused=lambda refusal: pytest.fail(str(refusal.error)))
    hotline.place()
    hotline.dispatched()
    hotline.accepted()
    place_all()
    datasets.describe_declared()
    datasets.materialise("hotline.requests")
    with seeing(SYSTEM.scope):
        opened = datasets.open_version(SYSTEM, datasets.dataset_called(SYSTEM, "hotline.requests"))
        rows = datasets.rows_page(opened, datasets.Question(columns=COLUMNS)).rows
        orders = [as_row(order) for order in Order.objects.select_related("item")]
    assert sorted(rows) == sorted(orders) and len(rows) == 5
