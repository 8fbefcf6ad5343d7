"""The loop, step by step: who may do what to an order, and what follows from it."""

from __future__ import annotations

import contextlib
from datetime import date, timedelta

import pytest
from django.db import connection

from tests.orders.hotline import MONDAY, NOBODY, Hotline
from tianqu.base.errors import Conflict, InvalidInput, NotFound, NotPermitted
from tianqu.kernel.journal.api import SYSTEM, seeing, set_scope
from tianqu.kernel.orders import api
from tianqu.kernel.orders.models import Asker, CallBack, Clock, DispatchRule, Event, Order


def order(order_id: object) -> Order:
    with seeing(SYSTEM.scope):
        return Order.objects.get(id=order_id)


def running(order_id: object) -> set[str]:
    with seeing(SYSTEM.scope):
        return set(Clock.objects.filter(order_id=order_id, stopped_at=None).values_list("kind", flat=True))


def test_an_order_goes_all_the_way_round(hotline: Hotline) -> None:
    order_id = hotline.place().order_id
    assert running(order_id) == {"dispatch"}
    api.dispatch_order(hotline.dispatcher, order_id=order_id, unit_id=hotline.unit_id, at=MONDAY)
    assert running(order_id) == {"accept", "finish"}
    api.accept_order(hotline.clerk, order_id=order_id, at=MONDAY)
    assert running(order_id) == {"finish"}
    api.finish_order(hotline.clerk, order_id=order_id, answer_public="修好了", at=MONDAY)
    assert running(order_id) == {"close", "call_back"}
    api.rate_order(hotline.resident, order_id=order_id, satisfaction="very", solved=True, at=MONDAY)
    api.call_back(
        hotline.dispatcher, order_id=order_id, outcome="answered", contacted=True, solved=True,
        satisfaction="very", at=MONDAY,
    )  # fmt: skip
    api.close_order(SYSTEM, order_id=order_id, at=MONDAY)
    assert order(order_id).state == "closed"
    assert running(order_id) == set()
    with seeing(SYSTEM.scope):
        sequences = list(Event.objects.filter(order_id=order_id).order_by("id").values_list("sequence", flat=True))
    assert sequences == list(range(1, 8))


def test_sending_it_again_to_the_same_unit_starts_no_clock_anew(hotline: Hotline) -> None:
    order_id, later = hotline.dispatched(), MONDAY + timedelta(days=1)
    with pytest.raises(Conflict, match="with this unit already"):
        api.dispatch_order(hotline.dispatcher, order_id=order_id, unit_id=hotline.unit_id, at=later)
    with seeing(SYSTEM.scope):
        assert Clock.objects.filter(order_id=order_id, kind="finish").count() == 1
    api.dispatch_order(hotline.dispatcher, order_id=order_id, unit_id=hotline.other_unit_id, at=later)
    assert order(order_id).unit_id == hotline.other_unit_id


def test_a_receipt_opens_its_order_and_no_other(hotline: Hotline) -> None:
    mine, other = hotline.place(NOBODY), hotline.place(NOBODY)
    holder = api.receipt_actor(NOBODY, code=api.shown_code(mine.code).lower(), secret=mine.secret)
    api.comment_on_order(holder, order_id=mine.order_id, text="补充一点")
    with pytest.raises(NotFound):
        api.comment_on_order(holder, order_id=other.order_id, text="补充一点")
    with pytest.raises(NotFound):
        api.receipt_actor(NOBODY, code=mine.code, secret=other.secret)


def test_who_is_out_of_sight_of_an_order_finds_none(hotline: Hotline) -> None:
    order_id = hotline.dispatched()
    for actor in (hotline.stranger, hotline.neighbour, NOBODY):
        with pytest.raises((NotFound, NotPermitted)):
            api.comment_on_order(actor, order_id=order_id, text="?")
    with pytest.raises(NotPermitted):
        api.accept_order(hotline.resident, order_id=order_id)


def test_a_second_return_is_ruled_on_and_the_ruling_is_final(hotline: Hotline) -> None:
    order_id = hotline.dispatched()
    told = {"order_id": order_id, "legal_basis": "城市照明条例第三条", "reason": "不属于我单位", "at": MONDAY}
    api.return_order(hotline.clerk, nominee_unit_id=hotline.other_unit_id, **told)
    assert running(order_id) == {"dispatch"}
    api.dispatch_order(hotline.dispatcher, order_id=order_id, unit_id=hotline.other_unit_id, at=MONDAY)
    api.return_order(hotline.stranger, **told)
    assert running(order_id) == {"adjudicate"}
    with pytest.raises(Conflict):
        api.dispatch_order(hotline.dispatcher, order_id=order_id, unit_id=hotline.unit_id, at=MONDAY)
    rule = api.adjudicate_order(
        hotline.dispatcher, order_id=order_id, unit_id=hotline.unit_id, reason="辖区内路灯", legal_basis="三定方案",
        make_rule=True, at=MONDAY,
    )  # fmt: skip
    assert rule is not None
    made = next(one for one in api.published_rules() if one.code == api.ruling_code(order(order_id).code))
    assert (made.unit_id, made.version, made.rank, made.legal_basis) == (hotline.unit_id, 1, 50, "三定方案")
    with seeing(SYSTEM.scope):
        assert DispatchRule.objects.get(id=rule).ruling_order_id == order_id
    with pytest.raises(Conflict):
        api.return_order(hotline.clerk, **told)
    api.accept_order(hotline.clerk, order_id=order_id, at=MONDAY)


def test_a_ruling_for_no_unit_makes_no_rule(hotline: Hotline) -> None:
    order_id = hotline.dispatched()
    told = {"order_id": order_id, "legal_basis": "城市照明条例第三条", "reason": "不属于我单位", "at": MONDAY}
    api.return_order(hotline.clerk, **told)
    with pytest.raises(NotFound):
        api.adjudicate_order(
            hotline.dispatcher, order_id=order_id, unit_id=order_id, reason="辖区内路灯", legal_basis="三定方案",
            make_rule=True, at=MONDAY,
        )  # fmt: skip
    assert api.published_rules() == []


def test_a_ruling_of_the_early_morning_holds_from_the_realms_own_day(hotline: Hotline) -> None:
    """07:00 of Tuesday in Dezhou is still Monday in UTC."""
    order_id = hotline.dispatched()
    told = {"order_id": order_id, "legal_basis": "城市照明条例第三条", "reason": "不属于我单位", "at": MONDAY}
    api.return_order(hotline.clerk, **told)
    api.dispatch_order(hotline.dispatcher, order_id=order_id, unit_id=hotline.other_unit_id, at=MONDAY)
    api.return_order(hotline.stranger, **told)
    rule = api.adjudicate_order(
        hotline.dispatcher, order_id=order_id, unit_id=hotline.unit_id, reason="辖区内路灯", legal_basis="三定方案",
        make_rule=True, at=MONDAY + timedelta(hours=22),
    )  # fmt: skip
    with seeing(SYSTEM.scope):
        assert DispatchRule.objects.get(id=rule).valid_from == date(2024, 3, 5)


def test_an_objection_stands_until_somebody_above_the_unit_has_looked_at_it(hotline: Hotline) -> None:
    order_id = hotline.done()
    api.object_to_answer(hotline.resident, order_id=order_id, reason="还没修好", at=MONDAY)
    api.comment_on_order(hotline.clerk, order_id=order_id, text="已核实", at=MONDAY)
    assert order(order_id).objected_at == MONDAY
    api.comment_on_order(hotline.supervisor, order_id=order_id, text="已现场查看", at=MONDAY)
    assert order(order_id).objected_at is None


def test_reading_gives_the_connection_its_eyes_back(hotline: Hotline) -> None:
    """A role that sees no requests is shown figures of them, which the same connection counts next."""
    receipt, administrator = hotline.place(), hotline.post("city.centre", "administrator")
    set_scope(administrator.scope)
    for read in (api.order_detail, api.order_timeline, api.order_document):
        with contextlib.suppress(NotFound):
            assert not read(administrator, order_id=receipt.order_id), "they see no request"
        assert Order.objects.filter(id=receipt.order_id).exists()


def test_nothing_is_returned_after_two_working_days(hotline: Hotline) -> None:
    order_id = hotline.dispatched()
    with pytest.raises(Conflict):
        api.return_order(hotline.clerk, order_id=order_id, legal_basis="…", reason="…", at=MONDAY + timedelta(days=3))


def test_asking_back_pauses_the_clock_by_the_working_time_it_took(hotline: Hotline) -> None:
    order_id = hotline.accepted()
    before = order(order_id).due_done_at
    assert before is not None
    api.ask_back(hotline.clerk, order_id=order_id, question="哪一盏灯?", at=MONDAY)
    assert running(order_id) == {"finish", "answer"}
    api.answer_question(hotline.resident, order_id=order_id, answer="东头第一盏", at=MONDAY + timedelta(days=1))
    after = order(order_id).due_done_at
    assert after == before + timedelta(days=1)
    assert running(order_id) == {"finish"}


def test_extensions_end_at_ten_working_days(hotline: Hotline) -> None:
    order_id = hotline.accepted()
    api.extend_order(hotline.clerk, order_id=order_id, working_days=6, reason="等配件", at=MONDAY)
    with pytest.raises(InvalidInput):
        api.extend_order(hotline.clerk, order_id=order_id, working_days=5, reason="还等", at=MONDAY)
    api.extend_order(hotline.clerk, order_id=order_id, working_days=4, reason="还等", at=MONDAY)
    assert order(order_id).extended_days == 10


def test_answering_the_cause_answers_everybody_who_waits_for_it(hotline: Hotline) -> None:
    cause = hotline.accepted()
    mine = hotline.place(hotline.neighbour).order_id
    api.merge_order(hotline.dispatcher, order_id=mine, into=cause, at=MONDAY)
    assert running(mine) == {"finish"}
    api.finish_order(hotline.clerk, order_id=cause, answer_public="整条线路已修复", at=MONDAY)
    assert order(mine).state == "done"
    assert order(mine).answer_public == "整条线路已修复"
    api.rate_order(hotline.neighbour, order_id=mine, satisfaction="basically", at=MONDAY)
    assert order(cause).state == "done"


def test_withdrawing_a_cause_loses_nobody(hotline: Hotline) -> None:
    cause, mine = hotline.dispatched(), hotline.place(hotline.neighbour).order_id
    api.merge_order(hotline.dispatcher, order_id=mine, into=cause, at=MONDAY)
    api.withdraw_order(hotline.resident, order_id=cause, at=MONDAY)
    assert order(mine).state == "placed"
    assert running(mine) == {"dispatch", "finish"}


def test_two_orders_cannot_wait_for_each_other(hotline: Hotline) -> None:
    one, two = hotline.dispatched(), hotline.dispatched()
    api.merge_order(hotline.dispatcher, order_id=one, into=two, at=MONDAY)
    with pytest.raises(Conflict):
        api.merge_order(hotline.dispatcher, order_id=two, into=one, at=MONDAY)


def test_a_split_order_waits_for_its_parts(hotline: Hotline) -> None:
    whole = hotline.accepted()
    (part,) = api.split_order(
        hotline.dispatcher, order_id=whole, parts=[api.Part("路面积水", "灯下路面积水", item="water.none")], at=MONDAY
    )
    with pytest.raises(Conflict):
        api.finish_order(hotline.clerk, order_id=whole, answer_public="好了", at=MONDAY)
    api.withdraw_order(hotline.resident, order_id=part, at=MONDAY)
    api.finish_order(hotline.clerk, order_id=whole, answer_public="好了", at=MONDAY)


def test_reopening_begins_a_new_round_and_ends_after_two(hotline: Hotline) -> None:
    order_id = hotline.done()
    for _round in range(2):
        api.reopen_order(hotline.resident, order_id=order_id, reason="又坏了", at=MONDAY)
        assert running(order_id) == {"finish"}
        api.finish_order(hotline.clerk, order_id=order_id, answer_public="再修", at=MONDAY)
        api.rate_order(hotline.resident, order_id=order_id, satisfaction="dissatisfied", at=MONDAY)
    with pytest.raises(Conflict):
        api.reopen_order(hotline.resident, order_id=order_id, reason="又坏了", at=MONDAY)
    with seeing(SYSTEM.scope):
        assert CallBack.objects.filter(order_id=order_id).count() == 3


def test_an_order_is_not_reopened_after_fifteen_days(hotline: Hotline) -> None:
    order_id = hotline.done()
    with pytest.raises(Conflict):
        api.reopen_order(hotline.resident, order_id=order_id, reason="又坏了", at=MONDAY + timedelta(days=16))


def test_the_late_writer_hears_what_happened_by_whom_and_when(hotline: Hotline) -> None:
    order_id = hotline.dispatched()
    version = order(order_id).version
    api.accept_order(hotline.clerk, order_id=order_id, expected_version=version, at=MONDAY)
    with pytest.raises(Conflict) as caught:
        api.accept_order(hotline.colleague, order_id=order_id, expected_version=version, at=MONDAY)
    assert caught.value.parameters["act_code"] == "orders.accept"
    assert "2024-03-04 09:00" in str(caught.value)


def test_offices_see_no_sealed_asker_and_unsealing_leaves_a_trace(hotline: Hotline) -> None:
    order_id = hotline.place(identity="sealed").order_id
    with seeing(hotline.dispatcher.scope):
        assert Order.objects.filter(id=order_id).exists()
        assert not Asker.objects.filter(order_id=order_id).exists()
    with seeing(hotline.resident.scope):
        assert Asker.objects.get(order_id=order_id).name == "李梅"
    asker = api.unseal_asker(hotline.dispatcher, order_id=order_id, reason="核实情况", at=MONDAY)
    assert asker.phone == "13800000000"
    with seeing(hotline.resident.scope):
        assert not Event.objects.filter(order_id=order_id, act="orders.unseal").exists()
    with seeing(hotline.dispatcher.scope):
        assert Event.objects.filter(order_id=order_id, act="orders.unseal").exists()


def test_an_anonymous_order_keeps_no_contact_and_the_journal_no_person(hotline: Hotline) -> None:
    order_id = hotline.place(identity="anonymous").order_id
    api.comment_on_order(hotline.resident, order_id=order_id, text="补充", at=MONDAY)
    with seeing(SYSTEM.scope):
        assert Asker.objects.get(order_id=order_id).phone == ""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT actor_person_id, convert_from(body, 'UTF8') FROM journal_entry WHERE subject = %s",
                [f"order:{order_id}"],
            )
            rows = cursor.fetchall()
    assert len(rows) == 2
    assert all(person is None and str(hotline.resident.person_id) not in body for person, body in rows)


def test_escalation_climbs_a_level_a_working_day_and_only_once(hotline: Hotline) -> None:
    order_id = hotline.place().order_id
    late = MONDAY + timedelta(days=1)
    assert api.escalate_order(SYSTEM, order_id=order_id, at=late) == ["dispatch"]
    with pytest.raises(Conflict):
        api.escalate_order(SYSTEM, order_id=order_id, at=late)
    assert api.escalate_order(SYSTEM, order_id=order_id, at=late + timedelta(days=2)) == ["dispatch"]
    assert order(order_id).escalation == 2
