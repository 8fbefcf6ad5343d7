"""Let hledger and Beancount, as programs of their own, come to our balances: every account of every book of a place.

    python -m tools.agreement --place 371400 --each township --on 2020-02-15 --on 2020-12-31

The books of an installation (``TIANQU_VAR``) are written as ``tianqu books export`` writes them, into one file for each
village, township or county, and so a little at a time. Each program reads the file and says what each account holds at
the end of each day. Each file and the balances that it is compared with are read from one snapshot; nothing is written.
Whatever differs is named, and the program ends with 1. hledger is Debian's (tools/machine.sh); Beancount is installed
from PyPI into a folder that is thrown away, unless ``--python`` names a Python that has it.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from tianqu.kernel.ledgers.api import ExportedBook, TrialLine

BEANCOUNT: Final = "beancount==3.2.0"
FORMS: Final = ("hledger", "beancount")
SHOWN_MAX: Final = 20  # differences of a file
PAGE: Final = 500  # books
TOGETHER: Final = 100  # books that lie in no place of the kind


@dataclass(frozen=True, slots=True)
class Balances:
    """Which accounts there are, and what they hold at the end of some days by (account, unit), but for zeros."""

    accounts: frozenset[str]
    days: dict[date, dict[tuple[str, str], int]]


@dataclass(frozen=True, slots=True)
class Difference:
    """An account that is not the same: None for the amounts where the other program does not know it at all."""

    account: str
    day: date | None = None
    unit: str = ""
    ours: int | None = None
    theirs: int | None = None

    def __str__(self) -> str:
        if self.day is None:
            return f"{self.account} is on one side alone"
        return f"{self.day} {self.account}: {self.ours} here, {self.theirs} there, {self.unit}"


class Program(Protocol):
    """A program that reads a file of books and says what their accounts hold."""

    form: str

    def balances(self, path: Path, days: Sequence[date]) -> Balances:
        """What it makes of a file. Raises ``RuntimeError`` with its words where it does not take it."""


class Hledger:
    """hledger, as it is found on this machine."""

    form = "hledger"

    def __init__(self) -> None:
        found = shutil.which("hledger")
        if found is None:
            raise RuntimeError("hledger is not on this machine: tools/machine.sh installs it")
        self._program = found

    def balances(self, path: Path, days: Sequence[date]) -> Balances:
        """A run for each day and one for the accounts: ``--declared`` takes too long for many accounts."""
        accounts = self._said(path, "accounts").splitlines()
        return Balances(frozenset(accounts), {day: self._held(path, day) for day in days})

    def _held(self, path: Path, day: date) -> dict[tuple[str, str], int]:
        form = ("--flat", "--no-total", "--layout=bare", "-O", "csv")
        told = self._said(path, "balance", *form, "--end", str(day + timedelta(days=1)))
        rows = csv.DictReader(io.StringIO(told))
        return {(row["account"], row["commodity"]): int(row["balance"]) for row in rows if int(row["balance"])}

    def _said(self, path: Path, *command: str) -> str:
        asked = [self._program, "-f", str(path), *command]
        ran = subprocess.run(asked, capture_output=True, text=True, encoding="utf-8", check=False)
        if ran.returncode != 0:
            raise RuntimeError(ran.stderr)
        return ran.stdout


class Beancount:
    """Beancount in a process that reads one file after the other."""

    form = "beancount"

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def balances(self, path: Path, days: Sequence[date]) -> Balances:
        """What it makes of a file in one run."""
        asked, answers = self._process.stdin, self._process.stdout
        assert asked is not None and answers is not None
        print(json.dumps({"path": str(path), "days": [str(day) for day in days]}), file=asked, flush=True)
        line = answers.readline()
        if not line:
            raise RuntimeError(f"Beancount has ended with {self._process.wait()}")
        told = json.loads(line)
        if told["errors"]:
            raise RuntimeError("; ".join(told["errors"]))
        of_days = ({(account, unit): held for account, unit, held in held_then} for held_then in told["days"])
        return Balances(frozenset(told["accounts"]), dict(zip(days, of_days, strict=True)))


@contextmanager
def beancount(python: Path | None = None) -> Iterator[Beancount]:
    """Beancount, run by a Python that has it, or installed into a folder that is thrown away."""
    script = Path(__file__).with_name("beancount_balances.py")
    with tempfile.TemporaryDirectory() as folder:
        program = python or _with_beancount(Path(folder))
        with subprocess.Popen(
            [str(program), str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8",
            env=os.environ | {"BEANCOUNT_DISABLE_LOAD_CACHE": "1", "PYTHONUTF8": "1"},
        ) as process:  # fmt: skip
            yield Beancount(process)


def _with_beancount(folder: Path) -> Path:
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    python = folder / "bin" / "python"
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", BEANCOUNT]
    subprocess.run(install, check=True)
    return python


# Our side.


@dataclass(frozen=True, slots=True)
class BookFile:
    """One file of books: what the export is asked for, one thing after the other, and which books it holds."""

    name: str
    chosen: tuple[dict[str, str], ...]
    books: tuple[str, ...]

    def write(self, path: Path, *, form: str, until: date) -> int:
        """Write the file as the command would; return how many postings it holds."""
        from tianqu.project.book_files import export_books

        with path.open("w", encoding="utf-8") as output:
            written = [export_books(output, form=form, until=until, **chosen) for chosen in self.chosen]
        assert sum(books for books, _postings in written) == len(self.books), self.name
        return sum(postings for _books, postings in written)


def book_files(place: str, *, each: str) -> list[BookFile]:
    """Which files tell all books of a place: one for each place of a kind in it, then books above those, together."""
    from django.db.models import F

    from tianqu.kernel.journal.api import SYSTEM, seeing
    from tianqu.kernel.places.api import Place
    from tianqu.project.book_files import path_of_books

    with seeing(SYSTEM.scope):
        top = path_of_books(place)
        rows = Place.objects.filter(path__under=top, kind=each).order_by(F("valid_to").asc(nulls_last=True))
        last = dict(rows.values_list("code", "path"))  # the export takes a code for where the place is, or was last
        heads = {path: code for code, path in last.items()}
        held: dict[str, list[str]] = {}
        alone: list[str] = []
        for code, path in _books(top):
            labels = path.split(".")
            above = (".".join(labels[:depth]) for depth in range(len(labels), 0, -1))
            head = next((heads[one] for one in above if one in heads), None)
            (alone if head is None else held.setdefault(head, [])).append(code)
    files = [BookFile(head, ({"place": head},), tuple(codes)) for head, codes in sorted(held.items())]
    parts = [alone[first : first + TOGETHER] for first in range(0, len(alone), TOGETHER)]
    return files + [BookFile(f"{part[0]} …", tuple({"book": one} for one in part), tuple(part)) for part in parts]


def _books(place_path: str) -> Iterator[tuple[str, str]]:
    from tianqu.kernel.journal.api import SYSTEM
    from tianqu.kernel.ledgers.api import books_list

    after: str | None = ""
    while after is not None:
        page = books_list(SYSTEM, place_path=place_path, after=after, limit=PAGE)
        yield from ((book.code, str(book.place_path)) for book in page.rows)
        after = page.after


@dataclass(frozen=True, slots=True)
class OurBook:
    """A book with its trial balances on some days."""

    book: ExportedBook
    days: dict[date, list[TrialLine]]


def our_books(codes: Iterable[str], days: Sequence[date]) -> list[OurBook]:
    """The books with their trial balances, as our own pages tell them."""
    from tianqu.kernel.journal.api import SYSTEM, seeing
    from tianqu.kernel.ledgers.api import exported_book, trial_balance

    with seeing(SYSTEM.scope):
        return [
            OurBook(exported_book(SYSTEM, book=code), {day: trial_balance(SYSTEM, book=code, on=day) for day in days})
            for code in codes
        ]


def ours(books: Iterable[OurBook], *, form: str) -> Balances:
    """Our balances under the names of accounts and units in another program."""
    from tianqu.gateways.beancount import ledger
    from tianqu.gateways.hledger import journal

    accounts: set[str] = set()
    days: dict[date, dict[tuple[str, str], int]] = {}
    for one in books:
        naming: Any = ledger if form == "beancount" else journal
        names = {id: naming.account_name(one.book, account) for id, account in one.book.accounts.items()}
        accounts.update(names.values())
        for day, lines in one.days.items():
            held = days.setdefault(day, {})
            for line in lines:
                unit = ledger.currency(line.unit) if form == "beancount" else line.unit
                if line.amount:
                    held[names[line.account_id], unit] = line.amount
    return Balances(frozenset(accounts), days)


def differences(ours: Balances, theirs: Balances) -> list[Difference]:
    """Every account that one side alone has, and every balance that is not the same."""
    found = [Difference(account) for account in sorted(ours.accounts ^ theirs.accounts)]
    for day, held in ours.days.items():
        there = theirs.days[day]
        for key in sorted(held.keys() | there.keys()):
            if held.get(key, 0) != there.get(key, 0):
                found.append(Difference(key[0], day, key[1], held.get(key, 0), there.get(key, 0)))
    return found


@dataclass(slots=True)
class Compared:
    """What came of the files so far."""

    books: int = 0
    postings: int = 0
    balances: int = 0
    differences: int = 0


def compare(
    files: Sequence[BookFile], programs: Sequence[Program], days: Sequence[date], *, tell: Any = None
) -> Compared:
    """Write each file for each program, let that read it, and compare; ``tell`` is given a sentence about each."""
    done, begun = Compared(), time.perf_counter()
    total = sum(len(file.books) for file in files)
    for file in files:
        with tempfile.TemporaryDirectory() as folder:
            paths, books = _written(Path(folder), file, programs, days, done)
            said = []
            for program in programs:
                started = time.perf_counter()
                here = ours(books, form=program.form)
                found = differences(here, program.balances(paths[program.form], days))
                done.balances += len(here.accounts) * len(days)
                done.differences += len(found)
                verdict = f"{len(found)} differ" if found else "agrees"
                said.append(f"{program.form} {verdict} ({time.perf_counter() - started:.1f} s)")
                said.extend(f"\n  {difference}" for difference in found[:SHOWN_MAX])
        done.books += len(file.books)
        if tell:
            left = (time.perf_counter() - begun) / done.books * (total - done.books)
            tell(
                f"{file.name}  {len(file.books):,} books  {', '.join(said)};  {done.books:,} of {total:,},"
                f" {done.postings:,} postings, about {left / 60:.0f} min left"
            )
    return done


def _written(
    folder: Path, file: BookFile, programs: Sequence[Program], days: Sequence[date], done: Compared
) -> tuple[dict[str, Path], list[OurBook]]:
    """Write a file for each program, and read what we make of its books, from one snapshot."""
    from tianqu.kernel.journal.api import SYSTEM, seeing
    from tianqu.project.book_files import one_snapshot

    paths = {program.form: folder / f"books.{program.form}" for program in programs}
    with seeing(SYSTEM.scope), one_snapshot():
        postings = [file.write(path, form=form, until=max(days)) for form, path in paths.items()]
        done.postings += postings[0]
        return paths, our_books(file.books, days)


def main() -> int:
    """Compare an installation's books."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--place", required=True, help="code of a place: all books there and below")
    parser.add_argument("--each", default="township", help="the kind of place that has a file (township)")
    parser.add_argument("--on", action="append", type=date.fromisoformat, required=True, help="a day; more than once")
    parser.add_argument("--only", choices=FORMS, help="one of the programs alone")
    parser.add_argument("--python", type=Path, help="a Python that has Beancount; else it is installed from PyPI")
    asked = parser.parse_args()

    from tianqu.project.starting import start_django

    start_django()
    begun = time.perf_counter()
    with ExitStack() as stack:
        programs: list[Program] = []
        if asked.only != "beancount":
            programs.append(Hledger())
        if asked.only != "hledger":
            programs.append(stack.enter_context(beancount(asked.python)))
        files = book_files(asked.place, each=asked.each)
        done = compare(files, programs, sorted(set(asked.on)), tell=lambda sentence: print(sentence, flush=True))
    print(
        f"{done.books:,} books in {len(files):,} files, {done.postings:,} postings: {done.balances:,} balances,"
        f" {done.differences:,} differ, in {time.perf_counter() - begun:.0f} s"
    )
    return 1 if done.differences or not done.books else 0


if __name__ == "__main__":
    sys.exit(main())
