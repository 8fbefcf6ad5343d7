"""Reading many books: trial balances of one village and of all, and the check of every balance beside hledger.

    python -m benchmarks.books VILLAGES DENSE

The books are the invented ones of the demonstration, a year of each village, with ``DENSE`` times as many small
vouchers (40 make more than eight million legs of 8,096 villages), and beside them one village with ten years of books.
All are posted through our own import. hledger (Debian's, as a program of its own) adds up the books of as many villages
as it is given in one file; both are told in legs a second, because it does not hold them all.
"""

from __future__ import annotations

import json
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import date, timedelta
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final

from benchmarks.ledgers import FIRST_DAY, drawn, given, open_books, set_up, throwaway
from benchmarks.stack import ROOT
from benchmarks.table import Measure

YEARS: Final = 10
A_YEAR: Final = 1_000  # transfers of the village with ten years of books
LAST_DAY: Final = date(FIRST_DAY.year, 12, 31)  # of the year that is posted in every village
SEED: Final = 20_200_101
OPENED_AT_ONCE: Final = 200
HLEDGER_TRANSFERS: Final = 60_000  # at most, of whole villages
ONE_MAXIMUM: Final = 5.0  # ms, that issue 3 asks for
ALL_MAXIMUM: Final = 2.0  # s
CHECK_MINIMUM: Final = 20.0  # times hledger
TRIES: Final = 200
REALM: Final = ROOT / "realms" / "dezhou"


def loaded(villages: int, dense: int) -> tuple[str, list[str]]:
    """Open the books, post a year in them and ten years in one; return the code of that one, and of the others."""
    from django.utils import timezone

    from tianqu.kernel.journal.api import SYSTEM
    from tianqu.kernel.ledgers.api import known_book, post_many, publish_charts
    from tianqu.kernel.places.api import Place, add_place
    from tianqu.packs.village.demo.edition import read_seats, read_words

    add_place(SYSTEM, code="1", name="一", kind="prefecture", parent_id=None, on=FIRST_DAY)
    place_id = Place.objects.get().id
    publish_charts(REALM / "ledgers")
    words = read_words(REALM)
    assert words is not None
    seats = read_seats(REALM, words)[:villages]
    begun = time.perf_counter()
    long = open_books(count=1, place_id=place_id)[0]
    accounts = opened([seat.code for seat in seats], place_id)
    told(f"{villages:,} books opened in {time.perf_counter() - begun:.0f} s")

    def of_ten_years() -> Iterator[tuple[Any, Any]]:
        invented = drawn(random.Random(5), [long])
        for place, transfer in enumerate(islice(invented, YEARS * A_YEAR)):
            transfer["day"] = (FIRST_DAY + timedelta(days=place % (365 * YEARS))).isoformat()
            yield known_book(long[0], SYSTEM.scope), given(transfer)

    posted = chain(list(of_ten_years()), of_villages(words, seats, accounts, dense))  # the thread reads nothing
    begun = time.perf_counter()
    for batch, count in enumerate(post_many(SYSTEM, at=timezone.now(), transfers=posted)):
        if batch % 20 == 0:
            told(f"{count:,} transfers, {count / (time.perf_counter() - begun):,.0f}/s")
    told(f"{count:,} transfers in {time.perf_counter() - begun:.0f} s")
    return long[0], [seat.code for seat in seats]


def opened(codes: list[str], place_id: Any) -> dict[str, tuple[Any, dict[tuple[str, str], int]]]:
    """Open a book for each village; return it as the process knows it, with its accounts by ledger and code."""
    from tianqu.kernel.journal.api import SYSTEM, seeing
    from tianqu.kernel.ledgers import api
    from tianqu.packs.village.demo.writing import LEDGERS

    for first in range(0, len(codes), OPENED_AT_ONCE):
        books = [
            api.NewBook(code, code, LEDGERS, FIRST_DAY, place_id=place_id)
            for code in codes[first : first + OPENED_AT_ONCE]
        ]
        api.open_books(SYSTEM, books=books)
    accounts: dict[str, dict[tuple[str, str], int]] = {code: {} for code in codes}
    with seeing(SYSTEM.scope):
        rows = api.Account.objects.filter(book__code__in=codes).values_list("book__code", "ledger__code", "code", "id")
        for book, ledger, code, account_id in rows.iterator(chunk_size=20_000):
            accounts[book][ledger, code] = account_id
        known = [api.known_book(code, SYSTEM.scope) for code in codes]
    return {book.code: (book, accounts[book.code]) for book in known}


def of_villages(words: Any, seats: Any, accounts: Any, dense: int) -> Iterator[tuple[Any, Any]]:
    """The transfers of the first year of every village."""
    from tianqu.kernel.ledgers.api import NewLeg, NewTransfer
    from tianqu.packs.village.demo.planning import planned_villages
    from tianqu.packs.village.demo.posting import EXPENSES_A_QUARTER

    for plan in planned_villages(words, seats, seed=SEED, expenses=EXPENSES_A_QUARTER * dense):
        book, ids = accounts[plan.seat.code]
        for one in plan.transfers:
            if one.day <= LAST_DAY:
                legs = tuple(NewLeg(ids[one.ledger, code], amount) for code, amount in one.legs)
                yield book, NewTransfer(one.id, one.day, legs, one.kind, one.purpose, one.reference, one.voucher)


def told(sentence: str) -> None:
    """Say how far it is."""
    print(sentence, file=sys.stderr, flush=True)


def timed(call: Callable[[], object]) -> float:
    """Seconds that a call takes."""
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


def hledger_rate(books: list[str]) -> float | None:
    """Legs a second that hledger adds up, from a file of whole villages; None where it is not installed."""
    from tianqu.gateways.hledger.journal import journal_of
    from tianqu.kernel.journal.api import SYSTEM
    from tianqu.kernel.ledgers.api import book_postings, exported_book

    program = shutil.which("hledger")
    if program is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        path, legs, transfers = Path(folder) / "books.journal", 0, 0
        with path.open("w", encoding="utf-8") as file:
            for code in books:
                book = exported_book(SYSTEM, book=code)
                postings = list(book_postings(book))
                if transfers and transfers + len(postings) > HLEDGER_TRANSFERS:
                    break
                transfers += len(postings)
                legs += sum(len(posting.legs) for posting in postings)
                file.writelines(journal_of(book, postings))
        command = [program, "-f", str(path), "balance", "--flat", "--no-total", "-O", "csv"]
        seconds = timed(lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL))
    told(f"hledger: {transfers:,} transfers, {legs:,} legs in {seconds:.1f} s")
    return legs / seconds


def measures(villages: int, dense: int) -> list[Measure]:
    """Load, read, compare; the lines of the table."""
    from django.db import connection

    from tianqu.kernel.journal.api import SYSTEM, set_scope
    from tianqu.kernel.ledgers.api import place_trial_balance, prove_balances, trial_balance
    from tianqu.project.roles import as_owner

    with throwaway():
        long, books = loaded(villages, dense)
        with as_owner(), connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
        set_scope(SYSTEM.scope)
        chance = random.Random(11)

        def day() -> Any:
            return FIRST_DAY + timedelta(days=chance.randrange(365 * YEARS))

        one = [timed(lambda: trial_balance(SYSTEM, book=long, on=day())) * 1000 for _n in range(TRIES)]
        every = [timed(lambda: place_trial_balance(SYSTEM, place_path="1", on=day())) for _n in range(7)]
        first_days = [FIRST_DAY + timedelta(days=chance.randrange(365)) for _n in range(7)]
        in_year = [timed(lambda on=on: place_trial_balance(SYSTEM, place_path="1", on=on)) for on in first_days]
        begun = time.perf_counter()
        proof = prove_balances()
        seconds = time.perf_counter() - begun
        assert proof.difference_count == 0, proof.differences[:3]
        theirs = hledger_rate(books)
    ours = proof.legs / seconds
    worst = max(statistics.median(every), statistics.median(in_year))
    return [
        Measure(
            f"trial balance of a village, {YEARS} years of books", f"{statistics.median(one):.1f} ms",
            f"p95 {sorted(one)[int(TRIES * 0.95)]:.1f} ms", statistics.median(one), " ms", "at most", ONE_MAXIMUM,
        ),
        Measure(
            f"trial balance of all {villages:,} villages", f"{worst:.2f} s", f"{proof.legs:,} legs", worst, " s",
            "at most", ALL_MAXIMUM,
        ),
        Measure(
            "check of all balances", f"{ours:,.0f} legs/s",
            f"{theirs:,.0f} legs/s hledger" if theirs else "hledger is not here", ours / theirs if theirs else None,
            " ×", "at least", CHECK_MINIMUM,
        ),
    ]  # fmt: skip


if __name__ == "__main__":
    set_up()
    print(json.dumps([asdict(measure) for measure in measures(int(sys.argv[1]), int(sys.argv[2]))]))
