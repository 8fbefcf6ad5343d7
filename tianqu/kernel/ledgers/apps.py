from django.apps import AppConfig


class LedgersConfig(AppConfig):
    name = "tianqu.kernel.ledgers"
    label = "ledgers"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the roles of those who keep books, and of those who read them, known."""
        from tianqu.kernel.ledgers.roles import ROLES
        from tianqu.kernel.places.api import register_role

        for role in ROLES:
            register_role(role)
