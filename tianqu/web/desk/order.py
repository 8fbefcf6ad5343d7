"""The page of one request: everything about it, and a form for each act that its reader may do now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from tianqu.base.errors import Conflict, NotFound, TianquError, _
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.orders.api import (
    OrderDetail,
    Unsealed,
    act_name,
    clocks_left,
    item_form,
    order_detail,
    order_id_of,
    order_timeline,
    read_code,
    shown_code,
)
from tianqu.kernel.pack.api import Faults, PageRequest
from tianqu.kernel.places.api import note_access, require, units_near
from tianqu.web.desk import words
from tianqu.web.desk.deeds import BY_VERB, Deed, Sent, open_deeds
from tianqu.web.desk.finding import colleague_choices
from tianqu.web.desk.likes import words_called
from tianqu.web.layout.errors import faults, sentence
from tianqu.web.layout.formats import in_chinese

AGENT_MAX: Final = 200  # characters of a browser's name that are kept


@dataclass(frozen=True, slots=True)
class Tried:
    """What somebody tried in vain: their words are kept, and the page says why."""

    deed: Deed | None = None
    given: QueryDict = field(default_factory=QueryDict)
    errors: Faults = field(default_factory=Faults)
    said: str = ""  # why it failed as a whole, as when somebody was quicker
    status: int = 200

    @property
    def typed(self) -> list[tuple[Any, str]]:
        """The labels and contents of the texts that were typed."""
        asks = self.deed.asks if self.deed else ()
        pairs = [(ask.label, self.given.get(f"{self.deed.verb}-{ask.name}", "")) for ask in asks if self.deed]
        return [(label, text) for label, text in pairs if text.strip()]


NOTHING_TRIED: Final = Tried()


@require_safe
def show(request: PageRequest, code: str) -> HttpResponse:
    """One request. ``?words=`` begins the answer with a template or a past answer, ``?merge=`` a merger."""
    detail = _detail(request, code)
    return _page(request, detail, tried=_begun(request, detail))


def _begun(request: PageRequest, detail: OrderDetail) -> Tried:
    """Return the form that a link wants begun, as if somebody had typed it."""
    given = QueryDict(mutable=True)
    if "orders.finish" in detail.acts and (key := request.GET.get("words")):
        given["finish-answer_public"] = words_called(request.actor, detail, key)
        return Tried(BY_VERB["finish"], given)
    if "orders.merge" in detail.acts and (into := request.GET.get("merge")):
        given["merge-into"] = into[:40]
        return Tried(BY_VERB["merge"], given)
    return NOTHING_TRIED


def _detail(request: PageRequest, code: str) -> OrderDetail:
    require(request.actor, "orders.see")
    return order_detail(request.actor, order_id=order_id_of(request.actor, code=read_code(code)))


@require_POST
def do(request: PageRequest, code: str, *, verb: str) -> HttpResponse:
    """Do one act, then show the request as it is now; what was typed is kept where the act was refused."""
    detail = _detail(request, code)
    deed = BY_VERB.get(verb)
    if deed is None:
        raise NotFound(_("There is nothing called %(value)s to do here."), field="verb", value=verb[:40])
    sent = Sent(request.actor, detail.order.id, verb, request.POST, request.FILES)
    try:
        result = deed.perform(sent, version=_version(request.POST.get("version", "")))
    except TianquError as error:
        return _refused(request, code, deed, error)
    if isinstance(result, Unsealed):
        return _page(request, _detail(request, code), unsealed=result)
    messages.success(request, gettext("Done: %(act)s.") % {"act": act_name(deed.act)})
    try:
        order_id_of(request.actor, code=detail.order.code)
    except NotFound:  # the act moved the request out of its doer's sight
        return redirect("inbox")
    return redirect("order", code=detail.order.code)


def _version(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _refused(request: PageRequest, code: str, deed: Deed, error: TianquError) -> HttpResponse:
    """Show the request as it is now, with what was typed and why it was not taken."""
    by_field = faults(error)
    known = {ask.name for ask in deed.asks}
    at_fields = Faults({f"{deed.verb}-{name}": text for name, text in by_field.items() if name in known})
    whole = " ".join(text for name, text in by_field.items() if name not in known)
    if isinstance(error, Conflict) and not whole:
        whole = f"{sentence(error.message, error)} {sentence(error.remedy, error)}".strip()
    tried = Tried(deed, request.POST, at_fields, whole, error.status)
    return _page(request, _detail(request, code), tried=tried)


def _page(
    request: PageRequest, detail: OrderDetail, *, tried: Tried = NOTHING_TRIED, unsealed: Unsealed | None = None
) -> HttpResponse:
    today, order = timezone.localdate(), detail.order
    if unsealed is not None:
        _note_unsealed(request, detail, unsealed)
    deeds = open_deeds(detail)
    context = {
        "detail": detail, "order": order, "code_shown": shown_code(order.code), "chinese": in_chinese(),
        "words": words, "clocks": clocks_left(detail, now=timezone.now()), "form": _form(detail), "unsealed": unsealed,
        "timeline": order_timeline(request.actor, order_id=order.id), "main": deeds[0] if deeds else None,
        "others": deeds[1:], "tried": tried, "lost": tried.deed is not None and tried.deed not in deeds,
        "choices": _choices(request.actor, detail, deeds), "names": {deed.verb: deed.button for deed in deeds},
        "act_name": act_name,
        "units": units_near(order.place_path, on=today) if any(_names_unit(deed) for deed in deeds) else [],
    }  # fmt: skip
    response = render(request, "desk/order.html", context, status=tried.status, using="jinja2")
    response["Cache-Control"] = "no-store"
    return response


def _names_unit(deed: Deed) -> bool:
    return any(ask.kind == "unit" for ask in deed.asks)


def _choices(actor: Actor, detail: OrderDetail, deeds: list[Deed]) -> Mapping[str, list[Any]]:
    """Return what the fields with a choice offer, and what fields hold at first, by the field's whole name."""
    offered: dict[str, list[Any]] = {}
    for deed in deeds:
        for ask in deed.asks:
            if ask.options is not None:
                offered[f"{deed.verb}-{ask.name}"] = ask.options(detail)
    if any(deed.act == "orders.hand_over" for deed in deeds) and detail.order.unit_id is not None:
        today = timezone.localdate()
        offered["hand-over-post_id"] = colleague_choices(actor, unit_id=detail.order.unit_id, on=today)
    return offered


def _form(detail: OrderDetail) -> list[tuple[str, str]]:
    """Return the answers to the item's form, as its questions read and its choices are called."""
    language = "zh" if in_chinese() else "en"
    rows = []
    for each in item_form(detail.item).fields:
        answer = detail.order.form.get(each.code)
        if answer is None:
            continue
        called = {choice.value: choice.label.said(language) for choice in each.choices}
        values = answer if isinstance(answer, list) else [answer]
        rows.append((each.label.said(language), "; ".join(_answer(value, called) for value in values)))
    return rows


def _answer(value: Any, called: Mapping[str, str]) -> str:
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    return called.get(value, str(value)) if isinstance(value, str) else str(value)


def _note_unsealed(request: PageRequest, detail: OrderDetail, shown: Unsealed) -> None:
    """Write into the access log that an office looked behind a seal; a look at an open name the kernel notes."""
    note_access(
        request.actor,
        "looked",
        subject=f"order:{detail.order.id}",
        about_person_id=shown.person_id,
        address=get_adapter(request).get_client_ip(request),
        agent=request.META.get("HTTP_USER_AGENT", "")[:AGENT_MAX],
    )
