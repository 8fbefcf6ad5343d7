"""Contracts as OCDS packages: sound by the official schema, stable, and without a name for whoever may not see it."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.utils import timezone

from tests.gateways.ocds.reading import RELEASES, packages, record, releases, sound
from tests.web.api.calling import token_for
from tianqu.base.canonical import plain
from tianqu.base.identifiers import new_identifier
from tianqu.gateways.ocds.packages import publisher
from tianqu.kernel.journal.api import SYSTEM, set_scope
from tianqu.packs.village import acts
from tianqu.packs.village.erasing.acts import erase_party
from tianqu.packs.village.models import ContractParcel
from tianqu.packs.village.registers.contracts import ContractTerms, Particulars
from tianqu.packs.village.rules.facts import Body, ContractKind, Instalment, Resolution
from tianqu.packs.village.tests.test_bringing_in import plans as whole_plans
from tianqu.packs.village.tests.test_bringing_in import registers
from tianqu.packs.village.tests.villages import Villages, terms

pytestmark = pytest.mark.django_db
FIRST = Instalment(date(2021, 6, 1), 123_456_789, date(2021, 6, 1), date(2022, 6, 1), 123_456_789)
SECOND = Instalment(date(2022, 6, 1), 500_001, date(2022, 6, 1), date(2023, 6, 1), 7)
THIRD = Instalment(date(2030, 6, 1), 500_000, date(2030, 6, 1), date(2031, 6, 1))
HELD = Resolution(Body.MEMBERS, date(2021, 5, 20), 300, 210, 205)


def full(villages: Villages) -> dict[str, Any]:
    return {
        "parcel_ids": (villages.parcel("12", 123_456), villages.parcel("13", 1)), "instalments": (FIRST, SECOND, THIRD),
        "particulars": Particulars(resolution=HELD, resolution_reference="村档 2021-7", use_agreed="小麦"),
    }  # fmt: skip


def test_a_contract_is_told_whole_and_exactly(villages: Villages) -> None:
    contract_id = villages.contract("C-77", **full(villages))
    content = Client().get(RELEASES).content
    assert b'"amount":1244567.90' in content  # digit by digit, as it was entered
    assert b'"quantity":12.3456' in content and b'"quantity":0.0001' in content
    (release,) = sound(content)["releases"]
    assert release["ocid"] == f"ocds-tianqu-{contract_id}"
    assert release["tag"] == ["tender", "award", "contract", "implementation"]
    assert release["buyer"] == {"id": "P102001", "name": "德州市德城区新华街道王庄村委会"}
    (contract,), (award,) = release["contracts"], release["awards"]
    assert contract["period"] == {"startDate": "2021-06-01T00:00:00+08:00", "endDate": "2031-05-31T23:59:59+08:00"}
    assert award["date"] == "2021-05-20T00:00:00+08:00"
    assert [one["status"] for one in contract["milestones"]] == ["met", "partiallyMet", "scheduled"]
    assert [one["value"]["amount"] for one in contract["implementation"]["transactions"]] == [1234567.89, 0.07]
    assert {item["unit"]["name"] for item in contract["items"]} == {"亩"}
    assert contract["status"] == "active"


def test_who_may_see_nothing_reads_no_word_that_somebody_typed(villages: Villages) -> None:
    villages.contract("C-77", lessor="孙出租", **full(villages))
    shown = {
        name: json.dumps(releases(actor), ensure_ascii=False)
        for name, actor in (
            ("anybody", None), ("stranger", villages.stranger), ("villager", villages.villager),
            ("accountant", villages.accountant),
        )
    }  # fmt: skip
    typed, names = ("C-77", "村档 2021-7", "小麦"), ("李承租", "孙出租")
    for name in ("anybody", "stranger"):
        assert not any(word in shown[name] for word in (*typed, *names))
    assert all(word in shown["villager"] for word in typed)
    assert not any(word in shown["villager"] for word in names)
    assert all(word in shown["accountant"] for word in (*typed, *names))


FIRM, COOPERATIVE = "德州绿野农业发展有限公司", "王庄村土地股份合作社"


def parties(release: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The parties of a release by each of their roles."""
    return {role: party for party in release["parties"] for role in party["roles"]}


def test_organisations_are_parties_by_name_for_everybody_and_persons_are_masked(villages: Villages) -> None:
    contract_id = villages.contract("C-1", lessee=FIRM, lessor=COOPERATIVE, instalments=(FIRST,))
    villages.contract("C-2", lessee="李承租", lessor="孙出租", instalments=(FIRST,))
    for reader in (None, villages.stranger, villages.villager):
        firm, person = releases(reader, language="en")
        told = parties(firm)
        assert told["supplier"]["name"] == told["payer"]["name"] == FIRM
        assert told["supplier"]["identifier"] == {"scheme": "TIANQU-NAME", "id": FIRM, "legalName": FIRM}
        assert told["procuringEntity"]["name"] == told["payee"]["name"] == COOPERATIVE
        village = firm["buyer"]["name"]
        assert told["buyer"]["identifier"] == {"scheme": "TIANQU-PLACE", "id": "P102001", "legalName": village}
        assert firm["awards"][0]["suppliers"] == [{"id": f"lessee-{contract_id}", "name": FIRM}]
        masked = parties(person)
        assert masked["supplier"]["name"] == masked["procuringEntity"]["name"] == "a person (name not published)"
        assert "identifier" not in masked["supplier"] and "identifier" in masked["buyer"]
        shown = json.dumps(person, ensure_ascii=False)
        assert "李" not in shown and "孙" not in shown
    (_firm, person), (zh, _person) = releases(villages.accountant), releases()
    assert parties(person)["supplier"]["name"] == "李承租" and "identifier" not in parties(person)["supplier"]
    assert parties(zh)["supplier"]["name"] == FIRM


@pytest.mark.parametrize("lessee", ["张三的公司", "李四和王庄村民委员会", "王大学", "张三家庭农场"])
def test_who_may_be_a_person_is_not_named(villages: Villages, lessee: str) -> None:
    villages.contract(lessee=lessee)
    shown = json.dumps(releases(), ensure_ascii=False)
    assert lessee not in shown and "个人" in shown


def test_an_organisation_that_was_erased_is_named_no_more(villages: Villages) -> None:
    contract_id = villages.contract(lessee=FIRM)
    assert FIRM in json.dumps(releases(), ensure_ascii=False)
    acts.end_contract(villages.accountant, contract_id=contract_id, on=date(2024, 5, 1), reason="到期")
    inspector = villages.post("c1.housing", "county_inspector")
    set_scope(inspector.scope)
    erase_party(
        inspector, place_id=villages.place_id, name=FIRM, reason="误登为单位", contract_ids=[contract_id]
    )  # fmt: skip
    assert FIRM not in json.dumps(releases(), ensure_ascii=False)


def test_what_was_published_stays_as_it_was(villages: Villages) -> None:
    contract_id = villages.contract(**full(villages))
    told = replace(terms(), **full_again(contract_id))
    published = [releases()]
    paid = replace(told, instalments=(FIRST, replace(SECOND, paid_fen=SECOND.amount_fen), THIRD))
    for do in (
        lambda: acts.correct_contract(villages.accountant, contract_id=contract_id, terms=paid),
        lambda: acts.correct_contract(villages.accountant, contract_id=contract_id, terms=replace(paid, number="C9")),
        lambda: acts.end_contract(villages.accountant, contract_id=contract_id, on=date(2024, 5, 1), reason="撂荒"),
    ):
        do()
        published.append(releases())
    for earlier, later in pairwise(published):
        assert later[: len(earlier)] == earlier
        assert len(later) == len(earlier) + 1
    tags = [release["tag"] for release in published[-1]]
    assert tags[1:] == [["implementationUpdate"], ["contractUpdate"], ["contractTermination"]]
    assert [release["contracts"][0]["status"] for release in published[-1]] == ["active"] * 3 + ["terminated"]
    assert published[-1][-1]["contracts"][0]["amendments"][0]["date"] == "2024-05-01T00:00:00+08:00"
    assert record(contract_id)["records"][0]["releases"] == published[-1]


def full_again(contract_id: Any) -> dict[str, Any]:
    """The terms as they were entered, with the parcels that the village has."""
    held = ContractParcel.objects.filter(contract_id=contract_id).order_by("id").values_list("parcel_id", flat=True)
    given = Particulars(resolution=HELD, resolution_reference="村档 2021-7", use_agreed="小麦")
    return {"parcel_ids": tuple(held), "instalments": (FIRST, SECOND, THIRD), "particulars": given}


def test_a_contract_that_was_entered_in_error_is_cancelled(villages: Villages) -> None:
    contract_id = villages.contract(kind=ContractKind.HOMESTEAD, until=None, rent_year_fen=None)
    acts.end_contract(
        villages.accountant, contract_id=contract_id, on=timezone.localdate(), reason="重复登记", in_error=True
    )
    _first, last = releases()
    states = [last["tender"]["status"], last["awards"][0]["status"], last["contracts"][0]["status"]]
    assert states == ["cancelled"] * 3
    assert "dateSigned" not in last["contracts"][0]
    assert "value" not in last["contracts"][0] and "endDate" not in last["contracts"][0]["period"]


def test_pages_follow_one_another_and_leave_nothing_out(villages: Villages) -> None:
    known = {villages.contract(f"C{number}") for number in range(7)}
    far = villages.contract("C1", actor=villages.stranger, place_id=villages.other_place_id)
    pages = list(packages(limit=3))
    assert [len(page["releases"]) for page in pages] == [3, 3, 2]
    told = [release["ocid"] for page in pages for release in page["releases"]]
    assert sorted(told) == sorted(f"ocds-tianqu-{one}" for one in {*known, far})
    assert pages[-1].get("links") is None
    assert len({page["uri"] for page in pages}) == 3
    assert [one["ocid"] for one in releases(place="P201001", language="en")] == [f"ocds-tianqu-{far}"]
    assert releases(language="en")[0]["tender"]["title"].startswith("Lease, Arable land, 10.0000 mu")


def test_days_narrow_what_is_told(villages: Villages) -> None:
    villages.contract()
    today = timezone.localdate()
    assert len(releases(first_day=today, last_day=today)) == 1
    assert len(releases(place="P1")) == 1
    for asked in ({"first_day": today + timedelta(days=1)}, {"last_day": today - timedelta(days=1)}, {"place": "P2"}):
        answer = Client().get(RELEASES, asked)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"after": "1-x"}, 422), ({"after": "99999999999999999-1"}, 404), ({"limit": 101}, 422),
        ({"place": "none"}, 404),
        ({"first_day": "2021-02-30"}, 422), ({"first_day": "5"}, 422), ({"first_day": "2021-03-02T00:00"}, 422),
        ({"language": "fr"}, 422), ({"more": "1"}, 422),
        ({"first_day": "2021-03-02", "last_day": "2021-03-01"}, 400),
        ({"first_day": "9999-12-31", "last_day": "9999-12-31"}, 404),
        ({"first_day": "0001-01-01", "last_day": "0001-01-01"}, 404),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused(villages: Villages, asked: Any, status: int) -> None:
    villages.contract()
    answer = Client().get(RELEASES, asked)
    assert answer.status_code == status, answer.content
    assert answer.json()["code"]


@pytest.mark.parametrize("ocid", [f"ocds-tianqu-{'0' * 36}", "ocds-others-01a222fc-c09f-7468-8838-49101fd1994b"])
def test_an_ocid_that_is_not_ours_is_not_found(villages: Villages, ocid: str) -> None:
    villages.contract()
    assert Client().get(f"/api/v1/ocds/records/{ocid}").status_code == 404


def test_an_installation_without_a_prefix_publishes_nothing(villages: Villages, settings: Any) -> None:
    contract_id = villages.contract()
    settings.TIANQU_OCDS_PREFIX = ""
    for address in (RELEASES, f"/api/v1/ocds/records/ocds-tianqu-{contract_id}"):
        assert Client().get(address).status_code == 404
    settings.TIANQU_OCDS_PREFIX = "ocds-Tianqu"
    with pytest.raises(ImproperlyConfigured):
        publisher()


def test_more_is_not_paid_than_falls_due(villages: Villages) -> None:
    client = Client(headers={"Authorization": f"Bearer {token_for(villages.accountant)}"})
    over = replace(FIRST, paid_fen=FIRST.amount_fen + 1)
    answer = client.post(
        "/api/v1/acts/village.register_contract", content_type="application/json",
        data={"place_id": str(villages.place_id), "contract_id": str(new_identifier()), "terms": sent(over)},
    )  # fmt: skip
    assert (answer.status_code, answer.json()["field"]) == (400, "instalments")


def sent(instalment: Instalment) -> dict[str, Any]:
    told: ContractTerms = terms(instalments=(instalment,))
    return plain(told)  # type: ignore[return-value]


def test_registers_that_are_brought_in_are_published_step_by_step(villages: Villages) -> None:
    plans = registers(villages, whole_plans())
    acts.bring_in(SYSTEM, villages=plans)
    steps = {
        f"ocds-tianqu-{one.contract_id}": len(one.steps) + (one.ended is not None)
        for village in plans for one in village.contracts
    }  # fmt: skip
    told = Counter(release["ocid"] for release in releases(villages.accountant))
    assert told == steps
    assert sum(told.values()) > len(told)
