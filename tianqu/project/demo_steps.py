"""Running the steps of the demonstration that the packs declare, each with its bar."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from django.utils import translation
from rich.progress import Progress, TaskID

from tianqu.kernel.pack.api import DemoStage, Pack


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be invented: in which realm, from which seed, and how much of it; see ``DemoStage``."""

    realm: Path
    root: str
    seed: int
    year: int
    past: int
    whole: bool = False
    dense: int = 1


def run_steps(packs: Sequence[Pack], bars: Progress, wanted: Wanted, *, again: bool = False) -> dict[str, int]:
    """Run every declared step in the order of the packs; return how many things each made, by its title.

    ``again``: only the steps that are run in each demonstration.
    """
    made: dict[str, int] = {}
    for pack in packs:
        for step in pack.demo:
            if again and not step.again:
                continue
            with translation.override("en"):  # as the rest of what the command line says
                title = str(step.title)
            task = bars.add_task(title, total=None)
            made[title] = step.run(DemoStage(**asdict(wanted), tell=_teller(bars, task)))
    return made


def _teller(bars: Progress, task: TaskID) -> Callable[[int, int], None]:
    def tell(done: int, total: int, /) -> None:
        bars.update(task, completed=done, total=total)

    return tell
