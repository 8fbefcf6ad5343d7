"""The pages of ratios and trends: place by place with two plots, the rows behind each number, and the file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from tianqu.base.errors import InvalidInput
from tianqu.base.spreadsheets import MARK, csv_line
from tianqu.kernel.pack.api import Column, Download, PageRequest, PageResult, Rendered, Table, chosen_sort
from tianqu.kernel.places.api import Place, can, places_above
from tianqu.packs.village.choosing import offered, place_narrowing, source, typed_as
from tianqu.packs.village.desk.figures import SHARES, Figure, PlaceLine
from tianqu.packs.village.desk.queries import Behind, BehindRow, Trends, behind, newest_year, place_reached, trends
from tianqu.packs.village.desk.words import (
    ASKS,
    COLUMN_NAMES,
    FIGURES,
    SHARE_NAMES,
    UNIT_NAMES,
    figure_said,
    part_said,
    percent_said,
    plotted,
    unit_said,
)
from tianqu.packs.village.registers.land import VILLAGE_KIND
from tianqu.packs.village.tabular import village_names
from tianqu.packs.village.words import english, shown

DRAWN_MAX: Final = 20
YEARS_BACK: Final = 10
SORT: Final = "place"
FIGURE_OPTIONS: Final = [(each.value, _(title)) for each, title in FIGURES.items()]


def _columns() -> list[Column]:
    """A column for each figure: the part, and below it the share, by which it is sorted."""
    columns = [Column("place", _("Place"), sortable=True)]
    for figure in Figure:
        columns.append(
            Column(figure.value, gettext(COLUMN_NAMES[figure]), numeric=True, unit=unit_said(figure), sortable=True)
        )
    return columns


def trend_page(request: PageRequest) -> PageResult:
    """Ratios of the places below one, and of all of it over the years; in the newest year that has any."""
    columns, place = _columns(), _place(request)
    sort = chosen_sort(request.GET, columns, default=SORT)
    year = _year(request.GET) or newest_year(request.actor, place=place)
    told = trends(request.actor, place=place, year=year, sort=sort)
    known = [line for line in told.lines if line.figures]
    figure = _figure(request.GET, known)
    context = _where(request, told.place) | {
        "told": told, "year": told.year, "years": _years(), "figures": FIGURE_OPTIONS, "figure": figure,
        "table": Table(caption=_("Ratios and trends"), columns=columns, rows=known, sort=sort),
        "silent": [line for line in told.lines if not line.figures],
        "all_figures": list(Figure), "shares": SHARES, "figure_said": figure_said, "part": part_said,
        "percent": percent_said, "asks": [(figure_said(each), gettext(text)) for each, text in ASKS.items()],
        "unit_of": lambda each: gettext(UNIT_NAMES[each]), "whole_of": told.whole.of,
        "name_of": _name, "rows_of": lambda line, each: _rows_address(line.code, told.year, each),
        "year_rows_of": lambda line, each: _rows_address(told.place.code, line.year, each),
        "below_of": lambda line: _address(request, line.code) if line.code != told.place.code else "",
        "place_code": told.place.code, "bars": _bars(request, told, figure), "lines": _lines(told),
        "village": told.place.kind == VILLAGE_KIND, "may_see": can(request.actor, "village.see"),
        "asked_year": _year(request.GET),
        "place_typed": typed_as(told.place), "places_source": source(),
        "places_offered": offered(request.actor, request.GET.get("place", "")),
        "export": f"{reverse('village:trends_export')}?{urlencode(request.GET.dict())}",
    }  # fmt: skip
    return Rendered("village_desk/trends.html", context)


def _place(request: PageRequest) -> Place | None:
    return place_narrowing(request.actor, request.GET.get("place", ""))


def _year(query: QueryDict) -> int | None:
    """The year that is asked for. Raises ``InvalidInput``."""
    text = query.get("year", "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) == 4):
        raise InvalidInput(
            gettext_noop("%(value)s is no year."), field="year", value=text[:20],
            remedy=gettext_noop("Write it as 2020."),
        )  # fmt: skip
    return int(text)


def _years() -> list[tuple[int, str]]:
    today = timezone.localdate().year
    return [(year, str(year)) for year in range(today, today - YEARS_BACK, -1)]


def _figure(query: QueryDict, known: Sequence[PlaceLine] = ()) -> Figure:
    """The figure that is asked for; else the first of which anything is known. Raises ``InvalidInput``."""
    value = query.get("figure", "")
    if not value:
        told = (each for each in Figure if any(plotted(each, line.of(each)) for line in known if each in line.figures))
        return next(told, Figure.ARREARS)
    if value not in {each.value for each in Figure}:
        raise InvalidInput(
            gettext_noop("“%(value)s” is none of the list."), field="figure", value=value[:40],
            remedy=gettext_noop("Choose one of the list."),
        )  # fmt: skip
    return Figure(value)


def _name(line: PlaceLine) -> str:
    return line.name_en if english() and line.name_en else line.name


def _address(request: PageRequest, code: str) -> str:
    """The same page for another place."""
    kept = {name: value for name, value in request.GET.dict().items() if name in ("year", "figure", "sort")}
    return f"{reverse('village:trends')}?{urlencode(kept | {'place': code})}"


def _rows_address(code: str, year: int, figure: Figure) -> str:
    """The rows behind a number."""
    asked = urlencode({"place": code, "year": year, "figure": figure.value})
    return f"{reverse('village:trend_rows')}?{asked}"


def _where(request: PageRequest, place: Place) -> dict[str, Any]:
    """Where a place lies, as far as the reader looks after what it lies in."""
    reach = request.actor.scope
    above = [
        each for each in places_above(place.path)
        if reach.everything or any(str(each.path).startswith(path) for path in reach.place_paths)
    ]  # fmt: skip
    return {
        "place": place, "place_name": shown(place),
        "where": [(shown(each), _address(request, each.code)) for each in above],
    }  # fmt: skip


def _bars(request: PageRequest, told: Trends, figure: Figure) -> dict[str, Any] | None:
    """The places by one figure, the largest on top, as an ECharts option; None where nothing is known of it."""
    known = [(line, plotted(figure, line.of(figure))) for line in told.lines if figure in line.figures]
    drawn = sorted(((line, value) for line, value in known if value is not None), key=lambda one: -one[1])
    drawn = drawn[:DRAWN_MAX][::-1]
    if not drawn:
        return None
    village = told.place.kind == VILLAGE_KIND
    return {
        "xAxis": {"type": "value", "name": gettext("10,000 yuan") if figure is Figure.CASH else "%"},
        "yAxis": {"type": "category", "data": [_name(line) for line, _value in drawn], "axisLabel": {"interval": 0}},
        "series": [{
            "type": "bar", "name": figure_said(figure), "barMaxWidth": 28,
            "data": [
                {"value": value, "address": _rows_address(line.code, told.year, figure) if village
                 else _address(request, line.code)}
                for line, value in drawn
            ],
        }],
    }  # fmt: skip


def _lines(told: Trends) -> dict[str, Any] | None:
    """The shares of all of the place over the years, as an ECharts option; None where no year has any."""
    if all(plotted(figure, line.of(figure)) is None for line in told.years for figure in SHARES):
        return None
    return {
        "legend": {"top": 0}, "grid": {"left": 8, "right": 16, "top": 56, "bottom": 8, "containLabel": True},
        "xAxis": {"type": "category", "data": [str(line.year) for line in told.years]},
        "yAxis": {"type": "value", "name": "%"},
        "series": [
            {"type": "line", "name": figure_said(figure),
             "data": [{"value": plotted(figure, line.of(figure)),
                       "address": _rows_address(told.place.code, line.year, figure)} for line in told.years]}
            for figure in SHARES
        ],
    }  # fmt: skip


def export(request: PageRequest) -> PageResult:
    """Just what the table shows, with its whole numbers, as CSV with a byte order mark."""
    sort = chosen_sort(request.GET, _columns(), default=SORT)
    place = _place(request)
    year = _year(request.GET) or newest_year(request.actor, place=place)
    told = trends(request.actor, place=place, year=year, sort=sort)
    return Download(f"trends-{told.place.code}-{told.year}.csv", "text/csv; charset=utf-8", _file(told))


def _file(told: Trends) -> Iterator[bytes]:
    heads = [gettext("Year"), gettext("Code"), gettext("Place")]
    for figure in Figure:
        unit = gettext(UNIT_NAMES[figure])
        heads.append(f"{figure_said(figure)} ({unit})")
        if figure in SHARES:
            heads += [f"{gettext('Whole')} ({unit})", f"{gettext(SHARE_NAMES[figure])} (%)"]
    yield f"{MARK}{csv_line(heads)}".encode()
    for line in told.lines:
        cells: list[object] = [str(told.year), line.code, _name(line)]
        for figure in Figure:
            share = line.figures.get(figure)
            cells.append(_plain(figure, share.part) if share is not None else "")
            if figure in SHARES:
                cells += [_plain(figure, share.whole), str(share.percent or "")] if share is not None else ["", ""]
        yield csv_line(cells).encode()


def _plain(figure: Figure, amount: int) -> str:
    return part_said(figure, amount).replace(",", "")


def rows_page(request: PageRequest) -> PageResult:
    """How do we know: the contracts, parcels or books behind a number."""
    told = behind(request.actor, figure=_figure(request.GET), place=_place(request), year=_year(request.GET))
    place = place_reached(request.actor, told.place)
    day_title = _("Fell due on") if told.figure is Figure.ARREARS else _("Since")
    columns = [
        Column("number", _("Register number")), Column("place", _("Village")), Column("name", _("Name")),
        Column("day", day_title),
        Column("part", figure_said(told.figure), numeric=True, unit=gettext(UNIT_NAMES[told.figure])),
    ]  # fmt: skip
    context = _where(request, place) | {
        "told": told, "year": told.year, "figure": told.figure, "title": figure_said(told.figure),
        "asks": gettext(ASKS[told.figure]), "part": part_said, "address_of": _thing_address(request, told),
        "table": Table(caption=figure_said(told.figure), columns=columns, rows=told.rows),
        "villages": village_names(told.rows), "back": _address(request, place.code),
    }  # fmt: skip
    return Rendered("village_desk/rows.html", context)


def _thing_address(request: PageRequest, told: Behind) -> Any:
    """Where the page of a row is, for who may open it."""
    pages = {
        "contract": ("village:contract", "contract_id", "village.see"),
        "parcel": ("village:parcel", "parcel_id", "village.see"), "book": ("village:statements", "code", "ledgers.see"),
    }  # fmt: skip

    def address(row: BehindRow) -> str:
        page, name, permission = pages[row.kind]
        if not can(request.actor, permission):
            return ""
        given = {name: row.number if row.kind == "book" else row.id}
        return reverse(page, kwargs=given) + (f"?year={told.year}" if row.kind == "book" else "")

    return address
