"""Which characters a font can set: its table of characters, read from the file (OpenType 1.9, ``cmap`` format 12)."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Final

_GROUPED: Final = 12  # the format of the table that holds every plane of Unicode


def characters_of(font: Path) -> frozenset[int]:
    """Return the code points that the first face of an OpenType file or collection has a glyph for.

    Raises ``ValueError`` for a file that has no such table.
    """
    with font.open("rb") as file:
        first = 0
        if file.read(4) == b"ttcf":
            file.seek(12)
            (first,) = struct.unpack(">I", file.read(4))
        file.seek(first + 4)
        (tables,) = struct.unpack(">H", file.read(2))
        file.seek(first + 12)
        for tag, _checksum, offset, length in struct.iter_unpack(">4sIII", file.read(16 * tables)):
            if tag == b"cmap":
                file.seek(offset)
                return _grouped(file.read(length))
    raise ValueError(f"{font.name} has no table of characters")


def _grouped(table: bytes) -> frozenset[int]:
    (subtables,) = struct.unpack_from(">H", table, 2)
    for _platform, _encoding, offset in struct.iter_unpack(">HHI", table[4 : 4 + 8 * subtables]):
        form, _reserved, _length, _language, groups = struct.unpack_from(">HHIII", table, offset)
        if form == _GROUPED:
            found: set[int] = set()
            for start, end, _glyph in struct.iter_unpack(">III", table[offset + 16 : offset + 16 + 12 * groups]):
                found.update(range(start, end + 1))
            return frozenset(found)
    raise ValueError("there is no table of characters of every plane")
