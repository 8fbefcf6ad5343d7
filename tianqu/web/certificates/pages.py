"""The pages of certificates: one's own, to ask for and to revoke, and the public one that a printed code leads to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import orjson
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from tianqu.base.errors import InvalidInput
from tianqu.base.identifiers import identifier_typed, new_identifier
from tianqu.kernel.journal.api import our_key, proof_file
from tianqu.kernel.pack.api import Download, PageRequest, PageResult, Rendered, formed
from tianqu.packs.practice.certificates.acts import SHOWN, issue_certificate, revoke_certificate
from tianqu.packs.practice.certificates.paper import certificate_pdf, hours_said
from tianqu.packs.practice.certificates.queries import certificate_called, own_certificates
from tianqu.packs.practice.queries import profile_of

TITLES = {"number": _("my number as a volunteer"), "minutes": _("my hours together"), "period": _("first and last day")}


def own(request: PageRequest) -> PageResult:
    """Ask for a certificate of one's own hours, take those that there are, revoke one."""
    profile, today = profile_of(request.actor), timezone.localdate()

    def keep(given: Mapping[str, Any]) -> tuple[str, str]:
        certificate_id = identifier_typed(given.get("certificate_id", ""))
        if given.get("deed") == "revoke":
            revoke_certificate(request.actor, certificate_id=certificate_id)
            return request.path, gettext("The certificate is revoked; its page says so.")
        code = issue_certificate(
            request.actor, certificate_id=certificate_id, first_day=_day(given, "first_day"),
            last_day=_day(given, "last_day"), shown=given["shown"],
        )  # fmt: skip
        return reverse("practice:certificate", kwargs={"code": code}), gettext("Your certificate is issued.")

    begun = {
        "certificate_id": str(new_identifier()), "first_day": today.replace(month=1, day=1).isoformat(),
        "last_day": today.isoformat(), "shown": list(SHOWN),
    }  # fmt: skip
    return formed(
        request, "practice/certificates/own.html", begun=lambda: begun, keep=keep, several=("shown",), profile=profile,
        certificates=own_certificates(request.actor), shown=[(name, TITLES[name]) for name in SHOWN],
        where=[(_("My hours"), reverse("practice:mine"))],
    )  # fmt: skip


def certificate(request: PageRequest, code: str) -> PageResult:
    """What everybody may see of a certificate: what its owner lets them, its entry in the log, whether it holds."""
    found = certificate_called(request.actor, code=code)
    entry, leaf = request.GET.get("entry", "")[:20], request.GET.get("leaf", "")[:64].lower()
    same = (entry, leaf) == (str(found.entry.index), found.entry.leaf_hash) if entry or leaf else None
    period = [date.fromisoformat(day) for day in found.told["told"].get("period", ())]
    return Rendered("practice/certificates/certificate.html", {
        "it": found, "told": found.told["told"], "hours": hours_said(found.told["told"].get("minutes", 0)),
        "period": period, "same": same, "key": str(our_key().verifier),
    })  # fmt: skip


def paper(request: PageRequest, *, code: str, language: str) -> PageResult:
    """One's own certificate as PDF, in Chinese or English."""
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


def _day(given: Mapping[str, Any], name: str) -> date:
    try:
        day = parse_date(str(given.get(name, "")))
    except ValueError:
        day = None
    if day is None:
        raise InvalidInput(gettext_noop("This is no day."), field=name, value=str(given.get(name, ""))[:20])
    return day
