"""The inbox: what lies with one's unit, the most urgent first; and accepting or handing over many at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_noop, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from tianqu.base.errors import InvalidInput, TianquError
from tianqu.kernel.orders.api import (
    STATE_NAMES,
    OrderFilters,
    OrderPage,
    OrderRow,
    Remaining,
    orders_list,
    perform_many,
    realm_calendar,
    remaining,
)
from tianqu.kernel.orders.models import Order
from tianqu.kernel.pack.api import Column, PageRequest, Table, chosen_columns
from tianqu.kernel.places.api import can
from tianqu.web.desk.filters import filters_of, sort_of
from tianqu.web.desk.finding import colleagues
from tianqu.web.desk.words import FAMILIES
from tianqu.web.layout.errors import Faults, faults, sentence
from tianqu.web.layout.formats import in_chinese

ROWS: Final = 50
CHOSEN_MAX: Final = 200  # of one page and what was typed into the address besides
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
BULK: Final[dict[str, tuple[str, Promise]]] = {
    "accept": ("orders.accept", _("Accept")),
    "hand-over": ("orders.hand_over", _("Hand over")),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A row with what is left of its next clock."""

    order: OrderRow
    left: Remaining | None

    @property
    def id(self) -> UUID:
        """What the row's checkbox sends."""
        return self.order.id


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
    filters: OrderFilters = filters_of(request.GET, request.actor, now=now)
    after = request.GET.get("after") or None
    return orders_list(request.actor, filters=filters, sort=sort_of(request.GET), after=after, limit=ROWS, now=now)


def _shown(request: PageRequest, page: OrderPage, *, now: datetime, errors: Faults) -> HttpResponse:
    calendar = realm_calendar() if page.rows else None
    rows = [
        Row(
            order,
            remaining(calendar, due_at=order.due_next_at, now=now, round_the_clock=order.urgency != "none")
            if calendar is not None and order.due_next_at is not None
            else None,
        )
        for order in page.rows
    ]
    verbs = [(verb, title) for verb, (act, title) in BULK.items() if can(request.actor, act)]
    table = Table(
        caption=gettext("Requests"), columns=COLUMNS, rows=rows, next_cursor=page.after or "",
        chosen_field="order" if verbs else "", shown=chosen_columns(request.GET),
    )  # fmt: skip
    context = {
        "table": table, "given": request.GET, "errors": errors, "chinese": in_chinese(),
        "states": [("any", _("any")), *STATE_NAMES.items()], "families": list(FAMILIES.items()),
        "looks": list(LOOK_NAMES.items()), "sorts": list(SORT_NAMES.items()), "verbs": dict(verbs),
        "export": f"{reverse('inbox_export')}?{request.GET.urlencode()}",
    }  # fmt: skip
    response = render(request, "desk/inbox.html", context, status=400 if errors else 200, using="jinja2")
    response["Cache-Control"] = "no-store"
    return response


@require_POST
def do_many(request: PageRequest) -> HttpResponse:
    """Accept or hand over the chosen rows; those that could not be done say why, each for itself."""
    act, title = _bulk_act(request.POST.get("do", ""))
    chosen = _chosen(request.POST.getlist("order"))
    if not chosen:
        messages.warning(request, gettext("Choose the requests first."))
        return redirect(_back_address(request))
    arguments: dict[str, Any] = {}
    if act == "orders.hand_over":
        if not request.POST.get("post"):
            return _choose_colleague(request, chosen)
        arguments["post_id"] = _identifier(request.POST["post"], field="post")
    outcomes = perform_many(request.actor, order_ids=chosen, act=act, **arguments)
    done = sum(outcome.succeeded for outcome in outcomes)
    if done == len(outcomes):
        text = ngettext("%(title)s: %(count)s request done.", "%(title)s: %(count)s requests done.", done)
        messages.success(request, text % {"title": title, "count": done})
        return redirect(_back_address(request))
    orders = {order.id: order for order in Order.objects.filter(id__in=chosen).only("id", "code", "title")}
    results = [(orders.get(one.order_id), _said(one.error) if one.error else "") for one in outcomes]
    context = {"title": title, "done": done, "results": results, "back": _back_address(request)}
    return render(request, "desk/results.html", context, status=409, using="jinja2")


def _choose_colleague(request: PageRequest, chosen: list[UUID]) -> HttpResponse:
    """Ask to whom the chosen rows go."""
    unit_id = request.actor.unit_id
    context = {
        "chosen": chosen, "query": request.POST.get("query", ""), "back": _back_address(request),
        "colleagues": colleagues(unit_id, timezone.localdate()) if unit_id else [],
    }  # fmt: skip
    return render(request, "desk/colleague.html", context, using="jinja2")


def _said(error: TianquError) -> str:
    return f"{sentence(error.message, error)} {sentence(error.remedy, error)}".strip()


def _bulk_act(verb: str) -> tuple[str, Promise]:
    if verb not in BULK:
        raise InvalidInput(gettext_noop("There is nothing called %(value)s to do here."), field="do", value=verb[:40])
    return BULK[verb]


def _chosen(values: list[str]) -> list[UUID]:
    if len(values) > CHOSEN_MAX:
        raise InvalidInput(
            gettext_noop("At most %(most)s requests are chosen at once."), field="order", most=CHOSEN_MAX
        )
    return [_identifier(value, field="order") for value in values]


def _identifier(value: str, *, field: str) -> UUID:
    try:
        return UUID(value)
    except ValueError as error:
        raise InvalidInput(
            gettext_noop("Nothing was chosen here."),
            field=field,
            remedy=gettext_noop("Go back and choose from the list."),
        ) from error


def _back_address(request: PageRequest) -> str:
    """Return the inbox as it was narrowed; only its query string is taken from the form, never a whole address."""
    query = QueryDict(request.POST.get("query", "")[:2000]).urlencode()
    return f"{reverse('inbox')}?{query}" if query else reverse("inbox")
