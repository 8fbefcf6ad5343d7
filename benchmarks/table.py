"""A measured figure beside what it must reach, and the table of them, printed and kept as Markdown."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

import psutil

RESULTS: Final = Path(__file__).parent / "results" / "latest.md"
HEAD: Final = ("measure", "ours", "beside", "ratio", "must reach", "")


@dataclass(frozen=True, slots=True)
class Measure:
    """One line of the table.

    ``ours`` and ``beside`` are figures with their units, as people read them. ``reached`` is compared with ``bound``:
    ``at least`` or ``at most``. Without a bound the line only informs. ``value`` is shown as ``reached`` with ``unit``.
    """

    name: str
    ours: str
    beside: str = ""
    reached: float | None = None
    unit: str = ""
    direction: Literal["at least", "at most"] = "at least"
    bound: float | None = None

    @property
    def right(self) -> bool:
        """Whether it holds; a line without a bound always does."""
        if self.bound is None or self.reached is None:
            return True
        return self.reached >= self.bound if self.direction == "at least" else self.reached <= self.bound

    def cells(self) -> tuple[str, ...]:
        """The line as the table shows it."""
        sign = "≥" if self.direction == "at least" else "≤"
        must = "" if self.bound is None else f"{sign} {self.bound:,g}{self.unit}"
        said = "" if self.bound is None else "reached" if self.right else "MISSED"
        reached = "" if self.reached is None else f"{_figure(self.reached)}{self.unit}"
        return (self.name, self.ours, self.beside, reached, must, said)


def _figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def machine() -> str:
    """What this ran on, in one line."""
    memory = psutil.virtual_memory().total / 2**30
    loads = " ".join(f"{load:.2f}" for load in os.getloadavg())
    return (
        f"{os.cpu_count()} cores ({platform.machine()}), {memory:.0f} GiB, Python {platform.python_version()},"
        f" load average {loads}, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    )


def said(measures: Sequence[Measure]) -> str:
    """The table as text with columns of equal width."""
    rows = [HEAD, *(measure.cells() for measure in measures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([lines[0], "-" * min(sum(widths) + 10, 160), *lines[1:]])


def write(measures: Sequence[Measure], notes: Sequence[str], path: Path = RESULTS) -> None:
    """Keep the table as Markdown."""
    lines = ["# Benchmarks, the latest run", "", "Made by `make bench`; what is measured, and how: docs/benchmarks.md."]
    lines += ["", *(f"- {note}" for note in notes), "", f"| {' | '.join(HEAD)} |", "|---" * len(HEAD) + "|"]
    lines += [f"| {' | '.join(measure.cells())} |" for measure in measures]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
