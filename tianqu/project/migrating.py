"""Whether the tables are those of this version of Tianqu."""

from __future__ import annotations

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from tianqu.base.errors import Conflict, _


def pending_migrations() -> list[str]:
    """Return the migrations that have not been done, in order."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label} {migration.name}" for migration, _backwards in plan]


def database_is_empty() -> bool:
    """Whether the database holds no table at all."""
    return not connection.introspection.table_names()


def bring_up_to_date(*, new_only: bool = False) -> int:
    """Do the migrations that are to be done; return how many.

    With ``new_only`` they are done in an empty database alone; raises ``Conflict`` for one of another version.
    """
    pending = pending_migrations()
    if new_only and pending and not database_is_empty():
        raise Conflict(
            _("The database was made by another version of Tianqu: %(count)s migrations are to be done."),
            count=len(pending),
            remedy=_("Back it up (tianqu db backup FILE), then run: tianqu db migrate"),
        )
    if pending:
        call_command("migrate", interactive=False, verbosity=0)
    return len(pending)
