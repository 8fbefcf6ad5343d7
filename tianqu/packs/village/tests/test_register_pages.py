"""The pages of the registers: what an accountant does by form, in both languages, and what others are shown."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from tests.web.api.calling import caller
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import Actor, Scope, seeing, set_scope
from tianqu.kernel.places.models import Account
from tianqu.packs.village.models import Contract, Parcel
from tianqu.packs.village.tests.villages import Villages

NOTHING = UUID(int=7)


def browser(actor: Actor, language: str = "en") -> Client:
    """A browser in which somebody has signed in."""
    with seeing(Scope(everything=True)):
        account = Account.objects.get(person_id=actor.person_id)
        Account.objects.filter(id=account.id).update(must_change_password=False)
    client = Client(SERVER_NAME="localhost", HTTP_ACCEPT_LANGUAGE=language)
    client.force_login(account, "allauth.account.auth_backends.AuthenticationBackend")
    return client


def text(answer: Any, status: int = 200) -> str:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    assert answer.status_code == status, content.decode()[-3000:]
    return str(content.decode())


LAND = {
    "number": "12",
    "area": "１２．５亩",
    "land_class": "arable",
    "name": "南洼",
    "use": "小麦",
    "day": "2021-01-01",
}
CONTRACT = {
    "number": "H1", "kind": "lease", "lessee": "李承租", "area": "12.5", "signed_on": "2021-06-01",
    "starts_on": "2021-06-01", "until": "2051-06-01", "rent_year": "5,000", "written": "on", "parcels": "12",
    "schedule": "2021-06-01 5000 2021-06-01 2022-06-01 5000",
}  # fmt: skip


def test_an_accountant_enters_splits_and_merges_land_by_form(villages: Villages) -> None:
    desk = browser(villages.accountant)
    assert "Enter the first one" in text(desk.get("/villages/land/"))
    sent_id = str(new_identifier())
    for _time in range(2):  # safe to send twice
        answer = desk.post("/villages/land/new", LAND | {"sent_id": sent_id})
        assert (answer.status_code, answer["Location"]) == (302, f"/villages/land/{sent_id}/")
    page = text(desk.get("/villages/land/"))
    assert "12.5000" in page and "南洼" in page and page.count("/villages/land/0") <= 1
    wrong = {
        "day": "2022-01-01",
        "reason": "分户",
        "number_1": "12-1",
        "area_1": "6",
        "number_2": "12-2",
        "area_2": "6.4",
    }
    told = text(desk.post(f"/villages/land/{sent_id}/split", wrong), 400)
    assert "124000" in told and 'value="12-2"' in told  # what was typed is still there
    assert desk.post(f"/villages/land/{sent_id}/split", wrong | {"area_2": "6.5"}).status_code == 302
    assert "no more" in text(desk.get(f"/villages/land/{sent_id}/"))
    merged = LAND | {"parcels": "12-1、12-2", "number": "13", "day": "2022-02-01", "reason": "并户"}
    answer = desk.post("/villages/land/merge", merged)
    assert answer.status_code == 302, text(answer)
    assert "12-1" in text(desk.get(answer["Location"]))
    lines = text(desk.get("/villages/land.csv")).splitlines()
    assert len(lines) == 2 and lines[1].split(",")[1] == "13" and "12.5000" in lines[1]


def test_chosen_parcels_are_filled_into_the_form_of_merging(villages: Villages) -> None:
    ids = [villages.parcel(str(number), 10_000) for number in (1, 2)]
    page = text(browser(villages.accountant).get("/villages/land/merge", {"parcel": ids}))
    assert 'value="1, 2"' in page and 'value="2.0000"' in page


def test_a_contract_is_entered_with_its_findings_and_ended(villages: Villages) -> None:
    desk = browser(villages.accountant)
    desk.post("/villages/land/new", LAND | {"sent_id": str(new_identifier())})
    sent_id = str(new_identifier())
    for _time in range(2):
        answer = desk.post("/villages/contracts/new", CONTRACT | {"sent_id": sent_id})
        assert answer.status_code == 302, text(answer)
    page = text(desk.get(answer["Location"]))
    assert "Lease too long" in page and "Civil Code, Article 705" in page and "Not comparable" in page
    assert "5,000.00" in page and "李承租" in page
    chinese = text(browser(villages.accountant, "zh-hans").get(answer["Location"]))
    assert "租赁期限过长" in chinese and "《民法典》第705条" in chinese
    form = text(desk.get(f"/villages/contracts/{sent_id}/correct"))
    assert "2021-06-01 5000.00 2021-06-01 2022-06-01 5000.00" in form and 'name="version" value="1"' in form
    changed = CONTRACT | {"until": "2031-06-01", "version": "1"}
    assert desk.post(f"/villages/contracts/{sent_id}/correct", changed).status_code == 302
    assert "Lease too long" not in text(desk.get(answer["Location"]))
    assert "meanwhile" in text(desk.post(f"/villages/contracts/{sent_id}/correct", changed), 409)
    assert desk.post(f"/villages/contracts/{sent_id}/judge").status_code == 302
    ending = {"on": "2023-01-01", "reason": "协商解除"}
    assert desk.post(f"/villages/contracts/{sent_id}/end", ending).status_code == 302
    assert "协商解除" in text(desk.get(answer["Location"]))
    assert "H1" in text(desk.get("/villages/contracts/", {"state": "ended", "q": "李"}))
    assert "李承租" in text(desk.get("/villages/contracts.csv"))


@pytest.mark.parametrize(
    ("field", "changed"),
    [
        ("area", {"area": "12.00001"}), ("area", {"area": "many"}), ("until", {"until": "2020-01-01"}),
        ("signed_on", {"signed_on": "1/6/2021"}), ("kind", {"kind": "gift"}), ("parcels", {"parcels": "99"}),
        ("schedule", {"schedule": "2021-06-01 5000"}), ("schedule", {"schedule": "2021-06-01 x 2021-06-01 2022-06-01"}),
        ("lessee", {"lessee": ""}), ("entitled", {"body": "members", "held_on": "2021-01-01", "entitled": "all"}),
    ],
)  # fmt: skip
def test_a_fault_stands_at_its_field_and_what_was_typed_is_kept(villages: Villages, field: str, changed: Any) -> None:
    desk = browser(villages.accountant)
    told = text(desk.post("/villages/contracts/new", CONTRACT | {"parcels": "", "land_class": "arable"} | changed),
                404 if field == "parcels" else 400)  # fmt: skip
    assert f'id="{field}-error"' in told and 'value="H1"' in told
    set_scope(villages.accountant.scope)
    assert Contract.objects.count() == 0


def test_the_next_village_is_shown_nothing(villages: Villages) -> None:
    parcel_id = villages.parcel("标记号", name="标记地块")
    contract_id = villages.contract("标记合同")
    other = browser(villages.stranger)
    for address in (f"/villages/land/{parcel_id}/", f"/villages/contracts/{contract_id}/",
                    f"/villages/land/{parcel_id}/map.geojson", f"/villages/land/{parcel_id}/split",
                    f"/villages/contracts/{contract_id}/end", f"/villages/land/merge?parcel={parcel_id}"):  # fmt: skip
        assert "标记" not in text(other.get(address), 404)
    for address in ("/villages/land/", "/villages/land.csv", "/villages/contracts/", "/villages/contracts.csv",
                    "/villages/land/?q=标记", "/villages/contracts/?q=标记"):  # fmt: skip
        assert "标记地块" not in (page := text(other.get(address))) and "标记号" not in page and "标记合同" not in page
    for address, given in ((f"/villages/land/{parcel_id}/strike", {"reason": "x"}),
                           (f"/villages/contracts/{contract_id}/judge", {})):  # fmt: skip
        assert other.post(address, given).status_code == 404
    villager = browser(villages.villager)
    page = text(villager.get(f"/villages/contracts/{contract_id}/"))
    assert "李承租" not in page and "李**" in page and "Ask the rules again" not in page
    assert villager.get("/villages/land/new").status_code == 403
    assert Client(SERVER_NAME="localhost").get("/villages/land/").status_code in (302, 403)
    set_scope(villages.accountant.scope)
    assert Parcel.objects.count() == 1


def test_a_villager_is_told_neither_who_lets_land_nor_why_it_changed(villages: Villages) -> None:
    parcel_id = villages.parcel("1", reason="孙出租家分户")
    let, own = villages.contract("C1", lessor="孙出租", parcel_ids=(parcel_id,)), villages.contract("C2")
    village = villages.prefecture.places["P102001"].name
    for actor, told in ((villages.accountant, True), (villages.villager, False)):
        desk, api = browser(actor), caller(actor)
        pages = [text(desk.get(f"/villages/{page}/")) for page in (f"contracts/{let}", f"land/{parcel_id}")]
        answers = [
            str(api.read(f"/village/{page}")) for page in ("contracts", f"contracts/{let}", f"parcels/{parcel_id}")
        ]
        for said in (*pages, *answers):
            assert ("孙出租" in said) == told
        assert ("孙**" in pages[0]) != told
        assert village in text(desk.get(f"/villages/contracts/{own}/")).split("Lessor")[1][:200]


@pytest.mark.parametrize("page", ["land", "contracts", "holdings", "meetings", "findings", "desk"])
def test_a_list_of_several_villages_is_narrowed_to_one(villages: Villages, page: str) -> None:
    villages.parcel("标记号")
    villages.contract("标记合同")
    villages.holding("标记债务")
    desk = browser(villages.auditor)
    assert 'name="place"' in text(desk.get(f"/villages/{page}/"))
    for code, there in (("P102001", True), ("P102", True), ("P201001", False)):
        shown = text(desk.get(f"/villages/{page}/", {"place": code}))
        assert page not in ("land", "contracts", "holdings") or ("标记" in shown) == there
    assert "标记" not in text(desk.get(f"/villages/{page}/", {"place": "nowhere"}), 400)
    assert 'name="place"' not in text(browser(villages.accountant).get(f"/villages/{page}/"))


def test_an_auditor_of_the_township_sees_which_village(villages: Villages) -> None:
    villages.parcel("1")
    page = text(browser(villages.auditor).get("/villages/land/"))
    assert "Land of the villages" in page and "Wangzhuang" in page
    assert not re.search(r'href="/villages/land/new"', page)


def test_a_file_that_leaves_something_out_says_so(villages: Villages, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in ("1", "2", "3"):
        villages.parcel(number)
    monkeypatch.setattr("tianqu.packs.village.tabular.EXPORT_ROWS", 2)
    monkeypatch.setattr("tianqu.packs.village.tabular.EXPORT_PAGE", 1)
    monkeypatch.setattr("tianqu.packs.village.land_pages.EXPORT_PAGE", 1)
    lines = text(browser(villages.accountant).get("/villages/land.csv")).splitlines()
    assert len(lines) == 4
    assert "There are more than 2" in lines[-1]


@pytest.mark.parametrize(
    ("address", "english", "chinese"),
    [
        (f"contracts/{NOTHING}/", "Look it up in the register of contracts.", "请在合同台账中查找。"),
        (f"land/{NOTHING}/", "Look it up in the register of land.", "请在土地台账中查找。"),
        ("books/none/", "Look its code up in the list of the books", "请在您可查看的账套列表中查对代码。"),
        ("books/none/accounts", "Look its code up in the list of the books", "请在您可查看的账套列表中查对代码。"),
        ("keeping/none/", "Look its code up in the list of the books", "请在您可查看的账套列表中查对代码。"),
    ],
)
def test_the_page_of_what_is_not_there_says_what_to_do(
    villages: Villages, address: str, english: str, chinese: str
) -> None:
    for language, remedy in (("en", english), ("zh-hans", chinese)):
        assert remedy in text(browser(villages.accountant, language).get(f"/villages/{address}"), 404)
