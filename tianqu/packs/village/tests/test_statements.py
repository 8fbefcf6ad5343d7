"""The statements of a book: every account once, both sides equal whatever is posted, and the same in every form."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings as django_settings
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as bounds
from hypothesis import strategies as st
from openpyxl import load_workbook

from tests.kernel.places.prefecture import Prefecture
from tests.kernel.places.prefecture import build as build_prefecture
from tests.web.api.calling import token_for
from tianqu.base.errors import InvalidInput, NotFound
from tianqu.kernel.journal.api import SYSTEM, Actor, seeing
from tianqu.kernel.ledgers import api as ledgers
from tianqu.kernel.places.api import actor_of, forget_actors
from tianqu.packs.village.statements.layouts import LAYOUTS, Layout
from tianqu.packs.village.statements.queries import Statements, statements_of
from tianqu.packs.village.tests.test_register_pages import browser, text

pytestmark = pytest.mark.django_db
CHARTS = Path(django_settings.ROOT) / "realms" / "dezhou" / "ledgers"
FIRST, LAST = date(2020, 1, 1), date(2020, 12, 31)
CODE = "v101009.funds"


def chart_lines(year: str) -> list[ledgers.ChartLine]:
    with (CHARTS / f"accounts-{year}.csv").open(encoding="utf-8") as file:
        return [
            ledgers.ChartLine(row["code"], row["name_zh"], row["name_en"], row["element"], row["side"])
            for row in csv.DictReader(file)
        ]


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_every_account_of_the_chart_stands_once(layout: Layout) -> None:
    chart = chart_lines(layout.chart.rpartition(".")[2])
    told = [code for side in (layout.assets, layout.claims) for line in side.lines for code in line.accounts]
    split = {code for side in (layout.assets, layout.claims) for line in side.lines for code in line.parts}
    assert sorted([*told, *split]) == sorted(line.code for line in chart)
    of_income = [code for line in layout.income for code in line.accounts]
    assert sorted(of_income) == sorted(line.code for line in chart if line.element in ("income", "expenses"))
    assert set(layout.undistributed) == {*of_income, "321", "322"}
    for side in (layout.assets, layout.claims):
        totals = [code for line in side.lines for code in (*line.adds, *line.takes)]
        known = [line.code for line in side.lines if line.weight != "heading"]
        assert sorted(totals) == sorted(code for code in known if code != known[-1])  # each goes up once


@pytest.fixture
def place(db: None, settings: Any) -> Prefecture:
    """A prefecture whose villages keep books by the chart of 2004."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    forget_actors()
    ledgers.forget_books()
    prefecture = build_prefecture()
    for year, since in (("2004", date(2005, 1, 1)), ("2023", date(2024, 1, 1))):
        code = f"cn.village.{year}"
        ledgers.publish_chart(SYSTEM, code=code, title=code, title_en=code, lines=chart_lines(year), valid_from=since)
    ledgers.open_book(
        SYSTEM, code=CODE, name="张李村集体账", name_en="Books of Zhangli", first_day=date(2019, 1, 1),
        unit_id=prefecture.units["v101009"].id, ledgers=[ledgers.NewLedger("money", "fen", "cn.village.2004")],
    )  # fmt: skip
    return prefecture


def bookkeeper(prefecture: Prefecture, unit: str = "v101009") -> Actor:
    return actor_of(prefecture.person(unit, "bookkeeper", name="赵会计"), channel="web")


def accounts() -> dict[str, int]:
    with seeing(SYSTEM.scope):
        return {each.code: each.id for each in ledgers.accounts_of(ledgers.book_called(CODE))}


def post(*legs: tuple[str, int], on: date = date(2020, 3, 5), kind: str = "ordinary") -> None:
    known = accounts()
    ledgers.post_transfer(
        SYSTEM, book=CODE, transfer_id=uuid4(), day=on, kind=kind,
        legs=[ledgers.NewLeg(known[code], amount) for code, amount in legs],
    )  # fmt: skip


def told(actor: Actor = SYSTEM, *, first: date = FIRST, last: date = LAST) -> Statements:
    with seeing(actor.scope):
        return statements_of(actor, book=CODE, first_day=first, last_day=last)


def figure(rows: Any, code: str) -> tuple[int, ...]:
    return next(row.figures for row in rows if row.code == code)  # type: ignore[no-any-return]


def test_a_year_is_told(place: Prefecture) -> None:
    post(("101", 100_000), ("301", -100_000), on=date(2019, 6, 1))  # before the year
    post(("102", 50_000), ("511", -50_000))  # rent
    post(("541", 8_000), ("101", -8_000))  # office
    post(("151", 30_000), ("102", -30_000))  # a machine
    post(("502", 1_000), ("152", -1_000))  # its wear
    post(("113", 4_000), ("101", -4_000))  # lent within the village
    post(("511", 50_000), ("541", -8_000), ("502", -1_000), ("321", -41_000), on=LAST, kind="closing")
    post(("321", 41_000), ("322", -41_000), on=LAST, kind="closing")
    year = told()
    assert year.sheet.even and year.funds.even
    assert figure(year.sheet.assets, "cash") == (100_000, 108_000)
    assert figure(year.sheet.assets, "depreciation") == (0, 1_000)
    assert figure(year.sheet.assets, "fixed_net") == (0, 29_000)
    assert figure(year.sheet.assets, "receivables") == (0, 4_000)
    assert figure(year.sheet.assets, "assets_total") == (100_000, 141_000)
    assert figure(year.sheet.claims, "undistributed") == (0, 41_000)
    assert figure(year.income, "management") == (8_000,)
    assert figure(year.income, "result") == (41_000,)
    assert [figure(year.income, code) for code in ("brought", "distributed", "carried")] == [(0,), (0,), (41_000,)]
    funds = {row.code: (row.received, row.paid) for row in year.funds.rows}
    assert funds == {"511": (50_000, 0), "151": (0, 30_000), "541": (0, 8_000), "113": (0, 4_000)}
    assert (year.funds.opening, year.funds.received, year.funds.paid, year.funds.closing) == (
        100_000, 50_000, 42_000, 108_000,
    )  # fmt: skip


def test_a_sub_account_of_the_books_own_belongs_to_its_code(place: Prefecture) -> None:
    ledgers.open_account(
        SYSTEM, book=CODE, ledger="money", code="11201", name="应收承包费", element="assets", side="debit",
        opened_on=date(2019, 1, 1),
    )  # fmt: skip
    post(("11201", 700), ("511", -700))
    year = told()
    assert figure(year.sheet.assets, "receivables") == (0, 700)
    assert year.sheet.even


def carried_over() -> None:
    """Carry the book over to the chart of 2023 on the first day of 2024."""
    with (CHARTS / "mapping-2004-2023.csv").open(encoding="utf-8") as file:
        pairs = [ledgers.CodePair(row["from_code"], row["to_code"]) for row in csv.DictReader(file)]
    ledgers.map_charts(
        SYSTEM, from_chart="cn.village.2004", to_chart="cn.village.2023", pairs=pairs, valid_from=date(2024, 1, 1)
    )
    before = {"first_day": date(2019, 1, 1), "last_day": date(2023, 12, 31)}
    ledgers.set_period(SYSTEM, book=CODE, state="closed", **before)
    ledgers.carry_over(
        SYSTEM, book=CODE, ledger="money", from_chart="cn.village.2004", to_chart="cn.village.2023",
        on=date(2024, 1, 1), transfer_id=uuid4(), parts=[],
    )  # fmt: skip


def test_a_new_chart_begins_where_the_old_one_ended(place: Prefecture) -> None:
    post(("101", 900), ("301", -900))
    carried_over()
    year = told(first=date(2024, 1, 1), last=date(2024, 12, 31))
    assert year.layout.chart == "cn.village.2023"
    assert figure(year.sheet.assets, "assets_total") == (900, 900)
    assert figure(year.sheet.claims, "claims_total") == (900, 900)
    assert year.funds.even and not year.funds.rows


LASTING = {line.code for line in chart_lines("2004") if line.element in ("assets", "liabilities")}
codes = st.sampled_from([line.code for line in chart_lines("2004")])
moves = st.lists(
    st.tuples(
        codes, codes, st.integers(1, 10**9), st.dates(date(2019, 6, 1), LAST), st.sampled_from(["ordinary", "closing"])
    ),
    min_size=1, max_size=12,
)  # fmt: skip


def post_lawful(debit: str, credit: str, amount: int, /, *, on: date, kind: str) -> None:
    """Post what may be: nothing from an account to itself, and no closing of the year that moves what lasts."""
    closes = kind == "closing" and not {debit, credit} & LASTING
    if debit != credit:
        post((debit, amount), (credit, -amount), on=on, kind="closing" if closes else "ordinary")


@bounds(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves)
def test_both_sides_are_equal_whatever_is_posted(place: Prefecture, given_moves: Any) -> None:
    for debit, credit, amount, on, kind in given_moves:
        post_lawful(debit, credit, amount, on=on, kind=kind)
    year = told()
    assert year.sheet.even
    assert year.funds.even
    carried, undistributed = figure(year.income, "carried"), figure(year.sheet.claims, "undistributed")
    assert carried[0] == undistributed[1]
    assert figure(year.income, "brought")[0] == undistributed[0]


def test_the_workbook_says_the_same_in_yuan(place: Prefecture) -> None:
    post(("101", 123_456), ("511", -123_456))
    token = token_for(bookkeeper(place))
    client = Client(headers={"Authorization": f"Bearer {token}", "Accept-Language": "zh-hans"})
    address = f"/api/v1/village/books/{CODE}/statements"
    days = {"first_day": FIRST, "last_day": LAST}
    answer, plain = client.get(f"{address}.xlsx", days), client.get(address, days).json()
    assert answer.status_code == 200, answer.content
    book = load_workbook(io.BytesIO(answer.content))
    assert len(book.worksheets) == 4
    cells = [cell.value for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
    assert Decimal(str(next(c for c in cells if isinstance(c, float | int) and c > 1000))) == Decimal("1234.56")
    assert plain["even"] is True
    assert plain["assets"][-1]["figures"] == plain["claims"][-1]["figures"] == [0, 123_456]
    last = list(book.worksheets[0].iter_rows(values_only=True))[-1]
    assert (last[3], last[7]) == (1234.56, 1234.56)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_paper_has_the_same_bytes_whenever_it_is_set(place: Prefecture, language: str) -> None:
    post(("101", 123_456), ("511", -123_456))
    ledgers.open_account(
        SYSTEM, book=CODE, ledger="money", code="11203", name="#panic[x] *粗* $1$", element="assets", side="debit",
        opened_on=date(2019, 1, 1),
    )  # fmt: skip
    post(("11203", 5), ("101", -5))
    token = token_for(bookkeeper(place))
    client = Client(headers={"Authorization": f"Bearer {token}", "Accept-Language": language})
    address, days = f"/api/v1/village/books/{CODE}/statements.pdf", {"first_day": FIRST, "last_day": LAST}
    first, again = client.get(address, days), client.get(address, days)
    assert first.status_code == 200, first.content
    assert first["Content-Type"] == "application/pdf"
    assert first.content.startswith(b"%PDF-") and first.content == again.content
    assert (
        first.content.count(b"/Type /Page\n") + first.content.count(b"/Type/Page") >= 4 or b"/Count 4" in first.content
    )
    shown = browser(bookkeeper(place), language).get(f"/villages/books/{CODE}/?year=2020&form=pdf")
    assert b"".join(shown.streaming_content) == first.content


def test_a_name_is_no_formula(place: Prefecture) -> None:
    ledgers.open_account(
        SYSTEM, book=CODE, ledger="money", code="11202", name='=HYPERLINK("x")', element="assets", side="debit",
        opened_on=date(2019, 1, 1),
    )  # fmt: skip
    post(("11202", 5), ("101", -5))
    headers = {"Authorization": f"Bearer {token_for(bookkeeper(place))}"}
    days = {"first_day": FIRST, "last_day": LAST}
    answer = Client(headers=headers).get(f"/api/v1/village/books/{CODE}/statements.xlsx", days)
    book = load_workbook(io.BytesIO(answer.content))
    kinds = {cell.data_type for sheet in book.worksheets for row in sheet.iter_rows() for cell in row}
    assert "f" not in kinds


def test_nobody_reads_the_next_villages_book(place: Prefecture) -> None:
    stranger = bookkeeper(place, "t201")
    with pytest.raises(NotFound):
        told(stranger)
    headers = {"Authorization": f"Bearer {token_for(stranger)}"}
    for end in ("statements", "statements.xlsx", "statements.pdf"):
        answer = Client(headers=headers).get(
            f"/api/v1/village/books/{CODE}/{end}", {"first_day": FIRST, "last_day": LAST}
        )
        assert answer.status_code == 404


def test_days_in_the_wrong_order_are_refused(place: Prefecture) -> None:
    with pytest.raises(InvalidInput):
        told(first=LAST, last=FIRST)


@pytest.mark.parametrize(
    ("language", "words"), [("en", "Total liabilities and equity"), ("zh-hans", "负债和所有者权益总计")]
)
def test_the_page_tells_the_year_in_both_languages(place: Prefecture, language: str, words: str) -> None:
    post(("101", 123_456), ("511", -123_456))
    desk = browser(bookkeeper(place), language)
    assert f"/villages/books/{CODE}/" in text(desk.get("/villages/books/"))
    assert CODE not in text(desk.get("/villages/books/?text=nothing-of-the-kind")).partition("<main")[2]
    shown = text(desk.get(f"/villages/books/{CODE}/?year=2020"))
    assert words in shown and "1,234.56" in shown
    assert "1,234.56" not in text(desk.get(f"/villages/books/{CODE}/?year=2019"))
    download = desk.get(f"/villages/books/{CODE}/?from=2020-01-01&to=2020-12-31&form=xlsx")
    assert b"".join(download.streaming_content).startswith(b"PK")


@pytest.mark.parametrize(
    "query", ["year=20", "year=zwei", "from=2020-13-01&to=2020-12-31", "from=2020-12-31&to=2020-01-01"]
)
def test_a_day_that_is_none_is_refused(place: Prefecture, query: str) -> None:
    answer = browser(bookkeeper(place)).get(f"/villages/books/{CODE}/?{query}")
    assert answer.status_code in (400, 422)


def test_the_page_of_the_next_village_is_not_there(place: Prefecture) -> None:
    desk = browser(bookkeeper(place, "t201"))
    assert desk.get(f"/villages/books/{CODE}/").status_code == 404
    assert CODE not in text(desk.get("/villages/books/"))
