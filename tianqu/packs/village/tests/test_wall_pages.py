"""The wall as anybody sees it: without an account, light on a phone, from each sum to its vouchers, naming nobody."""

from __future__ import annotations

import hashlib
import io
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from pypdf import PdfReader

from tianqu.kernel.journal.models import Entry, Sequence
from tianqu.packs.village.models import HoldingKind
from tianqu.packs.village.tests.test_register_pages import text
from tianqu.packs.village.tests.walls import CREDITOR, LESSEE, PLACE, QUARTER, WallVillage, a_quarter
from tianqu.packs.village.wall.paper import poster_pdf
from tianqu.packs.village.wall.telling import at_path
from tianqu.packs.village.wall.vouchers import vouchers_of
from tianqu.packs.village.wall.words import yuan

pytestmark = pytest.mark.django_db
BYTES_MAX, QUERIES_MAX = 100_000, 10
BASE = f"/wall/{PLACE}/{QUARTER}/1/"


def visitor(language: str = "zh-hans") -> Client:
    """A browser without an account."""
    return Client(SERVER_NAME="localhost", HTTP_ACCEPT_LANGUAGE=language)


def place_in_log() -> None:
    """Give every entry its index, as the sequencer would; a test's transaction cannot be looked into by it."""
    first = Sequence.objects.count()
    waiting = Entry.objects.filter(sequence=None).order_by("id")
    Sequence.objects.bulk_create(Sequence(index=first + at, entry=entry) for at, entry in enumerate(waiting))


@pytest.fixture
def shown(wall_village: WallVillage) -> WallVillage:
    """A village with a published quarter that stands in the log."""
    a_quarter(wall_village)
    wall_village.publish()
    place_in_log()
    return wall_village


def test_a_visitor_finds_a_village_and_reads_its_quarter(shown: WallVillage) -> None:
    browser = visitor("en")
    assert "/wall/?place=P1" in text(browser.get("/wall/"))
    assert f'href="/wall/{PLACE}/"' in text(browser.get("/wall/?place=P102"))
    assert f'href="/wall/{PLACE}/"' in text(browser.get("/wall/?q=王"))
    assert 'href="/villages/overdue/P102"' in text(browser.get("/wall/?place=P102"))
    assert 'href="/wall/?place=P102"' in text(browser.get("/villages/overdue/P102"))
    assert "No village is called" in text(browser.get("/wall/?q=没有这个村"))
    assert browser.get(f"/wall/?place={PLACE}").url == f"/wall/{PLACE}/"  # type: ignore[attr-defined]
    for address in (f"/wall/{PLACE}/", f"/wall/{PLACE}/{QUARTER}/", BASE):
        page = text(browser.get(address))
        assert "Third quarter of 2021" in page and "11,100.50" in page and "Rent and fees for land" in page
    assert "2021年第三季度" in text(visitor().get(f"/wall/{PLACE}/"))
    assert "/wall/" in text(browser.get("/"))  # the public's menu leads here


@pytest.mark.parametrize("address", ["/wall/P102001/2019Q1/", "/wall/P201001/", "/wall/NOWHERE/", f"{BASE[:-2]}2/",
    f"{BASE}vouchers/in.0.999", f"{BASE}vouchers/in.9.511", f"{BASE}vouchers/x", f"{BASE}vouchers/sheet.0.x",
    f"{BASE}vouchers/sheet.9.assets_total", f"{BASE}list/x",
    f"{BASE}vouchers/in.{'1' * 5_000}.511", f"{BASE}vouchers/sheet.{'1' * 5_000}.x",
    f"{BASE}poster-a5.pdf"])  # fmt: skip
def test_what_is_not_there_is_said(shown: WallVillage, address: str) -> None:
    assert visitor("en").get(address).status_code == 404


def test_a_page_is_light_for_a_telephone(shown: WallVillage) -> None:
    """The largest poster that there can be: every list is longer than what the page shows of it."""
    villages = shown.villages
    for number in range(40):
        villages.contract(f"2020-{number:03}", signed_on=date(2020, 1, 1), starts_on=date(2020, 1, 1))
        villages.holding(f"D{number}", HoldingKind.DEBT, name="欠工程款" * 20)
    for code in ("112", "113", "202", "211", "212", "221", "501", "502", "522", "531", "551", "561", "151", "131"):
        shown.post((code, 100_00), ("101", -100_00), voucher="记-12345")
    for quarter in ("2020Q3", "2020Q4", "2021Q1", "2021Q2"):
        shown.publish(quarter)
    shown.publish(reason="补记")
    place_in_log()
    browser = visitor()
    browser.get(f"/wall/{PLACE}/")  # what is kept in memory is read
    for address in (f"/wall/{PLACE}/", f"/wall/{PLACE}/{QUARTER}/2/vouchers/all", f"/wall/{PLACE}/{QUARTER}/2/numbers",
                    f"/wall/{PLACE}/{QUARTER}/2/list/contracts", "/wall/?place=P102", "/wall/?q=村"):  # fmt: skip
        with CaptureQueriesContext(connection) as asked:
            page = browser.get(address)
        assert len(page.content) <= BYTES_MAX, (address, len(page.content))
        assert len(asked) <= QUERIES_MAX, (address, [query["sql"] for query in asked])


def test_every_number_on_the_page_is_the_logs_and_leads_to_its_vouchers(shown: WallVillage) -> None:
    page = text(visitor().get(BASE))
    content = shown.edition().content
    found = re.findall(r'data-sum="([^"]+)"[^>]*>(?:<a href="([^"]+)"[^>]*>)?([^<]+)', page)
    assert len(found) > 30
    for path, address, written in found:
        value = at_path(content, path)
        if path.endswith("_fen"):
            assert written == ("–" if value is None else yuan(value)), path
        if address:
            what = address.rpartition("/")[2]
            told = vouchers_of(content, what)
            assert (told.opening_fen if path.endswith("opening_fen") else told.total_fen) == value, (path, what)
    assert sum(bool(address) for _path, address, _written in found) > 10
    of_sheet = [path for path, address, _written in found if "/vouchers/sheet.0." in address]
    assert len(of_sheet) == 6 and "books.0.sheet.assets_total.closing_fen" in of_sheet


def test_the_vouchers_sum_to_the_sum_and_name_nobody(shown: WallVillage) -> None:
    browser = visitor("en")
    page = text(browser.get(f"{BASE}vouchers/in.0.511"))
    assert "记-1" in page and "4,800.50" in page
    assert re.search(r'href="/proof/\d+"', page)  # each with its entry in the log
    cash = text(browser.get(f"{BASE}vouchers/cash"))
    assert "10,000.00" in cash and "11,100.50" in cash  # before and after
    owned = text(browser.get(f"{BASE}vouchers/sheet.0.assets_total"))
    assert "Total assets" in owned and "记-1" in owned and "4,800.50" in owned
    for address in (BASE, f"{BASE}vouchers/all", f"{BASE}vouchers/sheet.0.equity_total", f"{BASE}numbers",
                    f"{BASE}list/debts", f"{BASE}list/contracts", f"{BASE}list/findings", f"{BASE}check"):  # fmt: skip
        shown_page = text(browser.get(address))
        for name in (LESSEE, CREDITOR, "王农户", "赵会计", str(shown.accountant.person_id)):
            assert name not in shown_page, (address, name)


def test_every_number_of_the_book_is_told_with_its_entry(shown: WallVillage) -> None:
    last = shown.edition().content["books"][0]["last_number"]
    numbers: list[int] = []
    address = f"{BASE}numbers"
    while address:
        page = text(visitor("en").get(address))
        assert "none is missing" in page
        numbers += [int(number) for number in re.findall(r'<tr><td class="figure">(\d+)</td>', page)]
        assert page.count("in the log, entry") == len(re.findall(r'<tr><td class="figure">\d+</td>', page))
        more = re.search(r'rel="next" href="([^"]+)"', page)
        address = f"{BASE}numbers?{more[1].partition('?')[2]}".replace("&amp;", "&") if more else ""
    assert numbers == list(range(1, last + 1))


def test_an_earlier_edition_says_that_it_was_corrected(shown: WallVillage) -> None:
    shown.post(("541", 5_000), ("101", -5_000))
    shown.publish(reason="漏记一笔电费")
    place_in_log()
    old, new = text(visitor("en").get(BASE)), text(visitor("en").get(f"/wall/{PLACE}/{QUARTER}/"))
    assert "This is an earlier edition" in old and "This is an earlier edition" not in new
    assert "漏记一笔电费" in new and "Edition 1" in new


def test_what_a_printed_code_says_is_held_against_the_page(shown: WallVillage) -> None:
    entry = shown.edition().entry
    good = text(visitor("en").get(f"{BASE}?entry={entry.index}&leaf={entry.leaf_hash}"))
    assert "This is the poster from which your paper was printed" in good
    for query in (f"entry={entry.index}&leaf={'0' * 64}", f"entry=7&leaf={entry.leaf_hash}", "entry=<b>"):
        forged = text(visitor("en").get(f"{BASE}?{query}"))
        assert "was forged" in forged and "<b>" not in forged


def test_the_paper_is_the_same_bytes_each_time(shown: WallVillage) -> None:
    edition = shown.edition()
    made = {
        (size, language): poster_pdf(edition, size=size, language=language)
        for size in ("a3", "a4")
        for language in ("zh", "en")
    }
    assert len({hashlib.sha256(pdf).hexdigest() for pdf in made.values()}) == 4
    with translation.override("en"):
        assert poster_pdf(edition, size="a3", language="zh") == made["a3", "zh"]
    answer = visitor().get(f"{BASE}poster-a3.pdf")
    assert b"".join(answer.streaming_content) == made["a3", "zh"]  # type: ignore[attr-defined]
    assert answer["Content-Type"] == "application/pdf" and PLACE in answer["Content-Disposition"]
    assert b"/MediaBox [0 0 841" in made["a3", "zh"] or b"841.8" in made["a3", "zh"]


@pytest.mark.parametrize("invented", [True, False])
def test_the_paper_of_a_demonstration_says_so(shown: WallVillage, settings: Any, invented: bool) -> None:
    settings.TIANQU_DEMO = invented
    for language, said in (("zh", "演示"), ("en", "Demonstration")):
        paper = poster_pdf(shown.edition(), size="a4", language=language)
        assert (said in PdfReader(io.BytesIO(paper)).pages[0].extract_text()) is invented


def test_a_poster_that_is_not_in_the_log_yet_is_not_printed(wall_village: WallVillage) -> None:
    a_quarter(wall_village)
    wall_village.publish()
    browser = visitor("en")
    assert "on its way into the log" in text(browser.get(BASE))
    assert browser.get(f"{BASE}poster-a3.pdf").status_code == 409
    assert "still on its way" in text(browser.get(f"{BASE}check"))
    assert browser.get(f"{BASE}poster.tlog-proof").status_code == 404


def test_the_pages_hold_no_script_of_their_own(shown: WallVillage) -> None:
    for address in (BASE, f"{BASE}check"):
        page = text(visitor().get(address))
        scripts = re.findall(r"<script([^>]*)>([^<]*)", page)
        assert all('src="' in head or 'type="application/json"' in head for head, _body in scripts)
        assert "style=" not in page and "onclick" not in page
    assert (Path(__file__).parents[1] / "static" / "village" / "wall.js").is_file()
