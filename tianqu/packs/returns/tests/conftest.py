"""Returns on their stage, loaded anew for each test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.scenes import scene
from tianqu.kernel.journal.api import Scope, set_scope
from tianqu.kernel.orders.api import forget_catalogue
from tianqu.kernel.places.api import forget_actors
from tianqu.packs.returns.tests.stage import Stage, build


@pytest.fixture
def stage(db: None, settings: Any) -> Iterator[Stage]:
    """An office, two counties, and who files for them."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    forget_actors()
    forget_catalogue()
    yield scene(build)
    set_scope(Scope())
    forget_actors()
    forget_catalogue()
