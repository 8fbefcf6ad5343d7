"""Two villages with what a desk looks at, loaded anew for each test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.scenes import scene
from tianqu.kernel.journal.api import Scope, set_scope
from tianqu.kernel.ledgers.api import forget_books
from tianqu.kernel.places.api import forget_actors
from tianqu.packs.village.tests.villages import Villages, build


@pytest.fixture
def villages(db: None, settings: Any) -> Iterator[Villages]:
    """Two villages with their accountants."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    forget_actors()
    forget_books()
    villages = scene(build)
    set_scope(villages.accountant.scope)
    yield villages
    set_scope(Scope())
    forget_actors()
    forget_books()
