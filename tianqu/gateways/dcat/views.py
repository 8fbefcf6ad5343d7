"""The door: the catalogue by pages, each dataset, and their files."""

from __future__ import annotations

from typing import Any, Final

import orjson
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

from tianqu.base.errors import InvalidInput, NotFound, _
from tianqu.gateways.dcat.graph import PAGE, catalog_graph, dataset_graph
from tianqu.kernel.datasets.api import (
    CatalogueAsked,
    Question,
    export_rows,
    open_dataset,
    open_datasets,
    open_files,
    open_versions,
)
from tianqu.kernel.pack.api import open_door
from tianqu.kernel.places.api import units_with

PAGES_MAX: Final = 10_000
JSONLD: Final = "application/ld+json"


@open_door()
def catalog(request: HttpRequest) -> HttpResponse:
    """A page of the catalogue, with the addresses of the others as Hydra has them."""
    page = _page(request.GET.get("page", "1"))
    found = open_datasets(CatalogueAsked(sort="code", offset=(page - 1) * PAGE, limit=PAGE))
    # Beyond the last page the number of all is asked for by itself.
    total = found.total if found.datasets else open_datasets(CatalogueAsked(limit=0)).total
    if page > max(1, -(-total // PAGE)):
        raise NotFound(_("There is no page %(value)s."), field="page", value=page)
    opened = open_versions(found.datasets, sidecars=True)
    versions = [opened[dataset.id] for dataset in found.datasets if dataset.id in opened]
    units = units_with({dataset.unit_id for dataset in found.datasets})
    return _jsonld(catalog_graph(versions, units, page=page, total=total))


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


def _jsonld(graph: dict[str, Any]) -> HttpResponse:
    return HttpResponse(orjson.dumps(graph), content_type=JSONLD)
