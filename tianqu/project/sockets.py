"""The connections of this process, looked at from outside: granian does not show them, and cannot end one."""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

OPEN_FILES: Final = Path("/proc/self/fd")  # Linux only; elsewhere nothing is found, and nothing is cut off
SENT_LONG_AGO_AT: Final = 44  # tcpi_last_data_sent, milliseconds: 8 bytes, then the tenth of the words (linux/tcp.h)
ANSWER_SECONDS_MAX: Final = 0.5  # from giving an answer to granian until it is on its way


@dataclass(frozen=True)
class Told:
    """An answer that ended a connection: on which port of ours, to which address, and how many seconds ago."""

    port: int
    peer: str
    seconds_ago: float


def cut(told: Sequence[Told]) -> int:
    """End the connections to which the last thing that was sent is one of these answers; return how many there were.

    granian does not say which connection a request came by. The one that was answered 408 is known by the time of that
    answer; another one of the same peer that was answered at the same time and has rested since may end with it, as
    connections that rest may at any time (RFC 9112, section 9.3).
    """
    sought: dict[tuple[int, str], list[float]] = {}
    for each in told:
        sought.setdefault((each.port, each.peer), []).append(each.seconds_ago)
    count = 0
    for connection in _connections():
        with connection, suppress(OSError):  # closed by granian meanwhile
            ends = (connection.getsockname()[1], connection.getpeername()[0])
            silent = _silent_seconds(connection) if ends in sought else 0.0
            if any(abs(silent - seconds_ago) < ANSWER_SECONDS_MAX for seconds_ago in sought.get(ends, [])):
                connection.shutdown(socket.SHUT_RDWR)
                count += 1
    return count


def _silent_seconds(connection: socket.socket) -> float:
    """How long ago something was last sent, not counting what was sent again."""
    information = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, SENT_LONG_AGO_AT + 4)
    (milliseconds,) = struct.unpack_from("=I", information, SENT_LONG_AGO_AT)
    return float(milliseconds) / 1000


def _copy_of(descriptor: int) -> socket.socket:
    """Return a copy of a connection. Raises ``OSError`` for what is no connection any more, and leaves nothing open."""
    copy = os.dup(descriptor)
    try:
        return socket.socket(fileno=copy)
    except OSError:
        os.close(copy)
        raise


def _connections() -> Iterator[socket.socket]:
    """Yield copies of this process's connections over TCP, its port among them."""
    if not OPEN_FILES.exists():
        return
    for name in os.listdir(OPEN_FILES):
        with suppress(OSError):  # closed meanwhile
            if os.readlink(OPEN_FILES / name).startswith("socket:"):
                connection = _copy_of(int(name))
                if connection.type == socket.SOCK_STREAM and connection.family in (socket.AF_INET, socket.AF_INET6):
                    yield connection
                else:
                    connection.close()
