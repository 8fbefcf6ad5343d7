"""A throwaway PostgreSQL for each test process, unless ``TIANQU_DATABASE_URL`` names one.

The tests run as the role of the application; its owner makes and migrates the database. What a test has to do as the
owner it does by ``tests.owner``.

Not one for all workers of pytest-xdist: the sequencer waits for every older transaction of its server, so a test of one
worker would hold up those of another, though their databases are different.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Start the server before anything connects. It ends with this process, however that ends."""
    runs_tests_itself = hasattr(config, "workerinput") or not config.getoption("numprocesses", None)
    if "TIANQU_DATABASE_URL" in os.environ or config.option.collectonly or not runs_tests_itself:
        return
    from tests import emptying, owner, scenes
    from tianqu.project.database import OWNER_ROLE
    from tianqu.project.embedded.cluster import THROWAWAY_SETTINGS
    from tianqu.project.embedded.installation import cluster_in
    from tianqu.project.embedded.keeper import use

    cluster = cluster_in(Path(tempfile.mkdtemp(prefix="tianqu-tests-")), settings=THROWAWAY_SETTINGS)
    use(cluster, throwaway=True)
    with cluster.connect(database="template1") as template:
        emptying.install(template)
        scenes.install(template)
        owner.install(template)
    os.environ["TIANQU_DATABASE_URL"] = cluster.address()

    # pytest-django has read the settings already; the connections are made from this same dictionary.
    from django.conf import settings

    from tianqu.project.database import database_settings

    settings.DATABASES["default"].update(database_settings(Path(settings.VAR)) | {"OWNER": {"USER": OWNER_ROLE}})
