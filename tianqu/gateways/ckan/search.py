"""Searching packages: CKAN's ``q``, ``fq``, ``sort`` and facets, as far as they can be kept to the letter.

What cannot be answered is refused and named, never passed over. Figures follow datasets in every order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from tianqu.base.errors import _
from tianqu.gateways.ckan.conditions import CONDITIONS_MAX, CONSTANT, Condition, SearchRefused, read_asked
from tianqu.gateways.ckan.packages import (
    FIGURES_GROUP,
    figure_changed,
    figure_tag,
    group_dict,
    name_of,
    organization_dict,
)
from tianqu.kernel.datasets.api import DOMAINS, CatalogueAsked, Dataset, catalogue_facets, open_datasets
from tianqu.kernel.figures.api import SERIES_FORMS, ShownFigure, open_figures
from tianqu.kernel.journal.api import ANYBODY
from tianqu.kernel.places.api import Unit, units_with

ROWS_MAX: Final = 1_000
UNITS_MAX: Final = 1_000
DATASET_FORMS: Final = ("csv", "jsonl", "parquet")
_SORTS: Final = {
    "": "changed", "score": "changed", "metadata_modified": "changed", "name": "code", "id": "code", "title": "title",
    "title_string": "title",
}  # fmt: skip
_DIRECTIONS: Final = {"changed": "desc", "code": "asc", "title": "asc"}


@dataclass(frozen=True, slots=True)
class Search:
    """A search as it was understood: datasets of some domains, figures or none, both of some offices; None is any."""

    words: str = ""
    sort: str = "changed"
    domains: frozenset[str] = frozenset(DOMAINS)
    figures: bool = True
    tags: tuple[Condition, ...] = ()  # of figures; those of datasets are in ``domains``
    unit_ids: frozenset[UUID] | None = None

    def catalogue(self, *, offset: int = 0, limit: int = 1) -> CatalogueAsked:
        """The same, as datasets are asked."""
        return CatalogueAsked(
            text=self.words, domains=self.domains, unit_ids=self.unit_ids, sort=self.sort, offset=offset, limit=limit
        )

    def of_kinds(self, *, datasets: bool, figures: bool) -> Search:
        """The same without datasets, or without figures."""
        return replace(
            self, domains=self.domains if datasets else frozenset(), figures=self.figures and figures
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """A page of what was found, and how much there is in all."""

    packages: tuple[Dataset | ShownFigure, ...]
    count: int


def read_search(*, q: str, filters: list[str], sort: str) -> Search:
    """Understand a search. Raises ``SearchRefused``."""
    places = [("q", q), *(("fq", one) for one in filters)]
    asked = [each for place, text in places for each in read_asked(text, place=place)]
    conditions = [each for each in asked if isinstance(each, Condition)]
    if len(conditions) > CONDITIONS_MAX:
        raise SearchRefused(_("At most %(most)s conditions."), field="fq", most=CONDITIONS_MAX)
    words = " ".join(each for each in asked if isinstance(each, str))
    return narrowed(Search(words=words, sort=_sort(sort)), *conditions)


def narrowed(search: Search, *conditions: Condition) -> Search:
    """The search, with some conditions more."""
    known = organizations() if any(condition.field == "organization" for condition in conditions) else []
    for condition in conditions:
        search = _narrowed(search, condition, known)
    return search


def _narrowed(search: Search, condition: Condition, known: Sequence[tuple[Unit, int]]) -> Search:
    met = condition.met
    if condition.field == "groups":
        domains = frozenset(domain for domain in search.domains if met([domain]))
        return replace(search, domains=domains, figures=search.figures and met([FIGURES_GROUP]))
    if condition.field == "tags":
        domains = frozenset(domain for domain in search.domains if met([DOMAINS[domain][0]]))
        return replace(search, domains=domains, tags=(*search.tags, condition))
    if condition.field == "res_format":
        forms = replace(condition, values=frozenset(value.lower() for value in condition.values))
        return search.of_kinds(datasets=forms.met(DATASET_FORMS), figures=forms.met(SERIES_FORMS))
    if condition.field == "organization":
        ids = {unit.id for unit, _count in known if met((name_of(unit.code), str(unit.id)))}
        return replace(search, unit_ids=frozenset(ids if search.unit_ids is None else ids & search.unit_ids))
    holds = met([CONSTANT[condition.field]])
    return search.of_kinds(datasets=holds, figures=holds)


def _sort(text: str) -> str:
    first = text.split(",")[0].strip()
    if first.startswith("score") and "," in text:
        return _sort(text.partition(",")[2])
    name, _space, direction = first.partition(" ")
    sort = _SORTS.get(name)
    if sort is None or (direction.strip() or _DIRECTIONS[sort]) != _DIRECTIONS[sort]:
        raise SearchRefused(
            _("%(value)s is not possible here."), field="sort", value=first[:80], remedy=_("Possible: %(allowed)s."),
            allowed="score desc, metadata_modified desc, name asc, title_string asc",
        )  # fmt: skip
    return sort


def found(search: Search, *, start: int, rows: int) -> Found:
    """A page of what a search finds."""
    packages: list[Dataset | ShownFigure] = []
    datasets = 0
    if search.domains:
        page = open_datasets(search.catalogue(offset=start, limit=rows))
        # Beyond the last page the number of all is asked for by itself.
        datasets = page.total if page.datasets else open_datasets(search.catalogue(limit=0)).total
        packages += page.datasets
    figures = figures_of(search)
    skip = max(0, start - datasets)
    packages += figures[skip : skip + rows - len(packages)]
    return Found(tuple(packages), datasets + len(figures))


def figures_of(search: Search) -> list[ShownFigure]:
    """The figures that a search finds, in its order."""
    if not search.figures:
        return []
    figures = [
        one
        for one in open_figures(text=search.words)
        if (search.unit_ids is None or one.figure.unit_id in search.unit_ids)
        and all(condition.met([figure_tag(one)]) for condition in search.tags)
    ]
    if search.sort == "changed":
        figures.sort(key=figure_changed, reverse=True)
    if search.sort == "title":
        figures.sort(key=lambda one: one.figure.name)
    return figures


@dataclass(frozen=True, slots=True)
class Counts:
    """How many packages of what is found are in each group, of each office, have each form of file and each tag."""

    groups: Counter[str]
    offices: Counter[UUID]
    forms: Counter[str]
    tags: Counter[str]


def counts(search: Search) -> Counts:
    """Count what is found."""
    groups: Counter[str] = Counter()
    offices: Counter[UUID] = Counter()
    forms: Counter[str] = Counter()
    tags: Counter[str] = Counter()
    if search.domains:
        asked = replace(search.catalogue(), access="open", empty=False)
        facets = catalogue_facets(ANYBODY, asked, units=UNITS_MAX)
        groups.update(dict(facets.domains))
        offices.update(dict(facets.units))
        forms.update(dict.fromkeys(DATASET_FORMS, sum(groups.values())))
        tags.update({DOMAINS[domain][0]: count for domain, count in facets.domains})
    figures = figures_of(search)
    if figures:
        groups[FIGURES_GROUP] += len(figures)
        offices.update(one.figure.unit_id for one in figures)
        forms.update(dict.fromkeys(SERIES_FORMS, len(figures)))
        tags.update(figure_tag(one) for one in figures)
    return Counts(groups, offices, forms, tags)


def facets(search: Search, *, names: list[str], most: int) -> dict[str, dict[str, Any]]:
    """CKAN's ``search_facets``: for each name its values with how many packages have each, the most first."""
    if not names:
        return {}
    told = counts(search)
    units = units_with(set(told.offices))
    items: Mapping[str, list[dict[str, Any]]] = {
        "groups": [
            {"name": name, "display_name": group_dict(name)["title"], "count": count}
            for name, count in told.groups.items()
        ],
        "organization": [
            {"name": name_of(units[key].code), "display_name": units[key].name, "count": count}
            for key, count in told.offices.items()
            if key in units
        ],
        "res_format": [
            {"name": name.upper(), "display_name": name.upper(), "count": count} for name, count in told.forms.items()
        ],
        "tags": [{"name": name, "display_name": name, "count": count} for name, count in told.tags.items()],
    }
    return {
        name: {
            "title": name,
            "items": sorted(items.get(name, []), key=lambda item: (-item["count"], item["name"]))[: most or None],
        }
        for name in names
    }


def organizations() -> list[tuple[Unit, int]]:
    """The offices of which there is something for everybody, with how much, in the order of their codes."""
    offices = counts(Search()).offices
    units = units_with(set(offices))
    return sorted(((unit, offices[key]) for key, unit in units.items()), key=lambda one: one[0].code)


def organization_called(name: str) -> Unit | None:
    """The office that a name or an identifier means, if there is something of it for everybody."""
    for unit, _count in organizations():
        if name in (name_of(unit.code), str(unit.id)):
            return unit
    return None


def organization_told(unit: Unit, count: int) -> dict[str, Any]:
    """An office with how many packages are of it."""
    return organization_dict(unit) | {"package_count": count, "display_name": unit.name}
