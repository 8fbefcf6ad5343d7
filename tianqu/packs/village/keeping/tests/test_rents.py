"""Rents are paid by what the book received: derived on any day, by the page, the rules, the trends and the API."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from tests.web.api.calling import caller
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM, seeing, set_scope
from tianqu.kernel.ledgers import api as ledgers
from tianqu.packs.village.desk.figures import Figure, Share
from tianqu.packs.village.desk.queries import behind, trends
from tianqu.packs.village.keeping.tests.bookkeeping import Bookkeeping
from tianqu.packs.village.models import Contract
from tianqu.packs.village.queries import ContractDetail, contract_detail
from tianqu.packs.village.registers.nightly import judge_by_night
from tianqu.packs.village.registers.received import receipts_of, received_below, settled
from tianqu.packs.village.rules.facts import Instalment
from tianqu.packs.village.tests.test_register_pages import browser, text

FIRST_DUE, SECOND_DUE = date(2024, 6, 1), date(2025, 6, 1)
RENTS = (
    Instalment(FIRST_DUE, 500_000, FIRST_DUE, SECOND_DUE, 200_000),
    Instalment(SECOND_DUE, 500_000, SECOND_DUE, date(2026, 6, 1)),
)


@pytest.fixture
def contract_id(keeping: Bookkeeping) -> UUID:
    """A contract of which 2,000 yuan had been paid before the book told of them, and 8,000 are due."""
    found = keeping.villages.contract("C1", instalments=RENTS)
    assert isinstance(found, UUID)
    return found


def told(keeping: Bookkeeping, contract_id: UUID) -> ContractDetail:
    set_scope(keeping.accountant.scope)
    return contract_detail(keeping.accountant, contract_id=contract_id)


def paid(keeping: Bookkeeping, contract_id: UUID) -> list[int]:
    return [one.instalment.paid_fen for one in told(keeping, contract_id).rents]


def receive(keeping: Bookkeeping, contract_id: UUID | None, amount_fen: int, **more: Any) -> UUID:
    return keeping.enter("receipt", amount_fen, contract_id=contract_id, **({"day": date(2025, 7, 1)} | more))


def test_a_receipt_pays_what_fell_due_first_and_taking_it_back_takes_it_back(
    keeping: Bookkeeping, contract_id: UUID
) -> None:
    first = receive(keeping, contract_id, 400_000)
    second = receive(keeping, contract_id, 450_000, day=date(2025, 8, 1))
    detail = told(keeping, contract_id)
    assert [(one.instalment.paid_fen, one.opening_fen, one.owed_fen) for one in detail.rents] == [
        (500_000, 200_000, 0), (500_000, 0, 0)
    ]  # fmt: skip
    assert [[(part.receipt.transfer_id, part.amount_fen) for part in one.parts] for one in detail.rents] == [
        [(first, 300_000)], [(first, 100_000), (second, 400_000)]
    ]  # fmt: skip
    assert detail.beyond_fen == 50_000
    assert [one.paid_fen for one in detail.terms.instalments] == [200_000, 0]  # what was typed stays what was typed
    set_scope(keeping.accountant.scope)
    ledgers.reverse_transfer(
        SYSTEM, transfer_id=first, reversal_id=new_identifier(), day=date(2025, 9, 1), purpose="记错"
    )
    assert paid(keeping, contract_id) == [500_000, 150_000]
    contracts = list(Contract.objects.filter(id=contract_id))
    place = contracts[0].place_path
    for day, sums in ((date(2025, 6, 30), []), (date(2025, 8, 31), [400_000, 450_000]), (date(2025, 9, 1), [450_000])):
        received = receipts_of(keeping.accountant.scope, contracts, on=day, place_path=place)[contract_id]
        assert [one.amount for one in received] == sums


def test_only_receipts_that_name_the_contract_in_its_villages_book_pay_it(
    keeping: Bookkeeping, contract_id: UUID
) -> None:
    receive(keeping, None, 100_000)
    keeping.enter("payment", 100_000, contract_id=contract_id)
    receive(keeping, keeping.villages.contract("C2", instalments=RENTS), 100_000)
    unit = keeping.villages.prefecture.units["v201001"].id
    ledgers.open_book(
        SYSTEM, code="next", name="邻村", unit_id=unit, first_day=date(2024, 1, 1),
        ledgers=[ledgers.NewLedger("money", "fen", "cn.village.2023")],
    )  # fmt: skip
    with seeing(SYSTEM.scope):
        accounts = {one.code: one.id for one in ledgers.accounts_of(ledgers.book_called("next"))}
    legs = [ledgers.NewLeg(accounts["101"], 7), ledgers.NewLeg(accounts["501"], -7)]
    ledgers.post_transfer(
        SYSTEM, book="next", transfer_id=new_identifier(), day=date(2025, 7, 1), kind="receipt", legs=legs,
        reference=f"contract:{contract_id}",
    )  # fmt: skip
    assert paid(keeping, contract_id) == [200_000, 0]
    with seeing(SYSTEM.scope):
        assert [one.instalment.paid_fen for one in contract_detail(SYSTEM, contract_id=contract_id).rents][1] == 0


def test_the_next_village_is_told_no_receipt_even_where_its_connection_sees_all(
    keeping: Bookkeeping, contract_id: UUID
) -> None:
    receive(keeping, contract_id, 100_000)
    next_village = keeping.villages.post("v201001", "village_accountant").scope
    with seeing(SYSTEM.scope):
        contracts = list(Contract.objects.filter(id=contract_id))
        place, on = str(contracts[0].place_path), timezone.localdate()
        for scope, sums in ((keeping.accountant.scope, [100_000]), (SYSTEM.scope, [100_000]), (next_village, [])):
            found = receipts_of(scope, contracts, on=on, place_path=place)[contract_id]
            assert [one.amount for one in found] == sums
            assert received_below(scope, place, on=on) == ({contract_id: 100_000} if sums else {})


def test_rules_and_trends_count_what_the_book_received(keeping: Bookkeeping, contract_id: UUID) -> None:
    receive(keeping, contract_id, 550_000)
    villages = keeping.villages
    inspector = villages.post("c1.housing", "county_inspector")
    set_scope(inspector.scope)
    years = {one.year: one.of(Figure.ARREARS) for one in trends(inspector, year=2025).years}
    assert (years[2024], years[2025]) == (Share(0, 500_000), Share(250_000, 500_000))
    rows = behind(inspector, figure=Figure.ARREARS, year=2025).rows
    assert [(row.id, row.day, row.part) for row in rows] == [(contract_id, SECOND_DUE, 250_000)]
    judge_by_night(timezone.now())
    found = told(keeping, contract_id).judgement
    assert found is not None
    (overdue,) = [one for one in found.findings if one["rule"] == "overdue"]
    assert (overdue["numbers"]["overdue_fen"], overdue["numbers"]["due_on"]) == (250_000, "2025-06-01")
    receive(keeping, contract_id, 250_000)
    judge_by_night(timezone.now())
    found = told(keeping, contract_id).judgement
    assert found is not None and "overdue" not in {one["rule"] for one in found.findings}


def test_the_page_and_the_api_show_which_voucher_paid_which_rent(keeping: Bookkeeping, contract_id: UUID) -> None:
    voucher = receive(keeping, contract_id, 350_000, voucher="收-7")
    shown = text(browser(keeping.accountant).get(f"/villages/contracts/{contract_id}/"))
    assert "收-7" in shown and f"/villages/vouchers/{voucher}/" in shown and "3,000.00" in shown
    answer = caller(keeping.accountant).read(f"/village/contracts/{contract_id}")
    first, second = answer["rents"]
    assert (first["opening_fen"], first["paid_fen"], first["owed_fen"]) == (200_000, 500_000, 0)
    assert [(one["transfer_id"], one["amount_fen"]) for one in second["vouchers"]] == [(str(voucher), 50_000)]
    assert answer["beyond_fen"] == 0


@given(
    st.lists(st.tuples(st.integers(0, 900), st.integers(0, 1_000), st.integers(0, 1_000)), max_size=6),
    st.lists(st.integers(1, 3_000), max_size=6),
)
def test_nothing_that_was_received_is_lost_and_no_rent_is_paid_twice(
    dues: list[tuple[int, int, int]], sums: list[int]
) -> None:
    day = date(2024, 1, 1)
    rents = [
        Instalment(day + timedelta(days=late), amount, day, day + timedelta(days=1), min(amount, before))
        for late, amount, before in dues
    ]
    receipts = [
        ledgers.Received(new_identifier(), "contract:1", "1", number, day, "", "", amount)
        for number, amount in enumerate(sums, 1)
    ]
    found, beyond = settled(rents, receipts)
    parts = [part for one in found for part in one.parts]
    assert sum(part.amount_fen for part in parts) + beyond == sum(sums)
    for rent, one in zip(rents, found, strict=True):
        assert one.instalment.paid_fen == rent.paid_fen + sum(part.amount_fen for part in one.parts)
        assert 0 <= one.owed_fen <= rent.amount_fen
    open_first = sorted((one for one in found if one.instalment.amount_fen), key=lambda one: one.instalment.due_on)
    assert not beyond or all(one.owed_fen == 0 for one in open_first)
    for earlier, later in pairwise(open_first):
        assert not (earlier.owed_fen and later.parts) or earlier.instalment.due_on == later.instalment.due_on
