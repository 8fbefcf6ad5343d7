"""The log over HTTP, followed by a monitor that was written from the specifications alone."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.test import Client

from tests.kernel.journal.logs import sequence, write_entries
from tianqu.kernel.journal.log import _log_at
from tianqu.kernel.journal.models import Sequence
from tianqu.kernel.journal.notes import Checkpoint, SigningKey, sign_checkpoint

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def own_log(tmp_path: Path, settings: Any) -> Iterator[None]:
    settings.VAR = tmp_path
    settings.TIANQU_LOG_URL = str(tmp_path / "log")
    settings.TIANQU_LOG_ORIGIN = "tianqu.example/log"
    yield
    _log_at.cache_clear()


class Monitor:
    """Reads a log as a stranger would: checkpoint, entries and tiles over HTTP, every hash recomputed."""

    def __init__(self, client: Client, vkey: str) -> None:
        self.client = client
        name, key_id, material = vkey.split("+", 2)
        raw = base64.b64decode(material)
        assert raw[0] == 1
        assert hashlib.sha256(name.encode() + b"\n" + raw).hexdigest()[:8] == key_id
        self.name, self.key_id, self.key = name, bytes.fromhex(key_id), Ed25519PublicKey.from_public_bytes(raw[1:])

    def get(self, path: str) -> bytes:
        response = self.client.get(f"/log/{path}")
        assert response.status_code == 200, path
        return response.content

    def checkpoint(self) -> tuple[int, bytes]:
        note = self.get("checkpoint").decode()
        text, signatures = note.rsplit("\n\n", 1)
        line = next(line for line in signatures.splitlines() if line.startswith(f"— {self.name} "))
        raw = base64.b64decode(line.split(" ")[2])
        assert raw[:4] == self.key_id
        self.key.verify(raw[4:], (text + "\n").encode())
        origin, size, root = text.split("\n")
        assert origin == "tianqu.example/log"
        return int(size), base64.b64decode(root)

    def tile_path(self, level: str, n: int, width: int) -> str:
        digits = f"{n:03}"
        while len(digits) % 3:
            digits = "0" + digits
        groups = [digits[i : i + 3] for i in range(0, len(digits), 3)]
        path = "/".join([*("x" + g for g in groups[:-1]), groups[-1]])
        return f"tile/{level}/{path}" + (f".p/{width}" if width < 256 else "")

    def entries(self, size: int) -> list[bytes]:
        entries: list[bytes] = []
        for n in range((size + 255) // 256):
            width = min(256, size - n * 256)
            data, at, count = self.get(self.tile_path("entries", n, width)), 0, 0
            while at < len(data):
                length = data[at] * 256 + data[at + 1]
                entries.append(data[at + 2 : at + 2 + length])
                at, count = at + 2 + length, count + 1
            assert count == width
        return entries

    def mth(self, leaves: list[bytes]) -> bytes:
        if len(leaves) == 1:
            return leaves[0]
        k = 1
        while 2 * k < len(leaves):
            k *= 2
        return hashlib.sha256(b"\x01" + self.mth(leaves[:k]) + self.mth(leaves[k:])).digest()

    def check_everything(self) -> list[bytes]:
        size, root = self.checkpoint()
        entries = self.entries(size)
        hashes = [hashlib.sha256(b"\x00" + entry).digest() for entry in entries]
        assert self.mth(hashes) == root
        level = 0
        while hashes:
            for n in range((len(hashes) + 255) // 256):
                expected = hashes[n * 256 : (n + 1) * 256]
                assert self.get(self.tile_path(str(level), n, len(expected))) == b"".join(expected)
            hashes = [self.mth(hashes[n : n + 256]) for n in range(0, len(hashes) - 255, 256)]
            level += 1
        assert level == 2 if size >= 256 else 1
        return entries


def test_a_stranger_verifies_the_whole_log(client: Client) -> None:
    write_entries(700)
    sequence()
    monitor = Monitor(client, client.get("/log/key").content.decode().strip())
    entries = monitor.check_everything()
    leaves = Sequence.objects.order_by("index").values_list("entry__leaf", flat=True)
    assert entries == [bytes(leaf) for leaf in leaves]
    assert len(entries) == 700
    write_entries(100)
    sequence()
    assert monitor.check_everything()[:700] == entries


def test_the_log_shows_no_body(client: Client) -> None:
    write_entries(10)
    sequence()
    data = client.get("/log/tile/entries/000.p/10").content
    assert b"test.write" in data
    assert b"probe" not in data
    assert b'"n"' not in data


def test_headers_are_those_of_the_specification(client: Client) -> None:
    write_entries(300)
    sequence()
    checkpoint = client.get("/log/checkpoint")
    assert checkpoint["Content-Type"] == "text/plain; charset=utf-8"
    assert checkpoint["Cache-Control"] == "no-cache"
    for path in ("tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1", "tile/entries/000", "tile/entries/001.p/44"):
        tile = client.get(f"/log/{path}")
        assert tile.status_code == 200
        assert tile["Content-Type"] == "application/octet-stream"
        assert "immutable" in tile["Cache-Control"]
        assert "Cookie" not in tile.get("Vary", "")
        assert not tile.cookies
    assert len(client.get("/log/tile/0/000").content) == 8192
    assert client.head("/log/checkpoint").status_code == 200
    assert client.post("/log/checkpoint").status_code == 405
    packed = client.get("/log/tile/entries/000", headers={"Accept-Encoding": "gzip"})
    assert packed["Content-Encoding"] == "gzip"


def test_partial_tiles_stay_readable_when_they_are_full(client: Client) -> None:
    write_entries(300)
    sequence()
    before = {path: client.get(path).content for path in ("/log/tile/0/001.p/44", "/log/tile/entries/001.p/44")}
    write_entries(300)
    sequence()
    assert {path: client.get(path).content for path in before} == before


@pytest.mark.parametrize(
    "path",
    ["tile/0/001", "tile/0/002.p/1", "tile/0/000.p/0", "tile/0/000.p/256", "tile/00/000", "tile/0/0", "tile/64/000",
     "tile/entries/x000/000", "tile/0/..%2f..%2fkeys", "tile/../keys/log.key", "tile/%2e%2e/keys/log.key",
     "tile/0/000/", "nothing", "tile/", "keys/log.key"],
)  # fmt: skip
def test_nonsense_is_not_found(client: Client, path: str) -> None:
    write_entries(300)
    sequence()
    assert client.get(f"/log/{path}").status_code == 404


def test_before_the_first_checkpoint_there_is_none(client: Client) -> None:
    assert client.get("/log/checkpoint").status_code == 404


class TestAsAWitness:
    KEY = SigningKey.generate("other.example/log")

    def request(self, old: int) -> bytes:
        root = hashlib.sha256(b"\x00leaf").digest()
        return f"old {old}\n\n".encode() + sign_checkpoint(Checkpoint("other.example/log", 1, root), [self.KEY])

    def post(self, client: Client, body: bytes) -> Any:
        return client.post("/log/witness/add-checkpoint", data=body, content_type="text/plain")

    def test_it_is_off_unless_it_is_told_whose_logs(self, client: Client) -> None:
        assert self.post(client, self.request(0)).status_code == 404

    def test_it_cosigns_the_logs_it_knows(self, tmp_path: Path, settings: Any) -> None:
        logs = tmp_path / "logs.txt"
        logs.write_text(f"{self.KEY.verifier}\n")
        settings.TIANQU_WITNESS_LOGS = str(logs)
        client = Client(enforce_csrf_checks=True)
        answer = self.post(client, self.request(0))
        assert answer.status_code == 200
        assert answer.content.decode().startswith("— tianqu.example/log/witness ")
        again = self.post(client, self.request(0))
        assert (again.status_code, again.content, again["Content-Type"]) == (409, b"1\n", "text/x.tlog.size")
        digest = hashlib.sha256(b"other.example/log").hexdigest()
        assert client.get(f"/log/witness/{digest}/checkpoint").content.startswith(b"other.example/log\n1\n")
        assert client.get(f"/log/witness/{'0' * 64}/checkpoint").status_code == 404
        assert self.post(client, bytes(400_000)).status_code == 413
