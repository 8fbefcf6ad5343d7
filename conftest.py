"""What every test stands on."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

from tests.limits import forget_calls

pytest_plugins = ["tests.database", "tests.emptying", "tests.passwords"]

# How long one example takes says more about the machine than about the law; a busy one must not fail it.
settings.register_profile("tianqu", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tianqu")


@pytest.fixture(autouse=True)
def _limits_begin_anew() -> None:
    """The counts outlast a test."""
    forget_calls()
