"""Ratios and trends: as one counts them row by row, by as few queries for many villages as for one, behind the wall."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from tests.web.api.calling import caller
from tianqu.base.errors import InvalidInput, NotFound, NotPermitted
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM, Actor, set_scope
from tianqu.kernel.ledgers import api as ledgers
from tianqu.packs.village.desk.figures import Figure, PlaceLine, Share, in_order, running
from tianqu.packs.village.desk.queries import behind, newest_year, trends
from tianqu.packs.village.registers.contracts import Particulars
from tianqu.packs.village.rules.facts import Body, Instalment, Resolution
from tianqu.packs.village.tests.matters import FOUR, held, opened
from tianqu.packs.village.tests.test_register_pages import browser, text
from tianqu.packs.village.tests.villages import Villages

YEAR = 2024
RESOLVED = Resolution(Body.MEMBERS, date(2024, 2, 1), 300, 200, 190)


def rents(*paid_fen: int) -> tuple[Instalment, ...]:
    """Rents of 1,000 yuan due each first of June from 2022 on, of which so much is paid."""
    return tuple(
        Instalment(date(year, 6, 1), 100_000, date(year, 6, 1), date(year + 1, 6, 1), paid)
        for year, paid in enumerate(paid_fen, 2022)
    )


def book(villages: Villages, place: str, *amounts: tuple[date, int]) -> str:
    """Open a village's book and let cash come in on some days; return its code."""
    code = f"{place.lower()}.funds"
    ledgers.open_book(
        SYSTEM, code=code, name="账", ledgers=[ledgers.NewLedger("money", "fen")],
        unit_id=villages.prefecture.units["v102001" if place == "P102001" else "v201001"].id,
        first_day=date(2020, 1, 1),
    )  # fmt: skip
    cash, bank, income = (
        ledgers.open_account(
            SYSTEM, book=code, ledger="money", code=number, name=number, element="assets", side="debit",
            opened_on=date(2020, 1, 1),
        )
        for number in ("101", "10201", "511")
    )  # fmt: skip
    for place_in, (day, amount) in enumerate(amounts):
        legs = [ledgers.NewLeg((cash, bank)[place_in % 2], amount), ledgers.NewLeg(income, -amount)]
        ledgers.post_transfer(SYSTEM, book=code, transfer_id=new_identifier(), day=day, legs=legs)
    return code


@pytest.fixture
def full(villages: Villages) -> Villages:
    """A village with arrears, idle land, a book and contracts without a resolution; the other with a little of each."""
    villages.parcel("1", 100_000, idle=True)
    villages.parcel("2", 300_000)
    villages.parcel("3", 50_000, idle=True, day=date(2025, 3, 1))  # not there in 2024 yet
    villages.contract("C1", instalments=rents(100_000, 40_000, 0), particulars=Particulars(resolution=RESOLVED))
    villages.contract("C2", instalments=rents(100_000), signed_on=date(2024, 5, 1), starts_on=date(2024, 5, 1))
    matter_id = opened(villages)
    for body in FOUR:
        held(villages, matter_id, body)
    villages.contract("C3", matter_id=matter_id, signed_on=date(2024, 7, 1), starts_on=date(2024, 7, 1))
    other = {"actor": villages.stranger, "place_id": villages.other_place_id}
    villages.contract("D1", instalments=rents(0, 0, 0), signed_on=date(2024, 5, 1), starts_on=date(2024, 5, 1), **other)
    villages.parcel("9", 70_000, **other)
    book(villages, "P102001", (date(2022, 3, 1), 500), (date(2024, 3, 1), 70), (date(2025, 1, 1), 1_000))
    book(villages, "P201001", (date(2024, 12, 31), 9))
    return villages


def inspector(villages: Villages, unit: str) -> Actor:
    actor = villages.post(unit, "county_inspector")
    set_scope(actor.scope)
    return actor


def test_what_is_counted_is_what_there_is(full: Villages) -> None:
    actor = inspector(full, "c1.housing")
    told = trends(actor, year=YEAR)
    (line,) = [line for line in told.lines if line.figures]
    assert (line.code, told.place.code) == ("P102", "P1")
    assert line.figures == {
        Figure.ARREARS: Share(100_000, 100_000), Figure.IDLE: Share(100_000, 400_000),
        Figure.UNRESOLVED: Share(1, 2), Figure.CASH: Share(570),
    }  # fmt: skip
    assert [year.year for year in told.years] == [2020, 2021, 2022, 2023, 2024]
    assert [year.of(Figure.ARREARS) for year in told.years[2:]] == [
        Share(0, 200_000), Share(60_000, 100_000), Share(100_000, 100_000)
    ]  # fmt: skip
    assert [year.of(Figure.CASH).part for year in told.years] == [0, 0, 500, 500, 570]
    assert told.years[2].of(Figure.IDLE).percent is not None and str(told.years[2].of(Figure.IDLE).percent) == "25.0"
    village = trends(actor, place=full.prefecture.places["P102001"], year=YEAR)
    assert [each.code for each in village.lines] == ["P102001"] and village.lines[0].figures == line.figures


def test_all_of_a_prefecture_adds_up_and_is_sorted(full: Villages) -> None:
    actor = inspector(full, "city.centre")
    told = trends(actor, year=YEAR, sort="-arrears")
    assert [line.code for line in told.lines if line.figures] == ["P1", "P2"]
    assert told.whole.of(Figure.ARREARS) == Share(200_000, 200_000)
    assert told.whole.of(Figure.IDLE) == Share(100_000, 470_000) and told.whole.of(Figure.CASH) == Share(579)
    assert [line.code for line in trends(actor, year=YEAR, sort="cash").lines][:2] == ["P2", "P1"]
    for figure in Figure:
        rows = behind(actor, figure=figure, year=YEAR).rows
        assert sum(row.part for row in rows) == told.whole.of(figure).part, figure
    assert [row.number for row in behind(actor, figure=Figure.UNRESOLVED, year=YEAR).rows] == ["C2", "D1"]
    assert behind(actor, figure=Figure.ARREARS, year=YEAR, limit=1).more


def test_a_rent_is_late_only_after_the_days_of_grace(villages: Villages) -> None:
    today = timezone.localdate()
    for number, days in (("A", 31), ("B", 30)):
        due = today - timedelta(days=days)
        villages.contract(number, instalments=(Instalment(due, 500, due, due + timedelta(days=1)),))
    told = trends(villages.accountant)
    late = sum((year.of(Figure.ARREARS) for year in told.years), Share())
    assert late == Share(500, 500)


def test_more_villages_take_no_more_queries(full: Villages) -> None:
    actor = inspector(full, "city.centre")
    with CaptureQueriesContext(connection) as few:
        trends(actor, year=YEAR)
    assert len(few) <= 8
    set_scope(SYSTEM.scope)
    for number in range(5):
        full.contract(f"Q{number}", instalments=rents(0, 0))
        full.parcel(f"Q{number}", idle=True)
    set_scope(actor.scope)
    with CaptureQueriesContext(connection) as many:
        told = trends(actor, year=YEAR)
    assert len(many) == len(few)
    assert told.whole.of(Figure.IDLE).part == 100_000 + 5 * 123_456


def test_nobody_sees_beyond_their_reach(full: Villages) -> None:
    auditor = full.auditor
    set_scope(auditor.scope)
    assert trends(auditor, year=YEAR).place.code == "P102"
    assert {line.code for line in trends(auditor, year=YEAR).lines} == {"P102001"}
    for code in ("P1", "P201001", "P2"):
        with pytest.raises(NotFound):
            trends(auditor, place=full.prefecture.places[code], year=YEAR)
        with pytest.raises(NotFound):
            behind(auditor, figure=Figure.CASH, place=full.prefecture.places[code], year=YEAR)
    with pytest.raises(NotPermitted):
        trends(full.villager, year=YEAR)
    for year in (1900, 2190):
        with pytest.raises(InvalidInput):
            trends(auditor, year=year)


def test_pages_lead_down_to_the_contract_and_the_file_says_the_same(full: Villages) -> None:
    county = browser(inspector(full, "c1.housing"))
    page = text(county.get("/villages/trends/?year=2024"))
    assert "place=P102&amp;year=2024" in page or "place=P102" in page
    assert "100.0%" in page and "25.0%" in page and "50.0%" in page
    assert 'id="bars"' in page and 'id="lines"' in page
    assert "/villages/trends/rows?place=P102&amp;year=2024&amp;figure=arrears" in page
    rows = text(county.get("/villages/trends/rows?place=P102&year=2024&figure=arrears"))
    assert "C1" in rows and "/villages/contracts/" in rows and "1,000.00" in rows
    assert "/villages/books/p102001.funds/?year=2024" in text(
        county.get("/villages/trends/rows?place=P102001&year=2024&figure=cash")
    )
    assert "/villages/land/" in text(county.get("/villages/trends/rows?place=P1&year=2024&figure=idle"))
    lines = text(county.get("/villages/trends.csv?year=2024&place=P102")).splitlines()
    assert lines[1].startswith("2024,P102001,") and "1000.00,1000.00,100.0" in lines[1]
    chinese = text(browser(inspector(full, "c1.housing"), "zh-hans").get("/villages/trends/?sort=-idle&figure=cash"))
    assert "比率与趋势" in chinese and "闲置土地" in chinese
    assert '<option value="2024" selected' in text(county.get("/villages/trends/"))  # the last year of any rent
    assert text(county.get("/villages/trends.csv?place=P102")).splitlines() == lines
    for address in ("?year=x", "?figure=luck", "?sort=luck"):
        assert county.get(f"/villages/trends/{address}").status_code == 400
    assert county.get("/villages/trends/?place=P2").status_code == 404
    assert browser(full.villager).get("/villages/trends/").status_code == 403


def test_the_page_begins_with_what_there_is_and_a_plot_of_it(full: Villages) -> None:
    prefecture = browser(inspector(full, "city.centre"))
    page = text(prefecture.get("/villages/trends/"))
    assert '<option value="2024" selected' in page and 'id="bars"' in page and 'id="lines"' in page
    heads = re.findall(r'<th scope="col"[^>]*>', page)
    assert len(heads) == 10  # two tables of five columns each, which fit a desk
    assert "100.0% of 2,000.00" in page.replace("\n", " ")
    county = text(prefecture.get("/villages/trends/?place=德城"))  # by name
    assert "P102" in county and "1 place of which nothing is entered" in county
    village = text(prefecture.get("/villages/trends/?place=P102001"))
    assert "/villages/contracts/?place=P102001" in village and 'id="bars"' not in village
    books = text(prefecture.get("/villages/trends/rows?place=P102001&year=2024&figure=cash"))
    assert "/villages/books/p102001.funds/?year=2024" in books


def test_a_rent_of_yesterday_does_not_make_the_newest_year(full: Villages) -> None:
    day = timezone.localdate() - timedelta(days=1)
    full.contract("N1", instalments=(Instalment(day, 100_000, day, day + timedelta(days=365), 0),))
    assert newest_year(inspector(full, "c1.housing")) == YEAR or day.year == YEAR


def test_an_empty_place_says_what_will_be_here(villages: Villages) -> None:
    page = text(browser(villages.post("c2.housing", "county_inspector")).get("/villages/trends/"))
    assert "Nothing is known of" in page and "Nothing is typed in here" in page
    assert 'id="bars"' not in page and 'id="lines"' not in page


def test_over_the_api(full: Villages) -> None:
    county = caller(inspector(full, "c1.housing"))
    told = county.read("/village/trends", year=2024, sort="-unresolved")
    (line,) = [line for line in told["lines"] if line["figures"]]
    assert line["figures"]["unresolved"] == {"part": 1, "whole": 2, "percent": "50.0"}
    assert line["figures"]["cash"] == {"part": 570, "whole": None, "percent": None}
    assert len(told["years"]) == 5
    rows = county.read("/village/trends/rows", figure="idle", year=2024, place="P102001")
    assert [(row["number"], row["part"]) for row in rows["rows"]] == [("1", 100_000)]
    assert county.get("/village/trends", place="P201001").status_code == 404
    assert county.get("/village/trends", sort="luck").status_code == 422
    assert caller(full.villager).get("/village/trends").status_code == 403


MOVED = st.lists(st.tuples(st.sampled_from("ab"), st.integers(2018, 2024), st.integers(-100, 100)), max_size=12)


@given(MOVED)
def test_a_balance_is_the_sum_of_all_that_was_moved_until_then(moved: list[tuple[str, int, int]]) -> None:
    told: Any = running(moved, range(2017, 2026))
    for place in "ab":
        for year in range(2017, 2026):
            before = [amount for where, when, amount in moved if where == place and when <= year]
            assert (told.get(place, {}).get(year) is None) == (not before)
            assert not before or told[place][year].part == sum(before)


@given(st.lists(st.one_of(st.none(), st.tuples(st.integers(0, 9), st.integers(0, 9))), max_size=8))
def test_what_has_no_share_comes_last(shares: list[tuple[int, int] | None]) -> None:
    lines = [
        PlaceLine(str(n), str(n), "", "", "village", {} if share is None else {Figure.IDLE: Share(*share)})
        for n, share in enumerate(shares)
    ]
    for sort in ("idle", "-idle"):
        told = [line.figures.get(Figure.IDLE) for line in in_order(lines, sort)]
        known = [share.part / share.whole for share in told if share is not None and share.whole]
        assert all(share is None or not share.whole for share in told[len(known) :])
        assert known == sorted(known, reverse=sort.startswith("-"))
        assert len(told) == len(shares)
