"""Proposed rules held against the past before they go live: what would have gone elsewhere, and was that right?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.utils import timezone

from tianqu.base.errors import InvalidInput, _
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.orders.catalogue import item_version
from tianqu.kernel.orders.classify.features import normalised
from tianqu.kernel.orders.rules import Facts, Rule, RuleSet, checked_rules, published_rules
from tianqu.kernel.places.api import Unit, require

BATCH: Final = 5_000
ORDERS_MAX: Final = 1_000_000
SAMPLES_MAX: Final = 20
ANSWERED: Final = frozenset({"done", "rated", "closed"})


@dataclass(frozen=True, slots=True)
class ReplayedOrder:
    """An order that the proposed rules would have sent elsewhere. None: to a human."""

    order_id: UUID
    code: str
    title: str
    before: UUID | None
    after: UUID | None
    answered_by: UUID | None


@dataclass(frozen=True, slots=True)
class Precision:
    """Of the orders that rules decided and a unit answered: how many they had sent to that unit."""

    right: int
    judged: int

    @property
    def percent(self) -> float | None:
        """In per cent; None where nothing can be judged."""
        return 100 * self.right / self.judged if self.judged else None


@dataclass(frozen=True, slots=True)
class UnitShift:
    """How many of the orders the rules sent to a unit, before and after."""

    unit_id: UUID | None
    name: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Replay:
    """What a set of rules would have done in a period."""

    orders: int
    decided_before: int
    decided_after: int
    changed: int
    by_unit: tuple[UnitShift, ...]
    samples: tuple[ReplayedOrder, ...]
    precision_before: Precision
    precision_after: Precision


def replay_rules(
    actor: Actor,
    *,
    rules: Sequence[Rule],
    since: datetime,
    until: datetime,
    progress: Callable[[int], None] = lambda done: None,
) -> Replay:
    """Ask the published rules, and the same with ``rules`` put in or in place of their namesakes, about past orders.

    Orders are those placed from ``since`` until before ``until`` that the actor may see; nothing is written. The
    proposed rules are asked as if they had held all the time. Each order is read once, in batches.
    ``progress`` is told now and then how many orders were read. Raises
    ``InvalidInputs`` for faulty rules and ``InvalidInput`` for a period that ends before it begins.
    """
    require(actor, "rules.publish")
    checked_rules(rules)
    if until <= since:
        raise InvalidInput(_("The period ends before it begins."), field="until", value=until.date().isoformat())
    published = published_rules()
    proposed = {rule.code for rule in rules}
    always = [_always(rule) for rule in rules]
    before, after = RuleSet(published), RuleSet([rule for rule in published if rule.code not in proposed] + always)
    units = _Units({rule.unit_kind for rule in [*published, *rules]} - {""})
    tally = _Tally()
    for row in _past_orders(since, until=until):
        facts = row.facts
        if tally.orders % BATCH == 0:
            progress(tally.orders)
        tally.add(row, before=units.answering(before, facts), after=units.answering(after, facts))
    return tally.result(units.names())


def _always(rule: Rule) -> Rule:
    return Rule(
        code=rule.code, condition=rule.condition, valid_from=date.min, rank=rule.rank, unit_id=rule.unit_id,
        unit_kind=rule.unit_kind,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Past:
    id: UUID
    code: str
    title: str
    state: str
    unit_id: UUID | None
    facts: Facts


def _past_orders(since: datetime, *, until: datetime) -> Iterator[_Past]:
    last: tuple[Any, ...] = (since, UUID(int=0))
    for _batch in range(ORDERS_MAX // BATCH):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT placed_at, id, code, title, description, state, unit_id, item_id, place_path::text, asker_kind,"
                " urgency FROM orders_order WHERE (placed_at, id) > (%s, %s) AND placed_at < %s"
                " AND asker_kind <> 'office' ORDER BY placed_at, id LIMIT %s",
                [*last, until, BATCH],
            )
            rows = cursor.fetchall()
        for row in rows:
            yield _past(row)
        if len(rows) < BATCH:
            return
        last = rows[-1][:2]


def _past(row: tuple[Any, ...]) -> _Past:
    placed_at, order_id, code, title, description, state, unit_id, item_id, path, asker_kind, urgency = row
    item = item_version(item_id)
    facts = Facts(
        item=item.code, family=item.family, place_path=path, asker_kind=asker_kind, urgency=urgency,
        text=normalised(f"{title} {description}"), day=timezone.localdate(placed_at),
    )  # fmt: skip
    return _Past(order_id, code, title, state, unit_id, facts)


class _Units:
    """The units of some kinds by the place they answer for, with their dates: looked up without the database."""

    def __init__(self, kinds: set[str]) -> None:
        self._at: dict[tuple[str, str], list[Unit]] = {}
        self._names: dict[UUID, str] = {}
        for unit in Unit.objects.filter(kind__in=kinds).select_related("place").order_by("code"):
            self._at.setdefault((unit.kind, unit.place.path), []).append(unit)

    def answering(self, rules: RuleSet, facts: Facts) -> UUID | None:
        """Return where the rules send a request, or None for a human."""
        for rule in rules.matching(facts):
            unit_id = rule.unit_id or self._nearest(rule.unit_kind, facts)
            if unit_id is not None:
                return unit_id
        return None

    def _nearest(self, kind: str, facts: Facts) -> UUID | None:
        path = facts.place_path
        while path:
            for unit in self._at.get((kind, path), ()):
                if unit.holds_on(facts.day):
                    return unit.id
            path = path.rpartition(".")[0]
        return None

    def names(self) -> dict[UUID, str]:
        """Return the names of every unit."""
        return dict(Unit.objects.values_list("id", "name"))


class _Tally:
    def __init__(self) -> None:
        self.orders = self.changed = 0
        self.sent: dict[str, Counter[UUID | None]] = {"before": Counter(), "after": Counter()}
        self.right = {"before": 0, "after": 0}
        self.judged = {"before": 0, "after": 0}
        self.samples: list[ReplayedOrder] = []

    def add(self, row: _Past, *, before: UUID | None, after: UUID | None) -> None:
        self.orders += 1
        answered_by = row.unit_id if row.state in ANSWERED else None
        for name, unit_id in (("before", before), ("after", after)):
            self.sent[name][unit_id] += 1
            if unit_id is not None and answered_by is not None:
                self.judged[name] += 1
                self.right[name] += unit_id == answered_by
        if before != after:
            self.changed += 1
            if len(self.samples) < SAMPLES_MAX:
                self.samples.append(ReplayedOrder(row.id, row.code, row.title, before, after, answered_by))

    def result(self, names: dict[UUID, str]) -> Replay:
        before, after = self.sent["before"], self.sent["after"]
        shifted = sorted(
            (unit_id for unit_id in {*before, *after} if before[unit_id] != after[unit_id]),
            key=lambda unit_id: (-abs(after[unit_id] - before[unit_id]), str(unit_id)),
        )
        return Replay(
            orders=self.orders, decided_before=self.orders - before[None], decided_after=self.orders - after[None],
            changed=self.changed,
            by_unit=tuple(
                UnitShift(unit_id, names.get(unit_id, "") if unit_id else "", before[unit_id], after[unit_id])
                for unit_id in shifted
            ),
            samples=tuple(self.samples),
            precision_before=Precision(self.right["before"], self.judged["before"]),
            precision_after=Precision(self.right["after"], self.judged["after"]),
        )  # fmt: skip
