"""The process beside this one in which a roster is made (``roster_child``): started, listened to, and always ended."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from tianqu.base.errors import Conflict, InvalidInput, TianquError, TooLarge, _
from tianqu.kernel.planning.roster_child import seconds_of
from tianqu.kernel.planning.roster_json import plan_from, problem_json
from tianqu.kernel.planning.rosters import FULL_EFFORT, Effort, RosterPlan, RosterProblem, check_problem

LINE_BYTES_MAX: Final = 50_000_000
STAGES_MAX: Final = 100
_PROGRAM: Final = ["-m", "tianqu.kernel.planning.roster_child"]
_ROOT: Final = Path(__file__).resolve().parents[3]
_ERRORS: Final = {each.code: each for each in (InvalidInput, TooLarge, Conflict)}


class RosterEnded(TianquError):
    """A roster whose process was ended from outside, used its memory or time up, or broke."""

    code = "roster_ended"
    status = 503


def compute_roster(
    problem: RosterProblem, effort: Effort = FULL_EFFORT, *, tell: Callable[[str], None] = lambda stage: None
) -> RosterPlan:
    """Make a roster in a process of its own, within memory and time; for jobs, since it takes half a minute.

    ``tell`` is told which level is worked on. Raises what ``solve_roster`` does, and ``RosterEnded``.
    """
    check_problem(problem)
    process = _started()
    seconds = seconds_of(asdict(effort))
    timer = threading.Timer(seconds, process.kill)
    timer.daemon = True
    timer.start()
    try:
        return _heard(process, {"problem": problem_json(problem), "effort": asdict(effort)}, tell)
    except (EOFError, BrokenPipeError) as error:
        raise _ended(process.wait()) from error
    finally:
        timer.cancel()
        process.kill()
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None
            with suppress(BrokenPipeError):
                pipe.close()
        process.wait()


def _started() -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603  our own
        [sys.executable, "-P", "-s", *_PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, cwd="/", env={"PYTHONPATH": str(_ROOT), "OPENBLAS_NUM_THREADS": "1"},
        start_new_session=True,
    )  # fmt: skip


def _heard(process: subprocess.Popen[bytes], asked: dict[str, Any], tell: Callable[[str], None]) -> RosterPlan:
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(json.dumps(asked).encode() + b"\n")
    process.stdin.flush()
    for _line in range(STAGES_MAX):
        line = process.stdout.readline(LINE_BYTES_MAX)
        if not line.endswith(b"\n"):
            raise EOFError
        said = json.loads(line)
        if "stage" in said:
            tell(said["stage"])
        elif "plan" in said:
            return plan_from(said["plan"])
        elif said["error"] in _ERRORS:
            raise _ERRORS[said["error"]](said["message"], remedy=said["remedy"], **said["parameters"])
        else:
            break
    raise EOFError


def _ended(code: int) -> RosterEnded:
    name = signal.Signals(-code).name if code < 0 else str(code)
    return RosterEnded(
        _("The process in which the roster was made was ended (%(value)s)."), value=name,
        remedy=_("Plan fewer days at once, or ask again in a moment."),
    )  # fmt: skip
