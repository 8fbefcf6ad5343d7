"""Refusing a body that is larger than anything we take, before a byte of it is read."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import get_language_from_request, gettext, override

from tianqu.gateways.open311.documents import refused
from tianqu.web.layout.errors import error_page

TOO_LARGE = 413


class BodyLimitMiddleware:
    """Answer 413, in the form of the address, to a body of more than ``TIANQU_BODY_BYTES_MAX`` bytes.

    The length that a request says is all that is ever read of it (PEP 3333), so that no shorter one can be pretended.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer one request."""
        said = request.META.get("CONTENT_LENGTH") or "0"
        if not said.isdigit() or int(said[:20]) <= settings.TIANQU_BODY_BYTES_MAX:
            return self.get_response(request)
        with override(get_language_from_request(request)):
            if request.path.startswith("/open311/"):
                form = "json" if request.path.endswith(".json") else "xml"
                return refused([(TOO_LARGE, gettext("That is too much at once"))], form)
            return error_page(request, TOO_LARGE)
