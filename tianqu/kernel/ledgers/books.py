"""Books, their ledgers and accounts: opening them, bounding them, closing them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import F

from tianqu.base.canonical import INTEGER_MAX
from tianqu.base.errors import Conflict, InvalidInput, NotFound, TooLarge, _
from tianqu.base.identifiers import new_identifier
from tianqu.base.quantities import unit_of
from tianqu.base.texts import clean_text
from tianqu.kernel.journal.api import Acting, act
from tianqu.kernel.ledgers.charts import ACCOUNT_CODE, NAME_MAX, ChartLine, chart_called, check_kind_of_account
from tianqu.kernel.ledgers.known_books import book_log_name, no_book
from tianqu.kernel.ledgers.models import Account, Book, Chart, Ledger
from tianqu.kernel.ledgers.refusals import lawful
from tianqu.kernel.places.api import Place, Unit, place_with, require, unit_with, within_scope

BOOK_CODE: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")
LEDGER_CODE: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
LEDGERS_MAX: Final = 20
BOOKS_MAX: Final = 500  # opened at once
ACCOUNTS_MAX: Final = 20_000  # of a book, told as a whole
ROWS_AT_ONCE: Final = 2_000  # in a statement of a bulk
YEARS: Final = range(1949, 2200)


@dataclass(frozen=True, slots=True)
class NewLedger:
    """A ledger to be opened: its code within the book, its unit, and the chart whose accounts it gets ("" for none)."""

    code: str
    unit: str
    chart: str = ""


@dataclass(frozen=True, slots=True)
class _Owner:
    """Whose a book is, as the question of scope takes it."""

    unit_id: UUID | None
    place_id: UUID
    place_path: str


def _owner(unit_id: UUID | None, *, place_id: UUID | None) -> _Owner:
    if (unit_id is None) == (place_id is None):
        raise InvalidInput(
            _("A book belongs to a unit or to a place."), field="unit_id", remedy=_("Name one of the two.")
        )
    place = unit_with(unit_id).place if unit_id is not None else place_with(place_id)  # type: ignore[arg-type]
    return _Owner(unit_id, place.id, place.path)


def _may_open(acting: Acting, /, **arguments: Any) -> None:
    require(acting.actor, acting.act)
    require(acting.actor, acting.act, _owner(arguments.get("unit_id"), place_id=arguments.get("place_id")))


def book_called(code: str) -> Book:
    """Return a book within the connection's sight. Raises ``NotFound``."""
    book = Book.objects.filter(code=code[:200]).first()
    if book is None:
        raise no_book(code)
    return book


def account_with(account_id: int) -> Account:
    """Return an account within the connection's sight, with its book and ledger. Raises ``NotFound``."""
    account = Account.objects.select_related("book", "ledger").filter(id=account_id).first()
    if account is None:
        raise no_account(account_id)
    return account


def no_account(account_id: int) -> NotFound:
    """Return the error for an account that is not there, or not within sight: the two are not told apart."""
    return NotFound(
        _("There is no such account in the books."), field="account_id", value=account_id,
        remedy=_("Look it up among the accounts of its book."),
    )  # fmt: skip


def may_on_book(acting: Acting, /, **arguments: Any) -> None:
    """Require the act's permission on the book that it names; a book out of sight is not there."""
    require(acting.actor, acting.act)
    book = book_called(arguments["book"])
    if not within_scope(acting.actor.scope, book):
        raise no_book(book.code)


def may_on_account(acting: Acting, /, **arguments: Any) -> None:
    """Require the act's permission on the book of the account that it names."""
    require(acting.actor, acting.act)
    account = account_with(arguments["account_id"])
    if not within_scope(acting.actor.scope, account.book):
        raise no_account(account.id)


@dataclass(frozen=True, slots=True)
class NewBook:
    """A book to be opened: its public code, its names, its ledgers, and its owner, a unit or a place."""

    code: str
    name: str
    ledgers: tuple[NewLedger, ...]
    first_day: date
    name_en: str = ""
    unit_id: UUID | None = None
    place_id: UUID | None = None


@act("ledgers.open_book", may=_may_open)
def open_book(
    acting: Acting,
    *,
    code: str,
    name: str,
    ledgers: Sequence[NewLedger],
    first_day: date,
    name_en: str = "",
    unit_id: UUID | None = None,
    place_id: UUID | None = None,
) -> UUID:
    """Open a book with its ledgers, each with the accounts of its chart, and return the book's identifier.

    ``code`` is public and never changes: the book's entries in the log carry it. Raises ``InvalidInput`` for what
    cannot be a code, a unit or a day, ``NotFound`` for an unknown chart, ``Conflict`` for a code that is taken.
    """
    owner = _owner(unit_id, place_id=place_id)
    given = NewBook(code, name, tuple(ledgers), first_day, name_en, unit_id, place_id)
    return open_all(acting, [(given, owner)])[0]


def _may_open_many(acting: Acting, /, **arguments: Any) -> None:
    require(acting.actor, acting.act)
    for owner in _owners(arguments["books"]):
        require(acting.actor, acting.act, owner)


def open_books_within(acting: Acting, *, books: Sequence[NewBook]) -> list[UUID]:
    """Open up to 500 books as ``open_book`` does, all or none, a few statements for all; return their identifiers.

    For imports, and for another act, which has asked for its own permission. Raises as ``open_book`` does.
    """
    check_books_count(len(books))
    return open_all(acting, list(zip(books, _owners(books), strict=True)))


open_books = act("ledgers.open_books", may=_may_open_many)(open_books_within)


def check_books_count(count: int) -> None:
    """Refuse more books than one act takes. Raises ``TooLarge``."""
    if not 1 <= count <= BOOKS_MAX:
        raise TooLarge(
            _("From 1 to %(most)s books are taken at once."), field="books", value=count, most=BOOKS_MAX,
            remedy=_("Send them in several parts."),
        )  # fmt: skip


def _owners(books: Sequence[NewBook]) -> list[_Owner]:
    """The owner of each book. Raises ``InvalidInput`` for a book of none or two, ``NotFound`` for an unknown owner."""
    check_books_count(len(books))
    units = Unit.objects.select_related("place").defer("place__boundary").filter(id__in=[one.unit_id for one in books])
    places = Place.objects.defer("boundary").filter(id__in=[one.place_id for one in books])
    known: dict[tuple[UUID | None, UUID | None], _Owner] = {
        **{(unit.id, None): _Owner(unit.id, unit.place_id, unit.place.path) for unit in units},
        **{(None, place.id): _Owner(None, place.id, place.path) for place in places},
    }
    # Whoever is not known is none or two, or is not there: that is said as for a single book.
    return [
        known.get((one.unit_id, one.place_id)) or _owner(one.unit_id, place_id=one.place_id) for one in books
    ]  # fmt: skip


def open_all(acting: Acting, given: Sequence[tuple[NewBook, _Owner]]) -> list[UUID]:
    """Open books within an act, each with its entry; return their identifiers."""
    for book, _who in given:
        _check_book(book)
    codes = [book.code for book, _who in given]
    taken = Book.objects.filter(code__in=codes).order_by("code").first()
    if taken is not None or len(set(codes)) != len(codes):
        twice = taken.code if taken is not None else next(code for code in codes if codes.count(code) > 1)
        raise Conflict(_("There is a book %(value)s already."), field="code", value=twice)
    made = Book.objects.bulk_create([
        Book(
            id=new_identifier(), code=book.code, name=clean_text(book.name, field="name", most=NAME_MAX, wanted=True),
            name_en=clean_text(book.name_en, field="name_en", most=NAME_MAX), unit_id=who.unit_id,
            place_id=who.place_id, place_path=who.place_path, first_day=book.first_day, opened_at=acting.now,
        )
        for book, who in given
    ])  # fmt: skip
    opened = _open_ledgers(made, [book for book, _who in given])
    acting.record_in_books([
        (
            f"book:{book.id}",
            {
                "code": book.code, "name": book.name, "name_en": book.name_en, "unit": book.unit_id,
                "place": book.place_id, "place_path": book.place_path, "first_day": book.first_day,
                "ledgers": opened[book.id],
            },
            book_log_name(book.code),
        )
        for book in made
    ])  # fmt: skip
    return [book.id for book in made]


def _check_book(book: NewBook) -> None:
    if not BOOK_CODE.fullmatch(book.code):
        raise _bad_code(book.code, field="code")
    check_day(book.first_day, field="first_day")
    if not 1 <= len(book.ledgers) <= LEDGERS_MAX or len({one.code for one in book.ledgers}) != len(book.ledgers):
        raise InvalidInput(
            _("A book has from 1 to %(most)s ledgers, each with a code of its own."), field="ledgers",
            value=len(book.ledgers), most=LEDGERS_MAX,
        )  # fmt: skip
    for index, ledger in enumerate(book.ledgers):
        if not LEDGER_CODE.fullmatch(ledger.code):
            raise _bad_code(ledger.code, field=f"ledgers.{index}")
        unit_of(ledger.unit)


def _open_ledgers(books: Sequence[Book], given: Sequence[NewBook]) -> dict[UUID, list[dict[str, Any]]]:
    """Open the ledgers of new books, each with the accounts of its chart; return what their entries say."""
    wanted = [(book, ledger) for book, new in zip(books, given, strict=True) for ledger in new.ledgers]
    made = Ledger.objects.bulk_create(
        [Ledger(book=book, code=ledger.code, unit=ledger.unit) for book, ledger in wanted], batch_size=ROWS_AT_ONCE
    )
    by_chart: dict[tuple[str, date], list[int]] = {}
    for ledger, (book, new) in zip(made, wanted, strict=True):
        if new.chart:
            by_chart.setdefault((new.chart, book.first_day), []).append(ledger.id)
    accounts: dict[int, list[list[Any]]] = {}
    for (chart, on), ledger_ids in by_chart.items():
        accounts |= _open_accounts(ledger_ids, chart, on=on)
    opened: dict[UUID, list[dict[str, Any]]] = {book.id: [] for book in books}
    for ledger, (book, new) in zip(made, wanted, strict=True):
        of_ledger = accounts.get(ledger.id, [])
        opened[book.id].append({"ledger": new.code, "unit": new.unit, "chart": new.chart, "accounts": of_ledger})
    return opened


_OPEN_ACCOUNTS: Final = """
INSERT INTO ledgers_account (ledger_id, book_id, chart, code, name, name_en, element, side, parent_id, opened_on)
SELECT g.id, g.book_id, %(chart)s, l.code, l.name, l.name_en, l.element, l.side, p.id, %(on)s
FROM ledgers_ledger g
    CROSS JOIN unnest(
        %(codes)s::text[], %(names)s::text[], %(names_en)s::text[], %(elements)s::text[], %(sides)s::text[],
        %(parents)s::text[]) WITH ORDINALITY AS l (code, name, name_en, element, side, parent, place)
    LEFT JOIN ledgers_account p ON l.parent <> '' AND p.ledger_id = g.id AND p.chart = %(chart)s AND p.code = l.parent
WHERE g.id = ANY (%(ledgers)s) ORDER BY g.id, l.place
RETURNING id, ledger_id, code
"""


def _open_accounts(ledger_ids: Sequence[int], chart: str, *, on: date) -> dict[int, list[list[Any]]]:
    """Open every account of a chart in new ledgers, those above before those below; return [identifier, code] of each.

    In the order of the chart.
    """
    lines = [ChartLine(**line) for line in chart_called(chart, on=on).lines]
    opened: dict[int, dict[str, int]] = {ledger_id: {} for ledger_id in ledger_ids}
    done = {""}
    while level := [line for line in lines if line.parent in done and line.code not in done]:
        with lawful(), connection.cursor() as cursor:
            cursor.execute(_OPEN_ACCOUNTS, {
                "chart": chart, "on": on, "ledgers": list(ledger_ids), "codes": [line.code for line in level],
                "names": [line.name for line in level], "names_en": [line.name_en for line in level],
                "elements": [line.element for line in level], "sides": [line.side for line in level],
                "parents": [line.parent for line in level],
            })  # fmt: skip
            for account_id, ledger_id, code in cursor.fetchall():
                opened[ledger_id][code] = account_id
        done |= {line.code for line in level}
    return {
        ledger_id: [[codes[line.code], line.code] for line in lines] for ledger_id, codes in opened.items()
    }  # fmt: skip


def _account_of(line: ChartLine, ledger: Ledger, chart: str, on: date, parent: Account | None) -> Account:
    return Account(
        ledger=ledger, book_id=ledger.book_id, chart=chart, code=line.code, name=line.name, name_en=line.name_en,
        element=line.element, side=line.side, opened_on=on, parent=parent,
    )  # fmt: skip


def open_chart(ledger: Ledger, chart_code: str, *, on: date) -> list[Account]:
    """Open every account of a chart in a ledger, but for those that are there; return all of the chart's."""
    chart: Chart = chart_called(chart_code, on=on)
    there = {account.code: account for account in Account.objects.filter(ledger=ledger, chart=chart_code)}
    for line in (ChartLine(**line) for line in chart.lines):
        if line.code not in there:
            parent = there[line.parent] if line.parent else None
            there[line.code] = _account_of(line, ledger, chart_code, on, parent)
            there[line.code].save(force_insert=True)
    return list(there.values())


def open_account_within(
    acting: Acting,
    *,
    book: str,
    ledger: str,
    code: str,
    name: str,
    element: str,
    side: str,
    opened_on: date,
    chart: str = "",
    name_en: str = "",
    parent_id: int | None = None,
    balance_min: int | None = None,
    balance_max: int | None = None,
) -> int:
    """Open an account beside those of the chart, or below one of them, and return its identifier.

    ``balance_min`` and ``balance_max`` bound the balance on the account's own side, in the smallest unit. Raises
    ``NotFound`` for a ledger that the book has not and for a chart that was never published.
    """
    found = book_called(book)
    within = Ledger.objects.filter(book=found, code=ledger[:40]).first()
    if within is None:
        raise NotFound(
            _("This book has no ledger %(value)s."), field="ledger", value=ledger[:40],
            remedy=_("Choose one of the ledgers of the book."),
        )  # fmt: skip
    if not ACCOUNT_CODE.fullmatch(code):
        raise _bad_code(code, field="code")
    if chart:
        chart_called(chart)  # the book's files name accounts by it
    check_kind_of_account(element=element, side=side)
    _check_limits(balance_min, most=balance_max)
    check_day(opened_on, field="opened_on")
    if opened_on < found.first_day:
        raise InvalidInput(_("This day lies before the book begins."), field="opened_on", value=opened_on.isoformat())
    parent = account_with(parent_id) if parent_id is not None else None
    if parent is not None and parent.ledger_id != within.id:
        raise InvalidInput(_("The account above lies in another ledger."), field="parent_id", value=parent_id)
    with lawful():
        account = Account.objects.create(
            ledger=within, book=found, chart=chart, code=code, element=element, side=side, opened_on=opened_on,
            name=clean_text(name, field="name", most=NAME_MAX, wanted=True), parent=parent,
            name_en=clean_text(name_en, field="name_en", most=NAME_MAX), balance_min=balance_min,
            balance_max=balance_max,
        )  # fmt: skip
    _record(acting, account)
    return account.id


def needed_account_within(acting: Acting, *, book: str, ledger: str, code: str, **new: Any) -> int:
    """Return the identifier of an account, which is opened when it is first needed, as ``new`` says."""
    known = Account.objects.filter(book__code=book, ledger__code=ledger, code=code).first()
    if known is not None:
        return known.id
    return open_account_within(acting, book=book, ledger=ledger, code=code, **new)


open_account = act("ledgers.open_account", may=may_on_book)(open_account_within)


@act("ledgers.limit_account", may=may_on_account)
def limit_account(
    acting: Acting, *, account_id: int, balance_min: int | None = None, balance_max: int | None = None
) -> None:
    """Bound what an account may hold, pending transfers counted against it; None is no bound.

    A quota or a budget is a greatest balance, a pool that must not run dry a least one. Raises ``Conflict`` where
    the balance is out of the bounds already.
    """
    _check_limits(balance_min, most=balance_max)
    account = account_with(account_id)
    account.balance_min, account.balance_max = balance_min, balance_max
    with lawful():
        account.save(update_fields=["balance_min", "balance_max"])
    _record(acting, account)


@act("ledgers.close_account", may=may_on_account)
def close_account(acting: Acting, *, account_id: int, closed_on: date) -> None:
    """Close an account from a day on; it must be empty. A closed account takes nothing, whatever its day."""
    account = account_with(account_id)
    if account.closed_on is not None:
        raise Conflict(_("This account is closed already."), field="account_id", value=account_id)
    check_day(closed_on, field="closed_on")
    close_accounts(acting, [account], on=closed_on)


def close_accounts(acting: Acting, accounts: Sequence[Account], *, on: date) -> None:
    """Close accounts within an act, each with its entry."""
    for account in accounts:
        if on < account.opened_on:
            raise InvalidInput(
                _("This day lies before the account was opened."), field="closed_on", value=on.isoformat()
            )
        account.closed_on = on
        with lawful():
            account.save(update_fields=["closed_on"])
        _record(acting, account)


def _record(acting: Acting, account: Account) -> None:
    acting.record(
        f"account:{account.id}", book=book_log_name(account.book.code),
        after={
            "book": account.book.code, "ledger": account.ledger.code, "unit": account.ledger.unit,
            "chart": account.chart, "code": account.code, "name": account.name, "name_en": account.name_en,
            "element": account.element, "side": account.side, "parent": account.parent_id,
            "balance_min": account.balance_min, "balance_max": account.balance_max, "opened_on": account.opened_on,
            "closed_on": account.closed_on,
        },
    )  # fmt: skip


def account_called(book: str, *, ledger: str, code: str, chart: str = "") -> Account:
    """Return the account with a code in a ledger of a book, as one of a chart. Raises ``NotFound``."""
    accounts = Account.objects.select_related("book", "ledger")
    account = accounts.filter(book__code=book[:200], ledger__code=ledger[:40], chart=chart, code=code[:40]).first()
    if account is None:
        raise NotFound(
            _("The book %(book)s has no account %(value)s."), field="code", value=code[:40], book=book[:80],
            remedy=_("Look it up among the accounts of its book."),
        )  # fmt: skip
    return account


def accounts_of(book: Book) -> list[Account]:
    """Every account of a book, by ledger and code. Raises ``TooLarge`` beyond 20,000."""
    rows = Account.objects.filter(book=book).select_related("ledger", "book")
    accounts = list(rows.order_by(F("ledger__code"), "chart", "code")[: ACCOUNTS_MAX + 1])
    if len(accounts) > ACCOUNTS_MAX:
        raise too_many_accounts(book.code, most=ACCOUNTS_MAX)
    return accounts


def too_many_accounts(book: str, *, most: int) -> TooLarge:
    """Return the error for a book of more accounts than are told as a whole."""
    return TooLarge(
        _("A book of more than %(most)s accounts is not written out."), field="book", value=book[:80], most=most,
        remedy=_("Read its accounts page by page, and the balance of each."),
    )  # fmt: skip


def _check_limits(least: int | None, *, most: int | None) -> None:
    for value, field in ((least, "balance_min"), (most, "balance_max")):
        if value is not None and abs(value) > INTEGER_MAX:  # what the journal's canonical JSON holds exactly
            raise InvalidInput(_("The amount %(value)s is too large."), field=field, value=value)
    if least is not None and most is not None and least > most:
        raise InvalidInput(
            _("The least balance is above the greatest."), field="balance_min", value=least,
            remedy=_("Give bounds between which a balance can lie."),
        )  # fmt: skip


def check_day(day: date, *, field: str) -> None:
    """Raise ``InvalidInput`` for a day that cannot be meant."""
    if day.year not in YEARS:
        raise InvalidInput(_("%(value)s is not a believable day."), field=field, value=day.isoformat())


def _bad_code(code: str, *, field: str) -> InvalidInput:
    return InvalidInput(
        _("%(value)s cannot be a code here."), field=field, value=code[:80],
        remedy=_("Use letters, digits, points, hyphens and underscores."),
    )  # fmt: skip
