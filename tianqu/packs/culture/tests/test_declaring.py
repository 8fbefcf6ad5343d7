"""What an office declares: troupes, works, contracts with prices; dated, its own, and said again without harm."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from tests.web.api.calling import ANYONE, caller
from tianqu.packs.culture.tests.stage import DAY, PRICE, WORK, Stage, browser, page
from tianqu.packs.culture.voices.acts import vote

ACT = "/acts/culture."


def work_body(stage: Stage, /, **more: Any) -> dict[str, Any]:
    names = {"work": "dance", "name": "广场舞", "name_en": "Dancing"}
    return {"unit_id": str(stage.unit_id), **names, **WORK, "kind": "class", "genre": "dance", **more}


def contract_body(**more: Any) -> dict[str, Any]:
    today = timezone.localdate()
    return {
        "number": "3号", "troupe": "meihua", "starts_on": today.isoformat(), "ends_on": (today + 9 * DAY).isoformat(),
        "rating_floor": 400, "raters_least": 3, "offers": [{"work": "opera", "price_fen": PRICE - 1}], **more,
    }  # fmt: skip


def test_a_work_shows_where_it_is_wished_for_however_many_wish_for_others(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tianqu.packs.culture.queries.LIST_MAX", 1)
    for work in ("film", "film", "opera"):
        vote(stage.villager(), work=work)
    for work in ("film", "opera"):
        assert "Nobody has wished for it" not in page(browser(), f"/culture/works/{work}/"), work


def test_a_work_comes_onto_the_menu_and_leaves_it(stage: Stage) -> None:
    office = caller(stage.officer)
    assert len(ANYONE.read("/culture/menu", place="P101009")) == 2
    office.done(f"{ACT}declare_work", work_body(stage))
    office.done(f"{ACT}declare_work", work_body(stage))  # the same again
    found = {one["code"]: one for one in ANYONE.read("/culture/menu", place="P101009")}
    assert found["dance"]["stage"] == ["stage", "power"] and found["dance"]["offers"] == []
    assert [one["code"] for one in ANYONE.read("/culture/menu", kind="class")] == ["dance"]
    office.done(f"{ACT}declare_work", work_body(stage, is_open=False))
    assert "dance" not in {one["code"] for one in ANYONE.read("/culture/menu")}
    assert [one["code"] for one in ANYONE.read("/culture/menu", place="P201001")] == ["acrobats"]
    assert ANYONE.get("/culture/menu", place="nowhere").status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [{"work": "X"}, {"kind": "party"}, {"genre": "none"}, {"stage": ["moon"]}, {"length_minutes": 0}, {"name": " "}],
)
def test_what_is_no_work(stage: Stage, wrong: dict[str, Any]) -> None:
    answer = caller(stage.officer).post(f"{ACT}declare_work", work_body(stage, **wrong))
    assert answer.status_code in (400, 422)
    assert next(iter(wrong)) in answer.content.decode()


def test_a_contract_has_its_days_floor_and_prices(stage: Stage) -> None:
    office = caller(stage.officer)
    office.done(f"{ACT}declare_contract", contract_body())
    (cheap, dear) = {one["code"]: one for one in ANYONE.read("/culture/menu")}["opera"]["offers"]
    assert (cheap["contract"], cheap["price_fen"], dear["contract"], dear["price_fen"]) == (
        "3号",
        PRICE - 1,
        "1号",
        PRICE,
    )
    office.done(f"{ACT}declare_contract", contract_body(offers=[]))
    assert len({one["code"]: one for one in ANYONE.read("/culture/menu")}["opera"]["offers"]) == 1
    for wrong, status in (
        ({"ends_on": "2001-01-01"}, 400), ({"rating_floor": 600}, 422), ({"troupe": "luhan"}, 403),
        ({"troupe": "nobody"}, 404), ({"offers": [{"work": "acrobats", "price_fen": 1}]}, 409),
        ({"offers": [{"work": "nothing", "price_fen": 1}]}, 404),
    ):  # fmt: skip
        assert office.post(f"{ACT}declare_contract", contract_body(**wrong)).status_code == status, wrong


def test_another_office_declares_nothing_here(stage: Stage) -> None:
    far = caller(stage.far_officer)
    assert far.post(f"{ACT}declare_work", work_body(stage)).status_code == 403
    far_unit = str(stage.prefecture.units["c2.culture"].id)
    assert far.post(f"{ACT}declare_work", work_body(stage, unit_id=far_unit, work="opera")).status_code == 409
    troupe = {"unit_id": far_unit, "troupe": "meihua", "troupe_unit_id": far_unit, "name": "团", "name_en": "Troupe"}
    assert far.post(f"{ACT}declare_troupe", troupe).status_code == 409
    assert far.post(f"{ACT}declare_contract", contract_body()).status_code == 403
    for actor in (stage.post, stage.troupe, stage.resident()):
        assert caller(actor).post(f"{ACT}declare_work", work_body(stage)).status_code == 403


def test_a_price_once_set_aside_stays(stage: Stage) -> None:
    show_id = stage.committed()
    today = timezone.localdate()
    told = contract_body(
        number="1号", starts_on=(today - 90 * DAY).isoformat(), ends_on=(today + 60 * DAY).isoformat(),
        rating_floor=500, offers=[{"work": "opera", "price_fen": PRICE * 2}],
    )  # fmt: skip
    caller(stage.officer).done(f"{ACT}declare_contract", told)
    assert (stage.of(show_id).price_fen, stage.of(show_id).rating_floor) == (PRICE, 350)


def test_the_office_declares_on_its_pages(stage: Stage) -> None:
    desk = browser(stage.officer)
    shown = page(desk, "/desk/culture/office")
    assert "10,000.00" in shown and "culture.c1.culture" in shown
    work = work_body(stage) | {"is_open": "on"}
    assert desk.post("/desk/culture/works/declare", work).status_code == 302
    assert desk.post("/desk/culture/works/declare", work | {"length_minutes": "long"}).status_code == 400
    assert "广场舞" in page(desk, "/desk/culture/works/declare?of=dance")
    contract = contract_body() | {"rating_floor": "3.5", "offers": "opera 2800.50\ndance 600"}
    assert desk.post("/desk/culture/contracts/declare", contract).status_code == 302
    assert "2800.50" in page(desk, "/desk/culture/contracts/declare?of=3号")
    assert desk.post("/desk/culture/contracts/declare", contract | {"offers": "opera much"}).status_code == 400
    troupe = {"troupe": "shuyuan", "troupe_unit_id": "c1.meihua", "name": "书院", "name_en": "Academy", "is_open": "on"}
    assert desk.post("/desk/culture/troupes/declare", troupe).status_code == 302
    assert "书院" in page(browser(stage.officer, "zh-CN"), "/desk/culture/troupes/")
    grant = {"sent_id": "", "amount_fen": "1,000.50"}
    assert desk.post("/desk/culture/office", grant).status_code == 302
    assert stage.budget()["granted"] == 1_100_050
    assert desk.post("/desk/culture/office", {"amount_fen": "-5"}).status_code == 400
    for actor in (stage.post, stage.troupe):
        assert browser(actor).get("/desk/culture/office").status_code == 403


def test_a_village_orders_on_its_page(stage: Stage) -> None:
    village, today = browser(stage.post), timezone.localdate()
    body = {"place": "P101009", "work": "opera", "first_day": today.isoformat(), "last_day": today.isoformat()}
    assert village.post("/desk/culture/order", body | {"work": ""}).status_code == 400
    assert village.post("/desk/culture/order", body | {"first_day": "soon"}).status_code == 400
    answer = village.post("/desk/culture/order", body)
    assert answer.status_code == 302 and "The opera for Zhangli" in page(village, answer["Location"])
    assert "The opera" in page(browser(stage.officer), "/desk/culture/")
    assert "The opera" in page(browser(), "/culture/shows/?place=P1&stand=ordered")
    assert "Nothing fits" in page(browser(), "/culture/shows/?place=P2")
