"""What a web process does beside serving: it ends when the process that started it does."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from multiprocessing.connection import wait

DRAIN_SECONDS = 10


def end_with_parent() -> None:
    """Watch granian's main process from a worker: were it killed, the worker would hold the port for ever."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch(sentinel: int) -> None:
        wait([sentinel])
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(DRAIN_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, args=(parent.sentinel,), name="end-with-parent", daemon=True).start()
