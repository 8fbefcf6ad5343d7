"""The door: the catalogue by pages, each dataset, and their files."""

from __future__ import annotations

from typing import Any, Final

import orjson
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

from tianqu.base.errors import InvalidInput, NotFound, _
from tianqu.gateways.dcat.graph import PAGE, catalog_graph, dataset_graph, figure_graph
from tianqu.kernel.datasets.api import (
    CatalogueAsked,
    Question,
    export_rows,
    open_dataset,
    open_datasets,
    open_files,
    open_versions,
)
from tianqu.kernel.figures.api import SERIES_FORMS, open_figure, open_figures, open_series, open_values, series_file
from tianqu.kernel.pack.api import open_door
from tianqu.kernel.places.api import units_with

PAGES_MAX: Final = 10_000
JSONLD: Final = "application/ld+json"


@open_door()
def catalog(request: HttpRequest) -> HttpResponse:
    """A page of the catalogue, with the addresses of the others as Hydra has them. Figures follow datasets."""
    page = _page(request.GET.get("page", "1"))
    first = (page - 1) * PAGE
    found = open_datasets(CatalogueAsked(sort="code", offset=first, limit=PAGE))
    # Beyond the last page the number of all is asked for by itself.
    before = found.total if found.datasets else open_datasets(CatalogueAsked(limit=0)).total
    figures = open_figures()
    total = before + len(figures)
    if page > max(1, -(-total // PAGE)):
        raise NotFound(_("There is no page %(value)s."), field="page", value=page)
    shown = figures[max(0, first - before) : max(0, first + PAGE - before)]
    opened = open_versions(found.datasets, sidecars=True)
    versions = [opened[dataset.id] for dataset in found.datasets if dataset.id in opened]
    units = units_with({*(each.unit_id for each in found.datasets), *(each.figure.unit_id for each in shown)})
    values = open_values(shown)
    told = [(each, values[each.figure.code]) for each in shown]
    return _jsonld(catalog_graph(versions, told, units, page=page, total=total))


def _page(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= PAGES_MAX):
        raise InvalidInput(_("There is no page %(value)s."), field="page", value=text[:20])
    return int(text)


@open_door()
def dataset(request: HttpRequest, *, code: str) -> HttpResponse:
    """One dataset with its distributions."""
    version = open_dataset(code=code.replace("\0", ""))
    return _jsonld(dataset_graph(version, units_with({version.dataset.unit_id})))


@open_door()
def file(request: HttpRequest, *, code: str, form: str) -> HttpResponseBase:
    """A whole dataset in one of its forms, made while it is sent."""
    version = open_dataset(code=code.replace("\0", ""))
    if form not in {each.form for each in open_files(version)}:
        raise NotFound(_("There is no file %(value)s."), field="form", value=form[:40])
    export = export_rows(version, Question(), form)
    answer = StreamingHttpResponse(export.chunks, content_type=export.media_type)
    if export.size is not None:
        answer["Content-Length"] = str(export.size)
    answer["Content-Disposition"] = f'attachment; filename="{export.name}"'
    return answer


@open_door()
def figure(request: HttpRequest, *, code: str) -> HttpResponse:
    """One figure with its distributions."""
    shown = open_figure(code.replace("\0", ""))
    return _jsonld(figure_graph(shown, open_series(shown), units_with({shown.figure.unit_id})))


@open_door()
def figure_file(request: HttpRequest, *, code: str, form: str) -> HttpResponse:
    """The series of a figure in one of its forms."""
    shown = open_figure(code.replace("\0", ""))
    if form not in SERIES_FORMS:
        raise NotFound(_("There is no file %(value)s."), field="form", value=form[:40])
    answer = HttpResponse(series_file(shown, form), content_type=SERIES_FORMS[form])
    answer["Content-Disposition"] = f'attachment; filename="{shown.figure.code}.{form}"'
    return answer


def _jsonld(graph: dict[str, Any]) -> HttpResponse:
    return HttpResponse(orjson.dumps(graph), content_type=JSONLD)
