"""The static files of a tiled transparency log (https://c2sp.org/tlog-tiles): paths, tiles, entry bundles.

A tile at level L holds up to 256 hashes, each the root of 256^L entries; an entry bundle holds up to 256 entries, each
as uint16 (big-endian) length ‖ bytes. ``TileEdge`` grows a log entry by entry and says which files to write;
``TiledTree`` reads roots of ranges back from tiles.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tianqu.base.errors import InvalidInput, NotFound, _
from tianqu.kernel.journal.merkle import EMPTY_ROOT, HASH_BYTES, leaf_hash, node_hash, root_of

WIDTH = 256  # hashes in a full tile, entries in a full bundle
HEIGHT = 8  # levels of the tree that one level of tiles spans
FULL_TILE_BYTES = WIDTH * HASH_BYTES
LEVEL_MAX = 63
ENTRY_BYTES_MAX = 65_535
# Seven groups of digits number more tiles than a tree has whose size a checkpoint can tell (2^63).
_PATH = re.compile(r"tile/(entries|0|[1-9][0-9]?)/((?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")


@dataclass(frozen=True, slots=True)
class Tile:
    """Address of a tile (``level`` 0 and up) or of an entry bundle (``level`` None), full or partial."""

    level: int | None
    index: int
    width: int = WIDTH

    def path(self) -> str:
        """Its path below the log's prefix: ``tile/0/x001/x234/067.p/8``."""
        level = "entries" if self.level is None else str(self.level)
        partial = "" if self.width == WIDTH else f".p/{self.width}"
        return f"tile/{level}/{index_path(self.index)}{partial}"

    def full(self) -> Tile:
        """The full tile that this one grows into."""
        return Tile(self.level, self.index)


def index_path(index: int) -> str:
    """Write a tile's index in groups of three digits, all but the last with an x: 1234067 is ``x001/x234/067``."""
    assert index >= 0, index
    groups = [f"{index % 1000:03}"]
    while index >= 1000:
        index //= 1000
        groups.append(f"x{index % 1000:03}")
    return "/".join(reversed(groups))


def parse_tile_path(path: str) -> Tile:
    """Read the address of a tile or bundle. Raises ``NotFound`` for anything that ``Tile.path`` would not write."""
    match = _PATH.fullmatch(path)
    if match:
        level = None if match[1] == "entries" else int(match[1])
        index = int(match[2].replace("x", "").replace("/", ""))
        tile = Tile(level, index, int(match[3]) if match[3] else WIDTH)
        if tile.path() == path and (level is None or level <= LEVEL_MAX):
            return tile
    raise NotFound(
        _("There is no tile at this address."),
        field="path",
        remedy=_("Addresses are those of c2sp.org/tlog-tiles."),
    )


def tiles_of(size: int) -> Iterator[Tile]:
    """Every tile of a tree of ``size`` entries, lowest level first."""
    level, count = 0, size
    while count:
        full, rest = divmod(count, WIDTH)
        yield from (Tile(level, index) for index in range(full))
        if rest:
            yield Tile(level, full, rest)
        level, count = level + 1, full


def tile_holding(size: int, *, level: int | None, index: int) -> Tile:
    """The tile with number ``index`` on its level as a tree of ``size`` entries has it."""
    count = size >> (HEIGHT * (level or 0))
    width = min(WIDTH, count - index * WIDTH)
    if width <= 0:
        raise NotFound(_("A log of %(size)s entries has no such tile."), field="index", size=size)
    return Tile(level, index, width)


def encode_entry(entry: bytes) -> bytes:
    """An entry as it stands in a bundle."""
    if len(entry) > ENTRY_BYTES_MAX:
        raise InvalidInput(_("An entry of %(value)s bytes does not fit into a log."), value=len(entry))
    return len(entry).to_bytes(2, "big") + entry


def decode_bundle(data: bytes) -> list[bytes]:
    """Entries of a bundle. Raises ``InvalidInput`` for one that ends in the middle of an entry."""
    entries, at = [], 0
    while at < len(data):
        length = int.from_bytes(data[at : at + 2], "big")
        entry = data[at + 2 : at + 2 + length]
        if len(data) < at + 2 or len(entry) < length:
            raise InvalidInput(_("The entry bundle ends in the middle of an entry."), field="bundle")
        entries.append(entry)
        at += 2 + length
    return entries


def cut(data: bytes, tile: Tile) -> bytes:
    """First ``tile.width`` hashes or entries out of a full tile or bundle."""
    if tile.level is not None:
        return data[: tile.width * HASH_BYTES]
    return b"".join(encode_entry(entry) for entry in decode_bundle(data)[: tile.width])


class TileEdge:
    """The right edge of a growing log: the tiles not full yet. What it says to write depends on entries alone."""

    def __init__(self) -> None:
        self.size = 0
        self._edge: list[bytearray] = [bytearray()]
        self._bundle = bytearray()

    def append(self, entry: bytes) -> list[tuple[Tile, bytes]]:
        """Add an entry; return the tiles and the bundle that it filled."""
        self._bundle += encode_entry(entry)
        self._edge[0] += leaf_hash(entry)
        self.size += 1
        if self.size % WIDTH:
            return []
        full = [(Tile(None, self.size // WIDTH - 1), bytes(self._bundle))]
        self._bundle.clear()
        level = 0
        while len(self._edge[level]) == FULL_TILE_BYTES:
            data = bytes(self._edge[level])
            full.append((Tile(level, (self.size >> (HEIGHT * (level + 1))) - 1), data))
            self._edge[level].clear()
            level += 1
            if level == len(self._edge):
                self._edge.append(bytearray())
            self._edge[level] += root_of(hashes_in(data))
        return full

    def partial(self) -> list[tuple[Tile, bytes]]:
        """The partial tiles and the partial bundle that a checkpoint of this size needs."""
        tiles = []
        if self._bundle:
            tiles.append((Tile(None, self.size // WIDTH, self.size % WIDTH), bytes(self._bundle)))
        for level, data in enumerate(self._edge):
            if data:
                count = self.size >> (HEIGHT * level)
                tiles.append((Tile(level, count // WIDTH, count % WIDTH), bytes(data)))
        return tiles

    def root(self) -> bytes:
        """Root of all entries so far."""
        root: bytes | None = None
        for data in self._edge:
            hashes = hashes_in(bytes(data))
            if hashes or root is not None:
                root = root_of(hashes if root is None else [*hashes, root])
        return EMPTY_ROOT if root is None else root

    def is_whole(self) -> bool:
        """Whether every partial tile has the width that the size calls for, and the bundle holds the tile's entries."""
        for level, data in enumerate(self._edge):
            if len(data) != (self.size >> (HEIGHT * level)) % WIDTH * HASH_BYTES:
                return False
        try:
            entries = decode_bundle(bytes(self._bundle))
        except InvalidInput:
            return False
        return b"".join(leaf_hash(entry) for entry in entries) == self._edge[0]

    @classmethod
    def resumed(cls, size: int, read: Callable[[Tile], bytes]) -> TileEdge:
        """The edge of a log of ``size`` entries, its partial tiles fetched with ``read``."""
        edge = cls()
        edge.size = size
        level, count = 0, size
        edge._edge = []
        while count or level == 0:
            full, rest = divmod(count, WIDTH)
            edge._edge.append(bytearray(read(Tile(level, full, rest)) if rest else b""))
            level, count = level + 1, full
        if size % WIDTH:
            edge._bundle = bytearray(read(Tile(None, size // WIDTH, size % WIDTH)))
        return edge


class TiledTree:
    """A tree of ``size`` entries read from its tiles; ``read`` fetches a tile as that size has it."""

    def __init__(self, size: int, read: Callable[[Tile], bytes]) -> None:
        self.size = size
        self._read = read
        self._tiles: dict[Tile, bytes] = {}

    def subtree_root(self, start: int, end: int, /) -> bytes:
        """Root of the entries ``start`` to ``end`` (exclusive), where a walk over the tree meets that range."""
        if start >= end:
            return EMPTY_ROOT
        peaks = []
        while start < end:
            height = (end - start).bit_length() - 1
            if start:
                height = min(height, (start & -start).bit_length() - 1)
            peaks.append(self._complete(height, number=start >> height))
            start += 1 << height
        root = peaks[-1]
        for peak in reversed(peaks[:-1]):
            root = node_hash(peak, root)
        return root

    def root(self) -> bytes:
        """Root of the whole tree."""
        return self.subtree_root(0, self.size)

    def leaf(self, index: int) -> bytes:
        """Hash of the entry at ``index``."""
        return self._complete(0, number=index)

    def _complete(self, height: int, *, number: int) -> bytes:
        """Root of the ``number``-th complete subtree of 2^``height`` entries."""
        level, rest = divmod(height, HEIGHT)
        first = number << rest
        tile = tile_holding(self.size, level=level, index=first // WIDTH)
        if tile not in self._tiles:
            self._tiles[tile] = self._read(tile)
        at = first % WIDTH * HASH_BYTES
        return root_of(hashes_in(self._tiles[tile][at : at + (HASH_BYTES << rest)]))


def hashes_in(data: bytes) -> list[bytes]:
    """Hashes of a tile, one after the other."""
    if len(data) % HASH_BYTES:
        raise InvalidInput(_("A tile of %(value)s bytes is torn."), field="tile", value=len(data))
    return [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)]
