"""Bodies that come slowly, in chunks, or never to their end, over real connections to what ``tianqu up`` serves."""

from __future__ import annotations

import json
import select
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.project.running import Installation, assert_gone
from tests.waiting import until
from tianqu.project.database import socket_folder

pytestmark = pytest.mark.slow
BODY_SECONDS_MAX = 8.0
BODY_BYTES_MAX = 1024 * 1024
ANSWER_SECONDS_MAX = 6.0  # for an honest client, on a machine that does other things too
SLOW_CLIENTS = 50


@pytest.fixture(scope="module")
def served() -> Iterator[Installation]:
    var = Path(tempfile.mkdtemp(prefix="tianqu-slow-"))
    running = Installation(
        var, TIANQU_BODY_SECONDS_MAX=str(BODY_SECONDS_MAX), TIANQU_BODY_BYTES_MAX=str(BODY_BYTES_MAX)
    )
    tree = running.tree()
    yield running
    running.process.terminate()
    running.end()
    assert_gone(tree)
    shutil.rmtree(var)
    shutil.rmtree(socket_folder(var), ignore_errors=True)


def opened(served: Installation) -> socket.socket:
    return socket.create_connection(("127.0.0.1", served.port), timeout=30)


def head(path: str, *fields: str) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", "Content-Type: application/json", *fields, "", ""]
    return "\r\n".join(lines).encode()


def answer_to(connection: socket.socket) -> tuple[int, str]:
    """The status and the text of the next answer; 0 for a connection that ended without one."""
    file = connection.makefile("rb")
    first = file.readline()
    if not first:
        return 0, ""
    length = 0
    while (line := file.readline().strip()) != b"":
        name, _colon, value = line.partition(b":")
        length = int(value) if name.lower() == b"content-length" else length
    return int(first.split()[1]), file.read(length).decode()


def posted(served: Installation, path: str, body: bytes) -> tuple[int, str]:
    with opened(served) as connection:
        connection.sendall(head(path, f"Content-Length: {len(body)}") + body)
        return answer_to(connection)


def ended(connection: socket.socket, *, within_seconds: float, trickling: bool) -> bool:
    """Whether the server ends a connection in time, while this side sends a byte now and then, or nothing."""
    deadline = time.monotonic() + within_seconds
    while time.monotonic() < deadline:
        if select.select([connection], [], [], 0.2)[0]:
            try:
                if not connection.recv(65536):
                    return True
            except ConnectionResetError:
                return True
        elif trickling:
            try:
                connection.sendall(b"x")
            except OSError:
                return True
    return False


def test_clients_that_never_finish_stop_nobody_else(served: Installation) -> None:
    slow = [opened(served) for _number in range(SLOW_CLIENTS)]
    try:
        for number, connection in enumerate(slow):
            begun = b"{" * (number % 3)
            fields = ["Content-Length: 500000"] if number % 5 else ["Transfer-Encoding: chunked"]
            connection.sendall(head("/api/v1/orders", *fields) + (begun if number % 5 else b""))
        for _round in range(3):
            began = time.monotonic()
            assert served.status() == 200
            assert posted(served, "/api/v1/orders", b"{}")[0] == 422
            assert posted(served, "/open311/v2/requests.json", b"service_code=1")[0] == 403
            assert posted(served, "/account/login/", b"login=x")[0] == 403  # no form of ours has been opened
            assert time.monotonic() - began < ANSWER_SECONDS_MAX
            for connection in slow:
                connection.setblocking(False)
                connection.send(b"1\r\n{\r\n" if connection in slow[::5] else b"{")
                connection.setblocking(True)
    finally:
        for connection in slow:
            connection.close()


@pytest.mark.parametrize("trickling", [False, True])
def test_a_body_that_does_not_go_on_is_answered_408_and_cut_off(served: Installation, trickling: bool) -> None:
    with opened(served) as connection:
        connection.sendall(head("/api/v1/orders", "Content-Length: 1000") + b"{")
        if trickling:
            assert ended(connection, within_seconds=BODY_SECONDS_MAX + 10, trickling=True)
            return
        assert answer_to(connection)[0] == 408
        assert ended(connection, within_seconds=10, trickling=False)


def test_threads_that_waited_are_gone_afterwards(served: Installation) -> None:
    web = served.part("granian")
    before = {worker.pid: worker.num_threads() for worker in web.children()}
    slow = [opened(served) for _number in range(SLOW_CLIENTS)]
    for connection in slow:
        connection.sendall(head("/api/v1/orders", "Content-Length: 1000") + b"{")
    assert all(ended(connection, within_seconds=BODY_SECONDS_MAX + 15, trickling=False) for connection in slow)
    for connection in slow:
        connection.close()
    until(
        "the workers have about as many threads as before",
        lambda: all(worker.num_threads() <= before[worker.pid] + 4 for worker in web.children()),
        seconds=20,
    )


def test_a_body_in_chunks_is_read_like_one_with_a_length(served: Installation) -> None:
    body = json.dumps({"title": "a lamp is out", "unknown": 1}).encode()
    with opened(served) as connection:
        connection.sendall(head("/api/v1/orders", "Transfer-Encoding: chunked"))
        for piece in (body[:7], body[7:]):
            connection.sendall(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        connection.sendall(b"0\r\n\r\n")
        assert answer_to(connection) == posted(served, "/api/v1/orders", body)


def test_chunks_beyond_the_limit_are_refused(served: Installation) -> None:
    piece = b"x" * 65536
    with opened(served) as connection:
        connection.sendall(head("/api/v1/orders", "Transfer-Encoding: chunked"))
        with suppress(BrokenPipeError, ConnectionResetError):  # it may be answered before all of it was sent
            for _number in range(BODY_BYTES_MAX // len(piece) + 2):
                connection.sendall(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        assert answer_to(connection)[0] == 413


def test_a_body_cut_short_is_not_taken_for_whole(served: Installation) -> None:
    with opened(served) as connection:
        connection.sendall(head("/api/v1/orders", "Content-Length: 1000") + b"{}")
        connection.shutdown(socket.SHUT_WR)
        assert answer_to(connection)[0] in (0, 400)


@pytest.mark.parametrize("ended", [b"", b"0\r\n\r\n"])
def test_a_form_in_chunks_is_asked_for_its_length(served: Installation, ended: bytes) -> None:
    with opened(served) as connection:
        lines = ["POST /open311/v2/requests.json HTTP/1.1", "Host: localhost", "Transfer-Encoding: chunked"]
        lines += ["Content-Type: application/x-www-form-urlencoded", "", "6", "a=half", ""]
        connection.sendall("\r\n".join(lines).encode() + ended)
        assert answer_to(connection)[0] == 411
