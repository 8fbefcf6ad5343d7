"""A changed calendar moves a due time only by an act that says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.orders.hotline import CALENDAR, MONDAY, Hotline
from tianqu.base.calendars import calendar_from
from tianqu.base.errors import Conflict, NotPermitted
from tianqu.base.time_proofs import recompute
from tianqu.kernel.journal.api import SYSTEM, Scope, seeing
from tianqu.kernel.orders import api, recounting
from tianqu.kernel.orders.models import Clock, Event, Order

SHANGHAI = ZoneInfo("Asia/Shanghai")


def finish_clock(order_id: Any) -> Clock:
    with seeing(Scope(everything=True)):
        return Clock.objects.get(order_id=order_id, kind="finish", stopped_at=None)


def test_a_day_declared_closed_moves_the_due_time_by_an_act(hotline: Hotline) -> None:
    order_id = hotline.accepted()
    before = finish_clock(order_id)
    day = (MONDAY + timedelta(days=1)).date()
    api.override_day(SYSTEM, day=day, hours=[], reason="Flood")
    assert finish_clock(order_id).due_at == before.due_at
    moved = recounting.recount_order(hotline.dispatcher, order_id=order_id)
    after = finish_clock(order_id)
    assert set(moved) == {"finish"}
    assert after.due_at == before.due_at + timedelta(days=1)
    assert recompute(after.proof) == after.due_at == after.check_at
    with seeing(Scope(everything=True)):
        order = Order.objects.get(id=order_id)
        event = Event.objects.get(order_id=order_id, act="orders.recount")
    assert order.due_done_at == order.due_next_at == after.due_at
    assert event.data["moved"]["finish"] == [before.proof["due_at"], after.proof["due_at"]]
    with pytest.raises(Conflict):
        recounting.recount_order(hotline.dispatcher, order_id=order_id)


def test_who_may_not_does_not(hotline: Hotline) -> None:
    order_id = hotline.accepted()
    api.override_day(SYSTEM, day=date(2024, 3, 5), hours=[], reason="Flood")
    with pytest.raises(NotPermitted):
        recounting.recount_order(hotline.clerk, order_id=order_id)


def test_a_year_that_is_published_later_is_counted_anew(hotline: Hotline, monkeypatch: pytest.MonkeyPatch) -> None:
    eve = datetime(2026, 12, 30, 9, tzinfo=SHANGHAI)
    order_id = hotline.place(at=eve).order_id
    api.dispatch_order(hotline.dispatcher, order_id=order_id, unit_id=hotline.unit_id, at=eve)
    api.accept_order(hotline.clerk, order_id=order_id, at=eve)
    before = finish_clock(order_id)
    assert before.proof["provisional"] == [2027]
    assert recounting.recount_provisional() == 0  # the year is not published yet
    calendar = calendar_from(CALENDAR)
    published = replace(
        calendar,
        holidays={**calendar.holidays, date(2027, 1, 1): "New Year's Day"},
        published=frozenset({*(calendar.published or ()), 2027}),
    )
    monkeypatch.setattr("tianqu.kernel.orders.recounting.realm_calendar", lambda: published)
    monkeypatch.setattr("tianqu.kernel.orders.cases.realm_calendar", lambda: published)
    assert recounting.recount_provisional() == 1
    after = finish_clock(order_id)
    assert after.proof["provisional"] == []
    assert after.due_at > before.due_at
    assert recounting.recount_provisional() == 0
