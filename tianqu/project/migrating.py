"""Whether the tables are those of this version of Tianqu."""

from __future__ import annotations

from django.db import connection
from django.db.migrations.executor import MigrationExecutor


def pending_migrations() -> list[str]:
    """Return the migrations that have not been done, in order."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label} {migration.name}" for migration, _backwards in plan]


def database_is_empty() -> bool:
    """Whether the database holds no table at all."""
    return not connection.introspection.table_names()
