"""Whatever anybody does in whatever order, the laws of the loop hold."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tests.orders.hotline import MONDAY, Hotline
from tianqu.base.errors import TianquError
from tianqu.kernel.journal.api import SYSTEM, seeing
from tianqu.kernel.orders import api
from tianqu.kernel.orders.flow import BEING_WORKED_ON, CLOCK_OF_STATE, FLOW
from tianqu.kernel.orders.models import CallBack, Clock, Event, Order, State

ENDED = (State.CLOSED, State.WITHDRAWN, State.REFUSED)
ACTORS = ("dispatcher", "clerk", "colleague", "stranger", "supervisor", "resident", "neighbour")
SATISFACTIONS = st.sampled_from(api.SATISFACTIONS)


class Loop(RuleBasedStateMachine):
    """A few orders, many hands, and time that passes."""

    hotline: Hotline

    def __init__(self) -> None:
        super().__init__()
        self.now = MONDAY
        self.orders: list[UUID] = []

    @initialize()
    def begin(self) -> None:
        for _number in range(2):
            self.place(identity="open", item="road.lamp")

    @rule(identity=st.sampled_from(["open", "sealed", "anonymous"]), item=st.sampled_from(["road.lamp", "water.none"]))
    def place(self, identity: str, item: str) -> None:
        if len(self.orders) < 5:
            self.orders.append(self.hotline.place(identity=identity, item=item, at=self.now).order_id)

    @rule(hours=st.sampled_from([1, 9, 30, 24 * 8]))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule()
    def keep_time(self) -> None:
        api.due_work(self.now)

    def do(self, act: Callable[..., Any], who: str, order: int, **arguments: Any) -> Any:
        """Do an act or have it refused; a refusal changes nothing."""
        order_id = self.orders[order % len(self.orders)]
        before = self.numbers()
        try:
            return act(getattr(self.hotline, who), order_id=order_id, at=self.now, **arguments)
        except TianquError:
            assert self.numbers() == before
            return None

    def numbers(self) -> list[tuple[Any, ...]]:
        with seeing(SYSTEM.scope):
            return list(Order.objects.order_by("id").values_list("id", "state", "version", "last_event"))

    @rule(who=st.sampled_from(ACTORS), order=st.integers(0, 4), other=st.booleans())
    def dispatch(self, who: str, order: int, other: bool) -> None:
        unit_id = self.hotline.other_unit_id if other else self.hotline.unit_id
        self.do(api.dispatch_order, who, order, unit_id=unit_id)

    @rule(who=st.sampled_from(ACTORS), order=st.integers(0, 4))
    def accept(self, who: str, order: int) -> None:
        self.do(api.accept_order, who, order)

    @rule(who=st.sampled_from(ACTORS), order=st.integers(0, 4))
    def give_back(self, who: str, order: int) -> None:
        self.do(api.return_order, who, order, legal_basis="第三条", reason="不属于我单位")

    @rule(order=st.integers(0, 4))
    def adjudicate(self, order: int) -> None:
        self.do(
            api.adjudicate_order, "supervisor", order, unit_id=self.hotline.unit_id, reason="裁定",
            legal_basis="三定方案", make_rule=True,
        )  # fmt: skip

    @rule(who=st.sampled_from(ACTORS), order=st.integers(0, 4))
    def ask_back(self, who: str, order: int) -> None:
        self.do(api.ask_back, who, order, question="哪一盏?")

    @rule(who=st.sampled_from(ACTORS), order=st.integers(0, 4))
    def answer(self, who: str, order: int) -> None:
        self.do(api.answer_question, who, order, answer="东头")

    @rule(order=st.integers(0, 4), days=st.integers(-1, 12))
    def extend(self, order: int, days: int) -> None:
        self.do(api.extend_order, "clerk", order, working_days=days, reason="等配件")

    @rule(who=st.sampled_from(ACTORS), order=st.integers(0, 4))
    def finish(self, who: str, order: int) -> None:
        self.do(api.finish_order, who, order, answer_public="已修好")

    @rule(who=st.sampled_from(ACTORS), order=st.integers(0, 4), satisfaction=SATISFACTIONS)
    def rate(self, who: str, order: int, satisfaction: str) -> None:
        self.do(api.rate_order, who, order, satisfaction=satisfaction)

    @rule(order=st.integers(0, 4), outcome=st.sampled_from(api.OUTCOMES), satisfaction=SATISFACTIONS)
    def call(self, order: int, outcome: str, satisfaction: str) -> None:
        self.do(
            api.call_back, "dispatcher", order, outcome=outcome, contacted=True, solved=True,
            satisfaction=satisfaction,
        )  # fmt: skip

    @rule(who=st.sampled_from(ACTORS), order=st.integers(0, 4))
    def reopen(self, who: str, order: int) -> None:
        self.do(api.reopen_order, who, order, reason="又坏了")

    @rule(who=st.sampled_from(ACTORS), order=st.integers(0, 4))
    def withdraw(self, who: str, order: int) -> None:
        self.do(api.withdraw_order, who, order)

    @rule(who=st.sampled_from(ACTORS), order=st.integers(0, 4))
    def refuse(self, who: str, order: int) -> None:
        self.do(api.refuse_order, who, order, reason_code="no_facts", reason="查无此事")

    @rule(order=st.integers(0, 4), into=st.integers(0, 4))
    def merge(self, order: int, into: int) -> None:
        self.do(api.merge_order, "dispatcher", order, into=self.orders[into % len(self.orders)])

    @rule(order=st.integers(0, 4))
    def unmerge(self, order: int) -> None:
        self.do(api.unmerge_order, "dispatcher", order)

    @rule(order=st.integers(0, 4))
    def split(self, order: int) -> None:
        if len(self.orders) < 5:
            parts = [api.Part("另一处", "另一处也坏了")]
            self.orders += self.do(api.split_order, "dispatcher", order, parts=parts) or []

    @rule(who=st.sampled_from(ACTORS), order=st.integers(0, 4))
    def comment(self, who: str, order: int) -> None:
        self.do(api.comment_on_order, who, order, text="补充")

    @invariant()
    def the_laws_hold(self) -> None:
        with seeing(SYSTEM.scope):
            for order in Order.objects.filter(id__in=self.orders):
                check_order(order)


def check_order(order: Order) -> None:
    running = set(Clock.objects.filter(order=order, stopped_at=None).values_list("kind", flat=True))
    if order.state in ENDED:
        assert running <= {"call_back"}, f"{order.state} with running {running}"
    elif order.state == State.MERGED:
        assert "finish" in running, "who waits for a cause waits with a deadline"
        cause = order.merged_into
        assert cause is not None
        assert cause.state in BEING_WORKED_ON, f"it waits for a cause that is {cause.state}"
    elif order.state == State.RETURNED and order.return_count >= 2:
        assert "adjudicate" in running
    else:
        assert CLOCK_OF_STATE[State(order.state)] in running, f"{order.state} with running {running}"
    assert order.extended_days <= 10 * (order.reopen_count + order.return_count + 1)
    assert CallBack.objects.filter(order=order, done_at=None).count() <= 1
    check_events(order)


def check_events(order: Order) -> None:
    events = list(Event.objects.filter(order=order).order_by("sequence"))
    assert [event.sequence for event in events] == list(range(1, order.last_event + 1))
    state = ""
    for event in events[1:]:
        assert event.from_state == (state or events[0].to_state)
        state = event.to_state
        step = FLOW[event.act]
        led_by_a_cause = "cause" in event.data or "whole" in event.data
        if not led_by_a_cause:
            assert event.from_state in step.whence
            assert event.act == "orders.call_back" or state == (step.whither or event.from_state)
    assert events[-1].to_state == order.state
    with connection.cursor() as cursor:
        cursor.execute("SELECT act FROM journal_entry WHERE subject = %s ORDER BY id", [f"order:{order.id}"])
        acts = [row[0] for row in cursor.fetchall()]
    assert acts == [event.act for event in events]


def test_any_sequence_of_acts_keeps_the_laws(hotline: Hotline) -> None:
    machine = type("TheLoop", (Loop,), {"hotline": hotline})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=12, stateful_step_count=35, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
