"""Lists and pages of orders: what each actor sees, in what order, and in how many queries."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from tests.orders.hotline import MONDAY, NOBODY, Hotline
from tianqu.base.errors import InvalidInput, NotFound, NotPermitted
from tianqu.kernel.journal.api import Scope
from tianqu.kernel.orders import api
from tianqu.kernel.orders.flow import Who

PUBLIC_WORDS = {"title": "村口路灯", "question": "路灯坏了", "answer": "已修复 LED 灯"}


def codes(page: api.OrderPage) -> list[str]:
    return [row.code for row in page.rows]


def test_an_inbox_is_three_queries_at_most(
    hotline: Hotline, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _number in range(5):
        hotline.dispatched()
    api.open_orders(hotline.clerk)
    with django_assert_max_num_queries(3):
        page = api.open_orders(hotline.clerk)
    assert len(page.rows) == 5
    assert page.rows[0].place.shown("zh") == "德州市德城区新华街道王庄村委会"
    assert page.rows[0].unit_name == "德城区住建局"


def test_each_sees_what_their_post_lets_them(hotline: Hotline) -> None:
    mine, other = hotline.dispatched(), hotline.place(hotline.neighbour).order_id
    seen = {
        name: {row.id for row in api.open_orders(getattr(hotline, name)).rows}
        for name in ("clerk", "stranger", "supervisor", "dispatcher")
    }
    assert seen == {
        "clerk": {mine}, "stranger": set(), "supervisor": {mine, other}, "dispatcher": {mine, other},
    }  # fmt: skip
    assert [row.id for row in api.orders_of_person(hotline.resident).rows] == [mine]
    with pytest.raises(NotPermitted):
        api.open_orders(hotline.resident)


@pytest.mark.parametrize("sort", ["due", "newest", "oldest"])
def test_pages_by_key_hold_every_order_once(hotline: Hotline, sort: api.Sort) -> None:
    placed = {hotline.place(at=MONDAY + timedelta(minutes=number // 2)).code for number in range(7)}
    found: list[str] = []
    after: str | None = None
    for _page in range(4):
        page = api.open_orders(hotline.dispatcher, sort=sort, after=after, limit=2)
        found += codes(page)
        after = page.after
    assert after is None
    assert set(found) == placed
    assert len(found) == 7
    with pytest.raises(InvalidInput):
        api.open_orders(hotline.dispatcher, after="nonsense")


def test_filters_narrow_and_counts_agree(hotline: Hotline) -> None:
    lamp, water = hotline.dispatched(), hotline.place(item="water.none").order_id
    late = MONDAY + timedelta(hours=1)

    def ids(**changes: object) -> set[object]:
        filters = api.OrderFilters(**changes)  # type: ignore[arg-type]
        return {row.id for row in api.open_orders(hotline.dispatcher, filters=filters, now=late).rows}

    assert ids(item_code="water.none") == ids(urgency="utilities") == ids(late=True) == {water}
    assert ids(late=False) == ids(unit_id=hotline.unit_id) == ids(states=("dispatched",)) == {lamp}
    assert ids(place_path="P.P2") == ids(unhappy=True) == ids(disputed=True) == set()
    assert ids(text="路灯") == {lamp, water}
    assert ids(text="100%") == set()
    assert api.order_counts(hotline.dispatcher) == {"dispatched": 1, "placed": 1}
    desk = api.desk_counts(hotline.dispatcher, now=late, day_ends_at=late + timedelta(hours=12))
    assert (desk.late, desk.urgent, desk.by_state["placed"]) == (1, 1, 1)


def test_an_order_page_shows_each_their_part(hotline: Hotline) -> None:
    order_id = hotline.accepted()
    mine = api.order_detail(hotline.resident, order_id=order_id)
    assert (mine.part, mine.handler) == (Who.ASKER, "")
    assert "orders.withdraw" in mine.acts
    assert "orders.finish" not in mine.acts
    theirs = api.order_detail(hotline.clerk, order_id=order_id)
    assert theirs.part is Who.UNIT
    assert {"orders.finish", "orders.extend", "orders.ask_back"} <= set(theirs.acts)
    assert theirs.asker is not None
    with pytest.raises(NotFound):
        api.order_detail(hotline.stranger, order_id=order_id)
    with pytest.raises(NotFound):
        api.order_detail(NOBODY, order_id=order_id)


def test_the_acts_offered_are_those_that_work(hotline: Hotline) -> None:
    order_id = hotline.dispatched()
    offered = api.order_detail(hotline.clerk, order_id=order_id).acts
    assert "orders.accept" in offered
    api.accept_order(hotline.clerk, order_id=order_id, at=MONDAY)
    assert "orders.accept" not in api.order_detail(hotline.clerk, order_id=order_id).acts


def test_askers_never_read_what_is_internal(hotline: Hotline) -> None:
    order_id = hotline.accepted()
    api.comment_on_order(hotline.clerk, order_id=order_id, text="内部:请核实", at=MONDAY)
    api.comment_on_order(hotline.clerk, order_id=order_id, text="我们明天到", audience="asker", at=MONDAY)
    notes = {event.note for event in api.order_timeline(hotline.resident, order_id=order_id)}
    assert "我们明天到" in notes
    assert "内部:请核实" not in notes
    events = api.order_timeline(hotline.clerk, order_id=order_id)
    assert [event.sequence for event in events] == [1, 2, 3, 4, 5]
    assert all(event.entry_id is not None for event in events)
    assert not api.order_timeline(hotline.stranger, order_id=order_id)


def test_everybody_reads_what_is_published_and_finds_it_by_chinese_words(hotline: Hotline) -> None:
    order_id, hidden = hotline.done(), hotline.done()
    api.publish_order(hotline.dispatcher, order_id=order_id, **PUBLIC_WORDS)

    def found(**changes: object) -> list[object]:
        return [row.id for row in api.public_orders(filters=api.PublicFilters(**changes)).rows]  # type: ignore[arg-type]

    assert found() == found(text="路灯") == found(text="修复 led") == found(place_path="P.P1") == [order_id]
    assert found(text="坏灯") == found(place_path="P.P2") == found(text="李梅") == []
    code = api.order_detail(hotline.dispatcher, order_id=order_id).order.code
    assert api.public_order(code=code).answer == "已修复 LED 灯"
    assert [event.act for event in api.public_timeline(NOBODY, code=code)][:2] == ["orders.place", "orders.dispatch"]
    api.unpublish_order(hotline.dispatcher, order_id=order_id, reason="含个人信息")
    assert found() == []
    with pytest.raises(NotFound):
        api.public_order(code=code)
    assert hidden not in found()


def test_a_request_placed_in_public_is_seen_at_once_unless_its_item_is_private(hotline: Hotline) -> None:
    shown = hotline.place(NOBODY, public=True)
    hotline.place(NOBODY, public=True, item="secret.matter")
    assert [row.id for row in api.public_orders().rows] == [shown.order_id]
    api.dispatch_order(hotline.dispatcher, order_id=shown.order_id, unit_id=hotline.unit_id, at=MONDAY)
    assert api.public_order(code=shown.code).state == "dispatched"


def test_a_caller_is_known_by_their_number_unless_they_are_sealed(hotline: Hotline) -> None:
    known = hotline.place().order_id
    hotline.place(identity="sealed")
    assert [row.id for row in api.orders_of_caller(hotline.dispatcher, phone="13800000000").rows] == [known]
    assert not api.orders_of_caller(replace(hotline.dispatcher, scope=Scope()), phone="13800000000").rows
    with pytest.raises(NotPermitted):
        api.orders_of_caller(hotline.clerk, phone="13800000000")


def test_a_receipt_shows_its_order_and_its_parts(hotline: Hotline) -> None:
    receipt = hotline.place(NOBODY)
    api.dispatch_order(hotline.dispatcher, order_id=receipt.order_id, unit_id=hotline.unit_id, at=MONDAY)
    holder = api.receipt_actor(NOBODY, code=receipt.code, secret=receipt.secret)
    assert api.order_detail(holder, order_id=receipt.order_id).part is Who.ASKER
    assert [row.id for row in api.orders_of_person(holder).rows] == [receipt.order_id]
    (part,) = api.split_order(
        hotline.dispatcher, order_id=receipt.order_id, parts=[api.Part("积水", "灯下积水")], at=MONDAY
    )
    holder = api.receipt_actor(NOBODY, code=receipt.code, secret=receipt.secret)
    assert {row.id for row in api.orders_of_person(holder).rows} == {receipt.order_id, part}


def test_a_document_holds_what_its_reader_may_see_and_never_who_asked(hotline: Hotline) -> None:
    order_id = hotline.accepted()
    api.comment_on_order(hotline.clerk, order_id=order_id, text="内部:请核实", at=MONDAY)
    readers = (hotline.clerk, hotline.resident)
    clerk, asker = (json.loads(api.order_document(reader, order_id=order_id)) for reader in readers)
    assert [event["act"] for event in clerk["events"]] == [
        "orders.place", "orders.dispatch", "orders.accept", "orders.comment",
    ]  # fmt: skip
    assert [event["act"] for event in asker["events"]] == ["orders.place", "orders.dispatch", "orders.accept"]
    assert (clerk["unit"]["code"], clerk["state"], clerk["place"]["code"]) == ("c1.housing", "accepted", "P102001")
    assert "13800000000" not in json.dumps(clerk)
    with pytest.raises(NotFound):
        api.order_document(hotline.stranger, order_id=order_id)
