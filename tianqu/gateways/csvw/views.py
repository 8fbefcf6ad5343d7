"""The door: the file of an open dataset, and its description."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

import orjson
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import reverse
from django.utils.translation import get_language_from_request, override
from django.views.decorators.csrf import csrf_exempt

from tianqu.base.call_limits import count_call
from tianqu.base.errors import TianquError
from tianqu.base.faults import MEDIA_TYPE, Unavailable, problem_of
from tianqu.gateways.csvw.tables import METADATA_TYPE, metadata
from tianqu.kernel.datasets.api import Question, export_rows, open_dataset
from tianqu.kernel.pack.api import refusal_said
from tianqu.kernel.places.api import units_with

View = Callable[..., HttpResponseBase]


def _door(view: View) -> View:
    @csrf_exempt
    @wraps(view)
    def run(request: HttpRequest, **named: str) -> HttpResponseBase:
        if request.method not in ("GET", "HEAD"):
            return HttpResponse(status=405, headers={"Allow": "GET, HEAD"})
        with override(get_language_from_request(request)):
            answer = _answer(view, request, **named)
        answer["Access-Control-Allow-Origin"] = "*"
        return answer

    return run


def _answer(view: View, request: HttpRequest, **named: str) -> HttpResponseBase:
    try:
        count_call(
            request.META, proxies=settings.ALLAUTH_TRUSTED_PROXY_COUNT,
            most=settings.TIANQU_OPEN_DATA_ADDRESS_PER_MINUTE,
        )  # fmt: skip
        return view(request, **named)
    except TianquError as error:
        return _refused(error)
    except (OperationalError, InterfaceError):
        return _refused(Unavailable())


def _refused(error: TianquError) -> HttpResponse:
    body, headers = problem_of(error, refusal_said)
    return HttpResponse(orjson.dumps(body), content_type=MEDIA_TYPE, status=error.status, headers=headers)


@_door
def file(_request: HttpRequest, *, code: str) -> HttpResponseBase:
    """A whole dataset as CSV, made while it is sent, with a link to its description."""
    export = export_rows(open_dataset(code=code.replace("\0", "")), Question(), "csv")
    answer = StreamingHttpResponse(export.chunks, content_type=export.media_type)
    answer["Content-Disposition"] = f'attachment; filename="{export.name}"'
    described = reverse("csvw_metadata", kwargs={"code": code})
    answer["Link"] = f'<{described}>; rel="describedby"; type="{METADATA_TYPE}"'
    return answer


@_door
def description(_request: HttpRequest, *, code: str) -> HttpResponse:
    """What the file holds, column by column."""
    version = open_dataset(code=code.replace("\0", ""))
    unit = units_with({version.dataset.unit_id}).get(version.dataset.unit_id)
    return HttpResponse(orjson.dumps(metadata(version, unit)), content_type=METADATA_TYPE)
