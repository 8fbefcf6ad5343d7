from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "tianqu.kernel.notices"
    label = "notices"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from tianqu.kernel.notices.templates import DIGEST, register_templates

        register_templates(DIGEST)
