from django.apps import AppConfig


class ProgrammeConfig(AppConfig):
    name = "tianqu.packs.programme"
    label = "programme"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the notices known, and keep an order of each signature."""
        from tianqu.kernel.releases.api import watch_signing
        from tianqu.packs.programme import notices
        from tianqu.packs.programme.registers.signing import SigningOrders

        notices.register()
        watch_signing(SigningOrders())
