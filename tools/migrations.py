"""Fail when a model has changed and its migration has not been written. Needs no database."""

from __future__ import annotations

import os
import sys

import django
from django.apps import apps
from django.conf import settings
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState
from django.utils import translation


def missing_migrations() -> list[str]:
    """Return one line for each operation that ``makemigrations`` would write for one of our own rooms."""
    loader = MigrationLoader(None)
    conflicts = loader.detect_conflicts()
    if conflicts:
        return [f"{app}: two last migrations, {', '.join(names)}" for app, names in conflicts.items()]
    detector = MigrationAutodetector(loader.project_state(), ProjectState.from_apps(apps))
    ours = {app.label for app in apps.get_app_configs() if app.name.startswith("tianqu.")}
    changes = detector.changes(graph=loader.graph)
    return [
        f"{app}: {operation.describe()}"
        for app, migrations in changes.items()
        if app in ours
        for migration in migrations
        for operation in migration.operations
    ]


def main() -> int:
    """Print what is missing and return the exit code."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tianqu.project.settings")
    django.setup()
    translation.deactivate_all()  # as makemigrations does: names in migrations are the untranslated ones
    assert settings.configured
    missing = missing_migrations()
    for line in missing:
        print(line)
    if missing:
        print("Write them with: tianqu django makemigrations", file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
