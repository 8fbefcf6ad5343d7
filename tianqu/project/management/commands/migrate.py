"""Django's ``migrate``, as the owner of the tables; then the application's role is given what it needs of them."""

from __future__ import annotations

from typing import Any

from django.core.management.commands import migrate

from tianqu.project.roles import as_owner, settle_roles


class Command(migrate.Command):
    """Every way to migrate comes by here: ``tianqu db migrate``, the demo, and the databases of tests."""

    def handle(self, *arguments: Any, **options: Any) -> None:
        """Migrate, and settle what the roles may do."""
        with as_owner(options["database"]):
            super().handle(*arguments, **options)
            if not (options["plan"] or options["check_unapplied"]):
                settle_roles(options["database"])
