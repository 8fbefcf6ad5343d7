"""Proofs that travel: https://c2sp.org/tlog-proof@v1, with the public leaf as the extra data. Needs no database.

Whoever holds such a file and the log's verifier key can check it on any machine, without asking anybody.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from tianqu.base.canonical import canonical_bytes
from tianqu.base.errors import InvalidInput, _
from tianqu.kernel.journal.merkle import HASH_BYTES, ProofRefused, leaf_hash, verify_inclusion
from tianqu.kernel.journal.notes import (
    Checkpoint,
    Note,
    VerifierKey,
    decode_base64,
    parse_size,
)

HEADER = "c2sp.org/tlog-proof@v1"
PROOF_LINES_MAX = 63
PROOF_BYTES_MAX = 1_000_000


@dataclass(frozen=True, slots=True)
class ProofFile:
    """An entry's place in the log: its public leaf, its index, its siblings, and the signed checkpoint."""

    leaf: bytes
    index: int
    proof: tuple[bytes, ...]
    checkpoint: bytes

    def encode(self) -> bytes:
        """The file as it is handed out (``.tlog-proof``)."""
        lines = [HEADER, f"extra {base64.b64encode(self.leaf).decode()}", f"index {self.index}"]
        lines += [base64.b64encode(hashed).decode() for hashed in self.proof]
        return "".join(line + "\n" for line in lines).encode() + b"\n" + self.checkpoint

    @classmethod
    def parse(cls, data: bytes) -> ProofFile:
        """Take a proof file apart without trusting it. Raises ``ProofRefused`` or ``NoteRefused``."""
        if len(data) > PROOF_BYTES_MAX:
            raise ProofRefused(_("The file has %(value)s bytes, more than a proof has."), value=len(data))
        head, separator, checkpoint = data.partition(b"\n\n")
        try:
            lines = head.decode("ascii").split("\n")
        except UnicodeDecodeError:
            lines = [""]
        if lines[0] != HEADER:
            raise ProofRefused(
                _("This is not a proof file."), field="file", remedy=_("Its first line is c2sp.org/tlog-proof@v1.")
            )
        if not separator or not checkpoint:
            raise ProofRefused(_("The file is cut short: the checkpoint is missing."), field="file")
        extra = lines.pop(1) if len(lines) > 1 and lines[1].startswith("extra ") else ""
        if not extra or len(lines) < 2 or not lines[1].startswith("index "):
            raise ProofRefused(_("The file is cut short: the entry or its index is missing."), field="file")
        if len(lines) - 2 > PROOF_LINES_MAX:
            raise ProofRefused(_("The proof has %(value)s hashes, more than any tree needs."), value=len(lines) - 2)
        proof = tuple(decode_base64(line, field="proof") for line in lines[2:])
        if any(len(hashed) != HASH_BYTES for hashed in proof):
            raise ProofRefused(_("A line of the proof is not a hash of 32 bytes."), field="proof")
        leaf = decode_base64(extra.removeprefix("extra "), field="extra")
        return cls(leaf, parse_size(lines[1].removeprefix("index ")), proof, checkpoint)


@dataclass(frozen=True, slots=True)
class Verified:
    """What a proof file shows: each sentence is true if the keys are the right ones."""

    statements: tuple[str, ...]
    checkpoint: Checkpoint
    leaf: dict[str, object]


def verify_proof_file(
    data: bytes,
    key: VerifierKey,
    *,
    witnesses: Sequence[VerifierKey] = (),
    body: bytes | None = None,
    salt: bytes | None = None,
) -> Verified:
    """Check a proof file against the log's ``key``, and a private body (with its salt) against its commitment.

    ``witnesses`` must each have cosigned the checkpoint. Raises ``ProofRefused``, ``NoteRefused`` or their kinds with
    a sentence that names what is wrong.
    """
    file = ProofFile.parse(data)
    note = Note.parse(file.checkpoint)
    checkpoint = Checkpoint.parse(note.text)
    note.verify(key)
    statements = [
        f"The log {checkpoint.origin} signed, with the key {key}, that it holds {checkpoint.size:,} entries.",
    ]
    for witness in witnesses:
        for time in note.verify(witness):
            at = datetime.fromtimestamp(time or 0, UTC)
            statements.append(f"The witness {witness.name} saw the same log on {at:%Y-%m-%d %H:%M:%S} UTC.")
    verify_inclusion(
        file.index, size=checkpoint.size, leaf=leaf_hash(file.leaf), proof=file.proof, root=checkpoint.root
    )
    statements.append(f"Entry {file.index:,} of that log is exactly this one (leaf hash {leaf_hash(file.leaf).hex()}).")
    leaf = read_leaf(file.leaf)
    named = "an act that the log does not name (sealed)" if leaf["act"] == "sealed" else f"the act “{leaf['act']}”"
    place = f", number {leaf['book_sequence']:,} in the book “{leaf['book']}”" if "book" in leaf else ""
    statements.append(f"It records {named}{place}.")
    if body is not None:
        statements.append(_body_statement(leaf, body, salt=salt))
    return Verified(tuple(statements), checkpoint, leaf)


def read_leaf(data: bytes) -> dict[str, object]:
    """A public leaf as an object. Raises ``ProofRefused`` for one that is no entry of a journal."""
    try:
        leaf = json.loads(data)
        if isinstance(leaf, dict) and {"act", "commitment", "format"} <= leaf.keys() and canonical_bytes(leaf) == data:
            return leaf
    except (ValueError, InvalidInput, RecursionError):
        pass
    raise ProofRefused(_("The entry is not one of a journal: its leaf cannot be read."), field="extra")


def commitment(*, body: bytes, salt: bytes) -> str:
    """What a public leaf says of a private body: SHA-256(salt ‖ body) in hexadecimal digits."""
    return hashlib.sha256(salt + body).hexdigest()


def _body_statement(leaf: dict[str, object], body: bytes, *, salt: bytes | None) -> str:
    if salt is None:
        raise ProofRefused(
            _("The salt of the body is missing."), field="salt", remedy=_("It stands beside the body where you got it.")
        )
    bodies = [body, body.rstrip(b"\r\n")]
    if any(commitment(body=candidate, salt=salt) == leaf["commitment"] for candidate in bodies):
        return "The private body that you hold is the one this entry commits to, byte for byte."
    raise ProofRefused(
        _("The private body is not the one this entry commits to."),
        field="body",
        remedy=_("It or its salt was altered, or belongs to another entry."),
    )
