"""There is never less than nothing in a till: what would leave that is refused, and a till that is so is told of."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone

from tests.web.api.calling import caller
from tianqu.base.errors import Conflict
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM
from tianqu.kernel.ledgers import api as ledgers
from tianqu.packs.village.keeping import acts
from tianqu.packs.village.keeping.registers.vouchers import VoucherLine
from tianqu.packs.village.keeping.tests.bookkeeping import BOOK, TILL, Bookkeeping
from tianqu.packs.village.tests.test_register_pages import browser, text

HOME = f"/villages/keeping/{BOOK}/"


def test_a_till_pays_what_it_holds_and_no_fen_more(keeping: Bookkeeping) -> None:
    with pytest.raises(Conflict, match=r"10,000.00 yuan on .*10,000.01 yuan cannot be paid") as refused:
        keeping.enter(amount_fen=TILL + 1)
    assert refused.value.field == "amount_fen" and refused.value.remedy
    assert str(refused.value).startswith("101 ") and keeping.balance("101") == TILL
    keeping.enter(amount_fen=TILL)
    with pytest.raises(Conflict):
        keeping.enter("transfer", 1)
    keeping.enter("transfer", 500, debit="101", credit="102")  # a bank may lend; what is drawn is paid
    keeping.enter(amount_fen=500)
    assert keeping.balance("101") == 0


def test_it_is_told_by_days_whatever_was_entered_first(keeping: Bookkeeping) -> None:
    today = timezone.localdate()
    keeping.enter("receipt", 700, debit="101", day=today)
    with pytest.raises(Conflict, match="2024-05-01"):
        keeping.enter(amount_fen=TILL + 700, day=date(2024, 5, 1))  # it came in later
    keeping.enter(amount_fen=TILL, day=today - timedelta(days=3))
    with pytest.raises(Conflict, match=(today - timedelta(days=3)).isoformat()):
        keeping.enter(amount_fen=1, day=date(2024, 5, 1))  # it is needed on a later day
    assert keeping.balance("101") == 700


def test_a_till_that_was_overdrawn_before_takes_what_comes_in_and_pays_nothing(keeping: Bookkeeping) -> None:
    legs = [
        ledgers.NewLeg(keeping.accounts["513"], TILL + 5_000), ledgers.NewLeg(keeping.accounts["101"], -TILL - 5_000)
    ]  # fmt: skip
    ledgers.post_transfer(
        SYSTEM, book=BOOK, transfer_id=new_identifier(), day=timezone.localdate(), legs=legs, purpose="旧账"
    )
    page = text(browser(keeping.accountant).get(HOME))
    assert "-50.00" in page.replace("−", "-") and "below zero" in page and "less than nothing in a till" in page
    assert "低于零" in text(browser(keeping.accountant, "zh-hans").get(HOME))
    with pytest.raises(Conflict):
        keeping.enter(amount_fen=1)
    keeping.enter("receipt", 2_000, debit="101")
    keeping.enter("receipt", 3_000, debit="101")
    assert "below zero" not in text(browser(keeping.accountant).get(HOME))


def test_every_door_refuses_at_its_field(keeping: Bookkeeping) -> None:
    accounts, today = keeping.accounts, timezone.localdate()
    told = [VoucherLine(accounts["513"], TILL + 1), VoucherLine(accounts["101"], 0, TILL + 1)]
    for act, more in (
        (acts.enter_compound_voucher, {"day": today, "purpose": "付工程款"}), (acts.enter_opening, {})
    ):  # fmt: skip
        with pytest.raises(Conflict) as refused:
            act(keeping.accountant, book=BOOK, transfer_id=new_identifier(), lines=told, **more)
        assert refused.value.field == "lines.2.credit_fen"
    given = {
        "day": today.isoformat(), "amount": "50000", "purpose": "付工程款", "debit_account_id": str(accounts["513"]),
        "credit_account_id": str(accounts["101"]),
    }  # fmt: skip
    page = text(browser(keeping.accountant).post(f"{HOME}new/payment", given), 409)
    assert 'id="amount-error"' in page and "10,000.00 yuan" in page and "付工程款" in page
    lines = {
        "day": today.isoformat(), "purpose": "付工程款", "account_1": str(accounts["513"]), "debit_1": "50000",
        "account_2": str(accounts["101"]), "credit_2": "50000",
    }  # fmt: skip
    assert 'id="credit_2-error"' in text(browser(keeping.accountant).post(f"{HOME}new/compound", lines), 409)
    body = {
        "book": BOOK, "transfer_id": str(new_identifier()), "day": today.isoformat(), "kind": "payment",
        "debit_account_id": accounts["513"], "credit_account_id": accounts["101"], "amount_fen": TILL + 1,
        "purpose": "付工程款",
    }  # fmt: skip
    answer = caller(keeping.accountant).post("/acts/village.enter_voucher", body)
    assert answer.status_code == 409 and answer.json()["field"] == "amount_fen"
    assert keeping.balance("101") == TILL
