"""Errors for programs, as problem details (RFC 9457)."""

from __future__ import annotations

from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse

from tianqu.base.canonical import plain
from tianqu.base.errors import InvalidInput, InvalidInputs, TianquError
from tianqu.kernel.pack.api import sentence_said

MEDIA_TYPE = "application/problem+json"
TYPES = "urn:tianqu:problem:"  # RFC 9457 lets a type be any URI; a URN names without promising an address


def problem(error: TianquError, *, instance: str) -> dict[str, Any]:
    """Return the problem details of an error, its sentences in the language of the request."""
    details: dict[str, Any] = {
        "type": TYPES + error.code,
        "title": sentence_said(error.message, error),
        "status": error.status,
        "instance": instance,
        "code": error.code,
    }
    if error.remedy:
        details["detail"] = sentence_said(error.remedy, error)
    if error.field:
        details["field"] = error.field
    if isinstance(error, InvalidInputs):
        details["errors"] = [_fault(one) for one in error.errors]
    return details


def _fault(error: InvalidInput) -> dict[str, Any]:
    return {
        "field": error.field,
        "title": sentence_said(error.message, error),
        "detail": sentence_said(error.remedy, error),
    }


def problem_response(request: HttpRequest, error: TianquError) -> HttpResponse:
    """Answer a program with the problem details of an error."""
    body = orjson.dumps(plain(problem(error, instance=request.path)))
    return HttpResponse(body, status=error.status, content_type=MEDIA_TYPE)


def plain_problem(request: HttpRequest, status: int, *, title: str, detail: str) -> HttpResponse:
    """Answer a program for whom no view was found, or whose view broke."""
    told = {"type": "about:blank", "title": title, "status": int(status), "detail": detail, "instance": request.path}
    return HttpResponse(orjson.dumps(told), status=status, content_type=MEDIA_TYPE)


def wants_problem(request: HttpRequest) -> bool:
    """Say whether whoever asks is a program: an API address, or JSON preferred to HTML."""
    if request.path.startswith("/api/"):
        return True
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"
