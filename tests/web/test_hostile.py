"""What nobody should send: refused in words, with the right status, and nothing half written."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from tests.orders.conftest import hotline
from tests.orders.hotline import Hotline
from tests.web.desk.browsing import browser
from tianqu.base.errors import InvalidInput
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM, Scope, seeing
from tianqu.kernel.orders.models import Asker, Order
from tianqu.kernel.places.api import Account, create_person, issue_token

__all__ = ["hotline"]
TABLES = ("orders_order", "orders_asker", "orders_event", "orders_clock", "orders_publication", "journal_entry")
GB18030 = "路灯不亮".encode("gb18030")
REFUSED_TEXTS = {
    "NUL": "路灯\x00不亮",
    "escape": "路灯\x1b[31m不亮",
    "right-to-left override": "路灯\u202e不亮",
    "isolate": "路灯\u2067不亮",
    "replacement of what could not be read": "路灯\ufffd不亮",
    "1 MB": "灯" * 350_000,
    "nothing": " \u3000\n",
}
TAKEN_TEXTS = {
    "4-byte": "路灯𠮷不亮 👩🏽‍🔧 𝕏",
    "right-to-left": "مصباح الشارع لا يعمل — הפנס לא דולק",
    "markup": "<script>alert(1)</script> {{ 7*7 }} ' OR 1=1 --",
}


def rows() -> tuple[int, ...]:
    with seeing(Scope(everything=True)), connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(f"(SELECT count(*) FROM {table})" for table in TABLES))
        return tuple(cursor.fetchone())


def body(**changes: Any) -> dict[str, Any]:
    return {
        "item": "road.lamp", "place": "P102001", "title": "路灯不亮", "description": "三天了",
        "contact": {"name": "李梅", "phone": "13800000000"}, **changes,
    }  # fmt: skip


def to_api(given: Any, **headers: str) -> Any:
    return Client(headers=headers).post("/api/v1/orders", given, content_type="application/json")


def to_page(hotline: Hotline, **changes: Any) -> Any:
    given = {
        "step": "who", "title": "路灯不亮", "description": "三天了", "place": str(hotline.place_id), "identity": "open",
        "kind": "resident", "order_id": str(new_identifier()),
    }  # fmt: skip
    return Client().post("/ask/road.lamp", given | changes)


@pytest.fixture
def api_key(hotline: Hotline) -> str:
    account = Account.objects.get(person_id=hotline.resident.person_id)
    return issue_token(
        hotline.resident, account_id=account.id, name="app", scopes=["orders.place"],
        expires_at=timezone.now() + timedelta(days=1), post_id=None,
    ).secret  # fmt: skip


def to_open311(api_key: str, **changes: Any) -> Any:
    given = {"service_code": "road.lamp", "address_id": "P102001", "description": "路灯不亮", "api_key": api_key}
    return Client().post("/open311/v2/requests.json", given | changes)


@pytest.mark.parametrize("text", REFUSED_TEXTS.values(), ids=REFUSED_TEXTS)
@pytest.mark.parametrize("field", ["title", "description", "address"])
def test_a_text_that_cannot_be_shown_is_refused_everywhere(
    hotline: Hotline, api_key: str, text: str, field: str
) -> None:
    if field == "address" and not text.strip():
        return
    before = rows()
    answer = to_api(body(**{field: text}))
    assert answer.status_code in (400, 413, 422), answer.content
    assert answer.json()["detail"]
    page = to_page(hotline, **{field: text})
    assert page.status_code in (400, 413), page.status_code
    if field == "description" and text.strip():
        refused = to_open311(api_key, description=text)
        assert refused.status_code in (400, 413), refused.content
        assert refused.json()[0]["description"]
    assert rows() == before


@pytest.mark.parametrize("text", TAKEN_TEXTS.values(), ids=TAKEN_TEXTS)
def test_every_script_of_the_world_is_kept_as_it_was_written(hotline: Hotline, api_key: str, text: str) -> None:
    given = to_api(body(title=text[:100], description=text, public=True)).json()
    assert to_page(hotline, title=text[:100], description=text).status_code == 302
    assert to_open311(api_key, description=text).status_code == 201
    with seeing(Scope(everything=True)):
        assert Order.objects.filter(description=text).count() == 3
    page = Client().get(f"/answers/{given['code']}").content.decode()
    assert "<script>alert" not in page
    assert "49 '" not in page


def test_bytes_in_another_encoding_are_refused(hotline: Hotline, api_key: str) -> None:
    before = rows()
    json = b'{"item":"road.lamp","place":"P102001","title":"' + GB18030 + b'","description":"x"}'
    answer = Client().post("/api/v1/orders", json, content_type="application/json")
    assert answer.status_code in (400, 422), answer.content
    form = b"service_code=road.lamp&address_id=P102001&api_key=" + api_key.encode() + b"&description=" + GB18030
    answer = Client().post("/open311/v2/requests.json", form, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 400, answer.content
    escaped = "".join(f"%{byte:02X}" for byte in GB18030).encode()
    page = (
        b"step=who&title="
        + escaped
        + b"&description=x&identity=open&kind=resident&place="
        + str(hotline.place_id).encode()
        + b"&order_id="
        + str(new_identifier()).encode()
    )
    answer = Client().post("/ask/road.lamp", page, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 400
    assert rows() == before


@pytest.mark.parametrize(
    "given",
    [
        b"", b"null", b"[]", b"{", b'"x"', b"\xff\xfe", b"{}" * 3, b'{"item":' + b"[" * 5_000 + b"]" * 5_000 + b"}",
        b'{"item": NaN}', b'{"title": "\\ud800"}', b'{"lon": 1e999}',
        b'{"form": ' + b'{"a":' * 3_000 + b"1" + b"}" * 3_001,
    ],
)  # fmt: skip
def test_broken_json_is_a_problem_and_not_a_fault_of_ours(hotline: Hotline, given: bytes) -> None:
    before = rows()
    answer = Client().post("/api/v1/orders", given, content_type="application/json")
    assert answer.status_code in (400, 422), answer.content
    assert answer["Content-Type"] == "application/problem+json"
    assert rows() == before


@pytest.mark.parametrize(
    "changes",
    [
        {"place": "没有"}, {"place": "P" * 41}, {"place": "P101001"}, {"item": "no.such"}, {"item": "\x00"},
        {"place": "\x00"}, {"lon": "181", "lat": "0"}, {"lon": "NaN", "lat": "0"}, {"lon": "Infinity", "lat": "1"},
        {"lon": "1"}, {"lon": "1e400", "lat": "1"}, {"identity": "king"}, {"urgency": "now"},
        {"at": "1899-01-01T00:00:00Z"}, {"at": "2999-01-01T00:00:00Z"}, {"at": "99999-01-01"}, {"order_id": "x"},
        {"form": {"a\x00": "b"}}, {"form": {"x": 1}},
        {"title": "\ud800"}, {"contact": {"kind": "alien"}}, {"contact": {"name": "\u202e"}},
        {"contact": {"email": "a@example.org, b@example.org"}}, {"contact": {"email": "a@example.org\nBcc: b@c.org"}},
        {"title": "\u200b\u2060 \ufeff"}, {"description": "\u2800\u3164"},
    ],
)  # fmt: skip
def test_impossible_values_are_refused(hotline: Hotline, changes: dict[str, Any]) -> None:
    before = rows()
    answer = to_api(body(**changes))
    if changes == {"place": "P101001"}:  # a village that has closed: asked of today's
        assert answer.status_code in (201, 400, 404)
        return
    assert answer.status_code in (400, 403, 404, 422), answer.content
    assert answer.json()["detail"]
    assert rows() == before


def test_a_title_of_many_lines_becomes_one(hotline: Hotline) -> None:
    told = to_api(body(title="路灯\nBcc: b@example.org\t不亮", contact={"name": "李\n梅"}))
    assert told.status_code == 201
    with seeing(Scope(everything=True)):
        order = Order.objects.get(code=told.json()["code"])
        assert order.title == "路灯 Bcc: b@example.org 不亮"
        assert Asker.objects.get(order_id=order.id).name == "李 梅"


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_a_time_that_some_zones_cannot_say_is_refused(hotline: Hotline, at: str) -> None:
    answer = to_api(body(at=at))
    assert (answer.status_code, answer.json()["field"]) == (422, "body.at")


@pytest.mark.parametrize("day", ["1899-01-01T00:00:00Z", "2999-01-01T00:00:00Z", "2024-02-30T00:00:00Z", "\x00"])
def test_days_out_of_this_age_find_a_sentence(hotline: Hotline, day: str) -> None:
    answer = Client().get("/open311/v2/requests.json", {"start_date": day})
    assert answer.status_code == 400
    assert answer.json()[0]["description"]


def test_a_header_or_key_beyond_reason_is_refused(hotline: Hotline) -> None:
    before = rows()
    for headers in (
        {"Idempotency-Key": "k" * 5_000},
        {"Authorization": "Bearer " + "t" * 50_000},
        {"Authorization": "Bearer \xff"},
    ):
        answer = to_api(body(), **headers)
        assert answer.status_code in (400, 401, 422), answer.content
    assert rows() == before


def test_a_field_given_twice_counts_once(hotline: Hotline) -> None:
    given = {
        "step": "who", "title": ["一", "路灯不亮"], "description": "x", "place": str(hotline.place_id),
        "identity": ["anonymous", "open"], "kind": "resident", "order_id": str(new_identifier()),
    }  # fmt: skip
    before = rows()
    assert Client().post("/ask/road.lamp", given).status_code == 302
    assert rows()[0] == before[0] + 1


@pytest.mark.parametrize(
    "address", ["/ask/road.lamp", "/follow/", "/account/login/", "/account/language/", "/inbox/do"]
)
def test_a_form_without_its_token_is_refused(hotline: Hotline, address: str) -> None:
    before = rows()
    answer = Client(enforce_csrf_checks=True).post(address, {"title": "x"})
    assert answer.status_code == 403
    assert rows() == before


@pytest.mark.parametrize("method", ["put", "patch", "delete", "trace"])
@pytest.mark.parametrize(
    "address", ["/ask/road.lamp", "/inbox/", "/api/v1/orders", "/open311/v2/requests.json", "/log/key"]
)
def test_other_methods_do_nothing(hotline: Hotline, address: str, method: str) -> None:
    before = rows()
    answer = getattr(Client(headers={"X-HTTP-Method-Override": "POST"}), method)(address)
    assert answer.status_code in (302, 400, 403, 405)
    assert rows() == before


@pytest.mark.parametrize(
    "onward", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_nobody_is_led_to_another_site(hotline: Hotline, onward: str) -> None:
    account = Account.objects.get(person_id=hotline.resident.person_id)
    account.set_password("lotus-under-nine-roads")
    Account.objects.filter(id=account.id).update(password=account.password, must_change_password=False)
    client = Client()
    given = {"login": account.login, "password": "lotus-under-nine-roads", "next": onward}
    for answer in (
        client.post("/account/language/", {"language": "en", "next": onward}),
        client.post("/account/login/", given),
        client.post("/account/logout/", {"next": onward}),
    ):
        assert answer.status_code == 302
        assert "evil" not in answer["Location"]
        assert not answer["Location"].startswith("javascript")


@pytest.mark.parametrize(
    "address",
    ["/search?q=%00", "/answers/?q=a%00b", "/administration/persons/?q=%00", "/administration/places/?q=%00",
     "/administration/rules/?code=%00", "/inbox/?place=%00", "/orders/a%00b", "/answers/%00", "/places/%00"],
)  # fmt: skip
def test_an_address_with_a_nul_is_refused_in_words(hotline: Hotline, address: str) -> None:
    answer = browser(hotline.post("city.centre", "administrator")).get(address)
    assert answer.status_code == 400
    assert "characters that cannot be shown" in answer.content.decode()


@pytest.mark.parametrize(
    "address",
    ["/open311/v2/requests/%00.json", "/open311/v2/services/%00.xml", "/open311/v2/requests.json?service_code=%00",
     "/log/tile/entries/%00", "/api/v1/orders/%00", "/api/v1/places?q=%00", "/api/v1/public/orders?text=%00"],
)  # fmt: skip
def test_programs_are_told_of_a_nul_as_well(hotline: Hotline, address: str) -> None:
    answer = Client().get(address)
    assert answer.status_code in (400, 401, 404, 422)
    assert answer.content


@pytest.mark.parametrize("act", ["merge", "close"])
def test_a_place_is_not_looked_up_by_a_nul(hotline: Hotline, act: str) -> None:
    before = rows()
    given = {"into_id": "\0", "successor_id": "\0", "on": "2026-01-01"}
    client = browser(hotline.post("city.centre", "administrator"))
    answer = client.post(f"/administration/places/{hotline.prefecture.places['P2'].id}/{act}/", given)
    assert answer.status_code == 400
    assert "characters that cannot be shown" in answer.content.decode()
    assert rows()[:-1] == before[:-1]


def test_a_view_and_a_person_have_names_that_can_be_read(hotline: Hotline) -> None:
    client = browser(hotline.clerk)
    client.post("/inbox/views", {"name": "坏\ufffd字", "query": "state=placed"})
    assert "坏" not in client.get("/inbox/views").content.decode()
    with pytest.raises(InvalidInput):
        create_person(SYSTEM, name="坏\ufffd字", unit_id=hotline.unit_id)


@pytest.mark.django_db
@pytest.mark.parametrize("before", ["9" * 5_000, str(2**63), "²", "-1", "x"])
def test_a_place_in_the_log_that_cannot_be_is_passed_over(before: str) -> None:
    assert Client().get("/proof/", {"before": before}).status_code == 200
