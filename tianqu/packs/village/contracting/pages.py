"""The public page that tells what is published of contracts, how it is read, and what is never in it."""

from __future__ import annotations

from urllib.parse import urlencode

from django.conf import settings

from tianqu.kernel.pack.api import PageRequest, PageResult, Rendered
from tianqu.packs.village.words import english

RELEASES = "/api/v1/ocds/releases"


def open_contracts(request: PageRequest) -> PageResult:
    """Tell the publication policy of this installation."""
    told = {"language": "en" if english() else "zh"}
    return Rendered("village/open_contracts.html", {
        "prefix": settings.TIANQU_OCDS_PREFIX, "licence": settings.TIANQU_OCDS_LICENSE,
        "publisher": settings.TIANQU_OCDS_PUBLISHER, "releases": f"{RELEASES}?{urlencode(told)}",
        "narrowed": f"{RELEASES}?{urlencode({**told, 'place': '371402', 'first_day': '2026-01-01'})}",
    })  # fmt: skip
