"""A log of each test's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tianqu.kernel.journal.acts import _REGISTRY
from tianqu.kernel.journal.api import registered_acts
from tianqu.kernel.journal.log import _log_at


@pytest.fixture
def own_log(tmp_path: Path, settings: Any) -> Iterator[Path]:
    """An empty log with a key of its own; returns the folder it lies in."""
    settings.VAR = tmp_path
    settings.TIANQU_LOG_URL = str(tmp_path / "log")
    settings.TIANQU_LOG_ORIGIN = "tianqu.example/log"
    yield tmp_path / "log"
    _log_at.cache_clear()


@pytest.fixture
def forget_acts() -> Iterator[None]:
    """Take back the acts that a test declared."""
    before = registered_acts()
    yield
    _REGISTRY.clear()
    _REGISTRY.update(before)
