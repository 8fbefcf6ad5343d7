from django.apps import AppConfig


class ProgrammeConfig(AppConfig):
    name = "tianqu.packs.programme"
    label = "programme"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Keep an order of each signature."""
        from tianqu.kernel.releases.api import watch_signing
        from tianqu.packs.programme.registers.signing import SigningOrders

        watch_signing(SigningOrders())
