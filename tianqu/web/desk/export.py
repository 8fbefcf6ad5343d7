"""The rows that the inbox shows as a CSV file (RFC 4180, UTF-8 with a mark for spreadsheets), streamed by pages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from allauth.account.adapter import get_adapter
from django.http import HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from tianqu.base.spreadsheets import MARK, csv_line
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.orders.api import OrderFilters, OrderRow, Sort, orders_list, shown_code, state_name
from tianqu.kernel.pack.api import PageRequest, Table, chosen_columns
from tianqu.kernel.places.api import note_access
from tianqu.web.desk.filters import filters_of, own_posts, sort_of
from tianqu.web.desk.inbox import COLUMNS
from tianqu.web.layout.formats import in_chinese

PAGE: Final = 200
ROWS_MAX: Final = 5_000


@require_safe
def export(request: PageRequest) -> HttpResponseBase:
    """Write the rows that the address asks for, with the columns that it asks for, at most 5,000."""
    now, actor = timezone.now(), request.actor
    filters, sort = filters_of(request.GET, own_posts(request), now=now), sort_of(request.GET)
    table = Table(caption="", columns=COLUMNS, rows=(), shown=chosen_columns(request.GET))
    names = ["code", *(column.name for column in table.visible if column.name != "code")]
    titles = {column.name: str(column.title) for column in COLUMNS}
    first = orders_list(actor, filters=filters, sort=sort, limit=PAGE, now=now)  # refuses before anything is sent
    note_access(actor, "exported", subject=f"orders:{_narrowed(request)}", address=_address(request))
    lines = _lines([titles[name] for name in names], names, first.rows, rest(actor, filters, sort, first.after, now))
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="requests.csv"'
    response["Cache-Control"] = "no-store"
    return response


def _narrowed(request: PageRequest) -> str:
    """Return what narrows the list, for the access log: of words that were looked for, that there were some.

    They may be somebody's name or number, which the erasure of that person would not find there.
    """
    told = request.GET.copy()
    if told.get("q"):
        told["q"] = "..."
    return told.urlencode()


def rest(actor: Actor, filters: OrderFilters, sort: Sort, after: str | None, now: datetime) -> Iterator[OrderRow]:
    """Yield the rows of the pages behind the first, up to the limit."""
    left = ROWS_MAX - PAGE
    while after and left > 0:
        page = orders_list(actor, filters=filters, sort=sort, after=after, limit=min(PAGE, left), now=now)
        yield from page.rows
        left -= len(page.rows)
        after = page.after


def _lines(titles: list[str], names: list[str], first: tuple[OrderRow, ...], more: Iterator[OrderRow]) -> Iterator[str]:
    chinese = in_chinese()
    yield MARK + csv_line(titles)
    for rows in (first, more):
        for row in rows:
            yield csv_line(cell(row, name, chinese=chinese) for name in names)


def cell(row: OrderRow, name: str, *, chinese: bool) -> str:
    """Return what a column says of a row; moments in the realm's time zone, ISO 8601."""
    if name == "due":
        return _moment(row.due_next_at)
    if name in ("placed_at", "updated_at"):
        return _moment(getattr(row, name))
    if name == "state":
        return state_name(row.state)
    if name == "code":
        return shown_code(row.code)
    if name == "place":
        return row.place.shown("zh" if chinese else "en")
    if name == "item":
        return row.item_title if chinese or not row.item_title_en else row.item_title_en
    if name == "unit":
        return (row.unit_name if chinese or not row.unit_name_en else row.unit_name_en) or ""
    return row.title


def _moment(at: datetime | None) -> str:
    return timezone.localtime(at).isoformat(sep=" ", timespec="minutes") if at else ""


def _address(request: PageRequest) -> str:
    return str(get_adapter(request).get_client_ip(request))
