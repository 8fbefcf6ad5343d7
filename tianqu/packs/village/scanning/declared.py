"""What the pack declares of scans: who may keep and take them away, the pages and the API."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from tianqu.kernel.pack.api import Page
from tianqu.packs.village.queries import SEE_PARTIES
from tianqu.packs.village.scanning import endpoints, pages

SCANNING: Final = ("village.attach_scans", "village.take_scan_away", "files.store")
BOTH: Final = ("GET", "POST")
SCANS: Final = "villages/contracts/<uuid:contract_id>/scans/"

PAGES: Final = (
    Page("contract_scans", SCANS, pages.attach, "village.attach_scans", _("Add scans"), BOTH),
    Page("contract_scan", f"{SCANS}<uuid:scan_id>", pages.scan, SEE_PARTIES, _("Scan")),
    Page(
        "contract_scan_take_away",
        f"{SCANS}<uuid:scan_id>/take-away",
        pages.take,
        "village.take_scan_away",
        _("Take a scan away"),
        BOTH,
    ),
)
ROUTERS: Final = (endpoints.router,)
