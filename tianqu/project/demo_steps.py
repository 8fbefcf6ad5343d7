"""Running the steps of the demonstration that the packs declare, each with its bar."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from django.utils import translation
from rich.progress import Progress, TaskID

from tianqu.kernel.pack.api import DemoStage, Pack


def run_steps(
    packs: Sequence[Pack], bars: Progress, *, realm: Path, root: str, seed: int, year: int, past: int
) -> dict[str, int]:
    """Run every declared step in the order of the packs; return how many things each made, by its title."""
    made: dict[str, int] = {}
    for pack in packs:
        for step in pack.demo:
            with translation.override("en"):  # as the rest of what the command line says
                title = str(step.title)
            task = bars.add_task(title, total=None)
            stage = DemoStage(realm=realm, root=root, seed=seed, year=year, past=past, tell=_teller(bars, task))
            made[title] = step.run(stage)
    return made


def _teller(bars: Progress, task: TaskID) -> Callable[[int, int], None]:
    def tell(done: int, total: int, /) -> None:
        bars.update(task, completed=done, total=total)

    return tell
