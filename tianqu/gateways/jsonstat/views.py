"""The door: one cube, and the collection. ``?lang=zh`` or ``en`` says in which language labels are."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import wraps
from typing import Any

import orjson
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language_from_request, override
from django.views.decorators.csrf import csrf_exempt

from tianqu.base.call_limits import count_call
from tianqu.base.errors import TianquError
from tianqu.base.faults import MEDIA_TYPE, Unavailable, problem_of
from tianqu.gateways.jsonstat import cubes
from tianqu.kernel.figures.api import open_figure, open_figures, open_series
from tianqu.kernel.pack.api import refusal_said

View = Callable[..., dict[str, Any]]


def _door(view: View) -> Callable[..., HttpResponse]:
    @csrf_exempt
    @wraps(view)
    def run(request: HttpRequest, **named: str) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            return HttpResponse(status=405, headers={"Allow": "GET, HEAD"})
        with override(get_language_from_request(request)):
            answer = _answer(view, request, **named)
        answer["Access-Control-Allow-Origin"] = "*"
        return answer

    return run


def _answer(view: View, request: HttpRequest, **named: str) -> HttpResponse:
    try:
        count_call(
            request.META, proxies=settings.ALLAUTH_TRUSTED_PROXY_COUNT,
            most=settings.TIANQU_OPEN_DATA_ADDRESS_PER_MINUTE,
        )  # fmt: skip
        told = view(request, chinese=request.GET.get("lang") != "en", **named)
    except TianquError as error:
        return _refused(error)
    except (OperationalError, InterfaceError):
        return _refused(Unavailable())
    return HttpResponse(orjson.dumps(told, default=_exact), content_type="application/json")


def _refused(error: TianquError) -> HttpResponse:
    body, headers = problem_of(error, refusal_said)
    return HttpResponse(orjson.dumps(body), content_type=MEDIA_TYPE, status=error.status, headers=headers)


@_door
def collection(_request: HttpRequest, *, chinese: bool) -> dict[str, Any]:
    """Every open figure, at most 500, without values."""
    return cubes.collection(open_figures(), chinese=chinese)


@_door
def figure(_request: HttpRequest, *, chinese: bool, code: str) -> dict[str, Any]:
    """One figure with its series, at most 200 periods."""
    shown = open_figure(code)
    return cubes.cube(shown, open_series(shown), chinese=chinese)


def _exact(value: object) -> object:
    """A decimal as a number of JSON with all its digits."""
    assert isinstance(value, Decimal), type(value)
    return orjson.Fragment(format(value, "f"))
