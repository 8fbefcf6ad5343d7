"""The drawing is a pure function of seed and codes: held up to a fixed vector that sha256sum and sort gave."""

from __future__ import annotations

import hashlib
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tianqu.packs.village.findings.drawing import commitment_of, drawn, new_seed, rank

SEED = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
CODES = ["AFARWEF1N74", "QGPHNDCGT5E", "RQQ808MVAZM", "S33CSHVX0Q1", "SGZW3WHJJDD", "SYBS537HHHE", "8APSB3GZWR5"]


def test_the_fixed_vector() -> None:
    assert commitment_of(SEED) == "2a8abfa8cb9906290437854193ca6bca41d4d4e26d1d454bd66a35158095e737"
    assert drawn(SEED, CODES, count=3) == ["SGZW3WHJJDD", "RQQ808MVAZM", "AFARWEF1N74"]
    assert rank(SEED, code=CODES[0]) == "2702cba2dd02a95bd97e94b2792c5933611327db351f930f6825c7df090a299c"


def test_with_a_shell_anybody_draws_the_same(tmp_path: object) -> None:
    if not (shutil.which("sha256sum") and shutil.which("sh")):
        pytest.skip("there is no sha256sum on this machine")
    script = (
        'while read -r code; do printf "%s %s\\n" "$(printf %s "$seed:$code" | sha256sum | cut -c1-64)" "$code";'
        " done | sort | head -n 3 | cut -d' ' -f2"
    )
    found = subprocess.run(
        ["sh", "-c", script], input="\n".join(CODES) + "\n", env={"seed": SEED, "PATH": "/usr/bin:/bin"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert found.stdout.split() == drawn(SEED, CODES, count=3)


@given(st.sets(st.text("0123456789ABCDEFGHJKMNPQRSTVWXYZ", min_size=11, max_size=11), max_size=40), st.integers(0, 50))
def test_order_and_repetition_of_the_list_change_nothing(codes: set[str], count: int) -> None:
    listed = sorted(codes)
    found = drawn(SEED, listed, count=count)
    assert found == drawn(SEED, [*reversed(listed), *listed], count=count)
    assert len(found) == min(count, len(codes)) and set(found) <= codes
    assert found == drawn(SEED, listed, count=count + 1)[:count]


def test_seeds_are_long_and_differ() -> None:
    seeds = {new_seed() for _n in range(50)}
    assert len(seeds) == 50 and {len(seed) for seed in seeds} == {64}
    assert all(commitment_of(seed) == hashlib.sha256(seed.encode()).hexdigest() for seed in seeds)
