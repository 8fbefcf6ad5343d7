"""What the pack declares of the accounts of a book: the pages."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from tianqu.kernel.pack.api import Page
from tianqu.packs.village.accounts import pages

BOTH: Final = ("GET", "POST")
ACCOUNTS: Final = "villages/books/<str:code>/accounts"
PAGES: Final = (
    Page("book_accounts", ACCOUNTS, pages.accounts, "ledgers.see", _("Accounts of the book")),
    Page("account_open", f"{ACCOUNTS}/open", pages.open_, "ledgers.open_account", _("Open a ledger account"), BOTH),
    Page(
        "account_close",
        f"{ACCOUNTS}/<int:account_id>/close",
        pages.close,
        "ledgers.close_account",
        _("Close a ledger account"),
        BOTH,
    ),
)
