"""Bringing in many orders from elsewhere, with their own dates: each with its events and a journal entry for each.

Orders are checked one by one, and what cannot be taken is reported with its line; the rest goes in by batches, each
batch one act. What is there already, by its key at the source, is left alone: an import that was killed is simply run
again. While batches are written, the next is read and made into rows.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import cycle, islice
from threading import Event
from typing import Final

from django.db import connection

from tianqu.base.errors import TianquError
from tianqu.kernel.journal.api import Actor, Scope, seeing
from tianqu.kernel.orders.import_resolving import Resolver
from tianqu.kernel.orders.import_rows import (
    ImportedOrder,
    PreparedOrders,
    ResolvedOrder,
    prepare_orders,
    store_past_orders,
)

BATCH: Final = 5_000
WRITERS: Final = 2
UNDER_WAY_MAX: Final = 3  # batches that are written, or wait for it, while the next is made
EVERYTHING: Final = Scope(everything=True)


@dataclass(frozen=True, slots=True)
class ImportRefusal:
    """A line that could not be taken, and why."""

    line: int
    key: str
    error: TianquError


@dataclass(slots=True)
class ImportReport:
    """What became of the lines so far."""

    taken: int = 0
    known: int = 0
    refused: int = 0

    @property
    def seen(self) -> int:
        """All of them."""
        return self.taken + self.known + self.refused


def import_orders(
    actor: Actor,
    *,
    orders: Iterable[ImportedOrder],
    refused: Callable[[ImportRefusal], None],
    progress: Callable[[ImportReport], None] = lambda report: None,
    batch: int = BATCH,
) -> ImportReport:
    """Bring in orders and report. Safe to run again: what has its key here already is passed over.

    ``refused`` is told of each line that cannot be taken, ``progress`` after each batch.
    """
    report = ImportReport()
    writers = _Writers(actor)
    try:
        for resolved in _batches(orders, writers, report, refused, batch):
            report.taken += writers.put(resolved)
            progress(report)
        report.taken += writers.finish()
        progress(report)
    finally:
        writers.close()
    return report


@dataclass(frozen=True, slots=True)
class _UnderWay:
    """A batch on its way: the line of each key, whether its transaction has begun, and in the end how many it held."""

    lines: Mapping[str, int]
    begun: Event
    written: Future[int]


class _Writers:
    """Write batches side by side, each in a thread with a connection of its own.

    Two keep processor and disk busy: while one waits for its commit, the other inserts. Each batch's transaction begins
    after that of the batch before, and so the log takes them in the order of the file.
    """

    def __init__(self, actor: Actor) -> None:
        self._actor = actor
        self._threads = [ThreadPoolExecutor(max_workers=1) for _n in range(WRITERS)]
        self._turns = cycle(self._threads)
        self._last_begun = Event()
        self._last_begun.set()
        self._waiting: deque[_UnderWay] = deque()

    def lines_under_way(self) -> dict[str, int]:
        """The keys that are not written yet, each with its line."""
        return {key: line for each in self._waiting for key, line in each.lines.items()}

    def put(self, resolved: list[ResolvedOrder]) -> int:
        """Send a batch on its way; return how many orders have been written since the last time."""
        if resolved:
            prepared = prepare_orders(self._actor, resolved)
            before, self._last_begun = self._last_begun, Event()
            written = next(self._turns).submit(self._store, prepared, before, self._last_begun)
            lines = {each.order.key: each.order.line for each in resolved}
            self._waiting.append(_UnderWay(lines, self._last_begun, written))
        return self._written(left=UNDER_WAY_MAX)

    def finish(self) -> int:
        """Wait for what is under way; return how many orders it held."""
        return self._written(left=0)

    def close(self) -> None:
        """End the threads, and their connections with them. What was not begun is dropped."""
        for each in self._waiting:
            if each.written.cancel():
                each.begun.set()  # the one behind it may wait already
        for thread in self._threads:
            thread.submit(lambda: connection.close())  # in that thread: each has a connection of its own
        for thread in self._threads:
            thread.shutdown()

    def _store(self, prepared: PreparedOrders, before: Event, begun: Event) -> int:
        before.wait()
        try:
            return store_past_orders(self._actor, prepared=prepared, begun=begun.set)
        finally:
            begun.set()

    def _written(self, *, left: int) -> int:
        count = 0
        while len(self._waiting) > left:
            count += self._waiting.popleft().written.result()
        return count


def _batches(
    orders: Iterable[ImportedOrder],
    writers: _Writers,
    report: ImportReport,
    refused: Callable[[ImportRefusal], None],
    batch: int,
) -> Iterator[list[ResolvedOrder]]:
    rest = iter(orders)
    resolver = Resolver()
    while some := list(islice(rest, batch)):
        known = _keys_here([order.key for order in some])
        lines = writers.lines_under_way()
        taken: list[ResolvedOrder] = []
        for order in some:
            if order.key in known and order.key not in lines:
                report.known += 1
                continue
            try:
                taken.append(resolver.resolve(order, lines))
                lines[order.key] = order.line
            except TianquError as error:
                report.refused += 1
                refused(ImportRefusal(order.line, order.key, error))
        yield taken


def _keys_here(keys: Sequence[str]) -> set[str]:
    """Which of these keys were imported before."""
    with seeing(EVERYTHING), connection.cursor() as cursor:
        cursor.execute("SELECT source_key FROM orders_order WHERE source_key = ANY (%s)", [list(keys)])
        return {row[0] for row in cursor.fetchall()}
