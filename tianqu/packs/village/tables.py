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
from tianqu.base.quantities import UNITS, read_quantity
from tianqu.base.spreadsheets import MARK, csv_line
from tianqu.kernel.files.api import SheetColumn, day_read
from tianqu.packs.village.models import HoldingKind
from tianqu.packs.village.registers.contracts import ContractTerms, Particulars
from tianqu.packs.village.registers.holdings import HoldingFacts
from tianqu.packs.village.registers.importing import ContractLine, ParcelLine
from tianqu.packs.village.registers.importing_holdings import HoldingLine
from tianqu.packs.village.registers.land import ParcelFacts
from tianqu.packs.village.rules.facts import Body, ContractKind, LandClass, Resolution
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
    SheetColumn("written", "书面合同", "In writing", False, ("是否书面",), "是"),
    SheetColumn("reference", "决议存档处", "Resolution filed at", False, ("决议编号",), ""),
    SheetColumn("body", "决议主体", "Who resolved", False, (), "成员大会"),
    SheetColumn("held_on", "会议日期", "Held on", False, (), "2021-05-20"),
    SheetColumn("entitled", "应到人数", "Entitled", False, (), "300"),
    SheetColumn("present", "到场人数", "Present", False, ("实到人数",), "210"),
    SheetColumn("agreed", "同意人数", "Agreed", False, (), "205"),
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
    until, rent = cells.get("until", ""), cells.get("rent_year", "")
    terms = ContractTerms(
        _needed(cells, "number"), _named(KIND_NAMES, cells, "kind"), _needed(cells, "lessee"),
        day_read(_needed(cells, "signed_on"), column="signed_on"),
        day_read(_needed(cells, "starts_on"), column="starts_on"), _area(cells),
        until=day_read(until, column="until") if until else None, lessor=cells.get("lessor", ""),
        land_class=_named(CLASS_NAMES, cells, "class") if cells.get("class") else None,
        rent_year_fen=_quantity(rent, unit="fen", key="rent_year") if rent else None,
        particulars=Particulars(
            written=_truth(cells, "written") if cells.get("written") else True,
            resolution_reference=cells.get("reference", ""), resolution=_resolution(cells),
        ),
    )  # fmt: skip
    return ContractLine(terms, tuple(numbers_typed(cells.get("parcels", ""))))


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
        _count(cells, "entitled"), _count(cells, "present"), _count(cells, "agreed"),
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
    return f"{MARK}{csv_line(_title(column, english=english) for column in KINDS[kind])}".encode()


def _title(column: SheetColumn, *, english: bool) -> str:
    name = column.title_en if english else column.title_zh
    units = {"area": ("亩", "mu"), "rent_year": ("元", "yuan"), "amount": ("元", "yuan"), "settled": ("元", "yuan")}
    unit = f"({units[column.key][english]})" if column.key in units else ""
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
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()
