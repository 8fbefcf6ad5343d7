"""What the API promises of every call: a key is one act, a problem says what was wrong, a limit when to come again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from tests.orders.hotline import Hotline
from tests.web.api.calling import ANYONE, Caller, caller
from tests.web.api.test_reading import code_of
from tianqu.kernel.places.models import ApiToken, Unit

MEMBERS = {"type", "title", "status", "detail", "instance", "code", "field", "value", "remedy", "errors"}


def problem(answer: Any, status: int) -> Any:
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    told = answer.json()
    assert set(told) == MEMBERS and told["status"] == status and told["detail"]
    return told


def test_a_key_is_one_act_and_its_replay_is_flagged(hotline: Hotline) -> None:
    code, clerk = code_of(hotline.dispatched()), caller(hotline.clerk)
    first = clerk.post(f"/orders/{code}/accept", {"note": "好"}, idempotency_key="k1")
    again = clerk.post(f"/orders/{code}/accept", {"note": "好"}, idempotency_key="k1")
    assert first.status_code == again.status_code == 200
    assert "Idempotent-Replayed" not in first and again["Idempotent-Replayed"] == "true"
    assert problem(clerk.post(f"/orders/{code}/accept", {"note": "x"}, idempotency_key="k1"), 409)["field"] == "key"
    assert problem(clerk.post(f"/orders/{code}/accept", {"note": "x"}), 409)["code"] == "conflict"


def test_a_key_of_a_placing_is_one_request(hotline: Hotline) -> None:
    body = {"item": "road.lamp", "place": "P102001", "title": "路灯不亮", "description": "坏了。"}
    first, again = (ANYONE.post("/orders", body, idempotency_key="k2") for _time in range(2))
    assert first.json() == again.json()
    assert "Idempotent-Replayed" not in first and again["Idempotent-Replayed"] == "true"


def test_a_secret_is_told_once(hotline: Hotline) -> None:
    resident = caller(hotline.resident)
    told = {
        "account_id": resident.read("/own")["account_id"], "name": "crawler", "scopes": ["orders.place"],
        "expires_at": (timezone.now() + timedelta(days=2)).isoformat(),
    }  # fmt: skip
    issued = resident.done("/acts/places.issue_token", told, idempotency_key="k3")["result"]
    assert issued["secret"].startswith("tianqu_")
    problem(resident.post("/acts/places.issue_token", told, idempotency_key="k3"), 409)
    resident.done("/acts/places.revoke_token", {"token_id": issued["id"]})
    assert ApiToken.objects.get(id=issued["id"]).revoked_at is not None


def test_a_token_makes_no_wider_token(hotline: Hotline) -> None:
    account_id = caller(hotline.clerk).read("/own")["account_id"]
    narrow = caller(hotline.clerk, "orders.see", "places.issue_*")
    told = {"account_id": account_id, "name": "x", "expires_at": (timezone.now() + timedelta(days=2)).isoformat()}
    told["post_id"] = str(hotline.clerk.post_id)
    problem(narrow.post("/acts/places.issue_token", {**told, "scopes": ["*"]}), 403)
    problem(narrow.post("/acts/places.issue_token", {**told, "scopes": ["orders.*"]}), 403)
    problem(narrow.post("/acts/places.issue_token", {**told, "scopes": ["orders.see"], "post_id": None}), 403)
    narrow.done("/acts/places.issue_token", {**told, "scopes": ["orders.see"]})


def test_many_at_once_are_done_once(hotline: Hotline) -> None:
    order_ids = [str(hotline.dispatched()) for _number in range(2)]
    unknown = "01920000-0000-7000-8000-000000000000"
    clerk = caller(hotline.clerk)
    told = {"act": "orders.accept", "order_ids": [*order_ids, unknown], "arguments": {"note": "一起"}}
    first = clerk.done("/bulk", told, idempotency_key="k4")
    assert first["succeeded"] == 2 and first["outcomes"][2]["code"] == "not_found"
    assert clerk.done("/bulk", told, idempotency_key="k4")["succeeded"] == 2
    assert clerk.done("/bulk", told)["succeeded"] == 0
    problem(clerk.post("/bulk", {**told, "arguments": {"nothing": 1}}), 400)


@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("get", "/api/nothing", 404), ("get", "/api/v1/nothing", 404), ("delete", "/api/v1/orders", 405),
        ("get", "/api/v1/orders", 401), ("get", "/api/v1/orders/0000", 404), ("get", "/api/v1/places?limit=0", 422),
        ("get", "/api/v1/counts?late=yes", 401),
    ],
)  # fmt: skip
def test_every_error_is_a_problem(hotline: Hotline, method: str, address: str, status: int) -> None:
    answer = getattr(Client(), method)(address)
    problem(answer, status)
    assert status != 405 or "GET" in answer["Allow"]


@pytest.mark.parametrize(
    ("body", "media_type", "status"),
    [
        (b"{", "application/json", 400), (b"\xff", "application/json", 400), (b'{"a": NaN}', "application/json", 400),
        (b"a=1", "application/x-www-form-urlencoded", 415), (b'{"title": "\\u0000"}', "application/json", 400),
        (b"[]", "application/json", 422), (b"", "application/json", 422),
        (b'"' + b"x" * 3_000_000 + b'"', "application/json", 413),
    ],
    ids=["cut", "not UTF-8", "NaN", "a form", "NUL", "a list", "nothing", "too much"],
)  # fmt: skip
def test_a_body_that_cannot_be_read(hotline: Hotline, body: bytes, media_type: str, status: int) -> None:
    problem(Client().generic("POST", "/api/v1/orders", body, content_type=media_type), status)


def test_what_breaks_says_nothing_of_how(hotline: Hotline, monkeypatch: Any) -> None:
    def broken(*_given: object, **_more: object) -> None:
        raise RuntimeError("a secret of the house")

    monkeypatch.setattr("tianqu.web.api.public.public_orders", broken)
    answer = Client(raise_request_exception=False).get("/api/v1/public/orders")
    assert "secret" not in str(problem(answer, 500))


def test_the_log_of_what_broke_names_the_route_and_no_request(
    hotline: Hotline, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    code = code_of(hotline.accepted())

    def broken(*_given: object, **_more: object) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr("tianqu.web.api.order_lists.order_document_called", broken)
    headers = caller(hotline.clerk).headers
    problem(Client(raise_request_exception=False, headers=headers).get(f"/api/v1/orders/{code}"), 500)
    said = [record.getMessage() for record in caplog.records if record.name == "tianqu.web.api.problems"]
    assert len(said) == 1 and "orders/<" in said[0] and code not in said[0]


def test_a_problem_is_told_in_the_readers_language(hotline: Hotline) -> None:
    english, chinese = (
        Caller({"Accept-Language": language}).get("/places/nowhere").json()["detail"] for language in ("en", "zh-hans")
    )
    assert english.startswith("No place") and chinese != english


def test_limits_count_each_token_and_each_address(hotline: Hotline, settings: Any) -> None:
    settings.TIANQU_API_TOKEN_PER_MINUTE, settings.TIANQU_API_STRANGER_PER_MINUTE = 3, 2
    one, other = caller(hotline.clerk), caller(hotline.clerk)
    assert [one.get("/orders").status_code for _call in range(4)] == [200, 200, 200, 429]
    answer = one.get("/orders")
    assert 1 <= int(answer["Retry-After"]) <= 60 and problem(answer, 429)["value"] == 3
    assert other.get("/orders").status_code == 200
    wrong = Caller({"Authorization": "Bearer tianqu_guess"})
    assert [wrong.get("/orders").status_code for _call in range(3)] == [401, 401, 429]
    assert ANYONE.get("/places").status_code == 429
    assert Client(REMOTE_ADDR="10.0.0.9").get("/api/v1/places").status_code == 200


def test_a_file_is_handed_in_attached_and_read(hotline: Hotline) -> None:
    code, clerk = code_of(hotline.accepted()), caller(hotline.clerk)
    sent = {"file": SimpleUploadedFile("说明.txt", "已更换灯具。".encode(), "text/plain")}
    stored = Client(headers=clerk.headers).post("/api/v1/files", sent)
    assert stored.status_code == 201, stored.content
    file_id = stored.json()["id"]
    clerk.done(f"/orders/{code}/attach", {"file_id": file_id, "audience": "internal"})
    answer = clerk.get(f"/orders/{code}/files/{file_id}")
    assert b"".join(answer.streaming_content).decode() == "已更换灯具。"
    assert caller(hotline.stranger).get(f"/orders/{code}/files/{file_id}").status_code == 404
    bad = {"file": SimpleUploadedFile("a.png", b"MZ\x90\x00" * 50, "image/png")}
    problem(Client(headers=clerk.headers).post("/api/v1/files", bad), 400)
    problem(clerk.post("/files"), 415)


def test_a_file_is_handed_in_by_who_asks_and_by_posts_that_may(hotline: Hotline) -> None:
    """An auditor reads; nothing of theirs is attached to anything."""

    def hand_in(by: Caller) -> Any:
        sent = {"file": SimpleUploadedFile("说明.txt", "已更换灯具。".encode(), "text/plain")}
        return Client(headers=by.headers).post("/api/v1/files", sent)

    assert problem(hand_in(caller(hotline.post("city.centre", "auditor"))), 403)["code"] == "not_permitted"
    for who in (caller(hotline.clerk), caller(hotline.resident), caller(hotline.clerk, "files.store")):
        assert hand_in(who).status_code == 201
    assert hand_in(caller(hotline.clerk, "orders.see")).status_code == 403


def test_a_file_is_handed_in_once_for_its_key(hotline: Hotline) -> None:
    clerk = Client(headers=caller(hotline.clerk).headers | {"Idempotency-Key": "k5"})
    first, again = (
        clerk.post("/api/v1/files", {"file": SimpleUploadedFile("说明.txt", "已更换灯具。".encode(), "text/plain")})
        for _time in range(2)
    )
    assert first.status_code == again.status_code == 201, first.content
    assert first.json() == again.json()
    assert "Idempotent-Replayed" not in first and again["Idempotent-Replayed"] == "true"
    two = {"file": SimpleUploadedFile("a.txt", b"a", "text/plain"), "note": "b"}
    assert problem(Client(headers=caller(hotline.clerk).headers).post("/api/v1/files", two), 400)["field"] == "file"


def test_the_public_steps_are_a_list_however_many_there_are(hotline: Hotline) -> None:
    code = code_of(hotline.dispatched(public=True))
    assert [step["to_state"] for step in ANYONE.read(f"/public/orders/{code}/timeline")] == ["placed", "dispatched"]


def test_an_administrator_needs_no_page(hotline: Hotline) -> None:
    administrator = caller(hotline.post("city.centre", "administrator"))
    unit_id = administrator.done(
        "/acts/places.create_unit",
        {"code": "c1.lamps", "name": "路灯所", "kind": "lamps", "place_id": str(hotline.place_id)},
        idempotency_key=str(uuid4()),
    )["result"]
    assert Unit.objects.get(id=unit_id).name == "路灯所"
    person_id = administrator.done("/acts/places.create_person", {"unit_id": unit_id, "name": "钱新"})["result"]
    told = {"person_id": person_id, "unit_id": unit_id, "role": "orders_clerk"}
    administrator.done("/acts/places.appoint", told)
    one_time = administrator.done("/acts/places.create_account", {"person_id": person_id, "login": "qian.xin"})
    assert len(one_time["result"]) > 10
    assert [post["role"] for post in administrator.read(f"/persons/{person_id}")["posts"]] == ["orders_clerk"]
    assert person_id in {row["id"] for row in administrator.read("/persons", text="钱新")["rows"]}
    rule = {
        "code": "lamps", "condition": {"item": "road.lamp"}, "valid_from": "2024-01-01", "unit_kind": "lamps",
        "legal_basis": "三定方案",
    }  # fmt: skip
    hotline.place()
    span = {"since": "2024-01-01T00:00:00Z", "until": "2025-01-01T00:00:00Z"}
    replay = administrator.done("/rules/replay", {"rules": [rule], **span})
    assert replay["orders"] == 1 and replay["decided_after"] == 1
    assert administrator.done("/acts/rules.publish", {"rules": [rule]})["result"] == 1
    assert [row["code"] for row in administrator.read("/rules")["rows"]] == ["lamps"]
    administrator.done("/acts/rules.retire", {"code": "lamps", "reason": "试过了"})
    template = administrator.done("/acts/templates.save", {"title": "答复", "text": "您好。"})["result"]
    assert template in {row["id"] for row in caller(hotline.clerk).read("/answer-templates")}
    digest = administrator.read("/calendar")["digest"]
    told = {"day": "2030-01-02", "hours": [], "reason": "停电"}
    assert administrator.done("/acts/calendars.override", told)["result"] != digest
