"""The store of parts, on this machine and as an object store."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from tianqu.base.identifiers import new_identifier
from tianqu.kernel.datasets import storage


@pytest.mark.parametrize("scheme", ["file", "memory"])
def test_a_part_that_is_wanted_again_is_young_again(settings: Any, tmp_path: Path, scheme: str) -> None:
    """Otherwise the sweep could take it between its making and its version."""
    settings.TIANQU_DATASETS_URL = f"memory://{new_identifier()}" if scheme == "memory" else str(tmp_path / "store")

    def kept() -> str:
        path = tmp_path / "part"
        path.write_bytes(b"the same")
        return storage.keep(path)[0]

    digest = kept()
    between = timezone.now()
    assert list(storage.parts_written(before=between + timedelta(seconds=1))) == [digest]
    assert kept() == digest
    assert list(storage.parts_written(before=between)) == []
    assert b"".join(storage.pieces(digest)) == b"the same"
