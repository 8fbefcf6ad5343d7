"""Programs' doors as granian calls them: the short way through Django answers as the long one does."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.signals import request_finished, request_started
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import override_settings
from django.urls import path

from tests.orders.hotline import Hotline
from tianqu.project.wsgi import DoorHandler, application

pytestmark = pytest.mark.django_db(transaction=True)


def called(address: str, *, handler: Any = application, **environ: Any) -> tuple[str, dict[str, str], bytes]:
    """Call as a WSGI server does; return the status line, the headers and the body."""
    told: list[Any] = []
    whole = {
        "REQUEST_METHOD": "GET", "PATH_INFO": address, "QUERY_STRING": "", "SERVER_NAME": "localhost",
        "SERVER_PORT": "8000", "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "127.0.0.1",
        "wsgi.input": io.BytesIO(), "wsgi.url_scheme": "http", **environ,
    }  # fmt: skip
    blocks = handler(whole, lambda status, headers: told.extend([status, dict(headers)]))
    body = b"".join(blocks)
    close = getattr(blocks, "close", None) if handler is application else None
    if close is not None:
        close()
    return told[0], told[1], body


def test_an_answer_has_its_length_and_the_headers_that_django_gives_every_page(hotline: Hotline) -> None:
    status, headers, body = called("/api/v1/items")
    assert status == "200 OK"
    assert headers["Content-Length"] == str(len(body))
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_an_unknown_address_is_a_problem(hotline: Hotline) -> None:
    status, headers, body = called("/api/v1/nothing-here")
    assert status == "404 Not Found"
    assert headers["Content-Type"] == "application/problem+json"
    assert b'"code":"not_found"' in body


def test_a_body_that_is_too_large_is_refused_unread(hotline: Hotline) -> None:
    unread = io.BytesIO(b"x" * 100)
    status, _headers, _body = called(
        "/api/v1/orders", REQUEST_METHOD="POST", CONTENT_LENGTH=str(10**12), **{"wsgi.input": unread}
    )
    assert status.startswith("413")
    assert unread.tell() == 0


@pytest.mark.parametrize("address", ["/api/v1/items", "/open311/v2/discovery.json", "/log/key"])
def test_a_host_of_another_name_is_refused(hotline: Hotline, address: str) -> None:
    assert called(address, HTTP_HOST="evil.example")[0].startswith("400")
    assert called(address, HTTP_HOST="localhost")[0] == "200 OK"


@pytest.mark.parametrize(
    ("method", "address", "expected"),
    [
        ("GET", "/nowhere", 404), ("GET", "/log/nowhere", 404), ("GET", "/open311/nowhere", 404),
        ("GET", "/open311/v2/nowhere.xml", 404), ("GET", "/api/nowhere", 404), ("GET", "/api/v1/nowhere", 404),
        ("GET", "/static/nowhere.js", 404), ("GET", "/static/tianqu/nowhere.css", 404), ("GET", "/", 200),
        ("GET", "/open311/v2/discovery.xml", 200), ("POST", "/log/key", 405), ("DELETE", "/api/v1/items", 405),
        ("POST", "/account/login/", 403), ("GET", "/log/key", 200),
        ("GET", "/static/tianqu.js", 200),
        ("POST", "/", 413), ("POST", "/log/key", 413), ("POST", "/open311/v2/requests.xml", 413),
        ("POST", "/api/x", 413),
        ("POST", "/api/v1/orders", 413),
    ],
)  # fmt: skip
def test_no_answer_goes_without_the_headers_that_protect(
    hotline: Hotline, method: str, address: str, expected: int
) -> None:
    length = str(10**12) if expected == 413 else "0"
    status, headers, _body = called(address, REQUEST_METHOD=method, CONTENT_LENGTH=length)
    assert status.startswith(str(expected))
    assert_protected(headers)


def assert_protected(headers: dict[str, str]) -> None:
    """What a browser shows runs no script that is not a file of ours, and stands in nobody's frame."""
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    if "json" in headers["Content-Type"]:
        return
    policy = headers["Content-Security-Policy"]
    assert {"default-src 'none'", "script-src 'self'"} <= {part.strip() for part in policy.split(";")}
    assert "unsafe" not in policy
    assert headers["X-Frame-Options"] == "DENY"


def _raising(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("behind the door")


def _streaming(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(iter([b"one ", b"two"]))


def _strict(request: HttpRequest) -> HttpResponse:
    return HttpResponse("x", headers={"Referrer-Policy": "no-referrer"})


urlpatterns = [path("log/raising", _raising), path("log/streaming", _streaming), path("log/strict", _strict)]


@pytest.fixture
def door() -> Iterator[DoorHandler]:
    """A door before views of this test's own."""
    with override_settings(ROOT_URLCONF=__name__, DEBUG_PROPAGATE_EXCEPTIONS=False):
        yield DoorHandler()


def test_what_a_view_raises_is_answered(door: DoorHandler, caplog: pytest.LogCaptureFixture) -> None:
    status, headers, _body = called("/log/raising", handler=door)
    assert status == "500 Internal Server Error"
    assert_protected(headers)
    assert "behind the door" in caplog.text


def test_what_a_view_says_itself_is_said_once(door: DoorHandler) -> None:
    told: list[tuple[str, str]] = []
    environ = {
        "REQUEST_METHOD": "GET", "PATH_INFO": "/log/strict", "SERVER_NAME": "localhost", "SERVER_PORT": "8000",
        "wsgi.input": io.BytesIO(), "wsgi.url_scheme": "http",
    }  # fmt: skip
    list(door(environ, lambda _status, headers: told.extend(headers)))
    assert [value for name, value in told if name == "Referrer-Policy"] == ["no-referrer"]


def test_a_stream_goes_through(door: DoorHandler) -> None:
    status, headers, body = called("/log/streaming", handler=door)
    assert (status, body) == ("200 OK", b"one two")
    assert "Content-Length" not in headers


def test_a_door_sends_no_signals(door: DoorHandler) -> None:
    heard: list[str] = []

    def hear(sender: object, **_more: object) -> None:
        heard.append("heard")

    request_started.connect(hear)
    request_finished.connect(hear)
    try:
        called("/log/streaming", handler=door)
    finally:
        request_started.disconnect(hear)
        request_finished.disconnect(hear)
    assert heard == []
