"""A small prefecture whose offices publish datasets, with a store of parts of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pytest_django import Settings

from tests.kernel.datasets.office import Office, build
from tests.scenes import scene
from tianqu.kernel.datasets.engine import forget_engine
from tianqu.kernel.places.api import forget_actors


@pytest.fixture
def store(settings: Settings, tmp_path: Path) -> Iterator[Path]:
    """An empty store of parts."""
    settings.TIANQU_DATASETS_URL = str(tmp_path / "datasets")
    forget_engine()
    yield tmp_path / "datasets"
    forget_engine()


@pytest.fixture
def office(db: None, store: Path, settings: Settings, tmp_path: Path) -> Iterator[Office]:
    """Two offices with data officers, and a stranger."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    forget_actors()
    yield replace(scene(build), folder=tmp_path)
    forget_actors()
