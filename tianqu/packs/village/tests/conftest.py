"""Villages for the tests of the registers, loaded anew for each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.scenes import scene
from tianqu.kernel.journal.api import Scope, set_scope
from tianqu.kernel.places.api import forget_actors
from tianqu.packs.village.tests.villages import Villages, build
from tianqu.packs.village.tests.walls import WallVillage, build_walls


@pytest.fixture
def villages(db: None, settings: Any) -> Iterator[Villages]:
    """Two villages with their accountants."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    forget_actors()
    villages = scene(build)
    set_scope(villages.accountant.scope)  # as the middleware does for whoever asks
    yield villages
    set_scope(Scope())
    forget_actors()


@pytest.fixture
def wall_village(db: None, settings: Any) -> Iterator[WallVillage]:
    """A village with a book, whose accountant publishes posters."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    forget_actors()
    village = scene(build_walls)
    set_scope(village.accountant.scope)
    yield village
    set_scope(Scope())
    forget_actors()
