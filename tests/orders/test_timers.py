"""What happens by itself, and that it happens once."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection

from tests.orders.hotline import MONDAY, Hotline
from tests.orders.test_flow import order, running
from tianqu.kernel.journal.api import SYSTEM, seeing
from tianqu.kernel.notices.api import Notice
from tianqu.kernel.orders import api
from tianqu.kernel.orders.models import Clock, Order


def test_what_is_late_is_escalated_once_a_level(hotline: Hotline) -> None:
    order_id = hotline.dispatched()
    assert api.due_work(MONDAY).total == 0
    late = MONDAY + timedelta(days=3)
    assert api.due_work(late).escalated == 1
    assert api.due_work(late).total == 0
    with seeing(SYSTEM.scope):
        clock = Clock.objects.get(order_id=order_id, kind="accept")
        told = set(Notice.objects.filter(subject=f"order:{order_id}").values_list("code", flat=True))
    assert clock.breached_at == clock.due_at
    assert {"order_for_unit", "order_late"} <= told


def test_a_question_without_an_answer_does_not_hold_the_unit_up(hotline: Hotline) -> None:
    order_id = hotline.accepted()
    api.ask_back(hotline.clerk, order_id=order_id, question="哪一盏灯?", at=MONDAY)
    assert api.due_work(MONDAY + timedelta(days=9)).resumed == 1
    assert order(order_id).state == "accepted"
    assert running(order_id) == {"finish"}


def test_what_nobody_rates_is_closed_in_the_end(hotline: Hotline) -> None:
    order_id = hotline.done()
    assert api.due_work(MONDAY + timedelta(days=10)).closed == 0
    assert api.due_work(MONDAY + timedelta(days=20)).closed == 1
    assert order(order_id).state == "closed"


def test_a_content_asker_closes_and_an_unhappy_one_keeps_open(hotline: Hotline) -> None:
    content, unhappy = hotline.done(), hotline.done()
    api.rate_order(hotline.resident, order_id=content, satisfaction="basically", solved=True, at=MONDAY)
    api.rate_order(hotline.resident, order_id=unhappy, satisfaction="dissatisfied", at=MONDAY)
    assert api.due_work(MONDAY).closed == 1
    assert (order(content).state, order(unhappy).state) == ("closed", "rated")


def test_silence_is_pressed_once_a_week(hotline: Hotline) -> None:
    order_id = hotline.accepted()
    api.extend_order(hotline.clerk, order_id=order_id, working_days=10, reason="等配件", at=MONDAY)
    quiet = MONDAY + timedelta(days=8)
    assert api.due_work(quiet).pressed == 1
    assert api.due_work(quiet).pressed == 0
    assert order(order_id).press_count == 1


def test_new_orders_go_where_rules_say_and_others_wait_for_people(hotline: Hotline) -> None:
    known, unknown = hotline.place().order_id, hotline.place().order_id

    def decide(order_id: object) -> api.Decision | None:
        return api.Decision(hotline.unit_id, "rule", {"rule": "lamps"}) if order_id == known else None

    assert api.due_work(MONDAY, decide=decide).dispatched == 1
    assert api.due_work(MONDAY, decide=decide).dispatched == 0
    assert (order(known).state, order(unknown).state) == ("dispatched", "placed")


def test_each_order_of_a_bulk_act_has_its_own_outcome(hotline: Hotline) -> None:
    first, second, foreign = hotline.dispatched(), hotline.accepted(), hotline.place(hotline.neighbour).order_id
    outcomes = api.perform_many(hotline.clerk, order_ids=[first, second, foreign], act="orders.accept")
    assert [outcome.succeeded for outcome in outcomes] == [True, False, False]
    assert [type(outcome.error).__name__ for outcome in outcomes[1:]] == ["Conflict", "NotFound"]


def test_every_deadline_is_found_by_index(hotline: Hotline) -> None:
    with seeing(SYSTEM.scope), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT order_id, kind FROM orders_clock WHERE check_at <= now() ORDER BY check_at LIMIT 200"
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "orders_clock_check" in plan
    assert not Order.objects.exists()
