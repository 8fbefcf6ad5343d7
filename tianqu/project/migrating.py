"""Whether the tables are those of this version of Tianqu."""

from __future__ import annotations

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from tianqu.base.errors import Conflict, _
from tianqu.project.roles import as_owner, roles_are_settled, settle_roles


def pending_migrations() -> list[str]:
    """Return the migrations that have not been done, in order."""
    with as_owner():  # the application's role may read nothing yet where an older version has migrated
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label} {migration.name}" for migration, _backwards in plan]


def database_is_empty() -> bool:
    """Whether the database holds no table at all."""
    return not connection.introspection.table_names()


def bring_up_to_date(*, new_only: bool = False) -> int:
    """Do the migrations that are to be done; return how many.

    With ``new_only`` they are done in an empty database alone; raises ``Conflict`` for one of another version. A
    database that was restored from elsewhere is made fit for the application's role.
    """
    _see_to_the_roles()
    pending = pending_migrations()
    if new_only and pending and not database_is_empty():
        raise Conflict(
            _("The database was made by another version of Tianqu: %(count)s migrations are to be done."),
            count=len(pending),
            remedy=_("Back it up (tianqu db backup FILE), then run: tianqu db migrate"),
        )
    if pending:
        with as_owner():
            _refuse_who_may_not()
        call_command("migrate", interactive=False, verbosity=0)
    else:
        with as_owner():
            if not roles_are_settled():
                settle_roles()
    return len(pending)


def _refuse_who_may_not() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_schema_privilege('public', 'CREATE')")
        row = cursor.fetchone()
    if not (row and row[0]):
        raise Conflict(
            _("The database is to be migrated, which the role of the application may not do."),
            remedy=_("Name the role that owns the tables by TIANQU_DATABASE_OWNER_URL, and run: tianqu db migrate"),
        )


def _see_to_the_roles() -> None:
    """Make the embedded server's roles: one that an older version has left running has not both."""
    from tianqu.project.embedded.installation import installed_cluster, is_embedded

    if is_embedded():
        installed_cluster().prepare()
