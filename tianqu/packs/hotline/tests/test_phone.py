"""The phone desk: a call is told, looked up, sent on, answered or attached; who called before; what was typed stays."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from tests.orders.hotline import Hotline
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM, Actor, Scope, seeing
from tianqu.kernel.orders import api
from tianqu.kernel.orders.looking import _looks
from tianqu.kernel.orders.models import Asker, Event, Order
from tianqu.kernel.places.api import AccessRecord
from tianqu.packs.hotline import phone
from tianqu.packs.hotline.tests.people import browser, text

PHONE = "13900001111"


def call(hotline: Hotline, **changes: str) -> dict[str, str]:
    """What an operator types."""
    told = {
        "call": str(new_identifier()), "phone": PHONE, "name": "王秀英",
        "description": "王庄村口的路灯坏了三天。天一黑看不见路。",
        "item": "road.lamp", "place": str(hotline.place_id), "place_words": "王庄", "urgency": "none",
        "route": "queue", "do": "send",
    }  # fmt: skip
    return told | changes


def send(client: Client, told: dict[str, str]) -> Order:
    """Send a call and return the order that came of it."""
    answer: Any = client.post("/phone/", told)
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    code = answer.headers["Location"].rsplit("/", 1)[-1]
    with seeing(Scope(everything=True)):
        return Order.objects.get(code=code)


def test_a_call_is_placed_and_its_code_read_out(hotline: Hotline) -> None:
    client = browser(hotline, "operator")
    order = send(client, call(hotline, language="en"))
    assert order.channel == "phone"
    assert order.title == "王庄村口的路灯坏了三天"
    with seeing(Scope(everything=True)):
        assert Asker.objects.get(order=order).phone == PHONE
        assert "English" in Event.objects.get(order=order, act="orders.comment").note
    page = text(client.get(f"/phone/sent/{order.code}"))
    assert api.shown_code(order.code) in page
    assert 'href="/phone/"' in page
    assert PHONE not in text(client.get("/phone/")), "the next call begins empty"


def test_it_goes_to_the_unit_that_was_typed_and_only_with_a_reason(hotline: Hotline) -> None:
    client = browser(hotline, "operator")
    told = call(hotline, route="dispatch", unit="c1.housing")
    page = text(client.post("/phone/", told), status=400)
    assert "王秀英" in page
    assert "Say why this unit" in page
    order = send(client, told | {"reason": "路灯归住建局"})
    assert order.state == "dispatched"
    assert order.unit_id == hotline.unit_id
    with seeing(Scope(everything=True)):
        event = Event.objects.get(order=order, act="orders.dispatch")
    assert event.data["decided_by"] == "human"
    assert event.note == "路灯归住建局"


def test_it_goes_where_a_rule_says_and_the_page_says_why(hotline: Hotline) -> None:
    rule = api.Rule(
        code="lamps", condition=api.Condition(item="road.lamp"), valid_from=date(2020, 1, 1),
        unit_kind="housing_bureau", legal_basis="三定方案",
    )  # fmt: skip
    api.publish_rules(SYSTEM, rules=[rule])
    api.forget_dispatching()
    client = browser(hotline, "operator")
    page = text(client.post("/phone/part/help", call(hotline)))
    assert "德城区住建局" in page
    assert "By the dispatch rule lamps (三定方案)." in page
    order = send(client, call(hotline, route="dispatch"))
    assert order.unit_id == hotline.unit_id
    with seeing(Scope(everything=True)):
        assert Event.objects.get(order=order, act="orders.dispatch").data["decided_by"] == "rule"


def test_a_known_answer_is_given_on_the_spot(hotline: Hotline) -> None:
    api.save_template(SYSTEM, title="路灯报修", text="路灯坏了由住建局三日内修好。", item_code="road.lamp")
    client = browser(hotline, "operator")
    told = call(hotline, route="answer")
    page = text(client.post("/phone/part/help", told))
    assert "路灯坏了由住建局三日内修好。" in page
    number = page.split('value="answer:')[1].split('"')[0]
    filled = text(client.post("/phone/", told | {"take": f"answer:{number}"}))
    assert "路灯坏了由住建局三日内修好。</textarea>" in filled
    assert "This is needed." in text(client.post("/phone/", told), status=400)
    order = send(client, told | {"answer": "路灯坏了由住建局三日内修好。", "source": number})
    assert order.state == "done"
    assert order.answer_public == "路灯坏了由住建局三日内修好。"
    assert order.unit_id == hotline.prefecture.units["city.centre"].id


def test_the_caller_is_attached_to_the_same_matter(hotline: Hotline) -> None:
    first = api.place_order(
        hotline.resident, item="road.lamp", place_id=hotline.place_id, title="王庄村口路灯坏了",
        description="村口的路灯坏了三天，天黑看不见路。", at=timezone.now(),
    )  # fmt: skip
    client = browser(hotline, "operator")
    page = text(client.post("/phone/part/help", call(hotline)))
    assert "王庄村口路灯坏了" in page
    assert f'value="into:{first.code}"' in page
    order = send(client, call(hotline, route="attach", into=first.code))
    assert order.state == "merged"
    assert order.merged_into_id == first.order_id
    text(client.post("/phone/", call(hotline, route="attach", into="nonsense")), status=400)


def test_who_called_before_is_shown_and_written_into_the_access_log(hotline: Hotline) -> None:
    _looks.clear()
    before = hotline.place(title="下水道堵了", contact=api.Contact(name="王秀英", phone=PHONE))
    hotline.place(title="不愿让人知道的事", identity="sealed", contact=api.Contact(name="王秀英", phone=PHONE))
    client = browser(hotline, "operator")
    page = text(client.post("/phone/part/help", {"call": str(new_identifier()), "phone": "139 0000-1111"}))
    assert "下水道堵了" in page
    assert "不愿让人知道的事" not in page
    with seeing(Scope(everything=True)):
        assert AccessRecord.objects.filter(what="looked", subject=f"order:{before.order_id}").count() == 1


def test_urgency_sets_the_clock_that_the_page_shows(hotline: Hotline) -> None:
    client = browser(hotline, "operator")
    for urgency, words in (("danger", "1 hour"), ("utilities", "2 hours"), ("none", "5 working days")):
        assert words in text(client.post("/phone/part/help", call(hotline, urgency=urgency)))
    order = send(client, call(hotline, urgency="danger", route="dispatch", unit="c1.housing", reason="危险"))
    with seeing(Scope(everything=True)):
        clock = order.clocks.get(kind="finish")
    assert (clock.due_at - clock.started_at).total_seconds() == 3600


def test_what_is_missing_is_said_at_once_and_what_was_typed_is_kept(hotline: Hotline) -> None:
    client = browser(hotline, "operator", language="zh-hans")
    told = {"call": str(new_identifier()), "do": "send", "name": "王秀英", "phone": PHONE}
    page = text(client.post("/phone/", told), status=400)
    assert page.count("field-error") == 3
    assert "王秀英" in page
    assert "王秀英" in text(client.get("/phone/")), "a lost line loses nothing"
    client.post("/phone/", {"do": "clear"})
    assert "王秀英" not in text(client.get("/phone/"))


def test_sending_twice_is_sending_once(hotline: Hotline) -> None:
    client = browser(hotline, "operator")
    told = call(hotline, route="dispatch", unit="c1.housing", reason="路灯")
    first, second = send(client, told), send(client, told)
    assert first.id == second.id
    with seeing(Scope(everything=True)):
        assert Event.objects.filter(order=first).count() == 2
    page = text(client.post("/phone/", told | {"description": "别的事情"}), status=409)
    assert f"/phone/sent/{first.code}" in page


STEPS = {"dispatch": ("dispatch_order", "orders.dispatch"), "answer": ("answer_order", "orders.answer")} | {
    "attach": ("merge_order", "orders.merge"),
}
NOTED = ("comment_on_order", "orders.comment")


@pytest.mark.parametrize(
    ("route", "broken"), [(route, step) for route in STEPS for step in (NOTED, STEPS[route])] + [("queue", NOTED)]
)
@pytest.mark.parametrize("arrives", [False, True])
def test_sending_again_goes_on_where_the_line_was_lost(
    hotline: Hotline, monkeypatch: pytest.MonkeyPatch, route: str, broken: tuple[str, str], arrives: bool
) -> None:
    """The act was lost, or it was done and its answer lost; also where the cause was answered meanwhile."""
    name = broken[0]
    cause = hotline.accepted()
    client = browser(hotline, "operator")
    client.raise_request_exception = False
    told = call(
        hotline, route=route, unit="c1.housing", reason="路灯", answer="三日内修好。", language="en",
        into=api.order_code(cause),
    )  # fmt: skip
    act = getattr(phone, name)

    def breaks(actor: Actor, /, **arguments: Any) -> None:
        if arrives:
            act(actor, **arguments)
        raise OperationalError("the line was lost")

    with monkeypatch.context() as patched:
        patched.setattr(phone, name, breaks)
        assert client.post("/phone/", told).status_code in (500, 503)
    if arrives and broken == STEPS["attach"]:
        api.finish_order(hotline.clerk, order_id=cause, answer_public="已更换灯具。")
    first, again = send(client, told), send(client, told)
    assert first.id == again.id
    with seeing(Scope(everything=True)):
        done = list(Event.objects.filter(order=first).order_by("sequence").values_list("act", flat=True))
    assert done[:3] == ["orders.place", NOTED[1], *(STEPS[route][1:] if route in STEPS else ())]
    assert done[3:] in ([], ["orders.finish"]), "nothing is done twice; who waits for a cause is answered with it"
    assert "could not be done" not in text(client.get(f"/phone/sent/{first.code}"))


def test_without_script_a_place_is_found_and_a_suggestion_taken(hotline: Hotline) -> None:
    client = browser(hotline, "operator")
    told = {"call": str(new_identifier()), "description": "路灯不亮", "place_words": "王庄", "do": "look"}
    page = text(client.post("/phone/", told))
    assert f'value="{hotline.place_id}" checked' in page
    page = text(client.post("/phone/", told | {"take": "item:road.lamp"}))
    assert 'value="road.lamp" selected' in page
    text(client.post("/phone/", told | {"take": "answer:none"}), status=400)


def test_a_clerk_and_a_resident_have_no_phone_desk(hotline: Hotline) -> None:
    assert browser(hotline, "clerk", unit="c1.housing").get("/phone/").status_code == 403
    assert browser(hotline, "auditor").get("/phone/").status_code == 403
