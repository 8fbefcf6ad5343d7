"""A client that keeps connections alive and sends requests as fast as they are answered.

    python -m benchmarks.load SECONDS < SPEC

SPEC is JSON: ``port``, ``connections`` and ``requests``, the requests ready as they go over the wire. It is a process
of its own, so that its processor time is not the server's; it speaks HTTP/1.1 over plain sockets because on two cores
whatever the client spends the server lacks. It prints JSON: how many were answered, in which time, with which latency.
"""

from __future__ import annotations

import json
import select
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from benchmarks.stack import ROOT

CONNECTIONS: Final = 16
BLOCK: Final = 1 << 18
SILENCE_SECONDS_MAX: Final = 30


@dataclass(frozen=True, slots=True)
class Load:
    """What a client saw. Latencies are in milliseconds."""

    answered: int
    seconds: float
    refused: int
    p50: float
    p95: float
    p99: float
    bytes_each: float
    refusal: str = ""

    @property
    def rate(self) -> float:
        """Requests answered in a second."""
        return self.answered / self.seconds


def drive(port: int, requests: Sequence[bytes], *, seconds: float, connections: int = CONNECTIONS) -> Load:
    """Send requests from a process of its own for some seconds, or until there are no more. Each is sent once."""
    spec = {"port": port, "connections": connections, "requests": [request.decode("latin-1") for request in requests]}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.load", str(seconds)], cwd=ROOT, input=json.dumps(spec),
        stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    return Load(**json.loads(done.stdout))


def posted(path: str, body: bytes, *, kind: str = "application/json", headers: dict[str, str] | None = None) -> bytes:
    """A POST as it goes over the wire."""
    said = {"Content-Type": kind, "Content-Length": str(len(body)), **(headers or {})}
    return _head("POST", path, said) + body


def gotten(path: str, headers: dict[str, str] | None = None) -> bytes:
    """A GET as it goes over the wire."""
    return _head("GET", path, headers or {})


def _head(method: str, path: str, headers: dict[str, str]) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


@dataclass(slots=True)
class _Line:
    """One connection with the answer that it waits for."""

    socket: socket.socket
    sent_at: float = 0.0
    got: bytearray = field(default_factory=bytearray)
    wanted: int = 0  # bytes of the answer, once its head is here


@dataclass(slots=True)
class _Client:
    requests: deque[bytes]
    latencies: list[float] = field(default_factory=list)
    refused: int = 0
    refusal: str = ""
    bytes: int = 0

    def run(self, port: int, connections: int, seconds: float) -> float:
        """Send for some seconds; return the seconds until the last answer."""
        lines: dict[int, _Line] = {}
        poll = select.epoll()
        for _n in range(min(connections, len(self.requests))):
            line = _Line(socket.create_connection(("127.0.0.1", port)))
            line.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            lines[line.socket.fileno()] = line
            poll.register(line.socket.fileno(), select.EPOLLIN)
        begun = time.perf_counter()
        until = begun + seconds
        for line in lines.values():
            self._send(line)
        waiting = len(lines)
        while waiting:
            ready = poll.poll(SILENCE_SECONDS_MAX)
            assert ready, "the server has fallen silent"
            for descriptor, _event in ready:
                if self._received(lines[descriptor]):
                    if self.requests and time.perf_counter() < until:
                        self._send(lines[descriptor])
                    else:
                        waiting -= 1
        return time.perf_counter() - begun

    def _send(self, line: _Line) -> None:
        request = self.requests.popleft()
        line.sent_at = time.perf_counter()
        line.socket.sendall(request)

    def _received(self, line: _Line) -> bool:
        """Take what has come; say whether the answer is whole."""
        got = line.got
        block = line.socket.recv(BLOCK)
        assert block, "the server has closed a connection"
        got += block
        if not line.wanted:
            end = got.find(b"\r\n\r\n")
            if end < 0:
                return False
            line.wanted = end + 4 + _length(bytes(got[:end]))
        if len(got) < line.wanted:
            return False
        self.latencies.append(time.perf_counter() - line.sent_at)
        self.bytes += line.wanted
        if got[9:10] not in (b"2", b"3"):
            self.refused += 1
            self.refusal = self.refusal or got[:600].decode("utf-8", "replace")
        del got[: line.wanted]
        line.wanted = 0
        return True


def _length(head: bytes) -> int:
    lower = head.lower()
    start = lower.find(b"\r\ncontent-length:")
    assert start >= 0, f"an answer without a length: {head!r}"
    return int(lower[start + 17 :].split(b"\r\n", 1)[0])


def main(seconds: float) -> None:
    """Read the spec, send, print."""
    spec: dict[str, Any] = json.load(sys.stdin)
    client = _Client(deque(request.encode("latin-1") for request in spec["requests"]))
    took = client.run(spec["port"], spec["connections"], seconds)
    times = sorted(client.latencies)

    def part(share: float) -> float:
        return times[min(int(len(times) * share), len(times) - 1)] * 1000

    print(json.dumps({
        "answered": len(times), "seconds": took, "refused": client.refused, "p50": part(0.5), "p95": part(0.95),
        "p99": part(0.99), "bytes_each": client.bytes / len(times), "refusal": client.refusal,
    }))  # fmt: skip


if __name__ == "__main__":
    main(float(sys.argv[1]))
