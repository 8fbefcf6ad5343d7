"""A witness of transparency logs: https://c2sp.org/tlog-witness. Needs no Django and no PostgreSQL.

A witness remembers the latest checkpoint of each log it knows, and cosigns another one only if that continues it. Two
people who trust one witness can therefore not be shown two different logs.
"""

from __future__ import annotations

import base64
import hashlib
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tianqu.base.errors import InvalidInput, _
from tianqu.kernel.journal.merkle import EMPTY_ROOT, HASH_BYTES, ProofRefused, verify_consistency
from tianqu.kernel.journal.notes import (
    COSIGNATURE,
    Checkpoint,
    Note,
    NoteRefused,
    SigningKey,
    VerifierKey,
    decode_base64,
    parse_signature,
    parse_size,
)

PROOF_LINES_MAX = 63
REQUEST_BYTES_MAX = 300_000
TEXT = "text/plain; charset=utf-8"
SIZE = "text/x.tlog.size"
WAIT_SECONDS = 10  # for another request on the same state


@dataclass(frozen=True, slots=True)
class AddCheckpoint:
    """An add-checkpoint request: what the log believes the witness has, and what it shall see now."""

    old_size: int
    proof: tuple[bytes, ...]
    checkpoint: bytes

    def encode(self) -> bytes:
        """The request's body."""
        lines = [f"old {self.old_size}", *(base64.b64encode(hashed).decode() for hashed in self.proof), "", ""]
        return "\n".join(lines).encode() + self.checkpoint

    @classmethod
    def parse(cls, data: bytes) -> AddCheckpoint:
        """Read a request's body. Raises ``NoteRefused``."""
        head, separator, checkpoint = data.partition(b"\n\n")
        if not separator or len(data) > REQUEST_BYTES_MAX:
            raise NoteRefused(_("This is not an add-checkpoint request."), remedy=_("See c2sp.org/tlog-witness."))
        try:
            lines = head.decode("ascii").split("\n")
        except UnicodeDecodeError:
            lines = [""]
        if not lines[0].startswith("old "):
            raise NoteRefused(_("The first line is not “old” and a size."), field="old")
        proof = tuple(decode_base64(line, field="proof") for line in lines[1:])
        if len(proof) > PROOF_LINES_MAX or any(len(hashed) != HASH_BYTES for hashed in proof):
            raise NoteRefused(_("The proof is not at most 63 hashes of 32 bytes."), field="proof")
        return cls(parse_size(lines[0].removeprefix("old ")), proof, checkpoint)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a witness answers: HTTP status, body, media type."""

    status: int
    body: bytes
    media_type: str = TEXT


class WitnessStore:
    """The latest checkpoint of each log, in one SQLite file: checked and replaced in one transaction."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        with self._open() as database:
            database.execute(
                "CREATE TABLE IF NOT EXISTS seen (origin TEXT PRIMARY KEY, digest TEXT UNIQUE, note BLOB NOT NULL)"
            )

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        database = sqlite3.connect(self._path, timeout=WAIT_SECONDS, isolation_level=None)
        try:
            database.execute("PRAGMA synchronous = FULL")
            yield database
        finally:
            database.close()

    @contextmanager
    def change(self, origin: str) -> Iterator[tuple[bytes | None, Callable[[bytes], None]]]:
        """The note kept for ``origin`` and a function to replace it, with nobody else in between."""
        digest = hashlib.sha256(origin.encode()).hexdigest()
        with self._open() as database:
            database.execute("BEGIN IMMEDIATE")
            try:
                row = database.execute("SELECT note FROM seen WHERE origin = ?", [origin]).fetchone()

                def replace(note: bytes) -> None:
                    database.execute("INSERT OR REPLACE INTO seen VALUES (?, ?, ?)", [origin, digest, note])

                yield (row[0] if row else None), replace
                database.execute("COMMIT")
            except BaseException:
                database.execute("ROLLBACK")
                raise

    def by_digest(self, digest: str) -> bytes | None:
        """The note kept for the origin whose SHA-256 is ``digest`` in hexadecimal digits."""
        with self._open() as database:
            row = database.execute("SELECT note FROM seen WHERE digest = ?", [digest]).fetchone()
        return row[0] if row else None


class Witness:
    """A witness with its key, the logs it knows (origin → verifier keys), and what it has seen."""

    def __init__(
        self,
        key: SigningKey,
        *,
        logs: Mapping[str, Sequence[VerifierKey]],
        store: WitnessStore,
        clock: Callable[[], float] = time.time,
    ) -> None:
        assert key.kind == COSIGNATURE, "a witness cosigns"
        self._key = key
        self._logs = logs
        self._store = store
        self._clock = clock

    def checkpoint(self, digest: str) -> Answer:
        """The latest cosigned checkpoint of the log whose origin hashes to ``digest``, for monitors."""
        note = self._store.by_digest(digest)
        return Answer(404, b"No checkpoint of such a log was seen.\n") if note is None else Answer(200, note)

    def add_checkpoint(self, data: bytes) -> Answer:
        """Cosign a checkpoint that continues the latest one, or say why not."""
        try:
            request = AddCheckpoint.parse(data)
            note = Note.parse(request.checkpoint)
            checkpoint = Checkpoint.parse(note.text)
        except InvalidInput as error:
            return _refused(400, error)
        keys = self._logs.get(checkpoint.origin)
        if not keys:
            return Answer(404, f"The log {checkpoint.origin} is not known here.\n".encode())
        try:
            signatures = _trusted(note, keys)
        except NoteRefused as error:
            return _refused(403, error)
        if request.old_size > checkpoint.size:
            return Answer(400, b"The old size is above the checkpoint's.\n")
        with self._store.change(checkpoint.origin) as (seen, replace):
            before = Checkpoint.parse(Note.parse(seen).text) if seen else Checkpoint(checkpoint.origin, 0, EMPTY_ROOT)
            if request.old_size != before.size:
                return Answer(409, f"{before.size}\n".encode(), SIZE)
            if before.size == checkpoint.size and before.root != checkpoint.root and seen:
                return Answer(409, b"Another checkpoint of this size was seen.\n")
            try:
                check_continues(before, checkpoint, request.proof)
            except ProofRefused as error:
                return _refused(422, error)
            line = self._key.sign(note.text, time=int(self._clock())).encode()
            replace(f"{note.text}\n{signatures}".encode() + line)
        return Answer(200, line)


def check_continues(before: Checkpoint, after: Checkpoint, proof: Sequence[bytes]) -> None:
    """Raise ``ProofRefused`` unless ``after`` continues ``before``, as ``proof`` shows."""
    if after.size == 0 and after.root != EMPTY_ROOT:
        raise ProofRefused(_("An empty tree has another root."), field="root")
    if before.size == 0:
        if proof:
            raise ProofRefused(_("From an empty tree on, the proof is empty."), field="proof")
        return
    verify_consistency(before.size, new_size=after.size, proof=proof, old_root=before.root, new_root=after.root)


def read_logs(text: str) -> dict[str, list[VerifierKey]]:
    """Read the logs that a witness knows: a line each, a verifier key, or an origin, a space and a verifier key.

    Empty lines and those that begin with # are left out. Raises ``NoteRefused``.
    """
    logs: dict[str, list[VerifierKey]] = {}
    for line in text.splitlines():
        words = line.split()
        if words and not words[0].startswith("#"):
            key = VerifierKey.parse(words[-1])
            logs.setdefault(words[0] if len(words) == 2 else key.name, []).append(key)
    return logs


def read_cosignatures(answer: bytes, text: str, key: VerifierKey) -> str:
    """The lines of a witness's ``answer`` that are by ``key`` and fit ``text``. Raises ``NoteRefused``."""
    try:
        lines = answer.decode().splitlines()
    except UnicodeDecodeError:
        raise NoteRefused(_("The witness did not answer with signature lines."), field="signature") from None
    signatures = [signature for line in lines if (signature := parse_signature(line)).by(key)]
    if not signatures:
        raise NoteRefused(_("The witness answered without a signature by its key."), field="signature")
    for signature in signatures:
        signature.verify(text, key)
    return "".join(signature.line() for signature in signatures)


def _trusted(note: Note, keys: Sequence[VerifierKey]) -> str:
    """The signature lines by ``keys``; raises ``NoteRefused`` when there is none, or one that does not fit."""
    lines = []
    for key in keys:
        for signature in note.signatures:
            if signature.by(key):
                signature.verify(note.text, key)
                lines.append(signature.line())
    if not lines:
        note.verify(keys[0])
    return "".join(lines)


def _refused(status: int, error: InvalidInput) -> Answer:
    return Answer(status, f"{error}\n".encode())
