"""The journal's second door: what works with a file and a key alone, without Django and without a database."""

from tianqu.kernel.journal.merkle import ProofRefused, leaf_hash
from tianqu.kernel.journal.notes import Checkpoint, Note, NoteRefused, SigningKey, VerifierKey
from tianqu.kernel.journal.proofs import ProofFile, Verified, commitment, read_leaf, verify_proof_file
from tianqu.kernel.journal.reader import LogReader, Read, TileAltered

__all__ = [
    "Checkpoint",
    "LogReader",
    "Note",
    "NoteRefused",
    "ProofFile",
    "ProofRefused",
    "Read",
    "SigningKey",
    "TileAltered",
    "Verified",
    "VerifierKey",
    "commitment",
    "leaf_hash",
    "read_leaf",
    "verify_proof_file",
]
