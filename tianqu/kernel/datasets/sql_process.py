"""The process beside this one in which one statement is run (``sql_child``): started, listened to, and always ended.

However much a statement asks for, this process keeps nothing of it but the lines that it was told, up to a limit.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, Final

from tianqu.base.errors import InvalidInput, TianquError, TooLarge, _
from tianqu.kernel.datasets import engine, storage

ANSWER_BYTES_MAX: Final = 20_000_000
LINE_BYTES_MAX: Final = 1_000_000  # of an error, or a wish for bytes
READ_BYTES_MAX: Final = 64 * 1024 * 1024  # that it may wish for at once; it reads on by the megabyte
_PROGRAM: Final = ["-m", "tianqu.kernel.datasets.sql_child"]
_ROOT: Final = Path(__file__).resolve().parents[3]
_OUT_OF_TIME: Final = (signal.SIGXCPU, signal.SIGALRM)
_ERRORS: Final = {each.code: each for each in (InvalidInput, TooLarge)}


class QueryEnded(TianquError):
    """A statement whose process was ended from outside, or broke."""

    code = "query_ended"
    status = 503


@dataclass(frozen=True, slots=True)
class Asked:
    """One statement: over which views, from which files with their bytes, and within which limits."""

    sql: str
    views: Mapping[str, str]  # SELECT by name
    files: Mapping[str, int]
    local: bool  # whether the files are paths of this machine
    memory_mb: int
    seconds: float
    rows_max: int
    bytes_max: int = ANSWER_BYTES_MAX


@dataclass(frozen=True, slots=True)
class Answer:
    """What a statement gave: names, at most 10,000 rows, and whether there would be more."""

    names: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    more: bool


def run_apart(asked: Asked) -> Answer:
    """Run a statement in a process of its own.

    Raises ``InvalidInput``, ``TooLarge``, ``QueryTooLong``, and ``QueryEnded`` where the process was killed.
    """
    with _child(asked.seconds) as (process, late):
        try:
            return _heard(process, asked)
        except (EOFError, BrokenPipeError) as error:
            code = process.wait()
            if late.is_set() or -code in _OUT_OF_TIME:
                raise engine.too_long(asked.seconds) from error
            raise _ended(code) from error


@contextmanager
def _child(seconds: float) -> Iterator[tuple[subprocess.Popen[bytes], threading.Event]]:
    """A process that is killed after ``seconds``, and of which nothing is left afterwards."""
    process = started()
    late = threading.Event()

    def end() -> None:
        late.set()
        process.kill()

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield process, late
    finally:
        timer.cancel()
        process.kill()
        for pipe in (process.stdin, process.stdout):
            with suppress(BrokenPipeError):
                _open(pipe).close()
        process.wait()


def started() -> subprocess.Popen[bytes]:
    """The process, which waits to be told what is asked: without our environment, descriptors and session."""
    return subprocess.Popen(  # noqa: S603  our own
        [sys.executable, "-P", "-s", *_PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, cwd="/", env={"PYTHONPATH": str(_ROOT)}, start_new_session=True,
    )  # fmt: skip


def _heard(process: subprocess.Popen[bytes], asked: Asked) -> Answer:
    _tell(process, json.dumps(asdict(asked)).encode() + b"\n")
    names: tuple[str, ...] = ()
    rows: list[tuple[Any, ...]] = []
    left = asked.bytes_max
    while True:
        line = _open(process.stdout).readline(left + LINE_BYTES_MAX)
        if not line.endswith(b"\n"):
            raise EOFError
        said = json.loads(line)
        if isinstance(said, list):
            left -= len(line)
            assert left >= 0 and len(rows) < asked.rows_max, "it says more than it may"
            rows.append(tuple(_value(each) for each in said))
        elif "names" in said:
            left -= len(line)
            names = tuple(said["names"])
        elif "read" in said:
            assert said["read"] in asked.files and 0 < said["count"] <= READ_BYTES_MAX
            digest = storage.digest_in(said["read"])
            for piece in storage.pieces(digest, first=said["first"], count=said["count"]):
                _tell(process, piece)
        elif "more" in said:
            return Answer(names, tuple(rows), said["more"])
        else:
            raise _told(said)


def _tell(process: subprocess.Popen[bytes], content: bytes) -> None:
    stream = _open(process.stdin)
    stream.write(content)
    stream.flush()


def _open(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None
    return stream


def _value(said: Any) -> Any:
    if not isinstance(said, dict):
        return said
    ((kind, text),) = said.items()
    if kind == "decimal":
        return Decimal(text)
    return date.fromisoformat(text) if kind == "day" else datetime.fromisoformat(text)


def _told(said: dict[str, Any]) -> Exception:
    if said["error"] == "memory":
        return engine.too_large()
    if said["error"] in _ERRORS:
        return _ERRORS[said["error"]](said["message"], remedy=said["remedy"], **said["parameters"])
    return RuntimeError(f"The engine could not read the store: {said['message']}")


def _ended(code: int) -> QueryEnded:
    name = signal.Signals(-code).name if code < 0 else str(code)
    return QueryEnded(
        _("The process in which the statement was run was ended (%(value)s)."), value=name,
        remedy=_("Ask for fewer rows or groups, or ask again in a moment."),
    )  # fmt: skip
