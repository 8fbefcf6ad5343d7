"""Reading over the API: what each list and each thing holds, and that another county sees none of it."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from tests.orders.hotline import MONDAY, Hotline
from tests.web.api.calling import ANYONE, Caller, caller
from tianqu.kernel.journal.api import SYSTEM, seeing
from tianqu.kernel.orders import api
from tianqu.kernel.orders.models import Order


def code_of(order_id: Any) -> str:
    with seeing(SYSTEM.scope):
        return str(Order.objects.get(id=order_id).code)


def codes(page: Any) -> set[str]:
    return {row["code"] for row in page["rows"]}


def test_the_list_is_the_inbox(hotline: Hotline) -> None:
    accepted, placed = code_of(hotline.accepted()), hotline.place(title="井盖不见").code
    clerk, dispatcher = caller(hotline.clerk), caller(hotline.dispatcher)
    assert codes(clerk.read("/orders")) == {accepted}
    assert codes(dispatcher.read("/orders")) == {accepted, placed}
    assert codes(dispatcher.read("/orders", state=["placed", "returned"])) == {placed}
    assert codes(dispatcher.read("/orders", unit="c1.housing")) == {accepted}
    assert codes(dispatcher.read("/orders", text="井盖")) == {placed}
    assert codes(dispatcher.read("/orders", late="true", place="P102001")) == {accepted, placed}
    assert codes(clerk.read("/orders", mine="true", item="road.lamp")) == {accepted}
    assert codes(caller(hotline.colleague).read("/orders", mine="true")) == set()
    assert codes(dispatcher.read("/orders", urgency="danger")) == set()


@pytest.mark.parametrize("sort", ["due", "newest", "oldest"])
def test_pages_tell_everything_once(hotline: Hotline, sort: str) -> None:
    expected = {hotline.place(title=f"路灯 {number}").code for number in range(7)}
    dispatcher = caller(hotline.dispatcher)
    found: list[str] = []
    after: dict[str, Any] = {}
    for _page in range(4):
        page = dispatcher.read("/orders", sort=sort, limit=2, **after)
        found += [row["code"] for row in page["rows"]]
        after = {"after": page["next"]}
    assert page["next"] is None
    assert len(found) == len(expected) and set(found) == expected


def test_one_request_with_its_timeline(hotline: Hotline, django_assert_max_num_queries: Any) -> None:
    code, clerk = code_of(hotline.accepted()), caller(hotline.clerk)
    clerk.read(f"/orders/{code}")
    with django_assert_max_num_queries(3):  # inside a test the scope is set twice, since it cannot be remembered there
        document = clerk.read(f"/orders/{code}")
    assert document["state"] == "accepted"
    assert [event["act"] for event in document["events"]] == ["orders.place", "orders.dispatch", "orders.accept"]
    assert {clock["kind"] for clock in document["clocks"]} >= {"accept", "finish"}
    assert "13800000000" not in str(document)
    steps = clerk.read(f"/orders/{code}/timeline")["rows"]
    assert [step["act"] for step in steps] == [event["act"] for event in document["events"]]
    assert "orders.finish" in clerk.read(f"/orders/{code}/acts")["acts"]


def test_a_token_for_dispatching_alone_is_told_the_proposal_and_not_the_request(hotline: Hotline) -> None:
    code = hotline.place().code
    dispatching = caller(hotline.dispatcher, "orders.dispatch")
    assert dispatching.read(f"/orders/{code}/proposal")["source"] == "human"
    for rest in ("", "/timeline", "/acts", "/as-of/0"):
        assert dispatching.get(f"/orders/{code}{rest}").status_code == 403
    other = caller(hotline.post("city.centre", "administrator"))
    assert [other.get(f"/orders/{code}{rest}").status_code for rest in ("", "/proposal")] == [404, 403]


def test_the_receipt_opens_the_request(hotline: Hotline) -> None:
    receipt = hotline.place()
    assert ANYONE.get(f"/orders/{receipt.code}").status_code == 404
    asker = Caller({"Receipt-Secret": receipt.secret})
    assert asker.read(f"/orders/{receipt.code}")["title"] == "路灯不亮"
    assert asker.read(f"/orders/{receipt.code}/acts")["part"] == "asker"


@pytest.mark.parametrize(
    "rest", ["", "/timeline", "/acts", "/as-of/0", "/proposal", "/files/01920000-0000-7000-8000-000000000000"]
)
def test_another_county_sees_nothing(hotline: Hotline, rest: str) -> None:
    code, stranger = code_of(hotline.accepted()), caller(hotline.stranger)
    assert stranger.get(f"/orders/{code}{rest}").status_code in (403, 404)
    assert codes(stranger.read("/orders", open="false")) == set()
    assert stranger.read("/counts")["total"] == 0


def test_acts_of_another_county_find_nothing(hotline: Hotline) -> None:
    order_id = hotline.dispatched()
    stranger = caller(hotline.stranger)
    assert stranger.post(f"/orders/{code_of(order_id)}/accept").status_code == 404
    told = stranger.done("/bulk", {"act": "orders.accept", "order_ids": [str(order_id)]})
    assert told["succeeded"] == 0 and told["outcomes"][0]["code"] == "not_found"


@pytest.mark.parametrize(
    "address",
    [
        "/orders", "/counts", "/call-backs", "/rates?period=2024", "/demand?period=2024",
        "/timeliness?period=2024", "/rating-flags?period=2024", "/rules", "/answer-templates", "/own", "/own/orders",
        "/own/notices", "/own/tokens", "/own/accesses", "/own/notice-settings", "/persons", "/roles", "/journal",
        "/posts?unit=c1.housing",
    ],
)  # fmt: skip
def test_what_is_the_offices_needs_a_token(hotline: Hotline, address: str) -> None:
    answer = ANYONE.get(address)
    assert answer.status_code == 401, answer.content
    assert answer["WWW-Authenticate"] == "Bearer"


def test_the_auditor_reads_figures(hotline: Hotline) -> None:
    order_id = hotline.done()
    api.rate_order(hotline.resident, order_id=order_id, satisfaction="basically", solved=True, at=MONDAY)
    auditor = caller(hotline.post("city.centre", "auditor"))
    rates = auditor.read("/rates", period="2024-03", by="unit")
    assert rates["whole"]["resolution"]["count"] == 1
    assert rates["rows"][0]["satisfaction"]["total"] == "0.9"
    assert rates["whole"]["satisfaction"]["interval"]["low"] < "0.9"
    assert auditor.read("/rates", period="2024", place="P2")["whole"]["resolution"]["count"] == 0
    assert auditor.read("/demand", period="2024", by=["item", "month"])[0] == {
        "keys": ["road.lamp", "2024-03"], "count": 1,
    }  # fmt: skip
    assert auditor.read("/timeliness", period="2024")[0]["accept"]["count"] == 1
    assert auditor.read("/rating-flags", period="2024") == []
    assert auditor.read("/counts", open="false") == {"by_state": {"rated": 1}, "total": 1}
    assert caller(hotline.resident).get("/rates?period=2024").status_code == 403


def test_the_public_reads_what_is_published(hotline: Hotline) -> None:
    receipt = hotline.place(public=True)
    assert codes(ANYONE.read("/public/orders", text="路灯")) == {receipt.code}
    assert ANYONE.read("/public/orders", text="井盖")["rows"] == []
    assert ANYONE.read("/public/count")["count"] == 1
    assert ANYONE.read(f"/public/orders/{receipt.code}")["question"] == "村口的路灯坏了三天。"
    assert [step["act"] for step in ANYONE.read(f"/public/orders/{receipt.code}/timeline")] == ["orders.place"]
    assert ANYONE.get(f"/public/orders/{hotline.place().code}").status_code == 404


def test_places_and_units(hotline: Hotline) -> None:
    roots = ANYONE.read("/places")["rows"]
    assert [row["code"] for row in roots] == ["P"]
    below = ANYONE.read("/places", below="P", limit=1)
    assert len(below["rows"]) == 1 and below["next"]
    assert ANYONE.read("/places", below="P", after=below["next"])["rows"][0]["code"] > below["rows"][0]["code"]
    one = ANYONE.read("/places/P102001")
    assert one["full_name"]["names"][-1] == one["name"]
    assert one["id"] in {row["id"] for row in ANYONE.read("/places-found", text=one["name"])}
    assert ANYONE.read(f"/places/by-id/{one['id']}/successions")["today"]["code"] == "P102001"
    assert ANYONE.read("/units/c1.housing")["id"] == str(hotline.unit_id)
    assert "c1.housing" in {row["code"] for row in ANYONE.read("/units", place="P1")["rows"]}
    assert ANYONE.read("/units/c1.housing/today")["code"] == "c1.housing"
    assert ANYONE.get("/places/nowhere").status_code == 404


def test_the_log_and_what_was(hotline: Hotline) -> None:
    assert ANYONE.read("/journal/entries")["rows"] == []
    assert ANYONE.get("/journal/entries/0").status_code == 404
    assert ANYONE.get("/journal/entries/0/proof").status_code == 404
    administrator = caller(hotline.post("city.centre", "administrator"))
    assert administrator.read("/journal")["waiting"] > 0


def test_one_reads_what_is_ones_own(hotline: Hotline) -> None:
    code = hotline.place().code
    resident = caller(hotline.resident)
    told = resident.read("/own")
    assert told["person_id"] == str(hotline.resident.person_id)
    assert "orders.place" in told["may"]
    assert codes(resident.read("/own/orders")) == {code}
    assert codes(caller(hotline.neighbour).read("/own/orders")) == set()
    assert [token["name"] for token in resident.read("/own/tokens")] == ["test"]
    assert resident.read("/own/accesses")["rows"] == []
    assert caller(hotline.resident, "orders.*").get("/own/orders").status_code == 403


def test_notices_are_read_and_marked(hotline: Hotline) -> None:
    hotline.dispatched()
    clerk = caller(hotline.clerk)
    unread = clerk.read("/own/notices", unread="true")["rows"]
    assert unread and unread[0]["title"]
    assert clerk.done("/acts/notices.read", {"notice_ids": [unread[0]["id"]]})["result"] == 1
    assert len(clerk.read("/own/notices", unread="true")["rows"]) == len(unread) - 1
    clerk.done("/acts/notices.prefer", {"code": "*", "channel": "mail", "wanted": False})
    assert clerk.read("/own/notice-settings")["preferences"] == [{"code": "*", "channel": "mail", "wanted": False}]


def test_the_operator_finds_a_callers_requests_and_calls(hotline: Hotline) -> None:
    code = code_of(hotline.done())
    operator = caller(hotline.post("city.centre", "operator"))
    assert codes(operator.done("/orders-of-caller", {"phone": "13800000000"})) == {code}
    assert operator.get("/orders-of-caller?phone=13800000000").status_code == 405  # no number in an address
    assert {call["code"] for call in operator.read("/call-backs")} <= {code}
    assert caller(hotline.clerk).post("/orders-of-caller", {"phone": "13800000000"}).status_code == 403
    assert ANYONE.post("/orders-of-caller", {"phone": "13800000000"}).status_code == 401


def test_like_requests_and_answers(hotline: Hotline) -> None:
    hotline.place(at=timezone.now())
    told = {"text": "村口的路灯坏了三天", "place": "P102001"}
    dispatcher = caller(hotline.dispatcher)
    assert dispatcher.done("/similar-orders", told)[0]["title"] == "路灯不亮"
    assert caller(hotline.stranger).done("/similar-orders", told) == []
    assert dispatcher.done("/answer-suggestions", {"text": "路灯"}) == []
    code = hotline.place().code
    assert dispatcher.read(f"/orders/{code}/proposal")["source"] == "human"
