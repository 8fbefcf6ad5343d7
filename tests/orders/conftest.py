"""A small prefecture with an item, a calendar and somebody in each role, for the tests of orders."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.orders.hotline import Hotline, build
from tests.scenes import scene
from tianqu.kernel.orders.api import forget_catalogue
from tianqu.kernel.places.api import forget_actors


@pytest.fixture
def hotline(db: None) -> Iterator[Hotline]:
    """The small hotline; what a process keeps in memory is forgotten before and after."""
    forget_actors()
    forget_catalogue()
    yield scene(build)
    forget_actors()
    forget_catalogue()
