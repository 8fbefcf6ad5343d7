"""What is like a request that is being told: others of the same cause, and answers that were given to such.

Likeness is the share of pairs of characters and of words that two texts have in common, with the place and the time
beside it. Candidates are few, found by index (the same place and its neighbours, some days); they are weighed here.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from operator import add
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from tianqu.kernel.journal.api import Actor
from tianqu.kernel.orders.models import AnswerTemplate
from tianqu.kernel.orders.terms import search_runs
from tianqu.kernel.orders.walls import reading
from tianqu.kernel.places.api import require

WINDOW: Final = timedelta(days=14)
CANDIDATES_MAX: Final = 300
NEIGHBOURS_MAX: Final = 300
TEXT_CHARACTERS: Final = 300  # of each text; the same matter shows at its beginning
SCORE_MIN: Final = 45
LIKENESS_MIN: Final = 0.1
SHARED_SHOWN: Final = 4
ANSWER_SCORE_MIN: Final = 15
NEAR_METRES: Final = 150.0
FAR_METRES: Final = 2_000.0
TEXT_WEIGHT, PLACE_WEIGHT, TIME_WEIGHT = 60, 25, 15  # of a hundred
EARTH_RADIUS_METRES: Final = 6_371_008.8  # mean radius, IUGG


@dataclass(frozen=True, slots=True)
class Likeness:
    """An order that may be of the same cause. ``score`` of 100; the parts in per cent; ``distance_m`` if known."""

    order_id: UUID
    code: str
    title: str
    state: str
    unit_id: UUID | None
    placed_at: datetime
    score: int
    text_percent: int
    same_item: bool
    same_place: bool
    distance_m: int | None
    shared: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AnswerSuggestion:
    """An answer that was given to a like request and published (``code``), or a template (``template_id``)."""

    title: str
    text: str
    score: int
    code: str = ""
    template_id: UUID | None = None


def similar_orders(
    actor: Actor,
    *,
    text: str,
    place_id: UUID,
    item: str = "",
    lon: float | None = None,
    lat: float | None = None,
    at: datetime | None = None,
    leaving_out: UUID | None = None,
    limit: int = 5,
) -> list[Likeness]:
    """Return orders of the last 14 days at the place or beside it that are like ``text``, the likest first.

    The actor sees what is within their scope; ``lon`` and ``lat`` are degrees of WGS 84. Raises ``NotPermitted``.
    """
    require(actor, "orders.see")
    now = at or timezone.now()
    terms = _terms(text)
    if not terms:
        return []
    with reading(actor):
        rows = {row[0]: row for row in _candidates(place_id, since=now - WINDOW, until=now, leaving_out=leaving_out)}
    weighed = (_weighed(row, terms, item=item, place_id=place_id, point=(lon, lat), now=now) for row in rows.values())
    found = sorted(
        (each for each in weighed if each is not None), key=lambda each: (-each.score, -each.placed_at.timestamp())
    )
    return [replace(each, shared=_stretches(" ".join(rows[each.order_id][2:4]), terms)) for each in found[:limit]]


def _candidates(
    place_id: UUID, *, since: datetime, until: datetime, leaving_out: UUID | None
) -> Iterable[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT near.id FROM places_place here JOIN places_place near ON near.id = here.id"
            " OR near.parent_id = here.parent_id OR near.id = here.parent_id WHERE here.id = %s LIMIT %s",
            [place_id, NEIGHBOURS_MAX],
        )
        places = [row[0] for row in cursor.fetchall()]
        cursor.execute(
            "SELECT o.id, o.code, o.title, left(o.description, %s), o.state, o.unit_id, o.placed_at, i.code,"
            " o.place_id, o.lon, o.lat FROM orders_order o JOIN orders_item i ON i.id = o.item_id"
            " WHERE o.asker_kind <> 'office' AND o.place_id = ANY (%s) AND o.placed_at BETWEEN %s AND %s"
            " AND o.state NOT IN ('withdrawn', 'refused', 'merged') ORDER BY o.placed_at DESC LIMIT %s",
            [TEXT_CHARACTERS, places or [place_id], since, until, CANDIDATES_MAX],
        )
        return [row for row in cursor.fetchall() if row[0] != leaving_out]


def _weighed(
    row: tuple[Any, ...],
    terms: frozenset[str],
    *,
    item: str,
    place_id: UUID,
    point: tuple[float | None, float | None],
    now: datetime,
) -> Likeness | None:
    """Weigh one candidate; None for one that is not like enough."""
    order_id, code, title, description, state, unit_id, placed_at, item_code, place, lon, lat = row
    theirs = _terms(f"{title} {description}")
    likeness = 2 * len(terms & theirs) / (len(terms) + len(theirs)) if theirs else 0.0
    distance = distance_m(point, (lon, lat))
    nearness = _nearness(distance, same_place=place == place_id)
    freshness = max(0.0, 1 - (now - placed_at) / WINDOW)
    same_item = bool(item) and item == item_code
    # Half of a text in common is as much as two people ever share of one matter, so it counts in full.
    text_part = min(1.0, 2 * likeness) * (1.0 if same_item or not item else 0.85)
    score = round(TEXT_WEIGHT * text_part + PLACE_WEIGHT * nearness + TIME_WEIGHT * freshness)
    if likeness < LIKENESS_MIN or score < SCORE_MIN:
        return None
    return Likeness(
        order_id=order_id, code=code, title=title, state=state, unit_id=unit_id, placed_at=placed_at,
        score=score, text_percent=round(100 * likeness), same_item=same_item,
        same_place=place == place_id, distance_m=None if distance is None else round(distance),
    )  # fmt: skip


def _stretches(text: str, terms: frozenset[str]) -> tuple[str, ...]:
    """Return the longest stretches of ``text`` whose words or pairs of characters are all among ``terms``."""
    stretches: dict[str, None] = {}
    for run in search_runs(text):
        if run in terms:
            stretches[run] = None
        start = 0
        for at in range(len(run)):
            if run[at : at + 2] not in terms:
                if at > start:
                    stretches[run[start : at + 1]] = None
                start = at + 1
    return tuple(sorted(stretches, key=len, reverse=True)[:SHARED_SHOWN])


def _nearness(distance: float | None, *, same_place: bool) -> float:
    if distance is None:
        return 0.8 if same_place else 0.3
    if distance <= NEAR_METRES:
        return 1.0
    return max(0.0, 1 - distance / FAR_METRES)


def distance_m(one: Sequence[Any], other: Sequence[Any]) -> float | None:
    """Return the distance of two points (longitude, latitude in degrees) in metres, or None if one is unknown.

    On a sphere (haversine), which differs from the ellipsoid by at most 0.6 %.
    """
    if any(value is None for value in (*one, *other)):
        return None
    lon_1, lat_1, lon_2, lat_2 = (math.radians(float(value)) for value in (*one, *other))
    half = math.sin((lat_2 - lat_1) / 2) ** 2 + math.cos(lat_1) * math.cos(lat_2) * math.sin((lon_2 - lon_1) / 2) ** 2
    return 2 * EARTH_RADIUS_METRES * math.asin(min(1.0, math.sqrt(half)))


def _terms(text: str) -> frozenset[str]:
    """Return the words and the pairs of Chinese characters at the beginning of a text."""
    terms: set[str] = set()
    for run in search_runs(text[:TEXT_CHARACTERS]):
        if run[0] < "㐀":
            terms.add(run)
        else:
            terms.update(map(add, run, run[1:]))
    return frozenset(terms)


def answer_suggestions(actor: Actor, *, text: str, item: str = "", limit: int = 5) -> list[AnswerSuggestion]:
    """Return templates for the item, and published answers to like requests, the likest first of each."""
    require(actor, "orders.see")
    terms = _terms(text)
    return [*_templates(actor, terms, item=item, limit=limit), *_published(terms, item=item, limit=limit)]


def _templates(actor: Actor, terms: frozenset[str], *, item: str, limit: int) -> list[AnswerSuggestion]:
    found = AnswerTemplate.objects.filter(
        Q(unit_id=None) | Q(unit_id__in=actor.scope.unit_ids), item_code__in={"", item}, retired_at=None
    )
    weighed = [
        AnswerSuggestion(
            title=row.title, text=row.text, template_id=row.id,
            score=min(100, (50 if row.item_code else 10) + _share(terms, _terms(f"{row.title} {row.text}"))),
        )
        for row in found.order_by("title")[:CANDIDATES_MAX]
    ]  # fmt: skip
    return sorted(weighed, key=lambda each: (-each.score, each.title))[:limit]


def _published(terms: frozenset[str], *, item: str, limit: int) -> list[AnswerSuggestion]:
    if not terms:
        return []
    by_item, values = ("item_code = %s", [item]) if item else ("terms && %s::text[]", [sorted(terms)])
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT code, title, left(question, %s), answer FROM orders_publication"  # noqa: S608  two constants
            f" WHERE {by_item} AND hidden_at IS NULL AND answer <> '' ORDER BY placed_at DESC LIMIT %s",
            [TEXT_CHARACTERS, *values, CANDIDATES_MAX],
        )
        rows = cursor.fetchall()
    weighed = [
        AnswerSuggestion(title=title, text=answer, score=_share(terms, _terms(f"{title} {question}")), code=code)
        for code, title, question, answer in rows
    ]
    liked = (each for each in weighed if each.score >= ANSWER_SCORE_MIN)
    return sorted(liked, key=lambda each: (-each.score, each.code))[:limit]


def _share(ours: frozenset[str], theirs: frozenset[str]) -> int:
    """Twice the common terms of all terms (Dice), in per cent."""
    return round(200 * len(ours & theirs) / (len(ours) + len(theirs))) if ours or theirs else 0
