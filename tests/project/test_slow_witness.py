"""A served witness answers although others never finish what they send to it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.project.running import END_SECONDS_MAX, ROOT, free_port
from tests.waiting import until

pytestmark = pytest.mark.slow
SLOW_CLIENTS = 20
ANSWER_SECONDS_MAX = 10


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """Where a witness of no log listens."""
    logs, port = tmp_path / "logs", free_port()
    logs.touch()
    command = ["witness", str(logs), "--state", str(tmp_path / "state"), "--port", str(port)]
    process = subprocess.Popen(
        [sys.executable, "-m", "tianqu", *command], cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    try:
        until("the witness answers", lambda: _answers(port), seconds=END_SECONDS_MAX)
        yield port
    finally:
        process.terminate()
        process.wait(END_SECONDS_MAX)


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=ANSWER_SECONDS_MAX) as connection:
            return asked(connection, b"") == b"400"
    except OSError:
        return False


def asked(connection: socket.socket, body: bytes) -> bytes:
    """The status of an answer to a checkpoint."""
    connection.sendall(
        b"POST /add-checkpoint HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    )
    return connection.recv(4096)[9:12]


def test_slow_clients_keep_the_witness_from_nobody(port: int) -> None:
    slow = [socket.create_connection(("127.0.0.1", port)) for _number in range(SLOW_CLIENTS)]
    try:
        for connection in slow:
            connection.sendall(b"POST /add-checkpoint HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500\r\n\r\nold")
        with socket.create_connection(("127.0.0.1", port), timeout=ANSWER_SECONDS_MAX) as connection:
            assert asked(connection, b"nonsense\n") == b"400"
    finally:
        for connection in slow:
            connection.close()


def test_too_much_is_refused_however_it_is_sent(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=ANSWER_SECONDS_MAX) as connection:
        connection.sendall(b"POST /add-checkpoint HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n\r\n")
        assert connection.recv(4096)[9:12] == b"413"
    with socket.create_connection(("127.0.0.1", port), timeout=ANSWER_SECONDS_MAX) as connection:
        connection.sendall(b"POST /add-checkpoint HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
        connection.sendall(b"100000\r\n" + b"x" * 0x100000 + b"\r\n0\r\n\r\n")
        assert connection.recv(4096)[9:12] == b"413"
