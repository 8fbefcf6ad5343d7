"""A village with a book, loaded anew for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.kernel.ledgers.village import Village, build
from tests.scenes import scene
from tianqu.kernel.ledgers.api import forget_books
from tianqu.kernel.places.api import forget_actors


@pytest.fixture
def village(db: None, settings: Settings) -> Iterator[Village]:
    """The small prefecture with the books of two villages; what a process keeps in memory is forgotten."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    forget_actors()
    forget_books()
    yield scene(build)
    forget_actors()
    forget_books()
