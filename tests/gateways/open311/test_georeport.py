"""GeoReport v2 as its specification says it, in both forms."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from django.test import Client
from django.utils import timezone

from tests.orders.hotline import Hotline
from tianqu.kernel.journal.api import SYSTEM
from tianqu.kernel.orders.api import forget_catalogue, load_items, publish_items
from tianqu.kernel.places.api import Account, issue_token

BASE = "/open311/v2"
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def key(hotline: Hotline) -> str:
    account = Account.objects.get(person_id=hotline.resident.person_id)
    issued = issue_token(
        hotline.resident, account_id=account.id, name="app", scopes=["orders.place"],
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
    with_metadata = [row["service_code"] for row in rows if row["metadata"] == "true"]
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
    [({"service_code": ""}, 400), ({"service_code": "none"}, 404), ({"address_id": "none"}, 404),
     ({"address_id": "", "lat": "95", "long": "1"}, 404), ({"address_id": ""}, 400), ({"jurisdiction_id": "x"}, 404)],
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
