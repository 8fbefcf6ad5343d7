"""Where a new request goes: a rule says, else the item itself, else the text model if it is sure, else a human.

Each decision names its source and its grounds, which the timeline shows. Where the model is sure of another kind of
unit than the item names, the two are laid before a human: people choose the wrong item more often than one thinks.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from tianqu.base.errors import Conflict, NotFound, _
from tianqu.kernel.orders.catalogue import item_version, known_item, known_place
from tianqu.kernel.orders.classify.features import normalised
from tianqu.kernel.orders.classify.model import Guess
from tianqu.kernel.orders.models import Order
from tianqu.kernel.orders.rules import Facts, Rule, RuleSet, published_rules, rules_stamp
from tianqu.kernel.orders.text_models import LOOKED_EVERY_SECONDS, KeptModel
from tianqu.kernel.orders.timers import Decision
from tianqu.kernel.places.api import unit_id_for, unit_today

MODEL_NAME: Final = "dispatch"


@dataclass(frozen=True, slots=True)
class Proposal:
    """Who should answer, for a dispatcher's eyes. ``unit_id`` is None where a human must find out.

    ``source`` is ``rule``, ``model`` or ``human``; ``confidence`` between 0 and 1, 1 for rules.
    """

    source: str
    unit_id: UUID | None
    confidence: float
    why: Mapping[str, Any]


def decide(order_id: UUID) -> Decision | None:
    """Return where an order goes, or None where a human must say. For the worker."""
    proposal = propose(order_id)
    if proposal.source == "human" or proposal.unit_id is None:
        return None
    return Decision(unit_id=proposal.unit_id, decided_by=proposal.source, why=proposal.why)


def propose(order_id: UUID) -> Proposal:
    """Return who should answer an order, and why. Raises ``NotFound`` for an order out of sight."""
    order = Order.objects.filter(id=order_id).first()
    if order is None:
        raise NotFound(_("There is no such request."), field="order_id", value=str(order_id))
    return proposed(facts_of(order), place_id=order.place_id)


def proposal_for(*, item: str, place_id: UUID, asker_kind: str, urgency: str, text: str, on: date) -> Proposal:
    """Return who should answer a request that is still being told, as ``propose`` will once it is placed."""
    known = known_item(item, on=on)
    facts = Facts(
        item=known.code, family=known.family, place_path=known_place(place_id).path, asker_kind=asker_kind,
        urgency=urgency, text=normalised(text), day=on,
    )  # fmt: skip
    return proposed(facts, place_id=place_id)


def facts_of(order: Order) -> Facts:
    """Return what of an order the rules look at."""
    item = item_version(order.item_id)
    return Facts(
        item=item.code, family=item.family, place_path=order.place_path, asker_kind=order.asker_kind,
        urgency=order.urgency, text=normalised(f"{order.title} {order.description}"),
        day=timezone.localdate(order.placed_at),
    )  # fmt: skip


def proposed(facts: Facts, *, place_id: UUID, item_kinds: tuple[str, ...] | None = None) -> Proposal:
    """Decide about a request, written or still being told on the telephone."""
    for rule in _kept.current_rules().matching(facts):
        unit_id = _unit_of(rule, place_id)
        if unit_id is not None:
            why = {"rule": rule.code, "version": rule.version, "legal_basis": rule.legal_basis, "note": rule.note}
            return Proposal("rule", unit_id, 1.0, why)
    kinds = _kinds_of(facts) if item_kinds is None else item_kinds
    named = next(((kind, unit) for kind in kinds if (unit := unit_id_for(kind, place_id=place_id))), None)
    guess = _guess(facts.text)
    if named is not None:
        return _by_item(facts, kind=named[0], unit_id=named[1], guess=guess)
    if guess is None:
        return Proposal("human", None, 0.0, {"reason": "no_rule"})
    return _by_model(guess, place_id=place_id)


def _by_item(facts: Facts, *, kind: str, unit_id: UUID, guess: Guess | None) -> Proposal:
    why: dict[str, Any] = {"item": facts.item, "unit_kind": kind}
    if guess is not None and guess.decides and guess.label != kind:
        return Proposal("human", unit_id, 1 - guess.confidence, why | {"reason": "model_differs"} | _grounds(guess))
    return Proposal("rule", unit_id, 1.0, why)


def _by_model(guess: Guess, *, place_id: UUID) -> Proposal:
    unit_id = unit_id_for(guess.label, place_id=place_id)
    if unit_id is None:
        return Proposal("human", None, guess.confidence, {"reason": "no_unit"} | _grounds(guess))
    if not guess.decides:
        return Proposal("human", unit_id, guess.confidence, {"reason": "unsure"} | _grounds(guess))
    return Proposal("model", unit_id, guess.confidence, _grounds(guess))


def _grounds(guess: Guess) -> dict[str, Any]:
    """What the journal can hold of a guess: no floats, and no words of the asker."""
    model = _model.current()
    return {
        "model": model.facts["version"] if model is not None else "",
        "label": guess.label, "confidence_percent": round(100 * guess.confidence),
        "runners_up": [label for label, _chance in guess.runners_up],
    }  # fmt: skip


def _guess(text: str) -> Guess | None:
    model = _model.current()
    return model.guesses([text])[0] if model is not None else None


def _kinds_of(facts: Facts) -> tuple[str, ...]:
    answerable = known_item(facts.item, on=facts.day).definition.get("answerable") or ()
    return tuple(each["unit_kind"] for each in answerable)


def _unit_of(rule: Rule, place_id: UUID) -> UUID | None:
    if rule.unit_id is None:
        return unit_id_for(rule.unit_kind, place_id=place_id)
    try:
        return unit_today(rule.unit_id).id
    except (NotFound, Conflict):  # the unit has closed and nobody follows it: the next rule may know
        return None


class _Kept:
    """Rules and model as this process last read them; looked after every five seconds."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self.rules_at = 0.0
        self.rules_read: tuple[object, ...] | None = None
        self.rules = RuleSet(())

    def current_rules(self) -> RuleSet:
        if time.monotonic() - self.rules_at > LOOKED_EVERY_SECONDS:
            stamp = rules_stamp()
            if stamp != self.rules_read:
                self.rules, self.rules_read = RuleSet(published_rules()), stamp
            self.rules_at = time.monotonic()
        return self.rules


_kept = _Kept()
_model = KeptModel(MODEL_NAME)


def forget_dispatching() -> None:
    """Read rules and model again before they are next used."""
    _kept.forget()
    _model.forget()


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """The text model in use: when it was trained, on how many texts of how many labels, and what it was measured at."""

    version: str
    trained_at: datetime
    texts: int
    labels: int
    report: Mapping[str, Any]


def model_status() -> ModelStatus | None:
    """Return what is known of the text model in use; None without one."""
    model = _model.current()
    if model is None:
        return None
    facts = model.facts
    return ModelStatus(
        facts["version"], datetime.fromisoformat(facts["trained_at"]), facts["rows"], len(model.labels),
        facts.get("report") or {},
    )  # fmt: skip
