"""Posting very many transfers: the next batch is made ready while the database writes this one."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from itertools import islice

from tianqu.kernel.journal.api import Actor
from tianqu.kernel.ledgers.known_books import KnownBook
from tianqu.kernel.ledgers.posting import BATCH_MAX, NewTransfer, PreparedTransfers, post_prepared, prepare_transfers


def post_many(
    actor: Actor, *, at: datetime, transfers: Iterable[tuple[KnownBook, NewTransfer]], batch: int = BATCH_MAX
) -> Iterator[int]:
    """Post any number of transfers in batches, each whole or not at all; yield how many there are so far.

    ``at`` is when they were posted. Making a batch ready reads nothing, so it is done in a thread of its own, which
    walks through ``transfers`` too: what yields them must not read the database either. Raises as ``post_prepared``
    does; the batches before stay posted, so an interrupted import leaves out what it finds there.
    """
    waiting = iter(transfers)

    def ready() -> PreparedTransfers | None:
        given = list(islice(waiting, batch))
        if not given:
            return None
        with _nothing_collected():
            return prepare_transfers(actor, at=at, transfers=given).encode()

    count = 0
    with ThreadPoolExecutor(1) as pool:
        upcoming = pool.submit(ready)
        while (prepared := upcoming.result()) is not None:
            upcoming = pool.submit(ready)
            count += post_prepared(actor, prepared=prepared)
            yield count


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """Nothing that is made for a batch refers to itself, and looking for what does took a third of the time."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()
