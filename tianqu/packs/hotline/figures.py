"""The three rates by unit, place, item or month, with their intervals, what they leave out, and their flags."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from tianqu.base.errors import InvalidInput
from tianqu.base.intervals import Interval
from tianqu.base.periods import Period
from tianqu.base.spreadsheets import MARK, csv_line
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.orders.api import (
    RANKED_FROM,
    Population,
    RateRow,
    RatingFlag,
    Share,
    Timeliness,
    rates,
    rating_flags,
    timeliness,
)
from tianqu.kernel.pack.api import Column, Download, PageRequest, PageResult, Rendered, Table
from tianqu.kernel.places.api import can, post_holders
from tianqu.packs.hotline.oversight import NO_UNIT, place_path_given, unit_id_given
from tianqu.packs.hotline.queries import item_names, key_names, units_seen
from tianqu.packs.hotline.words import (
    BY,
    FAMILIES,
    LEFT_OUT,
    RATES,
    REASONS,
    SATISFACTIONS,
    chosen_period,
    moment_said,
    recent_periods,
)

GROUPINGS: Final = ("unit", "place", "item", "family", "month")
PAGE: Final = 25
DIGITS_MAX: Final = 6  # of the mark of a page
DRAWN_MAX: Final = 20  # rows that the chart shows
LEVELS: Final = (2, 3)  # of the tree of places: counties, townships
LEFT_OUT_ALL: Final = "left_out"
COLUMNS: Final = (
    Column("rank", _("Rank"), numeric=True),
    Column("key", _("Name")),
    Column("score", _("Score"), numeric=True, unit="%"),
    Column("response", _("Response"), numeric=True, unit="%"),
    Column("resolution", _("Resolution"), numeric=True, unit="%"),
    Column("satisfaction", _("Satisfaction"), numeric=True, unit="%"),
    Column("accept", _("Accepted in time"), numeric=True, unit="%"),
    Column("finish", _("Finished in time"), numeric=True, unit="%"),
    Column("left_out", _("Left out"), numeric=True),
)


@dataclass(frozen=True, slots=True)
class Shown:
    """One row of the table: its name, its figures, and where its rows are."""

    name: str
    rates: RateRow
    kept: Timeliness | None
    address: str
    opinions: str = ""  # the address of the rows behind the rates, but for which rate

    def rows(self, rate: str, *, counted: str = "yes") -> str:
        """Return the address of the rows that a rate counts, or leaves out."""
        return f"{self.opinions}&{urlencode({'rate': rate, 'counted': counted})}" if self.opinions else ""

    @property
    def left_out(self) -> int:
        """How many opinions and clocks are left out of one figure or another."""
        return sum(one.count for one in (*self.rates.left_out, *(self.kept.left_out if self.kept else ())))


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks for."""

    period: Period
    by: str
    level: int
    population: Population


def asked_of(query: QueryDict, groupings: tuple[str, ...], *, default: str) -> Asked:
    """Read the period, the grouping and the population of an address. Raises ``InvalidInput``."""
    by = query.get("by") or default
    if by not in groupings:
        raise InvalidInput(
            gettext_noop("Nothing is counted by “%(value)s”."), field="by", value=by[:40],
            remedy=gettext_noop("Possible: %(allowed)s."), allowed=", ".join(groupings),
        )  # fmt: skip
    level = query.get("level") or "2"
    if level not in {str(one) for one in LEVELS}:
        raise InvalidInput(
            gettext_noop("There are no figures for the level %(value)s."), field="level", value=level[:10]
        )
    return Asked(chosen_period(query), by, int(level), population_of(query))


def population_of(query: QueryDict) -> Population:
    """Read which requests an address is about. Raises ``InvalidInput``."""
    unit, place = query.get("unit"), query.get("place")
    path = place_path_given(place) if place else None
    return Population(
        place_path=None if query.get("here") else path,
        place_alone=path if query.get("here") else None,
        unit_id=unit_id_given(unit) if unit and unit != NO_UNIT else None,
        unassigned=unit == NO_UNIT or None,
        item_code=query.get("item") or None,
        family=query.get("family") or None,
    )


def rates_page(request: PageRequest) -> PageResult:
    """The table of rates, its chart, what was left out and why, and what deserves a second look."""
    asked = asked_of(request.GET, GROUPINGS, default="unit")
    whole, rows = counted(request.actor, asked, request.GET)
    context = {
        "asked": asked, "whole": whole, "table": _page(rows, request.GET),
        "chart": draw(rows), "left_out": _left_out(whole), "flags": told_flags(request.actor, asked),
        "ranked_from": RANKED_FROM, "given": request.GET.dict(), "items": sorted(item_names().items()),
        "groupings": [(by, BY[by]) for by in GROUPINGS], "families": list(FAMILIES.items()),
        "units": units_seen(request.actor), "export": f"{reverse('hotline:rates_export')}?{request.GET.urlencode()}",
        "may_see": can(request.actor, "orders.see"), "place_name": _place_name(asked),
        "levels": [("2", _("Counties")), ("3", _("Townships"))], "recent": recent_periods(),
    }  # fmt: skip
    return Rendered("hotline/rates.html", context)


def _page(rows: list[Shown], query: QueryDict) -> Table:
    """A page of the rows; ``after`` and ``before`` are places in the ranking. Raises ``InvalidInput``."""
    after, before = _place_in_ranking(query, "after"), _place_in_ranking(query, "before")
    first = max(0, before - PAGE) if before else after
    return Table(
        caption=gettext("Rates"), columns=COLUMNS, rows=rows[first : first + PAGE], total=len(rows),
        next_cursor=str(first + PAGE) if first + PAGE < len(rows) else "", previous_cursor=str(first) if first else "",
    )  # fmt: skip


def _place_in_ranking(query: QueryDict, name: str) -> int:
    text = query.get(name) or "0"
    if not (text.isascii() and text.isdigit() and len(text) <= DIGITS_MAX):
        raise InvalidInput(gettext_noop("This is not the mark of a page."), field=name, value=text[:40])
    return int(text)


def rates_export(request: PageRequest) -> PageResult:
    """The rows of the table as the page shows them, as CSV."""
    asked = asked_of(request.GET, GROUPINGS, default="unit")
    whole, rows = counted(request.actor, asked, request.GET)
    return Download(f"rates-{asked.by}-{asked.period}.csv", "text/csv; charset=utf-8", _csv(asked, [*rows, whole]))


def _place_name(asked: Asked) -> str:
    path = asked.population.place_path or asked.population.place_alone
    return key_names("place", [path])[path] if path else ""


def counted(actor: Actor, asked: Asked, query: QueryDict) -> tuple[Shown, list[Shown]]:
    """Return the row of the whole, and the rows by key, the best score first."""
    told = {"by": asked.by, "place_level": asked.level, "population": asked.population}
    table = rates(actor, asked.period, **told)  # type: ignore[arg-type]
    kept = {
        row.key: row
        for row in timeliness(actor, asked.period, now=timezone.now(), **told)  # type: ignore[arg-type]
    }
    total = timeliness(actor, asked.period, now=timezone.now(), by="all", population=asked.population)
    rated = {row.key: row for row in table.rows}
    names = key_names(asked.by, [*rated, *kept])
    rows = [
        Shown(names.get(row.key, row.key), row, kept.get(row.key), *_addresses(query, asked, row.key))
        for row in table.rows
    ]
    whole = Shown(gettext("All"), table.whole, total[0] if total else None, *_addresses(query, asked, None))
    return whole, rows


def _addresses(query: QueryDict, asked: Asked, key: str | None) -> tuple[str, str]:
    """Return the addresses of the requests placed in the period that a row stands for, and of its opinions."""
    told = {name: query.get(name, "") for name in ("unit", "place", "here", "item", "family") if query.get(name)}
    told["period"] = str(asked.period)
    if key and asked.by == "month":
        told["period"] = key
    elif key:
        told[asked.by] = key
        if asked.by == "place" and key.count(".") + 1 < asked.level:
            told["here"] = "1"  # what lies at a larger place itself
    elif key is not None:
        if asked.by != "unit":
            return "", ""
        told["unit"] = NO_UNIT
    query_told = urlencode(told)
    return f"{reverse('hotline:oversight_orders')}?{query_told}", f"{reverse('hotline:figure_rows')}?{query_told}"


def draw(rows: list[Shown]) -> dict[str, Any]:
    """Scores with their intervals, the best on top, as an ECharts option."""
    drawn = [row for row in rows if row.rates.score is not None][:DRAWN_MAX][::-1]
    bounds = [row.rates.score_interval or Interval(Decimal(0), Decimal(1)) for row in drawn]
    return {
        "xAxis": {"type": "value", "min": 0, "max": 100},
        "yAxis": {"type": "category", "data": [row.name for row in drawn], "axisLabel": {"interval": 0}},
        "series": [
            {"type": "bar", "stack": "interval", "silent": True, "itemStyle": {"color": "transparent"},
             "tooltip": {"show": False}, "data": [_percent(bound.low) for bound in bounds]},
            {"type": "bar", "stack": "interval", "name": gettext("95 % interval"), "barWidth": 6,
             "itemStyle": {"opacity": 0.35},
             "data": [_percent(bound.high - bound.low) for bound in bounds]},
            {"type": "scatter", "name": gettext("Score"),
             "data": [{"value": [_percent(row.rates.score), index], "address": row.address}
                      for index, row in enumerate(drawn)]},
        ],
    }  # fmt: skip


def _percent(share: Decimal | None) -> float:
    return round(float((share or Decimal(0)) * 100), 1)  # for a plot; the table says it in Decimal


def _left_out(row: Shown) -> list[tuple[object, object, object, int]]:
    """What a row leaves out: of which figure, why, for what reason, how many."""
    found = (*row.rates.left_out, *(row.kept.left_out if row.kept else ()))
    return [
        (RATES.get(one.rate, one.rate), LEFT_OUT.get(one.why, one.why), REASONS.get(one.reason, one.reason), one.count)
        for one in found
    ]


def told_flags(actor: Actor, asked: Asked) -> list[tuple[str, str, RatingFlag]]:
    """The flags of the period: who it is about, and the sentence that says why it was raised."""
    flags = rating_flags(actor, asked.period, population=asked.population)
    units = key_names("unit", [flag.subject_id for flag in flags if flag.subject == "unit"])
    operators = post_holders(actor, post_ids=[UUID(flag.subject_id) for flag in flags if flag.subject == "operator"])
    posts = {str(post.id): name or post.title or post.role for post, name in operators}
    told = []
    for flag in flags:
        parameters = dict(flag.parameters)
        if "answer" in parameters:
            parameters["answer"] = SATISFACTIONS.get(parameters["answer"], parameters["answer"])
        for moment in {"first", "last"} & set(parameters):
            parameters[moment] = moment_said(datetime.fromisoformat(parameters[moment]))
        name = units.get(flag.subject_id) if flag.subject == "unit" else posts.get(flag.subject_id)
        told.append((name or flag.subject_id, gettext(flag.explanation) % parameters, flag))
    return told


def _csv(asked: Asked, rows: list[Shown]) -> Iterator[bytes]:
    """Write the table: shares as numbers from 0 to 1, each with its count and the bounds of its interval."""
    names = ("response", "resolution", "satisfaction", "accept", "finish")
    parts = ("", "_low", "_high", "_count")
    head = ["period", asked.by, "key", "rank", "score", "score_low", "score_high"]
    head += [f"{name}{part}" for name in names for part in parts]
    yield (MARK + csv_line([*head, LEFT_OUT_ALL])).encode()
    for row in rows:
        shares = [*_shares(row.rates), *((row.kept.accept, row.kept.finish) if row.kept else (None, None))]
        interval = row.rates.score_interval
        cells: list[Any] = [str(asked.period), row.name, row.rates.key, row.rates.rank, row.rates.score]
        cells += [interval.low, interval.high] if interval else [None, None]
        for share in shares:
            cells += _share_cells(share)
        yield csv_line([*cells, row.left_out]).encode()


def _shares(row: RateRow) -> tuple[Share, Share, Share]:
    return row.response, row.resolution, row.satisfaction


def _share_cells(share: Share | None) -> list[Any]:
    if share is None or share.interval is None:
        return [None, None, None, share.count if share else 0]
    return [share.value, share.interval.low, share.interval.high, share.count]
