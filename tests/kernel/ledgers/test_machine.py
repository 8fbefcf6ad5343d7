"""Any sequence of acts, well meant or not, keeps every law; the books are held against a naive model in Python."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.kernel.ledgers.village import BOOK, FIRST, Village, leaf_numbers
from tianqu.base.errors import TianquError
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM, set_scope
from tianqu.kernel.ledgers import api

CODES = ("101", "102", "301", "501", "513")
DAYS = st.integers(0, 120).map(lambda days: FIRST + timedelta(days=days))
AMOUNTS = st.integers(1, 2_000)
MONTHS = [(date(2024, month, 1), date(2024, month + 1, 1) - timedelta(days=1)) for month in range(1, 5)]
STEPS, EXAMPLES = 25, 12


@dataclass
class Model:
    """What a careful person would write down."""

    legs: list[tuple[date, str, int]] = field(default_factory=list)  # posted: day, account, amount
    held: dict[UUID, tuple[date, list[tuple[str, int]]]] = field(default_factory=dict)
    posted: dict[UUID, tuple[date, list[tuple[str, int]]]] = field(default_factory=dict)
    reversed: set[UUID] = field(default_factory=set)
    limits: dict[str, tuple[int | None, int | None]] = field(default_factory=dict)
    closed: set[int] = field(default_factory=set)  # months
    entries: int = 0

    def balance(self, code: str, on: date | None = None) -> int:
        return sum(amount for day, account, amount in self.legs if account == code and (on is None or day <= on))

    def fits(self, legs: list[tuple[str, int]], *, held: bool) -> bool:
        """Whether every limit holds afterwards, with everything pending against it."""
        for code, (least, most) in self.limits.items():
            mine = [amount for account, amount in legs if account == code]
            pending = [amount for _day, each in self.held.values() for account, amount in each if account == code]
            balance = self.balance(code) + (0 if held else sum(mine))
            pending += mine if held else []
            sign = -1 if code in ("301", "501") else 1
            up = sum(sign * amount for amount in pending if sign * amount > 0)
            down = sum(sign * amount for amount in pending if sign * amount < 0)
            if most is not None and sign * balance + up > most:
                return False
            if least is not None and sign * balance + down < least:
                return False
        return True

    def open(self, day: date) -> bool:
        return day.month not in self.closed


class Bookkeeping(RuleBasedStateMachine):
    """Acts on one book; each either does what the model says, or is refused and leaves nothing."""

    village: Village

    @initialize()
    def begin(self) -> None:
        self.point = transaction.savepoint()
        self.model = Model(entries=len(leaf_numbers(BOOK)))
        self.may_fail: bool = False

    def teardown(self) -> None:
        if hasattr(self, "point"):
            transaction.savepoint_rollback(self.point)
            api.forget_books()

    @contextmanager
    def expected(self, right: bool) -> Iterator[None]:
        """The act is done if and only if the model finds it right."""
        try:
            yield
        except TianquError as refused:
            assert not right, f"refused: {refused}"
        else:
            assert right, "let through"
            self.model.entries += 1

    def _legs(self, debit: str, credit: str, amount: int) -> list[tuple[str, int]]:
        return [(debit, amount), (credit, -amount)]

    def _given(self, legs: list[tuple[str, int]]) -> tuple[api.NewLeg, ...]:
        return tuple(api.NewLeg(self.village.accounts[code], amount) for code, amount in legs)

    @rule(debit=st.sampled_from(CODES), credit=st.sampled_from(CODES), amount=AMOUNTS, day=DAYS, pending=st.booleans())
    def post(self, debit: str, credit: str, amount: int, day: date, pending: bool) -> None:
        legs, transfer_id = self._legs(debit, credit, amount), new_identifier()
        right = self.model.open(day) and self.model.fits(legs, held=pending)
        with self.expected(right):
            self.village.post(
                debit, credit, amount, transfer_id=transfer_id, legs=self._given(legs), day=day, pending=pending
            )
        if right and pending:
            self.model.held[transfer_id] = (day, legs)
        elif right:
            self._posted(transfer_id, day, legs)

    def _posted(self, transfer_id: UUID, day: date, legs: list[tuple[str, int]]) -> None:
        self.model.posted[transfer_id] = (day, legs)
        self.model.legs += [(day, code, amount) for code, amount in legs]

    @rule(amount=AMOUNTS, off=st.integers(1, 5), day=DAYS)
    def post_what_does_not_balance(self, amount: int, off: int, day: date) -> None:
        with self.expected(False):
            self.village.post("101", "501", 1, day=day, legs=self._given([("101", amount), ("501", -amount - off)]))

    @precondition(lambda self: self.model.posted)
    @rule(data=st.data(), change=st.booleans())
    def send_again(self, data: st.DataObject, change: bool) -> None:
        transfer_id = data.draw(st.sampled_from(sorted(self.model.posted)))
        before = len(leaf_numbers(BOOK))
        day, legs = self.model.posted[transfer_id]
        told: dict[str, Any] = {"transfer_id": transfer_id, "day": day, "legs": self._given(legs)}
        try:
            again = self.village.post("101", "501", 1, **told, purpose="别的" if change else "收地租")
        except TianquError:
            pass  # another purpose, a reversal or a resolution is other content
        else:
            assert again.again and not change
        assert len(leaf_numbers(BOOK)) == before

    @precondition(lambda self: self.model.held)
    @rule(data=st.data(), outcome=st.sampled_from(["posted", "voided"]), later=st.integers(0, 40))
    def resolve(self, data: st.DataObject, outcome: str, later: int) -> None:
        transfer_id = data.draw(st.sampled_from(sorted(self.model.held)))
        day, legs = self.model.held[transfer_id]
        on = day + timedelta(days=later)
        right = outcome == "voided" or self.model.open(on)
        with self.expected(right):
            api.resolve_transfer(self.village.bookkeeper, transfer_id=transfer_id, outcome=outcome, day=on)
        if right:
            del self.model.held[transfer_id]
            if outcome == "posted":
                self._posted(transfer_id, on, legs)
            with self.expected(False):
                api.resolve_transfer(self.village.bookkeeper, transfer_id=transfer_id, outcome="voided", day=on)

    @precondition(lambda self: self.model.posted)
    @rule(data=st.data(), later=st.integers(-3, 40))
    def reverse(self, data: st.DataObject, later: int) -> None:
        transfer_id = data.draw(st.sampled_from(sorted(self.model.posted)))
        day, legs = self.model.posted[transfer_id]
        on = day + timedelta(days=later)
        back = [(code, -amount) for code, amount in legs]
        right = (
            transfer_id not in self.model.reversed and later >= 0 and self.model.open(on) and on >= FIRST
            and self.model.fits(back, held=False)
        )  # fmt: skip
        reversal_id = new_identifier()
        with self.expected(right):
            api.reverse_transfer(
                self.village.bookkeeper, transfer_id=transfer_id, reversal_id=reversal_id, day=on, purpose="冲销"
            )
        if right:
            self.model.reversed |= {transfer_id, reversal_id}
            self._posted(reversal_id, on, back)

    @rule(code=st.sampled_from(CODES), least=st.none() | st.integers(-5_000, 0), most=st.none() | st.integers(0, 5_000))
    def limit(self, code: str, least: int | None, most: int | None) -> None:
        before = self.model.limits.get(code)
        self.model.limits[code] = (least, most)
        right = self.model.fits([], held=False)
        with self.expected(right):
            api.limit_account(
                self.village.supervisor, account_id=self.village.accounts[code], balance_min=least, balance_max=most
            )
        if not right:
            self.model.limits.pop(code)
            if before is not None:
                self.model.limits[code] = before

    @rule(month=st.integers(1, 4), state=st.sampled_from(["open", "closed"]))
    def set_period(self, month: int, state: str) -> None:
        first, last = MONTHS[month - 1]
        with self.expected(month not in self.model.closed):
            api.set_period(self.village.supervisor, book=BOOK, first_day=first, last_day=last, state=state)
        if state == "closed":
            self.model.closed.add(month)

    @invariant()
    def the_books_are_those_of_the_model(self) -> None:
        if not hasattr(self, "model"):
            return
        set_scope(SYSTEM.scope)
        for on in (date(2024, 1, 31), date(2024, 2, 15), date(2024, 12, 31)):
            lines = {
                line.code: line.amount
                for line in api.trial_balance(SYSTEM, book=BOOK, on=on)
                if line.ledger == "money" and line.code in CODES
            }
            assert lines == {code: self.model.balance(code, on) for code in CODES}
            assert sum(lines.values()) == 0

    @invariant()
    def numbers_have_no_gaps_and_every_refusal_left_nothing(self) -> None:
        if hasattr(self, "model"):
            assert leaf_numbers(BOOK) == list(range(1, self.model.entries + 1))

    @invariant()
    def the_kept_sums_are_those_of_the_legs(self) -> None:
        if hasattr(self, "model"):
            set_scope(SYSTEM.scope)
            assert api.prove_balances().differences == ()


@pytest.mark.django_db
def test_any_sequence_of_acts_keeps_every_law(village: Village) -> None:
    Bookkeeping.village = village
    run_state_machine_as_test(
        Bookkeeping,
        settings=settings(max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, database=None),
    )
