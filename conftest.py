"""What every test stands on."""

from __future__ import annotations

import sys

import pytest
from django.core.cache import cache
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.database", "tests.emptying", "tests.passwords"]

# How long one example takes says more about the machine than about the law; a busy one must not fail it.
settings.register_profile("tianqu", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tianqu")


@pytest.fixture(autouse=True)
def _limits_begin_anew() -> None:
    """Forget how much was sent: the counts of the request limits live in the process and outlast a test."""
    cache.clear()
    for name in (
        "tianqu.web.middleware",
        "tianqu.web.api.limits",
        "tianqu.gateways.open311.limits",
        "tianqu.base.call_limits",
        "tianqu.web.uploads",
    ):
        if name in sys.modules:
            sys.modules[name]._limiter.storage.reset()
