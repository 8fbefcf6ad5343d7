"""The accepted figures of returns as datasets: a row is what stands of a unit, or of one enterprise, for a period.

What is told by units is open. What is told by enterprises is closed but for whose they are: everybody sees that a row
is there, and figures tell sums of them. Money is told in yuan and fen, in whatever unit it was filed. A dataset takes
what the office that answers for it has accepted, and nothing of another office.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from tianqu.kernel.datasets.api import Column, DatasetDeclaration, JournalSource, RowPage, Schema

ROW: Final = "return_row"  # kind of subject; the code of the return stands behind it, so that each has its own rows
YUAN: Final[Mapping[str, int]] = {"元": 1, "万元": 10_000, "亿元": 100_000_000}
FEN: Final = 2  # decimals of a yuan
ELSEWHERE: Final = "elsewhere"  # where this stands in a row, it was accepted by an office that fills no dataset with it
FILING: Final = RowPage("/returns/{}/", "filing", "returns.see")
YEAR: Final = Column("year", "integer", "年度", "Year", path="year")
MARKS: Final = (
    Column("estimated", "boolean", "估算", "Estimated", path="estimated"),
    Column("revised", "boolean", "修订", "Revised", path="revised"),
    Column("revision", "integer", "修订号", "Revision", path="revision"),
)


def in_yuan(after: dict[str, Any]) -> dict[str, Any]:
    """What the columns are read from: an accepted row with its money in yuan, and its whole numbers as such."""
    values = dict(after.get("values") or {})
    for name, unit in (after.get("units") or {}).items():
        if values.get(name) is not None:
            told = Decimal(values[name]) * YUAN.get(unit, 1)
            values[name] = int(told) if told == int(told) else format(told.normalize(), "f")
    return after | {"values": values}


def decimals_told(column: Column, unit: str) -> int | None:
    """How many decimals of a number of ``unit`` a column tells exactly; None for a unit that it does not count in."""
    if column.unit in YUAN and unit in YUAN:
        return column.decimals + len(str(YUAN[unit] // YUAN[column.unit])) - 1
    return column.decimals if unit == column.unit else None


def _money(name: str, *, zh: str, en: str, closed: bool = False) -> Column:
    return Column(name, "decimal", zh, en, unit="元", decimals=FEN, closed=closed, path=f"values.{name}")


def _counted(name: str, *, zh: str, en: str, unit: str) -> Column:
    return Column(name, "integer", zh, en, unit=unit, path=f"values.{name}")


def _of_units(code: str, *columns: Column, zh: str, en: str, domain: str) -> DatasetDeclaration:
    """A return of which every unit files one row: open, with the unit."""
    schema = (
        Column("subject", "text", "标识", "Identifier"),
        Column("county", "text", "县市区", "County", path="county"),
        YEAR,
        *columns,
        *MARKS,
        Column("unit", "text", "填报单位标识", "Identifier of the unit that filed", path="unit"),
        Column("filing", "text", "报表标识", "Identifier of the return and its order", path="filing"),
    )
    return DatasetDeclaration(
        code=f"returns.{code}", title=zh, title_en=en, domain=domain, unit="statistics_bureau",
        grain="一行是一个单位一个报告期审定的数字", grain_en="one row is what was accepted of a unit for a period",
        access="open", frequency="irregular", source=JournalSource(f"{ROW}.{code}", unless=ELSEWHERE, shaped=in_yuan),
        row_page=FILING, schema=Schema(schema, ("subject",)),
        description="各单位填报、经主管部门审定的统计报表数字；修订或估算的有标注。",
        description_en="What units filed and their office accepted; what was revised or estimated is marked.",
    )  # fmt: skip


TRADE = _of_units(
    "trade",
    _money("exports", zh="出口", en="Exports"),
    _money("imports", zh="进口", en="Imports"),
    _money("total", zh="进出口合计", en="Imports and exports"),
    _money("asean", zh="其中：与东盟", en="Of it: with ASEAN"),
    _money("belt_road", zh="其中：与“一带一路”国家和地区", en="Of it: with Belt and Road countries"),
    zh="货物进出口",
    en="Trade in goods",
    domain="industry",
)
INVESTMENT = _of_units(
    "investment",
    _money("in_place", zh="到位资金", en="Funds in place"),
    _counted("projects", zh="新开工亿元以上项目", en="Projects of 100 million yuan or more begun", unit="个"),
    zh="招商引资",
    en="Investment",
    domain="industry",
)
RELIEF = _of_units(
    "relief",
    _money("tax", zh="税务部门税费优惠减免", en="Taxes and fees"),
    _money("social", zh="养老失业工伤保险减免", en="Pension, unemployment and injury insurance"),
    _money("medical", zh="医保费减征", en="Medical insurance"),
    _money("total", zh="合计", en="In all"),
    zh="减税降费",
    en="Taxes and fees cut",
    domain="finance",
)
LOANS = _of_units(
    "loans",
    _money("at_start", zh="年初余额", en="At the start of the year"),
    _money("at_end", zh="年末余额", en="At the end of the year"),
    _money("rise", zh="比年初增加", en="Rise over the year"),
    zh="各项贷款余额",
    en="Outstanding loans",
    domain="finance",
)
GRAIN = _of_units(
    "grain",
    _counted("summer", zh="夏粮", en="Summer grain", unit="吨"),
    _counted("autumn", zh="秋粮", en="Autumn grain", unit="吨"),
    _counted("total", zh="粮食总产量", en="Grain in all", unit="吨"),
    zh="粮食产量",
    en="Grain output",
    domain="agriculture",
)
ENTERPRISES = DatasetDeclaration(
    code="returns.enterprises", title="国有企业主要指标", title_en="State-owned enterprises", domain="finance",
    unit="statistics_bureau", grain="一行是一家企业一个报告期审定的数字",
    grain_en="one row is what was accepted of an enterprise for a period",
    description="各企业的数字不公开，只公布合计；企业名称、县市区和填报单位也不公开。",
    description_en="What single enterprises filed is closed, and so are their names and counties: figures tell sums.",
    access="open", frequency="irregular", source=JournalSource(f"{ROW}.enterprises", unless=ELSEWHERE, shaped=in_yuan),
    row_page=FILING,
    schema=Schema(
        (
            Column("subject", "text", "标识", "Identifier"),
            Column("owner", "text", "权属", "Owned by", path="values.owner"),
            YEAR,
            *MARKS,
            Column("enterprise", "text", "企业", "Enterprise", closed=True, path="key"),
            Column("county", "text", "县市区", "County", closed=True, path="county"),
            _money("assets", zh="资产总额", en="Assets", closed=True),
            _money("debts", zh="负债总额", en="Debts", closed=True),
            _money("revenue", zh="营业收入", en="Revenue", closed=True),
            _money("profit", zh="利润总额", en="Profit before tax", closed=True),
            _money("net_profit", zh="净利润", en="Net profit", closed=True),
            _money("rent_waived", zh="减免小微企业房租", en="Rent waived for small firms", closed=True),
            Column("unit", "text", "填报单位标识", "Identifier of the unit that filed", closed=True, path="unit"),
            Column("filing", "text", "报表标识", "Identifier of the return and its order", closed=True, path="filing"),
        ),
        ("subject",),
    ),
)  # fmt: skip
DATASETS = (TRADE, INVESTMENT, RELIEF, LOANS, ENTERPRISES, GRAIN)
FILLED: Final = {declared.code.removeprefix("returns."): declared for declared in DATASETS}  # by the code of a return
