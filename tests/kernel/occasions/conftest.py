"""The theatre, laid anew for each test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.kernel.occasions.counted import counted_by
from tests.kernel.occasions.stage import HALLS, Stage, build, open_hall
from tests.scenes import scene
from tianqu.kernel.occasions import kinds
from tianqu.kernel.places.api import forget_actors


def laid(settings: Any, tmp_path: Any) -> Iterator[Stage]:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.VAR = tmp_path  # keys of tickets are made there
    forget_actors()
    stage = scene(build)
    open_hall(stage)
    yield stage
    kinds._KINDS.pop("test_show")  # no other test meets it
    HALLS.clear()
    forget_actors()


@pytest.fixture
def stage(db: None, settings: Any, tmp_path: Any) -> Iterator[Stage]:
    """A theatre with its door."""
    yield from laid(settings, tmp_path)


@pytest.fixture
def committed(transactional_db: None, settings: Any, tmp_path: Any) -> Iterator[Stage]:
    """The same, committed, so that other connections see it."""
    yield from laid(settings, tmp_path)


@pytest.fixture
def counting(stage: Stage) -> Iterator[Any]:
    """Lets the theatre's shows count time, and gives them a book for it."""
    yield from counted_by(stage)
