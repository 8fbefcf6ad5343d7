"""Dispatch rules: dated conditions that say which unit answers, published and retired by acts.

The rule with the lowest rank that matches decides; between equal ranks the one that asks for more, then the code. A
rule names a unit, or a kind of unit: then the nearest of that kind whose jurisdiction holds the place answers.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from django.db.models import Max, TextField
from django.db.models.functions import Cast

from tianqu.base.errors import InvalidInput, InvalidInputs, NotFound, NotPermitted, _
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import Acting, act
from tianqu.kernel.orders.classify.features import normalised
from tianqu.kernel.orders.models import DispatchRule
from tianqu.kernel.places.api import Unit, check_path, oversees_realm, path_is_under, require

RANKS: Final = range(1, 1_001)
RULING_RANK: Final = 50  # before what is published by hand, which has 100
RULES_MAX: Final = 5_000  # published at once
WORDS_MAX: Final = 50
WORD_CHARACTERS_MAX: Final = 40
ASKER_KINDS: Final = frozenset({"", "resident", "firm"})
URGENCIES: Final = frozenset({"", "none", "utilities", "danger"})


@dataclass(frozen=True, slots=True)
class Facts:
    """What of a request the rules look at. ``text`` is normalised; ``place_path`` holds on the day it was placed."""

    item: str
    family: str
    place_path: str
    asker_kind: str
    urgency: str
    text: str
    day: date


@dataclass(frozen=True, slots=True)
class Condition:
    """When a rule matches: all of what is given must hold; empty means any. ``place`` is a path and holds below it."""

    item: str = ""
    family: str = ""
    place: str = ""
    asker_kind: str = ""
    urgency: str = ""
    words_any: tuple[str, ...] = ()
    words_all: tuple[str, ...] = ()

    def matches(self, facts: Facts) -> bool:
        """Say whether a request fulfils it."""
        return (
            self.item in {"", facts.item}
            and self.family in {"", facts.family}
            and self.asker_kind in {"", facts.asker_kind}
            and self.urgency in {"", facts.urgency}
            and (not self.place or path_is_under(facts.place_path, above=self.place))
            and (not self.words_any or any(word in facts.text for word in self.words_any))
            and all(word in facts.text for word in self.words_all)
        )

    def stored(self) -> dict[str, Any]:
        """Return it as the table holds it: what is empty is left out."""
        return {
            each.name: list(value) if isinstance(value, tuple) else value
            for each in fields(self)
            if (value := getattr(self, each.name))
        }

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Condition:
        """Read a stored condition. Raises ``InvalidInput`` for a name that is none, so that no rule is half read."""
        names = {each.name for each in fields(cls)}
        unknown = sorted(set(stored) - names)
        if unknown:
            raise InvalidInput(
                _("A rule has no condition %(unknown)s."), field="condition", unknown=", ".join(unknown),
                remedy=_("Use: %(names)s."), names=", ".join(sorted(names)),
            )  # fmt: skip
        return cls(
            words_any=tuple(normalised(str(word)) for word in stored.get("words_any", ())),
            words_all=tuple(normalised(str(word)) for word in stored.get("words_all", ())),
            **{name: str(value) for name, value in stored.items() if not name.startswith("words_")},
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """A dispatch rule, published or proposed. Exactly one of ``unit_id`` and ``unit_kind`` is given."""

    code: str
    condition: Condition
    valid_from: date
    valid_to: date | None = None
    rank: int = 100
    unit_id: UUID | None = None
    unit_kind: str = ""
    legal_basis: str = ""
    note: str = ""
    version: int = 0  # 0 until it is published

    def holds_on(self, day: date) -> bool:
        """Say whether it holds on ``day``."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)

    @property
    def order(self) -> tuple[int, int, str]:
        """What decides between rules that match: rank, then who asks for more, then the code."""
        return (self.rank, -len(self.condition.stored()), self.code)


class RuleSet:
    """Rules made ready to be asked about many requests: those of an item, and those of any."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._of_item: dict[str, list[Rule]] = {}
        for rule in sorted(rules, key=lambda rule: rule.order):
            self._of_item.setdefault(rule.condition.item, []).append(rule)

    def matching(self, facts: Facts) -> Iterator[Rule]:
        """Yield the rules that match, the one that decides first."""
        of_item, of_any = self._of_item.get(facts.item, []), self._of_item.get("", [])
        both = sorted([*of_item, *of_any], key=lambda rule: rule.order) if of_item and of_any else of_item or of_any
        return (rule for rule in both if rule.holds_on(facts.day) and rule.condition.matches(facts))


def published_rules() -> list[Rule]:
    """Return every rule that was not retired, whatever its dates."""
    return [_rule_of(row) for row in DispatchRule.objects.filter(retired_at=None).order_by("code", "version")]


def _rule_of(row: DispatchRule) -> Rule:
    return Rule(
        code=row.code, condition=Condition.of(row.condition), valid_from=row.valid_from, valid_to=row.valid_to,
        rank=row.rank, unit_id=row.unit_id, unit_kind=row.unit_kind, legal_basis=row.legal_basis, note=row.note,
        version=row.version,
    )  # fmt: skip


def read_rules(path: Path) -> list[Rule]:
    """Read rules from a CSV file with the columns of ``realms/…/rules.csv``; words are parted by ``|``.

    Raises ``InvalidInput`` with the line of the first row that cannot be read.
    """
    rules = []
    with path.open(encoding="utf-8-sig", newline="") as stream:
        for line, row in enumerate(csv.DictReader(stream), 2):
            try:
                rules.append(_rule_in(row))
            except (ValueError, KeyError, TypeError) as error:
                raise InvalidInput(
                    _("Line %(line)s of the rules cannot be read: %(fault)s."), field="file", line=line,
                    fault=f"{type(error).__name__} {error}",
                ) from error  # fmt: skip
    return rules


def _rule_in(row: Mapping[str, str | None]) -> Rule:
    said = {name: (value or "").strip() for name, value in row.items() if name}
    words = {
        name: [word for word in said.get(column, "").split("|") if word.strip()]
        for name, column in (("words_any", "words"), ("words_all", "words_all"))
    }
    given = {name: said.get(name, "") for name in ("item", "family", "place", "asker_kind", "urgency")}
    return Rule(
        code=said["code"], condition=Condition.of({**given, **words}), rank=int(said.get("rank") or 100),
        valid_from=date.fromisoformat(said["valid_from"]),
        valid_to=date.fromisoformat(said["valid_to"]) if said.get("valid_to") else None,
        unit_kind=said["unit_kind"], legal_basis=said.get("legal_basis", ""), note=said.get("note", ""),
    )  # fmt: skip


def checked_rules(rules: Sequence[Rule]) -> None:
    """Raise ``InvalidInputs`` with everything that is wrong with proposed rules, each fault with its rule's code."""
    if not 1 <= len(rules) <= RULES_MAX:
        raise InvalidInput(_("Give between 1 and %(limit)s rules."), field="rules", limit=RULES_MAX)
    kinds = {rule.unit_kind for rule in rules} - {""}
    known_kinds = set(Unit.objects.filter(kind__in=kinds).values_list("kind", flat=True).distinct())
    unit_ids = {rule.unit_id for rule in rules if rule.unit_id is not None}
    known_units = set(Unit.objects.filter(id__in=unit_ids).values_list("id", flat=True))
    errors = [
        InvalidInput(message, field=field, value=rule.code)
        for rule in rules
        for field, message in _faults(rule, known_kinds=known_kinds, known_units=known_units)
    ]
    codes = [rule.code for rule in rules]
    errors += [
        InvalidInput(_("Two rules are called %(value)s."), field="code", value=code)
        for code in sorted({code for code in codes if codes.count(code) > 1})
    ]
    if errors:
        raise InvalidInputs(errors)


def _faults(rule: Rule, *, known_kinds: set[str], known_units: set[UUID]) -> Iterator[tuple[str, str]]:
    condition = rule.condition
    if not rule.code or len(rule.code) > 80:
        yield "code", _("A rule needs a code of at most 80 characters.")
    if not condition.stored():
        yield "condition", _("The rule %(value)s has no condition: it would take every request.")
    if rule.rank not in RANKS:
        yield "rank", _("The rank of the rule %(value)s is not between 1 and 1000.")
    if rule.valid_to is not None and rule.valid_to <= rule.valid_from:
        yield "valid_to", _("The rule %(value)s ends before it begins.")
    if (rule.unit_id is None) == (not rule.unit_kind):
        yield "unit_id", _("The rule %(value)s must name either a unit or a kind of unit.")
    if rule.unit_kind and rule.unit_kind not in known_kinds:
        yield "unit_kind", _("The rule %(value)s names a kind of unit that does not exist.")
    if rule.unit_id is not None and rule.unit_id not in known_units:
        yield "unit_id", _("The rule %(value)s names a unit that does not exist.")
    if condition.asker_kind not in ASKER_KINDS or condition.urgency not in URGENCIES:
        yield "condition", _("The rule %(value)s asks for a kind of asker or an urgency that does not exist.")
    words = (*condition.words_any, *condition.words_all)
    if len(words) > WORDS_MAX or any(not word or len(word) > WORD_CHARACTERS_MAX for word in words):
        yield "condition", _("The rule %(value)s has too many words, an empty one, or one of over 40 characters.")
    if condition.place:
        try:
            check_path(condition.place)
        except InvalidInput:
            yield "condition", _("The place of the rule %(value)s is not a path of codes.")


def may_publish_rules(acting: Acting, /, **arguments: Any) -> None:
    """Rules may be published by whoever reaches the realm; of a part of it, those for places in that part."""
    require(acting.actor, acting.act)
    if oversees_realm(acting.actor):
        return
    rules = [*arguments.get("rules", ()), *([arguments["rule"]] if "rule" in arguments else [])]
    conditions = [rule.condition for rule in rules]
    if "code" in arguments:
        rows = DispatchRule.objects.filter(code=arguments["code"], retired_at=None)
        conditions += [Condition.of(row.condition) for row in rows]
    within = acting.actor.scope.place_paths
    for condition in conditions:
        if not condition.place or not any(path_is_under(condition.place, above=above) for above in within):
            raise NotPermitted(
                _("This rule would decide about places that your post does not reach."), field="condition",
                remedy=_("Give it a place within your reach, or ask an administrator of the whole realm."),
            )  # fmt: skip


@act("rules.publish", may=may_publish_rules)
def publish_rules(acting: Acting, *, rules: Sequence[Rule]) -> int:
    """Publish rules. One of a known code becomes its next version, and the version before ends on the day it begins.

    What is already as proposed is left as it is. Returns how many were published.
    """
    checked_rules(rules)
    latest: dict[str, DispatchRule] = {}
    codes = [rule.code for rule in rules]
    for row in DispatchRule.objects.select_for_update().filter(code__in=codes).order_by("code", "version"):
        latest[row.code] = row
    published = 0
    for rule in rules:
        before = latest.get(rule.code)
        if before is not None and before.retired_at is None and _same(_rule_of(before), rule):
            continue
        _publish(acting, rule, before)
        published += 1
    acting.record("rules", after={"published": published, "proposed": len(rules)})
    return published


def publish_one(acting: Acting, rule: Rule, *, ruling_order_id: UUID | None = None) -> UUID:
    """Publish one rule within another act, and return its identifier; see ``publish_rules``.

    ``ruling_order_id`` names the order whose ruling it comes of.
    """
    checked_rules([rule])
    before = DispatchRule.objects.select_for_update().filter(code=rule.code).order_by("-version").first()
    return _publish(acting, rule, before, ruling_order_id=ruling_order_id)


def ruling_code(order_code: str) -> str:
    """Return the code of the rule that comes of the ruling on the order with a code."""
    return f"ruling-{order_code.lower()}"


def _same(published: Rule, proposed: Rule) -> bool:
    return all(
        getattr(published, each.name) == getattr(proposed, each.name) for each in fields(Rule) if each.name != "version"
    )


def _publish(acting: Acting, rule: Rule, before: DispatchRule | None, *, ruling_order_id: UUID | None = None) -> UUID:
    if before is not None and before.retired_at is None and (before.valid_to or date.max) > rule.valid_from:
        before.valid_to = rule.valid_from
        if before.valid_from >= rule.valid_from:  # it would never have held
            before.retired_at, before.valid_to = acting.now, None
        before.save(update_fields=["valid_to", "retired_at"])
    row = DispatchRule(
        id=new_identifier(), code=rule.code, version=(before.version if before else 0) + 1, rank=rule.rank,
        valid_from=rule.valid_from, valid_to=rule.valid_to, condition=rule.condition.stored(), unit_id=rule.unit_id,
        unit_kind=rule.unit_kind, legal_basis=rule.legal_basis, note=rule.note, ruling_order_id=ruling_order_id,
    )  # fmt: skip
    row.save(force_insert=True)
    acting.record(
        f"rule:{row.id}",
        after={
            "code": row.code, "version": row.version, "rank": row.rank, "valid_from": row.valid_from,
            "valid_to": row.valid_to, "condition": row.condition, "unit": row.unit_id, "unit_kind": row.unit_kind,
            "legal_basis": row.legal_basis, "note": row.note, "ruling_order": ruling_order_id,
        },
    )  # fmt: skip
    return row.id


@act("rules.retire", may=may_publish_rules)
def retire_rule(acting: Acting, *, code: str, reason: str) -> None:
    """Retire every version of a rule at once. Raises ``NotFound`` if none is in force."""
    rows = list(DispatchRule.objects.select_for_update().filter(code=code, retired_at=None).order_by("version"))
    if not rows:
        raise NotFound(_("No rule %(value)s is in force."), field="code", value=code)
    for row in rows:
        row.retired_at = acting.now
        row.save(update_fields=["retired_at"])
        acting.record(f"rule:{row.id}", after={"code": code, "retired_at": acting.now, "note": reason})


def rules_stamp() -> tuple[object, ...]:
    """Return what changes whenever a rule does."""
    newest = Max(Cast("id", TextField()))
    facts = DispatchRule.objects.aggregate(last=newest, retired=Max("retired_at"), ended=Max("valid_to"))
    return (facts["last"], facts["retired"], facts["ended"], DispatchRule.objects.count())
