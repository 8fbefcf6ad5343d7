"""The pages of who keeps a book: a month with its cash and vouchers, and one voucher with its papers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from tianqu.base.errors import InvalidInput, NotFound
from tianqu.base.quantities import quantity_said, unit_of
from tianqu.base.spreadsheets import MARK, csv_line
from tianqu.kernel.files.api import StoredFile, open_file
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.ledgers.api import LegDetail, PeriodState
from tianqu.kernel.pack.api import Column, Download, PageRequest, PageResult, Redirect, Rendered, Table
from tianqu.kernel.places.api import can
from tianqu.packs.village.forms import said_yuan
from tianqu.packs.village.keeping.queries import (
    Month,
    Voucher,
    VoucherRow,
    month_of,
    month_vouchers,
    own_books,
    voucher_detail,
)
from tianqu.packs.village.keeping.registers.vouchers import PAPERS_MAX, month_around, opening_of
from tianqu.packs.village.keeping.words import (
    finding_said,
    kind_said,
    month_said,
    period_said,
    post_said,
    purpose_said,
    state_said,
)
from tianqu.packs.village.registers.refusals import check_day
from tianqu.packs.village.words import day_said, english, shown

ROWS: Final = 50
EXPORT_PAGE: Final = 500
COLUMNS: Final = (
    Column("voucher", _("Voucher")), Column("day", _("Date")), Column("debit", _("Debit")),
    Column("credit", _("Credit")),
    Column("amount", _("Amount"), numeric=True, unit=_("yuan")), Column("papers", _("Papers"), numeric=True),
    Column("state", _("State")),
)  # fmt: skip


def address_of(transfer_id: UUID) -> str:
    """The page of one voucher."""
    return reverse("village:voucher", kwargs={"transfer_id": transfer_id})


def month_address(code: str, day: date | None = None) -> str:
    """The page of a month of a book."""
    asked = f"?month={day:%Y-%m}" if day is not None else ""
    return f"{reverse('village:keeping', kwargs={'code': code})}{asked}"


def crumbs(voucher: Voucher) -> list[tuple[Any, str]]:
    """Where the pages of a voucher are."""
    code, day = voucher.detail.book, voucher.detail.booked_on
    return [(shown(voucher.book), month_address(code)), (month_said(day), month_address(code, day))]


def home(request: PageRequest) -> PageResult:
    """The book that an accountant keeps, or the form for what a contract brought; of several books their list."""
    books = own_books(request.actor)
    if len(books) == 1 and (number := request.GET.get("contract", "")[:40]):
        page = reverse("village:voucher_new", kwargs={"code": books[0], "kind": "receipt"})
        return Redirect(f"{page}?{urlencode({'contract': number})}")
    if len(books) == 1:
        return Redirect(month_address(books[0]))
    if books:
        return Redirect(reverse("village:books"))
    return Rendered("village_keeping/none.html", {"may_open": can(request.actor, "ledgers.open_book")})


def month_asked(query: QueryDict) -> date | None:
    """The first day of the month in an address, None where it names none. Raises ``InvalidInput``."""
    text = query.get("month", "")
    if not text:
        return None
    try:
        asked = date.fromisoformat(f"{text}-01") if len(text) == 7 else date.fromisoformat(text).replace(day=1)
        check_day(asked, field="month")
        return asked
    except ValueError as error:
        raise InvalidInput(
            gettext_noop("%(value)s is no month."), field="month", value=text[:20],
            remedy=gettext_noop("Write it as 2026-03."),
        ) from error  # fmt: skip


def month(request: PageRequest, code: str) -> PageResult:
    """A month of a book: its cash, what is still to be done, and its vouchers; or those with some words."""
    text, may_enter = request.GET.get("q", "").strip()[:100], can(request.actor, "village.enter_voucher")
    asked = month_asked(request.GET)
    told = month_of(request.actor, book=code, day=asked or _last_month(request, code, may_enter=may_enter))
    days = None if text and asked is None else (told.first_day, told.last_day)
    page = month_vouchers(
        request.actor, book=code, days=days, text=text, after=request.GET.get("after") or None, limit=ROWS
    )
    may = _may(request.actor, told, may_enter=may_enter)
    first = told.waits_for if "finish" in may else None
    context = words() | {
        "first": month_said(first) if first else "", "first_address": month_address(code, first),
        "told": told, "table": Table(_("Vouchers"), COLUMNS, page.rows, next_cursor=page.after or ""), "text": text,
        "everywhere": days is None, "month": f"{told.first_day:%Y-%m}", "title": month_said(told.first_day),
        "may": may, "state": period_said(told.period),
        "before": month_address(code, told.first_day - timedelta(days=1)), "today": timezone.localdate(),
        "later": month_address(code, told.last_day + timedelta(days=1)),
        "export": f"{reverse('village:keeping_export', kwargs={'code': code})}?month={told.first_day:%Y-%m}",
    }  # fmt: skip
    return Rendered("village_keeping/month.html", context)


def _last_month(request: PageRequest, code: str, *, may_enter: bool) -> date:
    """This month for who keeps the book; for others the one of its newest voucher."""
    today = timezone.localdate()
    newest = [] if may_enter else month_vouchers(request.actor, book=code, days=None, limit=1).rows
    return newest[0].detail.booked_on if newest else today


def _may(actor: Actor, told: Month, *, may_enter: bool) -> set[str]:
    """What the reader may do with a month as it stands."""
    state = told.period.state if told.period is not None else PeriodState.OPEN.value
    may = {"enter"} if may_enter else set()
    if not told.vouchers and can(actor, "village.enter_opening") and opening_of(told.book.id) is None:
        may.add("begin")
    over = told.last_day < timezone.localdate()
    own = told.period is None or told.own_period
    if own and over and state == PeriodState.OPEN and can(actor, "village.finish_month"):
        may.add("finish")
    if own and over and state != PeriodState.CLOSED and can(actor, "ledgers.set_period"):
        may.add("close")
    return may


def accounts_said(legs: Sequence[LegDetail]) -> str:
    """The accounts of one side in the reader's language."""
    return ("; " if english() else "、").join(shown(leg) for leg in legs)


def words() -> dict[str, Any]:
    """What the templates say things with."""
    return {
        "accounts_said": accounts_said, "purpose_said": purpose_said, "finding_said": finding_said,
        "kind_said": kind_said, "state_said": state_said, "yuan": said_yuan, "shown": shown, "day_said": day_said,
    }  # fmt: skip


def export(request: PageRequest, code: str) -> PageResult:
    """All vouchers of a month as CSV with a byte order mark, however many they are."""
    days = month_around(month_asked(request.GET) or timezone.localdate())
    month_of(request.actor, book=code, day=days[0])  # within sight
    return Download(f"{code}-{days[0]:%Y-%m}.csv", "text/csv; charset=utf-8", _lines(request.actor, code, days))


def _lines(actor: Actor, code: str, days: tuple[date, date]) -> Iterator[bytes]:
    heads = [gettext("Number in the book"), gettext("Kind"), gettext("Number on the paper"), gettext("Purpose")]
    heads += [str(column.title) for column in COLUMNS[1:]]
    yield f"{MARK}{csv_line(heads)}".encode()
    after: str | None = None
    while True:  # ends with the book: each page begins below the number of the one before
        page = month_vouchers(actor, book=code, days=days, after=after, limit=EXPORT_PAGE)
        yield "".join(csv_line(_cells(row)) for row in page.rows).encode()
        after = page.after
        if after is None:
            return


def _cells(row: VoucherRow) -> list[object]:
    one = row.detail
    return [
        str(one.number), kind_said(one.kind), one.voucher, purpose_said(one.purpose, row.finding),
        one.booked_on.isoformat(), accounts_said(row.debits),
        accounts_said(row.credits), said_yuan(row.amount_fen).replace(",", ""), row.papers, state_said(one)[0],
    ]  # fmt: skip


def voucher(request: PageRequest, transfer_id: UUID) -> PageResult:
    """One voucher: what it moves, its papers, what became of it, and what its reader may do."""
    told = voucher_detail(request.actor, transfer_id=transfer_id)
    detail, actor = told.detail, request.actor
    units = {ledger.code: ledger.unit for ledger in told.book.ledgers}
    stands = detail.state == "posted" and detail.reversed_by is None and detail.kind != "reversal"
    context = words() | {
        "told": told, "detail": detail, "where": crumbs(told), "state": state_said(detail),
        "may_take_back": stands and can(actor, "ledgers.reverse"),
        "may_add": len(told.papers) < PAPERS_MAX and can(actor, "village.add_papers"),
        "may_enter": can(actor, "village.enter_voucher"), "address_of": address_of,
        "said": lambda leg, amount: quantity_said(amount, unit_of(units[leg.ledger]), english=english()),
        "may_look": can(actor, "village.begin_review"), "month": month_address(detail.book, detail.booked_on),
        "entered_by": post_said(told.post), "plain": _plain(told),
    }  # fmt: skip
    return Rendered("village_keeping/voucher.html", context)


def _plain(told: Voucher) -> tuple[str, str]:
    """What a voucher refers to, and the reason of what became of it, where these are words and no identifiers."""
    detail = told.detail
    reference = "" if told.contract or told.finding or detail.reverses is not None else detail.reference
    return reference, "" if told.finding is not None and detail.reason.startswith("finding:") else detail.reason


def paper(request: PageRequest, *, transfer_id: UUID, file_id: UUID) -> PageResult:
    """A photo or paper of a voucher, for whoever reads the book."""
    told = voucher_detail(request.actor, transfer_id=transfer_id)

    def may_see(reader: Actor, stored: StoredFile) -> None:
        if stored.holder != f"voucher:{transfer_id}" or file_id not in {one.id for one in told.papers}:
            raise NotFound(
                gettext_noop("There is no such file."), field="file", value=str(file_id),
                remedy=gettext_noop("Choose one of the files that the page shows."),
            )  # fmt: skip

    small = request.GET.get("size") == "small"
    opened = open_file(
        request.actor, file_id=file_id, may_see=may_see, variant="thumbnail" if small else "served"
    )  # fmt: skip
    picture = opened.media_type.startswith("image/")
    return Download(opened.name or str(file_id), opened.media_type, opened.chunks, inline=picture)
