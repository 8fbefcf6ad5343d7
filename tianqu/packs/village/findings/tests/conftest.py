"""Findings on their stage, loaded anew for each test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.scenes import scene
from tianqu.kernel.journal.api import Scope, set_scope
from tianqu.kernel.ledgers.api import forget_books
from tianqu.kernel.orders.api import forget_catalogue
from tianqu.kernel.places.api import forget_actors
from tianqu.packs.village.findings.tests.stage import Stage, build


@pytest.fixture
def stage(db: None, settings: Any) -> Iterator[Stage]:
    """A village with everybody who deals with its findings."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    for forget in (forget_actors, forget_catalogue, forget_books):
        forget()
    stage = scene(build)
    set_scope(stage.accountant.scope)
    yield stage
    set_scope(Scope())
    for forget in (forget_actors, forget_catalogue, forget_books):
        forget()
