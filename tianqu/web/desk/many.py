"""One act on many rows of the inbox: what it needs is asked once, and each row says what came of it."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop, ngettext
from django.views.decorators.http import require_POST

from tianqu.base.errors import InvalidInput, TianquError
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.orders.api import Outcome, named_orders, perform_many
from tianqu.kernel.pack.api import Faults, PageRequest
from tianqu.kernel.places.api import can
from tianqu.web.desk.deeds import BY_VERB, Deed, Sent
from tianqu.web.desk.finding import colleague_choices
from tianqu.web.layout.errors import faults, sentence

CHOSEN_MAX: Final = 200  # of one page and what was typed into the address besides
BULK: Final = ("accept", "hand-over", "dispatch", "extend", "comment", "close")
AT_ONCE: Final = ("accept", "close")  # need nothing to be typed


def bulk_deeds(actor: Actor) -> list[Deed]:
    """Return what the actor may do to many rows."""
    return [BY_VERB[verb] for verb in BULK if can(actor, BY_VERB[verb].act)]


@require_POST
def do_many(request: PageRequest) -> HttpResponse:
    """Do one act to the chosen rows; those that could not be done say why, each for itself."""
    deed = _deed(request.POST.get("do", ""))
    chosen = _chosen(request.POST.getlist("order"))
    back = back_address(request.POST.get("query", ""))
    if not chosen:
        messages.warning(request, gettext("Choose the requests first."))
        return redirect(back)
    if deed.verb not in AT_ONCE and "confirmed" not in request.POST:
        return _asked(request, deed, chosen, Faults(), 200)
    sent = Sent(request.actor, chosen[0], deed.verb, request.POST, request.FILES)
    try:
        outcomes = perform_many(request.actor, order_ids=chosen, act=deed.act, **_arguments(deed, sent))
    except InvalidInput as error:
        return _asked(request, deed, chosen, _at_fields(deed, error), 400)
    if all(isinstance(one.error, InvalidInput) and one.error.field in _names(deed) for one in outcomes):
        assert isinstance(outcomes[0].error, InvalidInput)
        return _asked(request, deed, chosen, _at_fields(deed, outcomes[0].error), 400)
    return _told(request, deed, outcomes, back)


def _told(request: PageRequest, deed: Deed, outcomes: tuple[Outcome, ...], back: str) -> HttpResponse:
    done = sum(outcome.succeeded for outcome in outcomes)
    if done == len(outcomes):
        text = ngettext("%(title)s: %(count)s request done.", "%(title)s: %(count)s requests done.", done)
        messages.success(request, text % {"title": deed.button, "count": done})
        return redirect(back)
    orders = named_orders(request.actor, [one.order_id for one in outcomes])
    results = [(orders.get(one.order_id), _said(one.error) if one.error else "") for one in outcomes]
    context = {"title": deed.button, "done": done, "results": results, "back": back}
    return render(request, "desk/results.html", context, status=409, using="jinja2")


def _asked(request: PageRequest, deed: Deed, chosen: list[UUID], errors: Faults, status: int) -> HttpResponse:
    """Ask once what the act needs."""
    choices: dict[str, list[Any]] = {
        f"{deed.verb}-{ask.name}": ask.options(None) for ask in deed.asks if ask.options is not None
    }
    unit_id = request.actor.unit_id
    if deed.verb == "hand-over":
        today = timezone.localdate()
        choices["hand-over-post_id"] = colleague_choices(request.actor, unit_id=unit_id, on=today) if unit_id else []
    begun = {f"{deed.verb}-{ask.name}": ask.begin(None) for ask in deed.asks if ask.begin is not None}
    context = {
        "deed": deed, "chosen": chosen, "query": request.POST.get("query", ""), "errors": errors,
        "back": back_address(request.POST.get("query", "")), "choices": choices,
        "given": request.POST if "confirmed" in request.POST else begun,
    }  # fmt: skip
    return render(request, "desk/many.html", context, status=status, using="jinja2")


def _arguments(deed: Deed, sent: Sent) -> dict[str, Any]:
    if deed.arguments is not None:
        return deed.arguments(sent)
    return {ask.name: sent.text(ask.name) for ask in deed.asks}


def _names(deed: Deed) -> set[str]:
    return {ask.name for ask in deed.asks}


def _at_fields(deed: Deed, error: InvalidInput) -> Faults:
    return Faults({f"{deed.verb}-{name}": text for name, text in faults(error).items()})


def _said(error: TianquError) -> str:
    return f"{sentence(error.message, error)} {sentence(error.remedy, error)}".strip()


def _deed(verb: str) -> Deed:
    if verb not in BULK:
        raise InvalidInput(gettext_noop("There is nothing called %(value)s to do here."), field="do", value=verb[:40])
    return BY_VERB[verb]


def _chosen(values: list[str]) -> list[UUID]:
    if len(values) > CHOSEN_MAX:
        raise InvalidInput(
            gettext_noop("At most %(most)s requests are chosen at once."), field="order", most=CHOSEN_MAX
        )
    return [_identifier(value) for value in values]


def _identifier(value: str) -> UUID:
    try:
        return UUID(value)
    except ValueError as error:
        raise InvalidInput(
            gettext_noop("Nothing was chosen here."),
            field="order",
            remedy=gettext_noop("Go back and choose from the list."),
        ) from error


def back_address(query: str) -> str:
    """Return the inbox as it was narrowed; only its query string is taken from a form, never a whole address."""
    narrowed = QueryDict(query[:2000]).urlencode()
    return f"{reverse('inbox')}?{narrowed}" if narrowed else reverse("inbox")
