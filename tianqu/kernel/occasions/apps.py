from django.apps import AppConfig


class OccasionsConfig(AppConfig):
    name = "tianqu.kernel.occasions"
    label = "occasions"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the notices known, and say what goes when a person is erased."""
        from tianqu.kernel.journal.api import register_personal_subjects
        from tianqu.kernel.occasions import notices
        from tianqu.kernel.occasions.erasing import erase_rows, personal_subjects

        notices.register()
        register_personal_subjects(personal_subjects, erase_rows=erase_rows)
