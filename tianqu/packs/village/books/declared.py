"""What the pack declares of beginning a book: the pages."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from tianqu.kernel.pack.api import Page
from tianqu.packs.village.books import carry_pages, open_pages, opening_pages

BOTH: Final = ("GET", "POST")
BOOK: Final = "villages/books/<str:code>/"
PAGES: Final = (
    Page("book_open", "villages/books/open", open_pages.open_, "ledgers.open_book", _("Open a book"), BOTH),
    Page(
        "book_opening",
        f"{BOOK}opening",
        opening_pages.opening,
        "village.enter_opening",
        _("Opening balances"),
        BOTH,
    ),
    Page(
        "book_carry", f"{BOOK}carry-over", carry_pages.carry, "ledgers.carry_over", _("Carry over to a new chart"), BOTH
    ),
)
