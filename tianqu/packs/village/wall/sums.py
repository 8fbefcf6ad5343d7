"""The sums of a poster, computed anew from the vouchers that it names: what does not add up is named.

Pure functions of the content (``content.py`` lays it out), for the village that makes a poster and for everybody who
checks one; the browser's ``wall-sums`` in ``static/village/wall.js`` computes the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

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
    yield from _of_sheet(f"{path}.sheet", book["sheet"])


def _of_sheet(path: str, sheet: Sequence[Mapping[str, Any]]) -> Iterator[SumWrong]:
    """Both sides of a balance sheet are equal."""
    ends = {row["code"]: row for row in sheet if row["code"] in ("assets_total", "claims_total")}
    if len(ends) == 2:
        for name in ("opening_fen", "closing_fen"):
            left, right = ends["assets_total"][name], ends["claims_total"][name]
            yield from _compared(f"{path}.assets_total.{name}", told=left, computed=right)


def _of_rows(path: str, part: Mapping[str, Any]) -> Iterator[SumWrong]:
    """Each sum of a part is the sum of its rows and of what is told of the rest."""
    for name, told in part["sums"].items():
        rows = sum(row[name] or 0 for row in part["rows"])
        yield from _compared(f"{path}.sums.{name}", told=told, computed=rows + part.get("rest", {}).get(name, 0))


def _compared(path: str, *, told: int, computed: int) -> Iterator[SumWrong]:
    if told != computed:
        yield SumWrong(path, told, computed)


def unaccounted(book: Mapping[str, Any]) -> tuple[list[tuple[int, int]], list[int]]:
    """Return the spans of a book's numbers that a poster does not tell of, and the numbers that it tells of twice."""
    told = sorted(
        [(voucher["number"], voucher["number"]) for voucher in book["vouchers"]]
        + [(span["first"], span["last"]) for span in book["others"]]
    )
    missing, twice, expected = [], [], 1
    for first, last in told:
        if first > expected:
            missing.append((expected, first - 1))
        if first < expected:
            twice.append(first)
        expected = max(expected, last + 1)
    if expected <= book["last_number"]:
        missing.append((expected, book["last_number"]))
    return missing, twice
