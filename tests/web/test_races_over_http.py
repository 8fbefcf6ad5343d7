"""Many at once through the doors: a form sent twice, two clerks who answer, sixteen who accept by the API."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from tests.orders.hotline import Hotline, build
from tests.scenes import scene
from tests.web.api.calling import Caller, caller
from tests.web.desk.browsing import browser, order_of, page_of
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import Scope, seeing
from tianqu.kernel.journal.models import Entry
from tianqu.kernel.orders.api import forget_catalogue
from tianqu.kernel.orders.models import Event, Order
from tianqu.kernel.places.api import forget_actors

pytestmark = pytest.mark.django_db(transaction=True)
WRITERS = 16


@pytest.fixture
def city() -> Iterator[Hotline]:
    """The small hotline, committed, so that other connections see it."""
    forget_actors()
    forget_catalogue()
    yield scene(build)
    forget_actors()
    forget_catalogue()


def at_once(do: Callable[[int], Any], count: int = WRITERS) -> Counter[int]:
    """Do something in that many threads, each with a connection of its own; return the statuses."""

    def one(number: int) -> int:
        try:
            return int(do(number).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return Counter(pool.map(one, range(count)))


def done_once(order_id: Any, act: str) -> None:
    with seeing(Scope(everything=True)):
        assert Event.objects.filter(order_id=order_id, act=act).count() == 1
        assert Entry.objects.filter(subject=f"order:{order_id}", act=act).count() == 1


def test_of_sixteen_calls_one_accepts_and_the_others_are_told(city: Hotline) -> None:
    order_id = city.dispatched()
    code, by = order_of(order_id).code, [caller(city.clerk), caller(city.colleague)]
    said = at_once(lambda number: by[number % 2].post(f"/orders/{code}/accept"))
    assert said == {200: 1, 409: WRITERS - 1}
    done_once(order_id, "orders.accept")
    told = by[0].post(f"/orders/{code}/accept").json()
    assert told["code"] == "conflict" and told["detail"]


def test_of_two_clerks_who_answer_one_does_and_the_other_keeps_the_words(city: Hotline) -> None:
    order_id = city.accepted()
    address, version = page_of(order_id), order_of(order_id).version
    desks = [browser(city.clerk), browser(city.colleague)]
    answers: dict[int, Any] = {}

    def finish(number: int) -> Any:
        given = {"version": version, "finish-answer_public": f"第{number}个答复"}
        answers[number] = desks[number].post(f"{address}/finish", given)
        return answers[number]

    assert at_once(finish, 2) == {302: 1, 409: 1}
    loser = next(number for number, answer in answers.items() if answer.status_code == 409)
    assert f"第{loser}个答复" in answers[loser].content.decode()
    done_once(order_id, "orders.finish")


def test_a_form_that_is_sent_many_times_is_one_request(city: Hotline) -> None:
    given = {
        "step": "who", "title": "路灯不亮", "description": "三天了", "place": str(city.place_id), "identity": "open",
        "kind": "resident", "order_id": str(new_identifier()),
    }  # fmt: skip
    client = Client()
    assert set(at_once(lambda _number: Client().post("/ask/road.lamp", given), 6)) == {302}
    assert client.post("/ask/road.lamp", given).status_code == 302
    with seeing(Scope(everything=True)):
        order = Order.objects.get()
    assert client.get(f"/receipt/{order.code}").status_code == 200
    done_once(order.id, "orders.place")


def test_a_key_that_is_sent_many_times_is_one_request(city: Hotline) -> None:
    body = {"item": "road.lamp", "place": "P102001", "title": "路灯不亮", "description": "三天了"}
    key = {"Idempotency-Key": str(new_identifier())}
    assert set(at_once(lambda _number: Caller().post("/orders", body, **key))) == {201}
    with seeing(Scope(everything=True)):
        assert Order.objects.count() == 1
