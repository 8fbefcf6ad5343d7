"""Two villages, the book of one of them by the chart of 2023, and who keeps, sees and closes it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.scenes import scene
from tianqu.kernel.journal.api import Scope, set_scope
from tianqu.kernel.ledgers.api import forget_books
from tianqu.kernel.places.api import forget_actors
from tianqu.packs.village.keeping.tests.bookkeeping import Bookkeeping, build


@pytest.fixture
def keeping(db: None, settings: Any, tmp_path: Any) -> Iterator[Bookkeeping]:
    """A village's book, and its people."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.TIANQU_FILES_URL = str(tmp_path)
    forget_actors()
    forget_books()
    keeping = scene(build)
    set_scope(keeping.accountant.scope)
    yield keeping
    set_scope(Scope())
    forget_actors()
    forget_books()
