"""The small prefecture, loaded anew for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.kernel.places.prefecture import Prefecture, build
from tianqu.kernel.places import api


@pytest.fixture
def prefecture(db: None) -> Iterator[Prefecture]:
    """The small prefecture; who may do what is forgotten before and after."""
    api.forget_actors()
    yield build()
    api.forget_actors()
