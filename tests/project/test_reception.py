"""The reception answers through whatever granian gives it: whole answers, streams, and what goes wrong."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from django.http import HttpResponse

from tests.waiting import until
from tianqu.project.reception import PIECE_BYTES, SENT_AT_ONCE_BYTES_MAX, Arriving, Limits, Reception

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

SECONDS_MAX = 20
LIMITS = Limits(body_bytes_max=1024 * 1024, body_seconds_max=SECONDS_MAX)
TIGHT = Limits(body_bytes_max=10, body_seconds_max=0.2)
Does = Callable[["WSGIEnvironment", "StartResponse"], Iterable[bytes]]


class Answered:
    """What granian would have sent, and by which thread."""

    def __init__(self) -> None:
        self.came = threading.Event()
        self.answers: list[tuple[int, list[tuple[str, str]], bytes, str]] = []

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.answers.append((status, headers, body, threading.current_thread().name))
        self.came.set()

    def response_iter(self, status: int, headers: list[tuple[str, str]], body: Iterator[bytes]) -> None:
        self.response_bytes(status, headers, b"".join(body))


class Held(io.BytesIO):
    """A body that comes only when it is let go."""

    def __init__(self, body: bytes) -> None:
        super().__init__(body)
        self.go = threading.Event()

    def read(self, size: int | None = -1) -> bytes:
        assert self.go.wait(SECONDS_MAX)
        return super().read(size)


def taken(does: Does, body: io.BytesIO | None = None, limits: Limits = LIMITS, **environ: str) -> Answered:
    reception = Reception(does, limits)
    reception.open()
    return sent(reception, body, **environ)


def sent(reception: Reception, body: io.BytesIO | None = None, **environ: str) -> Answered:
    answered = Answered()
    scope: dict[str, Any] = {
        "REQUEST_METHOD": "POST", "PATH_INFO": "/", "SERVER_PORT": "1", "REMOTE_ADDR": "127.0.0.1",
        "wsgi.input": body or io.BytesIO(), **environ,
    }  # fmt: skip
    reception.take(answered, scope)
    return answered


def told(answered: Answered) -> tuple[int, list[tuple[str, str]], bytes, str]:
    assert answered.came.wait(SECONDS_MAX)
    return answered.answers[0]


def echo(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    start_response("201 Created", [("X-Length", environ.get("CONTENT_LENGTH", ""))])
    return [environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))]


@pytest.mark.parametrize("size", [1, PIECE_BYTES, PIECE_BYTES + 1, 5 * PIECE_BYTES + 3])
def test_a_body_reaches_the_application_whole(size: int) -> None:
    body = bytes(range(256)) * (size // 256 + 1)
    status, headers, echoed, _thread = told(taken(echo, io.BytesIO(body), CONTENT_LENGTH=str(size)))
    assert (status, headers, echoed) == (201, [("X-Length", str(size))], body[:size])


def test_a_body_in_chunks_has_a_length_afterwards() -> None:
    answered = taken(echo, io.BytesIO(b"x" * 40_000), HTTP_TRANSFER_ENCODING="chunked")
    assert told(answered)[1:3] == ([("X-Length", "40000")], b"x" * 40_000)


def test_no_more_is_read_of_chunks_than_shows_that_they_are_too_many() -> None:
    body = io.BytesIO(b"x" * 40_000)
    assert told(taken(echo, body, TIGHT, HTTP_TRANSFER_ENCODING="chunked"))[1] == [("X-Length", "11")]
    assert body.tell() == 11


def test_a_body_that_says_that_it_is_too_large_is_not_read() -> None:
    body = io.BytesIO(b"x" * 11)
    seen: list[str] = []

    def refuse(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        seen.append(environ["CONTENT_LENGTH"])
        start_response("413 Too Large", [])
        return []

    assert told(taken(refuse, body, TIGHT, CONTENT_LENGTH="11"))[0] == 413
    assert (seen, body.tell()) == (["11"], 0)


def test_a_body_cut_short_never_reaches_the_application() -> None:
    reached: list[str] = []

    def note(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        reached.append(environ["PATH_INFO"])
        return echo(environ, start_response)

    assert told(taken(note, io.BytesIO(b"{"), CONTENT_LENGTH="2"))[0] == 400
    assert reached == []


def test_what_the_application_raises_is_answered(caplog: pytest.LogCaptureFixture) -> None:
    def fail(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        raise RuntimeError("broken")

    status, headers, _body, _thread = told(taken(fail))
    assert status == 500
    assert ("X-Content-Type-Options", "nosniff") in headers
    assert "broken" in caplog.text


def test_a_page_is_closed_before_it_is_sent() -> None:
    page = HttpResponse(b"page")

    def show(_environ: WSGIEnvironment, start_response: StartResponse) -> HttpResponse:
        start_response("200 OK", [])
        return page

    assert told(taken(show))[2] == b"page"
    assert page.closed


@pytest.mark.parametrize("size", [SENT_AT_ONCE_BYTES_MAX, SENT_AT_ONCE_BYTES_MAX + 1])
def test_a_large_stream_is_sent_by_a_thread_of_its_own(size: int) -> None:
    def stream(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
        start_response("200 OK", [])
        return iter([b"x" * (size - 1), b"y"])

    _status, _headers, body, thread = told(taken(stream))
    assert body == b"x" * (size - 1) + b"y"
    assert thread == ("reception-send" if size > SENT_AT_ONCE_BYTES_MAX else "reception-work")


def test_many_held_bodies_stop_nobody_and_are_answered_when_they_come() -> None:
    reception = Reception(echo, LIMITS)
    reception.open()
    bodies = [Held(b"late") for _number in range(20)]
    waiting = [sent(reception, body, CONTENT_LENGTH="4") for body in bodies]
    assert told(sent(reception, io.BytesIO(b"soon"), CONTENT_LENGTH="4"))[2] == b"soon"
    assert told(sent(reception))[0] == 201
    assert not any(each.came.is_set() for each in waiting)
    for body in bodies:
        body.go.set()
    assert [told(each)[2] for each in waiting] == [b"late"] * len(bodies)


def test_a_body_that_never_comes_is_answered_408_and_not_taken_afterwards() -> None:
    body = Held(b"late")
    answered = taken(echo, body, TIGHT, CONTENT_LENGTH="4")
    assert told(answered)[0] == 408
    answered.came.clear()
    body.go.set()
    assert told(sent_after(answered))[0] == 408


def sent_after(answered: Answered) -> Answered:
    """Wait for the second answer, which granian ignores, so that what was not taken can be seen."""
    assert answered.came.wait(SECONDS_MAX)
    assert [each[0] for each in answered.answers] == [408, 500]  # the second one counts for nothing
    return answered


class Failing(Held):
    """A body that cannot be kept: the disk is full."""

    def read(self, size: int | None = -1) -> bytes:
        super().read(size)
        raise OSError(28, "No space left on device")


class Panic(BaseException):
    """What a library written in Rust raises when it gives up."""


@pytest.mark.parametrize("failure", [SystemExit(3), Panic("gave up")])
def test_what_would_end_a_thread_ends_one_request(failure: BaseException) -> None:
    def fail(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/fails":
            raise failure
        return echo(environ, start_response)

    reception = Reception(fail, LIMITS)
    reception.open()
    for _number in range(5):
        assert told(sent(reception, PATH_INFO="/fails"))[0] == 500
    assert told(sent(reception))[0] == 201


def test_a_late_body_that_cannot_be_kept_leaves_as_many_threads_as_before() -> None:
    ended: list[str] = []
    reception = Reception(echo, LIMITS, thread_ends=lambda: ended.append(threading.current_thread().name))
    body = Failing(b"")
    reception.open()
    answered = sent(reception, body, CONTENT_LENGTH="40000")
    until("the thread was replaced", lambda: len(reception._late) == 1, seconds=SECONDS_MAX)
    body.go.set()
    assert told(answered)[0] == 500
    until("the replaced thread has ended", lambda: ended == ["reception-work"], seconds=SECONDS_MAX)


def test_a_body_that_is_here_when_its_thread_looks_slow_leaves_nothing_behind() -> None:
    """The thread has gone on to its next body just when the watch would replace it for the one before."""
    reception = Reception(echo, LIMITS)
    first, second = (Arriving(Answered(), {}, since=0.0, progressed_at=0.0) for _number in range(2))

    class GoneOn(dict[int, Arriving]):
        """By the time its values were read, the first has been finished and the second begun."""

        def values(self) -> Any:
            seen = list(super().values())
            self.clear()
            self[id(second)] = second
            return seen

    reception._reading = GoneOn({id(first): first})
    reception._missing = 0
    reception._tick(1.0)
    assert (reception._late, list(reception._reading.values()), reception._missing) == ({}, [second], 0)


def test_a_body_that_comes_just_when_it_is_refused_is_either_taken_or_refused() -> None:
    answered, reception = Answered(), Reception(echo, TIGHT)
    arriving = Arriving(answered, {"wsgi.input": io.BytesIO()}, since=0.0, progressed_at=0.0)

    class JustCome(dict[int, Arriving]):
        """By the time its values were read, the body is whole, and its request is in the queue."""

        def values(self) -> Any:
            seen = list(super().values())
            reception._arrived(arriving, whole=True)
            return seen

    reception._late = JustCome({id(arriving): arriving})
    reception._missing = 0
    reception._tick(100.0)
    assert reception._queue.qsize() == 1
    assert (answered.answers, reception._told) == ([], {})


@pytest.mark.parametrize(
    "sent_type", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/csv"]
)
def test_what_does_not_show_its_end_is_not_taken_in_chunks(sent_type: str) -> None:
    reached: list[str] = []

    def note(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        reached.append(environ["PATH_INFO"])
        return echo(environ, start_response)

    body = io.BytesIO(b"description=half of")
    assert told(taken(note, body, HTTP_TRANSFER_ENCODING="chunked", CONTENT_TYPE=sent_type))[0] == 411
    assert (reached, body.tell()) == ([], 0)
    assert told(taken(note, HTTP_TRANSFER_ENCODING="chunked", CONTENT_TYPE="application/merge-patch+json"))[0] == 201
