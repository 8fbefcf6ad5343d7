"""Reading a log that one does not trust: each tile and each entry is held against the signed checkpoint.

``read`` fetches a file of the log by its path (``checkpoint``, ``tile/0/000``), over the network or from a folder, and
returns None where there is none. What is altered is named by its path. Needs no database.
"""

from __future__ import annotations

from collections.abc import Callable

from tianqu.base.errors import InvalidInput, NotFound, _
from tianqu.kernel.journal.merkle import EMPTY_ROOT, HASH_BYTES, ProofRefused, leaf_hash, root_of
from tianqu.kernel.journal.notes import VerifierKey, open_checkpoint
from tianqu.kernel.journal.tiles import (
    WIDTH,
    Tile,
    TiledTree,
    decode_bundle,
    hashes_in,
    tile_holding,
)

Read = Callable[[str], bytes | None]


class TileAltered(ProofRefused):
    """A file of the log that does not fit the checkpoint which the log's key signed; ``value`` is its path."""

    code = "tile_altered"


class LogReader:
    """A log as its newest checkpoint says, read tile by tile.

    Raises ``NotFound`` for a file that is missing, ``NoteRefused`` for a checkpoint that the key did not sign, and
    ``TileAltered`` where a tile is not the one that the checkpoint commits to.
    """

    def __init__(self, read: Read, key: VerifierKey) -> None:
        self._read = read
        self._tiles: dict[Tile, bytes] = {}
        self._bundles: dict[Tile, list[bytes]] = {}
        self.checkpoint, self.note = open_checkpoint(self._file("checkpoint"), key)
        self.size = self.checkpoint.size
        self._edge = self._checked_edge()

    def entry(self, index: int) -> bytes:
        """The leaf at ``index``, checked against its tile, and the tile against the checkpoint."""
        bundle = tile_holding(self.size, level=None, index=index // WIDTH)
        if bundle not in self._bundles:
            entries = self._entries(bundle)
            tile = self.tile(tile_holding(self.size, level=0, index=index // WIDTH))
            if b"".join(leaf_hash(entry) for entry in entries) != tile:
                raise _altered(bundle)
            self._bundles[bundle] = entries
        return self._bundles[bundle][index % WIDTH]

    def place_of(self, hashed: bytes, *, index: int) -> int | None:
        """Where a leaf stands that ought to stand at ``index``: there, or in its tile or those beside it, else None."""
        middle = index // WIDTH
        for number in (middle, middle - 1, middle + 1):
            if number < 0 or number * WIDTH >= self.size:
                continue
            hashes = hashes_in(self.tile(tile_holding(self.size, level=0, index=number)))
            if number == middle and index % WIDTH < len(hashes) and hashes[index % WIDTH] == hashed:
                return index
            if hashed in hashes:
                return number * WIDTH + hashes.index(hashed)
        return None

    def root_at(self, size: int) -> bytes:
        """The root of the first ``size`` entries, as this log tells its own past."""
        return TiledTree(self.size, self.tile).subtree_root(0, size)

    def tile(self, tile: Tile) -> bytes:
        """A tile of hashes as the checkpoint's size has it, checked up to the root."""
        if tile in self._edge:
            return self._edge[tile]
        if tile not in self._tiles:
            data, parent = self._hashes(tile), tile_holding(self.size, level=_above(tile), index=tile.index // WIDTH)
            if hashes_in(self.tile(parent))[tile.index % WIDTH] != root_of(hashes_in(data)):
                raise _altered(tile)
            self._tiles[tile] = data
        return self._tiles[tile]

    def _checked_edge(self) -> dict[Tile, bytes]:
        """The partial tiles at the right edge, which together give the root."""
        edge: dict[Tile, bytes] = {}
        root: bytes | None = None
        level, count = 0, self.size
        while count:
            if width := count % WIDTH:
                tile = Tile(level, count // WIDTH, width)
                edge[tile] = self._hashes(tile)
                hashes = hashes_in(edge[tile])
                root = root_of(hashes if root is None else [*hashes, root])
            level, count = level + 1, count // WIDTH
        if (EMPTY_ROOT if root is None else root) != self.checkpoint.root:
            raise _altered(self._altered_edge(edge))
        return edge

    def _altered_edge(self, edge: dict[Tile, bytes]) -> Tile:
        """Which tile at the edge contradicts what it was made from; the highest where none does."""
        for tile, data in edge.items():
            hashes = hashes_in(data)
            for place, made in enumerate(self._below(tile)):
                if hashes[place] != made:
                    return tile if tile.level == 0 else self._liar(tile, _parts(tile)[place])
        return list(edge)[-1]

    def _liar(self, tile: Tile, part: Tile) -> Tile:
        """Of a tile and one below it that contradict each other, the lower one if its own parts contradict it, too."""
        return tile if b"".join(self._below(part)) == self._hashes(part) else part

    def _below(self, tile: Tile) -> list[bytes]:
        """The hashes of a tile, made anew from what lies below it."""
        if tile.level == 0:
            return [leaf_hash(entry) for entry in self._entries(Tile(None, tile.index, tile.width))]
        return [root_of(hashes_in(self._hashes(part))) for part in _parts(tile)]

    def _entries(self, bundle: Tile) -> list[bytes]:
        try:
            entries = decode_bundle(self._file(bundle.path()))
        except InvalidInput:
            entries = []
        if len(entries) != bundle.width:
            raise _altered(bundle)
        return entries

    def _hashes(self, tile: Tile) -> bytes:
        data = self._file(tile.path())
        if len(data) != tile.width * HASH_BYTES:
            raise _altered(tile)
        return data

    def _file(self, path: str) -> bytes:
        data = self._read(path)
        if data is None:
            raise NotFound(_("The log's file %(path)s is missing."), field="path", value=path, path=path)
        return data


def _parts(tile: Tile) -> list[Tile]:
    """The full tiles one level below whose roots a tile holds."""
    assert tile.level
    return [Tile(tile.level - 1, tile.index * WIDTH + place) for place in range(tile.width)]


def _above(tile: Tile) -> int:
    assert tile.level is not None, "an entry bundle has no tile above it"
    return tile.level + 1


def _altered(tile: Tile) -> TileAltered:
    return TileAltered(
        _("The log's file %(path)s was altered: it is not the one that the signed checkpoint commits to."),
        field="path", value=tile.path(), path=tile.path(),
    )  # fmt: skip
