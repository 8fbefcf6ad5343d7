"""How we know: the opinions and clocks behind each rate, and the ratings that deserve a second look with their rows."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from tianqu.base.errors import InvalidInput, NotFound
from tianqu.kernel.orders.api import (
    CLOCK_RATES,
    OPINION_RATES,
    RatingFlag,
    figure_rows,
)
from tianqu.kernel.pack.api import Column, PageRequest, PageResult, Rendered, Table
from tianqu.kernel.places.api import can
from tianqu.packs.hotline.figures import GROUPINGS, asked_of, population_of, told_flags
from tianqu.packs.hotline.queries import opinions_with_orders, units_seen
from tianqu.packs.hotline.words import FLAGS, RATES, REASONS, SATISFACTIONS, chosen_period, in_chinese, recent_periods

PAGE: Final = 25
FLAG_PAGE: Final = 100
ANSWERS: Final = {"yes": True, "no": False, "": None}
COUNTED: Final = {"yes": _("Counted"), "no": _("Left out")}
GOOD: Final = {"yes": _("For the unit"), "no": _("Against the unit")}
COLUMNS: Final = (
    Column("title", _("Request")), Column("unit", _("Unit")), Column("at", _("When")),
    Column("said", _("What was said")),
    Column("counted", _("Counted")),
)  # fmt: skip


def rows(request: PageRequest) -> PageResult:
    """The opinions or clocks that a rate counts, and those that it leaves out, with why."""
    query = request.GET
    period, rate = chosen_period(query), query.get("rate") or "satisfaction"
    told = {name: _answer(query.get(name, ""), field=name) for name in ("counted", "good")}
    page = figure_rows(
        request.actor, period, rate=rate, now=timezone.now(), population=population_of(query),
        after=query.get("after") or None, limit=PAGE, counted=told["counted"], good=told["good"],
    )  # fmt: skip
    context = {
        "table": Table(
            caption=gettext("The rows behind a figure"), columns=COLUMNS, rows=page.rows,
            next_cursor=page.after or "", total=page.total,
        ),
        "rate": rate, "is_clock": rate in CLOCK_RATES, "period": period, "given": query.dict(),
        "rates": [(code, RATES[code]) for code in (*OPINION_RATES, *CLOCK_RATES)], "reasons": REASONS,
        "counted": list(COUNTED.items()), "good": list(GOOD.items()), "satisfactions": SATISFACTIONS,
        "units": units_seen(request.actor), "chinese": in_chinese(), "may_see": can(request.actor, "orders.see"),
    }  # fmt: skip
    return Rendered("hotline/figure_rows.html", context)


def _answer(text: str, *, field: str) -> bool | None:
    if text not in ANSWERS:
        raise InvalidInput(gettext_noop("Say yes, no, or nothing."), field=field, value=text[:20])
    return ANSWERS[text]


def flags(request: PageRequest) -> PageResult:
    """What deserves a second look in a period: whom it is about, what was seen, and the rows."""
    asked = asked_of(request.GET, GROUPINGS, default="unit")
    found = [
        (name, FLAGS.get(flag.kind, flag.kind), sentence, flag, _rows_address(request, flag))
        for name, sentence, flag in told_flags(request.actor, asked)
    ]
    context = {
        "asked": asked,
        "recent": recent_periods(),
        "flags": found,
        "given": request.GET.dict(),
        "units": units_seen(request.actor),
    }
    return Rendered("hotline/flags.html", context)


def _rows_address(request: PageRequest, flag: RatingFlag) -> str:
    told = {name: request.GET.get(name, "") for name in ("period", "unit", "place", "item", "family")}
    told = {name: value for name, value in told.items() if value} | {
        "kind": flag.kind, "subject": flag.subject, "id": flag.subject_id,
    }  # fmt: skip
    return f"{reverse('hotline:flag_rows')}?{urlencode(told)}"


def flag_rows(request: PageRequest) -> PageResult:
    """Every answer that one flag was raised about, in the order in which they were given."""
    query = request.GET
    asked = asked_of(query, GROUPINGS, default="unit")
    wanted = (query.get("kind", ""), query.get("subject", ""), query.get("id", ""))
    found = next(
        (one for one in told_flags(request.actor, asked) if (one[2].kind, one[2].subject, one[2].subject_id) == wanted),
        None,
    )
    if found is None:
        raise NotFound(gettext_noop("This flag is not raised in this period."), field="id", value=wanted[2][:40])
    name, sentence, flag = found
    first = _first(query.get("first", ""), len(flag.opinions))
    shown = flag.opinions[first : first + FLAG_PAGE]
    context = {
        "name": name, "sentence": sentence, "flag": flag, "kind": FLAGS.get(flag.kind, flag.kind), "asked": asked,
        "lines": opinions_with_orders(request.actor, shown), "first": first, "page": FLAG_PAGE,
        "satisfactions": SATISFACTIONS,
        "chinese": in_chinese(), "back": f"{reverse('hotline:flags')}?{urlencode({'period': str(asked.period)})}",
    }  # fmt: skip
    return Rendered("hotline/flag_rows.html", context)


def _first(text: str, count: int) -> int:
    return min(int(text), count) if text.isascii() and text.isdigit() and len(text) < 8 else 0
