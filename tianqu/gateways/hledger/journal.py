"""A book as a journal that hledger reads. Source: https://hledger.org/hledger.html, "Journal format".

Amounts are whole numbers of the ledger's smallest unit, so that nothing is rounded on either side. An account is called
by its element, book, ledger, chart and code; its name stands in a comment, because names change and codes do not:

    account assets:371402001201.funds:money:cn.village.2004:101  ; 库存现金

    2020-03-05 * (12) 收地租
        ; id: 0192…
        assets:371402001201.funds:money:cn.village.2004:101    123450 fen
        income:371402001201.funds:money:cn.village.2004:511   -123450 fen
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from tianqu.kernel.ledgers.api import ExportedAccount, ExportedBook, Posting

NO_CHART: Final = "own"  # accounts that a book opened for itself
_BLANKS: Final = re.compile(r"\s+")
_PLAIN_COMMODITY: Final = re.compile(r"[A-Za-z]+")


def journal_of(book: ExportedBook, postings: Iterable[Posting]) -> Iterator[str]:
    """Yield the lines of a book's journal, each with its end: its accounts, then what was posted."""
    yield f"; {book.code} {_line(book.name)}\n"
    names = {account.id: account_name(book, account) for account in book.accounts.values()}
    for account in book.accounts.values():
        yield f"account {names[account.id]}  ; {_untagged(account.name)}\n"
    units = {account.id: commodity(account.unit) for account in book.accounts.values()}
    for posting in postings:
        yield f"\n{posting.day.isoformat()} * ({posting.number}) {_description(posting.purpose)}".rstrip() + "\n"
        yield f"    ; id: {posting.transfer_id}\n"
        for tag, value in (("kind", posting.kind), ("voucher", posting.voucher), ("reference", posting.reference)):
            if value:
                yield f"    ; {tag}: {_value(value)}\n"
        for account_id, amount in posting.legs:
            yield f"    {names[account_id]}  {amount} {units[account_id]}\n"


def account_name(book: ExportedBook, account: ExportedAccount) -> str:
    """What an account is called; codes hold neither blanks nor colons."""
    return f"{account.element}:{book.code}:{account.ledger}:{account.chart or NO_CHART}:{account.code}"


def commodity(unit: str) -> str:
    """The symbol of a unit; one that is not of letters alone stands in quotes."""
    return unit if _PLAIN_COMMODITY.fullmatch(unit) else f'"{unit}"'


def _line(text: str) -> str:
    return _BLANKS.sub(" ", text).strip()


def _untagged(text: str) -> str:
    """A name in a comment: a colon would make a tag of it, of which ``type:`` says what kind an account is."""
    return _line(text).replace(":", "：")


def _value(text: str) -> str:
    """What a tag says; behind a comma another tag could begin."""
    return _line(text).replace(",", "，")


def _description(text: str) -> str:
    """A purpose on one line; a semicolon would begin a comment, a bar would part payee and note."""
    return _line(text).replace(";", "；").replace("|", "｜")
