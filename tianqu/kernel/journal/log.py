"""The published log, read from its files: the checkpoint, tiles, and the proofs that follow from them."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings

from tianqu.base.errors import NotFound, _
from tianqu.kernel.journal import merkle
from tianqu.kernel.journal.keys import kept_key
from tianqu.kernel.journal.notes import Checkpoint, Note, SigningKey
from tianqu.kernel.journal.storage import LogStorage, open_storage
from tianqu.kernel.journal.tiles import WIDTH, Tile, TiledTree, cut, decode_bundle, tile_holding

CHECKPOINT = "checkpoint"
WITNESSED = "checkpoint.witnessed"
TILES_KEPT = 512  # full tiles held in memory, 8 kB each


class Log:
    """A log's files. Full tiles never change, so they are kept in memory."""

    def __init__(self, storage: LogStorage) -> None:
        self.storage = storage
        self._kept: OrderedDict[str, bytes] = OrderedDict()

    def checkpoint_note(self, name: str = CHECKPOINT) -> bytes | None:
        """The signed checkpoint as published, or None before the first."""
        return self.storage.read(name)

    def checkpoint(self) -> Checkpoint:
        """The newest checkpoint. Raises ``NotFound`` before the first."""
        note = self.checkpoint_note()
        if note is None:
            raise NotFound(
                _("The log has no checkpoint yet."), remedy=_("The sequencer publishes the first when it starts.")
            )
        return Checkpoint.parse(Note.parse(note).text)

    def tile(self, tile: Tile) -> bytes | None:
        """Bytes of a tile or bundle; a partial one is cut out of the full one that replaced it."""
        path = tile.path()
        if path in self._kept:
            self._kept.move_to_end(path)
            return self._kept[path]
        data = self.storage.read(path)
        if tile.width < WIDTH:
            full = self.tile(tile.full()) if data is None else None
            return data if full is None else cut(full, tile)
        if data is not None:
            self._kept[path] = data
            if len(self._kept) > TILES_KEPT:
                self._kept.popitem(last=False)
        return data

    def tree(self, size: int) -> TiledTree:
        """The tree as it was at ``size``."""
        return TiledTree(size, self._must_read)

    def inclusion_proof(self, index: int, *, size: int) -> list[bytes]:
        """Siblings of the entry at ``index`` up to the root of the first ``size`` entries."""
        return merkle.inclusion_proof(index, size=size, subtree_root=self.tree(size).subtree_root)

    def consistency_proof(self, old_size: int, *, new_size: int) -> list[bytes]:
        """What shows that the tree of ``new_size`` begins with that of ``old_size``."""
        return merkle.consistency_proof(old_size, new_size=new_size, subtree_root=self.tree(new_size).subtree_root)

    def entry(self, index: int, *, size: int) -> bytes:
        """The public leaf at ``index``."""
        bundle = self._must_read(tile_holding(size, level=None, index=index // WIDTH))
        return decode_bundle(bundle)[index % WIDTH]

    def _must_read(self, tile: Tile) -> bytes:
        data = self.tile(tile)
        if data is None:
            raise NotFound(
                _("The log's file %(path)s is missing."),
                field="path", path=tile.path(), remedy=_("Run “tianqu journal verify”."),
            )  # fmt: skip
        return data


@cache
def _log_at(url: str) -> Log:
    return Log(open_storage(url))


def our_log() -> Log:
    """The log of this installation."""
    return _log_at(settings.TIANQU_LOG_URL)


def our_key() -> SigningKey:
    """The key that signs this installation's log; its name is the log's origin.

    A key is made with the origin of that day and keeps it, wherever the installation moves; only ``TIANQU_LOG_ORIGIN``
    gives the log another name.
    """
    wanted = settings.TIANQU_LOG_ORIGIN
    name = wanted or f"{urlsplit(settings.TIANQU_ORIGIN).netloc}/log"
    key = kept_key(Path(settings.VAR) / "keys" / "log.key", name=name, environment="TIANQU_LOG_KEY")
    return replace(key, name=wanted) if wanted and key.name != wanted else key
