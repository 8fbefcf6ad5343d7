"""GeoReport v2 as its specification says it, in both forms."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from django.test import Client
from django.utils import timezone

from tests.orders.hotline import Hotline, item
from tests.orders.hotline import load_items as load_items_of_test
from tianqu.kernel.journal.api import SYSTEM, Scope, seeing
from tianqu.kernel.orders.api import forget_catalogue, load_items, order_timeline, publish_items
from tianqu.kernel.orders.models import Order
from tianqu.kernel.places.api import Account, issue_token

BASE = "/open311/v2"
MARCH = "start_date=2024-03-01T00:00:00Z&end_date=2024-04-01T00:00:00Z"
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def key(hotline: Hotline) -> str:
    account = Account.objects.get(person_id=hotline.resident.person_id)
    issued = issue_token(
        hotline.resident, account_id=account.id, name="app", scopes=["orders.place", "orders.comment"],
        expires_at=timezone.now() + timedelta(days=1), post_id=None,
    )  # fmt: skip
    return issued.secret


def posted(key: str | None, **changes: str) -> Any:
    given = {"service_code": "road.lamp", "address_id": "P102001", "description": "路灯不亮"} | changes
    if key:
        given["api_key"] = key
    return Client().post(f"{BASE}/requests.json", given)


@pytest.fixture
def published(db: None) -> list[str]:
    """Some of Dezhou's real items; the codes of those that are not private."""
    forget_catalogue()
    items = load_items(ROOT / "realms" / "dezhou" / "items")
    publish_items(SYSTEM, definitions=items)
    today = timezone.localdate()
    newest = {item.code: item for item in sorted(items, key=lambda one: one.valid_from) if item.valid_from <= today}
    return [item.code for item in newest.values() if not item.private]


def test_services_are_a_bare_array_and_exact_xml(published: list[str]) -> None:
    rows = Client().get(f"{BASE}/services.json").json()
    assert {row["service_code"] for row in rows} == set(published)
    xml = Client().get(f"{BASE}/services.xml")
    assert xml["Content-Type"] == "text/xml"
    root = ElementTree.fromstring(xml.content)
    assert (root.tag, len(root)) == ("services", len(rows))


def test_each_service_with_attributes_is_defined(published: list[str]) -> None:
    rows = Client().get(f"{BASE}/services.json").json()
    with_metadata = [row["service_code"] for row in rows if row["metadata"]]
    assert with_metadata
    for code in with_metadata[:10]:
        told = Client().get(f"{BASE}/services/{code}.json").json()
        assert told["service_code"] == code
        assert all(one["values"] for one in told["attributes"] if one["datatype"].endswith("list"))
    assert Client().get(f"{BASE}/services/none.json").status_code == 404


def test_a_request_is_placed_listed_and_read(hotline: Hotline, key: str) -> None:
    answer = posted(key)
    assert answer.status_code == 201, answer.content.decode()
    code = answer.json()[0]["service_request_id"]
    listed = Client().get(f"{BASE}/requests.json").json()
    assert [row["service_request_id"] for row in listed] == [code]
    one = ElementTree.fromstring(Client().get(f"{BASE}/requests/{code}.xml").content)
    assert one.findtext("request/description") == "路灯不亮"
    assert one.findtext("request/status") == "open"
    assert Client().get(f"{BASE}/requests.json?status=closed").json() == []
    assert Client().get(f"{BASE}/tokens/{code}.json").json()[0]["service_request_id"] == code


@pytest.mark.parametrize(
    ("changes", "status"),
    [({"service_code": ""}, 400), ({"service_code": "none"}, 404), ({"service_code": "secret.matter"}, 404),
     ({"address_id": "none"}, 400), ({"address_id": "", "lat": "95", "long": "1"}, 400), ({"address_id": ""}, 400),
     ({"address_id": "", "lat": "1", "long": "1"}, 400), ({"address_id": "", "lat": "1"}, 400),
     ({"jurisdiction_id": "x"}, 404), ({"attribute[none]": "1"}, 400), ({"media_url": "ftp://a"}, 400),
     ({"description": "长" * 4001}, 400)],
)  # fmt: skip
def test_what_is_refused(hotline: Hotline, key: str, changes: dict[str, str], status: int) -> None:
    answer = posted(key, **changes)
    assert answer.status_code == status, answer.content.decode()
    assert answer.json()[0]["code"] == status
    assert Client().get(f"{BASE}/requests.json").json() == []


def test_no_key_and_a_wrong_key_are_forbidden(hotline: Hotline) -> None:
    assert posted(None).status_code == 403
    assert posted("wrong").status_code == 403


def test_private_and_unpublished_requests_are_never_listed(hotline: Hotline) -> None:
    receipt = hotline.place()
    assert Client().get(f"{BASE}/requests.json").json() == []
    assert Client().get(f"{BASE}/requests/{receipt.code}.json").status_code == 404


@pytest.mark.parametrize(
    "query", ["start_date=x", "start_date=2020-01-01T00:00:00Z&end_date=2021-01-01T00:00:00Z", "status=late", "page=0"]
)
def test_bad_filters_are_400(hotline: Hotline, query: str) -> None:
    assert Client().get(f"{BASE}/requests.json?{query}").status_code == 400


@pytest.fixture
def lamp(hotline: Hotline) -> str:
    """A service with one question of each kind that clients send differently; its code."""
    fields = [
        {"code": "poles", "kind": "choices", "label": "灯杆", "required": True,
         "choices": [{"value": "a", "label": "甲"}, {"value": "b", "label": "乙"}]},
        {"code": "since", "kind": "date", "label": "何时起"},
        {"code": "dangerous", "kind": "yes_no", "label": "危险吗"},
        {"code": "count", "kind": "number", "label": "几盏"},
    ]  # fmt: skip
    load_items_of_test(SYSTEM, definitions=[item("road.poles", "灯杆", form={"version": 1, "fields": fields})])
    forget_catalogue()
    return "road.poles"


def test_attributes_are_taken_as_the_definition_tells(lamp: str, key: str) -> None:
    told = Client().get(f"{BASE}/services/{lamp}.json").json()
    kinds = {row["code"]: (row["datatype"], row["required"]) for row in told["attributes"]}
    assert kinds == {
        "poles": ("multivaluelist", True), "since": ("datetime", False), "dangerous": ("singlevaluelist", False),
        "count": ("number", False),
    }  # fmt: skip
    given = {
        "service_code": lamp, "address_id": "P102001", "description": "灯杆歪了", "api_key": key,
        "attribute[poles][]": ["a", "b"], "attribute[since]": "2024-03-03T23:30:00Z", "attribute[dangerous]": "true",
        "attribute[count]": "2",
    }  # fmt: skip
    answer = Client().post(f"{BASE}/requests.json", given)
    assert answer.status_code == 201, answer.content.decode()
    with seeing(Scope(everything=True)):
        order = Order.objects.get(code=answer.json()[0]["service_request_id"])
    assert order.form == {"poles": ["a", "b"], "since": "2024-03-04", "dangerous": True, "count": 2}


def test_each_attribute_at_fault_is_named(lamp: str, key: str) -> None:
    given = {"attribute[since]": "yesterday", "attribute[count]": "two", "attribute[colour]": "red"}
    answer = posted(key, service_code=lamp, **given)
    assert answer.status_code == 400
    rows = answer.json()
    assert {row["code"] for row in rows} == {400}
    named = {row["description"].split(":")[0] for row in rows}
    assert named == {"attribute[poles]", "attribute[since]", "attribute[count]", "attribute[colour]"}


def test_a_picture_address_comes_back_as_it_was_sent(hotline: Hotline, key: str) -> None:
    code = posted(key, media_url="https://example.org/lamp.jpg").json()[0]["service_request_id"]
    row = Client().get(f"{BASE}/requests/{code}.json").json()[0]
    assert (row["description"], row["media_url"]) == ("路灯不亮", "https://example.org/lamp.jpg")


def test_discovery_says_the_same_in_both_forms(hotline: Hotline) -> None:
    told = Client().get(f"{BASE}/discovery.json")
    assert told["Content-Type"] == "application/json"
    xml = Client().get(f"{BASE}/discovery.xml")
    assert xml["Content-Type"] == "text/xml"
    assert xml.content.startswith(b"<?xml version='1.0' encoding='utf-8'?>")
    root = ElementTree.fromstring(xml.content)
    for name in ("changeset", "contact", "key_service"):
        assert root.findtext(name) == told.json()[name]
    endpoint = told.json()["endpoints"][0]
    assert [each.text for each in root.findall("endpoints/endpoint/formats/format")] == endpoint["formats"]
    assert root.findtext("endpoints/endpoint/url") == endpoint["url"]
    assert endpoint["specification"] == "http://wiki.open311.org/GeoReport_v2"
    assert datetime.fromisoformat(told.json()["changeset"]) < timezone.now()


def test_reads_are_for_pages_of_any_site_and_writes_are_not(hotline: Hotline, key: str) -> None:
    assert Client().get(f"{BASE}/services.json")["Access-Control-Allow-Origin"] == "*"
    asked = Client().options(f"{BASE}/requests.json")
    assert (asked.status_code, asked["Access-Control-Allow-Methods"]) == (204, "GET, HEAD, OPTIONS")
    assert "Access-Control-Allow-Origin" not in posted(key)


@pytest.mark.parametrize(
    ("address", "status"), [("nothing.json", 404), ("nothing", 404), ("services.html", 404), ("requests/X.xml", 404)]
)
def test_errors_are_lists_in_the_form_asked_for(hotline: Hotline, address: str, status: int) -> None:
    answer = Client().get(f"{BASE}/{address}")
    assert answer.status_code == status
    if address.endswith(".json"):
        assert answer.json()[0]["code"] == status
    else:
        assert answer["Content-Type"] == "text/xml"
        assert ElementTree.fromstring(answer.content).findtext("error/code") == str(status)


def test_a_json_body_is_refused_with_the_reason(hotline: Hotline, key: str) -> None:
    answer = Client().post(f"{BASE}/requests.json?api_key={key}", "{}", content_type="application/json")
    assert answer.status_code == 400
    assert "application/x-www-form-urlencoded" in answer.json()[0]["description"]


def test_pages_are_cut_and_filters_hold(hotline: Hotline) -> None:
    codes = [hotline.place(public=True).code for _number in range(3)]
    listed = Client().get(f"{BASE}/requests.json?{MARCH}&page_size=2").json()
    rest = Client().get(f"{BASE}/requests.json?{MARCH}&page_size=2&page=2").json()
    assert {row["service_request_id"] for row in listed + rest} == set(codes)
    assert (len(listed), len(rest)) == (2, 1)
    assert len(Client().get(f"{BASE}/requests.json?service_request_id={','.join(codes)}&status=closed").json()) == 3
    assert Client().get(f"{BASE}/requests.json?{MARCH}&service_code=water.none").json() == []
    assert len(Client().get(f"{BASE}/requests.json?{MARCH}&service_code=water.none,road.lamp").json()) == 3
    assert Client().get(f"{BASE}/requests.json").json() == [], "by default the last ninety days"
    after = "updated_after=2024-03-01T00:00:00Z"
    assert len(Client().get(f"{BASE}/requests.json?{after}&updated_before=2024-03-05T00:00:00Z").json()) == 3
    assert "extended_attributes" not in listed[0]
    extended = Client().get(f"{BASE}/requests/{codes[0]}.json?extensions=true").json()[0]
    assert extended["extended_attributes"]["state"] == "placed"


def test_updates_are_listed_by_time_and_added_by_the_key_of_the_asker(hotline: Hotline, key: str) -> None:
    code = hotline.place(public=True).code
    listed = Client().get(f"{BASE}/servicerequestupdates.json?{MARCH}").json()
    assert [(row["service_request_id"], row["status"]) for row in listed] == [(code, "open")]
    given = {"service_request_id": code, "description": "现在全村都黑了", "api_key": key}
    added = Client().post(f"{BASE}/servicerequestupdates.xml", given)
    assert added.status_code == 201, added.content.decode()
    assert ElementTree.fromstring(added.content).findtext("request_update/update_id")
    said = order_timeline(hotline.resident, order_id=_id_of(code))
    assert said[-1].note == "现在全村都黑了"
    other = hotline.place(hotline.neighbour, public=True).code
    refused = Client().post(f"{BASE}/servicerequestupdates.json", given | {"service_request_id": other})
    assert refused.status_code in (403, 404)


def _id_of(code: str) -> Any:
    with seeing(Scope(everything=True)):
        return Order.objects.get(code=code).id


def test_a_key_must_be_good_for_what_it_does(hotline: Hotline) -> None:
    account = Account.objects.get(person_id=hotline.resident.person_id)
    issued = issue_token(
        hotline.resident, account_id=account.id, name="reader", scopes=["orders.comment"],
        expires_at=timezone.now() + timedelta(days=1), post_id=None,
    )  # fmt: skip
    answer = posted(issued.secret)
    assert answer.status_code == 403
    assert answer.json()[0]["code"] == 403
