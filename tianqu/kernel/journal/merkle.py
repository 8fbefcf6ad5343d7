"""Merkle trees of RFC 6962: hashes, an incremental tree, proofs and their verification. Pure functions of bytes.

A proof is made and checked by the same walk from the root of a tree down to what is proved: the walk says at each
step which sibling comes next, so that a proof that is too short, too long or out of order cannot pass. Subtrees
(ranges aligned to a power of two) are those of draft-ietf-plants-merkle-tree-certs, section 4; a consistency proof is
the case of a subtree that starts at 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256

from tianqu.base.errors import InvalidInput, _

HASH_BYTES = 32
EMPTY_ROOT = sha256().digest()

SubtreeRoot = Callable[[int, int], bytes]
"""The root of the entries ``start`` to ``end`` (exclusive), a range that a whole-tree walk arrives at."""


class ProofRefused(InvalidInput):
    """A proof that does not prove what it should."""

    code = "proof_refused"


def leaf_hash(entry: bytes) -> bytes:
    """Hash of an entry: SHA-256(0x00 ‖ entry)."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes, /) -> bytes:
    """Hash of an inner node: SHA-256(0x01 ‖ left ‖ right)."""
    return sha256(b"\x01" + left + right).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """Root over ``hashes``: leaves, or roots of complete subtrees of one height, the last one perhaps smaller."""
    if not hashes:
        return EMPTY_ROOT
    row = list(hashes)
    while len(row) > 1:
        odd = row[-1:] if len(row) % 2 else []
        row = [node_hash(row[n], row[n + 1]) for n in range(0, len(row) - 1, 2)] + odd
    return row[0]


class IncrementalTree:
    """A tree that keeps only the roots of its complete subtrees, at most one of each height."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []

    def append(self, leaf: bytes) -> None:
        """Add the hash of the next leaf."""
        hashed, below = leaf, self.size
        while below & 1:
            hashed = node_hash(self._peaks.pop(), hashed)
            below >>= 1
        self._peaks.append(hashed)
        self.size += 1

    def root(self) -> bytes:
        """Root of all leaves so far."""
        if not self._peaks:
            return EMPTY_ROOT
        root = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            root = node_hash(peak, root)
        return root


def inclusion_proof(index: int, *, size: int, subtree_root: SubtreeRoot) -> list[bytes]:
    """Siblings from the leaf at ``index`` up to the root of the first ``size`` leaves (RFC 6962, 2.1.1)."""
    if not 0 <= index < size:
        raise ProofRefused(
            _("There is no entry %(value)s in a tree of %(size)s entries."),
            field="index",
            value=index,
            size=size,
        )
    proof: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            proof.append(subtree_root(middle, end))
            end = middle
        else:
            proof.append(subtree_root(start, middle))
            start = middle
    return proof[::-1]


def consistency_proof(old_size: int, *, new_size: int, subtree_root: SubtreeRoot) -> list[bytes]:
    """What shows that the first ``new_size`` leaves begin with the first ``old_size`` (RFC 6962, 2.1.2)."""
    if not 0 <= old_size <= new_size:
        raise ProofRefused(
            _("A tree of %(size)s entries holds no earlier one of %(value)s."),
            field="old_size", value=old_size, size=new_size,
        )  # fmt: skip
    if old_size in (0, new_size):
        return []
    return _consistency(0, end=old_size, offset=0, size=new_size, whole=True, subtree_root=subtree_root)


def _consistency(
    start: int, *, end: int, offset: int, size: int, whole: bool, subtree_root: SubtreeRoot
) -> list[bytes]:
    """Proof of the range ``start`` to ``end`` within the ``size`` leaves after ``offset``."""
    if start == 0 and end == size:
        return [] if whole else [subtree_root(offset, offset + size)]
    left = _split(size)
    if end <= left:
        proof = _consistency(start, end=end, offset=offset, size=left, whole=whole, subtree_root=subtree_root)
        return [*proof, subtree_root(offset + left, offset + size)]
    inner = _consistency(
        max(start - left, 0), end=end - left, offset=offset + left, size=size - left,
        whole=whole and start >= left, subtree_root=subtree_root,
    )  # fmt: skip
    return [*inner, subtree_root(offset, offset + left)]


def verify_inclusion(index: int, *, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> None:
    """Raise ``ProofRefused`` unless ``leaf`` is the hash at ``index`` of the tree of ``size`` with ``root``."""
    if not 0 <= index < size:
        raise ProofRefused(
            _("There is no entry %(value)s in a tree of %(size)s entries."),
            field="index",
            value=index,
            size=size,
        )
    _check_lengths([leaf, *proof])
    siblings = iter(proof)
    computed = _climb(index, size=size, leaf=leaf, siblings=siblings)
    _check_exhausted(siblings)
    if computed != root:
        raise ProofRefused(
            _("The entry and its proof do not lead to the root that was signed."),
            field="root",
            remedy=_("The entry was altered, or this proof belongs to another one."),
        )


def verify_subtree_inclusion(
    index: int, *, start: int, end: int, leaf: bytes, proof: Sequence[bytes], root: bytes
) -> None:
    """Raise ``ProofRefused`` unless ``leaf`` is at ``index`` of the subtree ``start`` to ``end`` with ``root``."""
    _check_subtree(start, end=end)
    if not start <= index < end:
        raise ProofRefused(
            _("Entry %(value)s is not between %(start)s and %(end)s."),
            field="index", value=index, start=start, end=end,
        )  # fmt: skip
    verify_inclusion(index - start, size=end - start, leaf=leaf, proof=proof, root=root)


def verify_consistency(
    old_size: int, *, new_size: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes
) -> None:
    """Raise ``ProofRefused`` unless the tree with ``new_root`` begins with the one with ``old_root``.

    The empty tree is the beginning of every tree, and nothing can be proved of it: ``old_size`` is at least 1.
    """
    if old_size < 1:
        raise ProofRefused(_("Consistency with an empty tree says nothing."), field="old_size", value=old_size)
    verify_subtree_consistency(start=0, end=old_size, size=new_size, proof=proof, subtree_root=old_root, root=new_root)


def verify_subtree_consistency(
    *, start: int, end: int, size: int, proof: Sequence[bytes], subtree_root: bytes, root: bytes
) -> None:
    """Raise ``ProofRefused`` unless the subtree ``start`` to ``end`` is part of the tree of ``size`` with ``root``."""
    if end > size or start > end:
        raise ProofRefused(
            _("A tree of %(size)s entries holds no range %(start)s to %(end)s."),
            start=start,
            end=end,
            size=size,
        )
    if start == end:
        if proof or subtree_root != EMPTY_ROOT:
            raise ProofRefused(_("An empty range has the empty root and an empty proof."), field="proof")
        return
    _check_subtree(start, end=end)
    _check_lengths(proof)
    siblings = iter(proof)
    old, new = _climb_subtree(start, end=end, size=size, whole=subtree_root, siblings=siblings)
    _check_exhausted(siblings)
    if old != subtree_root or new != root:
        raise ProofRefused(
            _("The later tree does not begin with the earlier one."),
            field="proof",
            remedy=_("Keep both checkpoints: together they show that the log was rewritten."),
        )


def _split(size: int) -> int:
    """Largest power of two below ``size``: where a tree divides into left and right."""
    return 1 << ((size - 1).bit_length() - 1)


def _climb(index: int, *, size: int, leaf: bytes, siblings: Iterator[bytes]) -> bytes:
    """Root of the tree of ``size`` computed from the leaf at ``index``."""
    if size == 1:
        return leaf
    left = _split(size)
    if index < left:
        return node_hash(_climb(index, size=left, leaf=leaf, siblings=siblings), _next(siblings))
    inner = _climb(index - left, size=size - left, leaf=leaf, siblings=siblings)
    return node_hash(_next(siblings), inner)


def _climb_subtree(
    start: int, *, end: int, size: int, whole: bytes | None, siblings: Iterator[bytes]
) -> tuple[bytes, bytes]:
    """Roots of the range and of the tree of ``size`` around it; ``whole`` is the range's root while it is not cut."""
    if start == 0 and end == size:
        root = whole if whole is not None else _next(siblings)
        return root, root
    left = _split(size)
    if end <= left:
        old, new = _climb_subtree(start, end=end, size=left, whole=whole, siblings=siblings)
        return old, node_hash(new, _next(siblings))
    if start >= left:
        old, new = _climb_subtree(start - left, end=end - left, size=size - left, whole=whole, siblings=siblings)
        return old, node_hash(_next(siblings), new)
    old, new = _climb_subtree(0, end=end - left, size=size - left, whole=None, siblings=siblings)
    sibling = _next(siblings)
    return node_hash(sibling, old), node_hash(sibling, new)


def _next(siblings: Iterator[bytes]) -> bytes:
    sibling = next(siblings, None)
    if sibling is None:
        raise ProofRefused(_("The proof is too short."), field="proof", remedy=_("Hashes are missing from it."))
    return sibling


def _check_exhausted(siblings: Iterator[bytes]) -> None:
    if next(siblings, None) is not None:
        raise ProofRefused(_("The proof is too long."), field="proof", remedy=_("It has hashes to spare."))


def _check_lengths(hashes: Sequence[bytes]) -> None:
    for hashed in hashes:
        if len(hashed) != HASH_BYTES:
            raise ProofRefused(_("A hash has %(value)s bytes instead of 32."), field="proof", value=len(hashed))


def _check_subtree(start: int, *, end: int) -> None:
    """A subtree starts at a multiple of the smallest power of two that holds it."""
    if not 0 <= start < end or start % (1 << (end - start - 1).bit_length()) != 0:
        raise ProofRefused(_("%(start)s to %(end)s is no subtree."), start=start, end=end)
