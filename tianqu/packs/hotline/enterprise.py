"""Appeals of enterprises, supervised on their own: what waits, the clocks that are promised, and how they are kept."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from tianqu.kernel.journal.api import Actor
from tianqu.kernel.orders.api import OrderFilters, State, demand, items_on, order_counts, promised_clocks
from tianqu.kernel.pack.api import PageRequest, PageResult, Rendered, Table
from tianqu.kernel.places.api import can
from tianqu.packs.hotline.figures import COLUMNS, asked_of, counted, draw
from tianqu.packs.hotline.oversight import LOOKS, Look, look_filters, orders_address
from tianqu.packs.hotline.words import in_chinese, recent_periods

FAMILY: Final = "enterprise"
GROUPINGS: Final = ("unit", "place", "item", "month")


def page(request: PageRequest) -> PageResult:
    """The family's own board, clocks and rates, each number with its rows."""
    query = QueryDict(mutable=True)
    query.update(request.GET.dict() | {"family": FAMILY})
    asked = asked_of(query, GROUPINGS, default="unit")
    whole, rows = counted(request.actor, asked, query)
    now = timezone.now()
    looks, states = waiting(request.actor, now) if can(request.actor, "orders.see") else ([], [])
    asked_for = {row.keys[0]: row.count for row in demand(request.actor, asked.period, by=("item",),
                                                          population=asked.population)}  # fmt: skip
    chinese = in_chinese()
    items = [
        (item.title if chinese or not item.title_en else item.title_en, promised_clocks(item, urgency="none", at=now),
         asked_for.get(item.code, 0), orders_address(family=FAMILY, item=item.code, period=str(asked.period)))
        for item in items_on(timezone.localdate()) if item.family == FAMILY
    ]  # fmt: skip
    context = {
        "asked": asked, "recent": recent_periods(), "whole": whole,
        "table": Table(caption="", columns=COLUMNS, rows=rows), "looks": looks,
        "states": states, "items": items, "chart": draw(rows),
        "may_see": can(request.actor, "orders.see"), "given": request.GET.dict(),
        "export": f"{reverse('hotline:rates_export')}?{urlencode(query)}",
        "demand": f"{reverse('hotline:demand')}?{urlencode({'family': FAMILY, 'period': str(asked.period)})}",
    }  # fmt: skip
    return Rendered("hotline/enterprise.html", context)


def waiting(actor: Actor, now: datetime) -> tuple[list[tuple[Look, int, str]], list[tuple[State, int, str]]]:
    """Return the board's lists and the states of this family's requests, each with its number and its rows' address."""
    looks = []
    for look in LOOKS:
        filters = OrderFilters(**look_filters(look.code, now), family=FAMILY)
        count = sum(order_counts(actor, filters=filters, now=now).values())
        looks.append((look, count, orders_address(look=look.code, family=FAMILY, sort="oldest")))
    found = order_counts(actor, filters=OrderFilters(family=FAMILY), now=now)
    states = [(state, found[state], orders_address(family=FAMILY, state=state)) for state in State if found.get(state)]
    return looks, states
