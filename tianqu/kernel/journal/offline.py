"""The journal's second door: what works with a file and a key alone, without Django and without a database."""

from tianqu.kernel.journal.merkle import ProofRefused
from tianqu.kernel.journal.notes import NoteRefused, SigningKey, VerifierKey
from tianqu.kernel.journal.proofs import ProofFile, Verified, verify_proof_file

__all__ = [
    "NoteRefused",
    "ProofFile",
    "ProofRefused",
    "SigningKey",
    "Verified",
    "VerifierKey",
    "verify_proof_file",
]
