"""The packs that were to prove that a pack is thin stay as short as they are (docs/decisions/0031)."""

from __future__ import annotations

import pytest

from tools.pack_lines import lines_of

DONE_MAX = 1_300  # lines of acts, queries and pages


@pytest.mark.parametrize("pack", ("practice", "culture"))
def test_a_pack_does_little(pack: str) -> None:
    told = lines_of(pack)
    assert 500 < told.done <= DONE_MAX, f"{pack} does {told.done} lines; what others could use belongs into the kernel"
    assert told.imports + told.declared + told.done == told.code < told.all
