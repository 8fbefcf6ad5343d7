"""The public page of the rules: what is asked of a contract, by which law, and since when."""

from __future__ import annotations

from django.utils.translation import gettext

from tianqu.kernel.pack.api import PageRequest, PageResult, Rendered
from tianqu.packs.village.judging import PolicyLine, policy_lines
from tianqu.packs.village.meetings.rules import STEP_RULES
from tianqu.packs.village.meetings.words import STEP_NAMES
from tianqu.packs.village.rules.catalogue import RULES
from tianqu.packs.village.rules.laws import Source
from tianqu.packs.village.words import KINDS, POLICY_NAMES, SOURCES, in_force_said, policy_value_said, version_said


def rules(request: PageRequest) -> PageResult:
    """Every rule with its versions, and the numbers that no law sets."""
    return Rendered("village/rules.html", {
        "rules": RULES, "say": gettext, "kinds": KINDS, "sources": SOURCES, "statute": Source.STATUTE,
        "version_said": version_said, "step_rules": STEP_RULES, "step_names": STEP_NAMES,
        "in_force_said": in_force_said, "policy_names": POLICY_NAMES,
        "policy": [_line(line) for line in policy_lines()],
    })  # fmt: skip


def _line(line: PolicyLine) -> tuple[str, str, str, bool]:
    here, default = policy_value_said(line.name, line.value), policy_value_said(line.name, line.default)
    return POLICY_NAMES[line.name], here, default, line.value != line.default
