"""Django's PostgreSQL backend with a health check that costs nothing, and with a second role that owns the tables.

Django asks ``SELECT 1`` before the first statement of every request, which on a hot path is every second round trip.
PostgreSQL, however it ends (shut down, restarted, killed), closes its connections, and a closed connection has
something to read. So an idle connection with nothing to read is taken to be alive, and one with something to read is
asked as before. What this cannot see is a server beyond a network that went away without a word: there the first
statement fails, as it does for whatever breaks right after a check.
"""

from __future__ import annotations

import select
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.backends.postgresql import base
from psycopg.pq import ConnStatus, TransactionStatus


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection of Django's to PostgreSQL."""

    owning = False

    @contextmanager
    def as_owner(self) -> Iterator[None]:
        """Connect as the role that owns the tables for the length of a block; where one role is both, as before."""
        if self.owning or not self.settings_dict.get("OWNER"):
            yield
            return
        assert not self.in_atomic_block, "the role changes between transactions"
        self.close()
        self.owning = True
        try:
            yield
        finally:
            self.close()
            self.owning = False

    def get_connection_params(self) -> dict[str, Any]:
        """Return what psycopg connects with, as the application or as the owner."""
        given = self.settings_dict
        if given.get("OWNER") and (self.owning or given["NAME"] is None):
            self.settings_dict = {**given, **given["OWNER"]}
        try:
            return dict(super().get_connection_params())
        finally:
            self.settings_dict = given

    def is_usable(self) -> bool:
        """Whether the connection is alive."""
        session: Any = self.connection
        if session is None:
            return False
        link = session.pgconn
        if link.status != ConnStatus.OK:
            return False
        if link.transaction_status == TransactionStatus.IDLE and not _has_something_to_read(link.socket):
            return True
        return bool(super().is_usable())


def _has_something_to_read(descriptor: int) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN | select.POLLHUP | select.POLLERR)
    return bool(poll.poll(0))
