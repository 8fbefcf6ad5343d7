"""From a sum of a poster down to the vouchers that it is of: each with what it adds to the sum, so that they sum to it.

``what`` names a list: ``in``, ``out``, ``cash`` and ``all`` of a whole poster, ``in.0.511`` and ``out.0.541`` of a line
of the first book, ``account.0.151`` of an account. All is in the content that the log holds; nothing else is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from tianqu.base.errors import NotFound, _
from tianqu.packs.village.wall.content import Content
from tianqu.packs.village.wall.sums import cash_codes_of

WHOLE: Final = ("in", "out", "cash", "all")
PARTS: Final = ("in", "out", "account")


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
    direction: str  # in, out, cash, all, account
    account: Mapping[str, Any] | None
    chart: str
    rows: list[VoucherRow]
    opening_fen: int | None = None

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
    known = direction in PARTS and place.isascii() and place.isdigit() and int(place) < len(content["books"])
    book: Mapping[str, Any] = content["books"][int(place)] if known else {"accounts": ()}
    account = next((each for each in book["accounts"] if each["code"] == code), None)
    if account is None:
        raise NotFound(
            _("This poster has no such sum."), field="what", value=what[:80], remedy=_("Follow a number of the poster.")
        )
    rows = list(_rows(book, int(place), direction, code=code))
    opening = account["opening_fen"] if direction == "account" else None
    return VoucherList(what, direction, account, book["chart"], _by_day(rows), opening)


def _by_day(rows: list[VoucherRow]) -> list[VoucherRow]:
    return sorted(rows, key=lambda row: (row.day, row.place, row.number))


def _rows(book: Mapping[str, Any], place: int, direction: str, *, code: str) -> Iterator[VoucherRow]:
    accounts = {each["code"]: each for each in book["accounts"]}
    cash = cash_codes_of(book["accounts"])
    for voucher in book["vouchers"]:
        legs = [(leg_code, amount) for leg_code, amount in voucher["legs"]]
        amount = _added(legs, cash, direction=direction, code=code)
        if amount is not None:
            yield VoucherRow(
                book["code"], place, voucher["number"], date.fromisoformat(voucher["day"]), voucher["kind"],
                voucher["voucher"], amount, tuple((accounts[leg_code], moved) for leg_code, moved in legs),
            )  # fmt: skip


def _added(legs: list[tuple[str, int]], cash: set[str], *, direction: str, code: str) -> int | None:
    """What a voucher adds to a sum, None for one that has nothing to do with it."""
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
