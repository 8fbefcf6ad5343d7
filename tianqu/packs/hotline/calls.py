"""The call-back queue: one call at a time, with the request's facts and the keys of the outcomes."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from tianqu.base.errors import InvalidInput, TianquError
from tianqu.base.moments import moment_typed
from tianqu.kernel.orders.api import (
    ATTEMPTS_MAX,
    OUTCOMES,
    call_back,
    call_queue,
    due_calls,
    order_detail,
    realm_calendar,
)
from tianqu.kernel.pack.api import PageRequest, PageResult, Redirect, Rendered, faults
from tianqu.packs.hotline import words

WAITING_SHOWN = 50
TRIED_AGAIN: Final = ("no_answer", "busy")
YES_OR_NO = {"yes": True, "no": False}


def queue(request: PageRequest) -> PageResult:
    """Show the next call that is due, or write down what came of it and go on to the next."""
    if request.method != "POST":
        return _page(request, {}, {}, status=200)
    given = request.POST
    try:
        _write_down(request, given)
    except TianquError as error:
        return _page(request, given.dict(), faults(error), status=error.status)
    return Redirect(reverse("hotline:calls"), notice=gettext("Written down. This is the next call."))


def _write_down(request: PageRequest, given: QueryDict) -> None:
    outcome = given.get("outcome", "")
    answered = outcome == "answered"
    call_back(
        request.actor,
        order_id=_order_id(given),
        outcome=outcome,
        contacted=YES_OR_NO.get(given.get("contacted", "")) if answered else None,
        solved=YES_OR_NO.get(given.get("solved", "")) if answered else None,
        satisfaction=given.get("satisfaction", "") if answered else "",
        note=given.get("note", ""),
        again_at=_again_at(given) if not answered else None,
    )


def _again_at(given: QueryDict) -> datetime | None:
    """Read when to try again, in the realm's time, None for the usual time. Raises ``InvalidInput``."""
    text = given.get("again_at", "").strip()
    if not text or given.get("outcome") not in TRIED_AGAIN:
        return None
    try:
        return moment_typed(text, zone=realm_calendar().zone)
    except ValueError as error:
        raise InvalidInput(
            gettext_noop("This is not a date and time."), field="again_at", value=text[:40],
            remedy=gettext_noop("Write it as 2026-03-09T14:30."),
        ) from error  # fmt: skip


def _order_id(given: QueryDict) -> UUID:
    try:
        return UUID(given.get("order_id", ""))
    except ValueError as error:
        raise InvalidInput(gettext_noop("This is not the identifier of a request."), field="order_id") from error


def _page(request: PageRequest, given: dict[str, Any], errors: dict[str, str], *, status: int) -> PageResult:
    wanted = _wanted(given.get("order_id") or request.GET.get("order", ""))
    calls = due_calls(request.actor, now=timezone.now(), limit=WAITING_SHOWN, first=wanted)
    call = calls[0] if calls else None
    missed = wanted is not None and (call is None or call.order_id != wanted)
    given = {} if missed else given  # what was typed about one call is not offered for another
    context = {
        "missed": missed,
        "queue": call_queue(request.actor, now=timezone.now()), "attempts_max": ATTEMPTS_MAX,
        "call": call, "detail": order_detail(request.actor, order_id=call.order_id) if call else None,
        "waiting": [one for one in calls if one is not call], "many": len(calls) == WAITING_SHOWN,
        "given": given, "errors": errors, "chinese": words.in_chinese(),
        "outcomes": [(outcome, words.OUTCOMES[outcome]) for outcome in OUTCOMES],
        "satisfactions": list(words.SATISFACTIONS.items()),
    }  # fmt: skip
    return Rendered("hotline/calls.html", context, status=status)


def _wanted(text: str) -> UUID | None:
    """The request whose call somebody chose; what is no identifier chooses nothing."""
    try:
        return UUID(text)
    except ValueError:
        return None
