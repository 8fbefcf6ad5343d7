"""What stands beside a call while it is told: who called before, what it may be, who asked the same, what to answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext

from tianqu.kernel.journal.api import Actor
from tianqu.kernel.orders.api import (
    BEING_WORKED_ON,
    AnswerSuggestion,
    ItemSuggestion,
    Likeness,
    OrderPage,
    Promise,
    Proposal,
    answer_suggestions,
    item_suggestions,
    items_on,
    most_asked,
    orders_of_caller,
    promised_clocks,
    proposal_for,
    similar_orders,
)
from tianqu.kernel.places.api import Unit, unit_with, units_with
from tianqu.packs.hotline.phone_call import Call
from tianqu.packs.hotline.words import named

HISTORY_SHOWN: Final = 8
ITEMS_SHOWN: Final = 4
LIKE_SHOWN: Final = 4
ANSWERS_SHOWN: Final = 3
ASKED_SHOWN: Final = 5
MOST_ASKED_SINCE: Final = timedelta(days=30)
NUMBER_FROM: Final = 5  # digits from which a number is looked up


@dataclass(frozen=True, slots=True)
class Like:
    """A request that may be about the same; ``open`` says whether the caller can be attached to it."""

    order: Likeness
    unit: str
    open: bool


@dataclass(frozen=True, slots=True)
class Help:
    """Everything beside the form. What cannot be said yet is empty."""

    history: OrderPage | None
    items: list[ItemSuggestion]
    asked: list[tuple[Any, int]]
    like: list[Like]
    answers: list[AnswerSuggestion]
    proposal: Proposal | None
    unit: Unit | None
    why: str
    promises: tuple[Promise, ...]


def help_for(actor: Actor, call: Call) -> Help:
    """Return what helps with a call as it stands now, within the actor's scope."""
    today, item, place = timezone.localdate(), call.item(), call.place()
    code = item.code if item is not None else ""
    found = similar_orders(actor, text=call.words, place_id=place.id, item=code, limit=LIKE_SHOWN) if place else []
    proposal = None
    if item is not None and place is not None:
        proposal = proposal_for(
            item=item.code, place_id=place.id, asker_kind=call.kind, urgency=call.urgency, text=call.words, on=today
        )
    unit = unit_with(proposal.unit_id) if proposal is not None and proposal.unit_id is not None else None
    offered = {each.code: each for each in items_on(today)} if not call.words else {}
    return Help(
        history=orders_of_caller(actor, phone=call.phone, limit=HISTORY_SHOWN)
        if len(call.phone) >= NUMBER_FROM else None,
        items=item_suggestions(call.words, on=today, limit=ITEMS_SHOWN),
        asked=[
            (offered[each], count)
            for each, count in most_asked(since=timezone.now() - MOST_ASKED_SINCE, limit=ASKED_SHOWN)
            if each in offered
        ] if offered else [],
        like=_like(found),
        answers=answer_suggestions(actor, text=call.words, item=code, limit=ANSWERS_SHOWN) if call.words else [],
        proposal=proposal, unit=unit, why=why_sentence(proposal) if proposal is not None else "",
        promises=promised_clocks(item, urgency=call.urgency, at=timezone.now()) if item is not None else (),
    )  # fmt: skip


def _like(found: list[Likeness]) -> list[Like]:
    ids = {each.unit_id for each in found if each.unit_id is not None}
    names = {unit_id: named(unit) for unit_id, unit in units_with(ids).items()}
    return [
        Like(each, names.get(each.unit_id, "") if each.unit_id is not None else "", each.state in BEING_WORKED_ON)
        for each in found
    ]


def why_sentence(proposal: Proposal) -> str:
    """Say in a sentence why a unit is proposed, or why a human must find out."""
    why = proposal.why
    told = {
        "rule": why.get("rule", ""), "basis": why.get("legal_basis", ""), "percent": why.get("confidence_percent", 0),
    }  # fmt: skip
    if proposal.source == "rule" and "rule" in why:
        if told["basis"]:
            return gettext("By the dispatch rule %(rule)s (%(basis)s).") % told
        return gettext("By the dispatch rule %(rule)s.") % told
    if proposal.source == "rule":
        return gettext("The item itself names this kind of unit.")
    if proposal.source == "model":
        return gettext("By the text model, which is %(percent)s %% sure.") % told
    match why.get("reason"):
        case "model_differs":
            return gettext("The item names this unit, but the text model, %(percent)s %% sure, another kind.") % told
        case "unsure":
            return gettext("The text model is only %(percent)s %% sure; please decide.") % told
        case "no_unit":
            return gettext("No unit of the kind that the text model names answers for this place.")
    return gettext("No rule and no model knows who is answerable.")
