"""One run of ``tianqu wall publish``: publish what is missing, give it its place in the log, put it on paper.

Each half may run in several processes. Broken off anywhere, the next run goes on where this one ended.
"""

from __future__ import annotations

import multiprocessing
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from tianqu.kernel.journal.api import place_entries
from tianqu.kernel.places.api import place_called, places_in
from tianqu.packs.village.wall.producing import (
    Outcome,
    VillageAsked,
    print_villages,
    publish_villages,
    published_below,
    villages_with_books,
)
from tianqu.packs.village.wall.quarters import Quarter
from tianqu.project.starting import start_django

AT_ONCE: Final = 16  # villages that a process is given together
Work = Callable[[Sequence[VillageAsked]], list[Outcome]]


@dataclass(slots=True)
class WallRun:
    """What a run is to do, and what came of it; ``refused`` counts reasons."""

    quarter: Quarter
    place: str = ""
    folder: Path | None = None
    sizes: tuple[str, ...] = ("a3",)
    language: str = "zh"
    workers: int = 2
    bar: bool = True
    villages: int = 0
    published: int = 0
    printed: int = 0
    there: int = 0
    seconds: float = 0.0
    refused: Counter[str] = field(default_factory=Counter)

    def run(self) -> None:
        """Do it. Raises ``NotFound`` for a place that there is not."""
        begun = time.monotonic()
        path = _path_of(self.place)
        villages = list(villages_with_books(path))
        self.villages = len(villages)
        known = published_below(path, quarter=self.quarter)
        self.there = len(known)
        waiting = [village for village in villages if village.code not in known]
        with _pool(self.workers) as pool, _bars(self.bar) as bars:
            self.published = self._done(
                pool, bars, "published", partial(publish_villages, quarter=str(self.quarter)), waiting
            )
            place_entries()
            if self.folder is not None:
                printing = partial(
                    print_villages, quarter=str(self.quarter), folder=self.folder, sizes=self.sizes,
                    language=self.language,
                )  # fmt: skip
                now = published_below(path, quarter=self.quarter)
                ready = [village for village in villages if village.code in now]
                self.printed = self._done(pool, bars, "printed", printing, ready)
        self.seconds = time.monotonic() - begun

    def _done(
        self, pool: ProcessPoolExecutor | None, bars: Progress, title: str, work: Work, villages: Sequence[VillageAsked]
    ) -> int:
        task = bars.add_task(title, total=len(villages))
        done = 0
        for outcomes in _worked(pool, work, villages):
            done += sum(each.state == "done" for each in outcomes)
            self.refused.update(each.reason for each in outcomes if each.state == "refused")
            bars.advance(task, len(outcomes))
        return done


def _path_of(code: str) -> str:
    """The path of a place, or of the realm's largest."""
    return str((place_called(code) if code else places_in(None)[0]).path)


@contextmanager
def _pool(workers: int) -> Iterator[ProcessPoolExecutor | None]:
    """Processes of their own, each with its Django and its connection; none for one worker."""
    if workers <= 1:
        yield None
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=start_django) as pool:
        yield pool


def _worked(pool: ProcessPoolExecutor | None, work: Work, villages: Sequence[VillageAsked]) -> Iterator[list[Outcome]]:
    """Do the work for all villages, some at once; yield what became of them as it is done."""
    parts = [villages[first : first + AT_ONCE] for first in range(0, len(villages), AT_ONCE)]
    if pool is None:
        yield from map(work, parts)
        return
    futures: Iterable[Future[list[Outcome]]] = [pool.submit(work, part) for part in parts]
    for future in futures:
        yield future.result()


def _bars(bar: bool) -> Progress:
    columns: list[Any] = [
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn(),
    ]  # fmt: skip
    return Progress(*columns, console=Console(stderr=True), disable=not bar)
