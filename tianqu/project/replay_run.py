"""One run of ``tianqu replay``: the file on one side, the import on the other, a bar between."""

from __future__ import annotations

import csv
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from tianqu.base.spreadsheets import harmless
from tianqu.kernel.journal.api import SYSTEM
from tianqu.kernel.orders.api import ImportRefusal, ImportReport, import_orders
from tianqu.project.realms import realm_path
from tianqu.project.replay_mapping import read_mapping
from tianqu.project.replaying import OrdersOfFile

KEPT_MAX = 100


class Replay:
    """Brings in one file. Refused lines go to a CSV file as they are found; nothing is kept in memory."""

    def __init__(self, file: Path, *, realm: str, refused_path: Path, batch: int = 5_000, bar: bool = True) -> None:
        self.batch = batch
        self.bar = bar
        self.first_refusals: list[tuple[int, str, str]] = []
        self.seconds = 0.0
        refused_path.parent.mkdir(parents=True, exist_ok=True)
        self._refused = refused_path.open("w", encoding="utf-8", newline="")
        self._writer = csv.writer(self._refused, lineterminator="\n")
        self._writer.writerow(("line", "key", "field", "reason"))
        self.orders = OrdersOfFile(file, read_mapping(realm_path(realm) / "replay.toml"), self._note)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._refused.close()

    @property
    def repeated(self) -> int:
        """How many keys came again and were numbered."""
        return self.orders.keys.repeated

    def run(self) -> ImportReport:
        """Bring everything in, and say what became of it."""
        begun = time.monotonic()
        columns: list[Any] = [
            TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"),
            TimeElapsedColumn(), TimeRemainingColumn(),
        ]  # fmt: skip
        with Progress(*columns, disable=not self.bar) as progress:
            task = progress.add_task("requests", total=self.orders.bytes_total)

            def tell(report: ImportReport) -> None:
                done = min(self.orders.bytes_read, self.orders.bytes_total)
                progress.update(task, completed=done, description=f"{report.seen:,} requests")

            report = import_orders(SYSTEM, orders=self.orders, refused=self._note, progress=tell, batch=self.batch)
        report.refused += self.orders.refusals
        self.seconds = time.monotonic() - begun
        return report

    def _note(self, refusal: ImportRefusal) -> None:
        reason = str(refusal.error)
        self._writer.writerow((refusal.line, harmless(refusal.key), refusal.error.field or "", harmless(reason)))
        if len(self.first_refusals) < KEPT_MAX:
            self.first_refusals.append((refusal.line, refusal.key, reason))
