"""The stage of culture, laid anew for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.scenes import scene
from tianqu.kernel.journal.api import Scope, set_scope
from tianqu.kernel.ledgers.api import forget_books
from tianqu.kernel.orders.api import forget_catalogue
from tianqu.kernel.places.api import forget_actors
from tianqu.packs.culture.tests.stage import Stage, build


def forget() -> None:
    """Forget what a test before knew."""
    set_scope(Scope())
    for each in (forget_actors, forget_catalogue, forget_books):
        each()


@pytest.fixture
def stage(db: None, settings: Any, tmp_path: Path) -> Iterator[Stage]:
    """Two counties with their menus."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.TIANQU_FILES_URL = str(tmp_path / "files")
    forget()
    yield scene(build)
    forget()
