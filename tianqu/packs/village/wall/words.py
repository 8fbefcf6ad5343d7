"""A poster in words that a farmer reads: what money of an account is, what a voucher is, what a number stands for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext, gettext_noop

from tianqu.base.quantities import format_quantity, unit_of
from tianqu.packs.village.findings.words import state_said
from tianqu.packs.village.wall.quarters import Quarter, parse_quarter
from tianqu.packs.village.words import english

IN, OUT = "in", "out"
# In the official editions a village is called by its committee.
COMMITTEES: Final = (("村民委员会", "村"), ("村委会", "村"), ("居民委员会", "社区"), ("居委会", "社区"))
_OTHER: Final = (gettext_noop("Other money that came in"), gettext_noop("Other money that was paid"))
# By the accounts of both charts that mean the same: what money from there is, and what money to there is.
_BOTH: Final[dict[str, tuple[str, str]]] = {
    "111": (gettext_noop("Short investments taken back"), gettext_noop("Put into short investments")),
    "112": (gettext_noop("Others paid what they owed the village"), gettext_noop("Lent or advanced to others")),
    "113": (gettext_noop("Households and members paid in"), gettext_noop("Paid to households and members")),
    "121": (gettext_noop("Stores sold"), gettext_noop("Stores bought")),
    "131": (gettext_noop("Livestock sold"), gettext_noop("Livestock bought and fed")),
    "132": (gettext_noop("Trees sold"), gettext_noop("Trees planted and tended")),
    "141": (gettext_noop("Long investments taken back"), gettext_noop("Put into long investments")),
    "151": (gettext_noop("Things of the village sold"), gettext_noop("Machines, houses and other things bought")),
    "201": (gettext_noop("Borrowed for a short time"), gettext_noop("Short loans paid back")),
    "221": (gettext_noop("Borrowed for long"), gettext_noop("Long loans paid back")),
    "231": (gettext_noop("Money raised from households for works"), gettext_noop("Works paid with money raised")),
    "301": (gettext_noop("Capital paid in"), gettext_noop("Capital paid out")),
    "311": (gettext_noop("For the common and welfare fund"), gettext_noop("From the common and welfare fund")),
    "322": (gettext_noop("Distribution taken back"), gettext_noop("Shared out to members")),
    "401": (gettext_noop("Costs of production paid back"), gettext_noop("Costs of production")),
    "501": (gettext_noop("Earned by what the village runs"), gettext_noop("Paid back of what was earned")),
}
_MANAGED: Final = (
    gettext_noop("Costs of running the village paid back"),
    gettext_noop("Running the village: office, pay, meetings"),
)
_OWED: Final = (gettext_noop("Received and still owed to others"), gettext_noop("Debts of the village paid"))
_PAY: Final = (gettext_noop("Pay that came back"), gettext_noop("Pay of village officers"))
_AID: Final = (gettext_noop("Subsidies from above"), gettext_noop("Subsidies given back"))
_INVESTED: Final = (gettext_noop("Earned by investments"), gettext_noop("Lost on investments"))
_BUILDING: Final = (gettext_noop("Paid back by builders"), gettext_noop("Building works"))
_RUN: Final = (gettext_noop("Costs of business paid back"), gettext_noop("Costs of what the village runs"))
_MORE: Final = (gettext_noop("Other income"), gettext_noop("Other income given back"))
_COSTS: Final = (gettext_noop("Other expenses paid back"), gettext_noop("Other expenses"))
_TAXES: Final = (gettext_noop("Taxes paid back"), gettext_noop("Taxes"))
_CLEARED: Final = (
    gettext_noop("Worn-out machines and houses sold"), gettext_noop("Clearing away worn-out machines and houses")
)  # fmt: skip
# Money moves there by a correction alone.
_WEAR: Final = (gettext_noop("Wear of things put right"), gettext_noop("Wear of things put right"))
_RESULT: Final = (gettext_noop("Result of the year put right"), gettext_noop("Result of the year put right"))
WORDS: Final[dict[str, dict[str, tuple[str, str]]]] = {
    "cn.village.2004": _BOTH | {
        "152": _WEAR, "153": _CLEARED, "154": _BUILDING, "202": _OWED, "211": _PAY, "321": _RESULT,
        "212": (gettext_noop("Welfare money that came back"), gettext_noop("Welfare: the old, the ill, the poor")),
        "502": _RUN,
        "511": (gettext_noop("Rent and fees for land, ponds and houses"), gettext_noop("Rent given back")),
        "521": (gettext_noop("Agricultural tax surcharge returned"), gettext_noop("Tax surcharge given back")),
        "522": _AID, "531": _MORE, "541": _MANAGED, "551": _COSTS, "561": _INVESTED,
    },
    "cn.village.2023": _BOTH | {
        "134": (gettext_noop("Public woods sold"), gettext_noop("Public woods planted and tended")),
        "133": _WEAR, "152": _WEAR, "153": _BUILDING, "154": _CLEARED,
        "161": (gettext_noop("Rights and licences sold"), gettext_noop("Rights and licences bought")),
        "162": _WEAR,
        "171": (gettext_noop("Costs spread over years paid back"), gettext_noop("Costs that serve for several years")),
        "181": (gettext_noop("Found over at a count"), gettext_noop("Found missing at a count")),
        "211": _OWED, "212": _PAY,
        "213": (gettext_noop("Pay for hired work that came back"), gettext_noop("Pay for hired work")),
        "214": _TAXES,
        "241": (gettext_noop("Money for a purpose, from above"), gettext_noop("Spent for its purpose")),
        "502": _INVESTED, "503": _AID, "504": _MORE, "511": _RUN, "512": _TAXES, "513": _MANAGED,
        "514": (gettext_noop("Public works paid back"), gettext_noop("Public works and welfare")),
        "515": _COSTS, "521": _TAXES, "321": _RESULT,
    },
}  # fmt: skip
VOUCHER_KINDS: Final = {
    "opening": gettext_noop("taken over at the beginning"),
    "closing": gettext_noop("closing of the year"),
    "adjustment": gettext_noop("adjustment"),
    "reversal": gettext_noop("takes back an earlier one"),
    "carry_over": gettext_noop("taken over into the new chart"),
}
NUMBERS: Final = {
    "kept": gettext_noop("accounts and periods of the book, no money"),
    "pending": gettext_noop("announced, moves nothing yet"),
    "voided": gettext_noop("announced and given up"),
    "posted": gettext_noop("voucher of another quarter"),
    "settled": gettext_noop("voucher of another quarter"),
    "moneyless": gettext_noop("moves no money"),
    "carried": gettext_noop("taken over into the new chart"),
}


def plain_words(code: str, *, chart: str, direction: str) -> str:
    """Say what money from an account is ("in"), or money to it ("out")."""
    pair = WORDS.get(chart, {}).get(code, _OTHER)
    return gettext(pair[0 if direction == IN else 1])


def account_name(account: Mapping[str, Any]) -> str:
    """An account's official name in the language of the page."""
    return str(account["name_en"]) if english() and account["name_en"] else str(account["name"])


def named(thing: Mapping[str, Any]) -> str:
    """A place's, unit's or book's name in the language of the page."""
    return account_name(thing)


def village_said(place: Mapping[str, Any]) -> str:
    """A village by its own name: 王庄村 for 王庄村委会, as people call it."""
    name = named(place)
    for ending, short in COMMITTEES:
        if name.endswith(ending):
            own = name.removesuffix(ending)
            return own if own.endswith(short) else own + short
    return name


def place_said(place: Mapping[str, Any]) -> str:
    """A village with what it lies in: 德州市德城区…王庄村, or the other way round in English."""
    if not english():
        return "".join([*place["above"], place["name"]])
    names = [*zip(place["above_en"], place["above"], strict=True), (place["name_en"], place["name"])]
    return ", ".join(str(name_en or name) for name_en, name in reversed(names))


def quarter_said(quarter: Quarter | str) -> str:
    """A quarter as people say it: 2020年第3季度, third quarter of 2020."""
    told = parse_quarter(quarter) if isinstance(quarter, str) else quarter
    words = {
        1: gettext("First quarter of %(year)s"), 2: gettext("Second quarter of %(year)s"),
        3: gettext("Third quarter of %(year)s"), 4: gettext("Fourth quarter of %(year)s"),
    }  # fmt: skip
    return words[told.number] % {"year": told.year}


def yuan(fen: int) -> str:
    """An amount in yuan with its thousands separated and two decimals."""
    sign = "−" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


def mu(area_mu_4: int) -> str:
    """An area in mu, without nought decimals behind it."""
    told = format_quantity(area_mu_4, unit_of("mu_4"))
    return told.rstrip("0").rstrip(".") if "." in told else told


def voucher_kind(kind: str) -> str:
    """What kind of voucher it is, where it is more than an ordinary one."""
    return gettext(VOUCHER_KINDS[kind]) if kind in VOUCHER_KINDS else ""


def finding_state(state: str) -> str:
    """Where something that was found stands; ``found`` is what nobody has made a finding of yet."""
    return gettext("not taken up yet") if state == "found" else state_said(state)
