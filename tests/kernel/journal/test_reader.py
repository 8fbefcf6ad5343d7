"""Reading a log that is not trusted: whatever byte of whichever file is altered, the file is named; nothing else is."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import settings as bounds
from hypothesis import strategies as st

from tianqu.base.errors import NotFound
from tianqu.kernel.journal.notes import Checkpoint, NoteRefused, SigningKey, sign_checkpoint
from tianqu.kernel.journal.reader import LogReader, TileAltered
from tianqu.kernel.journal.tiles import TileEdge

KEY = SigningKey.generate("example.org/log")
SIZES = (1, 2, 255, 256, 257, 300, 512, 700, 66_000)


@cache
def files_of(size: int) -> dict[str, bytes]:
    """Every file of a log of ``size`` entries."""
    edge, files = TileEdge(), {}
    for number in range(size):
        files |= {tile.path(): data for tile, data in edge.append(b"entry %d" % number)}
    files |= {tile.path(): data for tile, data in edge.partial()}
    return files | {"checkpoint": sign_checkpoint(Checkpoint(KEY.name, size, edge.root()), [KEY])}


def reader(files: dict[str, bytes]) -> LogReader:
    return LogReader(files.get, KEY.verifier)


@pytest.mark.parametrize("size", SIZES)
def test_an_honest_log_is_read(size: int) -> None:
    log = reader(files_of(size))
    for index in {0, size // 2, size - 1, min(size - 1, 255), min(size - 1, 256)}:
        assert log.entry(index) == b"entry %d" % index
    for before in {1, max(1, size // 2), size}:
        assert log.root_at(before) == reader(files_of(before)).checkpoint.root


@bounds(max_examples=60, deadline=None)
@given(st.data())
def test_what_is_altered_is_named(data: st.DataObject) -> None:
    files = dict(files_of(data.draw(st.sampled_from(SIZES[:-1]), "size")))
    path = data.draw(st.sampled_from(sorted(set(files) - {"checkpoint"})), "path")
    at = data.draw(st.integers(0, len(files[path]) - 1), "byte")
    torn = bytearray(files[path])
    torn[at] ^= data.draw(st.integers(1, 255), "by")
    files[path] = bytes(torn)
    with pytest.raises(TileAltered) as refused:
        log = reader(files)
        for index in range(log.size):
            log.entry(index)
    assert refused.value.value == path


@pytest.mark.parametrize("path", ["tile/0/000", "tile/0/257.p/208", "tile/1/000", "tile/1/001.p/1", "tile/2/000.p/1"])
def test_what_is_altered_in_a_large_log_is_named(path: str) -> None:
    files = dict(files_of(66_000))
    files[path] = files[path][:-1] + bytes([files[path][-1] ^ 1])
    with pytest.raises(TileAltered) as refused:
        log = reader(files)
        log.entry(0), log.entry(65_600)
    assert refused.value.value == path


def test_a_file_that_is_missing_or_unsigned_is_named() -> None:
    files = files_of(300)
    with pytest.raises(NotFound, match=r"tile/0/001\.p/44"):
        reader({path: data for path, data in files.items() if path != "tile/0/001.p/44"})
    with pytest.raises(NoteRefused):
        LogReader(files.get, SigningKey.generate("example.org/log").verifier)


def test_another_past_has_another_root() -> None:
    edge, files = TileEdge(), {}
    for number in [0, 2, 1, *range(3, 300)]:  # signed by the log itself, in another order
        files |= {tile.path(): data for tile, data in edge.append(b"entry %d" % number)}
    files |= {tile.path(): data for tile, data in edge.partial()}
    files["checkpoint"] = sign_checkpoint(Checkpoint(KEY.name, 300, edge.root()), [KEY])
    assert reader(files).root_at(256) != reader(files_of(256)).checkpoint.root
    assert reader(files_of(300)).root_at(256) == reader(files_of(256)).checkpoint.root
