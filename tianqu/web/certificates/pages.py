"""The pages of certificates: one's own, to ask for and to revoke, and the public one that a printed code leads to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import orjson
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from tianqu.base.errors import NotFound
from tianqu.base.identifiers import identifier_typed, new_identifier
from tianqu.kernel.certificates.api import (
    CertificateKind,
    Whose,
    certificate_called,
    certificate_kind,
    certificate_pdf,
    issue_certificate,
    own_certificates,
    revoke_certificate,
)
from tianqu.kernel.journal.api import our_key, proof_file
from tianqu.kernel.pack.api import (
    Download,
    PageRequest,
    PageResult,
    Rendered,
    day_given,
    formed,
    refusal_said,
    said,
)

SUBJECT_MAX = 80


def own(request: PageRequest, kind: str) -> PageResult:
    """Ask for a certificate of one's own, or of an account (``?of=``); take those that there are, revoke one."""
    declared, subject, today = certificate_kind(kind), request.GET.get("of", "")[:SUBJECT_MAX], timezone.localdate()
    whose, missing = _whose(request, declared, subject)

    def keep(given: Mapping[str, Any]) -> tuple[str, str]:
        certificate_id = identifier_typed(given.get("certificate_id", ""))
        if given.get("deed") == "revoke":
            revoke_certificate(request.actor, certificate_id=certificate_id)
            return request.get_full_path(), gettext("The certificate is revoked; its page says so.")
        code = issue_certificate(
            request.actor, certificate_id=certificate_id, kind=kind, subject=subject,
            first_day=day_given(given, "first_day"), last_day=day_given(given, "last_day"), shown=given["shown"],
        )  # fmt: skip
        return reverse("certificate", kwargs={"code": code}), gettext("Your certificate is issued.")

    begun = {
        "certificate_id": str(new_identifier()), "first_day": today.replace(month=1, day=1).isoformat(),
        "last_day": today.isoformat(), "shown": [name for name, _title in declared.shown],
    }  # fmt: skip
    back = declared.back
    return formed(
        request, "certificates/own.html", begun=lambda: begun, keep=keep, several=("shown",), whose=whose,
        kind=declared, missing=missing, certificates=own_certificates(whose, kind=kind) if whose is not None else [],
        shown=[(name, str(title)) for name, title in declared.shown],
        where=[(back[0], back[1](subject))] if back is not None else [],
    )  # fmt: skip


def _whose(request: PageRequest, kind: CertificateKind, subject: str) -> tuple[Whose | None, str]:
    """Whose it would be, or what is said to somebody of whom there is nothing yet."""
    try:
        return kind.whose(request.actor, subject, locked=False), ""
    except NotFound as error:
        return None, refusal_said(error)


def certificate(request: PageRequest, code: str) -> PageResult:
    """What everybody may see of a certificate: what its owner lets them, its entry in the log, whether it holds."""
    found = certificate_called(request.actor, code=code)
    entry, leaf = request.GET.get("entry", "")[:20], request.GET.get("leaf", "")[:64].lower()
    same = (entry, leaf) == (str(found.entry.index), found.entry.leaf_hash) if entry or leaf else None
    told, amount = found.told["told"], found.kind.amount
    return Rendered("certificates/certificate.html", {
        "it": found, "amount": amount.said(told[amount.key]) if amount.key in told else "",
        "facts": [
            (title, said(told[name], told.get(f"{name}_en", ""))) for name, title in found.kind.facts if name in told
        ],
        "period": [date.fromisoformat(day) for day in told.get("period", ())], "same": same,
        "key": str(our_key().verifier),
    })  # fmt: skip


def paper(request: PageRequest, *, code: str, language: str) -> PageResult:
    """A certificate of one's own as PDF, in Chinese or English."""
    found = certificate_called(request.actor, code=code)
    data = certificate_pdf(found, language=language)
    return Download(f"certificate-{found.code}-{language}.pdf", "application/pdf", [data], inline=True)


def proof(request: PageRequest, code: str) -> PageResult:
    """The proof that a certificate stands in the public log (c2sp.org/tlog-proof@v1)."""
    found = certificate_called(request.actor, code=code)
    data = proof_file(found.entry.entry_id)
    return Download(f"certificate-{found.code}.tlog-proof", "text/plain; charset=utf-8", [data])


def bundle(request: PageRequest, code: str) -> PageResult:
    """Everything that a check needs in one file; for its owner with the content, to hand on as they like."""
    found = certificate_called(request.actor, code=code)
    return Download(f"certificate-{found.code}.json", "application/json", [orjson.dumps(found.bundle())])
