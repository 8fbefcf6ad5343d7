"""Between granian and the application: bodies are waited for by threads that are not needed for anything else.

granian calls its application before a body has arrived, and reading the body waits for it. Two clients that never
finish theirs would so hold both threads of a web process. Here a thread that has waited for longer than a blink is
replaced by another one; what it waits for goes back into the queue when it is whole, and the thread ends. While several
let us wait, each further body is waited for by a thread of its own. Whoever does not go on is answered 408 and cut off.

docs/decisions/0014-slow-bodies.md says why it is so, and what it costs.
"""

from __future__ import annotations

import io
import logging
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from queue import SimpleQueue
from typing import IO, TYPE_CHECKING, Any, Final, Protocol

from tianqu.project.installation import CONNECTIONS_MAX
from tianqu.project.sockets import Told, cut

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

THREADS: Final = 2  # that work; many cost half as much processor time again a page
TICK_SECONDS: Final = 0.1  # a body that is here within this time needs no thread of its own
PIECE_BYTES: Final = 16 * 1024  # what has to arrive within ``Limits.body_seconds_max``, or all of a smaller body
CROWD: Final = CONNECTIONS_MAX // 4  # from so many unfinished bodies on, they get less time
CROWDED_SECONDS_MAX: Final = 5.0
LINGER_SECONDS: Final = 1.0  # between the answer 408 and the end of the connection
IN_MEMORY_BYTES_MAX: Final = 64 * 1024  # of a body; the rest waits on the disk
SENT_AT_ONCE_BYTES_MAX: Final = 1024 * 1024  # of an answer; a larger one is sent by a thread of its own
REFUSED_HEADERS: Final = [
    ("Content-Type", "text/plain; charset=utf-8"), ("Connection", "close"), ("Cache-Control", "no-store"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"), ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
]  # fmt: skip
TOO_SLOW: Final = "请求没有在时限内发完，请重发。\nThe request did not arrive in time. Send it again.\n"
CUT_SHORT: Final = "请求没有发完，请重发。\nThe request was not sent to its end. Send it again.\n"
UNENDED: Final = "请说明请求的长度（Content-Length）。\nSay how long the request is, by Content-Length.\n"
BROKEN: Final = "我们这边出错了。\nSomething broke on our side.\n"
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a body may be, and within how many seconds it has to arrive, or its next piece."""

    body_bytes_max: int
    body_seconds_max: float


class Answering(Protocol):
    """How granian takes an answer; from any thread, and only the first one counts."""

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None: ...
    def response_iter(self, status: int, headers: list[tuple[str, str]], body: Iterator[bytes]) -> None: ...


@dataclass(slots=True, eq=False)
class Arriving:
    """A request whose body is being waited for. Times are monotonic, in seconds."""

    answering: Answering
    environ: WSGIEnvironment
    since: float
    progressed_at: float
    told_at: float = 0.0  # when it was answered 408, for those that were

    def told(self, now: float) -> Told:
        """The answer 408, as the connection that it went by is found."""
        return Told(int(self.environ["SERVER_PORT"]), self.environ["REMOTE_ADDR"], now - self.told_at)


@dataclass(slots=True, eq=False)
class _Said:
    """What the application says of its answer, by WSGI's ``start_response``."""

    status: int = 200
    headers: list[tuple[str, str]] | None = None

    def __call__(self, status: str, headers: list[tuple[str, str]], exc_info: object = None) -> Callable[[bytes], None]:
        self.status = int(status[:3])
        self.headers = headers
        return _unwritable


class Reception:
    """Takes requests from granian, waits for their bodies and lets the application answer them, two at a time."""

    def __init__(
        self, application: WSGIApplication, limits: Limits, *, thread_ends: Callable[[], None] = lambda: None
    ) -> None:
        self._application = application
        self._limits = limits
        self._thread_ends = thread_ends  # closes what a thread holds for itself
        self._queue: SimpleQueue[tuple[Answering, WSGIEnvironment, bool]] = SimpleQueue()
        # By identity. Whoever takes one out of its place decides what becomes of it, so that nobody else does too.
        self._reading: dict[int, Arriving] = {}  # those whose thread is one of the two
        self._late: dict[int, Arriving] = {}  # those whose thread was replaced, or that have their own
        self._told: dict[int, Arriving] = {}  # those of the late that were answered 408
        self._missing = THREADS  # threads that are to be started
        self._cut_at = 0.0
        self._basic: dict[str, Any] = {
            "GATEWAY_INTERFACE": "CGI/1.1", "SCRIPT_NAME": "", "SERVER_SOFTWARE": "granian",
            "wsgi.errors": sys.stderr, "wsgi.input_terminated": True, "wsgi.multiprocess": True,
            "wsgi.multithread": True, "wsgi.run_once": False, "wsgi.version": (1, 0),
        }  # fmt: skip

    def open(self) -> None:
        """Start the threads; they end with the process."""
        self._fill()
        self._start(self._watch, "watch")

    def take(self, answering: Answering, scope: WSGIEnvironment) -> None:
        """Take a request from granian's own thread, which has nothing else to do."""
        self._queue.put((answering, scope, False))

    def _start(self, does: Callable[..., None], name: str, *arguments: object) -> None:
        threading.Thread(target=does, args=arguments, name=f"reception-{name}", daemon=True).start()

    def _fill(self) -> None:
        """Start the threads that are missing. One that cannot be started now is started by the watch later."""
        while self._missing > 0:
            self._start(self._work, "work")
            self._missing -= 1

    def _work(self) -> None:
        """Answer requests until this thread has been replaced while it waited for a body."""
        replaced = False
        while not replaced:
            answering, environ, whole = self._queue.get()
            try:
                if whole or not _has_body(environ, self._limits):
                    self._answer(answering, environ)
                elif len(self._late) + len(self._told) > THREADS:
                    self._start(self._wait, "wait", _arriving(answering, environ))
                else:
                    replaced = self._read_and_answer(answering, environ)
            except BaseException:  # an exit, or a panic of a library in Rust, ends a request and not the thread
                log.exception("a request ended without an answer")
                answering.response_bytes(500, REFUSED_HEADERS, BROKEN.encode())
        self._thread_ends()

    def _read_and_answer(self, answering: Answering, environ: WSGIEnvironment) -> bool:
        """Read a body and answer; return True when this thread was replaced meanwhile, and the queue has it again."""
        arriving = _arriving(answering, environ)
        self._reading[id(arriving)] = arriving
        whole = _read_safely(arriving, self._limits)
        if self._reading.pop(id(arriving), None) is None:
            self._arrived(arriving, whole)
            return True
        if whole:
            self._answer(answering, environ)
        else:
            _let_go(environ)
        return False

    def _wait(self, arriving: Arriving) -> None:
        """Wait for one body, in a thread of its own."""
        self._late[id(arriving)] = arriving
        self._arrived(arriving, _read_safely(arriving, self._limits))

    def _arrived(self, arriving: Arriving, whole: bool) -> None:
        """Give a late body back to those who work, unless its request was answered meanwhile."""
        untold = self._late.pop(id(arriving), None) is not None
        self._told.pop(id(arriving), None)
        if whole and untold:
            self._queue.put((arriving.answering, arriving.environ, True))
        else:  # counts only when nothing was answered before
            _let_go(arriving.environ)
            arriving.answering.response_bytes(500, REFUSED_HEADERS, BROKEN.encode())

    def _answer(self, answering: Answering, scope: WSGIEnvironment) -> None:
        try:
            self._hand_on(answering, scope)
        finally:
            _let_go(scope)

    def _hand_on(self, answering: Answering, scope: WSGIEnvironment) -> None:
        said = _Said()
        answer = self._application({**self._basic, **scope}, said)
        headers = said.headers or []
        if isinstance(answer, list):
            answering.response_bytes(said.status, headers, b"".join(answer))
        elif not getattr(answer, "streaming", True):  # a whole answer of Django's
            content = b"".join(answer)
            answer.close()  # type: ignore[attr-defined]
            answering.response_bytes(said.status, headers, content)
        else:
            self._send(answering, said.status, headers, answer)

    def _send(self, answering: Answering, status: int, headers: list[tuple[str, str]], answer: Iterable[bytes]) -> None:
        """Send a stream. It is read to its end first, so that a client who reads slowly keeps no thread that works."""
        kept = tempfile.SpooledTemporaryFile(SENT_AT_ONCE_BYTES_MAX)  # noqa: SIM115  closed by who sends it
        try:
            size = sum(kept.write(block) for block in answer)
        except BaseException:
            kept.close()
            raise
        finally:
            close = getattr(answer, "close", None)
            if close is not None:
                close()
        kept.seek(0)
        if size <= SENT_AT_ONCE_BYTES_MAX:
            answering.response_bytes(status, headers, kept.read())
            kept.close()
        else:
            self._start(answering.response_iter, "send", status, headers, _Pieces(kept))

    def _watch(self) -> None:
        """Replace threads that wait, and end bodies that do not go on."""
        while True:
            time.sleep(TICK_SECONDS)
            try:
                self._tick(time.monotonic())
            except Exception:
                log.exception("the watch over slow bodies failed once")

    def _tick(self, now: float) -> None:
        for arriving in list(self._reading.values()):
            if now - arriving.since > TICK_SECONDS and _moved(arriving, source=self._reading, target=self._late):
                self._missing += 1
        self._fill()
        patience = self._limits.body_seconds_max
        if len(self._late) + len(self._told) > CROWD:
            patience = min(patience, CROWDED_SECONDS_MAX)
        for arriving in list(self._late.values()):
            if now - arriving.progressed_at > patience:
                arriving.told_at = now
                if _moved(arriving, source=self._late, target=self._told):
                    arriving.answering.response_bytes(408, REFUSED_HEADERS, TOO_SLOW.encode())
        told = [each.told(now) for each in list(self._told.values()) if now - each.told_at > LINGER_SECONDS]
        if told and now > self._cut_at:
            self._cut_at = now + LINGER_SECONDS
            cut(told)


class _Pieces:
    """A file that is sent in pieces, and closed at its end."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def __next__(self) -> bytes:
        piece = self._file.read(PIECE_BYTES)
        if not piece:
            self.close()
            raise StopIteration
        return piece

    def __iter__(self) -> _Pieces:
        return self

    def close(self) -> None:
        self._file.close()


def _moved(arriving: Arriving, *, source: dict[int, Arriving], target: dict[int, Arriving]) -> bool:
    """Move a request from one place to another, unless somebody took it out of there; return whether it was moved."""
    target[id(arriving)] = arriving  # first, so that whoever reads it finds it there
    if source.pop(id(arriving), None) is not None:
        return True
    target.pop(id(arriving), None)
    return False


def _arriving(answering: Answering, environ: WSGIEnvironment) -> Arriving:
    now = time.monotonic()
    return Arriving(answering, environ, since=now, progressed_at=now)


def _has_body(environ: WSGIEnvironment, limits: Limits) -> bool:
    """Whether a body follows that is to be read. One that says that it is too large is refused unread."""
    length = environ.get("CONTENT_LENGTH") or "0"
    if length == "0":
        return "HTTP_TRANSFER_ENCODING" in environ
    return length.isdigit() and int(length[:20]) <= limits.body_bytes_max


def _read_safely(arriving: Arriving, limits: Limits) -> bool:
    """Read as ``_read`` does; what fails here (a disk that is full) is answered, and ends no thread."""
    try:
        return _read(arriving, limits)
    except BaseException:
        log.exception("a body could not be read")
        arriving.answering.response_bytes(500, REFUSED_HEADERS, BROKEN.encode())
        return False


def _read(arriving: Arriving, limits: Limits) -> bool:
    """Read the whole body and put it in its place; return whether it has come to its end, and answer 4xx if not.

    A body in chunks says no length before; it has one afterwards, so that the application reads it as any other.
    granian does not tell one that was cut short from a whole one, so only what shows its own end comes in chunks.
    """
    environ = arriving.environ
    source = environ["wsgi.input"]
    said = int(environ.get("CONTENT_LENGTH") or 0)
    if not said and not _shows_its_end(environ):
        arriving.answering.response_bytes(411, REFUSED_HEADERS, UNENDED.encode())
        return False
    if 0 < said <= PIECE_BYTES:
        body = source.read(said)
        size = len(body)
        environ["wsgi.input"] = io.BytesIO(body)
    else:
        size = _gather(arriving, said or limits.body_bytes_max + 1)
    if said:
        if size < said:
            arriving.answering.response_bytes(400, REFUSED_HEADERS, CUT_SHORT.encode())  # unless 408 was before
        return size == said
    environ["CONTENT_LENGTH"] = str(size)
    return True


def _shows_its_end(environ: WSGIEnvironment) -> bool:
    """Whether half of a body is no body: JSON ends with a bracket, and a checkpoint, which has no type, is signed."""
    sent = environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    return sent in ("", "application/json") or sent.endswith("+json")


def _let_go(environ: WSGIEnvironment) -> None:
    """Close the file in which a body was kept; granian's own objects need nothing."""
    source = environ["wsgi.input"]
    if isinstance(source, tempfile.SpooledTemporaryFile):
        source.close()


def _gather(arriving: Arriving, most: int) -> int:
    """Read a large body, or one of unknown length, piece by piece; return how many bytes it had, at most ``most``."""
    source = arriving.environ["wsgi.input"]
    kept = tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES_MAX)  # noqa: SIM115  the application reads it
    size = 0
    try:
        while size < most and (piece := source.read(min(PIECE_BYTES, most - size))):
            arriving.progressed_at = time.monotonic()
            size += kept.write(piece)
        kept.seek(0)
    except BaseException:
        kept.close()
        raise
    arriving.environ["wsgi.input"] = kept
    return size


def _unwritable(_data: bytes) -> None:
    raise AssertionError("the application returns its answer; it does not write it")
