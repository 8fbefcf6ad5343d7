"""What the theatre adds to the pack: the shows it holds, its pages, who may what, its part of menu and API."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from tianqu.kernel.pack.api import EVERYBODY, LEADING_ROSTERS, MenuEntry, Page
from tianqu.packs.culture.theatre import endpoints, pages
from tianqu.packs.culture.theatre.queries import RUN

KEEPING: Final = (
    RUN, "occasions.see", "occasions.announce", "occasions.cancel", "occasions.admit", "occasions.excuse",
    "occasions.add_photo", "occasions.remove_photo", "files.store",
    "culture.book_takings", *LEADING_ROSTERS,
)  # fmt: skip
OFFICE: Final = (*KEEPING, "culture.declare_theatre")
BOTH: Final = ("GET", "POST")
AT: Final = "culture/theatres/<slug:code>/"
PAGES: Final = (
    Page("theatres", "culture/theatres/", pages.theatre_list, EVERYBODY, _("Theatres")),
    Page("theatre", AT, pages.theatre, EVERYBODY, _("Theatre")),
    Page("takings", f"desk/{AT}", pages.takings, RUN, _("Shows and takings"), BOTH),
)  # fmt: skip
MENU: Final = (MenuEntry("theatres", "public", order=56),)
ROUTER: Final = endpoints.router
