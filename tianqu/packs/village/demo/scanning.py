"""The step of the demonstration that keeps scans with some contracts: papers which say that they are invented."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any, Final

from django.utils import timezone

from tianqu.base.quantities import UNITS, format_quantity, quantity_said
from tianqu.base.typesetting import typeset, typeset_pictures
from tianqu.kernel.files.api import store_file
from tianqu.kernel.journal.api import SYSTEM
from tianqu.kernel.pack.api import DemoStage
from tianqu.packs.village.demo.queries import has_scans, staffed_places, written_contracts
from tianqu.packs.village.models import Contract
from tianqu.packs.village.rules.facts import ContractKind
from tianqu.packs.village.scanning.acts import attach_scans
from tianqu.packs.village.scanning.models import ScanKind
from tianqu.packs.village.tables import KIND_NAMES
from tianqu.packs.village.wall.producing import VillageAsked, villages_with_books

TEMPLATE: Final = "packs/village/demo/scan.typ"
SAMPLE_VILLAGES: Final = 3
SAMPLE_CONTRACTS: Final = 4  # of each
PICTURED: Final = 3  # every so many-th is a picture and no PDF
DOTS_PER_INCH: Final = 110
SCANNED_AT: Final = datetime.combine(date(2021, 1, 15), time(10))


def scans_of_sample(stage: DemoStage) -> int:
    """Keep a scan with some contracts of some villages; return how many were new. Safe to run again."""
    contracts = [
        contract for village in _sample(stage.root)
        for contract in written_contracts(village.path, limit=SAMPLE_CONTRACTS)
    ]  # fmt: skip
    count = 0
    for number, contract in enumerate(contracts):
        if not has_scans(contract):
            content, ending = _scan(contract, as_picture=number % PICTURED == PICTURED - 1)
            stored = store_file(SYSTEM, content=content, name=f"合同{contract.number}（虚构）.{ending}")
            dated: dict[str, Any] = {"at": SCANNED_AT.replace(tzinfo=timezone.get_current_timezone())}
            count += attach_scans(
                SYSTEM, contract_id=contract.id, files=[stored.id], kind=ScanKind.CONTRACT, **dated
            )  # fmt: skip
        stage.tell(number + 1, len(contracts))
    return count


def _sample(root: str) -> list[VillageAsked]:
    """Some villages with books, first those whose accountant can sign in and look at them."""
    staffed = staffed_places()
    villages = sorted(villages_with_books(root), key=lambda village: village.path not in staffed)
    return villages[:SAMPLE_VILLAGES]


def _scan(contract: Contract, *, as_picture: bool) -> tuple[bytes, str]:
    """The bytes of a paper, and the ending of its name."""
    told = _told(contract)
    if as_picture:
        return typeset_pictures(TEMPLATE, told, dots_per_inch=DOTS_PER_INCH)[0], "png"
    dated = datetime.combine(contract.signed_on, time(12), timezone.get_current_timezone())
    return typeset(TEMPLATE, told, dated=dated), "pdf"


def _told(contract: Contract) -> dict[str, Any]:
    rent = contract.rent_year_fen
    until = contract.until.isoformat() if contract.until else "不定期"
    kind = KIND_NAMES[ContractKind(contract.kind)][0]
    return {
        "title": f"{kind}合同", "invented": "演示用，内容纯属虚构",
        "rows": [
            ["编号", contract.number], ["出租（发包）方", contract.lessor], ["承租（承包）方", contract.lessee],
            ["面积", quantity_said(contract.area_mu_4, UNITS["mu_4"], english=False)],
            ["期限", f"{contract.starts_on.isoformat()} 至 {until}"],
            ["年租金", f"{format_quantity(rent, UNITS['fen'])} 元" if rent is not None else "无"],
        ],
        "clauses": [
            "一、承租方按约定用途使用土地，不得擅自改变用途或转租。", "二、租金按年缴入村集体账户，由村集体开具票据。",
            "三、期满土地完好交还；同等条件下原承租方优先。",
        ],
        "signed": ["出租方（章）：", f"签订日期：{contract.signed_on.isoformat()}"],
    }  # fmt: skip
