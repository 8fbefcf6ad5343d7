"""The whole demonstration in hledger and Beancount: every book of its county, by village, by township and in one file.

``tools/agreement.py`` compares; it does the same with an installation that has the books of all counties.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import override_settings

from tests.gateways.changing import changed
from tianqu.kernel.journal.api import SYSTEM, Scope, seeing, set_scope
from tianqu.kernel.ledgers.api import forget_books, place_trial_balance
from tianqu.kernel.orders.api import forget_catalogue
from tianqu.kernel.pack.api import DemoStage
from tianqu.kernel.places.api import forget_actors, place_called
from tianqu.packs.hotline.demo_past import SEED
from tianqu.packs.village.demo.edition import read_seats, read_words
from tianqu.packs.village.demo.steps import books_of_villages
from tianqu.project.realm_content import publish_realm
from tianqu.project.realms import load_realm, read_realm
from tools.agreement import Hledger, Program, beancount, book_files, compare, differences, our_books, ours

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.xdist_group("demo-in-other-programs")]
MIDDLE = date(2020, 2, 15)  # made up of a whole year, a whole month and some days
LAST = date(2020, 12, 31)
DAYS = (MIDDLE, LAST)
HASHER = "django.contrib.auth.hashers.MD5PasswordHasher"


@dataclass(frozen=True)
class County:
    """The county of the demonstration: its code, and how many files there are of each kind of place."""

    code: str
    files: dict[str, int]


@pytest.fixture(scope="module")
def county(django_db_setup: None, django_db_blocker: Any) -> Iterator[County]:
    """The books as ``tianqu demo`` lays them down, once for all tests of this file."""
    with django_db_blocker.unblock(), override_settings(PASSWORD_HASHERS=[HASHER]):
        _forget()
        try:
            yield _laid_down()
        finally:
            set_scope(Scope())
            call_command("flush", verbosity=0, interactive=False, inhibit_post_migrate=True)
            connection.close()
            _forget()


def _laid_down() -> County:
    realm = read_realm("dezhou")
    load_realm(realm.code, with_posts=True, password="tianqu-demo")
    publish_realm(realm)
    words = read_words(realm.path)
    assert words is not None
    code = words.told["sample"]
    seats = [seat for seat in read_seats(realm.path, words) if seat.county == code]
    stage = DemoStage(realm.path, realm.root, SEED, 0, 0, lambda _done, _total: None)
    assert books_of_villages(stage) > 50 * len(seats)
    return County(code, {"village": len(seats), "township": len({seat.township for seat in seats}), "county": 1})


def _forget() -> None:
    for forget in (forget_actors, forget_books, forget_catalogue):
        forget()


@pytest.fixture(scope="module")
def programs() -> Iterator[list[Program]]:
    with beancount() as other:
        yield [Hledger(), other]


@pytest.mark.parametrize("each", ["township", "village", "county"])
def test_both_programs_come_to_our_balances_of_every_book(
    county: County, programs: list[Program], each: str
) -> None:  # fmt: skip
    files = book_files(county.code, each=each)
    assert len(files) == county.files[each]
    told: list[str] = []
    done = compare(files, programs, DAYS, tell=told.append)
    assert done.differences == 0, [sentence for sentence in told if "differ" in sentence][:5]
    assert done.books == county.files["village"]
    assert done.balances > 20 * done.books * len(DAYS) * len(programs)


def test_an_amount_that_was_changed_is_found(county: County, programs: list[Program], tmp_path: Path) -> None:
    file = book_files(county.code, each="township")[0]
    here = our_books(file.books, DAYS)
    for program in programs:
        path = tmp_path / f"books.{program.form}"
        file.write(path, form=program.form, until=LAST)
        told = ours(here, form=program.form)
        assert differences(told, program.balances(path, DAYS)) == []
        accounts = changed(path)
        found = differences(told, program.balances(path, DAYS))
        assert {one.account for one in found} == accounts
        assert {abs((one.theirs or 0) - (one.ours or 0)) for one in found} == {1}
        assert re.search(r"\d+ here, -?\d+ there", str(found[0]))


def test_hledger_comes_to_what_the_books_of_a_township_hold_together(county: County, tmp_path: Path) -> None:
    file = book_files(county.code, each="township")[-1]
    path = tmp_path / "books.journal"
    file.write(path, form="hledger", until=LAST)
    theirs = Hledger().balances(path, DAYS)
    with seeing(SYSTEM.scope):
        top = place_called(file.name).path
        for day in DAYS:
            sums: Counter[tuple[str, str, str]] = Counter()
            for (account, unit), amount in theirs.days[day].items():
                _element, _book, _ledger, chart, code = account.split(":")
                sums[unit, chart, code] += amount
            lines = place_trial_balance(SYSTEM, place_path=top, on=day)
            here = {(line.unit, line.chart, line.code): line.debit - line.credit for line in lines}
            assert len(here) > 10
            assert {key: held for key, held in here.items() if held} == {
                key: held for key, held in sums.items() if held
            }
