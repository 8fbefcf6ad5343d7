"""The acts of certificates: issued for some days, and revoked."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from tianqu.base.canonical import known_bytes
from tianqu.base.errors import Conflict, InvalidInput, NotFound, _
from tianqu.kernel.certificates.kinds import CertificateKind, Whose, certificate_kind
from tianqu.kernel.certificates.lines import lines_of
from tianqu.kernel.certificates.models import Certificate
from tianqu.kernel.journal.api import Acting, DoneBefore, act, writing
from tianqu.kernel.orders.api import order_code
from tianqu.kernel.places.api import may_own, own_id, require

ISSUE: Final = "certificates.issue"


@act(ISSUE, may=may_own)
def issue_certificate(
    acting: Acting,
    *,
    certificate_id: UUID,
    kind: str,
    first_day: date,
    last_day: date,
    subject: str = "",
    shown: Sequence[str] | None = None,
) -> str:
    """Certify what an account moved from one day to another; return the code of the certificate's public page.

    ``subject``: whose account, "" for one's own. ``shown``: what everybody may read on the page, by default all that
    the kind lets; the rest is on the paper alone, and the log holds its hash. The same sent again changes nothing.
    Raises ``Conflict`` where nothing is booked.
    """
    declared = certificate_kind(kind)
    whose, given = _whose(acting, declared, subject), {"first_day": first_day, "last_day": last_day}
    with writing(acting):
        known = Certificate.objects.filter(id=certificate_id).first()
        lines = lines_of(declared, book=whose.book, account=whose.account, **given)
    if known is not None:
        same = {"kind": kind, "person_id": whose.person_id, "account": whose.account, "book": whose.book} | given
        if any(getattr(known, name) != value for name, value in same.items()):
            raise Conflict(_("Something else was sent under this identifier."), field="certificate_id")
        raise DoneBefore(known.code)
    _check(acting, declared, shown, **given)
    amount = sum(line[declared.amount.key] for line in lines)
    if amount < 1:
        raise Conflict(_("Nothing was booked in these days."), field="first_day", remedy=_("Choose other days."))
    told = dict(whose.facts) | {
        declared.amount.key: amount, "period": [first_day.isoformat(), last_day.isoformat()],
    }  # fmt: skip
    content = _content(declared, whose, told, lines)
    issued = Certificate(
        id=certificate_id, kind=kind, code=order_code(certificate_id), of_person=whose.person_id is not None,
        person_id=whose.person_id, unit_id=whose.unit_id, place_path=whose.place_path, book=whose.book,
        account=whose.account, amount=amount, content=content, issued_at=acting.now, **given,
    )  # fmt: skip
    issued.save(force_insert=True)
    chosen = [name for name, _title in declared.shown if shown is None or name in shown]
    names = [each for name in chosen for each in (name, f"{name}_en")]
    acting.record(f"certificate:{issued.id}", public=True, after={
        "code": issued.code, "content": hashlib.sha256(content.encode()).hexdigest(), "kind": kind,
        "told": {name: told[name] for name in names if name in told},
    })  # fmt: skip
    return issued.code


def _whose(acting: Acting, kind: CertificateKind, subject: str) -> Whose:
    whose = kind.whose(acting.actor, subject, locked=True)
    if whose.person_id is None:
        require(acting.actor, acting.act, whose)
    return whose


def _check(
    acting: Acting, kind: CertificateKind, shown: Sequence[str] | None, *, first_day: date, last_day: date
) -> None:
    if not first_day <= last_day <= acting.today:
        raise InvalidInput(
            _("These are no days that have been."), field="last_day", value=last_day.isoformat(),
            remedy=_("Choose a first day and a last one, today at the latest."),
        )  # fmt: skip
    for name in shown or ():
        if name not in dict(kind.shown):
            raise InvalidInput(_("%(value)s cannot be chosen here."), field="shown", value=name[:20])


def _content(kind: CertificateKind, whose: Whose, told: dict[str, Any], lines: list[dict[str, Any]]) -> str:
    """What the paper says, as the log's hash covers it; by the salt nobody finds out the name by guessing."""
    return known_bytes(told | {
        "kind": kind.code, "unit": kind.amount.key, "name": whose.name, "name_en": whose.name_en or whose.name,
        "lines": lines, "salt": secrets.token_hex(16),
    }).decode()  # fmt: skip


@act("certificates.revoke", may=may_own)
def revoke_certificate(acting: Acting, *, certificate_id: UUID) -> None:
    """Revoke a certificate of one's own, or of an account that one's unit keeps: its page says so from now on.

    Raises ``NotFound``, also for somebody else's.
    """
    mine = Certificate.objects.select_for_update().filter(id=certificate_id).first()
    if mine is None or (mine.of_person and mine.person_id != own_id(acting)):
        raise NotFound(_("There is no such certificate."), field="certificate_id", value=str(certificate_id))
    if not mine.of_person:
        require(acting.actor, acting.act, mine)
    if mine.revoked_at is not None:
        raise DoneBefore(None)
    mine.revoked_at = acting.now
    mine.save(update_fields=["revoked_at"])
    acting.record(f"revocation:{mine.id}", after={"code": mine.code, "revoked_at": mine.revoked_at}, public=True)


def forget_certificates_within(acting: Acting, person_id: UUID, kind: str = "") -> None:
    """Within another act: empty a person's certificates, of one kind or of all, and take the person from them."""
    with writing(acting):
        mine = Certificate.objects.filter(person_id=person_id)
        if kind:
            mine = mine.filter(kind=kind)
        mine.update(person_id=None, content="")
