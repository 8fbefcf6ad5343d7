from django.apps import AppConfig


class ReturnsConfig(AppConfig):
    name = "tianqu.packs.returns"
    label = "returns"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the notices known."""
        from tianqu.packs.returns import notices

        notices.register()
