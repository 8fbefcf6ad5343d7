"""Many hands on one order: exactly one wins, and the others hear what happened."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import UUID

import pytest
from django.db import connection

from tests.orders.hotline import MONDAY, Hotline, build
from tests.scenes import scene
from tianqu.base.errors import Conflict
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM, seeing
from tianqu.kernel.journal.models import Entry
from tianqu.kernel.orders import api
from tianqu.kernel.orders.models import Event, Order, Rating
from tianqu.kernel.places.api import forget_actors

pytestmark = pytest.mark.django_db(transaction=True)
WRITERS = 16


@pytest.fixture
def city() -> Hotline:
    """The small hotline, committed, so that other connections see it."""
    forget_actors()
    api.forget_catalogue()
    return scene(build)


def at_once(do: Callable[[int], object]) -> list[object]:
    """Do the same from sixteen connections, all let go at one moment; return results and conflicts."""
    barrier = Barrier(WRITERS)

    def run(number: int) -> object:
        try:
            barrier.wait(timeout=60)
            return do(number)
        except Conflict as conflict:
            return conflict
        finally:
            connection.close()

    with ThreadPoolExecutor(WRITERS) as pool:
        return list(pool.map(run, range(WRITERS)))


def test_of_sixteen_who_accept_exactly_one_does(city: Hotline) -> None:
    order_id = city.dispatched()
    with seeing(SYSTEM.scope):
        version = Order.objects.get(id=order_id).version
    outcomes = at_once(
        lambda _number: api.accept_order(city.clerk, order_id=order_id, expected_version=version, at=MONDAY)
    )
    conflicts = [outcome for outcome in outcomes if isinstance(outcome, Conflict)]
    assert len(conflicts) == WRITERS - 1
    assert {conflict.parameters["act_code"] for conflict in conflicts} == {"orders.accept"}
    with seeing(SYSTEM.scope):
        assert Event.objects.filter(order_id=order_id, act="orders.accept").count() == 1


def moved_by_one(city: Hotline, order_id: UUID, do: Callable[[int], object], act: str) -> None:
    """Let sixteen do the same: one does, fifteen hear which act came first, and there is one event and one entry."""
    outcomes = at_once(do)
    conflicts = [outcome for outcome in outcomes if isinstance(outcome, Conflict)]
    assert len(conflicts) == WRITERS - 1
    assert {conflict.parameters["act_code"] for conflict in conflicts} == {act}
    assert all(conflict.parameters["by"] and conflict.parameters["at"] for conflict in conflicts)
    with seeing(SYSTEM.scope):
        assert Event.objects.filter(order_id=order_id, act=act).count() == 1
        assert Entry.objects.filter(subject=f"order:{order_id}", act=act).count() == 1


def test_of_sixteen_who_dispatch_return_or_finish_exactly_one_does(city: Hotline) -> None:
    order_id = city.place().order_id
    moved_by_one(
        city, order_id, lambda number: api.dispatch_order(
            city.dispatcher, order_id=order_id, expected_version=1, at=MONDAY,
            unit_id=(city.unit_id, city.other_unit_id)[number % 2],
        ), "orders.dispatch",
    )  # fmt: skip
    order_id = city.dispatched()
    moved_by_one(
        city, order_id, lambda number: api.return_order(
            (city.clerk, city.colleague)[number % 2], order_id=order_id, legal_basis="第三条", reason="不归", at=MONDAY
        ), "orders.return",
    )  # fmt: skip
    order_id = city.accepted()
    moved_by_one(
        city, order_id, lambda number: api.finish_order(
            (city.clerk, city.colleague)[number % 2], order_id=order_id, answer_public=f"第{number}个答复", at=MONDAY
        ), "orders.finish",
    )  # fmt: skip


def test_of_sixteen_who_rate_or_merge_exactly_one_does(city: Hotline) -> None:
    order_id = city.done()
    moved_by_one(
        city, order_id,
        lambda _number: api.rate_order(city.resident, order_id=order_id, satisfaction="very", at=MONDAY),
        "orders.rate",
    )  # fmt: skip
    with seeing(SYSTEM.scope):
        assert Rating.objects.filter(order_id=order_id).count() == 1
    causes, order_id = [city.dispatched(), city.dispatched()], city.dispatched()
    moved_by_one(
        city, order_id, lambda number: api.merge_order(
            city.dispatcher, order_id=order_id, into=causes[number % 2], at=MONDAY
        ), "orders.merge",
    )  # fmt: skip


def test_of_an_acceptance_and_a_return_at_once_one_wins(city: Hotline) -> None:
    order_id = city.dispatched()
    outcomes = at_once(
        lambda number: (
            api.accept_order(city.clerk, order_id=order_id, at=MONDAY)
            if number % 2
            else api.return_order(city.colleague, order_id=order_id, legal_basis="第三条", reason="不是", at=MONDAY)
        )
    )
    refused = [outcome for outcome in outcomes if isinstance(outcome, Conflict)]
    assert len(refused) == WRITERS - 1
    with seeing(SYSTEM.scope):
        acts = list(Event.objects.filter(order_id=order_id).order_by("sequence").values_list("act", flat=True))
    assert acts[:2] == ["orders.place", "orders.dispatch"]
    assert len(acts) == 3


def test_sixteen_comments_all_arrive_and_their_numbers_have_no_gaps(city: Hotline) -> None:
    order_id = city.dispatched()
    at_once(lambda number: api.comment_on_order(city.clerk, order_id=order_id, text=f"第{number}条", at=MONDAY))
    with seeing(SYSTEM.scope):
        sequences = sorted(Event.objects.filter(order_id=order_id).values_list("sequence", flat=True))
    assert sequences == list(range(1, WRITERS + 3))


def test_the_same_request_sent_sixteen_times_is_one_order(city: Hotline) -> None:
    order_id = new_identifier()
    receipts = at_once(lambda _number: city.place(order_id=order_id))
    assert len({(receipt.order_id, receipt.secret) for receipt in receipts}) == 1
    with seeing(SYSTEM.scope):
        assert Order.objects.count() == 1


def test_opposite_mergers_do_not_wait_for_each_other(city: Hotline) -> None:
    one, two = city.dispatched(), city.dispatched()
    outcomes = at_once(
        lambda number: api.merge_order(
            city.dispatcher, order_id=(one, two)[number % 2], into=(two, one)[number % 2], at=MONDAY
        )
    )
    assert sum(outcome is None for outcome in outcomes) == 1
    with seeing(SYSTEM.scope):
        assert sorted(Order.objects.values_list("state", flat=True)) == ["dispatched", "merged"]


def test_two_timers_at_once_escalate_once(city: Hotline) -> None:
    order_id = city.dispatched()
    at_once(lambda _number: api.due_work(MONDAY + timedelta(days=3)))
    with seeing(SYSTEM.scope):
        assert Event.objects.filter(order_id=order_id, act="orders.escalate").count() == 1
