"""Every sum that a book received for a contract is told as a transaction, and a record is told whole."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from tests.gateways.ocds.reading import RELEASES, packages, record, releases
from tianqu.base.identifiers import new_identifier
from tianqu.gateways.ocds import routes
from tianqu.kernel.journal.api import SYSTEM, set_scope
from tianqu.kernel.ledgers import api as ledgers
from tianqu.packs.village import acts
from tianqu.packs.village.keeping.tests.bookkeeping import BOOK, Bookkeeping
from tianqu.packs.village.rules.facts import Instalment

pytestmark = pytest.mark.django_db
FIRST_DUE, SECOND_DUE = date(2024, 6, 1), date(2025, 6, 1)
RENTS = (
    Instalment(FIRST_DUE, 500_000, FIRST_DUE, SECOND_DUE, 200_000),
    Instalment(SECOND_DUE, 500_000, SECOND_DUE, date(2026, 6, 1)),
)
PAID = date(2025, 7, 1)


@pytest.fixture
def contract_id(keeping: Bookkeeping) -> UUID:
    """A contract of which 2,000 yuan had been paid before the book told of them, and 8,000 are due."""
    return keeping.villages.contract("C1", instalments=RENTS)


def receive(keeping: Bookkeeping, contract_id: UUID, amount_fen: int, **more: Any) -> UUID:
    return keeping.enter("receipt", amount_fen, contract_id=contract_id, day=PAID, purpose="收李承租租金", **more)


def told(contract_id: UUID) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = record(contract_id)["records"][0]["releases"]
    return found


def paid(release: dict[str, Any]) -> dict[str, tuple[float, str]]:
    """What a release tells as paid, and on which day, by identifier."""
    rows = release["contracts"][0]["implementation"]["transactions"]
    return {row["id"]: (row["value"]["amount"], row.get("date", "")) for row in rows}


def states(release: dict[str, Any]) -> list[str]:
    return [one["status"] for one in release["contracts"][0]["milestones"]]


def test_each_receipt_is_a_release_and_so_is_its_taking_back(keeping: Bookkeeping, contract_id: UUID) -> None:
    published = [told(contract_id)]
    first = receive(keeping, contract_id, 300_000)
    published.append(told(contract_id))
    second = receive(keeping, contract_id, 450_000)
    published.append(told(contract_id))
    ledgers.reverse_transfer(
        SYSTEM, transfer_id=first, reversal_id=new_identifier(), day=date(2025, 9, 1), purpose="记错"
    )
    published.append(told(contract_id))
    for number, rows in enumerate(published, 1):  # what was published stays as it was
        assert len(rows) == number and published[-1][:number] == rows
    entered, paid_first, paid_second, taken_back = published[-1]
    day = "2025-07-01T00:00:00+08:00"
    assert paid(entered) == {"rent-1": (2_000, "")}
    assert (paid(paid_first), paid(paid_second)) == ({str(first): (3_000, day)}, {str(second): (4_500, day)})
    assert paid(taken_back) == {str(first): (0, "2025-09-01T00:00:00+08:00")}
    assert [states(one) for one in published[-1]] == [
        ["partiallyMet", "notMet"], ["met", "notMet"], ["met", "partiallyMet"], ["met", "partiallyMet"]
    ]  # fmt: skip
    assert {tuple(one["tag"]) for one in published[-1][1:]} == {("implementationUpdate",)}
    assert len({one["id"] for one in published[-1]}) == 4
    assert releases() == published[-1] and "李承租" not in str(published)


def test_later_releases_of_the_register_know_what_was_paid(keeping: Bookkeeping, contract_id: UUID) -> None:
    receive(keeping, contract_id, 300_000)
    acts.end_contract(keeping.accountant, contract_id=contract_id, on=date(2025, 12, 1), reason="撂荒")
    receive(keeping, contract_id, 100_000)
    entered, _paid, ended, late = told(contract_id)
    assert [states(one)[0] for one in (entered, ended)] == ["partiallyMet", "met"]
    assert [one["contracts"][0]["status"] for one in (ended, late)] == ["terminated"] * 2
    assert late["contracts"][0]["amendments"] == ended["contracts"][0]["amendments"]


def test_what_is_paid_beyond_the_rents_is_told_too(keeping: Bookkeeping, contract_id: UUID) -> None:
    voucher = receive(keeping, contract_id, 1_200_000)
    _entered, release = told(contract_id)
    assert paid(release)[str(voucher)][0] == 12_000
    assert release["awards"][0]["value"]["amount"] == 10_000 and "value" not in release["contracts"][0]


def test_what_brings_no_money_or_is_of_another_book_is_no_payment(keeping: Bookkeeping, contract_id: UUID) -> None:
    keeping.enter("payment", 100_000, contract_id=contract_id)
    receive(keeping, keeping.villages.contract("C2", instalments=RENTS), 100_000)
    set_scope(SYSTEM.scope)
    for reference in (f"contract:{new_identifier()}", "contract:none"):
        post(keeping, reference)
    assert len(told(contract_id)) == 1


def post(keeping: Bookkeeping, reference: str, **more: Any) -> UUID:
    transfer_id = new_identifier()
    legs = [ledgers.NewLeg(keeping.accounts["102"], 700), ledgers.NewLeg(keeping.accounts["501"], -700)]
    ledgers.post_transfer(
        SYSTEM, book=BOOK, transfer_id=transfer_id, day=PAID, kind="receipt", legs=legs, reference=reference, **more
    )
    return transfer_id


def test_what_waited_is_told_when_it_is_posted(keeping: Bookkeeping, contract_id: UUID) -> None:
    waiting = post(keeping, f"contract:{contract_id}", pending=True)
    assert len(told(contract_id)) == 1
    ledgers.resolve_transfer(SYSTEM, transfer_id=waiting, outcome="posted", day=date(2025, 8, 1))
    assert paid(told(contract_id)[-1]) == {str(waiting): (7, "2025-08-01T00:00:00+08:00")}


def test_what_came_before_the_register_is_told_with_its_first_release(keeping: Bookkeeping) -> None:
    contract_id = new_identifier()
    early = post(keeping, f"contract:{contract_id}")
    keeping.villages.contract("C3", contract_id=contract_id, instalments=RENTS[1:])
    (release,) = told(contract_id)
    assert paid(release) == {str(early): (7, "2025-07-01T00:00:00+08:00")}
    assert "implementation" in release["tag"]


def test_a_record_is_told_whole_and_pages_leave_nothing_out(
    keeping: Bookkeeping, contract_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(7):
        receive(keeping, contract_id, 100 + number)
    whole = told(contract_id)
    assert len(whole) == 8
    monkeypatch.setattr(routes, "RECORD_PAGE", 3)
    assert told(contract_id) == whole
    assert [len(page["releases"]) for page in packages(limit=3)] == [3, 3, 2]
    assert [one for page in packages(limit=3) for one in page["releases"]] == whole
    assert Client().get(RELEASES, {"after": "1-" + "f" * 33}).status_code == 422


def test_a_page_of_many_payments_costs_few_statements(
    keeping: Bookkeeping, contract_id: UUID, django_assert_max_num_queries: Any
) -> None:
    for number in range(5):
        receive(keeping, contract_id, 100 + number)
    set_scope(SYSTEM.scope)
    Client().get(RELEASES)
    with django_assert_max_num_queries(12):
        assert len(Client().get(RELEASES).json()["releases"]) == 6
