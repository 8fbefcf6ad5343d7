"""The Django application of places."""

from django.apps import AppConfig


class PlacesConfig(AppConfig):
    """Places, units, persons, posts and accounts."""

    name = "tianqu.kernel.places"
    label = "places"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell the journal what this room knows of persons, and how to ask it for permissions."""
        from tianqu.kernel.journal.api import register_permissions
        from tianqu.kernel.places import erasure
        from tianqu.kernel.places.permissions import can

        erasure.register()
        register_permissions(can)
