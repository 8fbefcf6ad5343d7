"""Reading for the auditors' desk: ratios and trends over all villages by a few queries, and the rows behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.utils import timezone

from tianqu.base.errors import InvalidInput, NotFound, _
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.ledgers.api import yearly_movements
from tianqu.kernel.places.api import Place, path_is_under, places_at, places_in, require
from tianqu.packs.village.desk.figures import (
    YEARS,
    YEARS_MAX,
    Counts,
    Figure,
    PlaceLine,
    Share,
    YearLine,
    in_order,
    of_place,
    running,
    together,
)
from tianqu.packs.village.judging import current_policy
from tianqu.packs.village.rules.catalogue import RULES
from tianqu.packs.village.statements.layouts import LAYOUTS

SEE_TRENDS: Final = "village.see_trends"
CHILDREN_MAX: Final = 500
ROWS_MAX: Final = 500
_RECORD: Final = {rule.code: rule for rule in RULES}["democratic_record"]
# The first day on which a law asked for the record of a resolution, and of which contracts it asks.
RECORD_SINCE: Final = min(version.since for version in _RECORD.versions if version.since is not None)
RECORD_KINDS: Final = sorted(kind.value for kind in _RECORD.kinds)
CASH_CODES: Final = sorted({
    code for layout in LAYOUTS.values() for line in layout.assets.lines if line.code == "cash" for code in line.accounts
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Trends:
    """What is below a place in a year, place by place, and all of it together over the years up to that one."""

    place: Place
    year: int
    lines: list[PlaceLine]
    years: list[YearLine]

    @property
    def whole(self) -> YearLine:
        """All of the place together in the year."""
        return self.years[-1]


@dataclass(frozen=True, slots=True)
class BehindRow:
    """A row behind a figure: a contract, a parcel or a book, with the part of the figure that it is.

    ``day`` is since when: the oldest rent unpaid, the day from which the land lies idle, the day of signing.
    """

    id: UUID | None
    kind: str
    number: str
    place_path: str
    name: str
    day: date | None
    part: int


@dataclass(frozen=True, slots=True)
class Behind:
    """The rows behind a figure, the largest first; ``more``: there are others beyond them."""

    place: Place
    year: int
    figure: Figure
    rows: list[BehindRow]
    more: bool


# What holds twice below is written once. A contract has a resolution of its own, or that of a matter.
_UNRESOLVED: Final = """
    coalesce(c.particulars -> 'resolution', 'null'::jsonb) = 'null'::jsonb AND NOT EXISTS (
        SELECT FROM village_step s WHERE s.matter_id = c.matter_id AND s.step = 'resolve' AND s.struck_at IS NULL)
"""
_NEEDING: Final = "c.state <> 'struck' AND c.kind = ANY(%(kinds)s::text[]) AND c.signed_on >= %(since)s::date"
_DUE: Final = "c.state <> 'struck' AND i.due_on BETWEEN %(first)s::date AND least(%(last)s::date, %(overdue)s::date)"
_STANDING: Final = "v.valid_from <= d.day AND (v.valid_to IS NULL OR v.valid_to > d.day)"


def _below(column: str) -> str:
    """The place right below the one that is asked for, in which a row lies."""
    return f"subpath({column}, 0, least(nlevel({column}), %(depth)s::int))::text"


_ARREARS: Final = f"""
SELECT {_below("i.place_path")}, extract(year FROM i.due_on)::int,
    sum(greatest(i.amount_fen - i.paid_fen, 0))::bigint, sum(i.amount_fen)::bigint
FROM village_contract_instalment i JOIN village_contract c ON c.id = i.contract_id
WHERE i.place_path <@ %(path)s::ltree AND {_DUE} GROUP BY 1, 2
"""  # noqa: S608  names are constants
_IDLE: Final = f"""
SELECT {_below("v.place_path")}, extract(year FROM d.day)::int,
    coalesce(sum(v.area_mu_4) FILTER (WHERE v.idle), 0)::bigint, sum(v.area_mu_4)::bigint
FROM unnest(%(days)s::date[]) d(day) JOIN village_parcel_version v ON {_STANDING}
WHERE v.place_path <@ %(path)s::ltree GROUP BY 1, 2
"""  # noqa: S608
_RESOLVED: Final = f"""
SELECT {_below("c.place_path")}, extract(year FROM c.signed_on)::int, count(*) FILTER (WHERE {_UNRESOLVED}), count(*)
FROM village_contract c
WHERE c.place_path <@ %(path)s::ltree AND {_NEEDING} AND c.signed_on BETWEEN %(first)s::date AND %(last)s::date
GROUP BY 1, 2
"""  # noqa: S608


def trends(
    actor: Actor, *, place: Place | None = None, year: int | None = None, years: int = YEARS, sort: str = "place"
) -> Trends:
    """Return the ratios of the places right below one, in a year, and of all of it in the years up to that one.

    Four queries for the figures, whatever the number of villages. Without a place it is the actor's own. A village is
    told as the one line that it is. Raises ``NotFound`` for a place out of reach.
    """
    require(actor, SEE_TRENDS)
    place = place_reached(actor, place)
    year, told = _years(year, years)
    depth = len(place.path.split(".")) + 1
    counts = _counts(actor, place.path, told, depth=depth)
    below = places_in(place.path, limit=CHILDREN_MAX) or [place]
    known = {str(each.path) for each in below}
    gone = {path for places in counts.values() for path in places} - known
    below += places_at(gone).values() if gone else []
    lines = [
        PlaceLine(str(each.path), each.code, each.name, each.name_en, each.kind, of_place(counts, each.path, year=year))
        for each in below
        if str(each.path) in known or of_place(counts, str(each.path), year=year)
    ]
    return Trends(place, year, in_order(lines, sort), together(counts, told))


def place_reached(actor: Actor, place: Place | None) -> Place:
    """Return the place, or the largest of the actor's own. Raises ``NotFound`` beyond the actor's reach."""
    if place is None:
        paths = sorted(actor.scope.place_paths, key=len)
        found = list(places_at(set(paths[:1])).values()) or (places_in(None, limit=1) if actor.scope.everything else [])
        if not found:
            raise NotFound(_("Your post looks after no place."), field="place", remedy=_("Choose another post."))
        return found[0]
    held = actor.scope.everything or any(path_is_under(place.path, above=path) for path in actor.scope.place_paths)
    if not held:
        raise NotFound(_("There is no such place."), field="place", value=place.code)
    return place


def _years(year: int | None, years: int) -> tuple[int, list[int]]:
    """Return the year, and the years up to it. Raises ``InvalidInput``."""
    today = timezone.localdate().year
    chosen = year if year is not None else today
    if not 1980 <= chosen <= today:
        raise InvalidInput(
            _("%(value)s is no year of which anything is known."), field="year", value=chosen,
            remedy=_("Choose a year from 1980 to %(most)s."), most=today,
        )  # fmt: skip
    count = max(1, min(years, YEARS_MAX))
    return chosen, list(range(chosen - count + 1, chosen + 1))


def _values(path: str, years: Sequence[int]) -> dict[str, Any]:
    """What the queries are given: a rent counts as late when the policy says so, a year that runs ends today."""
    today = timezone.localdate()
    return {
        "path": path, "first": date(years[0], 1, 1), "last": min(date(years[-1], 12, 31), today),
        "overdue": today - timedelta(days=current_policy().overdue_days + 1), "kinds": RECORD_KINDS,
        "since": RECORD_SINCE, "days": [min(date(year, 12, 31), today) for year in years],
    }  # fmt: skip


def _counts(actor: Actor, path: str, years: Sequence[int], *, depth: int) -> Counts:
    values = _values(path, years) | {"depth": depth}
    moved = yearly_movements(actor, place_path=path, codes=CASH_CODES, unit="fen", depth=depth)
    return {
        Figure.ARREARS: _grouped(_ARREARS, values), Figure.IDLE: _grouped(_IDLE, values),
        Figure.UNRESOLVED: _grouped(_RESOLVED, values),
        Figure.CASH: running(((one.place_path, one.year, one.amount) for one in moved), years),
    }  # fmt: skip


def _grouped(sql: str, values: Mapping[str, Any]) -> dict[str, dict[int, Share]]:
    found: dict[str, dict[int, Share]] = {}
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        for place, year, part, whole in cursor.fetchall():
            found.setdefault(place, {})[year] = Share(part, whole)
    return found


_ARREARS_BEHIND: Final = f"""
SELECT c.id, 'contract', c.number, c.place_path::text, '', min(i.due_on),
    sum(i.amount_fen - i.paid_fen)::bigint AS part
FROM village_contract_instalment i JOIN village_contract c ON c.id = i.contract_id
WHERE i.place_path <@ %(path)s::ltree AND {_DUE} AND i.paid_fen < i.amount_fen
GROUP BY c.id ORDER BY part DESC, c.number, c.id LIMIT %(limit)s
"""  # noqa: S608
_IDLE_BEHIND: Final = f"""
SELECT p.id, 'parcel', p.number, v.place_path::text, v.name, v.valid_from, v.area_mu_4 AS part
FROM unnest(%(days)s::date[]) d(day) JOIN village_parcel_version v ON {_STANDING} AND v.idle
    JOIN village_parcel p ON p.id = v.parcel_id
WHERE v.place_path <@ %(path)s::ltree ORDER BY part DESC, p.number, p.id LIMIT %(limit)s
"""  # noqa: S608
_UNRESOLVED_BEHIND: Final = f"""
SELECT c.id, 'contract', c.number, c.place_path::text, '', c.signed_on, 1 AS part
FROM village_contract c
WHERE c.place_path <@ %(path)s::ltree AND {_NEEDING} AND {_UNRESOLVED}
    AND c.signed_on BETWEEN %(first)s::date AND %(last)s::date
ORDER BY c.signed_on, c.number, c.id LIMIT %(limit)s
"""  # noqa: S608
_BEHIND: Final = {
    Figure.ARREARS: _ARREARS_BEHIND, Figure.IDLE: _IDLE_BEHIND, Figure.UNRESOLVED: _UNRESOLVED_BEHIND,
}  # fmt: skip


def behind(
    actor: Actor, *, figure: Figure, place: Place | None = None, year: int | None = None, limit: int = ROWS_MAX
) -> Behind:
    """Return the contracts, parcels or books that a figure of a place and a year is made of, the largest first."""
    require(actor, SEE_TRENDS)
    place = place_reached(actor, place)
    year, told = _years(year, 1)
    limit = max(1, min(limit, ROWS_MAX))
    if figure is Figure.CASH:
        rows = _books_behind(actor, place.path, year)
    else:
        with connection.cursor() as cursor:
            cursor.execute(_BEHIND[figure], _values(place.path, told) | {"limit": limit + 1})
            rows = [BehindRow(*row) for row in cursor.fetchall()]
    return Behind(place, year, figure, rows[:limit], len(rows) > limit)


def _books_behind(actor: Actor, path: str, year: int) -> list[BehindRow]:
    """The books of a place with the cash at the end of a year, the largest first."""
    moved = yearly_movements(actor, place_path=path, codes=CASH_CODES, unit="fen", depth=None)
    paths = {one.book: one.place_path for one in moved}
    ends = running(((one.book, one.year, one.amount) for one in moved), [year])
    rows = [
        BehindRow(None, "book", book, paths[book], "", None, share[year].part) for book, share in ends.items() if share
    ]
    return sorted(rows, key=lambda row: (-row.part, row.number))
