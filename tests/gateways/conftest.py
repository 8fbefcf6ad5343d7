"""Open data for the tests of its doors, on a server that programs can call."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings

from tests.gateways.calling import ORIGIN
from tests.gateways.open_data import OpenData, build
from tests.kernel.datasets.conftest import office, store
from tests.scenes import scene

__all__ = ["office", "store"]


@pytest.fixture
def open_data(db: None, store: Path, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OpenData:
    """What everybody may have, and what nobody may, where the application is called within the process."""
    settings.TIANQU_ORIGIN = ORIGIN
    # A door closes a connection that somebody left in a transaction, which here is the test's own.
    monkeypatch.setattr(connection, "close_if_unusable_or_obsolete", lambda: None)
    made = scene(build, files=store)
    return OpenData(replace(made.office, folder=tmp_path))


@pytest.fixture
def served(live_server: Any, open_data: OpenData, settings: Settings) -> str:
    """The address of a running server with open data, for programs outside the process."""
    settings.TIANQU_ORIGIN = live_server.url
    return str(live_server.url)
