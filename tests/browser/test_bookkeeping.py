"""A village accountant's month on a telephone: a payment with its photo, a contract, a finding, a month, a quarter."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings as django_settings
from django.utils import timezone
from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, MakePage
from tests.kernel.journal.conftest import own_log  # noqa: F401  a fixture
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.files.api import store_file
from tianqu.kernel.journal.api import SYSTEM, Actor, Scope, seeing, set_scope
from tianqu.kernel.ledgers.api import reverse_transfer, set_period
from tianqu.kernel.orders.api import forget_catalogue
from tianqu.kernel.places.api import forget_actors
from tianqu.packs.village.findings.acts import open_finding
from tianqu.packs.village.findings.models import SubjectKind
from tianqu.packs.village.keeping import acts
from tianqu.packs.village.keeping.models import VoucherKind
from tianqu.packs.village.tests.test_register_pages import browser as signed_in
from tianqu.packs.village.tests.walls import BOOK, WallVillage, build_walls

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("own_log")]
SHOTS = os.environ.get("TIANQU_SHOTS")  # a folder for pictures of the pages, to look at them
HOME = f"/villages/keeping/{BOOK}/"
ENTERED = (
    ("receipt", "101", "511", 1_280_000, "收东南地2026年承包费", "记-1"),
    ("receipt", "102", "522", 15_000_000, "收上级转移支付补助", "记-2"),
    ("payment", "541", "101", 36_850, "村委会办公用纸、打印墨盒", "记-3"),
    ("payment", "541", "102", 486_000, "1—10月村内路灯电费", "记-4"),
    ("payment", "212", "102", 1_250_000, "保洁员三季度工资", "记-5"),
    ("transfer", "102", "101", 1_000_000, "现金存入银行", "记-6"),
    ("payment", "541", "101", 12_000, "广场路灯灯泡", "记-7"),
)  # fmt: skip


@pytest.fixture
def village(settings: Any, tmp_path: Path) -> Iterator[WallVillage]:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.TIANQU_FILES_URL = str(tmp_path / "files")
    for forget in (forget_actors, forget_catalogue):
        forget()
    made = build_walls()
    made.post(("101", 1_000_000), ("301", -1_000_000), on=date(2020, 1, 2))
    set_scope(made.accountant.scope)
    yield made
    set_scope(Scope())
    for forget in (forget_actors, forget_catalogue):
        forget()


def invoice(path: Path, text: str = "Invoice No 0715   120.00") -> Path:
    """A photo of an invoice."""
    picture = Image.new("RGB", (900, 640), "#f4efe2")
    drawing = ImageDraw.Draw(picture)
    drawing.rectangle((40, 40, 860, 600), outline="#7a1f1f", width=4)
    drawing.text((120, 120), text, fill="black", font_size=40)
    picture.save(path, "JPEG")
    return path


def enter(page: Page, actor: Actor, address: str) -> None:
    """Give a page somebody's session."""
    page.context.clear_cookies(name=django_settings.SESSION_COOKIE_NAME)
    session = signed_in(actor).cookies[django_settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": django_settings.SESSION_COOKIE_NAME, "value": session, "url": address}])


@pytest.fixture
def pages(village: WallVillage, tmp_path: Path) -> list[tuple[str, Actor, str]]:
    """Each page with something on it: its name, who looks at it, its address."""
    keeper, entered = village.accountant, []
    for kind, debit, credit, amount, purpose, voucher in ENTERED:
        photo = store_file(keeper, content=invoice(tmp_path / "a.jpg", voucher).read_bytes(), name=f"{purpose}.jpg")
        entered.append(new_identifier())
        acts.enter_voucher(
            keeper, book=BOOK, transfer_id=entered[-1], day=timezone.localdate(), kind=VoucherKind(kind),
            debit_account_id=village.accounts[debit], credit_account_id=village.accounts[credit], amount_fen=amount,
            purpose=purpose, voucher=voucher, files=[photo.id] if kind == "payment" else [],
        )  # fmt: skip
    reverse_transfer(
        keeper, transfer_id=entered[-1], reversal_id=new_identifier(), day=timezone.localdate(), purpose="重复记账"
    )
    month, above = f"?month={timezone.localdate():%Y-%m}", village.villages.auditor
    return [
        ("keeping-empty", keeper, f"{HOME}?month=2024-03"), ("keeping", keeper, HOME),
        ("keeping-found", keeper, f"{HOME}?q=路灯&month="), ("keeping-auditor", above, HOME),
        ("voucher-payment", keeper, f"{HOME}new/payment"), ("voucher-transfer", keeper, f"{HOME}new/transfer"),
        ("voucher", keeper, f"/villages/vouchers/{entered[3]}/"),
        ("voucher-reversed", keeper, f"/villages/vouchers/{entered[-1]}/"),
        ("voucher-take-back", keeper, f"/villages/vouchers/{entered[2]}/take-back"),
        ("voucher-papers", keeper, f"/villages/vouchers/{entered[0]}/papers"),
        ("month-finish", keeper, f"{HOME}finish{month}"), ("month-close", above, f"{HOME}close{month}"),
        ("books", keeper, "/villages/books/"),
    ]  # fmt: skip


@pytest.mark.parametrize(("width", "language", "dark"), [(PHONE, "zh-CN", False), (DESKTOP, "en", True)])
def test_pages_have_no_serious_accessibility_fault(
    browser_page: MakePage, assert_accessible: Callable[[Page], None], pages: list[tuple[str, Actor, str]],
    live_server: Any, width: int, language: str, dark: bool,
) -> None:  # fmt: skip
    page = browser_page(width=width, language=language, dark=dark)
    for name, actor, address in pages:
        enter(page, actor, live_server.url)
        page.goto(address)
        assert_accessible(page)
        if SHOTS:
            page.screenshot(path=Path(SHOTS) / f"{name}-{language}-{width}.png", full_page=True)


def pays_and_corrects(page: Page, village: WallVillage, *, photo: Path, second: Path) -> None:
    """Enter a payment with its photo, add another, take it back and enter what is right."""
    main = page.locator("main")
    page.goto("/villages/keeping/")
    page.click("text=Enter a payment")
    page.click("main form button.btn-primary")
    expect(page.locator(".errors")).to_be_visible()  # nothing was typed
    page.set_input_files("#files", photo)
    page.fill("#amount", "120")
    page.fill("#purpose", "广场路灯灯泡")
    page.select_option("#debit_account_id", str(village.accounts["541"]))
    page.fill("#voucher", "记-31")
    page.click("main form button.btn-primary")
    expect(main).to_contain_text("120.00")
    expect(page.locator(".attachment img")).to_be_visible()
    page.click("text=Add photos")
    page.set_input_files("#files", second)
    page.click("main form button.btn-primary")
    expect(page.locator(".attachment img")).to_have_count(2)
    page.click("text=Reverse the voucher")  # it was 102 yuan
    page.fill("#purpose", "金额记错")
    page.click("main form button.btn-danger")
    page.click("a:text('Enter what is right')")
    page.fill("#amount", "102")
    page.click("main form button.btn-primary")
    expect(main).to_contain_text("102.00")


def opens_accounts_and_begins(page: Page, village: WallVillage) -> None:
    """Begin the book on an account at a bank, which is opened out of the table without losing what was typed."""
    main, cash, bank = page.locator("main"), village.accounts["101"], village.accounts["102"]
    page.goto(f"/villages/books/{BOOK}/opening")
    page.fill(f"#debit_{cash}", "12.50")
    page.fill(f"#debit_{bank}", "900")
    page.click('summary:has-text("Open an account of the village\'s own")')
    page.select_option("#below", str(bank))
    page.click("button:has-text('Open a ledger account')")
    expect(page.locator("#code")).to_have_value("102.01")
    page.click("main form button.btn-primary")
    expect(page.locator("#name-error")).to_be_visible()
    page.fill("#name", "农信社存款 1234")
    page.click("main form button.btn-primary")
    expect(main).to_contain_text("The account 102.01 is open.")
    expect(page.locator(f"#debit_{cash}")).to_have_value("12.50")
    expect(page.get_by_label("Debit of 102.01 农信社存款 1234")).to_have_value("900")
    expect(page.locator(f"#debit_{bank}")).to_have_count(0)
    page.get_by_label(re.compile("Credit of 301 ")).fill("912.50")
    expect(page.locator("[data-difference]")).to_contain_text("912.50")
    page.click("button[data-send]")
    expect(main).to_contain_text("Opening entry")
    page.goto(HOME)
    page.click("text=Accounts of the book")
    page.click(".filters summary")
    page.fill("#q", "农信社")
    page.click(".filters button")
    row = page.locator("table.rows tbody tr", has_text="102.01")
    expect(row).to_contain_text("900.00")


def test_a_book_is_begun_on_accounts_of_its_own_on_a_phone(
    browser_page: MakePage, assert_accessible: Callable[[Page], None], village: WallVillage, live_server: Any
) -> None:
    page = browser_page(width=PHONE, language="en")
    enter(page, village.accountant, live_server.url)
    opens_accounts_and_begins(page, village)
    for address in (
        f"/villages/books/{BOOK}/accounts",
        f"/villages/books/{BOOK}/accounts/open?below={village.accounts['102']}",
    ):
        page.goto(address)
        assert_accessible(page)
        wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        assert not wide, "nothing is cut off on a phone"


def enters_a_contract(page: Page) -> None:
    """Record a lease."""
    page.goto("/villages/contracts/new")
    for field, value in (
        ("number", "2026-07"), ("lessee", "李承租"), ("area", "12.5"), ("signed_on", "2026-11-01"),
        ("starts_on", "2026-11-01"), ("until", "2031-11-01"), ("rent_year", "6250"),
    ):  # fmt: skip
        page.fill(f"#{field}", value)
    page.select_option("#kind", "lease")
    page.select_option("#land_class", "arable")
    page.click("main form button.btn-primary")
    expect(page.locator("h1")).to_contain_text("2026-07")


def answers(page: Page, finding_id: UUID, *, photo: Path) -> None:
    """Answer a finding with a photo."""
    main = page.locator("main")
    page.goto("/villages/findings/")
    page.click(f"a[href='/villages/findings/{finding_id}/']")
    page.click("text=Answer with evidence")
    page.fill("#text", "已补充成员大会决议")
    page.set_input_files("#files", photo)
    page.click("main form button.btn-primary")
    expect(main).to_contain_text("to be inspected")


def finishes_and_publishes(page: Page) -> None:
    """Finish the month before this one, and put the newest quarter of which all months are finished on the wall."""
    main, this = page.locator("main"), timezone.localdate().replace(day=1)
    last = (this - timedelta(days=1)).replace(day=1)
    with seeing(SYSTEM.scope):
        set_period(SYSTEM, book=BOOK, first_day=date(2020, 1, 1), last_day=last - timedelta(days=1), state="closing")
    page.goto(f"{HOME}?month={last:%Y-%m}")
    page.click("text=Finish the month")
    page.click("main form button.btn-primary")
    expect(page.locator("h1")).to_contain_text("finished, not closed yet")
    page.goto("/villages/wall/")
    page.click("text=Look and publish >> nth=0")
    page.click("main form button.btn-primary")
    page.wait_for_url(re.compile("/wall/"))
    expect(main).to_contain_text("Published. Everybody can read it now.", use_inner_text=True)
    page.goto(f"{HOME}?q=路灯&month=")
    expect(page.locator("table.rows tbody tr").last).to_contain_text("广场路灯灯泡")


def test_an_accountants_month_on_a_phone(
    browser_page: MakePage, village: WallVillage, live_server: Any, tmp_path: Path
) -> None:
    contract_id = village.villages.contract("2021-03")
    set_scope(village.villages.auditor.scope)
    finding_id = open_finding(
        village.villages.auditor, finding_id=new_identifier(), subject=SubjectKind.CONTRACT, subject_id=contract_id,
        text="合同没有会议决议，请补充。",
    )  # fmt: skip
    page, photo = browser_page(width=PHONE, language="en"), invoice(tmp_path / "发票.jpg")
    enter(page, village.accountant, live_server.url)
    pays_and_corrects(page, village, photo=photo, second=invoice(tmp_path / "收据.jpg"))
    enters_a_contract(page)
    answers(page, finding_id, photo=photo)
    finishes_and_publishes(page)
