"""What the pack declares of erasing names: who may, and the page."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from tianqu.kernel.pack.api import Page
from tianqu.packs.village.erasing import pages

ERASING: Final = ("village.erase_party",)
PAGES: Final = (
    Page("erasing", "villages/erasing/", pages.erase, "village.erase_party", _("Erase a name"), ("GET", "POST")),
)
