"""A village's parcels and contract in Decheng, marked in everything that is written, and what asks for them."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

from django.utils import timezone

from tests.kernel.places.prefecture import Prefecture
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.files.api import store_file
from tianqu.kernel.journal.api import SYSTEM
from tianqu.kernel.orders.api import forget_catalogue, items_in, publish_items
from tianqu.kernel.places.api import actor_of, create_unit
from tianqu.kernel.places.models import Unit
from tianqu.packs.village import acts
from tianqu.packs.village.desk import acts as desk_acts
from tianqu.packs.village.desk.models import ReviewSubject
from tianqu.packs.village.findings import acts as finding_acts
from tianqu.packs.village.findings.models import SubjectKind
from tianqu.packs.village.findings.registers.matters import Evidence
from tianqu.packs.village.meetings import acts as meeting_acts
from tianqu.packs.village.meetings.procedure import MatterKind, MeetingBody
from tianqu.packs.village.models import HoldingKind
from tianqu.packs.village.registers.contracts import ContractTerms, Particulars
from tianqu.packs.village.registers.holdings import HoldingFacts
from tianqu.packs.village.registers.land import ParcelFacts
from tianqu.packs.village.registers.matters import MatterTerms, MeetingFacts, RollFacts
from tianqu.packs.village.rules.facts import ContractKind, LandClass
from tianqu.packs.village.scanning.acts import attach_scans

DAY = date(2021, 6, 1)
VILLAGE = "P102001"
# What whoever sees the registers of the village reads, and what only they read who may see the parties.
LAND = (
    "标记地块", "标记地名", "标记耕种", "标记合同", "标记出租", "标记决议", "标记债号", "标记债务", "标记备注",
    "标记议号", "标记事项", "标记会场", "标记议定",
)  # fmt: skip
DESK = ("标记种子", "标记批注")  # what only they read who see what auditors look at
PARTY = ("标人承租", "标人债主", "标人代表", "标人问题", "标人答复", "标人扫描")
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
LISTS = ("parcels", "contracts", "land-sums", "holdings", "matters", "rolls", "findings", "overdue-findings")
ITEM = Path(__file__).resolve().parents[2] / "realms" / "dezhou" / "items" / "village.yaml"


class MarkedRegisters:
    """Two parcels, and a contract with a scan on the first of them; whoever makes them has a place for files."""

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
        self.scan_id = store_file(SYSTEM, content=PDF, name=f"{PARTY[5]}.pdf").id
        attach_scans(SYSTEM, contract_id=self.contract_id, files=[self.scan_id])
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
        self.sample_id: UUID = desk_acts.draw_sample(
            SYSTEM, place_id=self.place_id, sample_id=new_identifier(), subject=ReviewSubject.CONTRACT, first_day=DAY,
            last_day=DAY, count=1, seed=DESK[0],
        )  # fmt: skip
        self.review_id: UUID = desk_acts.begin_review(
            SYSTEM, review_id=new_identifier(), subject=ReviewSubject.CONTRACT, subject_id=self.contract_id
        )
        desk_acts.comment_review(SYSTEM, review_id=self.review_id, note_id=new_identifier(), text=DESK[1])
        self.finding_id, self.drawing_id = self.finding(prefecture)

    def finding(self, prefecture: Prefecture) -> tuple[UUID, UUID]:
        """A finding about the contract that the village has answered, and a drawing that is announced."""
        publish_items(SYSTEM, definitions=items_in(ITEM.read_bytes(), name=ITEM.name))
        forget_catalogue()
        create_unit(SYSTEM, code="v102001", name="王庄村委会", kind="village_committee", place_id=self.place_id)
        prefecture.units["v102001"] = Unit.objects.get(code="v102001")
        auditor, keeper, inspector = (
            actor_of(prefecture.person(unit, role, name="何某"), channel="web")
            for unit, role in (
                ("t102", "township_auditor"), ("v102001", "village_accountant"), ("c1.housing", "county_inspector"),
            )
        )  # fmt: skip
        about = Evidence(SubjectKind.CONTRACT, self.contract_id)
        finding_id = finding_acts.open_finding(
            auditor, finding_id=new_identifier(), subject=about.kind, subject_id=about.id, text=PARTY[3]
        )
        finding_acts.answer_finding(
            keeper, finding_id=finding_id, answer_id=new_identifier(), text=PARTY[4], evidence=[about]
        )
        today, drawing_id = timezone.localdate(), new_identifier()
        finding_acts.announce_drawing(
            inspector, place_id=prefecture.places["P1"].id, drawing_id=drawing_id, first_day=today, last_day=today,
            draw_on=today + timedelta(days=1), count=1,
        )  # fmt: skip
        return finding_id, drawing_id

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
            "scan_id": [str(self.scan_id)],
            "holding_id": [str(self.holding_id)],
            "matter_id": [str(self.matter_id)],
            "step_id": [str(self.step_id)],
            "roll_id": [str(self.roll_id)],
            "sample_id": [str(self.sample_id)],
            "review_id": [str(self.review_id)],
            "finding_id": [str(self.finding_id)],
            "drawing_id": [str(self.drawing_id)],
            "ocid": [f"ocds-tianqu-{self.contract_id}"],
        }

    def asked(self) -> list[str]:
        """What is answered only to a question."""
        return [
            *(f"/api/v1/village/{what}?place={place}" for what in LISTS for place in (VILLAGE, "P")),
            f"/api/v1/village/put-right?place={VILLAGE}&first_day=2024-01-01&last_day=2030-01-01",
            *(f"/api/v1/ocds/releases?place={place}" for place in (VILLAGE, "P")),
            f"/villages/land/merge?parcel={self.parcel_ids[0]}&parcel={self.parcel_ids[1]}",
            f"/villages/land/?on={DAY}", "/villages/land.csv", "/villages/contracts.csv", "/villages/holdings.csv",
            "/villages/contracts/register.csv",
            "/villages/trends/rows?figure=unresolved&year=2021", "/villages/trends.csv?year=2021",
            "/api/v1/village/trends/rows?figure=unresolved&year=2021",
            "/villages/desk.csv", f"/villages/desk/reviews/new?contract={self.contract_id}",
            "/villages/meetings.csv", f"/villages/meetings/{self.matter_id}/sheet?body=representatives",
            f"/api/v1/village/matters/{self.matter_id}/vote-sheet?body=representatives",
        ]  # fmt: skip
