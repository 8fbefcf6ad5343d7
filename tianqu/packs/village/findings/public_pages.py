"""What everybody sees of a township's findings: what was left undone past its day, and what was put right."""

from __future__ import annotations

from typing import Final

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tianqu.kernel.orders.api import shown_code
from tianqu.kernel.pack.api import Column, PageRequest, PageResult, Rendered, Table
from tianqu.kernel.places.api import place_called, places_at
from tianqu.packs.village.findings.pages import WORDS
from tianqu.packs.village.findings.told.queries import drawings, overdue_findings, put_right_by_year
from tianqu.packs.village.forms import said_mu, said_yuan
from tianqu.packs.village.tabular import village_names
from tianqu.packs.village.wall.queries import newest_quarters
from tianqu.packs.village.words import shown

ROWS: Final = 50
COLUMNS: Final = (
    Column("village", _("Village")), Column("rule", _("What was found")), Column("subject", _("What it is about")),
    Column("due", _("To be put right by")), Column("state", _("State")),
)  # fmt: skip


def overdue(request: PageRequest, code: str) -> PageResult:
    """What the villages of a place have left undone past its day, the longest first; nothing that somebody wrote."""
    place, today = place_called(code), timezone.localdate()
    path = str(place.path)
    page = overdue_findings(path, after=request.GET.get("after") or None, limit=ROWS)
    codes = {at: village.code for at, village in places_at({row.place_path for row in page.rows}).items()}
    posted = newest_quarters(list(codes.values()))
    context = {
        "place": shown(place), "code": place.code, "today": today, "villages": village_names(page.rows),
        "code_shown": shown_code,
        "walls": {at: reverse("village:wall", kwargs={"code": village}) for at, village in codes.items()
                  if village in posted},
        "table": Table(
            caption=_("Left undone"), columns=COLUMNS, rows=page.rows, next_cursor=page.after or "",
        ),
        "years": put_right_by_year(path), "mu": said_mu, "yuan": said_yuan,
        "drawings": drawings(place_path=path, limit=10), **WORDS,
    }  # fmt: skip
    return Rendered("findings/overdue.html", context)
