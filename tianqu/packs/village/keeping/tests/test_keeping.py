"""Keeping a village's book: vouchers with their photos, taking back, finishing and closing a month, behind the wall."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from tests.owner import as_owner
from tests.web.api.calling import caller
from tianqu.base.errors import Conflict, InvalidInput, NotFound, NotPermitted, TooLarge
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.files.api import store_file
from tianqu.kernel.journal.api import INSERT_ENTRY, SYSTEM, Scope, prepare_entry, set_scope
from tianqu.kernel.ledgers import api as ledgers
from tianqu.packs.village.keeping import acts
from tianqu.packs.village.keeping.queries import month_of, month_vouchers, voucher_detail
from tianqu.packs.village.keeping.registers.vouchers import PAPERS_MAX
from tianqu.packs.village.keeping.tests.bookkeeping import BOOK, TILL, Bookkeeping, picture
from tianqu.packs.village.tests.test_register_pages import browser, text

HOME = f"/villages/keeping/{BOOK}/"


def this_month() -> date:
    return timezone.localdate().replace(day=1)


def last_month() -> date:
    return (this_month() - timedelta(days=1)).replace(day=1)


def stored(keeping: Bookkeeping) -> UUID:
    set_scope(keeping.accountant.scope)
    return store_file(keeping.accountant, content=picture(), name="发票.jpg").id


def test_receipts_payments_and_transfers_stand_in_the_book_with_their_photos(keeping: Bookkeeping) -> None:
    photo, given = stored(keeping), {"transfer_id": new_identifier(), "voucher": "记-12"}
    for _time in range(2):  # twice is once
        keeping.enter("payment", 12_345, files=[photo], **given)
    keeping.enter("receipt", 500_000)
    keeping.enter("transfer", 700, debit="101", credit="102")
    assert (keeping.balance("101"), keeping.balance("102")) == (TILL - 12_345 + 700, 500_000 - 700)
    with pytest.raises(Conflict):
        keeping.enter("payment", 9, **given)
    set_scope(keeping.accountant.scope)
    told = voucher_detail(keeping.accountant, transfer_id=given["transfer_id"])
    assert (told.amount_fen, told.detail.kind, [one.name for one in told.papers]) == (12_345, "payment", ["发票.jpg"])
    page = month_vouchers(keeping.accountant, book=BOOK, days=None, text="123.45", limit=5)
    assert [(row.detail.id, row.papers) for row in page.rows] == [(given["transfer_id"], 1)]
    told_month = month_of(keeping.accountant, book=BOOK, day=this_month())
    cash, bank = told_month.cash
    assert (cash.received, cash.paid, cash.closing) == (700, 12_345, TILL - 11_645)
    assert (bank.received, bank.paid, bank.closing) == (500_000, 700, 499_300)
    assert (told_month.vouchers, told_month.bare) == (3, 2)


@pytest.mark.parametrize(
    ("field", "kind", "wrong"),
    [
        ("debit_account_id", "receipt", {"debit": "513"}), ("debit_account_id", "receipt", {"credit": "101"}),
        ("credit_account_id", "payment", {"credit": "501"}), ("credit_account_id", "payment", {"debit": "102"}),
        ("debit_account_id", "transfer", {"debit": "513"}), ("credit_account_id", "transfer", {"debit": "101"}),
        ("amount_fen", "payment", {"amount_fen": 0}), ("amount_fen", "payment", {"amount_fen": -5}),
        ("amount_fen", "payment", {"amount_fen": 10**15 + 1}), ("purpose", "payment", {"purpose": " "}),
        ("day", "payment", {"day": date(2199, 1, 1)}),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_at_its_field(
    keeping: Bookkeeping, field: str, kind: str, wrong: dict[str, Any]
) -> None:
    with pytest.raises(InvalidInput) as refused:
        keeping.enter(kind, **wrong)
    assert refused.value.field == field and refused.value.remedy
    assert keeping.balance("101") == TILL


def test_the_next_village_touches_nothing_and_others_only_read(keeping: Bookkeeping) -> None:
    mine = keeping.enter(files=[stored(keeping)])
    stranger, villager = keeping.villages.stranger, keeping.villages.villager
    with pytest.raises(NotFound):
        keeping.enter(actor=stranger)
    with pytest.raises(NotPermitted):
        keeping.enter(actor=keeping.auditor)
    set_scope(stranger.scope)
    for attempt in (
        lambda: voucher_detail(stranger, transfer_id=mine), lambda: month_of(stranger, book=BOOK, day=this_month()),
        lambda: acts.finish_month(stranger, book=BOOK, month=this_month()),
        lambda: acts.add_papers(stranger, transfer_id=mine, files=[new_identifier()]),
    ):  # fmt: skip
        with pytest.raises(NotFound):
            attempt()
    for scope in (stranger.scope, Scope()):
        set_scope(scope)
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM village_voucher_paper")
            assert cursor.fetchone() == (0,)
    set_scope(villager.scope)
    with pytest.raises(NotPermitted):
        voucher_detail(villager, transfer_id=mine)
    set_scope(keeping.auditor.scope)
    assert len(voucher_detail(keeping.auditor, transfer_id=mine).papers) == 1


def test_photos_are_of_one_voucher_and_not_too_many(keeping: Bookkeeping) -> None:
    first, second, photo = keeping.enter(), keeping.enter(), stored(keeping)
    assert acts.add_papers(keeping.accountant, transfer_id=first, files=[photo, photo]) == 1
    assert acts.add_papers(keeping.accountant, transfer_id=first, files=[photo]) == 0
    with pytest.raises(Conflict):
        acts.add_papers(keeping.accountant, transfer_id=second, files=[photo])
    with pytest.raises(TooLarge):
        acts.add_papers(
            keeping.accountant, transfer_id=second, files=[new_identifier() for _n in range(PAPERS_MAX + 1)]
        )
    with pytest.raises(NotFound):
        keeping.enter(files=[new_identifier()])
    assert keeping.balance("101") == TILL - 2 * 12_345  # the third was not entered without its photo


def test_what_is_paid_for_a_contract_stands_on_its_page(keeping: Bookkeeping) -> None:
    villages = keeping.villages
    contract_id = villages.contract("2021-03")
    other = villages.contract("外-1", actor=villages.stranger, place_id=villages.other_place_id)
    with pytest.raises(NotFound) as refused:
        keeping.enter("receipt", contract_id=other)
    assert refused.value.field == "contract_id"
    keeping.enter("receipt", 625_000, contract_id=contract_id, purpose="收承包费")
    desk, address = browser(keeping.accountant), f"/villages/contracts/{contract_id}/"
    page = text(desk.get(address))
    assert "收承包费" in page and "6,250.00" in page
    form = desk.get("/villages/keeping/?contract=2021-03")["Location"]
    assert form == f"{HOME}new/receipt?contract=2021-03" and 'value="2021-03"' in text(desk.get(form))
    given = {
        "day": timezone.localdate().isoformat(), "amount": "1", "purpose": "补收",
        "debit_account_id": str(keeping.accounts["101"]), "credit_account_id": str(keeping.accounts["501"]),
    }  # fmt: skip
    wrong = text(desk.post(form, given | {"contract": "外-1"}), 404)
    assert 'id="contract-error"' in wrong and "补收" in wrong
    assert desk.post(form, given | {"contract": "2021-03"}).status_code == 302
    assert "补收" in text(desk.get(address))
    assert "收承包费" not in text(browser(villages.villager).get(address))


@pytest.mark.parametrize(
    ("law", "sql"),
    [
        ("stays written", "DELETE FROM village_voucher_paper"),
        ("may be emptied", "UPDATE village_voucher_paper SET name = 'x'"),
        ("stays written", "UPDATE village_voucher_paper SET transfer_id = gen_random_uuid()"),
        ("village_paper_at_home", "INSERT INTO village_voucher_paper SELECT gen_random_uuid(), transfer_id, 'P.P2',"
         " name, media_type, size, at FROM village_voucher_paper"),
    ],
)  # fmt: skip
def test_the_database_keeps_the_papers_at_the_console_too(keeping: Bookkeeping, law: str, sql: str) -> None:
    keeping.enter(files=[stored(keeping)])
    set_scope(SYSTEM.scope)
    with pytest.raises(IntegrityError) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT journal_open()")
        entry = prepare_entry(act="test.attack", subject="attack:1", after={}, actor=SYSTEM, at=timezone.now())
        cursor.execute(INSERT_ENTRY, entry.row())
        as_owner(sql)
    cause: Any = refused.value.__cause__
    assert law in f"{cause.diag.constraint_name} {cause.diag.message_primary}"


def test_a_month_is_finished_by_the_village_and_closed_above_it(keeping: Bookkeeping) -> None:
    wrong = keeping.enter(day=last_month())
    keeping.finish_before(last_month())
    for _time in range(2):
        acts.finish_month(keeping.accountant, book=BOOK, month=last_month())
    with pytest.raises(Conflict):
        keeping.enter(day=last_month())
    ledgers.reverse_transfer(  # what was wrong may still be taken back
        keeping.accountant, transfer_id=wrong, reversal_id=new_identifier(), day=last_month(), purpose="重复"
    )
    days = {"first_day": last_month(), "last_day": month_of(keeping.accountant, book=BOOK, day=last_month()).last_day}
    with pytest.raises(NotPermitted):
        ledgers.set_period(keeping.accountant, book=BOOK, state="closed", **days)
    set_scope(keeping.auditor.scope)
    ledgers.set_period(keeping.auditor, book=BOOK, state="open", **days)
    keeping.enter(day=last_month())
    set_scope(keeping.auditor.scope)
    ledgers.set_period(keeping.auditor, book=BOOK, state="closed", **days)
    set_scope(keeping.accountant.scope)
    for attempt in (
        lambda: keeping.enter(day=last_month()),
        lambda: acts.finish_month(keeping.accountant, book=BOOK, month=last_month()),
    ):
        with pytest.raises(Conflict):
            attempt()


@pytest.mark.parametrize("month", ["0001-01", "1949-09", "2200-01", "9999-12", "2026-13", "０００１-０１"])
def test_a_month_that_no_book_has_is_said_to_be_none(keeping: Bookkeeping, month: str) -> None:
    for address in (HOME, f"{HOME}month.csv"):
        answer = browser(keeping.accountant).get(address, {"month": month})
        assert answer.status_code == 400
    assert browser(keeping.accountant).get(HOME, {"month": "2199-12"}).status_code == 200


def test_a_month_that_is_not_over_is_neither_finished_nor_closed(keeping: Bookkeeping) -> None:
    last_day = month_of(keeping.accountant, book=BOOK, day=this_month()).last_day
    later = last_day + timedelta(days=1)
    for month, over in ((this_month(), later), (later, (later + timedelta(days=31)).replace(day=1))):
        with pytest.raises(Conflict, match=f"Finish it from {over.isoformat()} on") as refused:
            acts.finish_month(keeping.accountant, book=BOOK, month=month)
        assert refused.value.field == "month"
    with pytest.raises(InvalidInput):
        acts.finish_month(keeping.accountant, book=BOOK, month=later + timedelta(days=1))
    set_scope(keeping.auditor.scope)
    for state in ("closing", "closed"):
        with pytest.raises(Conflict, match=f"from {later.isoformat()} on") as refused:
            ledgers.set_period(keeping.auditor, book=BOOK, first_day=this_month(), last_day=last_day, state=state)
        assert refused.value.field == "last_day"
    keeping.enter()
    assert "Finish the month" not in text(browser(keeping.accountant).get(HOME)).partition("<main")[2]
    answer = browser(keeping.accountant).post(f"{HOME}finish?month={this_month():%Y-%m}", {})
    assert "This month is not over yet" in text(answer, 409)


def test_the_month_is_downloaded_whole(keeping: Bookkeeping, monkeypatch: pytest.MonkeyPatch) -> None:
    for _time in range(7):
        keeping.enter()
    monkeypatch.setattr("tianqu.packs.village.keeping.pages.EXPORT_PAGE", 2)
    lines = text(browser(keeping.accountant).get(f"{HOME}month.csv")).strip().splitlines()
    assert len(lines) == 8 and len(set(lines)) == 8


def test_by_form(keeping: Bookkeeping) -> None:
    desk = browser(keeping.accountant)
    assert desk.get("/villages/keeping/")["Location"] == HOME
    assert "Nothing was entered here" in text(desk.get(HOME))
    form = text(desk.get(f"{HOME}new/payment"))
    assert "513" in form and 'accept="image/*' in form
    given = {
        "day": timezone.localdate().isoformat(), "amount": "１２３．４５元", "purpose": "换路灯", "voucher": "记-1",
        "debit_account_id": str(keeping.accounts["513"]), "credit_account_id": str(keeping.accounts["101"]),
        "sent_id": str(new_identifier()),
    }  # fmt: skip
    for field, wrong in (("amount", ""), ("amount", "0"), ("purpose", ""), ("debit_account_id", "x")):
        page = text(desk.post(f"{HOME}new/payment", given | {field: wrong}), 400)
        assert f'id="{field}-error"' in page and (field == "purpose" or "换路灯" in page)
    false = SimpleUploadedFile("发票.jpg", b"MZ\x90\x00program")
    assert 'id="files-error"' in text(desk.post(f"{HOME}new/payment", given | {"files": false}), 400)
    for _time in range(2):
        photo = SimpleUploadedFile("发票.jpg", picture(), content_type="image/jpeg")
        answer = desk.post(f"{HOME}new/payment", given | {"files": photo})
        assert answer.status_code == 302, text(answer)
    voucher = answer["Location"]
    page = text(desk.get(voucher))
    assert "123.45" in page and "记-1" in page and page.count('class="attachment"') == 1
    address = re.search(rf"{voucher}papers/[0-9a-f-]+", page)
    assert address is not None and desk.get(f"{address[0]}?size=small").status_code == 200
    assert browser(keeping.villages.stranger).get(address[0]).status_code == 404
    assert browser(keeping.villages.villager).get(voucher).status_code == 403
    assert 'id="files-error"' in text(desk.post(f"{voucher}papers", {}), 400)
    answer = desk.post(f"{voucher}papers", {"files": SimpleUploadedFile("收据.jpg", picture("grey"))})
    assert answer.status_code == 302
    assert "换路灯" in text(desk.get(f"{HOME}?q=路灯")) and "Nothing was" in text(desk.get(f"{HOME}?q=别的"))
    assert "换路灯" in text(desk.get(f"{HOME}month.csv"))
    answer = desk.post(f"{voucher}take-back", {"day": timezone.localdate().isoformat(), "purpose": "科目错"})
    assert answer["Location"] == voucher
    page = text(desk.get(voucher))
    assert "taken back" in page and f"new/payment?from={voucher.split('/')[-2]}" in page
    assert 'value="123.45"' in text(desk.get(f"{HOME}new/payment?from={voucher.split('/')[-2]}"))
    assert desk.get(f"{HOME}?month=2026-13").status_code == 400
    assert desk.get(f"{HOME}new/gift").status_code == 404


def test_a_month_by_form(keeping: Bookkeeping) -> None:
    keeping.enter(day=last_month())
    keeping.finish_before(last_month())
    desk, above, asked = browser(keeping.accountant), browser(keeping.auditor), f"?month={last_month():%Y-%m}"
    assert desk.post(f"{HOME}finish{asked}", {}).status_code == 302
    assert "finished, not closed yet" in text(desk.get(f"{HOME}{asked}"))
    assert desk.get(f"{HOME}close{asked}").status_code == 403
    assert 'id="state-error"' in text(above.post(f"{HOME}close{asked}", {}), 400)
    assert above.post(f"{HOME}close{asked}", {"state": "closed"}).status_code == 302
    assert "已结账" in text(browser(keeping.auditor, "zh-hans").get(f"{HOME}{asked}"))
    assert above.post(f"{HOME}close{asked}", {"state": "open"}).status_code == 409


def test_over_the_api(keeping: Bookkeeping) -> None:
    keeper, transfer_id = caller(keeping.accountant), str(uuid4())
    photo = str(stored(keeping))
    body = {
        "book": BOOK, "transfer_id": transfer_id, "day": timezone.localdate().isoformat(), "kind": "payment",
        "debit_account_id": keeping.accounts["513"], "credit_account_id": keeping.accounts["101"], "amount_fen": 500,
        "purpose": "办公用品", "files": [photo],
    }  # fmt: skip
    number = keeper.done("/acts/village.enter_voucher", body)["result"]
    assert keeper.done("/acts/village.enter_voucher", body)["result"] == number
    for field, wrong in (("amount_fen", 0), ("kind", "gift"), ("purpose", ""), ("files", ["x"])):
        answer = keeper.post("/acts/village.enter_voucher", body | {field: wrong, "transfer_id": str(uuid4())})
        assert answer.status_code == 422 and field in answer.json()["field"], answer.json()
    one = keeper.read(f"/village/vouchers/{transfer_id}")
    assert one["amount_fen"] == 500 and one["papers"][0]["id"] == photo
    told = keeper.read(f"/village/books/{BOOK}/month", day=timezone.localdate().isoformat())
    assert told["state"] == "open" and told["cash"][0]["paid"] == 500
    assert caller(keeping.villages.stranger).get(f"/village/vouchers/{transfer_id}").status_code == 404
    assert caller(keeping.villages.villager).get(f"/village/vouchers/{transfer_id}").status_code == 403
    assert caller(keeping.auditor).post("/acts/village.enter_voucher", body).status_code == 403
