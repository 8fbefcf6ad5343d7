"""Orders that are offered to several: rounds by a clock, the first who claims, declining, and the centre's choice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import gettext_lazy as _

from tests.orders.hotline import MONDAY, Hotline, build, item, load_items
from tests.orders.test_flow import order, running
from tests.orders.test_races import WRITERS, at_once
from tests.scenes import scene
from tianqu.base.errors import Conflict, InvalidInput, NotFound, NotPermitted
from tianqu.kernel.journal.api import SYSTEM, Actor, seeing, set_scope
from tianqu.kernel.notices.api import NoticeTemplate, notices_of, register_templates
from tianqu.kernel.orders import api
from tianqu.kernel.orders.offers import _OFFERINGS
from tianqu.kernel.places.api import forget_actors

PLACED, SENT, TAKEN = api.State.PLACED, api.State.DISPATCHED, api.State.ACCEPTED
TAKER, TIMED = frozenset({api.Who.TAKER}), frozenset({api.Who.SYSTEM, api.Who.OVERSIGHT})
OPEN = frozenset({PLACED, SENT})
FLOW = api.Flow(
    "test_offered",
    (
        api.Step("orders.offer", frozenset({PLACED}), None, TIMED),
        api.Step("orders.claim", OPEN, TAKEN, TAKER),
        api.Step("orders.decline", OPEN, None, TAKER),
        api.Step("orders.assign", OPEN, SENT, frozenset({api.Who.OVERSIGHT})),
        api.Step("orders.take_back", frozenset({SENT, TAKEN}), PLACED, frozenset({api.Who.OVERSIGHT})),
        api.Step("orders.escalate", OPEN, None, TIMED, several=True),
    ),
    {PLACED: "dispatch", SENT: "accept", TAKEN: "finish"},
)
CANDIDATES: list[api.Candidate] = []
ROUND = timedelta(hours=6)  # more than four working hours and the lunch between them


def find(order: api.Order, wanted: api.Wanted) -> Sequence[api.Candidate]:
    """The candidates of this test, in their order."""
    left = [one for one in CANDIDATES if one.taker not in wanted.without and wanted.only in ("", one.taker)]
    return left[: wanted.limit]


def lay(hotline: Hotline) -> Hotline:
    api.register_flow(FLOW)
    register_templates(
        NoticeTemplate("test_offered", _("Offered"), _("Offered %(what)s"), permission="orders.see"),
        NoticeTemplate("test_back", _("Back"), _("Back: %(what)s %(note)s"), permission="orders.see"),
    )
    api.register_offering(
        api.Offering(FLOW.code, find, lambda order: {"what": "help"}, "test_offered", "test_back", each=2, rounds=2)
    )
    load_items(SYSTEM, definitions=[item("offered.help", "帮忙", flow=FLOW.code)])
    api.forget_catalogue()
    CANDIDATES[:] = [
        api.Candidate("unit:1", hotline.unit_id, None, 9), api.Candidate("person:1", hotline.other_unit_id,
        hotline.neighbour.person_id, 8), api.Candidate("unit:2", hotline.other_unit_id, None, 7),
    ]  # fmt: skip
    return hotline


@pytest.fixture
def offered(hotline: Hotline) -> Iterator[Hotline]:
    yield lay(hotline)
    _OFFERINGS.pop(FLOW.code)


def placed(hotline: Hotline) -> UUID:
    return hotline.place(item="offered.help").order_id


def takers(actor: Actor) -> list[str]:
    with seeing(actor.scope):
        return [one.taker for one in api.offers_to(actor)]


def clerk(hotline: Hotline, unit: str) -> Actor:
    return hotline.post(unit, "orders_supervisor")


def test_rounds_go_by_the_clock_and_end(offered: Hotline) -> None:
    order_id = placed(offered)
    assert api.due_work(MONDAY).offered == 1
    assert api.due_work(MONDAY).offered == 0
    assert takers(offered.neighbour) == ["person:1"] and takers(clerk(offered, "c1.housing")) == ["unit:1"]
    assert takers(clerk(offered, "c2.housing")) == []
    assert api.due_work(MONDAY + ROUND).offered == 1
    assert takers(offered.neighbour) == [] and takers(clerk(offered, "c2.housing")) == ["unit:2"]
    assert api.due_work(MONDAY + 2 * ROUND + timedelta(days=1)).offered == 1
    assert api.due_work(MONDAY + timedelta(days=9)).offered == 0  # nobody is left: its own clock runs on
    assert order(order_id).state == "placed" and running(order_id) == {"dispatch"}
    assert order(order_id).escalation > 0


def test_who_is_offered_it_is_told_and_sees_no_more_than_the_offer(offered: Hotline) -> None:
    order_id = placed(offered)
    api.due_work(MONDAY)
    with seeing(offered.neighbour.scope):
        assert [one.code for one in notices_of(offered.neighbour, language="en")] == ["test_offered"]
        assert not api.Order.objects.filter(id=order_id).exists()
    api.claim_order(offered.neighbour, order_id=order_id, at=MONDAY)
    with seeing(offered.neighbour.scope):
        assert api.Order.objects.get(id=order_id).description
    set_scope(SYSTEM.scope)
    assert order(order_id).unit_id == offered.other_unit_id and running(order_id) == {"finish"}
    with pytest.raises(Conflict, match="somebody was first"):
        api.claim_order(clerk(offered, "c1.housing"), order_id=order_id, at=MONDAY)
    for nobody in (offered.resident, clerk(offered, "c2.housing")):
        with pytest.raises(NotFound):
            api.claim_order(nobody, order_id=order_id, at=MONDAY)


def test_when_all_have_declined_the_next_round_begins_at_once(offered: Hotline) -> None:
    order_id = placed(offered)
    api.due_work(MONDAY)
    api.decline_order(offered.neighbour, order_id=order_id, reason="没空", at=MONDAY)
    assert takers(clerk(offered, "c2.housing")) == []
    with pytest.raises(InvalidInput):
        api.decline_order(clerk(offered, "c1.housing"), order_id=order_id, reason=" ", at=MONDAY)
    api.decline_order(clerk(offered, "c1.housing"), order_id=order_id, reason="人手不够", at=MONDAY)
    assert takers(clerk(offered, "c2.housing")) == ["unit:2"]
    assert order(order_id).state == "placed"


def test_the_centre_sends_it_to_one_who_accepts_or_gives_it_back(offered: Hotline) -> None:
    order_id = placed(offered)
    api.due_work(MONDAY)
    with pytest.raises(InvalidInput, match="cannot be asked"):
        api.assign_order(offered.dispatcher, order_id=order_id, taker="unit:9", at=MONDAY)
    api.assign_order(offered.dispatcher, order_id=order_id, taker="unit:2", at=MONDAY)
    assert takers(offered.neighbour) == [] and running(order_id) == {"accept"}
    api.decline_order(clerk(offered, "c2.housing"), order_id=order_id, reason="太远", at=MONDAY)
    assert order(order_id).state == "placed" and order(order_id).unit_id is None and running(order_id) == {"dispatch"}
    api.assign_order(offered.dispatcher, order_id=order_id, taker="unit:1", at=MONDAY)
    api.claim_order(clerk(offered, "c1.housing"), order_id=order_id, at=MONDAY)
    assert order(order_id).state == "accepted"


def test_the_centre_takes_it_back_from_whom_it_was_sent_to_and_who_took_it(offered: Hotline) -> None:
    order_id, taker = placed(offered), clerk(offered, "c1.housing")
    with pytest.raises(Conflict):
        api.take_back_order(offered.dispatcher, order_id=order_id, reason="雨天", at=MONDAY)
    for takes in (False, True):
        api.assign_order(offered.dispatcher, order_id=order_id, taker="unit:1", at=MONDAY)
        if takes:
            api.claim_order(taker, order_id=order_id, at=MONDAY)
        with pytest.raises(InvalidInput):
            api.take_back_order(offered.dispatcher, order_id=order_id, reason=" ", at=MONDAY)
        with pytest.raises((NotFound, NotPermitted)):
            api.take_back_order(offered.neighbour, order_id=order_id, reason="雨天", at=MONDAY)
        api.take_back_order(offered.dispatcher, order_id=order_id, reason="雨天", at=MONDAY)
        now = order(order_id)
        assert (now.state, now.unit_id, now.accepted_at, running(order_id)) == ("placed", None, None, {"dispatch"})
        assert takers(taker) == []
        with pytest.raises(Conflict):
            api.claim_order(taker, order_id=order_id, at=MONDAY)
    with seeing(taker.scope):
        told = [one.words.body for one in notices_of(taker, language="en") if one.code == "test_back"]
    assert told == ["Back: help 雨天"] * 2
    api.assign_order(offered.dispatcher, order_id=order_id, taker="person:1", at=MONDAY)
    api.claim_order(offered.neighbour, order_id=order_id, at=MONDAY)
    assert order(order_id).unit_id == offered.other_unit_id


@pytest.mark.parametrize("step", [api.claim_order, partial(api.decline_order, reason="太远")])
def test_nobody_learns_by_the_time_that_an_order_is_there(offered: Hotline, step: Callable[..., None]) -> None:
    """Whoever was offered nothing has the same number of questions asked for an order and for none."""
    order_id, asked = placed(offered), []
    for each in (order_id, UUID(int=0), order_id):
        with CaptureQueriesContext(connection) as queries, pytest.raises(NotFound, match="not offered to you"):
            step(offered.neighbour, order_id=each, at=MONDAY)
        asked.append(len(queries))
    assert asked[1] == asked[2]


def test_what_a_pack_asks_before_a_step_refuses_it(offered: Hotline, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(acting: Any, order: api.Order) -> None:
        raise Conflict("Not you.", field="order_id")

    steps = tuple(replace(step, check=refuse) if step.act == "orders.claim" else step for step in FLOW.steps)
    monkeypatch.setitem(api.flow_called.__globals__["_FLOWS"], FLOW.code, replace(FLOW, steps=steps))
    api.forget_catalogue()
    order_id = placed(offered)
    api.due_work(MONDAY)
    with pytest.raises(Conflict, match="Not you"):
        api.claim_order(offered.neighbour, order_id=order_id, at=MONDAY)
    assert takers(offered.neighbour) == ["person:1"]


@pytest.mark.django_db(transaction=True)
def test_of_sixteen_who_claim_at_once_one_has_it() -> None:
    forget_actors()
    api.forget_catalogue()
    hotline = lay(scene(build))
    residents = [hotline.post("c1.housing", "orders_supervisor") for _number in range(WRITERS)]
    CANDIDATES[:] = [api.Candidate(f"person:{number}", hotline.unit_id, one.person_id, 9)
                     for number, one in enumerate(residents)]  # fmt: skip
    api.register_offering(
        api.Offering(
            FLOW.code, find, lambda order: {"what": "help"}, "test_offered", "test_back", each=WRITERS, rounds=1
        )
    )
    order_id = placed(hotline)
    api.due_work(MONDAY)
    outcomes = at_once(lambda number: api.claim_order(residents[number], order_id=order_id, at=MONDAY))
    assert len([one for one in outcomes if isinstance(one, Conflict)]) == WRITERS - 1
    with seeing(SYSTEM.scope):
        states = [one.state for one in api.offers_of(order_id)]
        assert sorted(states) == ["lapsed"] * (WRITERS - 1) + ["taken"]
        assert api.Order.objects.get(id=order_id).version == 3  # placed, offered, taken
    _OFFERINGS.pop(FLOW.code)
