"""What the spreadsheets of the registers look like: their columns, how a line is read, and the templates to fill in."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import date
from enum import Enum
from typing import Any, Final, TypeVar

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from tianqu.base.errors import InvalidInput, _, at_field
from tianqu.base.quantities import UNITS, format_quantity, read_quantity
from tianqu.base.spreadsheets import MARK, csv_line
from tianqu.kernel.files.api import SheetColumn, day_read
from tianqu.packs.village.models import HoldingKind
from tianqu.packs.village.registers.contracts import ContractTerms, Particulars
from tianqu.packs.village.registers.holdings import HoldingFacts
from tianqu.packs.village.registers.importing import ContractLine, ParcelLine
from tianqu.packs.village.registers.importing_holdings import HoldingLine
from tianqu.packs.village.registers.land import ParcelFacts
from tianqu.packs.village.rules.facts import Body, ContractKind, LandClass, Resolution
from tianqu.packs.village.schedules import schedule_read, schedule_said
from tianqu.packs.village.tabular import numbers_typed
from tianqu.packs.village.words import english as in_english
from tianqu.packs.village.words import listed

Choice = TypeVar("Choice", bound=Enum)
CLASS_NAMES: Final = {
    LandClass.ARABLE: ("耕地", "Arable land"), LandClass.GARDEN: ("园地", "Orchards and gardens"),
    LandClass.FOREST: ("林地", "Forest"), LandClass.GRASSLAND: ("草地", "Grassland"),
    LandClass.WATER: ("坑塘水面", "Ponds and water"), LandClass.CONSTRUCTION: ("建设用地", "Construction land"),
    LandClass.HOMESTEAD: ("宅基地", "Homesteads"), LandClass.UNUSED: ("未利用地", "Unused land"),
    LandClass.BUILDING: ("房屋", "Buildings"),
}  # fmt: skip
KIND_NAMES: Final = {
    ContractKind.HOUSEHOLD: ("家庭承包", "Contracting by a household"),
    ContractKind.OTHER_MEANS: ("其他方式承包", "Contracting by other means"),
    ContractKind.LEASE: ("租赁", "Lease"), ContractKind.FLOW: ("承包地流转", "Transfer of contracted land"),
    ContractKind.CONSTRUCTION: ("集体经营性建设用地", "Commercial construction land"),
    ContractKind.HOMESTEAD: ("宅基地", "Homestead"),
}  # fmt: skip
HOLDING_NAMES: Final = {
    HoldingKind.ASSET: ("固定资产", "Fixed asset"), HoldingKind.FUND: ("资金", "Fund"),
    HoldingKind.CLAIM: ("债权", "Claim"), HoldingKind.DEBT: ("债务", "Debt"),
}  # fmt: skip
BODY_NAMES: Final = {
    Body.MEMBERS: ("成员大会", "Meeting of all members"),
    Body.REPRESENTATIVES: ("代表会议", "Meeting of representatives"),
}  # fmt: skip
YES: Final = frozenset({"是", "有", "√", "✓", "1", "yes", "true", "y", "闲置"})
NO: Final = frozenset({"", "否", "无", "×", "0", "no", "false", "n", "在用"})

LAND: Final = (
    SheetColumn("number", "地块编号", "Parcel number", True, ("编号", "地块编码", "地块号", "Number"), "12"),
    SheetColumn("area", "面积", "Area", True, ("实测面积", "面积亩", "亩数"), "12.5"),
    SheetColumn("class", "地类", "Class", True, ("土地类型", "地块类型", "Land class"), "耕地"),
    SheetColumn("name", "地块名称", "Name", False, ("名称",), "南洼"),
    SheetColumn("use", "用途", "Use", False, ("现状用途",), "小麦"),
    SheetColumn("idle", "是否闲置", "Idle", False, ("闲置",), "否"),
    SheetColumn("day", "登记日期", "From this day on", False, ("日期", "Day"), "2021-01-01"),
)
CONTRACTS: Final = (
    SheetColumn("number", "合同编号", "Contract number", True, ("编号", "合同号", "Number"), "2021-03"),
    SheetColumn("kind", "合同类别", "Kind", True, ("类别", "合同类型"), "租赁"),
    SheetColumn("lessee", "承租方", "Lessee", True, ("承包方", "乙方", "承租人", "承包人"), "李某"),
    SheetColumn("lessor", "出租方", "Lessor", False, ("发包方", "甲方", "发包（出租）方"), ""),
    SheetColumn("parcels", "地块编号", "Parcels", False, ("地块", "Numbers of the parcels"), "12"),
    SheetColumn("class", "地类", "Class", False, ("土地类型",), "耕地"),
    SheetColumn("area", "合同面积", "Area", True, ("面积", "面积亩"), "12.5"),
    SheetColumn("signed_on", "签订日期", "Signed on", True, ("签约日期",), "2021-06-01"),
    SheetColumn("starts_on", "起始日期", "Starts on", True, ("开始日期", "起"), "2021-06-01"),
    SheetColumn("until", "终止日期", "Until", False, ("截止日期", "止"), "2031-06-01"),
    SheetColumn("rent_year", "年租金", "Rent a year", False, ("租金", "年承包费"), "5000"),
    SheetColumn("schedule", "租金计划及已收", "What falls due, and paid", False, ("租金计划", "收款计划", "Schedule"),
                "2021-06-01 5000 2021-06-01 2022-06-01 5000；2022-06-01 5000 2022-06-01 2023-06-01 0"),
    SheetColumn("written", "书面合同", "In writing", False, ("是否书面",), "是"),
    SheetColumn("matter", "决议事项编号", "Number of the matter", False, ("事项编号", "议题编号"), ""),
    SheetColumn("reference", "决议存档处", "Resolution filed at", False, ("决议编号",), ""),
    SheetColumn("body", "决议主体", "Who resolved", False, (), "成员大会"),
    SheetColumn("held_on", "会议日期", "Held on", False, (), "2021-05-20"),
    SheetColumn("notice_on", "会议通知日期", "Announced on", False, ("通知日期",), "2021-05-09"),
    SheetColumn("entitled", "应到人数", "Entitled", False, (), "300"),
    SheetColumn("present", "到场人数", "Present", False, ("实到人数",), "210"),
    SheetColumn("agreed", "同意人数", "Agreed", False, (), "205"),
    SheetColumn("renewal", "是否续签", "Renewal", False, ("续签",), "否"),
    SheetColumn("lessee_outside", "是否外来承租", "Lessee from outside", False, ("外来承租",), "否"),
    SheetColumn("township_approved_on", "乡镇批准日期", "The township approved on", False, (), ""),
    SheetColumn("board_elected_on", "签约班子选举日期", "Board elected on", False, (), ""),
    SheetColumn("household_until", "承包户合同到期日", "Household's contract until", False, (), ""),
    SheetColumn("bounds_written", "写明四至面积期限用途", "Bounds, area, term and use in the text", False, (), ""),
    SheetColumn("measured_mu_4", "实测面积", "Measured area", False, (), ""),
    SheetColumn("use_agreed", "约定用途", "Use as agreed", False, (), "小麦"),
    SheetColumn("use_found", "现状用途", "Use as found", False, ("实际用途",), "小麦"),
    SheetColumn("sublet", "是否转租", "Let on", False, ("转租",), "否"),
    SheetColumn("sublet_consent", "转租是否经同意", "Consent to letting on", False, (), ""),
    SheetColumn("private_account", "租金是否进私人账户", "Rent to a private account", False, (), "否"),
    SheetColumn("receipts_fen", "票据收款", "Received by the receipts", False, (), ""),
    SheetColumn("posted_fen", "账面入账", "Posted in the books", False, (), ""),
    SheetColumn("occupied", "是否仍占用", "Lessee on the land", False, ("仍占用",), ""),
    SheetColumn("objected_on", "提出异议日期", "Village objected on", False, (), ""),
    SheetColumn("ended_on", "实际终止日期", "Ended on", False, ("解除日期",), ""),
    SheetColumn("end_reason", "终止原因", "Why it ended", False, ("解除原因",), ""),
)  # fmt: skip
HOLDINGS: Final = (
    SheetColumn("kind", "类别", "Kind", True, ("种类", "资产类别"), "固定资产"),
    SheetColumn("number", "编号", "Number", True, ("资产编号", "台账编号"), "G-1"),
    SheetColumn("name", "名称", "Name", True, ("资产名称", "项目名称", "摘要"), "办公楼"),
    SheetColumn("amount", "金额", "Amount", True, ("原值", "余额", "金额元"), "350000"),
    SheetColumn("party", "对方", "Other party", False, ("债务人", "债权人", "单位或个人"), ""),
    SheetColumn("settled", "已结清", "Settled", False, ("已收付", "已还金额"), ""),
    SheetColumn("due_on", "到期日期", "Due on", False, ("到期日",), ""),
    SheetColumn("location", "存放地点", "Where it is", False, ("地点", "坐落"), "村委会"),
    SheetColumn("note", "备注", "Note", False, ("说明",), ""),
    SheetColumn("day", "登记日期", "From this day on", False, ("日期", "Day"), "2021-01-01"),
)  # fmt: skip
KINDS: Final[Mapping[str, Sequence[SheetColumn]]] = {"land": LAND, "contracts": CONTRACTS, "holdings": HOLDINGS}

SHEETS: Final = {
    "land": ("土地", "Land"), "contracts": ("合同", "Contracts"), "holdings": ("资产债权债务", "Assets and debts"),
}  # fmt: skip


# What accountants are told beside the example.
NOTES: Final[Mapping[str, Sequence[tuple[str, str]]]] = {
    "land": (), "holdings": (),
    "contracts": (
        ("租金计划及已收：每期一行（单元格内按 Alt+Enter 换行，或用分号隔开），依次写应收日期、金额（元）、计租起日、"
         "计租止日（不含当日）、启用账簿前已收金额（元，可不写），中间空一格。",
         "What falls due, and paid: a line for each rent (Alt+Enter within the cell, or a semicolon): the day due,"
         " yuan, the first day that it pays for, the first that it does not, yuan paid before the book tells of it (or"
         " nothing); blanks between them."),
        ("决议事项编号：会议登记中的编号；填写后，决议主体至同意人数各栏留空。",
         "Number of the matter: as in the register of meetings; who resolved, days and numbers then stay empty."),
        ("实际终止日期和原因：只填已终止的合同。", "Ended on, and why: of contracts that have ended alone."),
    ),
}  # fmt: skip
# What may be written in columns that take one of a list.
ALLOWED: Final[Mapping[str, Sequence[Mapping[Any, tuple[str, str]]]]] = {
    "land": (CLASS_NAMES,), "contracts": (KIND_NAMES, CLASS_NAMES, BODY_NAMES), "holdings": (HOLDING_NAMES,),
}  # fmt: skip


def parcel_line(cells: Mapping[str, str], *, day: date) -> ParcelLine:
    """Read a line of the land table; without a day of its own it holds from ``day`` on. Raises ``InvalidInput``."""
    told = cells.get("day", "")
    return ParcelLine(
        _needed(cells, "number"), day_read(told, column="day") if told else day,
        ParcelFacts(
            _area(cells), _named(CLASS_NAMES, cells, "class"), cells.get("name", ""), cells.get("use", ""),
            _truth(cells, "idle"),
        ),
    )  # fmt: skip


def contract_line(cells: Mapping[str, str]) -> ContractLine:
    """Read a line of the table of contracts. Raises ``InvalidInput``."""
    terms = ContractTerms(
        _needed(cells, "number"), _named(KIND_NAMES, cells, "kind"), _needed(cells, "lessee"),
        day_read(_needed(cells, "signed_on"), column="signed_on"),
        day_read(_needed(cells, "starts_on"), column="starts_on"), _area(cells), until=_day(cells, "until"),
        lessor=cells.get("lessor", ""), land_class=_named(CLASS_NAMES, cells, "class") if cells.get("class") else None,
        rent_year_fen=_amount(cells, "rent_year", unit="fen"),
        instalments=schedule_read(cells.get("schedule", ""), field="schedule"), particulars=_particulars(cells),
    )  # fmt: skip
    return ContractLine(
        terms, tuple(numbers_typed(cells.get("parcels", ""))), matter_number=cells.get("matter", ""),
        ended_on=_day(cells, "ended_on"), end_reason=cells.get("end_reason", ""),
    )  # fmt: skip


FLAGS: Final = ("renewal", "lessee_outside", "sublet", "sublet_consent", "private_account")
THREE_WAYS: Final = ("bounds_written", "occupied")
DAYS: Final = ("township_approved_on", "board_elected_on", "household_until", "objected_on")
AMOUNTS: Final = {"measured_mu_4": "mu_4", "receipts_fen": "fen", "posted_fen": "fen"}
USES: Final = ("use_agreed", "use_found")


def _particulars(cells: Mapping[str, str]) -> Particulars:
    told: dict[str, Any] = {key: _truth(cells, key) for key in FLAGS}
    told |= {key: _truth(cells, key) if cells.get(key) else None for key in THREE_WAYS}
    told |= {key: _day(cells, key) for key in DAYS}
    told |= {key: _amount(cells, key, unit=unit) for key, unit in AMOUNTS.items()}
    told |= {key: cells.get(key, "") for key in USES}
    return Particulars(
        written=_truth(cells, "written") if cells.get("written") else True,
        resolution_reference=cells.get("reference", ""), resolution=_resolution(cells), **told,
    )  # fmt: skip


def contract_cells(line: ContractLine, *, english: bool) -> list[str]:
    """Write a line of the table of contracts, as ``contract_line`` reads it."""
    terms, told = line.terms, line.terms.particulars
    cells = {
        "number": terms.number, "kind": KIND_NAMES[terms.kind][english], "lessee": terms.lessee,
        "lessor": terms.lessor, "parcels": (", " if english else "、").join(line.parcel_numbers),
        "class": CLASS_NAMES[terms.land_class][english] if terms.land_class else "",
        "area": _said(terms.area_mu_4, unit="mu_4"), "signed_on": terms.signed_on.isoformat(),
        "starts_on": terms.starts_on.isoformat(), "until": _day_said(terms.until),
        "rent_year": _said(terms.rent_year_fen, unit="fen"), "schedule": schedule_said(terms.instalments),
        "written": _truth_said(told.written, english=english), "matter": line.matter_number,
        "reference": told.resolution_reference, "ended_on": _day_said(line.ended_on), "end_reason": line.end_reason,
    }  # fmt: skip
    if (held := told.resolution) is not None:
        cells |= {
            "body": BODY_NAMES[held.body][english], "held_on": held.held_on.isoformat(),
            "notice_on": _day_said(held.notice_on), "entitled": str(held.entitled), "present": str(held.present),
            "agreed": str(held.agreed),
        }  # fmt: skip
    cells |= {key: _truth_said(getattr(told, key), english=english) for key in (*FLAGS, *THREE_WAYS)}
    cells |= {key: _day_said(getattr(told, key)) for key in DAYS}
    cells |= {key: _said(getattr(told, key), unit=unit) for key, unit in AMOUNTS.items()}
    cells |= {key: getattr(told, key) for key in USES}
    return [cells.get(column.key, "") for column in CONTRACTS]


def _said(amount: int | None, *, unit: str) -> str:
    return "" if amount is None else format_quantity(amount, UNITS[unit]).replace(",", "")


def _day_said(day: date | None) -> str:
    return day.isoformat() if day is not None else ""


def _truth_said(known: bool | None, *, english: bool) -> str:
    if known is None:
        return ""
    return ("Yes" if known else "No") if english else ("是" if known else "否")


def holding_line(cells: Mapping[str, str], *, day: date) -> HoldingLine:
    """Read a line of the table of holdings; without a day of its own it holds from ``day`` on. Raises."""
    told, due, settled = cells.get("day", ""), cells.get("due_on", ""), cells.get("settled", "")
    return HoldingLine(
        _named(HOLDING_NAMES, cells, "kind"), _needed(cells, "number"), day_read(told, column="day") if told else day,
        HoldingFacts(
            _needed(cells, "name"), _quantity(_needed(cells, "amount"), unit="fen", key="amount"),
            cells.get("party", ""), _quantity(settled, unit="fen", key="settled") if settled else 0,
            day_read(due, column="due_on") if due else None, cells.get("location", ""), cells.get("note", ""),
        ),
    )  # fmt: skip


def _resolution(cells: Mapping[str, str]) -> Resolution | None:
    if not cells.get("body"):
        return None
    return Resolution(
        _named(BODY_NAMES, cells, "body"), day_read(_needed(cells, "held_on"), column="held_on"),
        _count(cells, "entitled"), _count(cells, "present"), _count(cells, "agreed"), _day(cells, "notice_on"),
    )  # fmt: skip


def _needed(cells: Mapping[str, str], key: str) -> str:
    text = cells.get(key, "")
    if not text:
        raise InvalidInput(_("This is needed."), field=key, remedy=_("Fill it in."))
    return text


def _area(cells: Mapping[str, str]) -> int:
    return _quantity(_needed(cells, "area"), unit="mu_4", key="area")


def _quantity(text: str, *, unit: str, key: str) -> int:
    try:
        return read_quantity(text, UNITS[unit])
    except InvalidInput as error:
        raise at_field(error, key) from error


def _amount(cells: Mapping[str, str], key: str, *, unit: str) -> int | None:
    return _quantity(cells[key], unit=unit, key=key) if cells.get(key) else None


def _day(cells: Mapping[str, str], key: str) -> date | None:
    return day_read(cells[key], column=key) if cells.get(key) else None


def _count(cells: Mapping[str, str], key: str) -> int:
    text = _needed(cells, key)
    if not (text.isascii() and text.isdigit() and len(text) < 9):
        raise InvalidInput(
            _("“%(value)s” is no whole number."), field=key, value=text[:20], remedy=_("Give how many, in digits.")
        )
    return int(text)


def _named(names: Mapping[Choice, tuple[str, str]], cells: Mapping[str, str], key: str) -> Choice:
    text = _needed(cells, key)
    for choice, said in names.items():
        if text.casefold() in (choice.value, *(one.casefold() for one in said)):
            return choice
    raise InvalidInput(
        _("“%(value)s” is none of the list."), field=key, value=text[:40], remedy=_("Use one of: %(allowed)s."),
        allowed=listed(said[int(in_english())] for said in names.values()),
    )  # fmt: skip


def _truth(cells: Mapping[str, str], key: str) -> bool:
    text = cells.get(key, "").casefold()
    if text not in YES | NO:
        raise InvalidInput(
            _("“%(value)s” is neither yes nor no."), field=key, value=text[:20], remedy=_("Write 是 or 否.")
        )
    return text in YES


def csv_template(kind: str, *, english: bool) -> bytes:
    """The header of a table as CSV, with the mark that spreadsheets need."""
    return f"{MARK}{csv_line(titles(kind, english=english))}".encode()


UNIT_OF: Final = {"area": "mu_4", "rent_year": "fen", "amount": "fen", "settled": "fen", **AMOUNTS}


def titles(kind: str, *, english: bool) -> list[str]:
    """What stands over the columns of a table: needed ones with a star, amounts with their unit."""
    return [_title(column, english=english) for column in KINDS[kind]]


def _title(column: SheetColumn, *, english: bool) -> str:
    name = column.title_en if english else column.title_zh
    symbols = {"mu_4": ("亩", "mu"), "fen": ("元", "yuan")}
    unit = f"({symbols[UNIT_OF[column.key]][english]})" if column.key in UNIT_OF else ""
    return f"{name}{unit}{'*' if column.needed else ''}"


def xlsx_template(kind: str, *, english: bool) -> bytes:
    """The header of a table as a workbook, with a second sheet that shows a filled line and what may be written."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = SHEETS[kind][int(english)]
    notes = book.create_sheet("Example" if english else "填写示例")
    for place, column in enumerate(KINDS[kind], 1):
        for each in (sheet, notes):
            each.cell(1, place, _title(column, english=english)).font = Font(bold=column.needed)
            each.column_dimensions[get_column_letter(place)].width = 16
        sheet.column_dimensions[get_column_letter(place)].number_format = "@"
        notes.cell(2, place, column.example)
    sheet.freeze_panes = "A2"
    for row, names in enumerate(ALLOWED[kind], 4):
        notes.cell(row, 1, ", ".join(said[int(english)] for said in names.values()))
    for row, said in enumerate(NOTES[kind], 4 + len(ALLOWED[kind])):
        notes.cell(row, 1, said[int(english)])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()
