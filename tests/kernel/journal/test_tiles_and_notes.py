"""Tiles, notes and checkpoints against published examples and a real log of another project (Tessera, Apache-2.0)."""

from __future__ import annotations

import base64
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.kernel.journal.vectors import vector_files
from tianqu.base.errors import InvalidInput, NotFound
from tianqu.kernel.journal import merkle, tiles
from tianqu.kernel.journal.notes import (
    COSIGNATURE,
    Checkpoint,
    Note,
    NoteRefused,
    SignatureMissing,
    SignatureWrong,
    SigningKey,
    VerifierKey,
    open_checkpoint,
    sign_checkpoint,
)
from tianqu.kernel.journal.tiles import Tile, TiledTree, TileEdge

TESSERA = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"


def grown(entries: list[bytes], *, every: int = 0) -> tuple[TileEdge, dict[Tile, bytes]]:
    """An edge over ``entries`` with the files it told to write, the partial ones at each ``every``-th entry too."""
    edge, files = TileEdge(), {}
    for entry in entries:
        files.update(edge.append(entry))
        if every and edge.size % every == 0:
            files.update(edge.partial())
    files.update(edge.partial())
    return edge, files


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    """The files of Tessera's log by their paths."""
    found = vector_files("tessera-testdata-log.tar.gz")
    return {path.removeprefix("tessera-testdata-log/log/"): data for path, data in found.items()}


class TestARealLogOfAnotherProject:
    def test_its_checkpoints_are_signed(self, files: dict[str, bytes]) -> None:
        key = VerifierKey.parse(TESSERA)
        checkpoints = [data for path, data in files.items() if path.startswith("checkpoint.")]
        assert len(checkpoints) == 16
        sizes = {open_checkpoint(data, key)[0].size for data in checkpoints}
        assert sizes == set(range(16))

    def test_its_tiles_are_those_that_its_entries_make(self, files: dict[str, bytes]) -> None:
        entries = tiles.decode_bundle(files["tile/entries/000.p/15"])
        edge, made = grown(entries, every=1)
        assert {tile.path(): data for tile, data in made.items()} == {
            path: data for path, data in files.items() if path.startswith("tile/")
        }
        assert edge.root() == Checkpoint.parse(Note.parse(files["checkpoint"]).text).root

    def test_any_two_of_its_checkpoints_are_consistent(self, files: dict[str, bytes]) -> None:
        roots = [Checkpoint.parse(Note.parse(files[f"checkpoint.{n}"]).text).root for n in range(16)]
        assert roots[0] == merkle.EMPTY_ROOT
        pairs = list(combinations(range(1, 16), 2))
        for old, new in pairs:
            tree = TiledTree(new, lambda tile: files[tile.path()])
            assert tree.root() == roots[new]
            proof = merkle.consistency_proof(old, new_size=new, subtree_root=tree.subtree_root)
            merkle.verify_consistency(old, new_size=new, proof=proof, old_root=roots[old], new_root=roots[new])
        assert len(pairs) == 105


class TestPaths:
    @pytest.mark.parametrize(
        ("tile", "path"),
        [
            (Tile(0, 0), "tile/0/000"),
            (Tile(3, 1234067), "tile/3/x001/x234/067"),
            (Tile(None, 1234067, 8), "tile/entries/x001/x234/067.p/8"),
            (Tile(63, 999, 255), "tile/63/999.p/255"),
            (Tile(1, 1000), "tile/1/x001/000"),
        ],
    )
    def test_are_those_of_the_specification(self, tile: Tile, path: str) -> None:
        assert tile.path() == path
        assert tiles.parse_tile_path(path) == tile

    @pytest.mark.parametrize(
        "path",
        ["", "tile", "tile/0/0", "tile/00/000", "tile/64/000", "tile/0/1000", "tile/0/x000/001", "tile/0/000.p/0",
         "tile/0/000.p/256", "tile/0/000.p/08", "tile/0/../000", "tile/0/000/", "tile/-1/000", "tile/entries/٠٠٠",
         "tile/0/000\n", "tile/entries/x001", "tile/0/000.p", "tile/0/000.p/8.p/8", "checkpoint",
         "tile/0/" + "x001/" * 1_500 + "001"],
    )  # fmt: skip
    def test_nonsense_is_not_found(self, path: str) -> None:
        with pytest.raises(NotFound):
            tiles.parse_tile_path(path)

    @given(st.integers(0, 2**62), st.integers(1, 256), st.one_of(st.none(), st.integers(0, 63)))
    def test_round_trip(self, index: int, width: int, level: int | None) -> None:
        assert tiles.parse_tile_path(Tile(level, index, width).path()) == Tile(level, index, width)

    def test_a_tree_of_70000_has_the_tiles_of_the_specification(self) -> None:
        found = list(tiles.tiles_of(70_000))
        assert [t for t in found if t.width < 256] == [Tile(0, 273, 112), Tile(1, 1, 17), Tile(2, 0, 1)]
        assert len(found) == 273 + 1 + 1 + 1 + 1
        assert list(tiles.tiles_of(256)) == [Tile(0, 0), Tile(1, 0, 1)]


class TestTiles:
    def test_of_a_log_of_70000_give_roots_and_proofs(self) -> None:
        entries = [str(n).encode() for n in range(70_000)]
        edge, files = grown(entries)
        assert {tile for tile in files if tile.level is not None} == set(tiles.tiles_of(70_000))
        leaves = [merkle.leaf_hash(entry) for entry in entries]
        tree = TiledTree(70_000, files.__getitem__)
        assert tree.root() == edge.root() == merkle.root_of(leaves)
        for index in (0, 1, 255, 256, 65_535, 65_536, 69_999):
            proof = merkle.inclusion_proof(index, size=70_000, subtree_root=tree.subtree_root)
            merkle.verify_inclusion(index, size=70_000, leaf=leaves[index], proof=proof, root=edge.root())
            assert tree.leaf(index) == leaves[index]

    @given(st.integers(0, 1200), st.integers(0, 400))
    def test_resumed_at_any_size_continue_the_same_way(self, before: int, more: int) -> None:
        entries = [str(n).encode() for n in range(before + more)]
        _first, files = grown(entries[:before])
        resumed = TileEdge.resumed(before, files.__getitem__)
        written: dict[Tile, bytes] = {}
        for entry in entries[before:]:
            written.update(resumed.append(entry))
        written.update(resumed.partial())
        whole, all_files = grown(entries)
        assert resumed.root() == whole.root()
        assert written.items() <= all_files.items()

    @given(st.lists(st.binary(max_size=300), max_size=256))
    def test_bundles_round_trip_and_refuse_to_be_torn(self, entries: list[bytes]) -> None:
        data = b"".join(tiles.encode_entry(entry) for entry in entries)
        assert tiles.decode_bundle(data) == entries
        if entries:
            with pytest.raises(InvalidInput):
                tiles.decode_bundle(data[:-1])

    def test_an_entry_of_65536_bytes_is_refused(self) -> None:
        with pytest.raises(InvalidInput, match="65536 bytes"):
            tiles.encode_entry(bytes(65_536))


class TestNotes:
    def test_the_example_of_the_specification(self) -> None:
        key = VerifierKey.parse("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
        note = Note.parse(
            "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAl"
            "TgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n".encode()
        )
        assert note.verify(key) == [None]
        assert str(key) == "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"

    def test_checkpoints_round_trip_with_log_and_witness(self) -> None:
        log, witness = SigningKey.generate("log.example"), SigningKey.generate("w.example", kind=COSIGNATURE)
        checkpoint = Checkpoint("log.example", 0, merkle.EMPTY_ROOT)
        data = sign_checkpoint(checkpoint, [log]) + witness.sign(checkpoint.text(), time=1679315147).encode()
        opened, note = open_checkpoint(data, log.verifier)
        assert opened == checkpoint
        assert note.verify(witness.verifier) == [1679315147]
        assert note.encode() == data

    def test_a_cosignature_signs_its_time(self) -> None:
        witness = SigningKey.generate("w.example", kind=COSIGNATURE)
        line = witness.sign("text\n", time=100)
        raw = bytearray(base64.b64decode(line.split(" ")[2]))
        raw[11] ^= 1
        forged = f"— w.example {base64.b64encode(bytes(raw)).decode()}\n"
        with pytest.raises(SignatureWrong):
            Note.parse(f"text\n\n{forged}".encode()).verify(witness.verifier)

    def test_keys_round_trip_and_notice_alteration(self) -> None:
        key = SigningKey.generate("log.example")
        assert SigningKey.parse(key.encode()).verifier == key.verifier == VerifierKey.parse(str(key.verifier))
        for altered in (
            str(key.verifier).replace("log.", "lag."),
            "log.example",
            "a+b+c",
            str(key.verifier)[:-5],
        ):
            with pytest.raises(NoteRefused):
                VerifierKey.parse(altered)
        with pytest.raises(NoteRefused):
            SigningKey.parse(key.encode().replace("log.", "lag."))

    def test_wrong_and_missing_signatures_are_told_apart(self) -> None:
        log, other = SigningKey.generate("log.example"), SigningKey.generate("log.example")
        data = sign_checkpoint(Checkpoint("log.example", 0, merkle.EMPTY_ROOT), [log])
        with pytest.raises(SignatureMissing, match="signed by"):
            open_checkpoint(data, other.verifier)
        with pytest.raises(SignatureWrong):
            open_checkpoint(data.replace(b"log.example\n0\n", b"log.example\n1\n"), log.verifier)

    @pytest.mark.parametrize(
        "data",
        [b"", b"text", b"text\n", b"text\n\n", b"text\n\n- name AAAAAAAA\n", b"text\n\n\xe2\x80\x94 name\n",
         b"\xff\n\n\xe2\x80\x94 name AAAAAAAA\n", b"te\x00xt\n\n\xe2\x80\x94 name AAAAAAAA\n",
         b"text\n\n\xe2\x80\x94 name AAAA\n", b"text\n\n\xe2\x80\x94 name !!!!!!!!\n",
         b"text\n\n\xe2\x80\x94 name AAAAAAAA"],
    )  # fmt: skip
    def test_malformed_notes_are_refused(self, data: bytes) -> None:
        with pytest.raises(NoteRefused):
            Note.parse(data)

    @pytest.mark.parametrize(
        "text", ["o\n1\n", "\n1\nAAAA\n", "o\n01\nAAAA\n", "o\n-1\nAAAA\n", "o\n1\nAAAA\n", "o\n٣\nx\n"]
    )
    def test_malformed_checkpoints_are_refused(self, text: str) -> None:
        with pytest.raises(NoteRefused):
            Checkpoint.parse(text)
