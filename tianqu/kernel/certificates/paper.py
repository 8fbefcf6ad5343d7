"""A certificate on paper; the same bytes whenever and wherever it is made.

Its QR code carries the address of its page, the index of its entry in the public log and the hash of its leaf.
"""

from __future__ import annotations

import json
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

import segno
from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext

from tianqu.base.errors import Conflict, NotFound, _
from tianqu.base.typesetting import typeset
from tianqu.kernel.certificates.reading import Shown
from tianqu.kernel.orders.api import shown_code

TEMPLATE: Final = "kernel/certificates/certificate.typ"
LANGUAGES: Final = {"zh": "zh-hans", "en": "en"}


def certificate_pdf(found: Shown, *, language: str) -> bytes:
    """Return one's own certificate as PDF; ``language`` is zh or en.

    Raises ``NotFound`` for somebody else's, ``Conflict`` while it has no index in the log.
    """
    if language not in LANGUAGES or not found.content:
        raise NotFound(_("There is no such certificate."), field="code", value=found.code)
    if found.entry.index is None:
        raise Conflict(
            _("This certificate is still on its way into the public log."), field="code",
            remedy=_("Try again in a moment."),
        )  # fmt: skip
    with translation.override(LANGUAGES[language]):
        told = _paper(found, json.loads(found.content), language)
        invented = gettext("Demonstration: persons, requests, books and registers are invented.")
        return typeset(
            TEMPLATE, told, dated=found.issued_at, invented=invented if settings.TIANQU_DEMO else "", for_everybody=True
        )


def _paper(found: Shown, content: dict[str, Any], language: str) -> dict[str, Any]:
    """What the paper says, in the language that holds now."""
    address = settings.TIANQU_ORIGIN + reverse("certificate", kwargs={"code": found.code})
    scanned = f"{address}?{urlencode({'entry': found.entry.index, 'leaf': found.entry.leaf_hash})}"

    kind, amount = found.kind, found.kind.amount

    def said(line: dict[str, Any], name: str) -> str:
        return str(line.get(f"{name}_en" if language == "en" else name) or line.get(name, ""))

    first, last = (_day(day) for day in content["period"])
    rows = [
        [_day(line["day"]), *(said(line, name) for name, _title in kind.columns), amount.figure(line[amount.key]),
         f"{line['book']} {line['voucher']}"]
        for line in content["lines"]
    ]  # fmt: skip
    blank = [""] * len(kind.columns)
    return {
        "language": language, "title": str(kind.title), "name": said(content, "name"),
        "facts": [
            *([str(title), said(content, name)] for name, title in kind.facts),
            [gettext("Period"), f"{first} – {last}"],
            [gettext("Together"), amount.said(content[amount.key])],
        ],
        "columns": [
            *({"title": str(title)} for title in (gettext("Day"), *(title for _name, title in kind.columns))),
            {"title": str(amount.title), "figure": True}, {"title": gettext("Number in the ledger")},
        ],
        "rows": [*rows, [gettext("Together"), *blank, amount.figure(content[amount.key]), ""]],
        "qr": segno.make(scanned, error="m", micro=False, boost_error=False).svg_inline(border=0),
        "scan": gettext("Scan: see whether it is genuine and still holds"),
        "code": shown_code(found.code), "address": address,
        "foot": [
            gettext("Issued on %(day)s, entry %(index)s of the public log %(log)s") % {
                "day": _day(timezone.localdate(found.issued_at).isoformat()), "index": f"{found.entry.index:,}",
                "log": f"{settings.TIANQU_ORIGIN}/log",
            },
            gettext("Check value of the content") + f" {found.told['content']}",
        ],
    }  # fmt: skip


def _day(day: str) -> str:
    """A day as the pages say it."""
    form = "j M Y" if (get_language() or "").startswith("en") else "Y年n月j日"
    return date_format(date.fromisoformat(day), form)
