"""DuckDB, held on a short leash: only the store's files, no configuration by SQL, and a limit on time and memory.

One engine in memory serves a process; each question has a cursor of its own. What makes parts has an engine of its own
with other limits, and SQL that somebody typed a process of its own (``sql``).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, TypeAlias

import duckdb
from django.conf import settings

from tianqu.base.errors import TianquError, TooLarge, _
from tianqu.base.stores import is_local
from tianqu.kernel.datasets import storage
from tianqu.kernel.datasets.leash import bound, leashed

# Files have places apart from questions, and hold one only while rows are taken, not while these are sent.
Use: TypeAlias = Literal["question", "file"]
_lock = threading.Lock()
_engine: duckdb.DuckDBPyConnection | None = None
_slots: dict[Use, threading.BoundedSemaphore] = {}


class QueryTooLong(TianquError):
    """A question that took more time than a question may."""

    code = "query_too_long"
    status = 503


class Busy(TianquError):
    """Too many questions at once."""

    code = "busy"
    status = 503


@contextmanager
def asking(seconds: float | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """A cursor of the process's engine, interrupted after ``seconds`` (``TIANQU_QUERY_SECONDS_MAX``).

    Raises ``QueryTooLong``, ``TooLarge`` where the question needs more memory than there is for it, ``DiskFull``, and
    ``Busy`` where too many are asked at once.
    """
    limit = float(seconds if seconds is not None else settings.TIANQU_QUERY_SECONDS_MAX)
    with slot("question"), limited(_process_engine().cursor(), limit) as cursor:
        yield cursor


def streamed(sql: str, values: Sequence[Any], *, seconds: float, count: int) -> Iterator[list[tuple[Any, ...]]]:
    """Rows by the ``count``, for a file: a place is held while they are taken, and given back while they are sent.

    Raises as ``asking`` does; who has begun waits for a place as long as there is time.
    """
    with limited(_process_engine().cursor(), seconds) as cursor:
        with slot("file"):
            cursor.execute(bound(sql, values))
            rows = cursor.fetchmany(count)
        while rows:
            yield rows
            with slot("file", seconds=seconds):
                rows = cursor.fetchmany(count)


@contextmanager
def slot(use: Use, *, seconds: float | None = None) -> Iterator[None]:
    """One of the process's ``TIANQU_QUERIES_AT_ONCE`` places for questions, or of as many for files.

    Raises ``Busy`` where none gets free within ``seconds`` (``TIANQU_QUERY_SECONDS_MAX``).
    """
    slots = _process_slots(use)
    if not slots.acquire(timeout=float(settings.TIANQU_QUERY_SECONDS_MAX if seconds is None else seconds)):
        raise Busy(_("Too many questions are being asked of the data."), remedy=_("Ask again in a moment."))
    try:
        yield
    finally:
        slots.release()


@contextmanager
def limited(cursor: duckdb.DuckDBPyConnection, seconds: float) -> Iterator[duckdb.DuckDBPyConnection]:
    """Interrupt ``cursor`` after ``seconds``, close it at the end, and turn the engine's limits into typed errors."""
    begun = time.monotonic()
    timer = threading.Timer(seconds, cursor.interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield cursor
    except duckdb.InterruptException as error:
        raise too_long(seconds) from error
    except duckdb.OutOfMemoryException as error:
        raise too_large() from error
    except duckdb.IOException as error:
        if "No space left" in str(error):
            raise storage.disk_full() from error
        raise
    except RuntimeError as error:  # a fetch that was interrupted comes as one of these
        if time.monotonic() - begun >= seconds:
            raise too_long(seconds) from error
        raise
    finally:
        timer.cancel()
        cursor.close()


def new_engine(
    *, memory: str, threads: int, folders: Sequence[str] = (), files: Sequence[str] = (), scratch: Path | None = None
) -> duckdb.DuckDBPyConnection:
    """An engine on a leash (see there) that reads the store's parts, on this machine or through its file system."""
    found = storage.filesystem()
    if is_local(found):
        return leashed(
            memory=memory, threads=threads, folders=folders, files=files, scratch=str(scratch) if scratch else ""
        )
    return leashed(memory=memory, threads=threads, filesystem=found, locked_in=False)


def fetched(cursor: duckdb.DuckDBPyConnection, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """Run one statement and return its rows."""
    return cursor.execute(bound(sql, values)).fetchall()


def forget_engine() -> None:
    """Close the process's engine; the next question makes another. For tests that move the store."""
    global _engine
    with _lock:
        if _engine is not None:
            _engine.close()
        _engine = None
        _slots.clear()


def _process_engine() -> duckdb.DuckDBPyConnection:
    global _engine
    with _lock:
        if _engine is None:
            folder = storage.store_folder()
            scratch = storage.working_folder() / "spill"
            _engine = new_engine(
                memory=settings.TIANQU_QUERY_MEMORY, threads=settings.TIANQU_QUERY_THREADS,
                folders=[folder] if folder else [], scratch=scratch,
            )  # fmt: skip
        return _engine


def _process_slots(use: Use) -> threading.BoundedSemaphore:
    with _lock:
        return _slots.setdefault(use, threading.BoundedSemaphore(settings.TIANQU_QUERIES_AT_ONCE))


def too_long(seconds: float) -> QueryTooLong:
    """The error that tells of a question that was stopped after ``seconds``."""
    return QueryTooLong(
        _("The question took longer than %(value)s seconds and was stopped."), value=f"{seconds:g}",
        remedy=_("Ask for fewer rows or groups, or download the dataset."),
    )  # fmt: skip


def too_large() -> TooLarge:
    """The error that tells of a question without the memory it needs."""
    return TooLarge(
        _("The question needs more memory than one question may use, and was stopped."),
        remedy=_("Ask for fewer rows or groups, or download the dataset."),
    )
