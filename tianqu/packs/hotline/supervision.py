"""What a supervisor does: press many units at once, rule who is answerable, leave out of rates and count again."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop, ngettext

from tianqu.base.errors import InvalidInput, TianquError
from tianqu.kernel.orders.api import (
    EXCLUSION_REASONS,
    OrderDetail,
    adjudicate_order,
    exclude_order,
    exclusion_list,
    include_order,
    order_detail,
    order_id_of,
    order_timeline,
    perform_many,
    read_code,
)
from tianqu.kernel.orders.api import RATES as EXCLUDED_RATES
from tianqu.kernel.pack.api import Faults, PageRequest, PageResult, Redirect, Rendered, faults
from tianqu.kernel.places.api import can, unit_typed, unit_with
from tianqu.packs.hotline.queries import key_names, rule_of_ruling
from tianqu.packs.hotline.words import RATES, REASONS, in_chinese, named

CHOSEN_MAX: Final = 200


def press(request: PageRequest) -> PageResult:
    """Press the units of the chosen requests; say how many were, and why the others were not."""
    back = f"{reverse('hotline:oversight_orders')}?{request.POST.get('query', '')}"
    chosen = _identifiers(request.POST)
    if not chosen:
        return Redirect(back, notice=gettext("Choose the requests first."))
    note = request.POST.get("note", "").strip()
    if not note:
        return Redirect(back, notice=gettext("Say what you ask of the units, then press again."))
    outcomes = perform_many(request.actor, order_ids=chosen, act="orders.press", note=note)
    done = sum(one.succeeded for one in outcomes)
    said = ngettext("%(count)s request was pressed.", "%(count)s requests were pressed.", done) % {"count": done}
    refused = [one.error for one in outcomes if one.error is not None]
    if refused:
        said += " " + gettext("%(count)s were not: %(why)s") % {
            "count": len(refused), "why": next(iter(faults(refused[0]).values())),
        }  # fmt: skip
    return Redirect(back, notice=said)


def _identifiers(given: QueryDict) -> list[UUID]:
    chosen = given.getlist("order")
    if len(chosen) > CHOSEN_MAX:
        raise InvalidInput(
            gettext_noop("At most %(most)s requests are chosen at once."), field="order", most=CHOSEN_MAX
        )
    try:
        return [UUID(text) for text in chosen]
    except ValueError as error:
        raise InvalidInput(gettext_noop("This is not the identifier of a request."), field="order") from error


def rule(request: PageRequest, code: str) -> PageResult:
    """Rule who answers for a returned request, with what the units said; then show the rule that came of it."""
    detail = _detail(request, code)
    given, errors, status = QueryDict(), Faults(), 200
    if request.method == "POST":
        given = request.POST
        try:
            adjudicate_order(
                request.actor, order_id=detail.order.id, unit_id=unit_typed(given.get("unit", ""), field="unit").id,
                reason=given.get("reason", ""), legal_basis=given.get("legal_basis", ""),
                make_rule=given.get("make_rule") == "on", expected_version=_version(given.get("version", "")),
            )  # fmt: skip
            return Redirect(reverse("hotline:rule", kwargs={"code": detail.order.code}), notice=gettext("Ruled on."))
        except TianquError as error:
            errors, status = faults(error), error.status
            detail = _detail(request, code)
    return Rendered("hotline/rule.html", _rule_context(request, detail, given, errors), status=status)


def _detail(request: PageRequest, code: str) -> OrderDetail:
    return order_detail(request.actor, order_id=order_id_of(request.actor, code=read_code(code)))


def _version(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _rule_context(request: PageRequest, detail: OrderDetail, given: QueryDict, errors: Faults) -> dict[str, Any]:
    order = detail.order
    timeline = order_timeline(request.actor, order_id=order.id)
    told = [event for event in timeline if event.act in ("orders.return", "orders.adjudicate")]
    nominees = [str(event.data["nominee"]) for event in told if event.data.get("nominee")]
    made = rule_of_ruling(order.code)
    return {
        "detail": detail, "order": order, "given": given, "errors": errors, "told": told, "chinese": in_chinese(),
        "nominees": key_names("unit", nominees), "named": named, "made": made,
        "made_unit": named(unit_with(made.unit_id)) if made is not None and made.unit_id is not None else "",
        "place_name": key_names("place", [order.place_path])[order.place_path],
        "may": "orders.adjudicate" in detail.acts,
        "unit": given.get("unit", named(detail.nominee) if detail.nominee is not None else ""),
    }  # fmt: skip


def exclusions(request: PageRequest) -> PageResult:
    """What is left out of rates by decision, with the reason; leave another one out, or count one again."""
    given, errors, status = QueryDict(), Faults(), 200
    if request.method == "POST":
        given = request.POST
        try:
            return Redirect(reverse("hotline:exclusions"), notice=_decide(request, given))
        except TianquError as error:
            errors, status = faults(error), error.status
    listed = exclusion_list(request.actor)
    context = {
        "running": [one for one in listed if one.ended_at is None], "ended": [one for one in listed if one.ended_at],
        "given": given, "errors": errors, "may": can(request.actor, "orders.exclude"), "rate_names": RATES,
        "reason_names": REASONS, "rates": [(code, RATES[code]) for code in EXCLUDED_RATES],
        "reasons": [(code, REASONS[code]) for code in EXCLUSION_REASONS],
        "code": request.GET.get("code", ""),
    }  # fmt: skip
    return Rendered("hotline/exclusions.html", context, status=status)


def _decide(request: PageRequest, given: QueryDict) -> str:
    """Leave out or count again, and say so."""
    try:
        order_id = order_id_of(request.actor, code=read_code(given.get("code", "")))
    except InvalidInput as error:
        raise InvalidInput(error.message, field="code", value=error.value, remedy=error.remedy) from error
    rate, note = given.get("rate", ""), given.get("note", "")
    if given.get("do") == "include":
        include_order(request.actor, order_id=order_id, rate=rate, note=note)
        return gettext("It counts again.")
    exclude_order(request.actor, order_id=order_id, rate=rate, reason=given.get("reason", ""), note=note)
    return gettext("It is left out from now on, and every published rate says how many are.")
