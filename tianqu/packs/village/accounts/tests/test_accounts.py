"""The accounts of a book by page: the tree with what each holds, one opened below another, an empty one closed."""

from __future__ import annotations

import re
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from tianqu.kernel.journal.api import SYSTEM, seeing, set_scope
from tianqu.kernel.ledgers import api as ledgers
from tianqu.packs.village.accounts.queries import account_below
from tianqu.packs.village.keeping import acts
from tianqu.packs.village.keeping.registers.vouchers import VoucherLine
from tianqu.packs.village.keeping.tests.bookkeeping import BOOK, CHART, FIRST, Bookkeeping
from tianqu.packs.village.tests.test_register_pages import browser, text

PAGE = f"/villages/books/{BOOK}/accounts"
OPENING = f"/villages/books/{BOOK}/opening"
GIVEN = {"code": "102.01", "name": "农信社存款", "name_en": "Rural credit bank", "opened_on": "2024-01-01"}


def accounts() -> dict[str, ledgers.Account]:
    with seeing(SYSTEM.scope):
        return {one.code: one for one in ledgers.accounts_of(ledgers.book_called(BOOK))}


def opened(keeping: Bookkeeping, above: str = "102", **more: Any) -> int:
    """Open an account by form, and return its identifier."""
    desk = browser(keeping.accountant)
    answer = desk.post(f"{PAGE}/open?below={accounts()[above].id}", GIVEN | more)
    assert answer.status_code == 302, text(answer, answer.status_code)
    return accounts()[more.get("code", GIVEN["code"])].id


def rows_of(page: str) -> list[str]:
    """The codes of the accounts that a page lists, in their order."""
    return re.findall(r'<td class="ps-\d">[^<]*<span class="muted">([^<]+)</span>', page)


# ---- The tree


def test_the_accounts_of_a_book_stand_as_a_tree_with_what_each_holds(keeping: Bookkeeping) -> None:
    new = opened(keeping)
    keeping.accounts["102.01"] = new
    keeping.enter("receipt", 250_050, debit="102.01")
    desk = browser(keeping.accountant)
    listed = text(desk.get(PAGE))
    codes = rows_of(listed)
    assert codes[codes.index("102") + 1] == "102.01" and len(codes) == len(set(codes))
    assert listed.count("2,500.50") >= 2, "what is below counts above"
    assert f"below={new}" in listed and "Rural credit bank" in listed
    assert PAGE in text(desk.get(f"/villages/keeping/{BOOK}/")) and PAGE in text(desk.get(OPENING))
    behind = re.search(rf'href="([^"]*accounts\.{new}\.closing[^"]*)"', listed)
    assert behind is not None and "2,500.50" in text(desk.get(behind[1])), "a number leads to its entries"
    assert f"/accounts/{new}/close" not in listed, "it is not empty"


def test_an_account_is_found_by_code_and_by_name_with_those_above_it(keeping: Bookkeeping) -> None:
    opened(keeping)
    desk = browser(keeping.accountant)
    for words in ("102.0", "农信", "rural CREDIT"):
        assert rows_of(text(desk.get(PAGE, {"q": words}))) == ["102", "102.01"]
    assert "Look for fewer words" in text(desk.get(PAGE, {"q": "nothing is called so"}))
    assert rows_of(text(desk.get(PAGE, {"state": "closed"}))) == []
    assert desk.get(PAGE, {"state": "x"}).status_code == 400
    assert desk.get(PAGE, {"ledger": "x"}).status_code == 404


def test_who_reads_the_book_reads_its_accounts_and_only_its_accountant_opens_one(keeping: Bookkeeping) -> None:
    below = f"{PAGE}/open?below={keeping.accounts['102']}"
    villages = keeping.villages
    for actor in (keeping.auditor, villages.post("v102001", "village_head")):
        assert f"below={keeping.accounts['102']}" not in text(browser(actor).get(PAGE))
        assert browser(actor).get(below).status_code == 403
        assert browser(actor).post(below, GIVEN).status_code == 403
    for address in (PAGE, below, f"{PAGE}/{keeping.accounts['102']}/close"):
        assert browser(villages.stranger).get(address).status_code == 404
        assert browser(villages.villager).get(address).status_code == 403
        assert Client().get(address).status_code in (302, 403)
    assert "102.01" not in accounts()


# ---- Opening one


def test_the_form_offers_the_next_free_code_and_opens_it_there(keeping: Bookkeeping) -> None:
    desk, above = browser(keeping.accountant), keeping.accounts["112"]
    address = f"{PAGE}/open?below={above}"
    form = text(desk.get(address))
    assert 'value="112.01"' in form and 'value="2024-01-01"' in form
    answer = desk.post(address, {"code": "112.01", "name": "张三往来", "opened_on": "2024-01-01", "most": "1,000"})
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    made = accounts()["112.01"]
    assert (made.parent_id, made.chart, made.element, made.side) == (above, CHART, "assets", "debit")
    assert (made.balance_min, made.balance_max, made.opened_on) == (None, 100_000, FIRST)
    assert 'value="112.02"' in text(desk.get(address))
    opened(keeping, "112", code="112-7", name="李四往来")
    assert 'value="112-8"' in text(desk.get(address)), "as the last one is written"
    assert 'id="code-error"' in text(desk.post(address, GIVEN | {"code": "112.01"}), 409), "sent twice it is one"
    assert rows_of(text(desk.get(PAGE, {"q": "112"}))) == ["112", "112-7", "112.01"]


def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_stays(keeping: Bookkeeping) -> None:
    desk, address = browser(keeping.accountant), f"{PAGE}/open?below={keeping.accounts['102']}"
    for field, wrong in (
        ("code", ""), ("code", "1 02"), ("code", "112.01"), ("code", "102"), ("code", "102/1"), ("name", ""),
        ("name", "长" * 200), ("opened_on", "soon"), ("opened_on", "2023-12-31"), ("opened_on", "1800-01-01"),
        ("most", "much"), ("name_en", "x" * 200),
    ):  # fmt: skip
        page = text(desk.post(address, GIVEN | {field: wrong}), 413 if len(wrong) == 200 else 400)
        assert f'id="{field}-error"' in page and (field == "name" or "农信社存款" in page), (field, wrong)
    for wrong, status in (("x", 400), ("", 400), ("999999999999", 404)):
        assert desk.get(f"{PAGE}/open?below={wrong}").status_code == status
    assert "102.01" not in accounts()


def test_a_limit_binds_what_is_posted_on_it(keeping: Bookkeeping) -> None:
    keeping.accounts["102.01"] = opened(keeping, floor="on")
    keeping.enter("receipt", 500, debit="102.01")
    with pytest.raises(Exception, match="limit"):
        keeping.enter("payment", 501, credit="102.01")
    keeping.enter("payment", 500, credit="102.01")
    assert keeping.balance("102.01") == 0


def test_one_goes_back_to_where_one_came_from(keeping: Bookkeeping) -> None:
    desk, below = browser(keeping.accountant), f"{PAGE}/open?below={keeping.accounts['102']}"
    compound = f"/villages/keeping/{BOOK}/new/compound"
    known = (
        ("month", f"/villages/keeping/{BOOK}/"),
        ("opening", OPENING),
        ("compound", compound),
        ("//evil.org", PAGE),
    )
    for number, (back, to) in enumerate(known, 1):
        answer = desk.post(f"{below}&back={back}", GIVEN | {"code": f"102.0{number}"})
        assert (answer.status_code, answer["Location"]) == (302, to)
        assert f"102.0{number} is open" in text(desk.get(answer["Location"]))
    assert "&amp;back=compound" in text(desk.get(f"{PAGE}?back=compound"))


def test_what_stood_on_the_account_above_can_be_moved_down(keeping: Bookkeeping) -> None:
    keeping.enter("receipt", 700)
    assert "stays there until" in text(browser(keeping.accountant).get(f"{PAGE}/open?below={keeping.accounts['102']}"))
    keeping.accounts["102.01"] = opened(keeping)
    form = text(browser(keeping.accountant).get(f"/villages/keeping/{BOOK}/new/transfer"))
    assert f'value="{keeping.accounts["102"]}"' in form
    keeping.enter("transfer", 700, debit="102.01", credit="102")
    form = text(browser(keeping.accountant).get(f"/villages/keeping/{BOOK}/new/transfer"))
    assert f'value="{keeping.accounts["102"]}"' not in form, "it gathers, and holds nothing itself"
    assert (keeping.balance("102"), keeping.balance("102.01")) == (0, 700)


def test_an_account_takes_entries_from_the_first_day_that_is_open(keeping: Bookkeeping) -> None:
    set_scope(keeping.auditor.scope)
    days = {"first_day": FIRST, "last_day": date(2024, 1, 31)}
    ledgers.set_period(keeping.auditor, book=BOOK, state="closed", **days)
    set_scope(keeping.accountant.scope)
    told = account_below(keeping.accountant, book=BOOK, account_id=keeping.accounts["102"])
    assert told.day == date(2024, 2, 1)


# ---- Closing one


def test_an_empty_account_of_the_villages_own_is_closed(keeping: Bookkeeping) -> None:
    desk, new, today = browser(keeping.accountant), opened(keeping), timezone.localdate().isoformat()
    address = f"{PAGE}/{new}/close"
    assert address in text(desk.get(PAGE)) and f"/{keeping.accounts['101']}/close" not in text(desk.get(PAGE))
    assert "It holds 0.00" in text(desk.get(address))
    assert 'id="closed_on-error"' in text(desk.post(address, {"closed_on": "2023-01-01"}), 400)
    assert desk.get(f"{PAGE}/999999999/close").status_code == 404
    assert browser(keeping.auditor).get(address).status_code == 403
    answer = desk.post(address, {"closed_on": today})
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    assert "102.01" not in rows_of(text(desk.get(PAGE)))
    assert rows_of(text(desk.get(f"{PAGE}?state=closed"))) == ["102", "102.01"]
    assert desk.post(address, {"closed_on": today}).status_code == 409
    assert desk.get(f"{PAGE}/open?below={new}").status_code == 409
    form = text(desk.get(f"/villages/keeping/{BOOK}/new/receipt"))
    assert f'value="{keeping.accounts["102"]}"' in form, "what gathers nothing any more takes entries again"


def test_one_that_holds_something_is_not_closed(keeping: Bookkeeping) -> None:
    keeping.accounts["102.01"] = new = opened(keeping)
    keeping.enter("receipt", 5, debit="102.01")
    answer = browser(keeping.accountant).post(
        f"{PAGE}/{new}/close", {"closed_on": timezone.localdate().isoformat()}
    )  # fmt: skip
    assert "is not empty" in text(answer, 409) and accounts()["102.01"].closed_on is None


# ---- On the way of entering what the book begins with


def fields_of(page: str) -> dict[str, str]:
    """What the form of a page would send, without its buttons."""
    inputs = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
    inputs += [(name, value) for name, value in re.findall(r'name="((?:debit|credit)_\d+)" value="([^"]*)"', page)]
    return {name: value for name, value in inputs if not name.startswith("csrf")}


def test_an_account_is_opened_out_of_the_table_and_what_was_typed_stays(keeping: Bookkeeping) -> None:
    desk, known = browser(keeping.accountant), keeping.accounts
    typed = {f"debit_{known['101']}": "12.50", f"debit_{known['102']}": "900", f"credit_{known['301']}": "912.50"}
    assert 'id="below-error"' in text(desk.post(OPENING, {"change": "below"}), 400)
    form = text(desk.post(OPENING, typed | {"change": "below", "below": str(known["102"]), "sent_id": str(uuid4())}))
    assert 'value="102.01"' in form
    sent = fields_of(form)
    assert sent.items() >= typed.items(), "the amounts go along"
    refused = text(desk.post(OPENING, sent | GIVEN | {"name": ""}), 400)
    assert 'id="name-error"' in refused and fields_of(refused).items() >= typed.items()
    back = text(desk.post(OPENING, sent | GIVEN | {"change": "keep"}))
    assert fields_of(back).items() >= typed.items() and "102.01" not in accounts()
    table = text(desk.post(OPENING, sent | GIVEN))
    new = accounts()["102.01"].id
    assert "The account 102.01 is open" in table and f'name="debit_{known["102"]}"' not in table
    now = fields_of(table)
    assert now[f"debit_{new}"] == "900", "the amount moved down with it"
    assert now[f"debit_{known['101']}"] == "12.50" and "are equal: 912.50" in table
    answer = desk.post(OPENING, now)
    assert answer.status_code == 302, text(answer, answer.status_code)
    keeping.accounts["102.01"] = new
    assert keeping.balance("102.01") == 90_000


SHEET = """科目编码,科目名称,借方余额,贷方余额
101,库存现金,12.50,
102.01,农信社存款,900,
112.03,张三往来,7.50,
9,无,1,
301,资本,,920
"""


def test_accounts_that_a_file_names_are_opened_one_after_another(keeping: Bookkeeping) -> None:
    desk, known = browser(keeping.accountant), keeping.accounts
    sheet = SimpleUploadedFile("期初.csv", SHEET.encode())
    page = text(desk.post(OPENING, {"change": "file", "file": sheet, "sent_id": str(uuid4())}), 400)
    assert "Line 3: this book has no account 102.01" in page and f'href="{PAGE}"' in page
    assert "No account of the book begins so" in page
    sent = fields_of(page)
    assert sent[f"debit_{known['101']}"] == "12.50", "what the file says of the others is filled in"
    assert 'id="file-error"' in text(desk.post(OPENING, sent), 400), "nothing of the file is forgotten silently"
    for code, above in (("102.01", "102"), ("112.03", "112")):
        form = text(desk.post(OPENING, sent | {"open": f"{known[above]} {code}"}))
        name = re.search(r'id="name" name="name" value="([^"]+)"', form)
        assert f'name="code" value="{code}"' in form and name is not None
        given = {"code": code, "name": name[1], "opened_on": "2024-01-01"}
        sent = fields_of(text(desk.post(OPENING, fields_of(form) | given)))
    made = accounts()
    assert (made["102.01"].name, made["112.03"].name) == ("农信社存款", "张三往来")
    assert sent[f"debit_{made['102.01'].id}"] == "900" and sent[f"debit_{made['112.03'].id}"] == "7.50"
    assert 'id="file-error"' in text(desk.post(OPENING, sent), 400)
    sent = fields_of(text(desk.post(OPENING, sent | {"change": "leave_out"})))
    answer = desk.post(OPENING, sent)
    assert answer.status_code == 302, text(answer, answer.status_code)
    keeping.accounts["112.03"] = made["112.03"].id
    assert keeping.balance("112.03") == 750


def test_a_sum_of_a_file_is_refused_where_its_parts_stand(keeping: Bookkeeping) -> None:
    opened(keeping)
    sums = SimpleUploadedFile("b.csv", "科目编码,借方余额,贷方余额\n102,5,\n".encode())
    page = text(browser(keeping.accountant).post(OPENING, {"change": "file", "file": sums}), 400)
    assert "Line 2: the account 102 gathers those below it" in page


def test_nobody_else_opens_accounts_on_the_way(keeping: Bookkeeping) -> None:
    sent = GIVEN | {"change": "open_account", "below": str(keeping.accounts["102"])}
    assert browser(keeping.auditor).post(OPENING, sent).status_code == 403
    assert browser(keeping.villages.stranger).post(OPENING, sent).status_code == 404
    assert "102.01" not in accounts()


def test_a_book_begins_on_accounts_of_its_own_over_the_acts(keeping: Bookkeeping) -> None:
    new = opened(keeping)
    set_scope(keeping.accountant.scope)
    lines = [VoucherLine(new, 5, 0), VoucherLine(keeping.accounts["301"], 0, 5)]
    assert acts.enter_opening(keeping.accountant, book=BOOK, transfer_id=uuid4(), lines=lines) > 0


@pytest.mark.parametrize(("language", "words"), [("en", "Accounts of the book"), ("zh-hans", "本账科目")])
def test_in_both_languages(keeping: Bookkeeping, language: str, words: str) -> None:
    desk, below = browser(keeping.accountant, language), keeping.accounts["102"]
    new = opened(keeping)
    in_english = re.compile("Open a ledger account|Open one below|(?:Open|Close) the ledger account")
    for address in (PAGE, f"{PAGE}/open?below={below}", f"{PAGE}/{new}/close", OPENING):
        page = text(desk.get(address))
        assert words in page, address
        assert bool(in_english.search(page.partition("<main")[2])) == (language == "en"), address
