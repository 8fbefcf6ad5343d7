"""The pages of ordered services: the menu, plans, what is offered, one order for each side, the centre's list."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from tianqu.base.errors import InvalidInput, TianquError
from tianqu.base.identifiers import identifier_typed, new_identifier
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.orders.api import (
    act_name,
    assign_order,
    claim_order,
    confirm_order,
    dates_of,
    decline_order,
    dispute_order,
    end_plan,
    item_catalogue,
    offer_order,
    offers_to,
    place_id_called,
    plan_dates,
    plans_of,
    skip_date,
    state_name,
)
from tianqu.kernel.pack.api import (
    Faults,
    Given,
    PageRequest,
    PageResult,
    Partial,
    Redirect,
    Rendered,
    count_given,
    day_given,
    faults,
    id_given,
    typed,
)
from tianqu.packs.practice.services.acts import (
    name_goers,
    rate_asking,
    rule_service,
    serve_order,
    show_thanks,
    visit_household,
)
from tianqu.packs.practice.services.flow import FAMILY, FLOW
from tianqu.packs.practice.services.matching import left_out_said, reasons
from tianqu.packs.practice.services.queries import candidates_for, orders_led, service_of, thanks_of
from tianqu.packs.practice.words import words

Perform = Callable[[Actor, UUID, Given], object]
DAY_FIELD: Final = "day"
DEEDS: Final[dict[str, Perform]] = {
    "claim": lambda actor, order_id, given: claim_order(actor, order_id=order_id),
    "decline": lambda actor, order_id, given: decline_order(actor, order_id=order_id, reason=given.get("reason", "")),
    "goers": lambda actor, order_id, given: name_goers(
        actor, order_id=order_id, person_ids=[identifier_typed(one) for one in given.get("goers", [])]
    ),
    "in": lambda actor, order_id, given: visit_household(
        actor, order_id=order_id, direction="in", code=given.get("visit", "")
    ),
    "out": lambda actor, order_id, given: visit_household(
        actor, order_id=order_id, direction="out", code=given.get("visit", "")
    ),
    "serve": lambda actor, order_id, given: serve_order(actor, order_id=order_id, words=given.get("words", "")),
    "confirm": lambda actor, order_id, given: confirm_order(
        actor, order_id=order_id, code=given.get("code", ""), note=given.get("note", "")
    ),
    "dispute": lambda actor, order_id, given: dispute_order(actor, order_id=order_id, note=given.get("note", "")),
    "rule": lambda actor, order_id, given: rule_service(
        actor, order_id=order_id, counts=given.get("counts") == "yes", words=given.get("ruling", "")
    ),
    "rate": lambda actor, order_id, given: rate_asking(
        actor, order_id=order_id, respectful=given.get("respectful") == "yes",
        as_described=given.get("as_described") == "yes", words=given.get("said", ""),
    ),
    "show": lambda actor, order_id, given: show_thanks(actor, order_id=order_id, shown=given.get("shown") == "yes"),
    "assign": lambda actor, order_id, given: assign_order(actor, order_id=order_id, taker=given.get("taker", "")),
    "offer": lambda actor, order_id, given: offer_order(actor, order_id=order_id),
}  # fmt: skip


def menu(request: PageRequest) -> PageResult:
    """What can be ordered, by group; each leads to its questions, one a page."""
    items = item_catalogue(timezone.localdate(), family=FAMILY.code)
    language = get_language() or ""
    groups = [(name, list(rows)) for name, rows in groupby(items, key=lambda one: one.group.said(language))]
    return Rendered("practice/services/menu.html", {"groups": groups, "spoken": language, **words()})


def plans(request: PageRequest) -> PageResult:
    """Plan an order for many dates, leave one out, end a plan."""
    given: dict[str, Any] = {"plan_id": str(new_identifier()), "every_days": "14"}
    errors, status = Faults(), 200
    if request.method == "POST":
        given = typed(request) | {"ends": request.POST.get("deed") == "end"}
        try:
            _plan(request.actor, given)
            return Redirect(reverse("practice:plans"), notice=gettext("Your plan is kept."))
        except TianquError as error:
            errors, status = faults(error), error.status
    context = {
        "items": [(one.code, one.name.said(get_language() or ""))
                  for one in item_catalogue(timezone.localdate(), family=FAMILY.code)],
        "plans": [(one, dates_of(one)) for one in plans_of(request.actor)], "given": given, "errors": errors,
        "summary": list(errors.items()), "signed_in": request.actor.person_id is not None, **words(),
    }  # fmt: skip
    return Rendered("practice/services/plans.html", context, status=status)


def _plan(actor: Actor, given: Given) -> None:
    plan_id = id_given(given, "plan_id")
    if given.get("deed") == "end":
        end_plan(actor, plan_id=plan_id)
    elif given.get("deed") == "skip":
        skip_date(actor, plan_id=plan_id, day=day_given(given, "day"))
    else:
        plan_dates(
            actor, plan_id=plan_id, item=given.get("item", ""), place_id=place_id_called(given.get("place", "")),
            title=given.get("title", ""), description=given.get("description", ""), name=given.get("name", ""),
            phone=given.get("phone", ""), address=given.get("address", ""), first_day=day_given(given, "first_day"),
            last_day=day_given(given, "last_day"), every_days=count_given(given, "every_days"), day_field=DAY_FIELD,
            form={"for_whom": given.get("for_whom", "household")},
        )  # fmt: skip


def offers(request: PageRequest) -> PageResult:
    """What is offered to me and to the teams that I lead; taking it and declining it."""
    errors, status = Faults(), 200
    if request.method == "POST":
        given = typed(request)
        order_id, deed = id_given(given, "order_id"), "claim" if given.get("deed") == "claim" else "decline"
        try:
            DEEDS[deed](request.actor, order_id, given)
            address = reverse("practice:service", args=[order_id]) if deed == "claim" else reverse("practice:offers")
            return Redirect(address, notice=gettext("This is kept."))
        except TianquError as error:
            errors, status = faults(error), error.status
    lines = [(one, reasons(one.grounds)) for one in offers_to(request.actor)]
    taken = offers_to(request.actor, states=("taken", "goes"))
    context = {"lines": lines, "taken": taken, "errors": errors, "summary": list(errors.items()), **words()}
    return Rendered("practice/services/offers.html", context, status=status)


def service(request: PageRequest, order_id: UUID) -> PageResult:
    """One order for whoever ordered it, took it, goes, leads or oversees; each does here what is theirs to do."""
    given: dict[str, Any] = {"code": request.GET.get("code", "")[:20]}
    errors, status = Faults(), 200
    if request.method == "POST":
        given = typed(request) | {"goers": request.POST.getlist("goers")[:50]}
        try:
            deed = DEEDS.get(str(given.get("deed", "")))
            if deed is None:
                raise InvalidInput(gettext_noop("%(value)s cannot be chosen here."), field="deed", value="")
            deed(request.actor, order_id, given)
            return Redirect(request.path, notice=gettext("This is kept."))
        except TianquError as error:
            errors, status = faults(error), error.status
    it = service_of(request.actor, order_id)
    context: dict[str, Any] = {
        "it": it, "order": it.told.order, "may": set(it.told.acts), "state": state_name(it.told.order.state, flow=FLOW),
        "act_name": act_name,
        "given": given, "errors": errors, "summary": list(errors.items()), **words(),
    }  # fmt: skip
    if "orders.assign" in context["may"]:
        found, names = candidates_for(request.actor, order_id)
        context["candidates"] = [(one, names.get(one.taker, one.taker), reasons(one.grounds)) for one in found.found]
        context["left_out"] = [(_("Teams"), left_out_said(found.left_out, "team")),
                               (_("Volunteers"), left_out_said(found.left_out, "volunteer"))]  # fmt: skip
    return Rendered("practice/services/service.html", context, status=status)


def led(request: PageRequest) -> PageResult:
    """The open orders within reach, the soonest due first."""
    rows = [(order, state_name(order.state, flow=FLOW)) for order in orders_led(request.actor)]
    return Rendered("practice/services/led.html", {"rows": rows, **words()})


def thanks(request: PageRequest, code: str) -> PageResult:
    """The thanks to a team, as a part of its page."""
    return Partial("practice/services/thanks.html", {"lines": thanks_of(code)})
