"""The WSGI application that granian serves.

Programs' doors (``/api/``, ``/open311/``, ``/log/``) have no sessions, cookies or page headers, so they go through a
shorter chain of middleware than pages do. It is the same Django, the same addresses and the same views.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from tianqu.project.serving import end_with_parent

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tianqu.project.settings")
django.setup(set_prefix=False)


class DoorHandler(WSGIHandler):
    """Django with the short chain of ``settings.TIANQU_DOOR_MIDDLEWARE``."""

    def load_middleware(self, is_async: bool = False) -> None:
        """Load the short chain instead of the whole one."""
        whole = settings.MIDDLEWARE
        settings.MIDDLEWARE = settings.TIANQU_DOOR_MIDDLEWARE
        try:
            super().load_middleware(is_async)
        finally:
            settings.MIDDLEWARE = whole

    def get_response(self, request: HttpRequest) -> HttpResponseBase:
        """Answer with a length, as CommonMiddleware does for pages: without one the answer would go in chunks."""
        response = super().get_response(request)
        if isinstance(response, HttpResponse) and not response.has_header("Content-Length"):
            response.headers["Content-Length"] = str(len(response.content))
        return response


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
