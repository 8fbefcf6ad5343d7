from django.apps import AppConfig


class CertificatesConfig(AppConfig):
    name = "tianqu.kernel.certificates"
    label = "certificates"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what goes when a person is erased."""
        from tianqu.kernel.certificates.issuing import forget_certificates_within
        from tianqu.kernel.journal.api import register_personal_subjects

        register_personal_subjects(lambda _person_id: [], erase_rows=forget_certificates_within)
