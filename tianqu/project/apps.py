"""The project as a Django application: the last to be ready, it brings the packs in."""

from __future__ import annotations

from django.apps import AppConfig


class ProjectConfig(AppConfig):
    name = "tianqu.project"
    label = "project"

    def ready(self) -> None:
        """Check the packs and make their roles known; a fault stops the start-up with its sentence."""
        from django.core.checks import Tags, register

        from tianqu.project.packs import register_packs
        from tianqu.project.roles import check_roles

        register(check_roles, Tags.database)
        register_packs()
