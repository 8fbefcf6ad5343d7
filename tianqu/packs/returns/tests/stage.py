"""An office that asks two counties for their trade, a second office, and everybody who files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.utils import timezone

from tests.kernel.places.prefecture import Prefecture
from tests.kernel.places.prefecture import build as build_prefecture
from tests.orders.hotline import CALENDAR
from tianqu.base.identifiers import named_identifier, new_identifier
from tianqu.kernel.journal.api import SYSTEM, Actor, set_scope
from tianqu.kernel.orders import api as orders
from tianqu.kernel.places.api import actor_of, create_unit, unit_with
from tianqu.packs.returns import acts
from tianqu.packs.returns.designing import ColumnChoice, ColumnKind, FormCheck, FormColumn, Periodicity
from tianqu.packs.returns.filling import FilingRow
from tianqu.packs.returns.queries import FilingDetail, filing_detail

ITEM = Path(__file__).resolve().parents[4] / "realms" / "dezhou" / "items" / "returns.yaml"
COLUMNS = (
    FormColumn("exports", "出口", "Exports", unit_zh="万元", unit_en="10,000 yuan"),
    FormColumn("imports", "进口", "Imports", unit_zh="万元", unit_en="10,000 yuan"),
    FormColumn("total", "进出口", "Total", unit_zh="万元", unit_en="10,000 yuan"),
    FormColumn("firms", "企业数", "Firms", ColumnKind.INTEGER, 0, required=False),
    FormColumn("note", "说明", "Note", ColumnKind.TEXT, 0, required=False, personal=True),
    FormColumn(
        "quality", "数据质量", "Quality", ColumnKind.CHOICE, 0, required=False,
        choices=(ColumnChoice("final", "终报", "Final"), ColumnChoice("quick", "快报", "Quick")),
    ),
)  # fmt: skip
CHECKS = (
    FormCheck("sum", "exports + imports = total", "出口与进口之和等于进出口", "Exports and imports make the total"),
    FormCheck("steady", "within(total, 30)", "进出口变动不超过30%", "The total moves by at most 30 %", soft=True),
)
SOON = timedelta(days=10)


def trade(exports: object, imports: object, total: object, **more: Any) -> FilingRow:
    """A row of trade."""
    return FilingRow("", {"exports": exports, "imports": imports, "total": total, **more})


GOOD = trade("60", "40.00", 100)


@dataclass(frozen=True)
class Stage:
    """What the tests hold on to."""

    prefecture: Prefecture
    officer: Actor
    colleague: Actor  # of the same office
    stranger: Actor  # the officer of another office
    clerk: Actor  # of the first county
    second: Actor  # another one of the same unit
    neighbour: Actor  # of the second county
    form_id: UUID

    @property
    def units(self) -> list[UUID]:
        return [self.prefecture.units[code].id for code in ("c1.housing", "c2.housing")]

    def design(self, **more: Any) -> int:
        told: dict[str, Any] = {
            "form_id": self.form_id, "code": "trade", "title_zh": "外贸进出口", "title_en": "Trade",
            "periodicity": Periodicity.YEAR, "columns": COLUMNS, "checks": CHECKS,
        }  # fmt: skip
        return acts.design_form(more.pop("actor", self.officer), **(told | more))

    def open(self, period: str = "2020", **more: Any) -> UUID:
        """Ask both counties, and return the campaign's identifier."""
        told: dict[str, Any] = {
            "campaign_id": new_identifier(), "form_id": self.form_id, "period": period, "due_on": today() + SOON,
            "unit_ids": self.units,
        }  # fmt: skip
        told |= more
        actor = told.pop("actor", self.officer)
        acts.open_campaign(actor, **told)
        campaign_id: UUID = told["campaign_id"]
        return campaign_id

    def filing(self, campaign_id: UUID, place: int = 0) -> UUID:
        return named_identifier(f"return:{campaign_id}:{self.units[place]}")

    def submit(self, filing_id: UUID, *rows: FilingRow, **more: Any) -> int:
        told: dict[str, Any] = {"revision_id": new_identifier(), "rows": rows or (GOOD,)}
        return acts.submit_filing(more.pop("actor", self.clerk), filing_id=filing_id, **(told | more))

    def accepted(self, period: str, *rows: FilingRow, place: int = 0, **more: Any) -> UUID:
        """A campaign of a period with an accepted return of one county; returns the filing."""
        campaign_id = more.pop("campaign_id", None) or self.open(period)
        filing_id = self.filing(campaign_id, place)
        number = self.submit(filing_id, *rows, actor=(self.clerk, self.neighbour)[place], **more)
        acts.accept_filing(self.officer, filing_id=filing_id, number=number)
        return filing_id

    def told(self, filing_id: UUID, actor: Actor | None = None) -> FilingDetail:
        actor = actor or self.officer
        set_scope(actor.scope)
        return filing_detail(actor, filing_id=filing_id)

    def state(self, filing_id: UUID) -> str:
        return self.told(filing_id).line.state


def today() -> date:
    return timezone.localdate()


def build() -> Stage:
    """Load everything through acts."""
    prefecture = build_prefecture()
    units = prefecture.units
    units["city.statistics"] = unit_with(create_unit(
        SYSTEM, code="city.statistics", name="市统计局", kind="statistics_bureau",
        place_id=prefecture.places["P"].id, parent_id=units["city"].id,
    ))  # fmt: skip
    orders.publish_calendar(SYSTEM, content=CALENDAR)
    orders.publish_items(SYSTEM, definitions=orders.items_in(ITEM.read_bytes(), name="returns.yaml"))
    orders.forget_catalogue()

    def post(unit: str, role: str) -> Actor:
        return actor_of(prefecture.person(unit, role, name="何某"), channel="web")

    officer, statistician = "return_officer", "return_statistician"
    stage = Stage(
        prefecture, post("city.statistics", officer), post("city.statistics", officer), post("city.centre", officer),
        post("c1.housing", statistician), post("c1.housing", statistician), post("c2.housing", statistician),
        new_identifier(),
    )  # fmt: skip
    stage.design()
    return stage
