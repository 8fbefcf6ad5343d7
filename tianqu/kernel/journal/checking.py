"""Checking the whole log against the database: order, leaves, commitments, tiles, checkpoint."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.db import connection

from tianqu.base.errors import TianquError
from tianqu.kernel.journal.log import CHECKPOINT, WITNESSED, Log
from tianqu.kernel.journal.notes import VerifierKey, open_checkpoint
from tianqu.kernel.journal.proofs import commitment, read_leaf
from tianqu.kernel.journal.tiles import Tile, TileEdge

FAULTS_MAX = 100
ROWS = 10_000


@dataclass(slots=True)
class Check:
    """What a check of the whole log found; ``faults`` are sentences, at most ``FAULTS_MAX``."""

    entries: int = 0
    erased: int = 0
    tiles: int = 0
    unplaced: int = 0
    published: int = 0
    faults: list[str] = field(default_factory=list)

    def fault(self, sentence: str) -> None:
        """Note a fault."""
        if len(self.faults) < FAULTS_MAX:
            self.faults.append(sentence)


def check_log(log: Log, key: VerifierKey) -> Check:
    """Recompute the log from the database and compare it with what is published.

    Every entry's leaf in the order of its index, every body against its commitment unless it was erased, every tile
    and bundle, and the checkpoints at their sizes. Works on a running system: what is not published yet is no fault.
    """
    check = Check()
    published = _published(log, key, check)
    sizes = set(published)
    check.published = max(sizes, default=0)
    edge = TileEdge()
    roots = {0: edge.root()}
    for index, entry in _rows():
        if index != edge.size:
            check.fault(f"Index {edge.size} is missing: the next entry has index {index}.")
            break
        _check_entry(index, entry, check)
        _compare(log, edge.append(entry.leaf), check, up_to=check.published)
        if edge.size in sizes:
            roots[edge.size] = edge.root()
            if edge.size == check.published:
                _compare(log, edge.partial(), check, up_to=check.published)
    for size, (name, root) in published.items():
        if size not in roots:
            check.fault(f"The {name} holds {size} entries, the database only {edge.size}.")
        elif roots[size] != root:
            check.fault(f"The root of the {name} at {size} entries is not the one that the database gives.")
    check.unplaced = _unplaced(check)
    return check


@dataclass(frozen=True, slots=True)
class _Row:
    entry_id: int
    act: str
    book: str | None
    book_sequence: int | None
    leaf: bytes
    salt: bytes | None
    body: bytes | None
    erased: bool


def _rows() -> Iterator[tuple[int, _Row]]:
    """Entries in the order of their indexes, read in portions that each stand alone."""
    last = -1
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT s.index, e.id, e.act, e.book, e.book_sequence, e.leaf, e.salt, e.body, e.erased_at IS NOT NULL"
                " FROM journal_sequence s JOIN journal_entry e ON e.id = s.entry_id"
                " WHERE s.index > %s ORDER BY s.index LIMIT %s",
                [last, ROWS],
            )
            rows = cursor.fetchall()
        for index, entry_id, act, book, book_sequence, leaf, salt, body, erased in rows:
            yield (
                index,
                _Row(entry_id, act, book, book_sequence, bytes(leaf), _bytes(salt), _bytes(body), erased),
            )
        if len(rows) < ROWS:
            return
        last = rows[-1][0]


def _bytes(value: bytes | memoryview | None) -> bytes | None:
    return None if value is None else bytes(value)


def _check_entry(index: int, entry: _Row, check: Check) -> None:
    check.entries += 1
    try:
        leaf = read_leaf(entry.leaf)
    except TianquError as error:
        check.fault(f"Entry {index}: {error}")
        return
    if leaf["act"] not in (entry.act, "sealed"):
        check.fault(f"Entry {index}: the log names the act {leaf['act']}, the database {entry.act}.")
    if (leaf.get("book"), leaf.get("book_sequence")) != (entry.book, entry.book_sequence):
        check.fault(f"Entry {index}: its place in a book differs between log and database.")
    if entry.erased:
        check.erased += 1
        if entry.body is not None or entry.salt is not None:
            check.fault(f"Entry {index}: it is marked as erased, but its body is still there.")
    elif entry.body is None or entry.salt is None:
        check.fault(f"Entry {index}: its body is gone, although nobody was erased.")
    elif commitment(body=entry.body, salt=entry.salt) != leaf["commitment"]:
        check.fault(f"Entry {index}: its body is not the one that was committed to.")


def _compare(log: Log, tiles: list[tuple[Tile, bytes]], check: Check, *, up_to: int) -> None:
    for tile, data in tiles:
        if tile.index * 256 ** ((tile.level or 0) + 1) + tile.width * 256 ** (tile.level or 0) > up_to:
            continue  # not published yet
        check.tiles += 1
        found = log.tile(tile)
        if found is None:
            check.fault(f"The file {tile.path()} is missing.")
        elif found != data:
            check.fault(f"The file {tile.path()} is not the one that the database gives.")


def _published(log: Log, key: VerifierKey, check: Check) -> dict[int, tuple[str, bytes]]:
    published: dict[int, tuple[str, bytes]] = {}
    for name in (WITNESSED, CHECKPOINT):
        note = log.checkpoint_note(name)
        if note is None:
            if name == CHECKPOINT:
                check.fault("There is no checkpoint.")
            continue
        try:
            checkpoint, _note = open_checkpoint(note, key)
        except TianquError as error:
            check.fault(f"The {name}: {error}")
            continue
        published[checkpoint.size] = (name, checkpoint.root)
    return published


def _unplaced(check: Check) -> int:
    """Count settled entries without an index; one that the sequencer's cursor has passed is a fault."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(*) FILTER (WHERE (e.xid, e.id) < (t.cursor_xid, t.cursor_entry) AND NOT t.restored)"
            " FROM journal_entry e LEFT JOIN journal_state t ON t.id = 1"
            " WHERE NOT EXISTS (SELECT FROM journal_sequence s WHERE s.entry_id = e.id)"
        )
        row = cursor.fetchone()
    assert row is not None
    if row[1]:
        check.fault(f"{row[1]} entries have no index, and the sequencer has gone past them.")
    return int(row[0])
