"""Importing: what cannot be believed is refused by its line with a reason, and the rest comes in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.orders.hotline import MONDAY, Hotline
from tianqu.kernel.journal.api import SYSTEM, seeing
from tianqu.kernel.orders.api import ImportedOrder, ImportRefusal, import_orders
from tianqu.kernel.orders.models import Order

GOOD: dict[str, Any] = {
    "key": "k1", "item": "road.lamp", "place": "P102001", "title": "路灯不亮", "description": "三天了",
    "placed_at": MONDAY, "closed_at": MONDAY + timedelta(days=1),
}  # fmt: skip


def imported(*orders: dict[str, Any]) -> list[int]:
    """Import orders on lines from 1 on; return the lines that were refused, each with a reason."""
    refusals: list[ImportRefusal] = []
    lines = [ImportedOrder(line=line, **order) for line, order in enumerate(orders, 1)]
    import_orders(SYSTEM, orders=lines, refused=refusals.append)
    assert all(str(refusal.error) for refusal in refusals)
    return [refusal.line for refusal in refusals]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "wrong",
    [
        {"placed_at": datetime(1899, 12, 31, tzinfo=UTC)}, {"placed_at": datetime(2999, 1, 1, tzinfo=UTC)},
        {"closed_at": datetime(2999, 1, 1, tzinfo=UTC)}, {"closed_at": MONDAY - timedelta(days=1)},
        {"item": "no.such"}, {"place": "没有"}, {"title": ""}, {"title": "路灯\x00"}, {"description": "路灯\u202e"},
        {"description": "灯" * 350_000}, {"address": "路灯\ufffd"}, {"key": ""},
    ],
)  # fmt: skip
def test_what_cannot_be_believed_is_refused_by_its_line(hotline: Hotline, wrong: dict[str, Any]) -> None:
    assert imported(GOOD, GOOD | {"key": "k2"} | wrong, GOOD | {"key": "k3"}) == [2]
    with seeing(SYSTEM.scope):
        assert Order.objects.count() == 2
