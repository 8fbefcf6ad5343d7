"""Errors as problem details (RFC 9457), in the language that the client accepts."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Any, Final

import orjson
from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation, TooManyFilesSent
from django.db import DataError, IntegrityError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import get_language_from_request, gettext, gettext_noop, override
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from pydantic import BaseModel

from tianqu.base.canonical import plain
from tianqu.base.errors import InvalidInput, InvalidInputs, TianquError, TooMany
from tianqu.kernel.pack.api import sentence_said
from tianqu.web.api.faults import sentence_of
from tianqu.web.api.limits import TooManyCalls
from tianqu.web.clashes import clash_of, route_of

AGAIN_SECONDS = "2"  # a database that was killed is back in a second or two
WAIT_SECONDS = "60"  # after too many, where nothing better is known
logger = logging.getLogger(__name__)

MEDIA_TYPE: Final = "application/problem+json"
UNREADABLE: Final = 422  # the shape of the input is not what the operation takes
VALUE_MAX: Final = 200  # characters of a value that was at fault
FAULTS_MAX: Final = 100
# What is said of an answer that came from Django or the server itself, by its status: code, detail, remedy.
BARE: Final[dict[int, tuple[str, str, str]]] = {
    400: (
        "unreadable", gettext_noop("This request cannot be read."),
        gettext_noop("Send JSON in UTF-8, as the document at /api/v1/openapi.json says."),
    ),
    401: ("unauthorized", gettext_noop("This address needs a token."), ""),
    403: ("not_permitted", gettext_noop("This is not permitted."), ""),
    404: (
        "not_found", gettext_noop("There is nothing at this address."),
        gettext_noop("Look the address up at /api/docs."),
    ),
    405: (
        "method_not_allowed", gettext_noop("This address does not take this method."),
        gettext_noop("The header Allow names those that it takes."),
    ),
    413: ("too_large", gettext_noop("This request is too large."), gettext_noop("Send less at once.")),
    415: (
        "unsupported_media_type", gettext_noop("This address does not take a body of this type."),
        gettext_noop("Send the type that /api/docs names, with its header Content-Type."),
    ),
    429: ("too_many", gettext_noop("Too many requests in a short time."), gettext_noop("Wait a minute.")),
    500: (
        "broken", gettext_noop("Something broke on our side."),
        gettext_noop("Nothing was half done. Send it again with the same Idempotency-Key."),
    ),
    503: (
        "unavailable", gettext_noop("We are not quite there just now"),
        gettext_noop("Nothing was half done. Send it again with the same Idempotency-Key."),
    ),
}  # fmt: skip


class FieldProblem(BaseModel):
    """What is wrong with one field."""

    field: str
    detail: str
    remedy: str = ""


class Problem(BaseModel):
    """A problem as RFC 9457 has it, with our own ``code``, ``field``, ``value`` and ``remedy``."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    field: str = ""
    value: Any = None
    remedy: str = ""
    errors: list[FieldProblem] = []


def problem_response(
    request: HttpRequest,
    *,
    status: int,
    code: str,
    detail: str,
    field: str = "",
    value: object = None,
    remedy: str = "",
    errors: Iterable[dict[str, str]] = (),
    headers: dict[str, str] | None = None,
) -> HttpResponse:
    """Return a problem. ``detail`` and ``remedy`` are sentences already translated."""
    body: dict[str, Any] = {
        "type": f"{settings.TIANQU_ORIGIN}/api/docs#problem-{code}", "title": code.replace("_", " "), "status": status,
        "detail": detail, "instance": request.path[:VALUE_MAX], "code": code, "field": field, "value": _shown(value),
        "remedy": remedy, "errors": list(errors),
    }  # fmt: skip
    answer = HttpResponse(_json(body), content_type=MEDIA_TYPE, status=status, headers=headers)
    answer.tianqu_problem = True  # type: ignore[attr-defined]  # the middleware lets it through as it is
    return answer


def _json(body: object) -> bytes:
    try:
        return orjson.dumps(body)
    except orjson.JSONEncodeError:  # half a character in what was sent
        return orjson.dumps(_whole(body))


def _whole(value: object) -> object:
    if isinstance(value, str):
        return value.encode(errors="replace").decode()
    if isinstance(value, dict):
        return {key: _whole(each) for key, each in value.items()}
    return [_whole(each) for each in value] if isinstance(value, list) else value


def _shown(value: object) -> Any:
    """Return a value that was at fault, as JSON and not too long."""
    if value is None or isinstance(value, bool | int | float):
        return value if not isinstance(value, int) or abs(value) < 2**53 else str(value)[:VALUE_MAX]
    if isinstance(value, list | tuple | set | frozenset):
        return [_shown(each) for each in list(value)[:10]]
    try:
        return str(plain(value))[:VALUE_MAX]
    except TianquError:
        return str(value)[:VALUE_MAX]


def error_response(request: HttpRequest, error: TianquError) -> HttpResponse:
    """Return one of our own errors as a problem."""
    with override(get_language_from_request(request)):
        errors = error.errors if isinstance(error, InvalidInputs) else []
        return problem_response(
            request, status=error.status, code=error.code, detail=sentence_said(error.message, error),
            field=error.field, value=error.value,
            remedy=sentence_said(error.remedy, error),
            errors=[_field_problem(one) for one in errors], headers=_headers(error),
        )  # fmt: skip


def _headers(error: TianquError) -> dict[str, str] | None:
    if error.status == 401:
        return {"WWW-Authenticate": "Bearer"}
    if isinstance(error, TooMany):
        return {"Retry-After": str(error.retry_after_s) if isinstance(error, TooManyCalls) else WAIT_SECONDS}
    return None


def _field_problem(error: InvalidInput) -> dict[str, str]:
    return {
        "field": error.field,
        "detail": sentence_said(error.message, error),
        "remedy": sentence_said(error.remedy, error),
    }


def _fault(fault: dict[str, Any]) -> dict[str, str]:
    detail, remedy = sentence_of(fault)
    return {"field": ".".join(str(part) for part in fault["loc"][1:]), "detail": detail, "remedy": remedy}


def bare_problem(request: HttpRequest, status: int, *, headers: dict[str, str] | None = None) -> HttpResponse:
    """Return the problem that stands for a status of which nothing more is known."""
    known = status if status in BARE else 500 if status >= 500 else 400
    code, detail, remedy = BARE[known]
    with override(get_language_from_request(request)):
        return problem_response(
            request, status=status, code=code, detail=gettext(detail), remedy=gettext(remedy) if remedy else "",
            headers=headers,
        )  # fmt: skip


class ProblemMiddleware:
    """Put a problem in the place of every other error under ``/api/``: unknown addresses, methods, broken requests."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer one request."""
        answer = self.get_response(request)
        if answer.status_code < 400 or not request.path.startswith("/api/") or hasattr(answer, "tianqu_problem"):
            return answer
        kept = {name: answer.headers[name] for name in ("Allow", "Retry-After") if name in answer.headers}
        if answer.status_code == 429 and "Retry-After" not in kept:
            kept["Retry-After"] = WAIT_SECONDS
        return bare_problem(request, answer.status_code, headers=kept)


def handle_problems(api: NinjaAPI) -> None:
    """Make ``api`` answer every error with a problem."""
    handlers: tuple[tuple[tuple[type[Exception], ...], Callable[[HttpRequest, Any], HttpResponse]], ...] = (
        ((TianquError,), error_response), ((ValidationError,), _unreadable), ((HttpError,), _plainly),
        ((Http404,), _missing), ((SuspiciousOperation,), _suspicious),
        ((UnreadablePostError, MultiPartParserError), _unread),
        ((DataError, IntegrityError, OperationalError, InterfaceError), _refused),
        ((Exception,), _broken),
    )  # fmt: skip
    for errors, answer in handlers:
        for error in errors:
            api.add_exception_handler(error, answer)


def _unreadable(request: HttpRequest, error: ValidationError) -> HttpResponse:
    with override(get_language_from_request(request)):
        fields = [_fault(fault) for fault in error.errors[:FAULTS_MAX]]
        return problem_response(
            request, status=UNREADABLE, code="invalid_inputs", errors=fields,
            field=fields[0]["field"] if len(fields) == 1 else "",
            detail=gettext("%(count)s fields need another look.") % {"count": len(error.errors)},
            remedy=gettext("Look the fields up at /api/docs."),
        )  # fmt: skip


def _plainly(request: HttpRequest, error: HttpError) -> HttpResponse:
    if isinstance(error.__cause__, TianquError):  # what the parser of bodies said
        return error_response(request, error.__cause__)
    return bare_problem(request, error.status_code)


def _missing(request: HttpRequest, error: Http404) -> HttpResponse:
    return bare_problem(request, 404)


def _suspicious(request: HttpRequest, error: SuspiciousOperation) -> HttpResponse:
    return bare_problem(request, 413 if isinstance(error, RequestDataTooBig | TooManyFilesSent) else 400)


def _unread(request: HttpRequest, error: Exception) -> HttpResponse:
    return bare_problem(request, 400)


def _refused(request: HttpRequest, error: Exception) -> HttpResponse:
    """What the database refused; one that was away is back soon."""
    refused = clash_of(request, error)
    if refused is not None:
        return error_response(request, refused)
    logger.warning("the database was away", exc_info=error)
    return bare_problem(request, 503, headers={"Retry-After": AGAIN_SECONDS})


def _broken(request: HttpRequest, error: Exception) -> HttpResponse:
    logger.error("%s %s broke", request.method, route_of(request), exc_info=error)
    return bare_problem(request, 500)
