from django.apps import AppConfig


class RostersConfig(AppConfig):
    name = "tianqu.kernel.rosters"
    label = "rosters"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the notices known, and say what goes when a person is erased."""
        from tianqu.kernel.journal.api import register_personal_subjects
        from tianqu.kernel.rosters import notices
        from tianqu.kernel.rosters.erasing import erase_rows, personal_subjects

        notices.register()
        register_personal_subjects(personal_subjects, erase_rows=erase_rows)
