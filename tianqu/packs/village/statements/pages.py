"""The pages of books: which there are within one's sight, and the statements of one, to read, print and download."""

from __future__ import annotations

from datetime import date
from typing import Final

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from tianqu.base.errors import InvalidInput, _
from tianqu.base.spreadsheets import XLSX
from tianqu.kernel.ledgers.api import books_list
from tianqu.kernel.pack.api import Column, Download, PageRequest, PageResult, Rendered, Table
from tianqu.packs.village.statements.paper import PDF, paper, printed_yuan
from tianqu.packs.village.statements.queries import statements_of
from tianqu.packs.village.statements.workbook import workbook
from tianqu.packs.village.words import shown

PAGE: Final = 25
YEARS_BACK: Final = 6
COLUMNS: Final = (
    Column("name", gettext_lazy("Book")), Column("code", gettext_lazy("Code")),
    Column("first_day", gettext_lazy("Kept since")), Column("vouchers", gettext_lazy("Vouchers")),
)  # fmt: skip


def books(request: PageRequest) -> PageResult:
    """The books within one's sight, by code, found by code or name."""
    text = request.GET.get("text", "")[:100]
    page = books_list(request.actor, text=text, after=request.GET.get("after") or None, limit=PAGE)
    table = Table(gettext("Books"), COLUMNS, page.rows, next_cursor=page.after or "")
    return Rendered("village/books.html", {"table": table, "text": text, "shown": shown})


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
        "told": told, "say": gettext, "shown": shown, "yuan": printed_yuan,
        "years": range(max(today.year - YEARS_BACK, told.book.first_day.year), today.year + 1), "asked": request.GET,
        "whole_year": first_day.year if (first_day.month, first_day.day, last_day.month, last_day.day) == (1, 1, 12, 31)
        and first_day.year == last_day.year else None,
    })  # fmt: skip


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
