"""Reading the accounts of a book as a tree, and what a new one below one of them would be called.

Everything within the reader's sight; the books themselves are read through the room of ledgers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.utils import timezone

from tianqu.base.errors import Conflict, InvalidInput, NotFound, _
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.ledgers.api import (
    Account,
    BookDetail,
    Ledger,
    PeriodState,
    Side,
    accounts_of,
    book_called,
    book_detail,
    charts,
)
from tianqu.packs.village.statements.queries import MONEY

LIMIT_MAX: Final = 500
STATES: Final = ("open", "closed", "all")
SEPARATOR: Final = "."  # of the first account below one: 102.01
DIGITS: Final = 2


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account in the tree of its ledger. ``own``: the book opened it beside those of its chart.

    ``held`` is what it and all accounts below it hold, on the side where it grows, in the ledger's smallest unit;
    ``alone`` is what stands on itself. ``parts`` counts the accounts right below it that are not closed.
    """

    account: Account
    depth: int
    own: bool
    held: int
    alone: int
    parts: int

    @property
    def closed(self) -> bool:
        """Whether it takes nothing any more, or will not from a day on."""
        return self.account.closed_on is not None

    @property
    def may_be_closed(self) -> bool:
        """Whether it is the book's own, holds nothing, waits for nothing, and gathers nothing."""
        waiting = self.account.pending_debit or self.account.pending_credit
        return self.own and not (self.closed or self.parts or self.alone or waiting)


@dataclass(frozen=True, slots=True)
class AccountTree:
    """A page of the accounts of one ledger of a book, each below the one that gathers it."""

    book: BookDetail
    ledger: Ledger
    rows: Sequence[AccountRow]
    after: str | None


@dataclass(frozen=True, slots=True)
class Below:
    """An open account below which another may be opened: under which code it would be, and from which day on."""

    book: BookDetail
    above: Account
    code: str
    day: date


def account_tree(
    actor: Actor,
    *,
    book: str,
    ledger: str = MONEY,
    text: str = "",
    state: str = "open",
    after: str | None = None,
    limit: int = 200,
) -> AccountTree:
    """Return the accounts of a ledger by the tree, those with some words or a code together with what gathers them.

    Raises ``NotFound`` for a book out of sight and for a ledger that it has not, ``InvalidInput`` for another state.
    """
    if state not in STATES:
        raise InvalidInput(
            _("“%(value)s” is none of the list."), field="state", value=state[:40],
            remedy=_("Use one of: %(allowed)s."), allowed=", ".join(STATES),
        )  # fmt: skip
    detail = book_detail(actor, book=book)
    found = next((one for one in detail.ledgers if one.code == ledger), None)
    if found is None:
        raise NotFound(
            _("This book has no ledger %(value)s."), field="ledger", value=ledger[:40],
            remedy=_("Choose one of the ledgers of the book."),
        )  # fmt: skip
    rows = list(_rows([one for one in accounts_of(book_called(book)) if one.ledger_id == found.id]))
    wanted = _with_those_above(rows, {row.account.id for row in rows if _asked(row, text.strip(), state=state)})
    shown = [row for row in rows if row.account.id in wanted]
    begin = next((place for place, row in enumerate(shown, 1) if str(row.account.id) == after), 0)
    page = shown[begin : begin + max(1, min(limit, LIMIT_MAX))]
    more = begin + len(page) < len(shown)
    return AccountTree(detail, found, page, str(page[-1].account.id) if more else None)


def _asked(row: AccountRow, words: str, *, state: str) -> bool:
    account = row.account
    if state != "all" and row.closed != (state == "closed"):
        return False
    return not words or account.code.startswith(words) or words.lower() in f"{account.name}\n{account.name_en}".lower()


def _with_those_above(rows: Sequence[AccountRow], wanted: set[int]) -> set[int]:
    """The accounts with all that gather them: those below come after those above, so one pass from the end does."""
    kept = set(wanted)
    for row in reversed(rows):
        if row.account.id in kept and row.account.parent_id is not None:
            kept.add(row.account.parent_id)
    return kept


def _rows(accounts: Sequence[Account]) -> Iterator[AccountRow]:
    """The accounts as a tree, those of one by code; what is below one comes right after it."""
    known = {one.id for one in accounts}
    below: dict[int | None, list[Account]] = {}
    for one in accounts:
        below.setdefault(one.parent_id if one.parent_id in known else None, []).append(one)
    of_charts = _codes_of_charts({one.chart for one in accounts})
    sums = _sums(accounts)
    waiting = [(one, 0) for one in reversed(below.get(None, []))]
    while waiting:  # ends with the accounts: each is taken out once
        account, depth = waiting.pop()
        own_side = 1 if account.side == Side.DEBIT else -1
        parts = below.get(account.id, [])
        yield AccountRow(
            account, depth, account.code not in of_charts.get(account.chart, frozenset()), own_side * sums[account.id],
            own_side * (account.posted_debit - account.posted_credit), sum(one.closed_on is None for one in parts),
        )  # fmt: skip
        waiting += [(one, depth + 1) for one in reversed(parts)]


def _sums(accounts: Sequence[Account]) -> dict[int, int]:
    """What each account and all below it hold, debits less credits."""
    above = {one.id: one.parent_id for one in accounts}
    sums = dict.fromkeys(above, 0)
    for one in accounts:
        at: int | None = one.id
        while at is not None and at in sums:  # ends at the root: a parent was there before those below it
            sums[at] += one.posted_debit - one.posted_credit
            at = above[at]
    return sums


def _codes_of_charts(codes: Iterable[str]) -> Mapping[str, frozenset[str]]:
    """The codes of the lines of some charts, in their newest version."""
    wanted = set(codes)
    return {one.code: frozenset(line["code"] for line in one.lines) for one in charts() if one.code in wanted}


def open_accounts(actor: Actor, *, book: str, ledger: str = MONEY) -> list[Account]:
    """Return the accounts of a ledger below which one may be opened, by code. Raises ``NotFound``."""
    book_detail(actor, book=book)  # within sight
    found = [one for one in accounts_of(book_called(book)) if one.ledger.code == ledger and one.closed_on is None]
    return sorted(found, key=lambda one: one.code)


def account_below(actor: Actor, *, book: str, account_id: int) -> Below:
    """Return what an account below another would be called, and from which day on it could take entries.

    The day is the first that no closed period holds. Raises ``NotFound`` for an account of another book, ``Conflict``
    for one that is closed.
    """
    detail = book_detail(actor, book=book)
    accounts = accounts_of(book_called(book))
    above = _account_in(accounts, account_id, field="below")
    if above.closed_on is not None:
        raise Conflict(
            _("The account %(value)s is closed."), field="below", value=above.code,
            remedy=_("Choose an account that is open."),
        )  # fmt: skip
    held = [one.last_day for one in detail.periods if one.state != PeriodState.OPEN]
    day = max([above.opened_on, detail.first_day, *(last + timedelta(days=1) for last in held)])
    siblings = [one for one in accounts if one.ledger_id == above.ledger_id and one.chart == above.chart]
    return Below(detail, above, next_code(above, siblings), min(day, max(above.opened_on, timezone.localdate())))


def account_to_close(actor: Actor, *, book: str, account_id: int) -> AccountRow:
    """Return an account with what it holds. Raises ``NotFound`` for an account of another book."""
    book_detail(actor, book=book)
    accounts = accounts_of(book_called(book))
    ledger_id = _account_in(accounts, account_id, field="account_id").ledger_id
    rows = _rows([one for one in accounts if one.ledger_id == ledger_id])
    return next(row for row in rows if row.account.id == account_id)


def _account_in(accounts: Sequence[Account], account_id: int, *, field: str) -> Account:
    found = next((one for one in accounts if one.id == account_id), None)
    if found is None:
        raise NotFound(
            _("This book has no such account."), field=field, value=account_id,
            remedy=_("Choose one of the accounts of the book."),
        )  # fmt: skip
    return found


def next_code(above: Account, siblings: Sequence[Account]) -> str:
    """Return the next free code below an account, written as those that stand there: 112.03 after 112.02.

    ``siblings`` are the accounts of the ledger that follow the same chart, among which a code stands once.
    """
    separator, digits, last = SEPARATOR, DIGITS, 0
    for one in siblings:
        found = re.fullmatch(rf"{re.escape(above.code)}([._-]?)([0-9]+)", one.code)
        if one.parent_id == above.id and found is not None and int(found[2]) >= last:
            separator, digits, last = found[1], len(found[2]), int(found[2])
    taken = {one.code for one in siblings}
    codes = (f"{above.code}{separator}{last + more:0{digits}}" for more in range(1, len(taken) + 2))
    return next(code for code in codes if code not in taken)


def checked_below(below: Below, *, code: str, day: date) -> None:
    """Refuse a code that would not be known as one below the account, and a day before the account above was there.

    Statements and the going over to a new chart take an account of the book's own by what its code begins with.
    Raises ``InvalidInput``.
    """
    if not (code.startswith(below.above.code) and len(code) > len(below.above.code)):
        raise InvalidInput(
            _("The code %(value)s does not begin with %(above)s."), field="code", value=code[:40],
            above=below.above.code, remedy=_("Write it as %(code)s."), code=below.code,
        )  # fmt: skip
    if day < below.above.opened_on:
        raise InvalidInput(
            _("The account above was opened later."), field="opened_on", value=day.isoformat(),
            remedy=_("Choose %(day)s or a later day."), day=below.above.opened_on.isoformat(),
        )  # fmt: skip


def above_code(accounts: Sequence[Account], code: str, /) -> Account | None:
    """Return the account below which a code belongs: the one with the longest code that it begins with, or None."""
    found = [one for one in accounts if code.startswith(one.code) and code != one.code]
    return max(found, key=lambda one: len(one.code), default=None)
