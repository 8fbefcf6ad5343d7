"""Beginning a village's book by page and API: opening it, its opening balances, and going over to the chart of 2023."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.scenes import scene
from tests.web.api.calling import caller
from tianqu.base.errors import Conflict, InvalidInput, NotFound, NotPermitted
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM, Scope, seeing, set_scope
from tianqu.kernel.ledgers import api as ledgers
from tianqu.kernel.places.api import forget_actors
from tianqu.packs.village.keeping import acts
from tianqu.packs.village.keeping.registers.vouchers import VoucherLine
from tianqu.packs.village.pack import ROLES
from tianqu.packs.village.tests.test_register_pages import browser, text
from tianqu.packs.village.tests.test_statements import CHARTS, chart_lines
from tianqu.packs.village.tests.villages import Villages
from tianqu.packs.village.tests.villages import build as build_villages

pytestmark = pytest.mark.django_db
OLD, NEW, BOOK = "cn.village.2004", "cn.village.2023", "p102001.funds"
PAGE, FIRST, SWITCH = f"/villages/books/{BOOK}/", date(2023, 1, 1), date(2024, 1, 1)


def build() -> Villages:
    """Two villages without books, and the realm's charts."""
    ledgers.forget_books()
    villages = build_villages()
    for code, year, since in ((OLD, "2004", date(2005, 1, 1)), (NEW, "2023", SWITCH)):
        ledgers.publish_chart(SYSTEM, code=code, title=code, title_en=code, lines=chart_lines(year), valid_from=since)
    with (CHARTS / "mapping-2004-2023.csv").open(encoding="utf-8") as file:
        pairs = [ledgers.CodePair(row["from_code"], row["to_code"]) for row in csv.DictReader(file)]
    ledgers.map_charts(SYSTEM, from_chart=OLD, to_chart=NEW, pairs=pairs, valid_from=SWITCH)
    return villages


@pytest.fixture
def villages(db: None, settings: Any) -> Iterator[Villages]:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    forget_actors()
    ledgers.forget_books()
    villages = scene(build)
    yield villages
    set_scope(Scope())
    forget_actors()
    ledgers.forget_books()


@pytest.fixture
def begun(villages: Villages) -> Villages:
    """The book of Wangzhuang by the chart of 2004."""
    ledgers.open_book(
        SYSTEM, code=BOOK, name="王庄村集体账", first_day=FIRST, ledgers=[ledgers.NewLedger("money", "fen", OLD)],
        unit_id=villages.prefecture.units["v102001"].id,
    )  # fmt: skip
    return villages


def accounts(chart: str = OLD) -> dict[str, int]:
    with seeing(SYSTEM.scope):
        found = ledgers.accounts_of(ledgers.book_called(BOOK))
    return {one.code: one.id for one in found if one.chart == chart}


def held(on: date) -> dict[tuple[str, str], int]:
    with seeing(SYSTEM.scope):
        lines = ledgers.trial_balance(SYSTEM, book=BOOK, on=on)
    return {(line.chart, line.code): line.amount for line in lines if line.amount}


def enter(villages: Villages, *lines: VoucherLine, transfer_id: UUID | None = None) -> int:
    set_scope(villages.accountant.scope)
    return acts.enter_opening(villages.accountant, book=BOOK, transfer_id=transfer_id or uuid4(), lines=lines)


def balances(**of: int) -> list[VoucherLine]:
    """Lines by code: a101=500 is a debit of 500 fen on 101, negative ones are credits."""
    known = accounts()
    return [VoucherLine(known[code[1:]], max(fen, 0), max(-fen, 0)) for code, fen in of.items()]


# ---- Opening a book


def test_the_township_opens_a_book_for_a_village_that_has_none(villages: Villages) -> None:
    desk = browser(villages.auditor)
    assert 'href="/villages/books/open"' in text(desk.get("/villages/books/"))
    listed = text(desk.get("/villages/books/open"))
    assert "village=P102001" in listed and "P201001" not in listed and "P101009" not in listed
    assert "Look for fewer words" in text(desk.get("/villages/books/open?text=nowhere"))
    address = "/villages/books/open?village=P102001"
    form = text(desk.get(address))
    assert 'value="p102001.funds"' in form and NEW in form and "land" not in re.findall(r'name="(\w+)"', form)
    given = {"name": "王庄村集体账", "name_en": "", "code": BOOK, "chart": NEW, "first_day": "2024-01-01"}
    for field, wrong in (("code", "No Code"), ("first_day", "soon"), ("first_day", "1800-01-01"), ("name", "")):
        assert f'id="{field}-error"' in text(desk.post(address, given | {field: wrong}), 400)
    refused = desk.post(address, given | {"first_day": "2023-01-01"})  # the chart was not in force yet
    assert 'id="chart-error"' in text(refused, 404)
    answer = desk.post(address, given)
    assert answer.status_code == 302 and answer["Location"] == f"/villages/keeping/{BOOK}/", text(answer)
    assert "Its accountant enters" in text(desk.get(answer["Location"]))
    assert 'id="code-error"' in text(desk.post(address, given), 409)
    with seeing(SYSTEM.scope):
        book = ledgers.book_called(BOOK)
    assert book.unit_id == villages.prefecture.units["v102001"].id
    assert "Every village has its book" in text(desk.get("/villages/books/open"))


def test_nobody_else_opens_a_book(villages: Villages) -> None:
    assert browser(villages.accountant).get("/villages/books/open").status_code == 403
    assert "/villages/books/open" not in text(browser(villages.accountant).get("/villages/books/"))
    assert browser(villages.auditor).get("/villages/books/open?village=P201001").status_code == 404
    assert browser(villages.auditor).get("/villages/books/open?village=P102").status_code == 404
    assert "Your village has no book yet" in text(browser(villages.accountant).get("/villages/keeping/"))


# ---- Opening balances


def test_opening_balances_are_one_transfer_on_the_first_day(begun: Villages) -> None:
    lines, once = balances(a101=50_000, a151=200_000, a152=-20_000, a202=-30_000, a301=-200_000), uuid4()
    number = enter(begun, *lines, transfer_id=once)
    assert enter(begun, *lines, transfer_id=once) == number, "sent twice it is entered once"
    assert held(FIRST) == {(OLD, "101"): 50_000, (OLD, "151"): 200_000, (OLD, "152"): -20_000, (OLD, "202"): -30_000,
                           (OLD, "301"): -200_000}  # fmt: skip
    with pytest.raises(Conflict, match="already"):
        enter(begun, *balances(a101=1, a301=-1))
    ledgers.reverse_transfer(
        begun.accountant, transfer_id=once, reversal_id=new_identifier(), day=FIRST, purpose="抄错"
    )
    assert enter(begun, *balances(a101=7, a301=-7)) > number
    assert held(FIRST) == {(OLD, "101"): 7, (OLD, "301"): -7}


def test_what_does_not_balance_is_refused_at_its_line(begun: Villages) -> None:
    for lines, field in (
        (balances(a101=5, a301=-4), "lines"), (balances(a101=5), "lines"),
        ([VoucherLine(accounts()["101"], 5, 5), *balances(a301=-5)], "lines.1.debit_fen"),
        ([*balances(a101=5), VoucherLine(accounts()["301"], -5, 0)], "lines.2.debit_fen"),
        ([*balances(a101=5), VoucherLine(10**12, 0, 5)], "lines.2.account_id"),
    ):  # fmt: skip
        with pytest.raises((InvalidInput, NotFound)) as refused:
            enter(begun, *lines)
        assert refused.value.field == field
    for stranger in (begun.stranger, begun.auditor, begun.villager):
        set_scope(stranger.scope)
        with pytest.raises((NotFound, NotPermitted)):
            acts.enter_opening(stranger, book=BOOK, transfer_id=uuid4(), lines=balances(a101=5, a301=-5))


def test_opening_balances_by_form_and_from_a_file(begun: Villages) -> None:
    desk, known = browser(begun.accountant), accounts()
    assert f"{PAGE}opening" in text(desk.get(f"/villages/keeping/{BOOK}/"))
    assert f"{PAGE}opening" in text(desk.get(f"{PAGE}?year=2023"))
    assert f'name="debit_{known["101"]}"' in text(desk.get(f"{PAGE}opening"))
    cash, capital = f"debit_{known['101']}", f"credit_{known['301']}"
    given = {cash: "500.00", capital: "500.00", "sent_id": str(uuid4())}
    wrong = text(desk.post(f"{PAGE}opening", given | {cash: "5.001", capital: "x"}), 400)
    assert f'id="{cash}-error"' in wrong and f'id="{capital}-error"' in wrong and 'value="5.001"' in wrong
    assert 'id="lines-error"' in text(desk.post(f"{PAGE}opening", given | {capital: "400"}), 400)
    assert f'id="{cash}-error"' in text(desk.post(f"{PAGE}opening", given | {cash: "-5"}), 400)
    sheet = SimpleUploadedFile("b.csv", "科目编码,借方余额,贷方余额\n101,500.00,\n301,,500.00\n".encode())
    filled = text(desk.post(f"{PAGE}opening", {"change": "file", "file": sheet, "sent_id": given["sent_id"]}))
    assert filled.count('value="500.00"') == 2 and "are equal: 500.00 yuan" in filled
    unknown = SimpleUploadedFile("b.csv", b"Account code,Debit,Credit\n999,5,\n")
    assert "Line 2" in text(desk.post(f"{PAGE}opening", {"change": "file", "file": unknown}), 400)
    assert 'id="file-error"' in text(desk.post(f"{PAGE}opening", {"change": "file"}), 400)
    answer = desk.post(f"{PAGE}opening", given)
    assert answer.status_code == 302, text(answer)
    assert "Opening entry" in text(desk.get(answer["Location"])) and held(FIRST)[OLD, "101"] == 50_000
    again = text(desk.get(f"{PAGE}opening"))
    assert answer["Location"] in again and f'name="{cash}"' not in again
    assert f"{PAGE}opening" not in text(desk.get(f"{PAGE}?year=2023"))
    assert browser(begun.stranger).get(f"{PAGE}opening").status_code == 404
    assert browser(begun.auditor).get(f"{PAGE}opening").status_code == 403


def test_opening_balances_over_the_api(begun: Villages) -> None:
    known = accounts()
    body = {
        "book": BOOK, "transfer_id": str(uuid4()),
        "lines": [{"account_id": known["101"], "debit_fen": 5}, {"account_id": known["301"], "credit_fen": 5}],
    }  # fmt: skip
    keeper = caller(begun.accountant)
    assert keeper.done("/acts/village.enter_opening", body)["result"] > 0
    assert keeper.post("/acts/village.enter_opening", body | {"transfer_id": str(uuid4())}).status_code == 409
    assert caller(begun.auditor).post("/acts/village.enter_opening", body).status_code == 403


# ---- Going over to the chart of 2023


def close_year(villages: Villages) -> None:
    set_scope(villages.auditor.scope)
    days = {"first_day": FIRST, "last_day": date(2023, 12, 31)}
    ledgers.set_period(villages.auditor, book=BOOK, state="closed", **days)


def test_a_book_is_carried_over_by_its_township(begun: Villages) -> None:
    enter(begun, *balances(a101=50_000, a131=900, a202=-30_000, a301=-20_900))
    desk = browser(begun.auditor)
    address = f"{PAGE}carry-over"
    assert address in text(desk.get(f"{PAGE}?year=2023"))
    before = text(desk.get(f"{address}?on=2024-01-01"))
    assert "still open for entries" in before and "Show what will stand" not in before
    assert desk.post(address, {"on": "2024-01-01", "step": "do"}).status_code == 409
    close_year(begun)
    before = text(desk.get(address))  # by itself on the day after the closed year
    assert 'value="2024-01-01"' in before and "Show what will stand" in before and "509.00" in before
    given = {"on": "2024-01-01", "part-131-131": "5", "part-131-132": "4", "part-202-211": "300"}
    lacking = text(desk.post(address, given | {"part-131-132": "3"}), 400)
    assert 'href="#parts-131"' in lacking and "sum to its balance" in lacking and 'value="3"' in lacking
    assert 'id="part-202-211-error"' in text(desk.post(address, given | {"part-202-211": "much"}), 400)
    assert 'href="#parts-202"' in text(desk.post(address, given | {"part-202-211": ""}), 400)
    assert not held(SWITCH).keys() & {(NEW, "101")}
    confirm = text(desk.post(address, given))
    assert "Carry over now" in confirm and confirm.count("509.00") == 4  # both sides, before and after
    sent_id = re.search(r'name="sent_id" value="([^"]+)"', confirm)
    seen = re.search(r'name="seen" value="([^"]+)"', confirm)
    assert sent_id is not None and seen is not None
    assert 'value="300"' in text(desk.post(address, given | {"step": "change"}))
    assert "has changed since" in text(desk.post(address, given | {"step": "do", "seen": "0"}), 409)
    given |= {"seen": seen[1]}
    answer = desk.post(address, given | {"step": "do", "sent_id": sent_id[1]})
    assert answer.status_code == 302, text(answer)
    assert held(SWITCH) == {(NEW, "101"): 50_000, (NEW, "131"): 500, (NEW, "132"): 400, (NEW, "211"): -30_000,
                            (NEW, "301"): -20_900}  # fmt: skip
    result = text(desk.get(answer["Location"]))
    assert result.count("509.00") == 4 and f"/villages/vouchers/{sent_id[1]}/" in result
    assert desk.post(address, given | {"step": "do", "sent_id": sent_id[1]}).status_code == 200, "done once"
    assert address not in text(desk.get(f"{PAGE}?year=2024"))


def test_the_first_new_year_that_is_possible_is_proposed(begun: Villages) -> None:
    enter(begun, *balances(a101=500, a301=-500))
    desk, address = browser(begun.auditor), f"{PAGE}carry-over"
    set_scope(begun.auditor.scope)
    days = {"first_day": FIRST, "last_day": date(2024, 4, 30)}  # closed beyond the new year
    ledgers.set_period(begun.auditor, book=BOOK, state="closed", **days)
    page = text(desk.get(address))
    assert 'value="2024-01-01"' in page and "Show what will stand" in page
    page = text(desk.get(f"{address}?on=2024-05-01"))
    assert "2024-05-01 is not 1 January" in page and "Choose 2025-01-01" in page and "Show what will stand" not in page


@pytest.mark.parametrize(
    ("unit", "role", "status"),
    [
        ("t102", "township_auditor", 200), ("v102001", "village_head", 403), ("v102001", "village_accountant", 403),
        ("v102001", "village_supervisor", 403), ("c1.housing", "county_inspector", 403), ("v102001", "villager", 403),
    ],
)  # fmt: skip
def test_going_over_is_the_townships_and_nobody_elses(begun: Villages, unit: str, role: str, status: int) -> None:
    """What binds the one who posts is for somebody else to say, and the township's office looks after the books."""
    close_year(begun)
    desk = browser(begun.post(unit, role))
    assert desk.get(f"{PAGE}carry-over").status_code == status
    if status == 403:
        assert desk.post(f"{PAGE}carry-over", {"on": "2024-01-01", "step": "do"}).status_code == 403
    if role != "villager":
        assert (f"{PAGE}carry-over" in text(desk.get(f"{PAGE}?year=2023"))) == (status == 200)


def test_a_ready_account_of_the_demonstration_may_carry_a_book_over() -> None:
    """Of the posts of the realm that is shown, whoever may is above a village, and there is one."""
    may = {role.code for role in ROLES if "ledgers.carry_over" in role.permissions}
    with (CHARTS.parent / "posts.csv").open(encoding="utf-8") as file:
        posts = [row for row in csv.DictReader(file) if row["role"] in may]
    assert [row["login"] for row in posts] == ["townauditor"]
    with (CHARTS.parent / "posts.csv").open(encoding="utf-8") as file:
        keepers = [row["unit"] for row in csv.DictReader(file) if row["role"] == "village_accountant"]
    assert any(unit.startswith(posts[0]["unit"]) for unit in keepers), "it looks after the villages that are shown"


def test_what_is_pending_or_too_early_is_said(begun: Villages) -> None:
    known = accounts()
    held_back = ledgers.post_transfer(
        SYSTEM, book=BOOK, transfer_id=uuid4(), day=FIRST, pending=True,
        legs=[ledgers.NewLeg(known["101"], 5), ledgers.NewLeg(known["301"], -5)],
    )  # fmt: skip
    close_year(begun)
    desk = browser(begun.auditor)
    assert "Something is pending on the account 101" in text(desk.get(f"{PAGE}carry-over?on=2024-01-01"))
    ledgers.resolve_transfer(SYSTEM, transfer_id=held_back.id, outcome="voided")
    assert "Something is pending" not in text(desk.get(f"{PAGE}carry-over?on=2024-01-01"))
    assert "Nothing says what of" in text(desk.get(f"{PAGE}carry-over?on=2023-06-01"))
    assert 'id="on-error"' in text(desk.get(f"{PAGE}carry-over?on=soon"), 400)
    assert browser(begun.accountant).get(f"{PAGE}carry-over").status_code == 403
    other = browser(begun.post("t201", "township_auditor"))
    assert other.get(f"{PAGE}carry-over").status_code == 404


def test_a_book_of_the_newest_chart_has_nothing_to_carry_over(villages: Villages) -> None:
    ledgers.open_book(
        SYSTEM, code=BOOK, name="王庄村集体账", first_day=SWITCH, ledgers=[ledgers.NewLedger("money", "fen", NEW)],
        unit_id=villages.prefecture.units["v102001"].id,
    )  # fmt: skip
    desk = browser(villages.auditor)
    assert desk.get(f"{PAGE}carry-over").status_code == 404
    assert f"{PAGE}carry-over" not in text(desk.get(f"{PAGE}?year=2024"))


@pytest.mark.parametrize(("language", "words"), [("en", "Opening balances"), ("zh-hans", "期初余额")])
def test_in_both_languages(begun: Villages, language: str, words: str) -> None:
    assert words in text(browser(begun.accountant, language).get(f"{PAGE}opening"))
    close_year(begun)
    for address in ("/villages/books/open", "/villages/books/", f"{PAGE}carry-over?on=2024-01-01"):
        page = text(browser(begun.auditor, language).get(address)).partition("<main")[2]
        assert bool(re.search(r"Open a book|Carry over", page)) == (language == "en")
