"""Demand: how much was asked for, where, about what, of whom and when; each number leads down to its rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from tianqu.base.errors import InvalidInput
from tianqu.base.periods import Period, parse_period
from tianqu.base.spreadsheets import MARK, csv_line
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.orders.api import Population, demand
from tianqu.kernel.pack.api import Data, Download, PageRequest, PageResult, Rendered
from tianqu.kernel.places.api import Place, path_is_under
from tianqu.packs.hotline.oversight import NO_UNIT, place_path_given, unit_id_given
from tianqu.packs.hotline.queries import item_names, key_names, places_on_map, units_seen
from tianqu.packs.hotline.words import FAMILIES, chosen_period, named, recent_periods

DAYS_DRAWN_MAX: Final = timedelta(days=62)  # longer periods are drawn by month
BARS_MAX: Final = 15  # of a plot; the table and its file hold all
STEPS: Final = 5  # of the map's colours
FILTERS: Final = ("period", "family", "item", "unit", "place")
CUTS: Final[dict[str, str | Promise]] = {
    "place": _("By place"), "time": _("By day"), "family": _("By family of items"), "item": _("By item"),
    "unit": _("By unit"), "hour": _("By hour of the day"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks for; ``place`` is the path whose parts are shown, None for whatever one sees."""

    period: Period
    population: Population
    place: str | None
    given: dict[str, str]

    @property
    def level(self) -> int:
        """The depth of the places that are counted: one below the place that is shown."""
        return self.place.count(".") + 2 if self.place else 1

    @property
    def by_day(self) -> bool:
        """Whether time is counted in days rather than in months."""
        return self.period.end - self.period.start <= DAYS_DRAWN_MAX


@dataclass(frozen=True, slots=True)
class Line:
    """One number: its key and name, how many, where its rows are, and where its parts are ("" for none)."""

    key: str
    name: str
    count: int
    rows: str
    below: str = ""


@dataclass(frozen=True, slots=True)
class Cut:
    """Demand cut one way: its plot, its lines, and its file."""

    code: str
    title: str | Promise
    lines: list[Line]
    chart: dict[str, Any]
    file: str


def page(request: PageRequest) -> PageResult:
    """The map, the plots, and a table beside each."""
    asked = asked_of(request)
    cuts = [_cut(request.actor, asked, code) for code in CUTS]
    places = cuts[0]
    total = sum(line.count for line in places.lines)
    most = max((line.count for line in places.lines if line.below), default=0)
    query = urlencode(asked.given)
    context = {
        "recent": recent_periods(),
        "asked": asked, "total": total, "total_rows": _rows(asked), "places": places, "cuts": cuts[1:],
        "legend": _legend(places.lines, most), "given": asked.given, "crumbs": _crumbs(request.actor, asked),
        "map": f"{reverse('hotline:demand_map')}?{query}",
        "items": sorted(item_names().items(), key=lambda one: one[1]),
        "families": list(FAMILIES.items()), "units": [(NO_UNIT, _("Nobody yet")), *units_seen(request.actor)],
    }  # fmt: skip
    return Rendered("hotline/demand.html", context)


def export(request: PageRequest) -> PageResult:
    """The numbers of one cut as CSV: just what is shown, with the filters that it was shown under."""
    code = request.GET.get("by", "place")
    if code not in CUTS:
        raise InvalidInput(
            gettext_noop("Nothing is counted by “%(value)s”."), field="by", value=code[:40],
            remedy=gettext_noop("Possible: %(allowed)s."), allowed=", ".join(CUTS),
        )  # fmt: skip
    asked = asked_of(request)
    lines = _lines(request.actor, asked, code)
    return Download(f"demand-{code}-{asked.period}.csv", "text/csv; charset=utf-8", _csv(asked, code, lines))


def map_data(request: PageRequest) -> PageResult:
    """The places below the one that is shown, with their counts, as GeoJSON for the map."""
    asked = asked_of(request)
    counts = {line.key: line for line in _lines(request.actor, asked, "place")}
    most = max((line.count for line in counts.values() if line.below), default=0)
    features = []
    for place in places_on_map(request.actor, asked.place):
        line = counts.get(str(place.path))
        feature = _feature(place, asked, line.count if line else 0, most=most)
        if feature is not None:
            features.append(feature)
    return Data({"type": "FeatureCollection", "features": features})


def asked_of(request: PageRequest) -> Asked:
    """Read period, population and place of an address. Raises ``InvalidInput``."""
    query: QueryDict = request.GET
    unit, place = query.get("unit"), query.get("place") or _home(request.actor)
    period = chosen_period(query)
    population = Population(
        place_path=place_path_given(query.get("place", "")) if query.get("place") else None,
        unit_id=unit_id_given(unit) if unit and unit != NO_UNIT else None,
        item_code=query.get("item") or None, family=query.get("family") or None, unassigned=unit == NO_UNIT or None,
    )  # fmt: skip
    given = {name: query.get(name, "") for name in FILTERS if query.get(name)} | {"period": str(period)}
    return Asked(period, population, place_path_given(place) if place else None, given)


def _home(actor: Actor) -> str | None:
    """The place that a post looks after, if it is one; the realm for a post that sees everything."""
    return actor.scope.place_paths[0] if len(actor.scope.place_paths) == 1 else None


def _cut(actor: Actor, asked: Asked, code: str) -> Cut:
    lines = _lines(actor, asked, code)
    file = f"{reverse('hotline:demand_export')}?{urlencode(asked.given | {'by': code})}"
    title = _("By month") if code == "time" and not asked.by_day else CUTS[code]
    return Cut(code, title, lines, {} if code == "place" else _chart(code, lines), file)


def _lines(actor: Actor, asked: Asked, code: str) -> list[Line]:
    """Count one way. Times stand in their order, everything else by how many."""
    by = ("day" if asked.by_day else "month") if code == "time" else code
    found = demand(actor, asked.period, by=(by,), place_level=asked.level, population=asked.population)
    names = key_names(by, [row.keys[0] for row in found]) if by in ("place", "unit", "item", "family") else {}
    lines = [
        Line(
            key=row.keys[0], name=_named(by, key=row.keys[0], names=names, asked=asked), count=row.count,
            rows=_rows(asked, by, key=row.keys[0]), below=_below(asked, row.keys[0]) if by == "place" else "",
        )
        for row in found
    ]  # fmt: skip
    return (
        _gapless(by, lines, asked)
        if by in ("day", "month", "hour")
        else sorted(lines, key=lambda line: (-line.count, line.name))
    )


def _gapless(by: str, lines: list[Line], asked: Asked) -> list[Line]:
    """Put in the days, months or hours in which nothing was asked, so that a plot's distances are true."""
    if by == "hour":
        keys = [f"{hour:02d}" for hour in range(24)]
    else:
        days = range((asked.period.last - asked.period.first).days + 1)
        every = [asked.period.first + timedelta(days=day) for day in days]
        keys = list(dict.fromkeys(f"{day:%Y-%m-%d}" if by == "day" else f"{day:%Y-%m}" for day in every))
    found = {line.key: line for line in lines}
    return [found.get(key) or Line(key, _named(by, key=key, names={}, asked=asked), 0, "") for key in keys]


def _named(by: str, *, key: str, names: dict[str, str], asked: Asked) -> str:
    if by == "hour":
        return f"{key}:00"
    if by == "place" and key == asked.place:
        return gettext("%(name)s itself") % {"name": names.get(key, key)}
    return names.get(key, key)


def _rows(asked: Asked, by: str = "", *, key: str = "") -> str:
    """Return the address of the requests behind a number."""
    told = dict(asked.given)
    if by in ("day", "month"):
        told["period"] = str(_within(parse_period(key, asked.period.zone), asked.period))
    elif by == "place":
        told |= {"place": key} | ({"here": "1"} if key == asked.place else {})
    elif by == "unit":
        told["unit"] = key or NO_UNIT
    elif by:
        told[by] = key
    return f"{reverse('hotline:oversight_orders')}?{urlencode(told)}"


def _within(one: Period, other: Period) -> Period:
    """What two periods have in common; they do have something."""
    return Period(max(one.first, other.first), min(one.last, other.last), one.zone)


def _below(asked: Asked, key: str) -> str:
    """Return the address of a place's own parts, "" for the place that is shown itself."""
    if key == asked.place:
        return ""
    return f"{reverse('hotline:demand')}?{urlencode(asked.given | {'place': key})}"


def _crumbs(actor: Actor, asked: Asked) -> list[tuple[str, str]]:
    """The places in which the one that is shown lies, as far as the actor sees them."""
    if asked.place is None:
        return []
    parts = asked.place.split(".")
    paths = [".".join(parts[: index + 1]) for index in range(len(parts))]
    seen = [
        path for path in paths
        if actor.scope.everything or any(path_is_under(path, above=one) for one in actor.scope.place_paths)
    ]  # fmt: skip
    names = key_names("place", seen)
    return [(names[path], f"{reverse('hotline:demand')}?{urlencode(asked.given | {'place': path})}") for path in seen]


def _feature(place: Place, asked: Asked, count: int, *, most: int) -> dict[str, Any] | None:
    geometry: dict[str, Any] | None = place.boundary
    if geometry is None and place.lon is not None and place.lat is not None:
        geometry = {"type": "Point", "coordinates": [float(place.lon), float(place.lat)]}
    if geometry is None:
        return None
    properties: dict[str, Any] = {
        "name": named(place), "count": count, "step": _step(count, most=most),
        "address": _below(asked, str(place.path)),
    }  # fmt: skip
    if place.lon is not None and place.lat is not None:
        properties |= {"lon": float(place.lon), "lat": float(place.lat)}
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def _step(count: int, *, most: int) -> int:
    """Which of the map's colours a count gets: 0 for none, else 1 to 5 in equal steps up to the largest."""
    return 0 if count == 0 or most == 0 else min(STEPS, -(-count * STEPS // most))


def _legend(lines: list[Line], most: int) -> list[tuple[int, int, int, int]]:
    """The colours that occur: step, least, most, and how many places have it."""
    steps: dict[int, list[int]] = {}
    for line in lines:
        if line.below:
            steps.setdefault(_step(line.count, most=most), []).append(line.count)
    return [(step, min(counts), max(counts), len(counts)) for step, counts in sorted(steps.items())]


def _chart(code: str, lines: list[Line]) -> dict[str, Any]:
    """Bars as an ECharts option: upright for times, lying for names, the largest on top."""
    if code in ("time", "hour"):
        return {
            "xAxis": {"type": "category", "data": [line.name for line in lines]}, "yAxis": {"type": "value"},
            "series": [{"type": "bar", "data": [{"value": line.count, "address": line.rows} for line in lines]}],
        }  # fmt: skip
    drawn = lines[:BARS_MAX][::-1]
    return {
        "xAxis": {"type": "value"}, "yAxis": {"type": "category", "data": [line.name for line in drawn]},
        "series": [{"type": "bar", "data": [{"value": line.count, "address": line.rows} for line in drawn]}],
    }  # fmt: skip


def _csv(asked: Asked, code: str, lines: list[Line]) -> Iterator[bytes]:
    filters = [(name, asked.given.get(name, "")) for name in FILTERS]
    yield (MARK + csv_line([*(f"filter_{name}" for name, _value in filters), code, "name", "count"])).encode()
    for line in lines:
        yield csv_line([*(value for _name, value in filters), line.key, line.name, line.count]).encode()
