"""The door of certificates: a paper of what an account holds, with a proof that anybody verifies.

A pack declares a ``CertificateKind`` in ``Pack.certificates``. The acts are ``issue_certificate(certificate_id, kind,
first_day, last_day, subject, shown)`` → the printed code, and ``revoke_certificate(certificate_id)``;
``certificate_called(actor, code=)`` is what everybody may see, ``certificate_pdf(found, language=)`` the owner's paper,
``own_certificates(whose, kind=)`` a list; ``forget_certificates_within(acting, person_id, kind)`` is for another act.
"""

from tianqu.kernel.certificates.issuing import (
    ISSUE,
    forget_certificates_within,
    issue_certificate,
    revoke_certificate,
)
from tianqu.kernel.certificates.kinds import (
    MINUTES,
    MONEY,
    Amount,
    CertificateKind,
    Whose,
    certificate_kind,
    register_certificate,
)
from tianqu.kernel.certificates.models import Certificate
from tianqu.kernel.certificates.paper import certificate_pdf
from tianqu.kernel.certificates.reading import Shown, certificate_called, own_certificates

__all__ = [
    "ISSUE",
    "MINUTES",
    "MONEY",
    "Amount",
    "Certificate",
    "CertificateKind",
    "Shown",
    "Whose",
    "certificate_called",
    "certificate_kind",
    "certificate_pdf",
    "forget_certificates_within",
    "issue_certificate",
    "own_certificates",
    "register_certificate",
    "revoke_certificate",
]
