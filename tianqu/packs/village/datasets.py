"""The registers of villages as datasets: contracts, parcels and findings, without names and typed texts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from tianqu.kernel.datasets.api import Column, DatasetDeclaration, JournalSource, Schema

SUBJECT: Final = Column("subject", "text", "标识", "Identifier")
PLACE: Final = Column("place", "text", "村标识", "Identifier of the village", path="place")


def _mu(parts: Any) -> str | None:
    return format(Decimal(parts) / 10_000, "f") if isinstance(parts, int) else None


def _yuan(fen: Any) -> str | None:
    return format(Decimal(fen) / 100, "f") if isinstance(fen, int) else None


def contract_row(after: dict[str, Any]) -> dict[str, Any]:
    """What the columns of a contract are read from."""
    terms = after.get("terms") or {}
    return {
        **{name: terms.get(name) for name in ("kind", "land_class", "signed_on", "starts_on", "until", "number")},
        **{name: terms.get(name) for name in ("lessee", "lessor")},
        **{name: after.get(name) for name in ("place", "state", "ended_on")},
        "area_mu": _mu(terms.get("area_mu_4")), "rent_year": _yuan(terms.get("rent_year_fen")),
        "instalments": len(terms.get("instalments") or ()),
    }  # fmt: skip


def parcel_row(after: dict[str, Any]) -> dict[str, Any]:
    """What the columns of a parcel are read from."""
    return after | {"area_mu": _mu(after.get("area_mu_4")), "ended_on": after.get("valid_to")}


CONTRACTS = DatasetDeclaration(
    code="village.contracts",
    title="村集体合同",
    title_en="Contracts of villages",
    grain="一份合同的当前状态",
    grain_en="One contract as it stands",
    description="村集体土地和资产合同的种类、面积、租金与期限。合同双方和编号不公开。",
    description_en="Kind, area, rent and dates of the contracts of villages; parties and numbers are not open.",
    domain="agriculture",
    unit="agriculture_bureau",
    access="open",
    source=JournalSource("contract", shaped=contract_row),
    schema=Schema(
        (
            SUBJECT,
            PLACE,
            Column("kind", "text", "合同种类", "Kind", path="kind"),
            Column("land_class", "text", "地类", "Class of land", path="land_class"),
            Column("state", "text", "状态", "State", path="state"),
            Column("area_mu", "decimal", "面积", "Area", unit="亩", decimals=4, path="area_mu"),
            Column("rent_year", "decimal", "年租金", "Rent a year", unit="元", decimals=2, path="rent_year"),
            Column("instalments", "integer", "付款期数", "Instalments", path="instalments"),
            Column("signed_on", "date", "签订日期", "Signed", path="signed_on"),
            Column("starts_on", "date", "起始日期", "Begins", path="starts_on"),
            Column("until", "date", "到期日期", "Until", path="until"),
            Column("ended_on", "date", "终止日期", "Ended", path="ended_on"),
            Column("number", "text", "合同编号", "Number", closed=True, path="number"),
            Column("lessor", "text", "发包方", "Lessor", personal=True, closed=True, path="lessor"),
            Column("lessee", "text", "承包方", "Lessee", personal=True, closed=True, path="lessee"),
        ),
        ("subject",),
    ),
)
PARCELS = DatasetDeclaration(
    code="village.parcels",
    title="村集体地块",
    title_en="Parcels of villages",
    grain="一个地块的当前状态",
    grain_en="One parcel as it stands",
    description="村集体地块的地类、面积和是否闲置。名称、编号和边界不公开。",
    description_en="Class, area and idleness of the parcels of villages; names, numbers and boundaries are not open.",
    domain="resources",
    unit="natural_resources_bureau",
    access="open",
    source=JournalSource("parcel", shaped=parcel_row),
    schema=Schema(
        (
            SUBJECT,
            PLACE,
            Column("land_class", "text", "地类", "Class of land", path="land_class"),
            Column("idle", "boolean", "闲置", "Idle", path="idle"),
            Column("area_mu", "decimal", "面积", "Area", unit="亩", decimals=4, path="area_mu"),
            Column("valid_from", "date", "登记日期", "Since", path="valid_from"),
            Column("valid_to", "date", "注销日期", "Until", path="valid_to"),
            Column("change", "text", "最近变动", "Newest change", path="kind"),
            Column("number", "text", "地块编号", "Number", closed=True, path="number"),
            Column("name", "text", "名称", "Name", closed=True, path="name"),
            Column("use", "text", "用途", "Use", closed=True, path="use"),
        ),
        ("subject",),
    ),
)
FINDINGS = DatasetDeclaration(
    code="village.findings",
    title="村级监督问题",
    title_en="Findings about villages",
    grain="一项问题及其整改",
    grain_en="One finding and what became of it",
    description="对村集体合同、地块等提出的问题：依据的规则、轻重和整改时间。",
    description_en="What was found about contracts and land of villages: rule, gravity and when it was put right.",
    domain="agriculture",
    unit="agriculture_bureau",
    access="open",
    source=JournalSource("finding"),
    schema=Schema(
        (
            SUBJECT,
            PLACE,
            Column("about", "text", "对象", "About", path="subject"),
            Column("rule", "text", "规则", "Rule", path="rule"),
            Column("severity", "text", "轻重", "How grave", path="severity"),
            Column("opened_on", "date", "提出日期", "Opened", path="opened_on"),
            Column("rectify_by", "date", "整改期限", "To be put right by", path="rectify_by"),
            Column("answered_on", "date", "答复日期", "Answered", path="answered_on"),
            Column("closed_on", "date", "办结日期", "Closed", path="closed_on"),
            Column("upheld", "boolean", "认定属实", "Upheld", path="upheld"),
        ),
        ("subject",),
    ),
)
DATASETS = (CONTRACTS, PARCELS, FINDINGS)
