"""The operator's phone desk: one call, one page, by keyboard alone; works as a plain form without script."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext, gettext_noop

from tianqu.base.errors import Conflict, InvalidInput, NotFound, NotPermitted, TianquError
from tianqu.kernel.journal.api import Actor, perform_request
from tianqu.kernel.orders.api import (
    BEING_WORKED_ON,
    Order,
    Proposal,
    Receipt,
    State,
    answer_order,
    answer_suggestions,
    comment_on_order,
    default_duration,
    dispatch_order,
    form_fields,
    item_catalogue,
    item_form,
    merge_order,
    order_code,
    order_detail,
    order_id_of,
    place_order,
    proposal_for,
    read_code,
    shown_code,
)
from tianqu.kernel.pack.api import Faults, PageRequest, PageResult, Partial, Redirect, Rendered, faults
from tianqu.kernel.places.api import can, find_places, full_names, unit_typed
from tianqu.packs.hotline import words
from tianqu.packs.hotline.phone_call import (
    FORM_PREFIX,
    LANGUAGES,
    Call,
    drop_draft,
    keep_draft,
    kept_draft,
    new_call,
    with_changes,
)
from tianqu.packs.hotline.phone_help import help_for

PLACES_SHOWN: Final = 8
SENT: Final = "phone_sent"  # the session's key for the receipt of the call sent last
# In which states the second step of a route is still to be done.
OPEN_FOR: Final[dict[str, tuple[State, ...]]] = {
    "dispatch": (State.PLACED,), "answer": (State.PLACED, State.DISPATCHED),
    "attach": (State.PLACED, State.DISPATCHED), "queue": (),
}  # fmt: skip
PARTS: Final = ("help", "fields", "places")
PERMISSION_OF_ROUTE: Final = {
    "dispatch": "orders.dispatch", "answer": "orders.answer", "attach": "orders.merge", "queue": "orders.place",
}  # fmt: skip


def desk(request: PageRequest) -> PageResult:
    """Show a new call or the one that was begun; look something up; take a suggestion; send."""
    if request.method != "POST":
        kept = kept_draft(request)
        return _page(request, kept[0] if kept else new_call(), kept_at=kept[1] if kept else None)
    call = Call(request.POST)
    if request.POST.get("do") == "clear":
        drop_draft(request)
        return Redirect(reverse("hotline:phone"))
    take = request.POST.get("take", "")
    try:
        call = taken(request, call, take) if take else call
        keep_draft(request, call)
        if take or request.POST.get("do") != "send":
            return _page(request, call)
        receipt, fault = _send(request, call)
    except TianquError as error:
        return _page(request, call, errors=faults(error), status=error.status)
    drop_draft(request)
    request.session[SENT] = {"code": receipt.code, "secret": receipt.secret, "fault": fault}
    return Redirect(reverse("hotline:phone_sent", kwargs={"code": receipt.code}))


def part(request: PageRequest, part: str) -> PageResult:
    """Return a piece of the page for the call as it stands, and keep it as a draft."""
    if part not in PARTS:
        raise NotFound(gettext_noop("There is no such part of this page."), field="part", value=part[:20])
    call = Call(request.POST)
    keep_draft(request, call)
    context = _help(request, call) if part == "help" else _context(call) | {"errors": Faults()}
    return Partial(f"hotline/phone_{part}.html", context)


def sent(request: PageRequest, code: str) -> PageResult:
    """What to read out to the caller, and what becomes of the call; then the next one."""
    code = read_code(code)
    detail = order_detail(request.actor, order_id=order_id_of(request.actor, code=code))
    kept = request.session.get(SENT, {})
    mine = kept if kept.get("code") == code else {}
    context = {
        "detail": detail, "order": detail.order, "code": shown_code(code), "secret": mine.get("secret", ""),
        "fault": mine.get("fault", ""), "unit": words.named(detail.unit) if detail.unit else "",
        "clocks": [clock for clock in detail.clocks if clock.stopped_at is None], "clock_names": words.CLOCKS,
        "chinese": words.in_chinese(),
    }  # fmt: skip
    return Rendered("hotline/phone_sent.html", context)


def taken(request: PageRequest, call: Call, take: str) -> Call:
    """Take a suggestion into the form: ``item:…``, ``into:…`` or ``answer:`` with the code or number of an answer."""
    what, _colon, value = take.partition(":")
    if what == "item":
        return with_changes(call, item=value)
    if what == "into":
        return with_changes(call, into=value, route="attach")
    if what == "answer":
        item = call.item()
        found = answer_suggestions(request.actor, text=call.words, item=item.code if item else "")
        for one in found:
            if value == (one.code or str(one.template_id)):
                return with_changes(call, answer=one.text, source=value, route="answer")
    raise InvalidInput(gettext_noop("This suggestion is no longer there."), field="take", value=take[:40])


def _send(request: PageRequest, call: Call) -> tuple[Receipt, str]:
    """Place the call and do with it what was chosen; return the receipt, and why the second step failed if it did.

    Everything that can be checked is checked before anything is placed.
    """
    item, place, answers = call.checked()
    route = call.route
    if not can(request.actor, PERMISSION_OF_ROUTE[route]):
        raise NotPermitted(gettext_noop("Your post does not let you do this."), field="route")
    target = _target(request, call) if _is_open(request, call) else None
    receipt = place_order(
        replace(request.actor, channel="phone"), item=item.code, place_id=place.id, title=call.title,
        description=call.text("description"), form=answers, contact=call.contact,
        identity=call.text("identity") or "open", address=call.text("address"), urgency=call.urgency,
        public=call.text("public") == "on", order_id=call.order_id,
    )  # fmt: skip
    try:
        _go_on(request, call, receipt, target)
    except TianquError as error:
        return receipt, " ".join(faults(error).values())
    return receipt, ""


def _is_open(request: PageRequest, call: Call) -> bool:
    """Whether the second step is still to be done: not where the same call was sent before and that step arrived."""
    try:
        state = order_detail(request.actor, order_id=call.order_id).order.state
    except NotFound:  # not sent before
        return True
    return state in OPEN_FOR[call.route]


def _target(request: PageRequest, call: Call) -> Any:
    """What the route leads to: a proposal with its unit, an order, or nothing. Raises ``InvalidInput``."""
    if call.route == "dispatch":
        return _destination(call)
    if call.route == "attach":
        return _cause(request, call)
    if call.route == "answer" and not call.text("answer"):
        raise InvalidInput(
            gettext_noop("This is needed."), field="answer", remedy=gettext_noop("Write what you told the caller.")
        )
    return None


def _destination(call: Call) -> Proposal | None:
    """Who will get it: the unit that was typed, with a reason, else the one proposed; None for a dispatcher's turn."""
    item, place = call.item(), call.place()
    assert item is not None and place is not None, "checked before"
    proposal = proposal_for(
        item=item.code, place_id=place.id, asker_kind=call.kind, urgency=call.urgency, text=call.words,
        on=timezone.localdate(),
    )  # fmt: skip
    if not call.text("unit"):
        return proposal if proposal.source != "human" and proposal.unit_id is not None else None
    unit = unit_typed(call.text("unit"), field="unit")
    if unit.id == proposal.unit_id:
        return replace(proposal, source="human") if proposal.source == "human" else proposal
    if not call.text("reason"):
        raise InvalidInput(
            gettext_noop("Say why this unit and not the one proposed."), field="reason",
            remedy=gettext_noop("Write it in a few words; the unit reads it."),
        )  # fmt: skip
    return Proposal("human", unit.id, 1.0, {"proposed": str(proposal.unit_id or ""), "by": proposal.source})


def _cause(request: PageRequest, call: Call) -> UUID:
    """The order to which the caller is attached."""
    if not call.text("into"):
        raise InvalidInput(
            gettext_noop("This is needed."), field="into", remedy=gettext_noop("Take one of the like requests.")
        )
    try:
        order_id = order_id_of(request.actor, code=read_code(call.text("into")))
    except (InvalidInput, NotFound) as error:
        raise InvalidInput(
            gettext_noop("There is no such request."), field="into", value=call.text("into")[:40]
        ) from error
    if order_detail(request.actor, order_id=order_id).order.state not in BEING_WORKED_ON:
        raise InvalidInput(
            gettext_noop("This request is no longer being worked on."), field="into",
            remedy=gettext_noop("Tell the caller what was answered, or dispatch a new one."),
        )  # fmt: skip
    return order_id


def _go_on(request: PageRequest, call: Call, receipt: Receipt, target: Any) -> None:
    """Note what the caller speaks, so that whoever gets it reads it there; then do the second step.

    Each is done once: where the same call was sent before, this goes on where that stopped.
    """
    actor, order_id, language = request.actor, receipt.order_id, call.text("language")
    if language in LANGUAGES[1:]:
        said = gettext("The caller speaks: %(language)s.") % {"language": words.LANGUAGES[language]}
        told = {"order_id": order_id, "text": said}
        perform_request(comment_on_order, actor, key=f"phone:{order_id}:{said}", arguments=told)
    try:
        _take_route(actor, call, order_detail(actor, order_id=order_id).order, target)
    except Conflict:
        if _is_open(request, call):  # else the same call, sent twice at once, was quicker
            raise


def _take_route(actor: Actor, call: Call, order: Order, target: Any) -> None:
    """Do what was chosen to an order as it was seen. Raises ``Conflict`` where it has changed since."""
    if order.state not in OPEN_FOR[call.route]:
        return
    seen: dict[str, Any] = {"order_id": order.id, "expected_version": order.version}
    if call.route == "answer":
        answer_order(actor, **seen, answer_public=call.text("answer"), source=call.text("source"))
    elif call.route == "attach":
        merge_order(actor, **seen, into=target, reason=call.text("reason"))
    elif call.route == "dispatch" and target is not None:
        dispatch_order(
            actor, **seen, unit_id=target.unit_id, reason=call.text("reason"), decided_by=target.source, why=target.why
        )


def _page(
    request: PageRequest,
    call: Call,
    *,
    errors: Faults | None = None,
    kept_at: Any = None,
    status: int = 200,
) -> PageResult:
    errors = errors or Faults()
    sent_before = order_code(call.order_id) if status == Conflict.status and "order_id" in errors else ""
    context = _context(call) | _help(request, call) | {
        "errors": errors, "kept_at": kept_at, "sent_before": sent_before,
        "groups": _groups(), "languages": [(code, words.LANGUAGES[code]) for code in LANGUAGES],
        "routes": [
            (code, title) for code, title in words.ROUTES.items() if can(request.actor, PERMISSION_OF_ROUTE[code])
        ],
        "urgencies": [
            (code, words.URGENCIES[code], default_duration("finish", urgency=code), key)
            for code, key in (("none", ""), ("utilities", "h"), ("danger", "g"))
        ],
        "identities": list(words.IDENTITIES.items()), "keys": words.PHONE_KEYS,
    }  # fmt: skip
    return Rendered("hotline/phone.html", context, status=status)


def _help(request: PageRequest, call: Call) -> dict[str, Any]:
    return {
        "call": call, "given": call.given, "help": help_for(request.actor, call), "chinese": words.in_chinese(),
        "named": words.named, "clock_names": words.CLOCKS,
    }  # fmt: skip


def _context(call: Call) -> dict[str, Any]:
    """What the form itself needs: the chosen item's fields, and the places that fit the words."""
    item, chosen = call.item(), call.place()
    typed = " ".join(call.text("place_words").split())[:100]
    places = find_places(typed, limit=PLACES_SHOWN) if typed else []
    if chosen is not None and all(place.id != chosen.id for place in places):
        places = [chosen, *places]
    names = full_names([place.id for place in places])
    language = get_language() or ""
    only = str(places[0].id) if len(places) == 1 and chosen is None else ""
    return {
        "call": call, "given": call.given, "item": item, "form_prefix": FORM_PREFIX, "typed": typed,
        "form_fields": list(form_fields(item_form(item), language)) if item is not None else [],
        "places": [(str(place.id), names[place.id].shown(language)) for place in places],
        "place": str(chosen.id) if chosen is not None else only,
    }  # fmt: skip


def _groups() -> list[tuple[str, list[tuple[str, str]]]]:
    """The items offered today, by group."""
    language, groups = get_language() or "", dict[str, list[tuple[str, str]]]()
    for item in item_catalogue(timezone.localdate()):
        groups.setdefault(item.group.said(language), []).append((item.code, item.name.said(language)))
    return list(groups.items())
