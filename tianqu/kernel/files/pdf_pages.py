"""How many pages a PDF has, told from its bytes as far as these tell it; nothing of it is drawn or run."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from itertools import islice
from typing import Final

_OBJECT_OR_PAGE: Final = re.compile(rb"(\d{1,10})[ \r\n]+\d{1,5}[ \r\n]+obj\b|/Type\s{0,8}/Page(?![A-Za-z])")
_PAGE: Final = re.compile(rb"/Type\s{0,8}/Page(?![A-Za-z])")
_PACKED_OBJECTS: Final = re.compile(rb"/Type\s{0,8}/ObjStm\b[^\r]{0,300}?stream\r?\n")
PACKED_MAX: Final = 200  # streams that hold objects
PACKED_BYTES: Final = 256 * 1024  # read of each
UNPACKED_BYTES: Final = 4 * 1024 * 1024  # taken from each


def pdf_pages(content: bytes) -> int | None:
    """Return the number of pages; None where the file does not tell it, as one that is locked with a password.

    A page that was written anew under its number (ISO 32000-1, 7.5.6) is one page.
    """
    pages: set[int] = set()
    number = 0
    for found in _OBJECT_OR_PAGE.finditer(content):
        if found[1]:
            number = int(found[1])
        else:
            pages.add(number)
    packed = sum(len(_PAGE.findall(text)) for text in _packed_objects(content))
    return len(pages) + packed or None


def _packed_objects(content: bytes) -> Iterator[bytes]:
    """The objects of each stream of objects (7.5.7), unpacked within bounds."""
    for found in islice(_PACKED_OBJECTS.finditer(content), PACKED_MAX):
        try:
            yield zlib.decompressobj().decompress(content[found.end() : found.end() + PACKED_BYTES], UNPACKED_BYTES)
        except zlib.error:  # packed otherwise, or locked
            continue
