"""The small prefecture, loaded anew for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.kernel.places.prefecture import Prefecture, build
from tests.scenes import scene
from tianqu.kernel.places import api


@pytest.fixture
def prefecture(db: None, settings: Settings) -> Iterator[Prefecture]:
    """The small prefecture; who may do what is forgotten before and after. Passwords are hashed quickly."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    api.forget_actors()
    yield scene(build)
    api.forget_actors()
