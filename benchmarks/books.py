"""Reading many books: trial balances of one village and of all, and the check of every balance beside hledger.

    python -m benchmarks.books VILLAGES TRANSFERS_A_VILLAGE

The books of a prefecture's year are invented and posted through our own import. hledger (Debian's, as a program of its
own) adds up the books of as many villages as it is given in one file; both are told in legs a second, because it does
not hold them all.
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
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from benchmarks.ledgers import FIRST_DAY, drawn, given, open_books, set_up, throwaway
from benchmarks.table import Measure

YEARS: Final = 10
A_YEAR: Final = 1_000  # transfers of the village with ten years of books
HLEDGER_TRANSFERS: Final = 60_000  # at most, of whole villages
ONE_MAXIMUM: Final = 5.0  # ms, that issue 3 asks for
ALL_MAXIMUM: Final = 2.0  # s
CHECK_MINIMUM: Final = 20.0  # times hledger
TRIES: Final = 200


def loaded(villages: int, each: int) -> list[tuple[str, list[int]]]:
    """Open the books and post a year in them, and ten years in the first; say how far it is."""
    from django.utils import timezone

    from tianqu.kernel.journal.api import SYSTEM
    from tianqu.kernel.ledgers.api import known_book, post_many
    from tianqu.kernel.places.api import Place, add_place

    add_place(SYSTEM, code="1", name="一", kind="prefecture", parent_id=None, on=FIRST_DAY)
    books = open_books(count=villages, place_id=Place.objects.get().id)
    known = [known_book(code, SYSTEM.scope) for code, _accounts in books]
    chance = random.Random(5)

    def transfers() -> Iterator[tuple[Any, Any]]:
        for number, book in enumerate(books):
            of_one = drawn(chance, [book])
            for place in range(YEARS * A_YEAR if number == 0 else each):
                told = next(of_one)
                if number == 0:
                    told["day"] = (FIRST_DAY + timedelta(days=place % (365 * YEARS))).isoformat()
                yield known[number], given(told)

    begun = time.perf_counter()
    for count in post_many(SYSTEM, at=timezone.now(), transfers=transfers()):
        if count // 8190 % 20 == 0:
            print(f"{count:,} transfers, {count / (time.perf_counter() - begun):,.0f}/s", file=sys.stderr, flush=True)
    return books


def timed(call: Callable[[], object]) -> float:
    """Seconds that a call takes."""
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


def hledger_rate(books: list[tuple[str, list[int]]], each: int) -> float | None:
    """Legs a second that hledger adds up, from a file of whole villages; None where it is not installed."""
    from tianqu.gateways.hledger.journal import journal_of
    from tianqu.kernel.journal.api import SYSTEM
    from tianqu.kernel.ledgers.api import book_postings, exported_book

    program = shutil.which("hledger")
    if program is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        path, legs = Path(folder) / "books.journal", 0
        with path.open("w", encoding="utf-8") as file:
            for code, _accounts in books[1 : 1 + max(1, HLEDGER_TRANSFERS // each)]:
                book = exported_book(SYSTEM, book=code)
                postings = list(book_postings(book))
                legs += sum(len(posting.legs) for posting in postings)
                file.writelines(journal_of(book, postings))
        command = [program, "-f", str(path), "balance", "--flat", "--no-total", "-O", "csv"]
        seconds = timed(lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL))
    return legs / seconds


def measures(villages: int, each: int) -> list[Measure]:
    """Load, read, compare; the lines of the table."""
    from django.db import connection

    from tianqu.kernel.journal.api import SYSTEM, set_scope
    from tianqu.kernel.ledgers.api import place_trial_balance, prove_balances, trial_balance

    with throwaway():
        books = loaded(villages, each)
        set_scope(SYSTEM.scope)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
        chance = random.Random(11)

        def day() -> Any:
            return FIRST_DAY + timedelta(days=chance.randrange(365 * YEARS))

        one = [timed(lambda: trial_balance(SYSTEM, book=books[0][0], on=day())) * 1000 for _n in range(TRIES)]
        every = [timed(lambda: place_trial_balance(SYSTEM, place_path="1", on=day())) for _n in range(7)]
        first_days = [FIRST_DAY + timedelta(days=chance.randrange(365)) for _n in range(7)]
        in_year = [timed(lambda on=on: place_trial_balance(SYSTEM, place_path="1", on=on)) for on in first_days]
        begun = time.perf_counter()
        proof = prove_balances()
        seconds = time.perf_counter() - begun
        assert proof.difference_count == 0, proof.differences[:3]
        theirs = hledger_rate(books, each)
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
