from django.apps import AppConfig


class VillageConfig(AppConfig):
    name = "tianqu.packs.village"
    label = "village"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Stop the start-up over a policy that is none, with a sentence that says so."""
        from tianqu.packs.village.judging import current_policy

        current_policy()
