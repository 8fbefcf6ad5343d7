"""Searching packages: CKAN's ``q``, ``fq``, ``sort`` and facets, as far as they can be kept to the letter.

What cannot be answered is refused and named, never passed over. Figures follow datasets in every order.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from tianqu.base.errors import InvalidInput, _
from tianqu.gateways.ckan.packages import (
    FIGURE_FORMS,
    FIGURES_GROUP,
    figure_changed,
    group_dict,
    name_of,
    organization_dict,
)
from tianqu.kernel.datasets.api import DOMAINS, CatalogueAsked, Dataset, catalogue_facets, open_datasets
from tianqu.kernel.figures.api import ShownFigure, open_figures
from tianqu.kernel.journal.api import ANYBODY
from tianqu.kernel.places.api import Unit, units_with

ROWS_MAX: Final = 1_000
UNITS_MAX: Final = 1_000
DATASET_FORMS: Final = ("csv", "jsonl", "parquet")
FACETS: Final = ("organization", "groups", "res_format")
_TERM: Final = re.compile(r"""[+]?(?:(?P<field>[a-z_]+):(?P<value>"[^"]*"|\S+)|(?P<word>"[^"]*"|\S+))""")
# What a harvester asks although everything here is so.
_ALWAYS: Final = {
    ("state", "active"), ("private", "false"), ("capacity", "public"), ("type", "dataset"), ("dataset_type", "dataset"),
    ("isopen", "true"),
}  # fmt: skip
_SORTS: Final = {
    "": "changed", "score": "changed", "metadata_modified": "changed", "name": "code", "id": "code", "title": "title",
    "title_string": "title",
}  # fmt: skip
_DIRECTIONS: Final = {"changed": "desc", "code": "asc", "title": "asc"}


class SearchRefused(InvalidInput):
    """A search that CKAN calls a Search Query Error."""


@dataclass(frozen=True, slots=True)
class Search:
    """A search as it was understood. ``nothing``: no package can meet it."""

    words: str = ""
    group: str = ""
    unit_id: UUID | None = None
    form: str = ""
    sort: str = "changed"
    nothing: bool = False

    def catalogue(self, *, offset: int = 0, limit: int = 1) -> CatalogueAsked:
        """The same, as datasets are asked."""
        return CatalogueAsked(
            text=self.words, domain=self.group, unit_id=self.unit_id, sort=self.sort, offset=offset, limit=limit
        )

    @property
    def of_datasets(self) -> bool:
        """Whether datasets can be among what is found."""
        return not self.nothing and self.group != FIGURES_GROUP and self.form in ("", *DATASET_FORMS)

    @property
    def of_figures(self) -> bool:
        """Whether figures can be among what is found."""
        return not self.nothing and self.group in ("", FIGURES_GROUP) and self.form in ("", *FIGURE_FORMS)


@dataclass(frozen=True, slots=True)
class Found:
    """A page of what was found, and how much there is in all."""

    packages: tuple[Dataset | ShownFigure, ...]
    count: int


def read_search(*, q: str, filters: list[str], sort: str) -> Search:
    """Understand a search. Raises ``SearchRefused``."""
    words: list[str] = []
    wanted: dict[str, set[str]] = {}
    for place, text in [("q", q), *(("fq", one) for one in filters)]:
        for match in _TERM.finditer(text):
            value = (match["value"] or match["word"]).strip('"')
            if match["field"] is None:
                words += [] if value in ("*:*", "AND") else [_word(value, place)]
            elif match["field"] in ("title", "name", "notes", "text"):
                words.append(_word(value, place))
            elif value != "*" and (match["field"], value) not in _ALWAYS:
                wanted.setdefault(match["field"], set()).add(value)
    search = Search(words=" ".join(words), sort=_sort(sort))
    for field, values in wanted.items():
        search = _narrowed(search, field, values)
    return search


def _word(value: str, place: str, /) -> str:
    if place == "fq" or value in ("OR", "NOT") or value[:1] in "-!(" or any(letter in value for letter in "~^[]{}"):
        raise SearchRefused(
            _("“%(value)s” cannot be searched here."), field=place, value=value[:80],
            remedy=_("Give words that must all occur, and in fq conditions of the form field:value."),
        )  # fmt: skip
    return value.strip("*")


def _narrowed(search: Search, field: str, values: set[str]) -> Search:
    if field not in FACETS or any(letter in value for value in values for letter in "()[]*?"):
        raise SearchRefused(
            _("There is no condition on %(value)s here."), field="fq", value=field[:80],
            remedy=_("Possible: %(allowed)s."), allowed=", ".join(FACETS),
        )  # fmt: skip
    if len(values) > 1:
        return search if field == "res_format" else replace(search, nothing=True)
    (value,) = values
    if field == "groups":
        return replace(search, group=value) if value in (*DOMAINS, FIGURES_GROUP) else replace(search, nothing=True)
    if field == "res_format":
        return replace(search, form=value.lower())
    unit = organization_called(value)
    return replace(search, unit_id=unit.id) if unit is not None else replace(search, nothing=True)


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
    if search.of_datasets:
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
    if not search.of_figures:
        return []
    figures = [one for one in open_figures(text=search.words) if search.unit_id in (None, one.figure.unit_id)]
    if search.sort == "changed":
        figures.sort(key=figure_changed, reverse=True)
    if search.sort == "title":
        figures.sort(key=lambda one: one.figure.name)
    return figures


def counts(search: Search) -> tuple[Counter[str], Counter[UUID], Counter[str]]:
    """How many packages of what is found are in each group, of each office, and have each form of file."""
    groups: Counter[str] = Counter()
    offices: Counter[UUID] = Counter()
    forms: Counter[str] = Counter()
    if search.of_datasets:
        asked = replace(search.catalogue(), access="open", empty=False)
        facets = catalogue_facets(ANYBODY, asked, units=UNITS_MAX)
        groups.update(dict(facets.domains))
        offices.update(dict(facets.units))
        forms.update(dict.fromkeys(DATASET_FORMS, sum(groups.values())))
    figures = figures_of(search)
    if figures:
        groups[FIGURES_GROUP] += len(figures)
        offices.update(one.figure.unit_id for one in figures)
        forms.update(dict.fromkeys(FIGURE_FORMS, len(figures)))
    return groups, offices, forms


def facets(search: Search, *, names: list[str], most: int) -> dict[str, dict[str, Any]]:
    """CKAN's ``search_facets``: for each name its values with how many packages have each, the most first."""
    if not names:
        return {}
    groups, offices, forms = counts(search)
    units = units_with(set(offices))
    items: Mapping[str, list[dict[str, Any]]] = {
        "groups": [
            {"name": name, "display_name": group_dict(name)["title"], "count": count} for name, count in groups.items()
        ],
        "organization": [
            {"name": name_of(units[key].code), "display_name": units[key].name, "count": count}
            for key, count in offices.items()
            if key in units
        ],
        "res_format": [
            {"name": name.upper(), "display_name": name.upper(), "count": count} for name, count in forms.items()
        ],
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
    _groups, offices, _forms = counts(Search())
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
