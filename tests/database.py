"""One throwaway PostgreSQL for a test session, shared by all its workers, unless ``TIANQU_DATABASE_URL`` names one."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Start the server before anything connects. It ends with this process, however that ends.

    Workers of pytest-xdist inherit the address from the session that starts them, and its settings with it.
    """
    if "TIANQU_DATABASE_URL" in os.environ or hasattr(config, "workerinput") or config.option.collectonly:
        return
    from tianqu.project.embedded.cluster import THROWAWAY_SETTINGS
    from tianqu.project.embedded.installation import cluster_in
    from tianqu.project.embedded.keeper import use

    cluster = cluster_in(Path(tempfile.mkdtemp(prefix="tianqu-tests-")), settings=THROWAWAY_SETTINGS)
    use(cluster, throwaway=True)
    os.environ["TIANQU_DATABASE_URL"] = cluster.address()

    # pytest-django has read the settings already; the connections are made from this same dictionary.
    from django.conf import settings

    from tianqu.project.database import database_settings

    settings.DATABASES["default"].update(database_settings(Path(settings.VAR)))
