"""The door through which programs without a token read what is open: GET only, counted, told from any origin."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeAlias

import orjson
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import get_language_from_request, override
from django.views.decorators.csrf import csrf_exempt

from tianqu.base.call_limits import count_call
from tianqu.base.errors import TianquError
from tianqu.base.faults import MEDIA_TYPE, Unavailable, problem_of
from tianqu.kernel.journal.api import ANYBODY, set_scope
from tianqu.kernel.pack.refusals import refusal_said

OpenView: TypeAlias = Callable[..., HttpResponseBase]
Refused: TypeAlias = Callable[[TianquError], HttpResponse]


def problem_response(error: TianquError) -> HttpResponse:
    """An error as problem details (RFC 9457), in the language of who asks."""
    body, headers = problem_of(error, refusal_said)
    return HttpResponse(orjson.dumps(body), content_type=MEDIA_TYPE, status=error.status, headers=headers)


def open_door(*, refused: Refused = problem_response) -> Callable[[OpenView], OpenView]:
    """Let a view answer everybody with what everybody may see; ``refused`` says its errors as the format does.

    All such doors count together, per address and minute; a database that is away is a 503 with ``Retry-After``.
    """

    def door(view: OpenView) -> OpenView:
        @csrf_exempt
        @wraps(view)
        def run(request: HttpRequest, **named: str) -> HttpResponseBase:
            with override(get_language_from_request(request)):
                answer = _answer(view, request, refused, named)
            answer["Access-Control-Allow-Origin"] = "*"
            return answer

        return run

    return door


def _answer(view: OpenView, request: HttpRequest, refused: Refused, named: dict[str, str]) -> HttpResponseBase:
    if request.method not in ("GET", "HEAD"):
        return HttpResponse(status=405, headers={"Allow": "GET, HEAD"})
    try:
        count_call(
            request.META, proxies=settings.ALLAUTH_TRUSTED_PROXY_COUNT,
            most=settings.TIANQU_OPEN_DATA_ADDRESS_PER_MINUTE,
        )  # fmt: skip
        set_scope(ANYBODY.scope)
        return view(request, **named)
    except TianquError as error:
        return refused(error)
    except (OperationalError, InterfaceError):
        return refused(Unavailable())
