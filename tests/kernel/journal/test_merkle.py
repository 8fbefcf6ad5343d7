"""Merkle trees against 518 cases of transparency-dev/merkle (Apache-2.0) and against a naive recursion."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.kernel.journal.vectors import vector_files
from tianqu.kernel.journal import merkle
from tianqu.kernel.journal.merkle import ProofRefused

LEAVES_MAX = 90


def naive_root(leaves: Sequence[bytes]) -> bytes:
    """MTH of RFC 6962, section 2.1, word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha256(b"\x01" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


def naive_path(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PATH of RFC 6962, section 2.1.1, word for word."""
    if len(leaves) == 1:
        return []
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if index < k:
        return [*naive_path(index, leaves[:k]), naive_root(leaves[k:])]
    return [*naive_path(index - k, leaves[k:]), naive_root(leaves[:k])]


def naive_subproof(m: int, leaves: Sequence[bytes], known: bool = True) -> list[bytes]:
    """SUBPROOF of RFC 6962, section 2.1.2, word for word."""
    n = len(leaves)
    if m == n:
        return [] if known else [naive_root(leaves)]
    k = 1
    while k * 2 < n:
        k *= 2
    if m <= k:
        return [*naive_subproof(m, leaves[:k], known), naive_root(leaves[k:])]
    return [*naive_subproof(m - k, leaves[k:], False), naive_root(leaves[:k])]


def some_leaves(count: int) -> list[bytes]:
    return [merkle.leaf_hash(str(n).encode()) for n in range(count)]


def check_case(path: str, case: dict[str, Any]) -> None:
    decoded = {k: base64.b64decode(v or "") for k, v in case.items() if k in {"root", "root1", "root2", "leafHash"}}
    proof = [base64.b64decode(line) for line in case["proof"] or []]
    kind = path.split("/")[1]
    if kind == "inclusion":
        merkle.verify_inclusion(
            case["leafIdx"],
            size=case["treeSize"],
            leaf=decoded["leafHash"],
            proof=proof,
            root=decoded["root"],
        )
    elif kind == "subtreeinclusion":
        merkle.verify_subtree_inclusion(
            case["leafIdx"], start=case["start"], end=case["end"], leaf=decoded["leafHash"], proof=proof,
            root=decoded["root"],
        )  # fmt: skip
    elif kind == "consistency":
        merkle.verify_consistency(
            case["size1"],
            new_size=case["size2"],
            proof=proof,
            old_root=decoded["root1"],
            new_root=decoded["root2"],
        )
    else:
        assert kind == "subtreeconsistency", kind
        merkle.verify_subtree_consistency(
            start=case["start"], end=case["end"], size=case["size"], proof=proof, subtree_root=decoded["root1"],
            root=decoded["root2"],
        )  # fmt: skip


def test_all_cases_of_another_project() -> None:
    files = vector_files("merkle-testdata.tar.gz")
    cases = {path: json.loads(data) for path, data in files.items() if path.endswith(".json")}
    assert len(cases) == 518
    wrong = []
    for path, case in cases.items():
        try:
            check_case(path, case)
            refused = ""
        except ProofRefused as error:
            refused = str(error)
        if bool(refused) != case["wantErr"]:
            wrong.append((path, case["desc"], refused))
    assert wrong == []
    assert sum(case["wantErr"] for case in cases.values()) not in (0, 518)


@given(st.integers(0, LEAVES_MAX))
def test_roots_are_those_of_the_recursion(count: int) -> None:
    leaves = some_leaves(count)
    tree = merkle.IncrementalTree()
    for leaf in leaves:
        tree.append(leaf)
    assert tree.root() == merkle.root_of(leaves) == naive_root(leaves)
    assert tree.size == count


@given(st.data())
def test_inclusion_proofs_are_those_of_the_recursion_and_verify(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, LEAVES_MAX))
    index = data.draw(st.integers(0, count - 1))
    leaves = some_leaves(count)
    proof = merkle.inclusion_proof(index, size=count, subtree_root=lambda a, b: naive_root(leaves[a:b]))
    assert proof == naive_path(index, leaves)
    root = naive_root(leaves)
    merkle.verify_inclusion(index, size=count, leaf=leaves[index], proof=proof, root=root)
    other = data.draw(st.integers(0, count - 1).filter(lambda n: n != index)) if count > 1 else index
    if other != index:
        with pytest.raises(ProofRefused):
            merkle.verify_inclusion(other, size=count, leaf=leaves[index], proof=proof, root=root)


@given(st.data())
def test_consistency_proofs_are_those_of_the_recursion_and_verify(data: st.DataObject) -> None:
    new = data.draw(st.integers(1, LEAVES_MAX))
    old = data.draw(st.integers(1, new))
    leaves = some_leaves(new)
    proof = merkle.consistency_proof(old, new_size=new, subtree_root=lambda a, b: naive_root(leaves[a:b]))
    assert proof == naive_subproof(old, leaves)
    roots = {"old_root": naive_root(leaves[:old]), "new_root": naive_root(leaves)}
    merkle.verify_consistency(old, new_size=new, proof=proof, **roots)
    if proof:
        damaged = data.draw(st.integers(0, len(proof) - 1))
        bad = [*proof[:damaged], sha256(proof[damaged]).digest(), *proof[damaged + 1 :]]
        with pytest.raises(ProofRefused):
            merkle.verify_consistency(old, new_size=new, proof=bad, **roots)
        with pytest.raises(ProofRefused, match="too short"):
            merkle.verify_consistency(old, new_size=new, proof=proof[:-1], **roots)
        with pytest.raises(ProofRefused, match="too long"):
            merkle.verify_consistency(old, new_size=new, proof=[*proof, proof[0]], **roots)
