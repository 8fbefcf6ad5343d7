"""One process tree: starts the parts of an installation, restarts what dies, and leaves nothing behind.

Each part has a session of its own, so that keys pressed in the terminal reach the supervisor only, and so that what a
killed part leaves behind can be ended with it. On Linux the kernel ends the parts when the supervisor is killed.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import FrameType

TICK_SECONDS = 0.2
BACKOFF_SECONDS = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)  # before the first, second, … restart in a row
STEADY_SECONDS = 10  # a part that lived this long starts again without delay
STOP_SECONDS_MAX = 15  # then it is killed
PR_SET_PDEATHSIG = 1  # linux/prctl.h


@dataclass(frozen=True)
class Part:
    """One program of the tree: a name for people and the command that runs it."""

    name: str
    command: Sequence[str]
    environment: dict[str, str] = field(default_factory=dict)


class Supervisor:
    """Runs parts until it is told to stop by SIGTERM or SIGINT, and stops them in the order they were given."""

    def __init__(
        self,
        parts: Sequence[Part],
        *,
        say: Callable[[str], None],
        every_tick: Callable[[], None] = lambda: None,
    ) -> None:
        self._children = [_Child(part, say) for part in parts]
        self._say = say
        self._every_tick = every_tick
        self._stopping = False

    def run(self) -> None:
        """Start every part, and return when all of them have ended after a signal."""
        previous = {number: signal.signal(number, self._stop) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            while not self._stopping:
                self._every_tick()
                for child in self._children:
                    child.see_that_it_runs()
                time.sleep(TICK_SECONDS)
            self._say("stopping")
            for child in self._children:
                child.end()
            self._say("stopped")
        finally:
            for child in self._children:
                child.kill()
            for number, handler in previous.items():
                signal.signal(number, handler)

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping = True


class _Child:
    """One part and the process that runs it at present."""

    def __init__(self, part: Part, say: Callable[[str], None]) -> None:
        self._part = part
        self._say = say
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._restarts = -1
        self._start_at = 0.0

    def see_that_it_runs(self) -> None:
        """Start the part when it does not run and its delay is over; say so when it has died."""
        if self._process is not None:
            code = self._process.poll()
            if code is None:
                return
            self._sweep(self._process.pid)
            self._process = None
            if time.monotonic() - self._started_at > STEADY_SECONDS:
                self._restarts = -1
            delay = BACKOFF_SECONDS[min(self._restarts + 1, len(BACKOFF_SECONDS) - 1)]
            self._start_at = time.monotonic() + delay
            self._say(f"{self._part.name} ended ({_words(code)}); starting it again in {delay:g} s")
        if time.monotonic() >= self._start_at:
            self._restarts += 1
            self._started_at = time.monotonic()
            self._process = subprocess.Popen(  # noqa: S603
                list(self._part.command),
                env=os.environ | self._part.environment,
                preexec_fn=dies_with_parent(),
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
            self._say(f"{self._part.name} runs, process {self._process.pid}")

    def end(self) -> None:
        """Ask the process to end and wait for it."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self._say(f"{self._part.name} did not stop within {STOP_SECONDS_MAX} s and is killed")
        self.kill()

    def kill(self) -> None:
        """End the process and whatever it started, at once."""
        if self._process is not None:
            self._sweep(self._process.pid)
            self._process.wait()
            self._process = None

    @staticmethod
    def _sweep(group: int) -> None:
        try:
            os.killpg(group, signal.SIGKILL)
        except ProcessLookupError:
            return


def _words(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"


def dies_with_parent() -> Callable[[], None]:
    """Return what a forked child calls before exec so that it is told to end when its parent dies (Linux)."""
    library = ctypes.CDLL(None) if sys.platform == "linux" else None
    parent = os.getpid()

    def ask() -> None:
        if library is not None:
            library.prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)

    return ask
