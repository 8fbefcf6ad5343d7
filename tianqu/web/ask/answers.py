"""What others asked, and what came of it: published requests, searched before one asks oneself."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tianqu.kernel.orders.api import PublicFilters, public_order, public_orders, public_timeline, read_code
from tianqu.kernel.pack.api import Column, PageRequest, Table
from tianqu.kernel.places.api import find_places
from tianqu.web.layout.formats import in_chinese

WORDS_MAX = 100
PAGE = 20


@require_safe
def answers(request: PageRequest) -> HttpResponse:
    """Search published requests by words and place."""
    words = " ".join(request.GET.get("q", "").split())[:WORDS_MAX]
    place_words = " ".join(request.GET.get("place", "").split())[:WORDS_MAX]
    places = find_places(place_words, limit=1) if place_words else []
    filters = PublicFilters(
        text=words or None,
        place_path=str(places[0].path) if places else None,
        answered=True if request.GET.get("answered") else None,
    )
    page = public_orders(filters=filters, after=request.GET.get("after") or None, limit=PAGE)
    table = Table(
        caption=_("Published requests"),
        columns=(
            Column("title", _("Request")),
            Column("place", _("Place")),
            Column("unit", _("Answered by")),
            Column("placed_at", _("Asked on")),
            Column("state", _("State")),
        ),
        rows=page.rows,
        next_cursor=page.after or "",
    )
    context = {
        "table": table, "words": words, "place_words": place_words, "place_unknown": bool(place_words and not places),
        "answered": bool(request.GET.get("answered")), "chinese": in_chinese(),
    }  # fmt: skip
    return render(request, "ask/answers.html", context, using="jinja2")


@require_safe
def answer(request: PageRequest, code: str) -> HttpResponse:
    """One published request: question, answer, and its public steps."""
    order = public_order(code=read_code(code))
    context = {
        "order": order, "timeline": public_timeline(request.actor, code=order.code), "chinese": in_chinese()
    }  # fmt: skip
    return render(request, "ask/answer.html", context, using="jinja2")
