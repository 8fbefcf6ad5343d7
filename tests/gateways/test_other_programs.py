"""hledger and Beancount, as programs of their own, come to our balances from what was written for them.

Neither is shipped. hledger is Debian's; Beancount is installed from PyPI into an environment of its own.
"""

from __future__ import annotations

import csv
import io
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.utils import timezone

from tests.kernel.ledgers.conftest import village
from tests.kernel.ledgers.village import BOOK, FIRST, OTHER_BOOK, Village
from tianqu.gateways.beancount import ledger
from tianqu.gateways.hledger import journal
from tianqu.kernel.journal.api import SYSTEM, seeing
from tianqu.kernel.ledgers import api
from tianqu.project.book_files import export_books

__all__ = ["village"]
pytestmark = [pytest.mark.django_db, pytest.mark.slow]
BEANCOUNT = "beancount==3.2.0"
LAST = date(2024, 12, 31)
TOTALS = """
import sys
from collections import defaultdict
from beancount import loader
from beancount.core.data import Transaction
entries, errors, options = loader.load_file(sys.argv[1])
assert not errors, errors[:3]
totals = defaultdict(int)
for entry in entries:
    if isinstance(entry, Transaction):
        for posting in entry.postings:
            assert posting.units.number == int(posting.units.number)
            totals[posting.account, posting.units.currency] += int(posting.units.number)
for (account, currency), total in totals.items():
    print(account, currency, total, sep="\\t")
"""


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


def written(folder: Path, form: str, suffix: str) -> Path:
    path = folder / f"books{suffix}"
    with path.open("w", encoding="utf-8") as file:
        export_books(file, form=form, place="P", until=LAST)
    return path


def ours(naming: object) -> dict[tuple[str, str], int]:
    """Our balances at the end of the year, by the account's name and unit in the other program, but for zeros."""
    told = {}
    with seeing(SYSTEM.scope):
        for code in (BOOK, OTHER_BOOK):
            book = api.exported_book(SYSTEM, book=code)
            for line in api.trial_balance(SYSTEM, book=code, on=LAST):
                account = book.accounts[line.account_id]
                unit = ledger.currency(line.unit) if naming is ledger else line.unit
                if line.amount:
                    told[naming.account_name(book, account), unit] = line.amount  # type: ignore[attr-defined]
    assert len(told) > 8
    return told


def test_hledger_comes_to_our_balances(books: Village, tmp_path: Path) -> None:
    program = shutil.which("hledger")
    if program is None:
        pytest.fail("hledger is not on this machine: tools/machine.sh installs it")
    path = written(tmp_path, "hledger", ".journal")
    command = [program, "-f", str(path), "balance", "--flat", "--no-total", "-O", "csv", "--layout=bare"]
    told = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert told.returncode == 0, told.stderr
    rows = list(csv.DictReader(io.StringIO(told.stdout)))
    theirs = {(row["account"], row["commodity"]): int(row["balance"]) for row in rows if int(row["balance"])}
    assert theirs == ours(journal)


def test_beancount_comes_to_our_balances(books: Village, tmp_path: Path) -> None:
    python = tmp_path / "environment" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", str(python.parents[1])], check=True)
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", BEANCOUNT]
    subprocess.run(install, check=True)
    path = written(tmp_path, "beancount", ".beancount")
    told = subprocess.run([str(python), "-c", TOTALS, str(path)], capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    lines = [line.split("\t") for line in told.stdout.splitlines()]
    assert {(account, unit): int(total) for account, unit, total in lines if int(total)} == ours(ledger)
