"""Two villages, and a folder for their photos."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.scenes import scene
from tianqu.kernel.journal.api import Scope, set_scope
from tianqu.kernel.places.api import forget_actors
from tianqu.packs.village.tests.villages import Villages, build


@pytest.fixture
def villages(db: None, settings: Any, tmp_path: Any) -> Iterator[Villages]:
    """Two villages with their accountants."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.TIANQU_FILES_URL = str(tmp_path)
    forget_actors()
    villages = scene(build)
    set_scope(villages.accountant.scope)
    yield villages
    set_scope(Scope())
    forget_actors()
