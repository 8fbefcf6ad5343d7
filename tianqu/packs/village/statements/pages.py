"""The pages of books: which there are within one's sight, the statements of one, and the legs behind each figure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import Final
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from tianqu.base.errors import InvalidInput, _
from tianqu.base.spreadsheets import MARK, XLSX, csv_line
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.ledgers.api import LegBehind, books_list, legs_behind
from tianqu.kernel.pack.api import Column, Download, PageRequest, PageResult, Rendered, Table
from tianqu.kernel.places.api import can
from tianqu.packs.village.books.queries import still_to_do
from tianqu.packs.village.forms import said_yuan
from tianqu.packs.village.keeping.words import kind_said
from tianqu.packs.village.statements.behind import FigureBehind, figure_behind
from tianqu.packs.village.statements.paper import PDF, paper, printed_yuan
from tianqu.packs.village.statements.queries import Statements, statements_of
from tianqu.packs.village.statements.workbook import workbook
from tianqu.packs.village.words import shown

PAGE: Final = 25
LEGS: Final = 50
EXPORTED: Final = 500
CSV: Final = "text/csv; charset=utf-8"
YEARS_BACK: Final = 6
COLUMNS: Final = (
    Column("name", gettext_lazy("Book")), Column("code", gettext_lazy("Code")),
    Column("first_day", gettext_lazy("Kept since")), Column("vouchers", gettext_lazy("Vouchers")),
)  # fmt: skip
LEG_COLUMNS: Final = (
    Column("voucher", gettext_lazy("Voucher")), Column("day", gettext_lazy("Date")),
    Column("account", gettext_lazy("Ledger account")),
    Column("debit", gettext_lazy("Debit"), numeric=True, unit=gettext_lazy("yuan")),
    Column("credit", gettext_lazy("Credit"), numeric=True, unit=gettext_lazy("yuan")),
    Column("counted", gettext_lazy("In this figure"), numeric=True, unit=gettext_lazy("yuan")),
)  # fmt: skip


def books(request: PageRequest) -> PageResult:
    """The books within one's sight, by code, found by code or name."""
    text = request.GET.get("text", "")[:100]
    page = books_list(request.actor, text=text, after=request.GET.get("after") or None, limit=PAGE)
    table = Table(gettext("Books"), COLUMNS, page.rows, next_cursor=page.after or "")
    may_open = can(request.actor, "ledgers.open_book")
    return Rendered("village/books.html", {"table": table, "text": text, "shown": shown, "may_open": may_open})


def statements(request: PageRequest, code: str) -> PageResult:
    """Balance sheet, income and funds of a book in a year, or between two days."""
    first_day, last_day = _period(request.GET)
    told = statements_of(request.actor, book=code, first_day=first_day, last_day=last_day)
    if request.GET.get("form") == "xlsx":
        return Download(f"{code}-{last_day.isoformat()}.xlsx", XLSX, [workbook(told)])
    if request.GET.get("form") == "pdf":
        return Download(f"{code}-{last_day.isoformat()}.pdf", PDF, [paper(told)], inline=True)
    today = timezone.localdate()
    return Rendered("village/statements.html", {
        "told": told, "say": gettext, "shown": shown, "yuan": printed_yuan, "to": _lines_of(told),
        "may": still_to_do(request.actor, book=code),
        "years": range(max(today.year - YEARS_BACK, told.book.first_day.year), today.year + 1), "asked": request.GET,
        "whole_year": first_day.year if (first_day.month, first_day.day, last_day.month, last_day.day) == (1, 1, 12, 31)
        and first_day.year == last_day.year else None,
    })  # fmt: skip


def figure(request: PageRequest, *, code: str, line: str) -> PageResult:
    """The accounts and legs behind a figure of the statements, which come to it; of one account where it is asked."""
    first_day, last_day = _period(request.GET)
    account = request.GET.get("account", "")
    found = figure_behind(
        request.actor, book=code, line=line, first_day=first_day, last_day=last_day, limit=LEGS,
        account_id=int(account) if account.isascii() and account.isdigit() and len(account) < 16 else None,
        after=request.GET.get("after") or None,
    )  # fmt: skip
    title = figure_said(found)
    if request.GET.get("form") == "csv":
        return Download(f"{code}-{line}-{last_day.isoformat()}.csv", CSV, _lines(request.actor, found))
    return Rendered("village/figure.html", {
        "found": found, "told": found.told, "title": title, "column": gettext(found.figure.column),
        "statement": gettext(found.figure.title), "shown": shown, "yuan": said_yuan, "kind_said": kind_said,
        "table": Table(title, LEG_COLUMNS, found.legs.rows, next_cursor=found.legs.after or ""),
        "account": next((one for one in found.legs.accounts if str(one.account_id) == account), None),
        "back": _with_days(reverse("village:statements", kwargs={"code": code}), found.told),
    })  # fmt: skip


def _lines(actor: Actor, found: FigureBehind) -> Iterator[bytes]:
    """Every leg behind a figure as CSV with a byte order mark, the newest first."""
    heads = (
        gettext("Voucher"), gettext("Number on the paper"), gettext("Purpose"), gettext("Date"), gettext("Code"),
        gettext("Ledger account"), gettext("Debit"), gettext("Credit"), gettext("In this figure"),
    )  # fmt: skip
    yield f"{MARK}{csv_line(heads)}".encode()
    told, after = found.told, ""
    while True:  # ends with the book: each page begins below the number of the one before
        page = legs_behind(
            actor, book=told.book.code, asked=found.figure.legs, first_day=told.first_day, last_day=told.last_day,
            after=after or None, limit=EXPORTED,
        )  # fmt: skip
        yield "".join(csv_line(_cells(row)) for row in page.rows).encode()
        if page.after is None:
            return
        after = page.after


def _cells(row: LegBehind) -> list[object]:
    amounts = (max(row.amount, 0) or None, max(-row.amount, 0) or None, row.counted)
    return [
        str(row.number), row.voucher, row.purpose, row.day.isoformat(), row.code, shown(row),
        *(None if fen is None else Decimal(fen).scaleb(-2) for fen in amounts),
    ]  # fmt: skip


def figure_said(found: FigureBehind) -> str:
    """What the line of a figure is called."""
    account = found.figure.account
    return gettext(found.figure.label) if account is None else f"{account.code} {shown(account)}"


def _lines_of(told: Statements) -> Callable[[str], str]:
    """Make the address of what is behind a figure of these statements."""
    own = reverse("village:figure", kwargs={"code": told.book.code, "line": "LINE"})
    return lambda line: _with_days(own.replace("LINE", line), told)


def _with_days(address: str, told: Statements) -> str:
    return f"{address}?{urlencode({'from': told.first_day.isoformat(), 'to': told.last_day.isoformat()})}"


def _period(query: QueryDict) -> tuple[date, date]:
    """The days that are asked for: ?from= and ?to=, or ?year=; this year without either."""
    if query.get("from") or query.get("to"):
        return _day(query, "from"), _day(query, "to")
    asked = query.get("year") or str(timezone.localdate().year)
    if not (asked.isdecimal() and len(asked) == 4 and 1950 <= int(asked) <= 2199):
        raise InvalidInput(_("%(value)s is no year."), field="year", value=asked[:20], remedy=_("Write it as 2020."))
    return date(int(asked), 1, 1), date(int(asked), 12, 31)


def _day(query: QueryDict, field: str) -> date:
    try:
        return date.fromisoformat(query.get(field, ""))
    except ValueError as error:
        raise InvalidInput(
            _("%(value)s is no day."), field=field, value=query.get(field, "")[:20],
            remedy=_("Write it as 2020-12-31."),
        ) from error  # fmt: skip
