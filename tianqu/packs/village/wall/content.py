"""What a poster says, as canonical JSON that is frozen in the journal: sums, and under each sum the vouchers it is of.

Everything is made here from what the registers and the books hold, and nothing is typed in. ``sums.py`` computes every
sum anew from the vouchers that stand beside it, as does whoever checks a poster.

The layout (``FORMAT``), amounts in fen, areas in 0.0001 mu:

    place, quarter, first_day, last_day, edition, replaces, reason, log, answerable
    money      opening_fen, received_fen, paid_fen, closing_fen: cash of all books together
    books      for each: code, name, chart, last_number, the same four sums, and
      accounts   by the chart's code: what each held before the quarter and after it (debits less credits), ``cash``
      lines      by the code that money came from or went to: received_fen, paid_fen, and the numbers of the vouchers
      sheet      lines of the balance sheet: side, weight, opening_fen, closing_fen, and what each is of: accounts
                 (of the ``parts`` among them only what stands on this side), or lines that it ``adds`` and ``takes``
      vouchers   number, day, kind, voucher (what the paper bears), legs as [code, amount]; debits are positive
      others     spans of the numbers that are no voucher of this quarter, and what they stand for
    land, contracts, assets, funds, claims, debts
               rows, the sums of their columns, and under ``rest`` the sums of what is too much to be listed
    findings   rule, severity, what of (subject, number), state, days; ``findings_left``: how many more there are
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any, Final

from tianqu.kernel.ledgers.api import Movement, NumberUse, Posting
from tianqu.packs.village.statements.computing import of_layout
from tianqu.packs.village.statements.layouts import Layout
from tianqu.packs.village.statements.queries import Statements
from tianqu.packs.village.wall.quarters import Quarter, quarter_of
from tianqu.packs.village.wall.sums import cash_codes_of, lines_of

FORMAT: Final = "tianqu.village.wall/1"
CARRIED: Final = "carry_over"  # the kind of transfer by which a book goes over to another chart
Content = dict[str, Any]


@dataclass(frozen=True, slots=True)
class BookFacts:
    """Everything that a poster needs of a book: its statements, its postings of the quarter, and all of its numbers."""

    told: Statements
    postings: Sequence[Posting]
    numbers: Sequence[NumberUse]


def book_content(facts: BookFacts, quarter: Quarter) -> Content:
    """Return what a poster says of a book."""
    told, layout = facts.told, facts.told.layout
    accounts = of_layout(layout, told.movements)
    code_of = {each.account_id: code for code, these in accounts.items() for each in these}
    carried = {each.number for each in facts.postings if each.kind == CARRIED and each.day == quarter.first_day}
    told_of = [*_vouchers(facts.postings, code_of, without=carried)]
    vouchers = [voucher for voucher in told_of if voucher["legs"]]
    aside = {each["number"]: "moneyless" for each in told_of if not each["legs"]} | dict.fromkeys(carried, "carried")
    shown = _accounts(accounts, layout)
    cash = cash_codes_of(shown)
    lines = lines_of(vouchers, cash)
    names = {each["code"]: each for each in shown}
    money = _money(shown, lines)
    assert money["closing_fen"] == told.funds.closing, f"the cash of {told.book.code} does not add up"
    return {
        "code": told.book.code, "name": told.book.name, "name_en": told.book.name_en, "chart": layout.chart,
        "basis": layout.basis, "last_number": max((use.number for use in facts.numbers), default=0), **money,
        "accounts": shown,
        "lines": [{**line, "name": names[line["code"]]["name"], "name_en": names[line["code"]]["name_en"]}
                  for line in lines],
        "sheet": list(_sheet(told)),
        "vouchers": vouchers,
        "others": _others(facts.numbers, {voucher["number"] for voucher in vouchers}, aside),
    }  # fmt: skip


def _vouchers(postings: Iterable[Posting], code_of: Mapping[int, str], *, without: set[int]) -> Iterable[Content]:
    """The postings of the quarter with the legs that move money, by the chart's codes alone: a sub-account may bear a
    name. ``without`` are numbers that count as what there was before.
    """
    for each in postings:
        if each.number in without:
            continue
        legs = [[code_of[account], amount] for account, amount in each.legs if account in code_of]
        yield {
            "number": each.number, "day": each.day.isoformat(), "kind": each.kind, "voucher": each.voucher,
            "legs": legs,
        }  # fmt: skip


def _accounts(accounts: Mapping[str, Sequence[Movement]], layout: Layout) -> list[Content]:
    """The accounts that held or moved anything, gathered under the chart's codes and by the chart's names."""
    cash = next(line.accounts for line in layout.assets.lines if line.code == "cash")
    shown = []
    for code, these in sorted(accounts.items()):
        opening, closing = sum(each.opening for each in these), sum(each.closing for each in these)
        if not opening and not closing and not any(each.all_debits or each.all_credits for each in these):
            continue
        top = next((each for each in these if each.code == code), these[0])
        of_chart = top.chart == layout.chart
        shown.append({
            "code": code, "name": top.name if of_chart else code, "name_en": top.name_en if of_chart else code,
            "cash": code in cash, "opening_fen": opening, "closing_fen": closing,
        })  # fmt: skip
    return shown


def _money(accounts: Sequence[Content], lines: Sequence[Content]) -> dict[str, int]:
    cash = [each for each in accounts if each["cash"]]
    return {
        "opening_fen": sum(each["opening_fen"] for each in cash),
        "received_fen": sum(line["received_fen"] for line in lines),
        "paid_fen": sum(line["paid_fen"] for line in lines),
        "closing_fen": sum(each["closing_fen"] for each in cash),
    }


def _sheet(told: Statements) -> Iterable[Content]:
    """The lines of the balance sheet that are not empty, its totals, and the lines that share accounts."""
    for side, rows, lines in (
        ("assets", told.sheet.assets, told.layout.assets.lines),
        ("claims", told.sheet.claims, told.layout.claims.lines),
    ):
        for row, line in zip(rows, lines, strict=True):
            if row.figures and (row.weight == "total" or any(row.figures) or line.parts):
                yield {
                    "side": side, "code": row.code, "weight": row.weight, "label": row.label,
                    "accounts": [*line.accounts, *line.parts], "parts": [*line.parts], "contra": line.contra,
                    "adds": [*line.adds], "takes": [*line.takes],
                    "opening_fen": row.figures[0], "closing_fen": row.figures[1],
                }  # fmt: skip


def _others(numbers: Iterable[NumberUse], vouchers: set[int], aside: Mapping[int, str]) -> list[Content]:
    """Every number that is no voucher of the quarter, as spans of one meaning.

    ``aside`` are those of the quarter itself that stand under no sum: what was carried over from an old chart, and what
    moves no money.
    """

    def meaning(use: NumberUse) -> tuple[str, str]:
        if use.number in aside:
            return aside[use.number], ""
        settled = use.what in ("posted", "settled") and use.day is not None
        return use.what, str(quarter_of(use.day)) if settled and use.day is not None else ""

    spans = []
    rest = [use for use in numbers if use.number not in vouchers]
    # Consecutive numbers of one meaning make one span: number less position is the same in a run.
    for (what, quarter, _run), run in groupby(
        ((use, place) for place, use in enumerate(rest)),
        key=lambda pair: (*meaning(pair[0]), pair[0].number - pair[1]),
    ):
        found = [use.number for use, _place in run]
        span = {"first": found[0], "last": found[-1], "what": what}
        spans.append(span | {"quarter": quarter} if quarter else span)
    return spans


def whole_content(
    *,
    head: Mapping[str, Any],
    books: Sequence[Content],
    land: Mapping[str, Any],
    contracts: Mapping[str, Any],
    holdings: Mapping[str, Mapping[str, Any]],
    findings: Sequence[Mapping[str, Any]],
    findings_max: int,
) -> Content:
    """Put the parts of a poster together; ``holdings`` are by ``assets``, ``funds``, ``claims``, ``debts``."""
    sums = ("opening_fen", "received_fen", "paid_fen", "closing_fen")
    return {
        "format": FORMAT, **head, "money": {name: sum(book[name] for book in books) for name in sums},
        "books": list(books), "land": dict(land), "contracts": dict(contracts), **holdings,
        "findings": list(findings[:findings_max]),
        **({"findings_left": len(findings) - findings_max} if len(findings) > findings_max else {}),
    }  # fmt: skip


def in_force_on(day: date, *, starts_on: date, until: date | None, ended_on: date | None) -> bool:
    """Say whether a contract held on a day."""
    return starts_on <= day and all(end is None or end > day for end in (until, ended_on))


def without_names(content: Content, masks: Mapping[str, str]) -> Content:
    """Return a poster in which names are masked wherever somebody typed: numbers, papers, what things are called.

    ``masks`` say what stands for each name. Where the village lies and who answers for it stays as it is.
    """
    typed = [text for voucher in _vouchers_of(content) if (text := voucher["voucher"])]
    typed += [row[name] for part in _TYPED for row in content[part]["rows"] for name in _TYPED[part]]
    typed += [row["number"] for row in content["findings"]]
    together = "\n".join(typed)
    named = sorted((name for name in masks if name in together), key=len, reverse=True)
    if not named:
        return content

    def masked(text: str) -> str:
        for name in named:
            text = text.replace(name, masks[name])
        return text

    for voucher in _vouchers_of(content):
        voucher["voucher"] = masked(voucher["voucher"])
    for part, names in _TYPED.items():
        for row in content[part]["rows"]:
            row.update({name: masked(row[name]) for name in names})
    for row in content["findings"]:
        row["number"] = masked(row["number"])
    return content


# What of each register on a poster somebody typed.
_TYPED: Final = {
    "contracts": ("number",), "assets": ("number", "name"), "funds": ("number", "name"), "claims": ("number", "name"),
    "debts": ("number", "name"),
}  # fmt: skip


def _vouchers_of(content: Content) -> Iterable[Content]:
    return (voucher for book in content["books"] for voucher in book["vouchers"])
