"""hledger and Beancount, as programs of their own, come to our balances from what was written for them.

Neither is shipped. hledger is Debian's; Beancount is installed from PyPI into an environment of its own.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.utils import timezone

from tests.gateways.changing import changed
from tests.kernel.ledgers.conftest import village
from tests.kernel.ledgers.village import BOOK, FIRST, OTHER_BOOK, Village
from tianqu.kernel.journal.api import SYSTEM
from tianqu.kernel.ledgers import api
from tianqu.project.book_files import export_books
from tools.agreement import (
    FORMS,
    Balances,
    Hledger,
    Program,
    beancount,
    book_files,
    differences,
    our_books,
    ours,
)

__all__ = ["village"]
pytestmark = [pytest.mark.django_db, pytest.mark.slow]
LAST = date(2024, 12, 31)
DAYS = (date(2024, 7, 9), LAST)


@pytest.fixture
def books(village: Village) -> Iterator[Village]:
    """Both villages with a year of invented transfers of money, some reserved first, and some land."""
    chance = random.Random(7)
    for code, accounts in ((BOOK, village.accounts), (OTHER_BOOK, village.other)):
        book = api.known_book(code, SYSTEM.scope)
        given = []
        for number in range(400):
            chosen = chance.sample(sorted(accounts.values()), chance.randrange(2, 5))
            moved = [chance.randrange(-(10**9), 10**9) or 1 for _account in chosen[1:]]
            amounts = [-sum(moved), *moved]
            legs = tuple(map(api.NewLeg, chosen, amounts))
            if all(amounts):
                day = FIRST + timedelta(days=chance.randrange(366))
                words = {"purpose": f'第{number}笔 "租;|\\', "voucher": f"记-{number}, date:{number}"}
                given.append((book, api.NewTransfer(uuid4(), day, legs, "rent", **words)))
        list(api.post_many(SYSTEM, at=timezone.now(), transfers=given))
    kind = {"element": "assets", "side": "debit", "opened_on": FIRST}
    api.open_account(
        village.bookkeeper, book=BOOK, ledger="money", code="9", name='借"款\ntype:Z, [2020/13/45]', **kind
    )
    for number in range(20):
        held = village.post("101", "501", 10 + number, pending=True)
        outcome = ("posted", "voided")[number % 2]
        api.resolve_transfer(
            village.bookkeeper, transfer_id=held.id, outcome=outcome, day=date(2024, 6, 1 + number), reason="查实"
        )  # fmt: skip
    land = (api.NewLeg(village.land["idle"], 165_170_001), api.NewLeg(village.land["whole"], -165_170_001))
    village.post("101", "501", 1, legs=land)
    yield village


def written(folder: Path, form: str) -> Path:
    path = folder / f"books.{form}"
    with path.open("w", encoding="utf-8") as file:
        export_books(file, form=form, place="P", until=LAST)
    return path


def our_balances(form: str) -> Balances:
    told = ours(our_books((BOOK, OTHER_BOOK), DAYS), form=form)
    assert all(len(held) > 8 for held in told.days.values())
    return told


@pytest.fixture(scope="module")
def programs() -> Iterator[dict[str, Program]]:
    with beancount() as other:
        yield {"hledger": Hledger(), "beancount": other}


@pytest.mark.parametrize("form", FORMS)
def test_it_comes_to_our_balances(books: Village, programs: dict[str, Program], form: str, tmp_path: Path) -> None:
    path = written(tmp_path, form)
    assert differences(our_balances(form), programs[form].balances(path, DAYS)) == []


@pytest.mark.parametrize("form", FORMS)
def test_what_was_changed_is_found(books: Village, programs: dict[str, Program], form: str, tmp_path: Path) -> None:
    """An amount that was changed, a leg that was lost, a book that was left out."""
    here = our_balances(form)
    path = written(tmp_path, form)
    whole = path.read_text(encoding="utf-8")
    accounts = changed(path)
    found = differences(here, programs[form].balances(path, DAYS))
    assert {one.account for one in found} == accounts and found[-1].day == LAST
    lines = whole.splitlines(keepends=True)
    path.write_text("".join(lines[:-1]), encoding="utf-8")
    with pytest.raises(RuntimeError, match="balance"):
        programs[form].balances(path, DAYS)
    with path.open("w", encoding="utf-8") as file:
        export_books(file, form=form, book=BOOK, until=LAST)
    lost = differences(here, programs[form].balances(path, DAYS))
    assert lost and all(OTHER_BOOK.replace(".", "." if form == "hledger" else "-") in one.account for one in lost)
    assert lost[0].day is None


def test_which_files_tell_the_books_of_a_place(books: Village, tmp_path: Path) -> None:
    """Each book is in one file: of the place of a kind in which it lies, or with others that lie in none."""
    by_county = {file.name: (file.chosen, file.books) for file in book_files("P", each="county")}
    assert by_county == {"P1": (({"place": "P1"},), (BOOK,)), "P2": (({"place": "P2"},), (OTHER_BOOK,))}
    in_village, above = book_files("P", each="village")
    assert (in_village.chosen, in_village.books) == (({"place": "P101009"},), (BOOK,))
    assert (above.chosen, above.books) == (({"book": OTHER_BOOK},), (OTHER_BOOK,))
    assert above.write(tmp_path / "books", form="hledger", until=LAST) == 400
