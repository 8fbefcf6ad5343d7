"""Every act of the flow by every kind of actor, inside their scope and outside of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction

from tests.orders.hotline import MONDAY, NOBODY, Hotline
from tianqu.base.errors import NotFound, NotPermitted
from tianqu.kernel.files.api import store_file
from tianqu.kernel.journal.api import SYSTEM, Actor, Scope, registered_acts, seeing
from tianqu.kernel.orders import api
from tianqu.kernel.orders.flow import FLOW, Who
from tianqu.kernel.orders.models import Event, Order
from tianqu.kernel.places.api import can

ASKER, UNIT, OVERSIGHT = Who.ASKER, Who.UNIT, Who.OVERSIGHT
# In which parts each actor meets the order: it lies in Decheng, and the housing bureau of Decheng has it.
PARTS: dict[str, frozenset[Who]] = {
    "nobody": frozenset(), "neighbour": frozenset(), "resident": frozenset({ASKER}), "receipt": frozenset({ASKER}),
    "clerk": frozenset({UNIT}), "stranger": frozenset(), "supervisor": frozenset({UNIT, OVERSIGHT}),
    "foreign_supervisor": frozenset(), "dispatcher": frozenset({OVERSIGHT}), "operator": frozenset({OVERSIGHT}),
    "auditor": frozenset({OVERSIGHT}), "administrator": frozenset(),
}  # fmt: skip
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def arguments_of(hotline: Hotline, cause: UUID) -> dict[str, dict[str, Any]]:
    """What each act needs, apart from the order."""
    return {
        "orders.dispatch": {"unit_id": hotline.other_unit_id},
        "orders.return": {"legal_basis": "第三条", "reason": "不属于我单位"},
        "orders.adjudicate": {"unit_id": hotline.unit_id, "reason": "裁定", "legal_basis": "三定方案"},
        "orders.ask_back": {"question": "哪里?"},
        "orders.answer_question": {"answer": "村口"},
        "orders.extend": {"working_days": 1, "reason": "等配件"},
        "orders.hand_over": {"post_id": hotline.colleague.post_id},
        "orders.finish": {"answer_public": "修好了"},
        "orders.answer": {"answer_public": "路灯由街道负责，已报修"},
        "orders.rate": {"satisfaction": "very"},
        "orders.call_back": {"outcome": "no_answer"},
        "orders.reopen": {"reason": "又坏了"},
        "orders.refuse": {"reason_code": "other", "reason": "不予受理"},
        "orders.merge": {"into": cause},
        "orders.split": {"parts": [api.Part("另一处", "另一处")]},
        "orders.press": {"note": "请抓紧"},
        "orders.object": {"reason": "不同意"},
        "orders.comment": {"text": "留言"},
        "orders.attach": {"file_id": store_file(SYSTEM, content=PDF, name="证明.pdf").id},
        "orders.publish": {"title": "路灯", "question": "路灯不亮"},
        "orders.unpublish": {"reason": "更正"},
        "orders.exclude": {"rate": "all", "reason": "test", "note": "测试单"},
        "orders.include": {"rate": "all", "note": "恢复"},
        "orders.unseal": {"reason": "核实"},
    }


def prepared(hotline: Hotline, act: str) -> UUID:
    """An order on which the act makes sense: sealed, so that unsealing does, too."""
    step = FLOW[act]
    told = {"identity": "sealed"}
    order_id: UUID
    if "accepted" in step.whence:
        order_id = hotline.accepted(**told)
    elif act in ("orders.answer_question", "orders.resume"):
        order_id = hotline.accepted(**told)
        api.ask_back(hotline.clerk, order_id=order_id, question="哪里?", at=MONDAY)
    elif "dispatched" in step.whence:
        order_id = hotline.dispatched(**told)
    elif "returned" in step.whence:
        order_id = hotline.dispatched(**told)
        api.return_order(hotline.clerk, order_id=order_id, legal_basis="第三条", reason="不是我们", at=MONDAY)
    elif act == "orders.unmerge":
        order_id = hotline.dispatched(**told)
        api.merge_order(hotline.dispatcher, order_id=order_id, into=hotline.dispatched(), at=MONDAY)
    else:
        order_id = hotline.done(**told)
    if act == "orders.unpublish":
        api.publish_order(hotline.dispatcher, order_id=order_id, title="路灯", question="路灯", at=MONDAY)
    if act == "orders.include":
        api.exclude_order(hotline.dispatcher, order_id=order_id, rate="all", reason="test", note="…", at=MONDAY)
    return order_id


def actors(hotline: Hotline) -> dict[str, Actor]:
    """Everybody but the holder of a receipt."""
    return {
        "nobody": NOBODY, "neighbour": hotline.neighbour, "resident": hotline.resident,
        "clerk": hotline.clerk, "stranger": hotline.stranger, "supervisor": hotline.post("c1.housing", "supervisor"),
        "foreign_supervisor": hotline.post("c2.housing", "supervisor"), "dispatcher": hotline.dispatcher,
        "operator": hotline.post("city.centre", "operator"), "auditor": hotline.post("city.centre", "auditor"),
        "administrator": hotline.post("city.centre", "administrator"),
    }  # fmt: skip


def with_receipt(everybody: dict[str, Actor], order_id: UUID) -> dict[str, Actor]:
    return everybody | {"receipt": Actor(channel="web", scope=Scope(opened=(order_id,)))}


def expected(actor: Actor, name: str, act: str) -> bool:
    parts = set(PARTS[name])
    if act in ("orders.adjudicate",):  # a returned order has no answerable unit
        parts.discard(UNIT)
    return can(actor, act) and bool(parts & FLOW[act].who)


def attempt(perform: Callable[..., Any], actor: Actor, order_id: UUID, arguments: dict[str, Any]) -> bool:
    """Try an act and take it back; say whether it was let through. A refusal leaves nothing behind."""
    before = snapshot(order_id)
    savepoint = transaction.savepoint()
    try:
        perform(actor, order_id=order_id, at=MONDAY, **arguments)
        transaction.savepoint_rollback(savepoint)
    except (NotFound, NotPermitted):
        assert snapshot(order_id) == before
        return False
    return True


def snapshot(order_id: UUID) -> tuple[Any, ...]:
    with seeing(SYSTEM.scope):
        order = Order.objects.get(id=order_id)
        return order.state, order.version, Event.objects.filter(order_id=order_id).count()


def test_an_act_is_done_by_whose_part_it_is_and_by_nobody_else(hotline: Hotline, settings: Any, tmp_path: Path) -> None:
    settings.TIANQU_FILES_URL = str(tmp_path)
    everybody, cause = actors(hotline), hotline.dispatched()
    told = arguments_of(hotline, cause)
    outcomes, wanted = {}, {}
    for act in sorted(set(FLOW) - {"orders.recount"}):
        order_id = prepared(hotline, act)
        perform = registered_acts()[act].perform
        arguments = told.get(act, {})
        for name, actor in with_receipt(everybody, order_id).items():
            outcomes[act, name] = attempt(perform, actor, order_id, arguments)
            wanted[act, name] = expected(actor, name, act)
    assert outcomes == wanted
    assert len({act for (act, _name), done in outcomes.items() if done}) >= len(FLOW) - 3  # the clock's own acts


def test_a_sealed_asker_is_seen_by_themselves_alone(hotline: Hotline) -> None:
    order_id = hotline.done(identity="sealed")
    for name, actor in with_receipt(actors(hotline), order_id).items():
        timeline = repr(api.order_timeline(actor, order_id=order_id))
        if not PARTS[name] or (PARTS[name] != {ASKER} and not can(actor, "orders.see")):
            assert timeline == "()"
            with pytest.raises(NotFound):
                api.order_detail(actor, order_id=order_id)
            continue
        detail = api.order_detail(actor, order_id=order_id)
        assert (detail.asker is not None) == (PARTS[name] == {ASKER}), name
        if PARTS[name] != {ASKER}:
            assert "13800000000" not in timeline
            assert str(hotline.resident.person_id) not in timeline
