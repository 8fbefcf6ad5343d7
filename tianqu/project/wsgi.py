"""The WSGI application that granian serves.

Programs' doors (``/api/``, ``/open311/``, ``/log/``) have no sessions, cookies or page headers, so they go through a
shorter chain of middleware than pages do. It is the same Django, the same addresses and the same views.
docs/decisions/0012-doors.md says what the shorter way leaves out, and what that saves.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import django
from csp.utils import build_policy
from django.conf import settings
from django.core.handlers.exception import response_for_exception
from django.core.handlers.wsgi import WSGIHandler
from django.db import DEFAULT_DB_ALIAS, connections
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.security import SecurityMiddleware
from django.utils.module_loading import import_string

from tianqu.project.reception import Limits
from tianqu.project.serving import end_with_parent, receive_for

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tianqu.project.settings")
django.setup(set_prefix=False)

from tianqu.web.api.straight import STRAIGHT, go_straight  # noqa: E402  Django is set up first


class DoorHandler(WSGIHandler):
    """Django with the chain of ``settings.TIANQU_DOOR_MIDDLEWARE``, and errors caught once, around the view.

    A door's views are synchronous, open their own transactions and set no cookies; its middleware raises nothing.
    """

    def load_middleware(self, is_async: bool = False) -> None:
        """Put the chain around the view."""
        handler: Callable[[HttpRequest], HttpResponseBase] = self.viewed
        for path in reversed(settings.TIANQU_DOOR_MIDDLEWARE):
            handler = import_string(path)(handler)
        self.answered = handler
        self.headers = _security_headers()
        self.shown_headers = [*self.headers, ("Content-Security-Policy", build_policy()), ("X-Frame-Options", "DENY")]

    def viewed(self, request: HttpRequest) -> HttpResponseBase:
        """Answer by the view at the address; what it raises becomes Django's answer to that.

        A host of another name is refused first, as CommonMiddleware does for pages: a page of anybody's whose name is
        made to point here must not read an installation through its visitor's browser.
        """
        try:
            request.get_host()
            view, arguments, named = self.resolve_request(request)
            answer: HttpResponseBase = view(request, *arguments, **named)
        except Exception as error:  # noqa: BLE001  a door answers whatever happens behind it
            return response_for_exception(request, error)
        return answer

    # django-stubs says that a handler returns the answer itself; by WSGI it is the blocks of its body.
    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:  # type: ignore[override]
        """Answer one request, with a length: without one the answer would go in chunks."""
        connections[DEFAULT_DB_ALIAS].close_if_unusable_or_obsolete()
        way = STRAIGHT.get((environ["REQUEST_METHOD"], environ.get("PATH_INFO", "")))
        answered = go_straight(environ, way) if way is not None else None
        if answered is not None:
            status, headers, body = answered
            start_response(status, [*headers, *self.headers])
            return [body]
        request = self.request_class(environ)
        answer = self.answered(request)
        blocks: Iterable[bytes] = answer  # a stream goes as it is
        if isinstance(answer, HttpResponse):
            blocks = [answer.content]
            if not answer.has_header("Content-Length"):
                answer.headers["Content-Length"] = str(len(answer.content))
            request.close()  # what was handed in
        # A browser shows an error's page, and XML, as it shows our pages, so they say what those say.
        headers = self.headers if "json" in answer.headers.get("Content-Type", "") else self.shown_headers
        added = [(name, value) for name, value in headers if name not in answer.headers]
        start_response(f"{answer.status_code} {answer.reason_phrase}", [*answer.items(), *added])
        return blocks


class _SecureRequest(HttpRequest):
    scheme = "https"


def _security_headers() -> list[tuple[str, str]]:
    """Return the headers that Django's SecurityMiddleware adds to every answer; they follow from the settings alone."""
    answer = HttpResponse()
    before = set(answer.headers)
    SecurityMiddleware(lambda _request: answer)(_SecureRequest())
    return [(name, value) for name, value in answer.items() if name not in before]


_pages = WSGIHandler()
_doors = DoorHandler()
_prefixes: tuple[str, ...] = tuple(settings.TIANQU_DOORS)


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answer a request by the chain that its address needs."""
    path: str = environ.get("PATH_INFO", "")
    handler: Any = _doors if path.startswith(_prefixes) else _pages
    answer: Iterable[bytes] = handler(environ, start_response)
    return answer


end_with_parent()
receive_for(
    application,
    Limits(body_bytes_max=settings.TIANQU_BODY_BYTES_MAX, body_seconds_max=settings.TIANQU_BODY_SECONDS_MAX),
    thread_ends=connections.close_all,
)
