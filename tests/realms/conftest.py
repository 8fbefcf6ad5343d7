"""A realm of a test's own, and a log."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.kernel.journal.conftest import own_log
from tianqu.kernel.orders.api import forget_catalogue
from tianqu.kernel.places.api import forget_actors
from tianqu.project.realm_content import prepare_realm

__all__ = ["own_log"]


@pytest.fixture
def realm(db: None) -> Iterator[None]:
    """The council districts of New York."""
    forget_actors()
    forget_catalogue()
    prepare_realm("nyc-council")
    yield
    forget_actors()
    forget_catalogue()
