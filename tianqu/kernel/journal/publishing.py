"""Publishing the log: entries in the order of their indexes become tiles and a signed checkpoint.

What is written depends on the entries alone, so whoever stops half way is continued by whoever comes next: tiles first,
the checkpoint last, and a tile written twice is the same tile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from tianqu.base.errors import Conflict, _
from tianqu.kernel.journal.log import CHECKPOINT, Log
from tianqu.kernel.journal.notes import Checkpoint, Note, SigningKey, open_checkpoint, sign_checkpoint
from tianqu.kernel.journal.tiles import HEIGHT, WIDTH, Tile, TileEdge

Leaves = Callable[[int, int], Iterable[bytes]]
"""The public leaves of the database from one index up to another, exclusive."""


class LogForked(Conflict):
    """The published log and the database do not tell the same story."""

    code = "log_forked"


class Publisher:
    """Keeps the right edge of the published log. One at a time: the sequencer's lock sees to it."""

    def __init__(self, log: Log, key: SigningKey) -> None:
        self._log = log
        self._key = key
        self._edge = TileEdge()
        self.checkpoint: Checkpoint | None = None

    @property
    def origin(self) -> str:
        """Name of the log, which is its key's."""
        return self._key.name

    @property
    def size(self) -> int:
        """How many entries the edge holds."""
        return self._edge.size

    def resume(self, leaves: Leaves, *, sequenced: int) -> None:
        """Continue after the last checkpoint; ``leaves`` reads the database, which has given ``sequenced`` indexes.

        Raises ``LogForked`` when the published log holds more than the database has given an index, or other entries.
        """
        published = self._published()
        size = published.size if published else 0
        if size > sequenced:
            raise LogForked(
                _("The published log holds %(published)s entries, the database only %(sequenced)s."),
                published=size, sequenced=sequenced,
                remedy=_("The database was brought back from an older backup; nothing is published until you decide."),
            )  # fmt: skip
        self.checkpoint = published
        if published and self._resume_from_tiles(published):
            return
        self._edge = TileEdge()
        self._write(self._grown(leaves(0, size)))
        self._write(self._edge.partial())
        if published and self._edge.root() != published.root:
            raise LogForked(
                _("The first %(published)s entries of the database are not those that were published."),
                published=size, remedy=_("Run “tianqu journal verify”; nothing is published until you decide."),
            )  # fmt: skip

    def publish(self, entries: Iterable[bytes]) -> Checkpoint:
        """Add ``entries`` to the log: full tiles, then partial ones, then the checkpoint."""
        before = self.checkpoint
        self._write(self._grown(entries))
        if before is not None and before.size == self._edge.size:
            return before
        self._write(self._edge.partial())
        checkpoint = Checkpoint(self._key.name, self._edge.size, self._edge.root())
        self._log.storage.write([(CHECKPOINT, sign_checkpoint(checkpoint, [self._key]))])
        self.checkpoint = checkpoint
        if before is not None:
            self._remove_overgrown(before.size)
        return checkpoint

    def _published(self) -> Checkpoint | None:
        note = self._log.checkpoint_note()
        if note is None:
            return None
        origin = Checkpoint.parse(Note.parse(note).text).origin
        if origin != self._key.name:
            raise LogForked(
                _("The published log is that of %(there)s, and this is %(here)s."),
                there=origin, here=self._key.name,
                remedy=_("Set TIANQU_LOG_ORIGIN and TIANQU_LOG_KEY to those of the log, or TIANQU_LOG_URL elsewhere."),
            )  # fmt: skip
        return open_checkpoint(note, self._key.verifier)[0]

    def _resume_from_tiles(self, published: Checkpoint) -> bool:
        """Take the edge from the published tiles; tell whether they were there and whole."""
        missing: list[Tile] = []

        def read(tile: Tile) -> bytes:
            data = self._log.tile(tile)
            if data is None:
                missing.append(tile)
            return data or b""

        edge = TileEdge.resumed(published.size, read)
        if missing or not edge.is_whole() or edge.root() != published.root:
            return False
        self._edge = edge
        return True

    def _grown(self, entries: Iterable[bytes]) -> Iterator[tuple[Tile, bytes]]:
        for entry in entries:
            yield from self._edge.append(entry)

    def _write(self, tiles: Iterable[tuple[Tile, bytes]]) -> None:
        self._log.storage.write((tile.path(), data) for tile, data in tiles)

    def _remove_overgrown(self, before: int) -> None:
        """Remove partial tiles of the ``before`` entries whose full tile is now published."""
        level, old, new = 0, before, self._edge.size
        while old:
            number = old // WIDTH
            if old % WIDTH and number < new // WIDTH:
                for kind in (0, None) if level == 0 else (level,):
                    self._log.storage.remove_folder(Tile(kind, number).path() + ".p")
            level, old, new = level + 1, old >> HEIGHT, new >> HEIGHT
