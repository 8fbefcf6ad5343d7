"""The process in which one plan is searched for: it binds itself, reads what is asked, answers by lines of JSON, ends.

It has no Django and no database. ``process`` starts it, listens, and ends it.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from tianqu.base.errors import TianquError

BESIDE_MB: Final = 2_500  # of addresses beside the solver's memory: libraries, threads and their stacks
FILES_OPEN_MAX: Final = 256
NICENESS: Final = 5
FIRST_TO_END: Final = 1_000  # of /proc/self/oom_score_adj
# Each module has ``make(asked, tell)``, which returns what it made as JSON, and reads its solver's libraries.
TASKS: Final = {
    "roster": "tianqu.kernel.planning.roster_task",
    "tour": "tianqu.kernel.planning.tour_task",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Limits:
    """How long such a process may live, how much memory its solver may take, and with how many workers it searches."""

    seconds: int
    memory_mb: int
    workers: int = 1

    def told(self) -> dict[str, int]:
        """The same as JSON."""
        return asdict(self)


def main() -> None:
    """Read what is asked, make it, and end."""
    told = json.loads(sys.stdin.buffer.readline())
    # Its libraries are read before no file may be written: Python keeps them compiled for the next time.
    task = import_module(TASKS[told["task"]])
    bind(Limits(**told["limits"]))
    try:
        _say({"made": task.make(told["asked"], lambda stage: _say({"stage": stage}))})
    except TianquError as error:
        parameters = {name: str(value) for name, value in error.parameters.items() if value is not None}
        _say({"error": error.code, "message": error.message, "remedy": error.remedy, "parameters": parameters})
    except MemoryError:
        _say({"error": "memory"})


def bind(limits: Limits) -> None:
    """Take on the limits, none of which can be lifted again."""
    addresses = (limits.memory_mb + BESIDE_MB) << 20
    for limit, most in (
        (resource.RLIMIT_AS, addresses), (resource.RLIMIT_CPU, limits.seconds * (limits.workers + 1)),
        (resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_NOFILE, FILES_OPEN_MAX),
    ):  # fmt: skip
        least = [most, *(each for each in resource.getrlimit(limit) if each != resource.RLIM_INFINITY)]
        resource.setrlimit(limit, (min(least), min(least)))
    signal.alarm(limits.seconds)  # nobody handles it: it ends the process
    os.nice(NICENESS)
    with suppress(OSError):  # only Linux has it
        Path("/proc/self/oom_score_adj").write_text(str(FIRST_TO_END), encoding="ascii")


def _say(what: dict[str, Any]) -> None:
    sys.stdout.buffer.write(json.dumps(what).encode() + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
