"""Any sequence of acts in a village, well meant or not, keeps every law: its land, its book and its findings together.

What a careful person would write down stands beside it in Python. The kernel's own machine does the same for limits
and balances of every day; here acts of the registers, of the book and of findings are mixed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tests.kernel.ledgers.village import leaf_numbers
from tianqu.base.errors import TianquError
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM, Actor, seeing, set_scope
from tianqu.kernel.ledgers import api as ledgers
from tianqu.packs.village import acts
from tianqu.packs.village.findings import acts as finding_acts
from tianqu.packs.village.findings.models import EffectKind
from tianqu.packs.village.findings.queries import finding_detail
from tianqu.packs.village.findings.tests.stage import BOOK, Stage
from tianqu.packs.village.models import ParcelVersion
from tianqu.packs.village.registers.land import NewPart, ParcelFacts
from tianqu.packs.village.tests.villages import ARABLE

BEGIN = date(2024, 1, 1)
DAYS = st.integers(0, 90).map(lambda days: BEGIN + timedelta(days=days))
MONTHS = [(date(2024, month, 1), date(2024, month + 1, 1) - timedelta(days=1)) for month in range(1, 4)]
CODES = ("101", "102", "501")
AREAS, AMOUNTS = st.integers(2, 50_000), st.integers(1, 2_000)
LEAST = -5_000  # what cash on hand may not fall below
STEPS, EXAMPLES = 30, 8
# What an act does to the amounts that a finding's answer rests on.
WAITING, POSTED, VOIDED, TAKEN_BACK = "waiting", "posted", "voided", "taken_back"


@dataclass
class Model:
    """What a careful person would write down."""

    land: dict[UUID, tuple[int, date]] = field(default_factory=dict)  # standing parcels: area, since when
    gone: list[UUID] = field(default_factory=list)
    balance: dict[str, int] = field(default_factory=lambda: dict.fromkeys(CODES, 0))
    held: dict[UUID, list[tuple[str, int]]] = field(default_factory=dict)
    posted: dict[UUID, tuple[date, list[tuple[str, int]]]] = field(default_factory=dict)
    taken_back: set[UUID] = field(default_factory=set)
    closed: set[int] = field(default_factory=set)  # months
    findings: dict[UUID, str] = field(default_factory=dict)
    effects: dict[UUID, str] = field(default_factory=dict)  # what became of those of the newest answer, by finding

    def open(self, day: date) -> bool:
        return not any(MONTHS[n][0] <= day <= MONTHS[n][1] for n in self.closed)

    def fits(self, legs: list[tuple[str, int]]) -> bool:
        """Whether cash stays above its limit, with everything that is pending against it."""
        waiting = [amount for each in self.held.values() for code, amount in each if code == "101" and amount < 0]
        mine = sum(amount for code, amount in legs if code == "101")
        return mine >= 0 or self.balance["101"] + sum(waiting) + mine >= LEAST


class VillageMachine(RuleBasedStateMachine):
    """Acts in one village; each either does what the model says, or is refused and leaves nothing."""

    stage: Stage

    @initialize()
    def begin(self) -> None:
        self.point = transaction.savepoint()
        self.model, self.count = Model(), 0
        self.first_area = self.stage.villages.area()
        set_scope(SYSTEM.scope)
        ledgers.limit_account(SYSTEM, account_id=self.stage.accounts["101"], balance_min=LEAST, balance_max=None)

    def teardown(self) -> None:
        if hasattr(self, "point"):
            transaction.savepoint_rollback(self.point)
            ledgers.forget_books()

    @contextmanager
    def expected(self, right: bool, actor: Actor) -> Iterator[None]:
        """The act is done if and only if the model finds it right."""
        set_scope(actor.scope)
        try:
            yield
        except TianquError as refused:
            assert not right, f"refused: {refused}"
        else:
            assert right, "let through"

    # ---- Land

    def _number(self) -> str:
        self.count += 1
        return f"M{self.count}"

    def _any_parcel(self, data: st.DataObject) -> UUID | None:
        known = [*self.model.land, *self.model.gone]
        return data.draw(st.sampled_from(known)) if known else None

    def _may_on(self, parcels: list[UUID], day: date) -> bool:
        return all(one in self.model.land and self.model.land[one][1] <= day for one in parcels)

    @rule(area=AREAS, day=DAYS)
    def register(self, area: int, day: date) -> None:
        parcel_id, keeper = new_identifier(), self.stage.accountant
        with self.expected(True, keeper):
            acts.register_parcel(
                keeper, place_id=self.stage.villages.place_id, parcel_id=parcel_id, number=self._number(), day=day,
                facts=ParcelFacts(area, ARABLE),
            )  # fmt: skip
        self.model.land[parcel_id] = (area, day)

    @rule(data=st.data(), area=AREAS, day=DAYS)
    def correct(self, data: st.DataObject, area: int, day: date) -> None:
        parcel_id, keeper = self._any_parcel(data), self.stage.accountant
        if parcel_id is None:
            return
        right = self._may_on([parcel_id], day)
        with self.expected(right, keeper):
            acts.correct_parcel(
                keeper, parcel_id=parcel_id, change_id=new_identifier(), day=day, facts=ParcelFacts(area, ARABLE),
                reason="重测",
            )  # fmt: skip
        if right:
            self.model.land[parcel_id] = (area, day)

    @rule(data=st.data(), day=DAYS, off=st.sampled_from([0, 0, 0, 1, -1]))
    def split(self, data: st.DataObject, day: date, off: int) -> None:
        parcel_id, keeper = self._any_parcel(data), self.stage.accountant
        if parcel_id is None:
            return
        area = self.model.land.get(parcel_id, (10, day))[0]
        first = data.draw(st.integers(1, max(area - 1, 1)))
        areas = [first, area - first + off]
        right = self._may_on([parcel_id], day) and off == 0 and min(areas) > 0
        parts = [NewPart(new_identifier(), self._number(), one) for one in areas]
        with self.expected(right, keeper):
            acts.split_parcel(
                keeper, parcel_id=parcel_id, change_id=new_identifier(), day=day, parts=parts, reason="分户"
            )
        if right:
            self._end([parcel_id])
            self.model.land |= {part.parcel_id: (part.area_mu_4, day) for part in parts}

    @rule(data=st.data(), day=DAYS, off=st.sampled_from([0, 0, 0, 1, -1]))
    def merge(self, data: st.DataObject, day: date, off: int) -> None:
        one, other, keeper = self._any_parcel(data), self._any_parcel(data), self.stage.accountant
        if one is None or other is None:
            return
        area = sum(self.model.land.get(each, (5, day))[0] for each in (one, other)) + off
        right = self._may_on([one, other], day) and one != other and off == 0
        into = new_identifier()
        with self.expected(right, keeper):
            acts.merge_parcels(
                keeper, parcel_ids=[one, other], into_id=into, number=self._number(), change_id=new_identifier(),
                day=day, facts=ParcelFacts(area, ARABLE), reason="并块",
            )  # fmt: skip
        if right:
            self._end([one, other])
            self.model.land[into] = (area, day)

    @rule(data=st.data())
    def strike(self, data: st.DataObject) -> None:
        parcel_id, keeper = self._any_parcel(data), self.stage.accountant
        if parcel_id is None:
            return
        right = parcel_id in self.model.land
        with self.expected(right, keeper):
            acts.strike_parcel(keeper, parcel_id=parcel_id, change_id=new_identifier(), reason="误登")
        if right:
            self._end([parcel_id])

    def _end(self, parcels: list[UUID]) -> None:
        for each in parcels:
            del self.model.land[each]
        self.model.gone += parcels

    # ---- The book

    @rule(debit=st.sampled_from(CODES), credit=st.sampled_from(CODES), amount=AMOUNTS, day=DAYS, wait=st.booleans())
    def post(self, debit: str, credit: str, amount: int, day: date, wait: bool) -> None:
        if debit == credit:
            return
        legs, transfer_id, keeper = [(debit, amount), (credit, -amount)], new_identifier(), self.stage.accountant
        right = self.model.open(day) and self.model.fits(legs)
        with self.expected(right, keeper):
            ledgers.post_transfer(
                keeper, book=BOOK, transfer_id=transfer_id, day=day, pending=wait, purpose="记账",
                legs=[ledgers.NewLeg(self.stage.accounts[code], one) for code, one in legs],
            )  # fmt: skip
        if right and wait:
            self.model.held[transfer_id] = legs
        elif right:
            self._move(transfer_id, day, legs)

    def _move(self, transfer_id: UUID, day: date, legs: list[tuple[str, int]]) -> None:
        self.model.posted[transfer_id] = (day, legs)
        for code, amount in legs:
            self.model.balance[code] += amount

    @rule(data=st.data(), outcome=st.sampled_from(["posted", "voided"]))
    def resolve(self, data: st.DataObject, outcome: str) -> None:
        """A pending transfer is resolved once; what was posted at once or resolved before is not."""
        known = [*self.model.held, *self.model.posted]
        if not known:
            return
        transfer_id, keeper, today = data.draw(st.sampled_from(known)), self.stage.accountant, timezone.localdate()
        right = transfer_id in self.model.held
        with self.expected(right, keeper):
            ledgers.resolve_transfer(keeper, transfer_id=transfer_id, outcome=outcome, day=today, reason="决定")
        if right:
            legs = self.model.held.pop(transfer_id)
            if outcome == "posted":
                self._move(transfer_id, today, legs)

    @rule(data=st.data(), day=DAYS)
    def reverse(self, data: st.DataObject, day: date) -> None:
        if not self.model.posted:
            return
        transfer_id, keeper = data.draw(st.sampled_from(list(self.model.posted))), self.stage.accountant
        since, legs = self.model.posted[transfer_id]
        back = [(code, -amount) for code, amount in legs]
        right = (
            transfer_id not in self.model.taken_back and day >= since and self.model.open(day) and self.model.fits(back)
        )
        with self.expected(right, keeper):
            ledgers.reverse_transfer(
                keeper, transfer_id=transfer_id, reversal_id=new_identifier(), day=day, purpose="冲销"
            )
        if right:
            self.model.taken_back.add(transfer_id)
            for code, amount in back:
                self.model.balance[code] += amount

    @rule(month=st.integers(0, 2))
    def close_month(self, month: int) -> None:
        first_day, last_day = MONTHS[month]
        with self.expected(month not in self.model.closed, self.stage.auditor):
            ledgers.set_period(self.stage.auditor, book=BOOK, first_day=first_day, last_day=last_day, state="closed")
        self.model.closed.add(month)

    # ---- Findings

    @rule()
    def open_finding(self) -> None:
        with self.expected(True, self.stage.auditor):
            finding_id = self.stage.open()
        self.model.findings[finding_id] = "open"

    @rule(data=st.data(), land=AREAS, money=AMOUNTS, with_effects=st.booleans())
    def answer(self, data: st.DataObject, land: int, money: int, with_effects: bool) -> None:
        told = [(EffectKind.LAND_RECOVERED, land), (EffectKind.CLAIM_SETTLED, money)] if with_effects else []
        self._step(
            data, {"open", "back"}, "answered", self.stage.accountant, lambda each: self.stage.answer(each, *told),
            effects=WAITING if with_effects else "",
        )  # fmt: skip

    @rule(data=st.data())
    def close(self, data: st.DataObject) -> None:
        self._step(data, {"answered"}, "closed", self.stage.inspector, self.stage.close, effects=POSTED)

    @rule(data=st.data())
    def send_back(self, data: st.DataObject) -> None:
        self._step(data, {"answered"}, "back", self.stage.inspector, lambda each: finding_acts.send_back_finding(
            self.stage.inspector, finding_id=each, reason="材料不足"
        ), effects=VOIDED)  # fmt: skip

    @rule(data=st.data())
    def dismiss(self, data: st.DataObject) -> None:
        self._step(data, {"open", "back", "answered"}, "dismissed", self.stage.inspector,
                   lambda each: finding_acts.dismiss_finding(
            self.stage.inspector, finding_id=each, reason="不成立"
        ), effects=VOIDED)  # fmt: skip

    @rule(data=st.data())
    def reopen(self, data: st.DataObject) -> None:
        decided = {"closed", "dismissed"}
        self._step(data, decided, "back", self.stage.inspector, lambda each: finding_acts.reopen_finding(
            self.stage.inspector, finding_id=each, reason="复发"
        ), effects=TAKEN_BACK)  # fmt: skip

    def _step(
        self, data: st.DataObject, from_: set[str], to: str, actor: Actor, act: Any, *, effects: str
    ) -> None:  # fmt: skip
        if not self.model.findings:
            return
        finding_id = data.draw(st.sampled_from(list(self.model.findings)))
        right = self.model.findings[finding_id] in from_
        with self.expected(right, actor):
            act(finding_id)
        if right:
            self.model.findings[finding_id] = to
            before = self.model.effects.get(finding_id, "")
            if to == "answered" or (before, effects) in {(WAITING, POSTED), (WAITING, VOIDED), (POSTED, TAKEN_BACK)}:
                self.model.effects[finding_id] = effects

    # ---- The laws

    @invariant()
    def every_deferred_law_holds(self) -> None:
        with seeing(SYSTEM.scope), connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")

    @invariant()
    def land_is_that_of_the_model(self) -> None:
        if not hasattr(self, "model"):
            return
        whole = sum(area for area, _since in self.model.land.values())
        assert self.stage.villages.area() - self.first_area == whole
        with seeing(SYSTEM.scope):
            standing = ParcelVersion.objects.filter(valid_to=None, parcel_id__in=[*self.model.land, *self.model.gone])
            assert {one.parcel_id: one.area_mu_4 for one in standing} == {
                each: area for each, (area, _since) in self.model.land.items()
            }

    @invariant()
    def the_book_sums_to_nothing_and_has_no_gap(self) -> None:
        if not hasattr(self, "model"):
            return
        numbers = leaf_numbers(BOOK)
        assert numbers == list(range(1, len(numbers) + 1))
        with seeing(SYSTEM.scope), connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM (SELECT FROM ledgers_leg GROUP BY transfer_id, held HAVING sum(amount) <> 0) x"
            )
            assert cursor.fetchone() == (0,)
            cursor.execute("SELECT count(*), count(DISTINCT transfer_id) FROM ledgers_resolution")
            resolved, transfers = cursor.fetchone() or (0, 1)
            assert resolved == transfers
        set_scope(SYSTEM.scope)
        assert ledgers.prove_balances().differences == ()

    @invariant()
    def findings_and_what_they_move_say_the_same(self) -> None:
        if not hasattr(self, "model"):
            return
        for finding_id, effects in self.model.effects.items():
            set_scope(self.stage.auditor.scope)
            detail = finding_detail(self.stage.auditor, finding_id=finding_id)
            newest = max(detail.answers, key=lambda one: one.at).id
            told = [one.outcome for one in detail.effects if one.answer_id == newest]
            assert told == ([effects, effects] if effects else []), self.model.findings[finding_id]


def test_any_sequence_of_acts_keeps_every_law(stage: Stage) -> None:
    VillageMachine.stage = stage
    run_state_machine_as_test(
        VillageMachine,
        settings=settings(max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, database=None),
    )
