"""What is like a request: others that may have the same cause, and words for an answer, templates filled in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from tianqu.kernel.journal.api import Actor
from tianqu.kernel.orders.api import (
    Likeness,
    OrderDetail,
    answer_suggestions,
    filled_template,
    order_detail,
    order_id_of,
    read_code,
    shown_code,
    similar_orders,
)
from tianqu.kernel.pack.api import PageRequest
from tianqu.kernel.places.api import require
from tianqu.web.layout.formats import day, in_chinese

ANSWERS_MAX: Final = 5  # templates, and past answers, each
LIKES_MAX: Final = 5


@dataclass(frozen=True, slots=True)
class Words:
    """Words for an answer. ``key`` names them in an address; ``code`` is the published request that they answered."""

    key: str
    title: str
    text: str
    code: str


@require_safe
def likes(request: PageRequest, code: str) -> HttpResponse:
    """Show what is like a request: beside it, or as a page of its own where there is no script."""
    require(request.actor, "orders.see")
    detail = order_detail(request.actor, order_id=order_id_of(request.actor, code=read_code(code)))
    context = {
        "order": detail.order, "likes": _likes(request.actor, detail), "words": words_for(request.actor, detail),
        "answering": "orders.finish" in detail.acts, "merging": "orders.merge" in detail.acts,
    }  # fmt: skip
    template = "desk/likes_beside.html" if request.headers.get("HX-Request") else "desk/likes.html"
    response = render(request, template, context, using="jinja2")
    response["Cache-Control"] = "no-store"
    return response


def words_for(actor: Actor, detail: OrderDetail) -> list[Words]:
    """Return templates, filled with the request's facts, then answers that were given to such and published."""
    order = detail.order
    found = answer_suggestions(
        actor, text=f"{order.title} {order.description}", item=detail.item.code, limit=ANSWERS_MAX
    )
    facts = facts_of(detail)
    return [
        Words(
            key=f"template:{one.template_id}" if one.template_id else f"answer:{one.code}", title=one.title,
            text=filled_template(one.text, facts) if one.template_id else one.text, code=one.code,
        )
        for one in found
        if one.code != order.code
    ]  # fmt: skip


def words_called(actor: Actor, detail: OrderDetail, key: str) -> str:
    """Return the words that an address names, "" where they are not among those offered."""
    return next((one.text for one in words_for(actor, detail) if one.key == key), "")


def facts_of(detail: OrderDetail) -> dict[str, str]:
    """Return what a template may say of a request, by the names of ``PLACEHOLDERS``."""
    chinese, order = in_chinese(), detail.order
    unit = detail.unit
    return {
        "code": shown_code(order.code), "title": order.title,
        "item": detail.item.title if chinese or not detail.item.title_en else detail.item.title_en,
        "place": detail.place.shown("zh" if chinese else "en"),
        "unit": "" if unit is None else unit.name if chinese or not unit.name_en else unit.name_en,
        "asked": day(order.placed_at), "today": day(timezone.now()),
    }  # fmt: skip


def _likes(actor: Actor, detail: OrderDetail) -> list[Likeness]:
    order = detail.order
    bound: set[UUID] = {one.id for one in (*detail.parts, *detail.waiting)}
    found = similar_orders(
        actor, text=f"{order.title} {order.description}", place_id=order.place_id, item=detail.item.code,
        lon=float(order.lon) if order.lon is not None else None,
        lat=float(order.lat) if order.lat is not None else None, leaving_out=order.id, limit=LIKES_MAX + len(bound),
    )  # fmt: skip
    return [one for one in found if one.order_id not in bound][:LIKES_MAX]
