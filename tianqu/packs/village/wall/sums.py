"""The sums of a poster, computed anew from the vouchers that it names: what does not add up is named.

Pure functions of the content (``content.py`` lays it out), for the village that makes a poster and for everybody who
checks one; the browser's ``wall-sums`` in ``static/village/wall.js`` computes the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tianqu.packs.village.statements.layouts import LAYOUTS, Line, Side

PARTS: Final = ("land", "contracts", "assets", "funds", "claims", "debts")
SUMS: Final = ("opening_fen", "received_fen", "paid_fen", "closing_fen")


@dataclass(frozen=True, slots=True)
class SumWrong:
    """A sum that is not that of its parts. ``path`` is where it stands: "books.0.lines.511.received_fen"."""

    path: str
    told: int
    computed: int


def cash_codes_of(accounts: Iterable[Mapping[str, Any]]) -> set[str]:
    """Return the codes of the accounts that are cash, on hand or in banks."""
    return {each["code"] for each in accounts if each["cash"]}


def lines_of(vouchers: Iterable[Mapping[str, Any]], cash: set[str]) -> list[dict[str, Any]]:
    """Return what came in and went out by the code that it was against, the largest first.

    Of each voucher that touches cash, every leg that is not cash: a credit there is what came in from it.
    """
    lines: dict[str, dict[str, Any]] = {}
    for voucher in vouchers:
        codes = {code for code, _amount in voucher["legs"]}
        if not codes & cash:
            continue
        for code, amount in voucher["legs"]:
            if code in cash:
                continue
            line = lines.setdefault(code, {"code": code, "received_fen": 0, "paid_fen": 0, "vouchers": []})
            line["received_fen" if amount < 0 else "paid_fen"] += abs(amount)
            if voucher["number"] not in line["vouchers"]:
                line["vouchers"].append(voucher["number"])
    return sorted(lines.values(), key=lambda line: (-(line["received_fen"] + line["paid_fen"]), line["code"]))


def wrong_sums(content: Mapping[str, Any]) -> list[SumWrong]:
    """Return every sum of a poster that is not what its parts give, in the order in which a poster tells them."""
    found: list[SumWrong] = []
    books: Sequence[Mapping[str, Any]] = content["books"]
    for name in SUMS:
        found += _compared(f"money.{name}", told=content["money"][name], computed=sum(book[name] for book in books))
    for place, book in enumerate(books):
        found += [*_of_book(f"books.{place}", book)]
    for name in PARTS:
        found += [*_of_rows(name, content[name])]
    return found


def _of_book(path: str, book: Mapping[str, Any]) -> Iterator[SumWrong]:
    accounts = {each["code"]: each for each in book["accounts"]}
    cash = cash_codes_of(book["accounts"])
    moved: dict[str, int] = {}
    for voucher in book["vouchers"]:
        for code, amount in voucher["legs"]:
            moved[code] = moved.get(code, 0) + amount
    for code in sorted({*accounts, *moved}):
        known = accounts.get(code, {"opening_fen": 0, "closing_fen": 0})
        computed = known["opening_fen"] + moved.get(code, 0)
        yield from _compared(f"{path}.accounts.{code}.closing_fen", told=known["closing_fen"], computed=computed)
    told = {line["code"]: line for line in book["lines"]}
    made = {line["code"]: line for line in lines_of(book["vouchers"], cash)}
    empty = {"received_fen": 0, "paid_fen": 0}
    for code in sorted({*told, *made}):
        for name in ("received_fen", "paid_fen"):
            left, right = told.get(code, empty)[name], made.get(code, empty)[name]
            yield from _compared(f"{path}.lines.{code}.{name}", told=left, computed=right)
    for name in ("received_fen", "paid_fen"):
        yield from _compared(f"{path}.{name}", told=book[name], computed=sum(line[name] for line in book["lines"]))
    for name in ("opening_fen", "closing_fen"):
        yield from _compared(f"{path}.{name}", told=book[name], computed=sum(accounts[code][name] for code in cash))
    yield from _compared(
        f"{path}.closing_fen",
        told=book["closing_fen"],
        computed=book["opening_fen"] + book["received_fen"] - book["paid_fen"],
    )
    for name in ("opening_fen", "closing_fen"):
        yield from _of_sheet(f"{path}.sheet", book, name=name)


def _of_sheet(path: str, book: Mapping[str, Any], *, name: str) -> Iterator[SumWrong]:
    """Each line of a balance sheet is that of its accounts, or of the lines above it; and both sides are equal.

    Of accounts that stand on the side on which they are (``parts``) a poster tells only what all of them hold together:
    what both sides have of them must make that up.
    """
    told = {(row["side"], row["code"]): row[name] for row in book["sheet"]}
    held = {each["code"]: each[name] for each in book["accounts"]}
    layout, left = LAYOUTS.get(book["chart"]), 0
    for side_name, side in () if layout is None else (("assets", layout.assets), ("claims", layout.claims)):
        for line in side.lines:
            value = told.get((side_name, line.code), 0)
            computed = _line_of(
                line, side, held, {code: value for (on, code), value in told.items() if on == side_name}
            )
            if line.parts:
                left += side.sign * (value - computed)
            elif line.weight != "heading":
                yield from _compared(f"{path}.{line.code}.{name}", told=value, computed=computed)
    if layout is not None:
        parts = {code for line in layout.assets.lines for code in line.parts}
        within = sum(held.get(code, 0) for code in parts)
        yield from _compared(f"{path}.{'+'.join(sorted(parts))}.{name}", told=left, computed=within)
    ends = told.get(("assets", "assets_total")), told.get(("claims", "claims_total"))
    if None not in ends:
        yield from _compared(f"{path}.assets_total.{name}", told=ends[0] or 0, computed=ends[1] or 0)


def _line_of(line: Line, side: Side, held: Mapping[str, int], above: Mapping[str, int]) -> int:
    """What a line is by what its accounts hold, but for its parts; or by the lines that it adds and takes."""
    if line.weight == "total":
        return sum(above.get(code, 0) for code in line.adds) - sum(above.get(code, 0) for code in line.takes)
    return (-side.sign if line.contra else side.sign) * sum(held.get(code, 0) for code in line.accounts)


def _of_rows(path: str, part: Mapping[str, Any]) -> Iterator[SumWrong]:
    """Each sum of a part is the sum of its rows and of what is told of the rest."""
    for name, told in part["sums"].items():
        rows = sum(row[name] or 0 for row in part["rows"])
        yield from _compared(f"{path}.sums.{name}", told=told, computed=rows + part.get("rest", {}).get(name, 0))


def _compared(path: str, *, told: int, computed: int) -> Iterator[SumWrong]:
    if type(told) is not int:  # of a file that somebody made; True is 1 to Python
        raise TypeError(f"{path} is no whole number")
    if told != computed:
        yield SumWrong(path, told, computed)


@dataclass(frozen=True, slots=True)
class NumberFault:
    """Numbers of a book that a poster tells wrongly, ``first`` to ``last``; ``fault`` is one of those of the check.

    ``number_unaccounted``: it keeps silent about them. ``number_left_out``: it calls them vouchers of its own quarter,
    and they are not among these. ``number_twice``, ``number_unknown``: told again, or beyond the book's last.
    """

    fault: str
    first: int
    last: int


def number_faults(book: Mapping[str, Any], *, quarter: str) -> list[NumberFault]:
    """Return what is wrong with the numbers that a poster of a quarter tells of a book, in their order."""
    told = [(voucher["number"], voucher["number"]) for voucher in book["vouchers"]]
    told += [(span["first"], span["last"]) for span in book["others"]]
    found, expected, last_number = [], 1, book["last_number"]
    for first, last in sorted(told):
        if first < 1 or last > last_number or last < first:
            found.append(NumberFault("number_unknown", first, last))
            continue
        if first > expected:
            found.append(NumberFault("number_unaccounted", expected, first - 1))
        if first < expected:
            found.append(NumberFault("number_twice", first, min(last, expected - 1)))
        expected = max(expected, last + 1)
    if expected <= last_number:
        found.append(NumberFault("number_unaccounted", expected, last_number))
    for span in book["others"]:
        if span["what"] in ("posted", "settled") and span.get("quarter") == quarter:
            found.append(NumberFault("number_left_out", span["first"], span["last"]))
    return found


def moneyless(book: Mapping[str, Any]) -> int:
    """How many numbers of the quarter a poster says to move no money, as those of land do; it cannot show it."""
    return sum(span["last"] - span["first"] + 1 for span in book["others"] if span["what"] == "moneyless")
