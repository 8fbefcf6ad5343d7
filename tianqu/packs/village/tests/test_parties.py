"""Everybody reads the names of organisations, and of no person: on posters, in lists and over the API."""

from __future__ import annotations

import pytest

from tests.web.api.calling import caller
from tianqu.packs.village.models import HoldingKind
from tianqu.packs.village.parties import is_organisation, masked
from tianqu.packs.village.tests.test_register_pages import browser, text
from tianqu.packs.village.tests.test_wall_pages import visitor
from tianqu.packs.village.tests.walls import PLACE, QUARTER, WallVillage, a_quarter

ORGANISATIONS = (
    "王庄村村委会", "王庄村村民委员会", "安业社区居民委员会", "王庄村村委", "第三村民小组", "王庄村股份经济合作社",
    "共和村村委会", "德州永和食品有限公司", "金泰和公司", "李宁公司", "华宇纺织厂", "新华街道办事处", "市水利局",
    "农村信用合作社", "德州市第一中学", "恒通物流公司、鑫泰机械公司",
)  # fmt: skip
PERSONS = (
    "张三", "张大学", "李局", "王学厂", "张新村", "李学会", "阿卜杜拉", "欧阳建国", "李承租家庭农场", "张三商店",
    "王庄村村委会张三", "王庄村村委会（张三）", "张三、王庄村村委会", "张三和王庄村村委会", "张三代王庄村村委会",
    "张三的公司", "",
)  # fmt: skip


@pytest.mark.parametrize("name", ORGANISATIONS)
def test_an_organisation_is_told_whole(name: str) -> None:
    assert is_organisation(name) and masked(name) == name


@pytest.mark.parametrize("name", PERSONS)
def test_whatever_is_not_certainly_one_is_masked(name: str) -> None:
    assert not is_organisation(name) and masked(name)[1:].strip("*") == ""


def test_posters_lists_and_api_name_organisations_and_nobody(wall_village: WallVillage) -> None:
    a_quarter(wall_village)
    villages = wall_village.villages
    factory, committee, farmer = "华宇纺织厂", "赵庄村村委会", "郑农户"
    contract = villages.contract("C8", lessor=committee, lessee=factory)
    villages.contract("C9", lessor=farmer, lessee=farmer)
    villages.holding("Z8", HoldingKind.DEBT, name=f"欠{factory}货款", party=factory)
    wall_village.post(("101", 5), ("531", -5), voucher=f"{factory}收据")
    wall_village.publish(reason=f"补记{factory}的合同")  # no person is named by it
    body = wall_village.edition().entry.body
    assert body is not None and farmer not in body.decode()
    assert all(said in body.decode() for said in (f"欠{factory}货款", f"{factory}收据", "郑**"))
    page = visitor().get(f"/wall/{PLACE}/{QUARTER}/1/").content.decode()
    assert factory in page and farmer not in page
    villager = browser(villages.villager)
    shown = text(villager.get(f"/villages/contracts/{contract}/"))
    assert factory in shown and committee in shown
    rows = {row["number"]: row for row in caller(villages.villager).read("/village/contracts")["rows"]}
    assert (rows["C8"]["lessor"], rows["C8"]["lessee"], rows["C9"]["lessee"]) == (committee, factory, "郑**")
    assert farmer not in text(villager.get("/villages/contracts/"))
