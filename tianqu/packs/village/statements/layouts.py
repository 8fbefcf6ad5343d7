"""How the statements of village collectives are laid out, for each chart of accounts.

Sources: 村集体经济组织会计制度（财会〔2004〕12号）and 农村集体经济组织会计制度（财会〔2023〕14号）: balance sheet
(资产负债表) and statement of income and distribution (收益及收益分配表). The lines follow the names and the order of
the systems as they are generally known; they are to be checked against the printed annexes.

Each account of a chart stands in exactly one line of its balance sheet; a test holds this, and with it that both sides
are equal whenever the book balances. What the current year has brought so far is part of the undistributed income.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from tianqu.base.errors import _

Weight = Literal["heading", "line", "total"]
Share = Literal["all", "debit", "credit"]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a statement.

    ``accounts`` are codes whose balances it adds up, with their sub-accounts; of those in ``parts`` only what stands on
    that side (internal current accounts are receivables where they are debits, and payables where they are credits).
    ``adds`` and ``takes`` are codes of lines above. The sign is the statement's: on the left debits are positive.
    """

    code: str
    label: str
    weight: Weight = "line"
    accounts: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    adds: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    contra: bool = False  # printed as what is taken off: with the sign turned


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a statement; ``sign`` is 1 where debits are positive, and -1 where credits are."""

    sign: int
    share: Share
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """The statements of one chart of accounts. ``undistributed`` are the accounts behind what may be distributed."""

    chart: str
    basis: str
    assets: Side
    claims: Side  # liabilities and equity
    income: tuple[Line, ...]
    undistributed: tuple[str, ...]


def _heading(code: str, label: str, /) -> Line:
    return Line(code, label, "heading")


def _of(code: str, label: str, /, *accounts: str, parts: tuple[str, ...] = (), contra: bool = False) -> Line:
    return Line(code, label, accounts=accounts, parts=parts, contra=contra)


def _sum(code: str, label: str, /, *adds: str, takes: tuple[str, ...] = ()) -> Line:
    return Line(code, label, "total", adds=adds, takes=takes)


# Below the income of the period: what may be distributed, and what became of it.
DISTRIBUTION: Final = (
    ("brought", _("Undistributed income at the beginning")),
    ("distributed", _("Distributed and transferred, net")),
    ("carried", _("Undistributed income at the end")),
)
_INTERNAL: Final = ("113",)
_OWN: Final = (
    _of("capital", _("Capital"), "301"),
    _of("reserves", _("Reserve and welfare funds"), "311"),
)

LAYOUT_2004: Final = Layout(
    chart="cn.village.2004",
    basis="财会〔2004〕12号",
    assets=Side(1, "debit", (
        _heading("current", _("Current assets")),
        _of("cash", _("Cash and bank deposits"), "101", "102"),
        _of("short_investments", _("Short-term investments"), "111"),
        _of("receivables", _("Receivables"), "112", parts=_INTERNAL),
        _of("stocks", _("Stocks and work in progress"), "121", "401"),
        _sum("current_total", _("Total current assets"), "cash", "short_investments", "receivables", "stocks"),
        _heading("farm", _("Agricultural assets")),
        _of("livestock", _("Livestock and poultry"), "131"),
        _of("trees", _("Trees"), "132"),
        _sum("farm_total", _("Total agricultural assets"), "livestock", "trees"),
        _heading("long", _("Long-term assets")),
        _of("long_investments", _("Long-term investments"), "141"),
        _heading("fixed", _("Fixed assets")),
        _of("fixed_cost", _("Fixed assets at cost"), "151"),
        _of("depreciation", _("Less: accumulated depreciation"), "152", contra=True),
        _sum("fixed_net", _("Fixed assets, net"), "fixed_cost", takes=("depreciation",)),
        _of("disposal", _("Disposal of fixed assets"), "153"),
        _of("construction", _("Construction in progress"), "154"),
        _sum("fixed_total", _("Total fixed assets"), "fixed_net", "disposal", "construction"),
        _sum("assets_total", _("Total assets"), "current_total", "farm_total", "long_investments", "fixed_total"),
    )),
    claims=Side(-1, "credit", (
        _heading("current", _("Current liabilities")),
        _of("short_loans", _("Short-term loans"), "201"),
        _of("payables", _("Payables"), "202", parts=_INTERNAL),
        _of("wages", _("Wages payable"), "211"),
        _of("welfare", _("Welfare payable"), "212"),
        _sum("current_total", _("Total current liabilities"), "short_loans", "payables", "wages", "welfare"),
        _heading("long", _("Long-term liabilities")),
        _of("long_loans", _("Long-term loans and payables"), "221"),
        _of("deliberated", _("Funds raised by deliberation"), "231"),
        _sum("long_total", _("Total long-term liabilities"), "long_loans", "deliberated"),
        _sum("liabilities_total", _("Total liabilities"), "current_total", "long_total"),
        _heading("equity", _("Owners' equity")),
        *_OWN,
        _of(
            "undistributed", _("Undistributed income"),
            "321", "322", "501", "502", "511", "521", "522", "531", "541", "551", "561",
        ),
        _sum("equity_total", _("Total owners' equity"), "capital", "reserves", "undistributed"),
        _sum("claims_total", _("Total liabilities and equity"), "liabilities_total", "equity_total"),
    )),
    income=(
        _of("operating", _("Operating income"), "501"),
        _of("contracted", _("Income from contracts and from what is handed in"), "511"),
        _of("investments", _("Investment income"), "561"),
        _of("operating_costs", _("Less: operating expenses"), "502", contra=True),
        _of("management", _("Less: management expenses"), "541", contra=True),
        _sum(
            "operating_result", _("Operating result"), "operating", "contracted", "investments",
            takes=("operating_costs", "management"),
        ),
        _of("tax_return", _("Agricultural tax surcharge returned"), "521"),
        _of("subsidies", _("Subsidies"), "522"),
        _of("other_income", _("Other income"), "531"),
        _of("other_costs", _("Less: other expenses"), "551", contra=True),
        _sum(
            "result", _("Income of the period"), "operating_result", "tax_return", "subsidies", "other_income",
            takes=("other_costs",),
        ),
    ),
    undistributed=("321", "322", "501", "502", "511", "521", "522", "531", "541", "551", "561"),
)  # fmt: skip

LAYOUT_2023: Final = Layout(
    chart="cn.village.2023",
    basis="财会〔2023〕14号",
    assets=Side(1, "debit", (
        _heading("current", _("Current assets")),
        _of("cash", _("Cash and bank deposits"), "101", "102"),
        _of("short_investments", _("Short-term investments"), "111"),
        _of("receivables", _("Receivables"), "112", parts=_INTERNAL),
        _of("stocks", _("Stocks and work in progress"), "121", "401"),
        _of("consumable", _("Consumable biological assets"), "131"),
        _sum(
            "current_total", _("Total current assets"), "cash", "short_investments", "receivables", "stocks",
            "consumable",
        ),
        _heading("long", _("Non-current assets")),
        _of("long_investments", _("Long-term investments"), "141"),
        _of("bearing_cost", _("Bearing biological assets at cost"), "132"),
        _of("bearing_depreciation", _("Less: their accumulated depreciation"), "133", contra=True),
        _sum(
            "bearing_net", _("Bearing biological assets, net"), "bearing_cost", takes=("bearing_depreciation",)
        ),
        _of("fixed_cost", _("Fixed assets at cost"), "151"),
        _of("depreciation", _("Less: accumulated depreciation"), "152", contra=True),
        _sum("fixed_net", _("Fixed assets, net"), "fixed_cost", takes=("depreciation",)),
        _of("construction", _("Construction in progress"), "153"),
        _of("disposal", _("Disposal of fixed assets"), "154"),
        _of("intangible_cost", _("Intangible assets at cost"), "161"),
        _of("amortisation", _("Less: accumulated amortisation"), "162", contra=True),
        _sum("intangible_net", _("Intangible assets, net"), "intangible_cost", takes=("amortisation",)),
        _of("public", _("Biological assets for public benefit"), "134"),
        _of("deferred", _("Long-term deferred expenses"), "171"),
        _of("pending", _("Losses and gains to be dealt with"), "181"),
        _sum(
            "long_total", _("Total non-current assets"), "long_investments", "bearing_net", "fixed_net", "construction",
            "disposal", "intangible_net", "public", "deferred", "pending",
        ),
        _sum("assets_total", _("Total assets"), "current_total", "long_total"),
    )),
    claims=Side(-1, "credit", (
        _heading("current", _("Current liabilities")),
        _of("short_loans", _("Short-term loans"), "201"),
        _of("payables", _("Payables"), "211", parts=_INTERNAL),
        _of("wages", _("Wages payable"), "212"),
        _of("services", _("Labour hired, payable"), "213"),
        _of("taxes", _("Taxes payable"), "214"),
        _sum(
            "current_total", _("Total current liabilities"), "short_loans", "payables", "wages", "services", "taxes"
        ),
        _heading("long", _("Non-current liabilities")),
        _of("long_loans", _("Long-term loans and payables"), "221"),
        _of("deliberated", _("Funds raised by deliberation"), "231"),
        _of("special", _("Special payables"), "241"),
        _sum("long_total", _("Total non-current liabilities"), "long_loans", "deliberated", "special"),
        _sum("liabilities_total", _("Total liabilities"), "current_total", "long_total"),
        _heading("equity", _("Owners' equity")),
        *_OWN,
        _of(
            "undistributed", _("Undistributed income"),
            "321", "322", "501", "502", "503", "504", "511", "512", "513", "514", "515", "521",
        ),
        _sum("equity_total", _("Total owners' equity"), "capital", "reserves", "undistributed"),
        _sum("claims_total", _("Total liabilities and equity"), "liabilities_total", "equity_total"),
    )),
    income=(
        _of("operating", _("Operating income"), "501"),
        _of("investments", _("Investment income"), "502"),
        _of("subsidies", _("Subsidies"), "503"),
        _of("operating_costs", _("Less: operating expenses"), "511", contra=True),
        _of("taxes", _("Less: taxes and surcharges"), "512", contra=True),
        _of("management", _("Less: management expenses"), "513", contra=True),
        _sum(
            "operating_result", _("Operating result"), "operating", "investments", "subsidies",
            takes=("operating_costs", "taxes", "management"),
        ),
        _of("other_income", _("Other income"), "504"),
        _of("public", _("Less: expenses for public benefit"), "514", contra=True),
        _of("other_costs", _("Less: other expenses"), "515", contra=True),
        _sum(
            "before_tax", _("Income before tax"), "operating_result", "other_income", takes=("public", "other_costs")
        ),
        _of("income_tax", _("Less: income tax"), "521", contra=True),
        _sum("result", _("Income of the period"), "before_tax", takes=("income_tax",)),
    ),
    undistributed=("321", "322", "501", "502", "503", "504", "511", "512", "513", "514", "515", "521"),
)  # fmt: skip

LAYOUTS: Final = {layout.chart: layout for layout in (LAYOUT_2004, LAYOUT_2023)}
# What counts as cash: the codes of the line of that name, in either layout.
CASH_CODES: Final = sorted({
    code for layout in LAYOUTS.values() for line in layout.assets.lines if line.code == "cash" for code in line.accounts
})  # fmt: skip
