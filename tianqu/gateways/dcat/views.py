"""The door: the catalogue by pages, each dataset, and their files."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

import orjson
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.translation import get_language_from_request, override
from django.views.decorators.csrf import csrf_exempt

from tianqu.base.call_limits import count_call
from tianqu.base.errors import InvalidInput, NotFound, TianquError, _
from tianqu.base.faults import MEDIA_TYPE, Unavailable, problem_of
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
from tianqu.kernel.journal.api import ANYBODY, set_scope
from tianqu.kernel.pack.api import refusal_said
from tianqu.kernel.places.api import units_with

PAGES_MAX: Final = 10_000
JSONLD: Final = "application/ld+json"


def _door(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    @csrf_exempt
    @wraps(view)
    def run(request: HttpRequest, **named: str) -> HttpResponseBase:
        with override(get_language_from_request(request)):
            try:
                answer = _let_in(view, request, **named)
            except TianquError as error:
                answer = _refused(error)
            except (OperationalError, InterfaceError):
                answer = _refused(Unavailable())
        answer["Access-Control-Allow-Origin"] = "*"
        return answer

    return run


def _refused(error: TianquError) -> HttpResponse:
    body, headers = problem_of(error, refusal_said)
    return HttpResponse(orjson.dumps(body), content_type=MEDIA_TYPE, status=error.status, headers=headers)


def _let_in(view: Callable[..., HttpResponseBase], request: HttpRequest, **named: str) -> HttpResponseBase:
    if request.method not in ("GET", "HEAD"):
        return HttpResponse(status=405, headers={"Allow": "GET, HEAD"})
    count_call(
        request.META, proxies=settings.ALLAUTH_TRUSTED_PROXY_COUNT, most=settings.TIANQU_OPEN_DATA_ADDRESS_PER_MINUTE
    )
    set_scope(ANYBODY.scope)
    return view(request, **named)


@_door
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


@_door
def dataset(request: HttpRequest, *, code: str) -> HttpResponse:
    """One dataset with its distributions."""
    version = open_dataset(code=code.replace("\0", ""))
    return _jsonld(dataset_graph(version, units_with({version.dataset.unit_id})))


@_door
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
