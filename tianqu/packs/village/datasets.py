"""The registers of villages as datasets: contracts, parcels and findings, without names and typed texts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from tianqu.kernel.datasets.api import Column, DatasetDeclaration, JournalSource, RowPage, Schema

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


def put_right_row(after: dict[str, Any]) -> dict[str, Any]:
    """What the columns are read from: a finding with what is booked with it, and whether it is not put right."""
    booked, closed = after.get("put_right") or {}, after.get("closed_on")
    claims, debts = (booked.get(kind, 0) for kind in ("claim_settled", "debt_settled"))
    return after | {
        "not_put_right": not (closed and after.get("upheld")),
        "contract": after.get("subject_id") if after.get("subject") == "contract" else None,
        "year": int(closed[:4]) if closed else None,
        "idle_land": _mu(booked.get("land_recovered", 0)),
        "claims": _yuan(claims), "debts": _yuan(debts), "settled": _yuan(claims + debts),
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
    row_page=RowPage("/villages/contracts/{}/", "subject", "village.see"),
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
    row_page=RowPage("/villages/findings/{}/", "subject", "village.see"),
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
PUT_RIGHT = DatasetDeclaration(
    code="village.put_right",
    title="村集体已整改问题",
    title_en="What villages put right",
    grain="一项已整改办结的问题",
    grain_en="One finding that was closed as put right",
    description="办结时一并入账的收回土地和清理的债权债务；重新立案的问题不再计入。",
    description_en="Land recovered, claims and debts settled as booked with the closing; reopened ones do not count.",
    domain="agriculture",
    unit="agriculture_bureau",
    access="open",
    frequency="irregular",
    source=JournalSource("finding", unless="not_put_right", shaped=put_right_row),
    row_page=RowPage("/villages/findings/{}/", "subject", "village.see"),
    schema=Schema(
        (
            SUBJECT,
            Column("county", "text", "县市区", "County", path="county"),
            PLACE,
            Column("year", "integer", "办结年度", "Year of closing", path="year"),
            Column("closed_on", "date", "办结日期", "Closed", path="closed_on"),
            Column("about", "text", "对象", "About", path="subject"),
            Column("rule", "text", "规则", "Rule", path="rule"),
            Column("contract", "text", "整改合同标识", "Identifier of the contract", path="contract"),
            Column("idle_land", "decimal", "收回闲散土地", "Idle land", unit="亩", decimals=4, path="idle_land"),
            Column("claims", "decimal", "清理债权", "Claims settled", unit="元", decimals=2, path="claims"),
            Column("debts", "decimal", "清理债务", "Debts settled", unit="元", decimals=2, path="debts"),
            Column("settled", "decimal", "清理债权债务", "Both settled", unit="元", decimals=2, path="settled"),
        ),
        ("subject",),
    ),
)
DATASETS = (CONTRACTS, PARCELS, FINDINGS, PUT_RIGHT)
