"""Two villages of two counties with their accountants, and what the tests of the registers hold on to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from tests.kernel.places.prefecture import Prefecture
from tests.kernel.places.prefecture import build as build_prefecture
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM, Actor, seeing, set_scope
from tianqu.kernel.places.api import actor_of, create_unit
from tianqu.kernel.places.models import Unit
from tianqu.packs.village import acts
from tianqu.packs.village.models import HoldingKind, ParcelVersion
from tianqu.packs.village.registers.contracts import ContractTerms
from tianqu.packs.village.registers.holdings import HoldingFacts
from tianqu.packs.village.registers.land import ParcelFacts
from tianqu.packs.village.rules.facts import ContractKind, LandClass

DAY = date(2021, 1, 1)
LATER = date(2022, 6, 1)
ARABLE = LandClass.ARABLE


@dataclass(frozen=True)
class Villages:
    """The village Wangzhuang in Decheng, and Zhaozhuang in Ningjin next to it."""

    prefecture: Prefecture
    accountant: Actor
    auditor: Actor  # of the township above the village
    villager: Actor
    stranger: Actor  # the accountant of the other village

    @property
    def place_id(self) -> UUID:
        return self.prefecture.places["P102001"].id

    @property
    def other_place_id(self) -> UUID:
        return self.prefecture.places["P201001"].id

    def parcel(self, number: str = "1", area_mu_4: int = 123_456, **more: Any) -> UUID:
        """Enter a parcel and return its identifier."""
        told: dict[str, Any] = {"place_id": self.place_id, "parcel_id": new_identifier(), "day": DAY}
        actor = more.pop("actor", self.accountant)
        told |= {name: more.pop(name) for name in tuple(more) if name in ("place_id", "parcel_id", "day", "reason")}
        return acts.register_parcel(
            actor, number=number, facts=ParcelFacts(area_mu_4, more.pop("land_class", ARABLE), **more), **told
        )

    def contract(self, number: str = "C1", **more: Any) -> UUID:
        """Enter a contract and return its identifier."""
        actor = more.pop("actor", self.accountant)
        place_id, contract_id = more.pop("place_id", self.place_id), more.pop("contract_id", new_identifier())
        return acts.register_contract(actor, place_id=place_id, contract_id=contract_id, terms=terms(number, **more))

    def holding(self, number: str = "Z1", kind: HoldingKind = HoldingKind.DEBT, **more: Any) -> UUID:
        """Enter a debt of 10,000 yuan, or something else, and return its identifier."""
        actor, holding_id = more.pop("actor", self.accountant), more.pop("holding_id", new_identifier())
        told: dict[str, Any] = {"name": "欠工程款", "amount_fen": 1_000_000, "party": "吴施工"}
        return acts.register_holding(
            actor, place_id=self.place_id, holding_id=holding_id, kind=kind, number=number, day=more.pop("day", DAY),
            facts=HoldingFacts(**(told | more)),
        )  # fmt: skip

    def post(self, unit: str, role: str) -> Actor:
        """Somebody new who holds a role at a unit."""
        return actor_of(self.prefecture.person(unit, role, name="何某"), channel="web")

    def area(self) -> int:
        """The area of all parcels until further notice, in 0.0001 mu."""
        with seeing(SYSTEM.scope):
            whole = sum(version.area_mu_4 for version in ParcelVersion.objects.filter(valid_to__isnull=True))
        set_scope(self.accountant.scope)
        return whole


def terms(number: str = "C1", **more: Any) -> ContractTerms:
    """A sound lease of ten years, with something changed."""
    told: dict[str, Any] = {
        "kind": ContractKind.LEASE, "lessee": "李承租", "signed_on": date(2021, 6, 1), "starts_on": date(2021, 6, 1),
        "until": date(2031, 6, 1), "area_mu_4": 100_000, "land_class": ARABLE, "rent_year_fen": 500_000,
    }  # fmt: skip
    return ContractTerms(number=number, **(told | more))


def build() -> Villages:
    """Load everything through acts."""
    prefecture = build_prefecture()
    for code, place in (("v102001", "P102001"), ("v201001", "P201001")):
        create_unit(
            SYSTEM, code=code, name=f"{code}村委会", kind="village_committee", place_id=prefecture.places[place].id
        )
    prefecture.units.update({unit.code: unit for unit in Unit.objects.filter(code__in=["v102001", "v201001"])})

    def post(unit: str, role: str, name: str) -> Actor:
        return actor_of(prefecture.person(unit, role, name=name), channel="web")

    return Villages(
        prefecture, accountant=post("v102001", "village_accountant", "赵会计"),
        auditor=post("t102", "township_auditor", "钱审计"), villager=post("v102001", "villager", "孙村民"),
        stranger=post("v201001", "village_accountant", "周外乡"),
    )  # fmt: skip
