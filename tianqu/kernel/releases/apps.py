from django.apps import AppConfig


class ReleasesConfig(AppConfig):
    name = "tianqu.kernel.releases"
    label = "releases"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the notices known."""
        from tianqu.kernel.releases import notices

        notices.register()
