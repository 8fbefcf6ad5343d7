"""What the acts and the reading of books are called as permissions, and two roles that hold them.

A pack whose people keep books gives these permissions to its own roles.
"""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_noop

from tianqu.kernel.places.api import Role

READING_BOOKS: Final = ("ledgers.see",)
POSTING: Final = (
    "ledgers.post", "ledgers.post_batch", "ledgers.resolve", "ledgers.reverse", "ledgers.open_account",
    "ledgers.close_account",
)  # fmt: skip
# What binds the one who posts is for somebody else to say.
GOVERNING_BOOKS: Final = (
    "ledgers.open_book", "ledgers.limit_account", "ledgers.set_period", "ledgers.carry_over",
)  # fmt: skip
DECLARING_CHARTS: Final = ("ledgers.publish_chart", "ledgers.map_charts")

ROLES: Final = (
    Role("bookkeeper", gettext_noop("Bookkeeper"), (*READING_BOOKS, *POSTING)),
    Role("book_supervisor", gettext_noop("Supervisor of books"), (*READING_BOOKS, *GOVERNING_BOOKS), reach="place"),
    Role(
        "chart_keeper",
        gettext_noop("Keeper of charts of accounts"),
        (*READING_BOOKS, *GOVERNING_BOOKS, *DECLARING_CHARTS),
        reach="everything",
    ),
)
