"""The poster on paper: A3 for the wall, A4 for the hand; the same bytes whenever and wherever it is made.

Its QR code carries the address of this edition, the index of its entry in the public log and the hash of its leaf, so
that whoever scans it learns whether the page tells the same poster.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, cast
from urllib.parse import urlencode

import segno
from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext

from tianqu.base.canonical import Json
from tianqu.base.errors import Conflict, _
from tianqu.base.typesetting import typeset
from tianqu.packs.village.judging import LANGUAGES
from tianqu.packs.village.wall.queries import Edition
from tianqu.packs.village.wall.telling import Line, Listing, Told, told
from tianqu.packs.village.words import day_said, invented_said, listed

TEMPLATE: Final = "packs/village/wall/poster.typ"
SIZES: Final = ("a3", "a4")
CONTRACTS_MAX, HOLDINGS_MAX, FINDINGS_MAX, LINES_MAX = 14, 6, 10, 14
LONG: Final = 12  # characters that fill a cell
Section = dict[str, Json]


def poster_pdf(edition: Edition, *, size: str, language: str) -> bytes:
    """Return a poster as PDF; ``size`` is one of ``SIZES``, ``language`` is zh or en.

    Raises ``Conflict`` while the poster has no index in the log, which its QR code is to carry.
    """
    if edition.entry.index is None:
        raise Conflict(
            _("This poster is still on its way into the public log."), field="edition",
            remedy=_("Try again in a moment."),
        )  # fmt: skip
    with translation.override(LANGUAGES[language]):
        poster = told(edition.content)
        sheet = _paper(edition, poster, size=size, language=language)
        return typeset(TEMPLATE, sheet, dated=edition.published_at, invented=invented_said())


def scanned_address(edition: Edition) -> str:
    """Return what the QR code says."""
    place = reverse(
        "village:wall_edition",
        kwargs={"code": edition.place_code, "quarter": edition.quarter, "edition": edition.edition},
    )
    query = urlencode({"entry": edition.entry.index, "leaf": edition.entry.leaf_hash})
    return f"{settings.TIANQU_ORIGIN}{place}?{query}"


def _paper(edition: Edition, poster: Told, *, size: str, language: str) -> dict[str, Json]:
    qr = segno.make(scanned_address(edition), error="m", micro=False, boost_error=False)
    published = day_said(timezone.localtime(edition.published_at).date())
    left, right = _columns(poster)
    return {
        "size": size, "language": language, "qr": qr.svg_inline(border=0),
        "title": gettext("Public accounts of %(village)s") % {"village": poster.village},
        "quarter": poster.quarter, "place": poster.place,
        "days": f"{day_said(poster.first_day)} – {day_said(poster.last_day)}",
        "edition": _edition(poster),
        "scan": gettext("Scan: see every voucher, check that it is genuine, ask a question"),
        "sums": [
            [gettext("There was"), poster.opening.text], [gettext("Came in"), poster.received.text],
            [gettext("Was paid"), poster.paid.text], [gettext("There is"), poster.closing.text],
        ],
        "unit": gettext("yuan"),
        "left": left, "right": right,
        "ask": {
            "title": gettext("Who answers, and how to ask"),
            "text": gettext(
                "%(unit)s answers for this poster. Whoever doubts a number scans the code and asks, or calls 12345. It"
                " must be answered in time, and question and answer stand under this poster for everybody."
            ) % {"unit": poster.unit or poster.village},
        },
        "foot": [
            gettext("Published on %(day)s, entry %(index)s of the public log %(log)s") % {
                "day": published, "index": f"{edition.entry.index:,}", "log": _origin(),
            },
            gettext("Check value") + f" {edition.entry.leaf_hash}",
        ],
    }  # fmt: skip


def _columns(poster: Told) -> tuple[list[Section], list[Section]]:
    """The sections in two columns: money at the left, contracts at the right, the rest where there is more room."""
    left = [
        _money(gettext("Where money came from"), poster.money_in, total=poster.received.text),
        _money(gettext("Where money went"), poster.money_out, total=poster.paid.text), _worth(poster),
    ]  # fmt: skip
    right = [*_contracts(poster), *_findings(poster)]
    for section in [*_land(poster), *_owed(poster)]:
        shorter = min(left, right, key=lambda column: sum(_lines(each) for each in column))
        shorter.append(section)
    return left, right


def _lines(section: Section) -> int:
    """About how many lines a section takes: its title, its head, and its rows, where long words take two."""
    rows = cast(list[list[str]], section["rows"])
    return 3 + sum(1 + any(len(cell) > LONG for cell in row) for row in rows)


def _edition(poster: Told) -> str:
    if poster.edition == 1:
        return gettext("first edition")
    return gettext("edition %(number)s, corrected: %(reason)s") % {
        "number": poster.edition, "reason": poster.reason,
    }  # fmt: skip


def _origin() -> str:
    return f"{settings.TIANQU_ORIGIN}/log"


def _section(
    title: str,
    columns: Sequence[tuple[str, bool]],
    rows: Sequence[Sequence[str]],
    *,
    totals: int = 0,
    note: str = "",
    wide: int = 0,
) -> Section:
    """A section with its table; ``wide`` is the column that gets the most room, figures get what they need."""
    return {
        "title": title, "columns": [{"title": name, "figure": figure} for name, figure in columns],
        "rows": [list(row) for row in rows], "totals": totals, "note": note, "wide": wide,
    }  # fmt: skip


def _money(title: str, lines: Sequence[Line], *, total: str) -> Section:
    """The largest lines, what the rest comes to, and the sum."""
    rows: list[list[str]] = [[line.words, line.sums[0].text] for line in lines[:LINES_MAX]]
    note = _more(len(lines) - LINES_MAX)
    rows.append([gettext("Together"), total])
    return _section(title, [(gettext("What for"), False), (gettext("yuan"), True)], rows, totals=1, note=note)


def _worth(poster: Told) -> Section:
    rows = [[line.words, *(each.text for each in line.sums)] for line in poster.worth]
    columns = [("", False), (gettext("before"), True), (gettext("now"), True)]
    return _section(gettext("What the village has and owes"), columns, rows)


def _land(poster: Told) -> list[Section]:
    if not poster.land:
        return []
    rows = [[line.words, *(each.text for each in line.sums)] for line in poster.land]
    rows.append([gettext("Together"), "", poster.land_total.text, poster.land_idle.text])
    columns = [(gettext("Land"), False), (gettext("parcels"), True), (gettext("mu"), True), (gettext("idle"), True)]
    return [_section(gettext("Land of the village"), columns, rows, totals=1)]


def _contracts(poster: Told) -> list[Section]:
    whole = poster.contracts
    if not whole.count:
        return []
    rows: list[list[str]] = []
    for each in whole.entries[:CONTRACTS_MAX]:
        number, kind, _class, lessee, _starts_on, _until, starts_on, until = each.cells
        rows.append([f"{number} {kind}", lessee, f"{starts_on}–{until}", each.sums[0].text, each.sums[1].text])
    rows.append([gettext("Together"), "", "", whole.sums["area"].text, whole.sums["rent"].text])
    columns = [
        (gettext("Contract"), False), (gettext("Lessee"), False), (gettext("Term"), False), (gettext("mu"), True),
        (gettext("yuan a year"), True),
    ]  # fmt: skip
    note = " ".join(filter(None, (_more(len(whole.entries) - CONTRACTS_MAX), whole.rest)))
    title = gettext("Contracts in force: %(count)s") % {"count": f"{whole.count:,}"}
    return [_section(title, columns, rows, totals=1, note=note)]


def _owed(poster: Told) -> list[Section]:
    titles = ((poster.claims, gettext("Owed to the village")), (poster.debts, gettext("Owed by the village")))
    return [_holdings(title, whole) for whole, title in titles if whole.count]


def _holdings(title: str, whole: Listing) -> Section:
    rows = []
    for each in whole.entries[:HOLDINGS_MAX]:
        owed, amount, settled = each.sums
        named = " · ".join(filter(None, each.cells[1:3]))  # in one column, which leaves room for three of figures
        rows.append([named, amount.text, settled.text, owed.text])
    rows.append([gettext("Together"), "", "", whole.sums["owed"].text])
    columns = [
        (listed([gettext("What"), gettext("Other party")]), False), (gettext("yuan"), True), (gettext("settled"), True),
        (gettext("still owed"), True),
    ]  # fmt: skip
    note = " ".join(filter(None, (_more(len(whole.entries) - HOLDINGS_MAX), whole.rest)))
    return _section(title, columns, rows, totals=1, note=note)


def _findings(poster: Told) -> list[Section]:
    title = gettext("What was found wrong: %(count)s") % {"count": poster.findings_count}
    if not poster.findings:
        return [_section(title, [], [], note=gettext("The rules found nothing wrong in contracts in force."))]
    rows = [
        [f"{each.words} ({each.severity_words})", each.numbers, f"{each.count:,}", f"{each.closed:,}"]
        for each in poster.found[:FINDINGS_MAX]
    ]
    columns = [
        (gettext("What is wrong"), False), (gettext("Which"), False), (gettext("how many"), True),
        (gettext("put right"), True),
    ]  # fmt: skip
    return [_section(title, columns, rows, note=_more(len(poster.found) - FINDINGS_MAX), wide=1)]


def _more(count: int) -> str:
    if count <= 0:
        return ""
    return gettext("%(count)s more on the page.") % {"count": f"{count:,}"}
