from django.apps import AppConfig


class PracticeConfig(AppConfig):
    name = "tianqu.packs.practice"
    label = "practice"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the notices known, and say what goes when a person is erased."""
        from tianqu.kernel.journal.api import register_personal_subjects
        from tianqu.packs.practice import notices
        from tianqu.packs.practice.profiles.acts import erase_rows, personal_subjects
        from tianqu.packs.practice.services import acts
        from tianqu.packs.practice.services import notices as services

        notices.register()
        services.register()
        register_personal_subjects(acts.personal_subjects, erase_rows=acts.erase_rows)
        register_personal_subjects(personal_subjects, erase_rows=erase_rows)
