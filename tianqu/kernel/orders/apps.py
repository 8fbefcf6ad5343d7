from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "tianqu.kernel.orders"
    label = "orders"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the notices of orders known, and tell the journal what this room knows of persons."""
        from tianqu.kernel.notices.api import register_templates
        from tianqu.kernel.orders import erasure
        from tianqu.kernel.orders.announcing import TEMPLATES

        register_templates(*TEMPLATES)
        erasure.register()
