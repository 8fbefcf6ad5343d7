"""The process beside this one in which a plan is searched for (``child``): started, listened to, and always ended."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from tianqu.base.errors import Conflict, InvalidInput, TianquError, TooLarge
from tianqu.kernel.planning.child import Limits

LINE_BYTES_MAX: Final = 50_000_000
STAGES_MAX: Final = 100
_PROGRAM: Final = ["-m", "tianqu.kernel.planning.child"]
_ROOT: Final = Path(__file__).resolve().parents[3]
_ERRORS: Final = {each.code: each for each in (InvalidInput, TooLarge, Conflict)}


class Ended(Exception):
    """A process was ended from outside, used its memory or time up, or broke; ``how`` is a signal or a number."""

    def __init__(self, how: str) -> None:
        self.how = how
        super().__init__(how)


def in_child(
    task: str, asked: Mapping[str, Any], limits: Limits, *, tell: Callable[[str], None] = lambda stage: None
) -> dict[str, Any]:
    """Do a task of ``child.TASKS`` in a process of its own, within memory and time, and return what it made.

    ``tell`` is told which stage is worked on. Raises what the task raises in words, and ``Ended``.
    """
    process = _started()
    timer = threading.Timer(limits.seconds, process.kill)
    timer.daemon = True
    timer.start()
    try:
        return _heard(process, {"task": task, "limits": limits.told(), "asked": asked}, tell)
    except (EOFError, BrokenPipeError) as error:
        code = process.wait()
        raise Ended(signal.Signals(-code).name if code < 0 else str(code)) from error
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


def _heard(process: subprocess.Popen[bytes], told: Mapping[str, Any], tell: Callable[[str], None]) -> dict[str, Any]:
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(json.dumps(told).encode() + b"\n")
    process.stdin.flush()
    for _line in range(STAGES_MAX):
        line = process.stdout.readline(LINE_BYTES_MAX)
        if not line.endswith(b"\n"):
            raise EOFError
        said = json.loads(line)
        if "stage" in said:
            tell(said["stage"])
        elif "made" in said:
            made: dict[str, Any] = said["made"]
            return made
        elif said["error"] in _ERRORS:
            raise _refusal(said)
        else:
            break
    raise EOFError


def _refusal(said: Mapping[str, Any]) -> TianquError:
    error: TianquError = _ERRORS[said["error"]](said["message"], remedy=said["remedy"], **said["parameters"])
    return error
