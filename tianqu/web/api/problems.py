"""Errors as problem details (RFC 9457), in the language that the client accepts."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

import orjson
from django.core.exceptions import TooManyFilesSent
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import get_language_from_request, gettext, override
from ninja import NinjaAPI, Schema
from ninja.errors import HttpError, ValidationError

from tianqu.base.errors import InvalidInput, InvalidInputs, TianquError

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
UNREADABLE = 422  # the shape of the input is not what the operation takes


class FieldProblem(Schema):
    """What is wrong with one field."""

    field: str
    detail: str
    remedy: str = ""


class Problem(Schema):
    """A problem as RFC 9457 has it, with our own ``code``, ``field`` and ``remedy``."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    field: str = ""
    remedy: str = ""
    errors: list[FieldProblem] = []


def problem_response(
    request: HttpRequest,
    *,
    status: int,
    code: str,
    detail: str,
    field: str = "",
    remedy: str = "",
    errors: Iterable[dict[str, str]] = (),
    headers: dict[str, str] | None = None,
) -> HttpResponse:
    """Return a problem. ``detail`` and ``remedy`` are sentences already translated."""
    body: dict[str, Any] = {
        "type": f"https://tianqu.invalid/problems/{code}", "title": code.replace("_", " "), "status": status,
        "detail": detail, "code": code, "field": field, "remedy": remedy, "errors": list(errors),
    }  # fmt: skip
    return HttpResponse(orjson.dumps(body), content_type=MEDIA_TYPE, status=status, headers=headers)


def error_response(request: HttpRequest, error: TianquError) -> HttpResponse:
    """Return one of our own errors as a problem."""
    with override(get_language_from_request(request)):
        errors = error.errors if isinstance(error, InvalidInputs) else []
        headers = {"WWW-Authenticate": "Bearer"} if error.status == 401 else None
        return problem_response(
            request, status=error.status, code=error.code, detail=gettext(error.message) % error.parameters,
            field=error.field, remedy=gettext(error.remedy) % error.parameters if error.remedy else "",
            errors=[_field_problem(one) for one in errors], headers=headers,
        )  # fmt: skip


def _field_problem(error: InvalidInput) -> dict[str, str]:
    return {
        "field": error.field,
        "detail": gettext(error.message) % error.parameters,
        "remedy": gettext(error.remedy) % error.parameters if error.remedy else "",
    }


def handle_problems(api: NinjaAPI) -> None:
    """Make ``api`` answer every error with a problem."""

    @api.exception_handler(TianquError)
    def ours(request: HttpRequest, error: TianquError) -> HttpResponse:
        return error_response(request, error)

    @api.exception_handler(ValidationError)
    def unreadable(request: HttpRequest, error: ValidationError) -> HttpResponse:
        fields = [
            {"field": ".".join(str(part) for part in fault["loc"][1:]), "detail": str(fault["msg"]), "remedy": ""}
            for fault in error.errors[:100]
        ]
        with override(get_language_from_request(request)):
            return problem_response(
                request, status=UNREADABLE, code="invalid_inputs", errors=fields,
                detail=gettext("%(count)s fields need another look.") % {"count": len(error.errors)},
            )  # fmt: skip

    @api.exception_handler(HttpError)
    def plain(request: HttpRequest, error: HttpError) -> HttpResponse:
        return problem_response(request, status=error.status_code, code="unreadable", detail=str(error))

    @api.exception_handler(Http404)
    def missing(request: HttpRequest, error: Http404) -> HttpResponse:
        with override(get_language_from_request(request)):
            return problem_response(request, status=404, code="not_found", detail=gettext("There is no such thing."))

    @api.exception_handler(TooManyFilesSent)
    def many(request: HttpRequest, error: TooManyFilesSent) -> HttpResponse:
        with override(get_language_from_request(request)):
            return problem_response(request, status=413, code="too_large", detail=gettext("Too many files at once."))
