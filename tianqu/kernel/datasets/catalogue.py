"""The catalogue: finding datasets among thousands, in Chinese and English, with counts by domain, office and access."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import StrIndex
from django.db.models.lookups import GreaterThan

from tianqu.base.errors import InvalidInput, _
from tianqu.kernel.datasets.declarations import ACCESSES, DOMAINS
from tianqu.kernel.datasets.models import Dataset
from tianqu.kernel.journal.api import Actor, set_scope
from tianqu.kernel.places.api import can

PAGE_MAX: Final = 1_000
WORDS_MAX: Final = 8
TEXT_MAX: Final = 200
SORTS: Final = {
    "changed": ("-changed_at", "-id"),
    "code": ("code",),
    "newest": (F("published_at").desc(nulls_last=True), "-id"),  # what never had a version comes last
    "rows": ("-rows", "code"),
    "title": ("title", "id"),
}

_FACETS: Final = """
WITH found (domain, unit_id, access) AS MATERIALIZED ({}),
ranked AS (
    SELECT CASE GROUPING(domain, unit_id, access) WHEN 3 THEN 'domain' WHEN 5 THEN 'unit_id' ELSE 'access' END AS name,
        coalesce(domain, unit_id::text, access) AS value, count(*) AS count,
        row_number() OVER (PARTITION BY GROUPING(domain, unit_id, access)
                           ORDER BY count(*) DESC, coalesce(domain, unit_id::text, access)) AS place
    FROM found GROUP BY GROUPING SETS ((domain), (unit_id), (access))
)
SELECT name, value, count FROM ranked WHERE name <> 'unit_id' OR place <= %s ORDER BY name, place
"""


@dataclass(frozen=True, slots=True)
class CatalogueAsked:
    """What is looked for: words that all must occur, an access; from row ``offset`` on.

    ``domains`` and ``unit_ids``: it is of one of these; None is any.
    """

    text: str = ""
    domains: frozenset[str] | None = None
    unit_ids: frozenset[UUID] | None = None
    access: str = ""
    sort: str = "newest"
    offset: int = 0
    limit: int = 20
    empty: bool = True  # also those without a version yet


@dataclass(frozen=True, slots=True)
class CataloguePage:
    """A page of the catalogue, and how many datasets there are in all."""

    datasets: tuple[Dataset, ...]
    total: int


@dataclass(frozen=True, slots=True)
class CatalogueFacets:
    """How many of what was found are in each domain, of each office, and under each access, the most first."""

    domains: tuple[tuple[str, int], ...] = field(default=())
    units: tuple[tuple[UUID, int], ...] = field(default=())
    accesses: tuple[tuple[str, int], ...] = field(default=())

    @property
    def total(self) -> int:
        """How many were found in all."""
        return sum(count for _access, count in self.accesses)


def catalogue(actor: Actor, asked: CatalogueAsked, *, total: int | None = None) -> CataloguePage:
    """Find datasets that the actor may know of. Raises ``InvalidInput``.

    Two statements; one where ``total`` is known from the facets of the same question.
    """
    found = _found(actor, asked)
    order = SORTS[asked.sort]
    page = list(found.order_by(*order)[asked.offset : asked.offset + max(0, min(asked.limit, PAGE_MAX))])
    if total is None:
        total = asked.offset + len(page) if 0 < len(page) < asked.limit else found.count()
    return CataloguePage(tuple(page), total)


def catalogue_facets(actor: Actor, asked: CatalogueAsked, *, units: int = 20) -> CatalogueFacets:
    """Count what is found by domain, office and access. One statement, which finds once and counts three times."""
    found = _found(actor, asked).values_list("domain", "unit_id", "access").order_by()
    try:
        sql, parameters = found.query.sql_with_params()
    except EmptyResultSet:  # no row could be found, whatever there is
        return CatalogueFacets()
    with connection.cursor() as cursor:
        cursor.execute(_FACETS.format(sql), (*parameters, units))
        rows = cursor.fetchall()
    told: dict[str, list[tuple[Any, int]]] = {"domain": [], "unit_id": [], "access": []}
    for name, value, count in rows:
        told[name].append((UUID(value) if name == "unit_id" else value, count))
    return CatalogueFacets(tuple(told["domain"]), tuple(told["unit_id"]), tuple(told["access"]))


def catalogue_codes() -> set[str]:
    """The codes of every dataset within the connection's sight, also of those that were withdrawn."""
    return set(Dataset.objects.values_list("code", flat=True))


def known_datasets(actor: Actor) -> QuerySet[Dataset]:
    """The datasets of the catalogue of which the actor may know, in no order, for a question of their reader's own.

    The connection must see as the actor does: the database's walls keep what is closed.
    """
    return Dataset.objects.filter(_known_to(actor), withdrawn_at=None)


def own_datasets(actor: Actor, *, text: str = "", after: str = "", limit: int = 50) -> list[Dataset]:
    """The datasets that the actor describes and publishes for, withdrawn ones too, by code from ``after`` on."""
    set_scope(actor.scope)
    found = Dataset.objects.filter(_in_scope(actor), code__gt=after)
    return list(_holding(found, text).order_by("code")[: max(0, min(limit, PAGE_MAX))])


def _found(actor: Actor, asked: CatalogueAsked) -> QuerySet[Dataset]:
    _check(asked)
    set_scope(actor.scope)
    found = _holding(known_datasets(actor), asked.text)
    if asked.domains is not None:
        found = found.filter(domain__in=sorted(asked.domains))
    if asked.unit_ids is not None:
        found = found.filter(unit_id__in=sorted(asked.unit_ids))
    if asked.access:
        found = found.filter(access=asked.access)
    return found if asked.empty else found.filter(version__gt=0)


def _holding(found: QuerySet[Dataset], text: str) -> QuerySet[Dataset]:
    """Those in which every word of ``text`` occurs.

    Rows that a wall of the database hides are hidden before any word is compared, so no index of words could serve.
    """
    for word in text.split()[:WORDS_MAX]:
        found = found.filter(GreaterThan(StrIndex(F("search"), Value(word.lower())), 0))
    return found


def _known_to(actor: Actor) -> Q:
    known = Q(access__in=("open", "cells"))
    if can(actor, "datasets.see_shared"):
        known |= Q(access="shared")
    if can(actor, "datasets.see"):  # the walls of the database show no others than those in the actor's scope
        known |= Q(access="closed") | (Q(access="shared") & _in_scope(actor))
    return known


def _in_scope(actor: Actor) -> Q:
    if actor.scope.everything:
        return Q()
    reached = Q(unit_id__in=actor.scope.unit_ids)
    for path in actor.scope.place_paths:
        reached |= Q(place_path__under=path)
    return reached


def _check(asked: CatalogueAsked) -> None:
    for field_name, value, allowed in (
        *(("domain", domain, tuple(DOMAINS)) for domain in asked.domains or ()), ("access", asked.access, ACCESSES),
        ("sort", asked.sort, tuple(SORTS)),
    ):  # fmt: skip
        if value and value not in allowed:
            raise InvalidInput(
                _("%(value)s is not possible here."), field=field_name, value=value[:80],
                remedy=_("Possible: %(allowed)s."), allowed=", ".join(allowed),
            )  # fmt: skip
    if len(asked.text) > TEXT_MAX:
        raise InvalidInput(_("At most %(most)s characters."), field="q", most=TEXT_MAX)
    if not 0 <= asked.offset <= 1_000_000:
        raise InvalidInput(_("This page cannot be found."), field="offset", value=asked.offset)
