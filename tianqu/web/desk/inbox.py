"""The inbox: what lies with one's unit, the most urgent first; and views of it that one keeps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tianqu.base.errors import InvalidInput
from tianqu.kernel.orders.api import (
    STATE_NAMES,
    OrderFilters,
    OrderPage,
    OrderRow,
    orders_list,
    realm_calendar,
    remaining,
)
from tianqu.kernel.pack.api import Column, Faults, PageRequest, Table, chosen_columns
from tianqu.kernel.places.api import remove_view, require, save_view, saved_views
from tianqu.web.desk.filters import filters_of, own_posts, sort_of
from tianqu.web.desk.many import back_address, bulk_deeds
from tianqu.web.desk.words import FAMILIES
from tianqu.web.layout.environment import url
from tianqu.web.layout.errors import faults
from tianqu.web.layout.formats import in_chinese, moment_in
from tianqu.web.layout.marks import state_badge, time_left

ROWS: Final = 50
_CODE: Final = "0" * 11  # stands for an order's code in the address that all rows share
COLUMNS: Final = (
    Column("title", _("Request")),
    Column("state", _("State")),
    Column("due", _("Due")),
    Column("item", _("Item"), optional=True),
    Column("place", _("Place"), optional=True),
    Column("unit", _("Unit"), optional=True),
    Column("placed_at", _("Asked on"), optional=True),
    Column("code", _("Code"), optional=True, hidden=True),
    Column("updated_at", _("Last act"), optional=True, hidden=True),
)
SORT_NAMES: Final[dict[str, Promise]] = {
    "due": _("what is due first"),
    "oldest": _("what was asked first"),
    "newest": _("what was asked last"),
}
LOOK_NAMES: Final[dict[str, Promise]] = {
    "late": _("late"),
    "today": _("due today"),
    "urgent": _("urgent"),
    "disputed": _("returned twice"),
    "reopened": _("reopened"),
    "objected": _("objected to"),
    "pressed": _("pressed"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A row as it is written in the language of the page; ``id`` is what its checkbox sends.

    A template asks for a name in a tenth of the time that a call takes it, and there are fifty rows.
    """

    id: UUID
    order: OrderRow
    address: str
    badge: SafeString
    left: SafeString  # of the next clock; "" for none
    due: str
    item: str
    place: str
    unit: str


@require_safe
def inbox(request: PageRequest) -> HttpResponse:
    """One page of the inbox, as the address narrows it."""
    now = timezone.now()
    errors, page = Faults(), OrderPage((), None)
    try:
        page = page_of(request, now=now)
    except InvalidInput as error:
        errors = faults(error)
    return _shown(request, page, now=now, errors=errors)


def page_of(request: PageRequest, *, now: datetime) -> OrderPage:
    """Return the page of orders that an address asks for."""
    filters: OrderFilters = filters_of(request.GET, own_posts(request), now=now)
    after, before = request.GET.get("after") or None, request.GET.get("before") or None
    return orders_list(
        request.actor, filters=filters, sort=sort_of(request.GET), after=after, before=before, limit=ROWS, now=now
    )


def _shown(request: PageRequest, page: OrderPage, *, now: datetime, errors: Faults) -> HttpResponse:
    rows = _rows(page, now=now)
    verbs = bulk_deeds(request.actor)
    table = Table(
        caption=gettext("Requests"), columns=COLUMNS, rows=rows, next_cursor=page.after or "",
        previous_cursor=page.before or "", chosen_field="order" if verbs else "", shown=chosen_columns(request.GET),
    )  # fmt: skip
    context = {
        "table": table, "given": request.GET, "errors": errors,
        "states": [("any", _("any")), *STATE_NAMES.items()], "families": list(FAMILIES.items()),
        "looks": list(LOOK_NAMES.items()), "sorts": list(SORT_NAMES.items()), "verbs": verbs,
        "views": f"{reverse('inbox_views')}?{urlencode({'query': _view_query(request.GET)})}",
        "export": f"{reverse('inbox_export')}?{request.GET.urlencode()}",
    }  # fmt: skip
    response = render(request, "desk/inbox.html", context, status=400 if errors else 200, using="jinja2")
    response["Cache-Control"] = "no-store"
    return response


def _rows(page: OrderPage, *, now: datetime) -> list[Row]:
    if not page.rows:
        return []
    calendar, language = realm_calendar(), get_language() or ""
    chinese = in_chinese()
    address = url("order", code=_CODE)

    def row(order: OrderRow) -> Row:
        left, due = SafeString(), ""
        if order.due_next_at is not None:
            urgent = order.urgency != "none"
            still = remaining(calendar, due_at=order.due_next_at, now=now, round_the_clock=urgent)
            left, due = time_left(still, language=language), moment_in(order.due_next_at, chinese=chinese)
        return Row(
            id=order.id, order=order, address=address.replace(_CODE, order.code), left=left, due=due,
            badge=state_badge(order.state, item_id=order.item_id, language=language), place=order.place.shown(language),
            item=order.item_title if chinese or not order.item_title_en else order.item_title_en,
            unit=(order.unit_name if chinese or not order.unit_name_en else order.unit_name_en) or "–",
        )  # fmt: skip

    return [row(order) for order in page.rows]


def _view_query(query: QueryDict) -> str:
    """Return what of an address makes a view: all but where in the list one is."""
    kept = query.copy()
    for cursor in ("after", "before"):
        kept.pop(cursor, None)
    return kept.urlencode()


@require_http_methods(["GET", "HEAD", "POST"])
def views(request: PageRequest) -> HttpResponse:
    """Show the views that one keeps, and keep the inbox as it is narrowed now under a name."""
    require(request.actor, "orders.see")
    if request.method != "POST":
        context = {"views": saved_views(request.actor, page="inbox"), "query": request.GET.get("query", "")}
        template = "desk/views_list.html" if request.headers.get("HX-Request") else "desk/views.html"
        return render(request, template, context, using="jinja2")
    query = request.POST.get("query", "")
    try:
        save_view(request.actor, page="inbox", name=request.POST.get("name", ""), query=query)
    except InvalidInput as error:
        messages.warning(request, " ".join(text for _field, text in faults(error).items()))
    else:
        messages.success(request, gettext("The view is kept."))
    return redirect(back_address(query))


@require_POST
def drop_view(request: PageRequest, view_id: UUID) -> HttpResponse:
    """Keep a view no longer."""
    remove_view(request.actor, view_id=view_id)
    messages.success(request, gettext("The view is gone."))
    return redirect("inbox")
