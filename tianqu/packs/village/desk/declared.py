"""What the pack declares of the auditors' desk: who may do what, and the pages."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from tianqu.kernel.pack.api import MenuEntry, Page
from tianqu.packs.village.desk import endpoints, trend_pages

WATCHING: Final = ("village.see_trends",)

HERE: Final = "villages/trends"
PAGES: Final = (
    Page("trends", f"{HERE}/", trend_pages.trend_page, "village.see_trends", _("Ratios and trends")),
    Page("trends_export", f"{HERE}.csv", trend_pages.export, "village.see_trends", _("Ratios and trends")),
    Page("trend_rows", f"{HERE}/rows", trend_pages.rows_page, "village.see_trends", _("The rows behind a number")),
)
MENU: Final = (MenuEntry("trends", "desk", order=63),)
ROUTER: Final = endpoints.router
