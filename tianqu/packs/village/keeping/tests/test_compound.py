"""Vouchers of several accounts: by form with and without a script, over the API, refused at the line that is wrong."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from tests.web.api.calling import caller
from tianqu.base.errors import Conflict, InvalidInput, NotFound, NotPermitted
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import set_scope
from tianqu.kernel.ledgers import api as ledgers
from tianqu.packs.village.keeping import acts
from tianqu.packs.village.keeping.queries import voucher_detail
from tianqu.packs.village.keeping.registers.vouchers import VoucherLine
from tianqu.packs.village.keeping.tests.bookkeeping import BOOK, TILL, Bookkeeping, picture
from tianqu.packs.village.tests.test_register_pages import browser, text

PAGE = f"/villages/keeping/{BOOK}/new/compound"


def lines(keeping: Bookkeeping, *told: tuple[str, int]) -> list[VoucherLine]:
    """Lines of codes of accounts with what they are debited, or credited below nothing."""
    return [VoucherLine(keeping.accounts[code], max(fen, 0), max(-fen, 0)) for code, fen in told]


def enter(keeping: Bookkeeping, *told: tuple[str, int], **more: Any) -> UUID:
    given: dict[str, Any] = {"book": BOOK, "transfer_id": new_identifier(), "day": timezone.localdate()}
    given |= {"purpose": "付路灯款，扣税", "lines": lines(keeping, *told)} | more
    acts.enter_compound_voucher(given.pop("actor", keeping.accountant), **given)
    return UUID(str(given["transfer_id"]))


def test_it_stands_in_the_book_once(keeping: Bookkeeping) -> None:
    told, given = [("513", 90_000), ("501", 10_000), ("101", -30_000), ("102", -70_000)], new_identifier()
    for _time in range(2):
        enter(keeping, *told, transfer_id=given, voucher="记-9")
    assert (keeping.balance("101"), keeping.balance("102")) == (TILL - 30_000, -70_000)
    set_scope(keeping.accountant.scope)
    detail = voucher_detail(keeping.accountant, transfer_id=given).detail
    assert [leg.amount for leg in detail.legs] == [90_000, 10_000, -30_000, -70_000] and detail.kind == "compound"
    with pytest.raises(Conflict):
        enter(keeping, *told[:1], ("102", -90_000), transfer_id=given)


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ("lines", [("513", 100)]), ("lines", [("513", 100), ("101", -40), ("102", -50)]), ("lines", []),
        ("lines.2.debit_fen", [("513", 100), ("101", 0), ("102", -100)]),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_at_its_line(
    keeping: Bookkeeping, field: str, told: list[tuple[str, int]]
) -> None:  # fmt: skip
    with pytest.raises(InvalidInput) as refused:
        enter(keeping, *told)
    assert refused.value.field == field and refused.value.remedy
    with pytest.raises(InvalidInput, match="either a debit or a credit"):
        enter(keeping, lines=[VoucherLine(keeping.accounts["101"], 5, 5), VoucherLine(keeping.accounts["102"], 5)])
    with pytest.raises(NotFound) as unknown:
        enter(keeping, lines=[VoucherLine(keeping.accounts["101"], 5), VoucherLine(10**12, 0, 5)])
    assert unknown.value.field == "lines.2.account_id"
    assert keeping.balance("101") == TILL


def test_the_next_village_and_others_enter_nothing(keeping: Bookkeeping) -> None:
    for actor, refusal in ((keeping.villages.stranger, NotFound), (keeping.auditor, NotPermitted)):
        set_scope(actor.scope)
        with pytest.raises(refusal):
            enter(keeping, ("513", 5), ("101", -5), actor=actor)


def form(keeping: Bookkeeping, **more: str) -> dict[str, Any]:
    accounts = keeping.accounts
    return {
        "day": timezone.localdate().isoformat(), "purpose": "付路灯款", "voucher": "记-9",
        "account_1": str(accounts["513"]), "debit_1": "１，０００．５０元", "credit_1": "",
        "account_2": "", "debit_2": "", "credit_2": "",
        "account_3": str(accounts["101"]), "debit_3": "", "credit_3": "400.25",
        "account_4": str(accounts["102"]), "debit_4": "", "credit_4": "600.25",
    } | more  # fmt: skip


def test_by_form_without_a_script(keeping: Bookkeeping) -> None:
    desk = browser(keeping.accountant)
    assert PAGE in text(desk.get(f"/villages/keeping/{BOOK}/"))
    page = text(desk.get(PAGE))
    assert 'id="account_3"' in page and 'id="account_4"' not in page and "<script>" not in page
    page = text(desk.post(PAGE, form(keeping, change="add", credit_4="")))
    assert 'id="account_5"' in page and "付路灯款" in page and "600.25 yuan are lacking on the credit side" in page
    page = text(desk.post(PAGE, form(keeping, change="remove_2")))
    assert 'id="account_4"' not in page and "400.25" in page and "Debits and credits are equal: 1,000.50" in page
    sent_id = str(new_identifier())
    for _time in range(2):
        photo = SimpleUploadedFile("发票.jpg", picture(), content_type="image/jpeg")
        answer = desk.post(PAGE, form(keeping, sent_id=sent_id) | {"files": photo})
        assert (answer.status_code, answer["Location"]) == (302, f"/villages/vouchers/{sent_id}/")
    page = text(desk.get(answer["Location"]))
    assert "Voucher of several accounts" in page and "600.25" in page and page.count('class="attachment"') == 1
    ledgers.reverse_transfer(
        keeping.accountant, transfer_id=UUID(sent_id), reversal_id=new_identifier(), day=timezone.localdate(),
        purpose="科目错",
    )  # fmt: skip
    assert f"new/compound?from={sent_id}" in text(desk.get(answer["Location"]))
    page = text(desk.get(f"{PAGE}?from={sent_id}"))
    assert 'value="1000.50"' in page and 'value="600.25"' in page and "付路灯款" in page


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("lines", {"credit_4": "600.24"}), ("purpose", {"purpose": " "}), ("day", {"day": "2199-01-01"}),
        ("account_3", {"account_3": ""}), ("account_3", {"account_3": "x"}), ("account_3", {"account_3": "99999999"}),
        ("debit_3", {"debit_3": "1"}), ("credit_3", {"credit_3": "1.234"}), ("credit_4", {"credit_4": "-5"}),
        ("debit_2", {"account_2": "1"}), ("contract", {"contract": "无"}),
    ],
)  # fmt: skip
def test_a_refusal_stands_at_its_field(keeping: Bookkeeping, field: str, wrong: dict[str, str]) -> None:
    if wrong == {"account_2": "1"}:
        wrong = {"account_2": str(keeping.accounts["101"])}
    answer = browser(keeping.accountant).post(PAGE, form(keeping, **wrong))
    page = answer.content.decode()
    assert answer.status_code in (400, 404) and f'id="{field}-error"' in page, page
    assert f'href="#{field}"' in page and "１，０００．５０元" in page
    assert keeping.balance("101") == TILL


def test_over_the_api(keeping: Bookkeeping) -> None:
    keeper, transfer_id = caller(keeping.accountant), str(uuid4())
    told = [{"account_id": keeping.accounts["513"], "debit_fen": 500}]
    told += [{"account_id": keeping.accounts[code], "credit_fen": 250} for code in ("101", "102")]
    body = {
        "book": BOOK, "transfer_id": transfer_id, "day": timezone.localdate().isoformat(), "purpose": "办公用品",
        "lines": told,
    }  # fmt: skip
    number = keeper.done("/acts/village.enter_compound_voucher", body)["result"]
    assert keeper.done("/acts/village.enter_compound_voucher", body)["result"] == number
    assert keeper.read(f"/village/vouchers/{transfer_id}")["amount_fen"] == 500
    for wrong in ([*told, {"account_id": keeping.accounts["101"], "debit_fen": -1}], told[:1], told[:2]):
        answer = keeper.post(
            "/acts/village.enter_compound_voucher", body | {"lines": wrong, "transfer_id": str(uuid4())}
        )
        assert answer.status_code in (400, 422) and "lines" in answer.json()["field"], answer.json()
