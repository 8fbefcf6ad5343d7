"""Every figure of a statement leads to its accounts and legs, which come to it to the fen, and they to vouchers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as bounds

from tests.kernel.places.prefecture import Prefecture
from tests.web.api.calling import token_for
from tianqu.base.errors import NotFound
from tianqu.kernel.journal.api import SYSTEM, seeing
from tianqu.kernel.ledgers import api as ledgers
from tianqu.packs.village.statements.behind import FigureBehind, figure_behind
from tianqu.packs.village.statements.queries import Statements, statements_of
from tianqu.packs.village.tests import test_statements as books
from tianqu.packs.village.tests.test_register_pages import browser, text

pytestmark = pytest.mark.django_db
place = books.place
CODE, FIRST, LAST, post = books.CODE, books.FIRST, books.LAST, books.post
DAYS = {"first_day": FIRST, "last_day": LAST}


def every_line(told: Statements) -> Iterator[tuple[str, int]]:
    """The name of each figure of the statements with what it says."""
    for name, rows in (("assets", told.sheet.assets), ("claims", told.sheet.claims)):
        for row in rows:
            if row.figures:
                yield f"{name}.{row.code}.opening", row.figures[0]
                yield f"{name}.{row.code}.closing", row.figures[1]
    yield from ((f"income.{row.code}", row.figures[0]) for row in told.income)
    funds = told.funds
    yield from ((f"funds.{name}", getattr(funds, name)) for name in ("opening", "closing", "received", "paid"))
    for fund in funds.rows:
        yield f"funds.received.{fund.account_id}", fund.received
        yield f"funds.paid.{fund.account_id}", fund.paid
    for each in told.movements:
        if not (each.opening or each.all_debits or each.all_credits):
            continue  # one that never moved
        columns = {
            "opening": each.opening, "debit": each.all_debits, "credit": each.all_credits, "closing": each.closing,
        }  # fmt: skip
        yield from ((f"accounts.{each.account_id}.{column}", fen) for column, fen in columns.items())


def behind(line: str, *, book: str = CODE, days: dict[str, date] = DAYS, **more: Any) -> FigureBehind:
    with seeing(SYSTEM.scope):
        return figure_behind(SYSTEM, book=book, line=line, **days, **more)


def check_every_line(book: str, days: dict[str, date]) -> int:
    """Hold each figure of a book against its accounts and legs; return how many figures there are."""
    with seeing(SYSTEM.scope):
        told = statements_of(SYSTEM, book=book, **days)
    lines = dict(every_line(told))
    for line, fen in lines.items():
        found = behind(line, book=book, days=days, limit=500)
        rows, after = list(found.legs.rows), found.legs.after
        while after is not None:
            page = behind(line, book=book, days=days, limit=500, after=after).legs
            rows, after = [*rows, *page.rows], page.after
        assert found.figure.fen == fen and found.even, line
        assert sum(row.counted for row in rows) == fen and len(rows) == found.legs.legs, line
        for share in found.legs.accounts:
            own = [row.counted for row in rows if row.account_id == share.account_id]
            assert (len(own), sum(own)) == (share.legs, share.counted), line
    return len(lines)


@bounds(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(books.moves)
def test_the_legs_come_to_every_figure_whatever_is_posted(place: Prefecture, given_moves: Any) -> None:
    for debit, credit, amount, on, kind in given_moves:
        books.post_lawful(debit, credit, amount, on=on, kind=kind)
    assert check_every_line(CODE, DAYS) > 70


def test_internal_accounts_on_both_sides_pending_transfers_and_the_closing_of_the_year(place: Prefecture) -> None:
    for code in ("11301", "11302"):
        ledgers.open_account(
            SYSTEM, book=CODE, ledger="money", code=code, name=code, element="assets", side="debit",
            opened_on=date(2019, 1, 1),
        )  # fmt: skip
    post(("11301", 700), ("101", -700), on=date(2019, 3, 1))  # a receivable of the year before
    post(("101", 900), ("11301", -900))  # and a payable at the end of this
    post(("11302", 50), ("511", -50))
    post(("511", 50), ("321", -50), on=LAST, kind="closing")
    known, waiting = books.accounts(), uuid4()
    ledgers.post_transfer(
        SYSTEM, book=CODE, transfer_id=waiting, day=date(2019, 12, 30), pending=True,
        legs=[ledgers.NewLeg(known["102"], 30), ledgers.NewLeg(known["301"], -30)],
    )  # fmt: skip
    ledgers.resolve_transfer(SYSTEM, transfer_id=waiting, outcome="posted", day=date(2020, 2, 2), reason="查实")
    check_every_line(CODE, DAYS)
    assert [row.code for row in behind("assets.receivables.opening").legs.accounts] == ["11301"]
    assert [row.code for row in behind("assets.receivables.closing").legs.accounts] == ["11302"]
    assert [row.code for row in behind("claims.payables.closing").legs.accounts] == ["11301"]
    assert [(row.code, row.counted) for row in behind("income.contracted").legs.rows] == [("511", 50)]
    assert [(row.code, row.counted) for row in behind("income.distributed").legs.rows] == [("321", 50), ("511", -50)]
    posted = next(row for row in behind("funds.received").legs.rows if row.transfer_id == waiting)
    assert (posted.day, posted.counted) == (date(2020, 2, 2), 30)


def test_a_book_that_was_carried_over_begins_with_what_it_brought(place: Prefecture) -> None:
    post(("101", 900), ("301", -900))
    books.carried_over()
    year = {"first_day": date(2024, 1, 1), "last_day": date(2024, 12, 31)}
    check_every_line(CODE, year)
    check_every_line(CODE, {"first_day": date(2023, 7, 1), "last_day": date(2024, 6, 30)})
    assert [row.kind for row in behind("assets.cash.opening", days=year).legs.rows] == ["carry_over"]


def test_pages_follow_each_other_and_keep_the_account(place: Prefecture) -> None:
    for amount in range(1, 24):
        post(("101", amount), ("511", -amount), on=date(2020, 1 + amount % 3, 5))
    post(("102", 7), ("101", -7))
    rows, after = [], None
    while True:
        page = behind("assets.cash.closing", after=after, limit=5).legs
        assert (page.legs, page.counted) == (25, 276)
        rows += page.rows
        after = page.after
        if after is None:
            break
    assert len({(row.number, row.position) for row in rows}) == len(rows) == 25
    assert [row.day for row in rows] == sorted((row.day for row in rows), reverse=True)
    bank = behind("assets.cash.closing", account_id=books.accounts()["102"]).legs
    assert [row.counted for row in bank.rows] == [7] and bank.legs == 25


@pytest.mark.parametrize(
    "line",
    ["", "assets", "assets.cash", "assets.cash.middle", "assets.current.closing", "claims.nothing.opening", "x.y.z",
     "income", "income.nothing", "funds", "funds.received.7", "funds.opening.7", "accounts.x.debit", "accounts.1"],
)  # fmt: skip
def test_what_is_no_figure_is_said(place: Prefecture, line: str) -> None:
    with pytest.raises(NotFound) as refused:
        behind(line)
    assert refused.value.field == "line"


@pytest.mark.parametrize(("language", "words"), [("en", "Entries behind it"), ("zh-hans", "背后的分录")])
def test_each_figure_on_the_page_leads_to_its_vouchers(place: Prefecture, language: str, words: str) -> None:
    for amount in range(1, 61):
        post(("101", amount), ("511", -amount))
    desk = browser(books.bookkeeper(place), language)
    page = text(desk.get(f"/villages/books/{CODE}/?year=2020"))
    addresses = [one.replace("&amp;", "&") for one in re.findall(r'href="([^"]+/figures/[^"]+)"', page)]
    assert len(addresses) > 80 and all("from=2020-01-01&to=2020-12-31" in one for one in addresses)
    cash = next(one for one in addresses if "/assets.cash.closing" in one)
    first = text(desk.get(cash))
    assert words in first and "18.30" in first  # 1 + 2 + … + 60 fen
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following is not None and "from=2020-01-01" in following[1]
    path = cash.partition("?")[0]
    second = text(desk.get(f"{path}?{following[1].partition('?')[2]}".replace("&amp;", "&")))
    vouchers = re.findall(r'href="(/villages/vouchers/[^"]+)"', first + second)
    assert len(set(vouchers)) == 60
    assert desk.get(vouchers[0]).status_code == 200
    lines = text(desk.get(f"{cash}&form=csv")).strip().splitlines()
    assert len(lines) == 61 and len(set(lines)) == 61
    account = books.accounts()["101"]
    assert f"account={account}" in first
    assert "101" in text(desk.get(f"{cash}&account={account}"))
    for address in ("/assets.cash.middle", "/nothing"):
        assert desk.get(f"/villages/books/{CODE}/figures{address}?year=2020").status_code == 404


def test_the_api_tells_the_same_and_nobody_else_reads_it(place: Prefecture) -> None:
    post(("101", 123_456), ("511", -123_456), on=date(2020, 3, 5))
    post(("541", 456), ("101", -456), on=date(2020, 3, 6))
    address = f"/api/v1/village/books/{CODE}/statements/legs"
    asked = {"line": "assets.cash.closing", **DAYS, "limit": 1}
    own = Client(headers={"Authorization": f"Bearer {token_for(books.bookkeeper(place))}"})
    first = own.get(address, asked).json()
    assert (first["figure_fen"], first["legs"]) == (123_000, 2)
    assert [(one["code"], one["counted"]) for one in first["accounts"]] == [("101", 123_000)]
    second = own.get(address, asked | {"after": first["next"]}).json()
    assert [row["counted"] for row in first["rows"] + second["rows"]] == [-456, 123_456]
    assert second["next"] is None
    assert own.get(address, asked | {"line": "assets.nothing.closing"}).status_code == 404
    stranger = Client(headers={"Authorization": f"Bearer {token_for(books.bookkeeper(place, 't201'))}"})
    assert stranger.get(address, asked).status_code == 404
    assert browser(books.bookkeeper(place, "t201")).get(
        f"/villages/books/{CODE}/figures/assets.cash.closing?year=2020"
    ).status_code == 404  # fmt: skip
