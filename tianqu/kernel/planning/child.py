"""The process in which one roster is made: it binds itself, reads what is asked, answers by lines of JSON, and ends.

It has no Django and no database. ``roster_process`` starts it, listens, and ends it.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
from contextlib import suppress
from math import ceil
from pathlib import Path
from typing import Any, Final

from tianqu.base.errors import TianquError
from tianqu.kernel.planning.roster_json import plan_json, problem_from
from tianqu.kernel.planning.rosters import Effort

BESIDE_MB: Final = 2_500  # of addresses beside the solver's memory: libraries, threads and their stacks
SPARE_SECONDS: Final = 20  # beside search and explanation: to begin, to build models
FILES_OPEN_MAX: Final = 256
NICENESS: Final = 5
FIRST_TO_END: Final = 1_000  # of /proc/self/oom_score_adj


def main() -> None:
    """Read what is asked, make it, and end."""
    # The solver's libraries are read before no file may be written: Python keeps them compiled for the next time.
    from tianqu.kernel.planning.roster_search import solve_roster

    told = json.loads(sys.stdin.buffer.readline())
    bind(memory_mb=told["effort"]["memory_mb"], seconds=seconds_of(told["effort"]), workers=told["effort"]["workers"])
    try:
        problem, effort = problem_from(told["problem"]), Effort(**told["effort"])
        _say({"plan": plan_json(solve_roster(problem, effort, tell=lambda at: _say({"stage": at})))})
    except TianquError as error:
        parameters = {name: str(value) for name, value in error.parameters.items() if value is not None}
        _say({"error": error.code, "message": error.message, "remedy": error.remedy, "parameters": parameters})
    except MemoryError:
        _say({"error": "memory"})


def seconds_of(effort: dict[str, Any]) -> int:
    """How long such a process may live."""
    seconds: float = effort["seconds"] + effort["explain_seconds"]
    return ceil(seconds) + SPARE_SECONDS


def bind(*, memory_mb: int, seconds: int, workers: int) -> None:
    """Take on the limits, none of which can be lifted again."""
    addresses = (memory_mb + BESIDE_MB) << 20
    for limit, most in (
        (resource.RLIMIT_AS, addresses), (resource.RLIMIT_CPU, seconds * (workers + 1)), (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_NOFILE, FILES_OPEN_MAX),
    ):  # fmt: skip
        least = [most, *(each for each in resource.getrlimit(limit) if each != resource.RLIM_INFINITY)]
        resource.setrlimit(limit, (min(least), min(least)))
    signal.alarm(seconds)  # nobody handles it: it ends the process
    os.nice(NICENESS)
    with suppress(OSError):  # only Linux has it
        Path("/proc/self/oom_score_adj").write_text(str(FIRST_TO_END), encoding="ascii")


def _say(what: dict[str, Any]) -> None:
    sys.stdout.buffer.write(json.dumps(what).encode() + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
