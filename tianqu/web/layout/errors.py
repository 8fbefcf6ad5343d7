"""Pages for what went wrong: what it was, what would be right, and where to go on."""

from __future__ import annotations

import re
import sys
from datetime import datetime
from http import HTTPStatus

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tianqu.base.errors import InvalidInputs, TianquError
from tianqu.kernel.pack.api import Faults
from tianqu.web.layout.formats import in_chinese, moment
from tianqu.web.problems import plain_problem, wants_problem

AGAIN_SECONDS = "2"  # Retry-After: a database that was killed is back in a second or two

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)")

TITLES: dict[int, Promise] = {
    HTTPStatus.BAD_REQUEST: _("This could not be taken as it is"),
    HTTPStatus.FORBIDDEN: _("Your post does not open this page"),
    HTTPStatus.NOT_FOUND: _("There is no such page"),
    HTTPStatus.CONFLICT: _("Somebody was quicker"),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: _("That is too much at once"),
    HTTPStatus.TOO_MANY_REQUESTS: _("Too many requests in a short time"),
    HTTPStatus.INTERNAL_SERVER_ERROR: _("Something broke on our side"),
    HTTPStatus.SERVICE_UNAVAILABLE: _("We are not quite there just now"),
}
REMEDIES: dict[int, Promise] = {
    HTTPStatus.BAD_REQUEST: _("Go back, change it and send it again. What you typed is still there."),
    HTTPStatus.FORBIDDEN: _("If you hold another post, choose it on your account page, or ask your administrator."),
    HTTPStatus.NOT_FOUND: _(
        "Look whether the address was copied whole. What only its owner may see needs you to sign in first."
    ),
    HTTPStatus.CONFLICT: _("Go back, load the page anew and look at what has changed before you try again."),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: _("Send less, or in several parts."),
    HTTPStatus.TOO_MANY_REQUESTS: _("Wait a minute and try again. Nothing was lost, and nothing was done."),
    HTTPStatus.INTERNAL_SERVER_ERROR: _(
        "Nothing was half done: try again in a minute. If it stays so, tell us this page's address and the time."
    ),
    HTTPStatus.SERVICE_UNAVAILABLE: _("Nothing was half done: try again in a few seconds."),
}


def sentence(text: str, error: TianquError) -> str:
    """Return an error's sentence in the language of the page, with moments as the page writes them."""
    parameters = error.parameters_in(english=not in_chinese())
    return gettext(text) % {name: _shown(value) for name, value in parameters.items()} if text else ""


def _shown(value: object) -> object:
    """A moment as programs write it becomes one that people read; what is typed wrong stays as it was typed."""
    if isinstance(value, str) and MOMENT.fullmatch(value):
        try:
            return moment(datetime.fromisoformat(value))
        except ValueError:
            return value
    return value


def faults(error: TianquError) -> Faults:
    """Return an error's sentences by field, in the language of the page, for ``ui.error_summary`` and the fields."""
    errors = error.errors if isinstance(error, InvalidInputs) else [error]
    return Faults({one.field: f"{sentence(one.message, one)} {sentence(one.remedy, one)}".strip() for one in errors})


def error_page(request: HttpRequest, status: int, *, message: str = "", remedy: str = "") -> HttpResponse:
    """Render the page for ``status``, problem details for a program; it needs neither the database nor a session."""
    if wants_problem(request):
        return plain_problem(request, status, title=str(TITLES[status]), detail=message or str(REMEDIES[status]))
    context = {
        "title": TITLES[status],
        "message": message,
        "remedy": remedy or REMEDIES[status],
        "status": int(status),
    }
    return render(request, "layout/error.html", context, status=status, using="jinja2")


def tianqu_error(request: HttpRequest, error: TianquError) -> HttpResponse:
    """Render an error that says itself what was wrong."""
    status = error.status if error.status in TITLES else HTTPStatus.BAD_REQUEST
    return error_page(request, status, message=sentence(error.message, error), remedy=sentence(error.remedy, error))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400, Django's handler."""
    return error_page(request, HTTPStatus.BAD_REQUEST)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403, Django's handler."""
    return error_page(request, HTTPStatus.FORBIDDEN)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404, Django's handler."""
    return error_page(request, HTTPStatus.NOT_FOUND)


def broken(request: HttpRequest) -> HttpResponse:
    """500, Django's handler; 503 where the database is away, which passes."""
    if not isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        return error_page(request, HTTPStatus.INTERNAL_SERVER_ERROR)
    response = error_page(request, HTTPStatus.SERVICE_UNAVAILABLE)
    response["Retry-After"] = AGAIN_SECONDS
    return response


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form whose token is missing or old, Django's CSRF handler."""
    return error_page(
        request,
        HTTPStatus.FORBIDDEN,
        message=gettext("This form is too old, or it was sent from another site."),
        remedy=gettext("Go back, load the page anew and send the form again. Cookies must be allowed for this site."),
    )
