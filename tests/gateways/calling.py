"""Calling the doors within the process, through the same WSGI application that serves them."""

from __future__ import annotations

from typing import Any, Final

import httpx
import requests
from requests.adapters import BaseAdapter

from tianqu.project.wsgi import application

ORIGIN: Final = "http://testserver"


def door_client() -> httpx.Client:
    """A client of everything that is served."""
    return httpx.Client(transport=httpx.WSGITransport(app=application), base_url=ORIGIN)


class DoorAdapter(BaseAdapter):
    """Lets programs that are written with ``requests`` call the application."""

    def send(self, request: Any, *_arguments: Any, **_more: Any) -> Any:
        """Answer one request."""
        with door_client() as client:
            body = request.body or b""
            told = client.request(
                request.method, request.url, headers=dict(request.headers),
                content=body.encode() if isinstance(body, str) else body,
            )  # fmt: skip
        answer = requests.Response()
        answer.status_code, answer.url, answer.request = told.status_code, request.url, request
        answer.headers.update(told.headers)
        answer.encoding, answer._content = "utf-8", told.content
        return answer

    def close(self) -> None:
        """Nothing stays open."""


def door_session() -> requests.Session:
    """A session of ``requests`` whose every address is answered by the application."""
    session = requests.Session()
    session.mount(ORIGIN, DoorAdapter())
    return session
