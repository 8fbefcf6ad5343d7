"""Dispatch rules as lists show them: what holds, what comes, what was retired, and where a rule came from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from django.db.models import Q

from tianqu.base.errors import NotFound, _
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.orders.models import DispatchRule
from tianqu.kernel.places.api import require

WORDS_MAX: Final = 100
VERSIONS_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class RulePage:
    """A page of rules, the newest version of each, by code. ``after`` asks for the next one; empty: the last."""

    rows: tuple[DispatchRule, ...]
    after: str


def rule_list(
    actor: Actor, day: date, *, words: str = "", item: str = "", state: str = "", after: str = "", limit: int = 50
) -> RulePage:
    """The rules by code. ``words`` stand in the code, the note, the legal basis or the unit's name.

    ``state`` is in_force, coming or retired (which rules are too that have ended), or empty for all.
    """
    require(actor, "rules.publish")
    newest = DispatchRule.objects.order_by("code", "-version").distinct("code").values("id")
    found = DispatchRule.objects.filter(id__in=newest, code__gt=after).select_related("unit").order_by("code")
    if words := words.strip()[:WORDS_MAX]:
        found = found.filter(
            Q(code__icontains=words) | Q(note__icontains=words) | Q(legal_basis__icontains=words)
            | Q(unit_kind__icontains=words) | Q(unit__name__icontains=words) | Q(unit__name_en__icontains=words)
        )  # fmt: skip
    if item:
        found = found.filter(condition__item=item)
    ended = Q(retired_at__isnull=False) | Q(valid_to__lte=day)
    if state == "retired":
        found = found.filter(ended)
    elif state == "coming":
        found = found.exclude(ended).filter(valid_from__gt=day)
    elif state == "in_force":
        found = found.exclude(ended).filter(valid_from__lte=day)
    rows = list(found[: limit + 1])
    return RulePage(tuple(rows[:limit]), rows[limit - 1].code if len(rows) > limit else "")


def rule_state(rule: DispatchRule, day: date) -> str:
    """in_force, coming or retired: how one version of a rule stands on a day."""
    if rule.retired_at is not None or (rule.valid_to is not None and rule.valid_to <= day):
        return "retired"
    return "coming" if rule.valid_from > day else "in_force"


def rule_versions(actor: Actor, rule_id: UUID) -> list[DispatchRule]:
    """Every version of the rule of which ``rule_id`` is one, the newest first. Raises ``NotFound``."""
    require(actor, "rules.publish")
    one = DispatchRule.objects.filter(id=rule_id).first()
    if one is None:
        raise NotFound(_("There is no such rule."), field="rule_id", value=str(rule_id))
    versions = DispatchRule.objects.filter(code=one.code).select_related("unit").order_by("-version")
    return list(versions[:VERSIONS_MAX])
