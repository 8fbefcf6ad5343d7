"""Judging contracts by the rules with the policy of this installation, and saying what was found in both languages."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import date
from fractions import Fraction
from typing import Final

from django.conf import settings
from django.utils import translation

from tianqu.packs.village.rules.catalogue import RULES
from tianqu.packs.village.rules.laws import Case, Finding, Number, Rule, Version
from tianqu.packs.village.rules.policy import Policy, policy_of
from tianqu.packs.village.words import finding_said, rule_name, version_said

LANGUAGES: Final = {"zh": "zh-hans", "en": "en"}
Said = dict[str, str]


@dataclass(frozen=True, slots=True)
class PolicyLine:
    """A number of the policy: its value here, and the platform's default."""

    name: str
    value: int
    default: int


def current_policy() -> Policy:
    """Return the policy of this installation (``TIANQU_VILLAGE_POLICY``). Raises ``InvalidInput``."""
    return policy_of(settings.TIANQU_VILLAGE_POLICY)


def policy_lines() -> list[PolicyLine]:
    """Return every number of the policy beside its default."""
    here, defaults = asdict(current_policy()), asdict(Policy())
    return [PolicyLine(field.name, here[field.name], defaults[field.name]) for field in fields(Policy)]


def in_both(say: object, *arguments: object) -> Said:
    """Say something in Chinese and in English."""
    assert callable(say)
    said = {}
    for code, language in LANGUAGES.items():
        with translation.override(language):
            said[code] = str(say(*arguments))
    return said


def version_document(version: Version) -> dict[str, object]:
    """A version of a rule for programs: source, basis, limits and days."""
    return {
        "source": version.source.value, "basis": in_both(version_said, version), "since": version.since,
        "until": version.until, "limits": dict(version.limits),
    }  # fmt: skip


def rule_document(rule: Rule[Case]) -> dict[str, object]:
    """A rule for programs."""
    return {
        "code": rule.code, "name": in_both(rule_name, rule), "asks": in_both(translation.gettext, rule.asks),
        "kinds": sorted(kind.value for kind in rule.kinds),
        "versions": [version_document(version) for version in rule.versions],
    }  # fmt: skip


def rule_documents() -> list[dict[str, object]]:
    """Every rule for programs."""
    return [rule_document(rule) for rule in RULES]


def finding_document(finding: Finding) -> dict[str, object]:
    """A finding for programs: with its exact numbers; what is no whole number is a fraction, "7/3"."""
    return {
        "rule": finding.rule, "contract_id": finding.contract_id, "verdict": finding.verdict,
        "severity": finding.severity.value, "version": version_document(finding.version),
        "sentence": in_both(finding_said, finding),
        "numbers": {name: number_document(value) for name, value in finding.numbers},
    }  # fmt: skip


def number_document(value: Number) -> int | str:
    """A number for programs: what is no whole number is a fraction, "7/3"."""
    if isinstance(value, Fraction):
        return value.numerator if value.denominator == 1 else f"{value.numerator}/{value.denominator}"
    return value.isoformat() if isinstance(value, date) else value
