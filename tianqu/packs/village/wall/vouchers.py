"""From a sum of a poster down to the vouchers that it is of: each with what it adds to the sum, so that they sum to it.

``what`` names a list: ``in``, ``out``, ``cash`` and ``all`` of a whole poster, ``in.0.511`` and ``out.0.541`` of a line
of the first book, ``account.0.151`` of an account, ``sheet.0.assets_total`` of a line of the balance sheet. All is in
the content that the log holds; nothing else is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from tianqu.base.errors import NotFound, _
from tianqu.packs.village.statements.computing import counted_in
from tianqu.packs.village.statements.layouts import LAYOUTS
from tianqu.packs.village.wall.content import Content
from tianqu.packs.village.wall.sums import cash_codes_of

WHOLE: Final = ("in", "out", "cash", "all")
PARTS: Final = ("in", "out", "account")
_NONE: Final[Mapping[str, int]] = {}


@dataclass(frozen=True, slots=True)
class VoucherRow:
    """A voucher under a sum: ``amount_fen`` is what it adds; ``legs`` are (account, amount), debits positive."""

    book: str
    place: int  # of the book in the content
    number: int
    day: date
    kind: str
    voucher: str
    amount_fen: int
    legs: tuple[tuple[Mapping[str, Any], int], ...]


@dataclass(frozen=True, slots=True)
class VoucherList:
    """The vouchers of a sum, by day. Where the sum is what an account holds, it begins with ``opening_fen``."""

    what: str
    direction: str  # in, out, cash, all, account, sheet
    account: Mapping[str, Any] | None
    chart: str
    rows: list[VoucherRow]
    opening_fen: int | None = None
    label: str = ""  # of a line of the balance sheet, a message to be translated

    @property
    def total_fen(self) -> int:
        """The sum."""
        return (self.opening_fen or 0) + sum(row.amount_fen for row in self.rows)


def vouchers_of(content: Content, what: str) -> VoucherList:
    """Return the vouchers of a sum. Raises ``NotFound`` for one that the poster does not have."""
    direction, _dot, rest = what.partition(".")
    place, _dot, code = rest.partition(".")
    if what in WHOLE:
        rows = [row for at, book in enumerate(content["books"]) for row in _rows(book, at, direction, code="")]
        opening = content["money"]["opening_fen"] if what == "cash" else None
        return VoucherList(what, direction, None, "", _by_day(rows), opening)
    if direction == "sheet":
        return _of_sheet(content, what, place=place, code=code)
    known = direction in PARTS and _is_place(content, place)
    book: Mapping[str, Any] = content["books"][int(place)] if known else {"accounts": ()}
    account = next((each for each in book["accounts"] if each["code"] == code), None)
    if account is None:
        raise _no_sum(what)
    rows = list(_rows(book, int(place), direction, code=code))
    opening = account["opening_fen"] if direction == "account" else None
    return VoucherList(what, direction, account, book["chart"], _by_day(rows), opening)


def sheet_walks(content: Content, *, place: int, code: str) -> bool:
    """Say whether the vouchers of a poster come to a line of its balance sheet, before the quarter and after it.

    They do but where internal accounts of one code stand on both sides: a poster does not tell them apart.
    """
    try:
        listed = vouchers_of(content, f"sheet.{place}.{code}")
    except NotFound:
        return False
    row = _sheet_row(content["books"][place], code)
    return row is not None and (listed.opening_fen, listed.total_fen) == (row["opening_fen"], row["closing_fen"])


def _of_sheet(content: Content, what: str, *, place: str, code: str) -> VoucherList:
    """The vouchers that moved a line of a balance sheet, by the accounts that its layout adds up."""
    known = _is_place(content, place)
    book: Mapping[str, Any] = content["books"][int(place)] if known else {"chart": "", "sheet": ()}
    layout, row = LAYOUTS.get(book["chart"]), _sheet_row(book, code)
    if layout is None or row is None:
        raise _no_sum(what)
    amounts = {each["code"]: each["closing_fen"] for each in book["accounts"]}
    side = layout.assets if row["side"] == "assets" else layout.claims
    times = counted_in(side, {each: [each] for each in amounts}, amounts).get(code)
    if times is None:  # the layout has changed since
        raise _no_sum(what)
    opening = sum(times[each["code"]] * each["opening_fen"] for each in book["accounts"])
    rows = list(_rows(book, int(place), "sheet", times=times))
    return VoucherList(what, "sheet", None, book["chart"], _by_day(rows), opening, row["label"])


def _is_place(content: Content, place: str) -> bool:
    """Whether a part of an address is the position of a book of a poster."""
    return place in {str(at) for at in range(len(content["books"]))}


def _sheet_row(book: Mapping[str, Any], code: str) -> Mapping[str, Any] | None:
    return next((row for row in book["sheet"] if row["code"] == code), None)


def _no_sum(what: str) -> NotFound:
    return NotFound(
        _("This poster has no such sum."), field="what", value=what[:80], remedy=_("Follow a number of the poster.")
    )


def _by_day(rows: list[VoucherRow]) -> list[VoucherRow]:
    return sorted(rows, key=lambda row: (row.day, row.place, row.number))


def _rows(
    book: Mapping[str, Any], place: int, direction: str, *, code: str = "", times: Mapping[str, int] = _NONE
) -> Iterator[VoucherRow]:
    accounts = {each["code"]: each for each in book["accounts"]}
    cash = cash_codes_of(book["accounts"])
    for voucher in book["vouchers"]:
        legs = [(leg_code, amount) for leg_code, amount in voucher["legs"]]
        amount = _added(legs, cash, direction=direction, code=code, times=times)
        if amount is not None:
            yield VoucherRow(
                book["code"], place, voucher["number"], date.fromisoformat(voucher["day"]), voucher["kind"],
                voucher["voucher"], amount, tuple((accounts[leg_code], moved) for leg_code, moved in legs),
            )  # fmt: skip


def _added(
    legs: list[tuple[str, int]], cash: set[str], *, direction: str, code: str, times: Mapping[str, int]
) -> int | None:
    """What a voucher adds to a sum, None for one that has nothing to do with it."""
    if direction == "sheet":
        counted = [times[leg_code] * amount for leg_code, amount in legs if times.get(leg_code)]
        return sum(counted) if counted else None
    if direction == "all":
        return sum(amount for _code, amount in legs if amount > 0)
    if direction == "account":
        of_account = [amount for leg_code, amount in legs if leg_code == code]
        return sum(of_account) if of_account else None
    touches = any(leg_code in cash for leg_code, _amount in legs)
    if direction == "cash":
        return sum(amount for leg_code, amount in legs if leg_code in cash) if touches else None
    sign = -1 if direction == "in" else 1
    against = [
        sign * amount
        for leg_code, amount in legs
        if leg_code not in cash and code in ("", leg_code) and sign * amount > 0
    ]
    return sum(against) if touches and against else None
