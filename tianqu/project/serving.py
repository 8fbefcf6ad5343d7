"""What a web process does beside serving: it ends when the process that started it does, and receives by itself."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any

from granian import wsgi
from granian.server import mp

from tianqu.project.reception import Limits, Reception

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

DRAIN_SECONDS = 10
WRAP = "_wsgi_call_wrap"  # in granian.server.mp


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


def receive_for(application: WSGIApplication, limits: Limits, *, thread_ends: Callable[[], None]) -> None:
    """Let granian hand each request to a reception (see there) rather than wait for its body and its answer.

    granian has no public way to answer later from another thread. It loads the application first and wraps it then, by
    a name that is looked up in its module; that name is what is replaced here. granian's version is pinned, and a
    version without this seam is refused instead of served wrongly.
    """
    if getattr(mp, WRAP, None) is not wsgi._callback_wrapper:
        raise RuntimeError("This granian wraps applications in another way; see tianqu/project/serving.py.")

    def wrapped(callback: Any, *more: Any) -> Any:
        if callback is not application:
            return wsgi._callback_wrapper(callback, *more)
        reception = Reception(application, limits, thread_ends=thread_ends)
        reception.open()
        return reception.take

    setattr(mp, WRAP, wrapped)
