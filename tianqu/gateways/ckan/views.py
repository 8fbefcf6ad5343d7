"""The door: CKAN's envelope around every answer and every error, and the files of packages."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import orjson
from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import get_language_from_request, gettext, override
from django.views.decorators.csrf import csrf_exempt

from tianqu.base.call_limits import count_call
from tianqu.base.errors import InvalidInputs, NotFound, NotPermitted, TianquError, _
from tianqu.gateways.ckan.actions import ACTIONS
from tianqu.gateways.ckan.asked import BadBody, read_told
from tianqu.gateways.ckan.conditions import SearchRefused
from tianqu.gateways.ckan.datastore import resource_called
from tianqu.kernel.datasets.api import Question, export_rows
from tianqu.kernel.figures.api import SERIES_FORMS, ShownFigure, series_file
from tianqu.kernel.journal.api import ANYBODY, set_scope
from tianqu.kernel.pack.api import refusal_said

AGAIN_SECONDS: Final = "2"
METHODS: Final = ("GET", "HEAD", "POST")
JSON: Final = "application/json;charset=utf-8"


@csrf_exempt
def action(request: HttpRequest, name: str) -> HttpResponse:
    """Answer one action. Each only reads, so that the pages of any site may call it (CORS)."""
    if request.method == "OPTIONS":
        return _for_any_site(HttpResponse(status=204))
    with override(get_language_from_request(request)):
        answer = _for_any_site(_answer(request, name))
    answer["Vary"] = "Accept-Language"
    return answer


def _answer(request: HttpRequest, name: str) -> HttpResponse:
    if request.method not in METHODS:
        return _plain("This address takes GET and POST.", 405)
    if name not in ACTIONS:
        return _plain(f"Action name not known: {name[:100]}", 400)
    try:
        _come_in(request)
        result = ACTIONS[name](read_told(request))
    except BadBody:
        return _plain("JSON Error: Error decoding JSON data.", 400)
    except (SuspiciousOperation, MultiPartParserError, UnreadablePostError):  # too many fields, too large, torn off
        return _plain("Bad request data", 400)
    except TianquError as error:
        return _refused(error, name)
    except (OperationalError, InterfaceError):
        return _again()
    return _told({"help": _help(name), "success": True, "result": result}, 200)


def _come_in(request: HttpRequest) -> None:
    count_call(
        request.META, proxies=settings.ALLAUTH_TRUSTED_PROXY_COUNT, most=settings.TIANQU_OPEN_DATA_ADDRESS_PER_MINUTE
    )
    set_scope(ANYBODY.scope)


def _refused(error: TianquError, name: str) -> HttpResponse:
    """An error as CKAN tells it; its statuses are those of CKAN's ``views/api.py``."""
    if isinstance(error, NotFound):
        return _fault({"__type": "Not Found Error", "message": f"Not found: {refusal_said(error)}"}, 404, name)
    if isinstance(error, NotPermitted):
        return _fault({"__type": "Authorization Error", "message": f"Access denied: {refusal_said(error)}"}, 403, name)
    if isinstance(error, SearchRefused):
        message = f"Search Query is invalid: {refusal_said(error)}"
        return _fault({"__type": "Search Query Error", "message": message}, 400, name)
    if error.status in (429, 503):
        answer = _fault({"__type": "Not Available", "message": refusal_said(error)}, error.status, name)
        answer["Retry-After"] = "60" if error.status == 429 else AGAIN_SECONDS
        return answer
    faults: dict[str, Any] = {"__type": "Validation Error"}
    for one in error.errors if isinstance(error, InvalidInputs) else [error]:
        faults.setdefault(one.field or "message", []).append(refusal_said(one))
    return _fault(faults, 409, name)


def _fault(error: dict[str, Any], status: int, name: str) -> HttpResponse:
    return _told({"help": _help(name), "success": False, "error": error}, status)


def _help(name: str) -> str:
    return f"{settings.TIANQU_ORIGIN}/ckan/api/3/action/help_show?name={name}"


def _told(data: dict[str, Any], status: int) -> HttpResponse:
    return HttpResponse(orjson.dumps(data, default=_exact), content_type=JSON, status=status)


def _exact(value: object) -> object:
    """A decimal as a number of JSON with all its digits."""
    assert isinstance(value, Decimal), type(value)
    return orjson.Fragment(format(value, "f"))


def _plain(text: str, status: int) -> HttpResponse:
    return HttpResponse(orjson.dumps(text), content_type=JSON, status=status)


def _again() -> HttpResponse:
    answer = _plain(gettext("Not available just now. Try again in a few seconds."), 503)
    answer["Retry-After"] = AGAIN_SECONDS
    return answer


def _for_any_site(answer: HttpResponse) -> HttpResponse:
    answer["Access-Control-Allow-Origin"] = "*"
    answer["Access-Control-Allow-Methods"] = "GET, HEAD, POST, OPTIONS"
    answer["Access-Control-Allow-Headers"] = "Content-Type"
    answer["Access-Control-Max-Age"] = "86400"
    return answer


def download(request: HttpRequest, *, name: str, file: str) -> HttpResponseBase:
    """The file of a resource, made while it is sent; a Parquet file of one part byte by byte as it is kept."""
    if request.method not in ("GET", "HEAD"):
        return _plain("This address takes GET.", 405)
    with override(get_language_from_request(request)):
        try:
            _come_in(request)
            answer = _file(name, file)
        except TianquError as error:
            answer = _refused(error, "resource_show")
        except (OperationalError, InterfaceError):
            answer = _again()
    answer["Access-Control-Allow-Origin"] = "*"
    return answer


def _file(name: str, file: str, /) -> HttpResponseBase:
    one, form = resource_called(file)
    if file.rpartition(".")[0] != name:
        raise NotFound(_("There is no file %(value)s."), field="id", value=file[:100])
    if isinstance(one, ShownFigure):
        answer: HttpResponseBase = HttpResponse(series_file(one, form), content_type=SERIES_FORMS[form])
    else:
        export = export_rows(one, Question(), form)
        answer = StreamingHttpResponse(export.chunks, content_type=export.media_type)
        if export.size is not None:
            answer["Content-Length"] = str(export.size)
    answer["Content-Disposition"] = f'attachment; filename="{file}"'
    return answer


def nothing(request: HttpRequest, rest: str) -> HttpResponse:
    """There is nothing else here."""
    return _plain("Not found", 404)
