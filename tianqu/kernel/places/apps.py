"""The Django application of places."""

from django.apps import AppConfig


class PlacesConfig(AppConfig):
    """Places, units, persons, posts and accounts."""

    name = "tianqu.kernel.places"
    label = "places"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell the journal what this room knows of persons."""
        from tianqu.kernel.places import erasure

        erasure.register()
