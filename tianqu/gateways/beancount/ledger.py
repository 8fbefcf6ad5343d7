"""A book as a file that Beancount reads. Source: https://beancount.github.io/docs/beancount_language_syntax.html.

Amounts are whole numbers of the ledger's smallest unit. Beancount knows five kinds of account; what has another element
goes where it stands in a balance sheet: costs (of production under way) to assets, accounts of books that are not about
money to assets where they grow by debits and to equity where they grow by credits. Names of accounts take letters,
digits and hyphens: the dots of codes are written "-", their hyphens "ˉ" and their underscores "ˍ", which are letters.

    2019-01-01 open Assets:B371402001201-funds:Lmoney:Ccn-village-2004:A101 FEN
      name: "库存现金"

    2020-03-05 * "收地租"
      id: "0192…"
      number: 12
      Assets:B371402001201-funds:Lmoney:Ccn-village-2004:A101  123450 FEN
      Income:B371402001201-funds:Lmoney:Ccn-village-2004:A511  -123450 FEN
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from tianqu.kernel.ledgers.api import ExportedAccount, ExportedBook, Posting

ROOTS: Final = {
    "assets": "Assets", "liabilities": "Liabilities", "equity": "Equity", "income": "Income", "expenses": "Expenses",
    "costs": "Assets",
}  # fmt: skip
NO_CHART: Final = "own"
_SIGNS: Final = str.maketrans({".": "-", "-": "\u02c9", "_": "\u02cd"})  # modifier letters: no code holds them


def ledger_of(book: ExportedBook, postings: Iterable[Posting]) -> Iterator[str]:
    """Yield the lines of a book, each with its end: its accounts, then what was posted."""
    names = {account.id: account_name(book, account) for account in book.accounts.values()}
    units = {account.id: currency(account.unit) for account in book.accounts.values()}
    for account in book.accounts.values():
        yield f"\n{account.opened_on.isoformat()} open {names[account.id]} {units[account.id]}\n"
        yield f'  name: "{_quoted(account.name)}"\n'
    for posting in postings:
        yield f'\n{posting.day.isoformat()} * "{_quoted(posting.purpose)}"\n'
        yield f'  id: "{posting.transfer_id}"\n  number: {posting.number}\n'
        for key, value in (("kind", posting.kind), ("voucher", posting.voucher), ("reference", posting.reference)):
            if value:
                yield f'  {key}: "{_quoted(value)}"\n'
        for account_id, amount in posting.legs:
            yield f"  {names[account_id]}  {amount} {units[account_id]}\n"


def account_name(book: ExportedBook, account: ExportedAccount) -> str:
    """What an account is called: its root, book, ledger, chart and code."""
    root = ROOTS.get(account.element) or ("Assets" if account.side == "debit" else "Equity")
    parts = (f"B{component(book.code)}", f"L{component(account.ledger)}", f"C{component(account.chart or NO_CHART)}")
    return ":".join((root, *parts, f"A{component(account.code)}"))


def component(code: str) -> str:
    """A code as part of an account's name. Different codes stay different."""
    return code.translate(_SIGNS)


def currency(unit: str) -> str:
    """The name of a unit as a currency: capital letters and digits, two at least, a letter first."""
    return unit.upper()


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\r\n", "\n")
