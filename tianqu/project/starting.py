"""How a command, a test or a server process comes to a ready Django, with its database running."""

from __future__ import annotations

import os


def start_django(*, database: bool = True) -> None:
    """Set Django up; with ``database``, first see that the embedded PostgreSQL runs.

    A PostgreSQL started here ends with this process, however that ends; one that already runs is left alone.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tianqu.project.settings")
    import django

    if database:
        from tianqu.project.embedded import ensure_running

        ensure_running()
    django.setup()
