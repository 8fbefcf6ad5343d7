"""The rules as a page and over the API: in both languages, and refusing what cannot be."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from tianqu.packs.village.rules.catalogue import RULES

pytestmark = pytest.mark.django_db
CONTRACT: dict[str, Any] = {
    "id": "c1", "kind": "lease", "land_class": "arable", "parcel": "p1", "peer_place": "371402001",
    "signed_on": "2021-06-01", "starts_on": "2021-06-01", "until": "2051-06-01", "area_mu_4": 100_000,
}  # fmt: skip


def judged(*contracts: dict[str, Any], status: int = 200) -> Any:
    body = json.dumps({"on": "2026-03-01", "contracts": contracts})
    client = Client(SERVER_NAME="localhost")
    answer = client.post("/api/v1/village/judgements", body, content_type="application/json")
    assert answer.status_code == status, answer.content
    return answer.json()


@pytest.mark.parametrize(
    ("language", "name", "basis", "policy"),
    [("en", "Lease too long", "Civil Code, Article 705", "Policy default"),
     ("zh-hans", "租赁期限过长", "《民法典》第705条", "平台默认")],
)  # fmt: skip
def test_the_page_says_every_rule_with_its_basis(language: str, name: str, basis: str, policy: str) -> None:
    answer = Client(SERVER_NAME="localhost", HTTP_ACCEPT_LANGUAGE=language).get("/villages/rules")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert all(f'id="{rule.code}"' in page for rule in RULES)
    for text in (name, basis, policy):
        assert text in page


def test_the_page_shows_what_this_installation_changed(settings: Any) -> None:
    settings.TIANQU_VILLAGE_POLICY = {"overdue_days": 45}
    page = Client(SERVER_NAME="localhost", HTTP_ACCEPT_LANGUAGE="en").get("/villages/rules").content.decode()
    assert "changed here" in page
    assert {"name": "overdue_days", "value": 45, "default": 30} in Client(SERVER_NAME="localhost").get(
        "/api/v1/village/rules"
    ).json()["policy"]


def test_rules_are_read_by_programs() -> None:
    rules = Client(SERVER_NAME="localhost").get("/api/v1/village/rules").json()["rules"]
    assert [rule["code"] for rule in rules] == [rule.code for rule in RULES]
    lease = rules[0]
    assert lease["name"] == {"zh": "租赁期限过长", "en": "Lease too long"}
    assert [version["since"] for version in lease["versions"]] == ["1999-10-01", "2021-01-01"]


def test_contracts_are_judged_with_basis_and_numbers() -> None:
    finding = next(one for one in judged(CONTRACT) if one["rule"] == "lease_too_long")
    assert finding["version"]["basis"] == {"zh": "《民法典》第705条", "en": "Civil Code, Article 705"}
    assert finding["numbers"]["void_from"] == "2041-06-01"
    assert finding["numbers"]["excess_days"] == 3652
    assert "2041年6月1日" in finding["sentence"]["zh"]


def test_rents_are_compared_among_what_is_sent() -> None:
    peers = [CONTRACT | {"id": f"p{n}", "parcel": f"p{n}", "rent_year_fen": 300_000 + n} for n in range(5)]
    low = CONTRACT | {"rent_year_fen": 100_000}
    finding = next(one for one in judged(low, *peers) if one["rule"] == "low_price" and one["contract_id"] == "c1")
    assert finding["verdict"] == "severely_low"
    assert finding["numbers"]["share_percent"] == "5000000/150001"


@pytest.mark.parametrize(
    "changed",
    [
        {"area_mu_4": 0}, {"area_mu_4": "10"}, {"area_mu_4": 1.5}, {"kind": "gift"}, {"unknown": 1}, {"signed_on": 0},
        {"signed_on": "0"}, {"signed_on": "2021-05-01T00:00:00"},
    ],
)  # fmt: skip
def test_what_the_schema_forbids_is_refused(changed: dict[str, Any]) -> None:
    judged(CONTRACT | changed, status=422)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"until": "2021-06-01"}, "until"), ({"signed_on": "0021-06-01"}, "signed_on"),
        ({"resolution": {"body": "members", "held_on": "2021-05-01", "entitled": 3, "present": 2, "agreed": 3}},
         "agreed"),
        ({"instalments": [{"due_on": "2021-06-01", "amount_fen": 1, "covers_from": "2021-06-01",
                           "covers_until": "2021-06-01"}]}, "covers_until"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_its_field(changed: dict[str, Any], field: str) -> None:
    assert judged(CONTRACT | changed, status=400)["field"] == field


def test_a_whole_number_may_be_written_with_a_point() -> None:
    assert judged(CONTRACT | {"area_mu_4": float(CONTRACT["area_mu_4"])}) == judged(CONTRACT)


def test_two_contracts_with_one_identifier_are_refused() -> None:
    assert judged(CONTRACT, CONTRACT, status=400)["field"] == "contracts"
