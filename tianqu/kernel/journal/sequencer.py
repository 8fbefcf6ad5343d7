"""The sequencer: gives committed entries their place in the public log, and publishes it. One at a time writes.

An entry is read once every transaction that could come before it has ended: its xid is below the oldest one running.
In the order of (xid, id) nothing can therefore appear behind the cursor. The indexes are committed first, the tiles
follow from them, the checkpoint comes last; a sequencer that dies anywhere in between is continued by the next.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Event

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction

from tianqu.base.errors import Conflict, _
from tianqu.kernel.journal.log import our_key, our_log
from tianqu.kernel.journal.notes import VerifierKey
from tianqu.kernel.journal.publishing import Publisher
from tianqu.kernel.journal.witnessing import Witnessing, read_witnesses

LOCK = 0x7469616E7175  # "tianqu": the advisory lock of the one sequencer of a database
BATCH = 20_000  # entries given an index in one transaction
IDLE_SECONDS = 0.1  # between two looks at the database, at least
REST_SECONDS_MAX = 0.3  # of the second within which an entry is to be published
REST_TIMES = 3  # as long as it worked: publishing flushes files, which acts that commit meanwhile wait for
TAKE_OVER_SECONDS = 0.5  # between two attempts to become the sequencer
logger = logging.getLogger(__name__)

_SETTLED = """
    SELECT e.id, e.leaf, e.xid::text FROM journal_entry e
    WHERE (e.xid, e.id) > (%s::xid8, %s) AND e.xid < pg_snapshot_xmin(pg_current_snapshot()) {unplaced}
    ORDER BY e.xid, e.id LIMIT %s
"""
_UNPLACED = "NOT EXISTS (SELECT FROM journal_sequence s WHERE s.entry_id = e.id)"
_RESTORED = f"SELECT e.id FROM journal_entry e WHERE {_UNPLACED} ORDER BY e.id LIMIT %s"  # noqa: S608  constants


class NotTheSequencer(Conflict):
    """Another sequencer holds the lock, or has moved on meanwhile."""

    code = "not_the_sequencer"


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where the sequencer stands: the last entry with an index, and how many have one."""

    xid: str
    entry: int
    size: int
    restored: bool


def rest_after(worked_seconds: float) -> float:
    """How many seconds to rest after a step that took so many: the busier the disk, the more entries a step takes."""
    return min(max(IDLE_SECONDS, REST_TIMES * worked_seconds), REST_SECONDS_MAX)


class Sequencer:
    """Sequences and publishes while it holds the database's lock."""

    def __init__(self, publisher: Publisher | None = None, *, batch: int = BATCH) -> None:
        self._publisher = publisher or Publisher(our_log(), our_key())
        self._witnessing = Witnessing(our_log(), read_witnesses(settings.TIANQU_WITNESSES))
        self._batch = batch
        self._cursor: Cursor | None = None

    @property
    def origin(self) -> str:
        """Name of the log that is published."""
        return self._publisher.origin

    def start(self) -> None:
        """Take the lock and continue where the last sequencer stopped.

        Raises ``NotTheSequencer`` while another one runs, ``LogForked`` when log and database differ.
        """
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
            row = cursor.fetchone()
            if not (row and row[0]):
                raise NotTheSequencer(_("Another sequencer is at work on this database."))
            cursor.execute("SET synchronous_commit = on")  # what is published must not be forgotten by the database
        self._cursor = self._adopt_cluster()
        self._publisher.resume(leaves, sequenced=self._cursor.size)
        self._publisher.publish(leaves(self._publisher.size, self._cursor.size))

    def stop(self) -> None:
        """Let another sequencer take over."""
        self._cursor = None
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])

    def run(self, stop: Event) -> None:
        """Sequence and publish until ``stop`` is set; wait while another sequencer works or the database is away.

        Raises ``LogForked``, on which somebody has to decide.
        """
        while not stop.is_set():
            try:
                self.start()
                while not stop.is_set():
                    self._witnessing.advance()
                    begun = time.monotonic()
                    if self.step() < self._batch:
                        stop.wait(rest_after(time.monotonic() - begun))
                self.stop()
            except NotTheSequencer:
                connection.close()
                stop.wait(TAKE_OVER_SECONDS)
            except (OperationalError, InterfaceError) as error:
                logger.warning("The sequencer lost the database and tries again: %s", error)
                connection.close()
                stop.wait(TAKE_OVER_SECONDS)
        self._witnessing.close()

    def step(self) -> int:
        """Give the settled entries their indexes and publish them; return how many there were, at most a batch."""
        assert self._cursor is not None, "start the sequencer first"
        found = self.sequence()
        if found:
            self.check_lock()
            self._publisher.publish(found)
        return len(found)

    def sequence(self) -> list[bytes]:
        """Give the next settled entries their indexes; return their leaves in that order."""
        cursor = self._cursor
        assert cursor is not None, "start the sequencer first"
        sql = _SETTLED.format(unplaced=f"AND {_UNPLACED}" if cursor.restored else "")
        with connection.cursor() as database:
            database.execute(sql, [cursor.xid, cursor.entry, self._batch])
            rows = database.fetchall()
        if not rows:
            return []
        moved = Cursor(rows[-1][2], rows[-1][0], cursor.size + len(rows), cursor.restored)
        with transaction.atomic():
            _place([row[0] for row in rows], first=cursor.size)
            _move(cursor, moved)
        self._cursor = moved
        return [bytes(row[1]) for row in rows]

    def check_lock(self) -> None:
        """Raise ``NotTheSequencer`` unless this connection still holds the lock."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND granted"
                " AND (classid::bigint << 32 | objid::bigint) = %s",
                [LOCK],
            )
            if cursor.fetchone() is None:
                raise NotTheSequencer(_("The sequencer's lock was lost with its connection."))

    def _adopt_cluster(self) -> Cursor:
        """The cursor; after a restore into another cluster, first place whatever has no index yet."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT system_identifier FROM pg_control_system()")
            ours = int(cursor.fetchone()[0])
            cursor.execute("INSERT INTO journal_state (system_identifier) VALUES (%s) ON CONFLICT DO NOTHING", [ours])
        while True:
            state, there = _state()
            if there == ours:
                return state
            self._place_restored(state, ours)

    def _place_restored(self, state: Cursor, ours: int) -> None:
        """Place a batch of what another cluster left without an index; after the last, adopt this cluster.

        Xids of the other cluster mean nothing here, so these entries are found by having no index. Whatever this look
        cannot see yet has an xid that is not below the oldest running one: the cursor starts there.
        """
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text")
            oldest = cursor.fetchone()[0]
            cursor.execute(_RESTORED, [self._batch])
            rows = cursor.fetchall()
            _place([row[0] for row in rows], first=state.size)
            _move(state, Cursor(state.xid, state.entry, state.size + len(rows), state.restored))
            if len(rows) < self._batch:
                cursor.execute(
                    "UPDATE journal_state SET system_identifier = %s, restored = true, cursor_xid = %s::xid8,"
                    " cursor_entry = 0",
                    [ours, oldest],
                )


def leaves(start: int, end: int, /) -> Iterator[bytes]:
    """Public leaves of the entries with the indexes ``start`` to ``end``, exclusive, read a batch at a time."""
    for first in range(start, end, BATCH):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT e.leaf FROM journal_sequence s JOIN journal_entry e ON e.id = s.entry_id"
                " WHERE s.index >= %s AND s.index < %s ORDER BY s.index",
                [first, min(first + BATCH, end)],
            )
            yield from (bytes(row[0]) for row in cursor.fetchall())


def _state() -> tuple[Cursor, int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT cursor_xid::text, cursor_entry, size, restored, system_identifier FROM journal_state")
        row = cursor.fetchone()
    assert row is not None, "journal_state has its one row"
    return Cursor(*row[:4]), row[4]


def _place(entries: list[int], *, first: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO journal_sequence (index, entry_id)"
            " SELECT %s::bigint + place - 1, id FROM unnest(%s::bigint[]) WITH ORDINALITY AS t (id, place)",
            [first, entries],
        )


def _move(before: Cursor, after: Cursor) -> None:
    """Move the cursor, unless somebody else has."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE journal_state SET cursor_xid = %s::xid8, cursor_entry = %s, size = %s WHERE size = %s",
            [after.xid, after.entry, after.size, before.size],
        )
        if cursor.rowcount != 1:
            raise NotTheSequencer(_("Another sequencer has moved on meanwhile."))


@dataclass(frozen=True, slots=True)
class JournalStatus:
    """How the journal stands: counts of entries, and whether a sequencer is at work."""

    origin: str
    key: VerifierKey
    sequenced: int
    waiting: int
    published: int
    sequencer_at_work: bool


def journal_status() -> JournalStatus:
    """How the journal stands at this moment."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce((SELECT size FROM journal_state), 0),"
            " (SELECT count(*) FROM journal_entry e WHERE (e.xid, e.id) > (coalesce((SELECT cursor_xid FROM"
            "  journal_state), '0'), coalesce((SELECT cursor_entry FROM journal_state), 0))),"
            " EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted"
            "  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            "  AND (classid::bigint << 32 | objid::bigint) = %s)",
            [LOCK],
        )
        row = cursor.fetchone()
    assert row is not None
    log, key = our_log(), our_key()
    published = log.checkpoint().size if log.checkpoint_note() else 0
    return JournalStatus(key.name, key.verifier, row[0], row[1], published, row[2])
