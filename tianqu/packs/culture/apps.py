from django.apps import AppConfig


class CultureConfig(AppConfig):
    name = "tianqu.packs.culture"
    label = "culture"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the notices known, and say what goes when a person is erased."""
        from tianqu.kernel.journal.api import register_personal_subjects
        from tianqu.packs.culture import notices
        from tianqu.packs.culture.voices.acts import erase_rows, personal_subjects

        notices.register()
        register_personal_subjects(personal_subjects, erase_rows=erase_rows)
