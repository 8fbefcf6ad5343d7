"""Open data for the tests of its doors, on a server that programs can call."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings

from tests.gateways.calling import ORIGIN
from tests.gateways.open_data import OpenData, build
from tests.kernel.datasets.conftest import office, store
from tests.kernel.datasets.office import Office

__all__ = ["office", "store"]


@pytest.fixture
def open_data(office: Office, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> OpenData:
    """What everybody may have, and what nobody may, where the application is called within the process."""
    settings.TIANQU_ORIGIN = ORIGIN
    # A door closes a connection that somebody left in a transaction, which here is the test's own.
    monkeypatch.setattr(connection, "close_if_unusable_or_obsolete", lambda: None)
    return build(office)


@pytest.fixture
def served(live_server: Any, open_data: OpenData, settings: Settings) -> str:
    """The address of a running server with open data, for programs outside the process."""
    settings.TIANQU_ORIGIN = live_server.url
    return str(live_server.url)
