"""A village's parcels and contract in Decheng, marked in everything that is written, and what asks for them."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from tests.kernel.places.prefecture import Prefecture
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM
from tianqu.packs.village import acts
from tianqu.packs.village.meetings import acts as meeting_acts
from tianqu.packs.village.meetings.procedure import MatterKind, MeetingBody
from tianqu.packs.village.models import HoldingKind
from tianqu.packs.village.registers.contracts import ContractTerms, Particulars
from tianqu.packs.village.registers.holdings import HoldingFacts
from tianqu.packs.village.registers.land import ParcelFacts
from tianqu.packs.village.registers.matters import MatterTerms, MeetingFacts, RollFacts
from tianqu.packs.village.rules.facts import ContractKind, LandClass

DAY = date(2021, 6, 1)
VILLAGE = "P102001"
# What whoever sees the registers of the village reads, and what only they read who may see the parties.
LAND = (
    "标记地块", "标记地名", "标记耕种", "标记合同", "标记出租", "标记决议", "标记债号", "标记债务", "标记备注",
    "标记议号", "标记事项", "标记会场", "标记议定",
)  # fmt: skip
PARTY = ("标人承租", "标人债主", "标人代表")


class MarkedRegisters:
    """Two parcels, and a contract on the first of them."""

    def __init__(self, prefecture: Prefecture) -> None:
        self.place_id: UUID = prefecture.places[VILLAGE].id
        self.parcel_ids = [self.parcel("标记地块"), self.parcel("标记地块2")]
        self.contract_id: UUID = acts.register_contract(
            SYSTEM, place_id=self.place_id, contract_id=new_identifier(),
            terms=ContractTerms(
                "标记合同", ContractKind.LEASE, PARTY[0], DAY, DAY, 10_000, parcel_ids=(self.parcel_ids[0],),
                lessor="标记出租", particulars=Particulars(resolution_reference="标记决议"),
            ),
        )  # fmt: skip
        self.holding_id: UUID = acts.register_holding(
            SYSTEM, place_id=self.place_id, holding_id=new_identifier(), kind=HoldingKind.DEBT, number="标记债号",
            day=DAY, facts=HoldingFacts("标记债务", 10_000, PARTY[1], note="标记备注"),
        )  # fmt: skip

        self.matter_id: UUID = meeting_acts.open_matter(
            SYSTEM, place_id=self.place_id, matter_id=new_identifier(),
            matter=MatterTerms("标记议号", "标记事项", MatterKind.OTHER),
        )  # fmt: skip
        self.step_id: UUID = meeting_acts.enter_meeting(
            SYSTEM, matter_id=self.matter_id, step_id=new_identifier(),
            meeting=MeetingFacts(
                MeetingBody.REPRESENTATIVES, DAY, 3, 3, 3, location="标记会场", text="标记议定"
            ),
        )  # fmt: skip
        self.roll_id: UUID = meeting_acts.enter_roll(
            SYSTEM, place_id=self.place_id, roll_id=new_identifier(),
            roll=RollFacts(MeetingBody.REPRESENTATIVES, DAY, (PARTY[2],)),
        )  # fmt: skip

    def parcel(self, number: str) -> UUID:
        facts = ParcelFacts(10_000, LandClass.ARABLE, name="标记地名", use="标记耕种")
        return acts.register_parcel(
            SYSTEM, place_id=self.place_id, parcel_id=new_identifier(), number=number, day=DAY, facts=facts
        )

    def values(self) -> dict[str, list[str]]:
        """What fills the addresses of the registers."""
        return {
            "parcel_id": [str(one) for one in self.parcel_ids],
            "contract_id": [str(self.contract_id)],
            "holding_id": [str(self.holding_id)],
            "matter_id": [str(self.matter_id)],
            "step_id": [str(self.step_id)],
            "roll_id": [str(self.roll_id)],
        }

    def asked(self) -> list[str]:
        """What is answered only to a question."""
        return [
            *(f"/api/v1/village/{what}?place={place}" for what in (
                "parcels", "contracts", "land-sums", "holdings", "matters", "rolls"
            ) for place in (VILLAGE, "P")),
            f"/villages/land/merge?parcel={self.parcel_ids[0]}&parcel={self.parcel_ids[1]}",
            f"/villages/land/?on={DAY}", "/villages/land.csv", "/villages/contracts.csv", "/villages/holdings.csv",
            "/villages/meetings.csv", f"/villages/meetings/{self.matter_id}/sheet?body=representatives",
            f"/api/v1/village/matters/{self.matter_id}/vote-sheet?body=representatives",
        ]  # fmt: skip
