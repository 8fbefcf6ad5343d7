"""The stage of civic practice, laid anew for each test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.scenes import scene
from tianqu.kernel.orders.api import forget_catalogue
from tianqu.kernel.places.api import forget_actors
from tianqu.packs.practice.tests.stage import Stage, build


@pytest.fixture
def stage(db: None, settings: Any) -> Iterator[Stage]:
    """Two stations with their teams and leaders."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    forget_actors()
    forget_catalogue()
    yield scene(build)
    forget_actors()
    forget_catalogue()
