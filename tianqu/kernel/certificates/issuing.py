"""The acts of certificates: issued to a volunteer for some days, and revoked."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from tianqu.base.canonical import known_bytes
from tianqu.base.errors import Conflict, InvalidInput, NotFound, TooLarge, _
from tianqu.kernel.journal.api import Acting, DoneBefore, act, writing
from tianqu.kernel.orders.api import order_code
from tianqu.kernel.places.api import may_own, own_id
from tianqu.packs.practice.acts import station_called, today
from tianqu.packs.practice.certificates.queries import served_lines
from tianqu.packs.practice.models import Certificate
from tianqu.packs.practice.profiles.acts import own_profile

SHOWN: Final = ("number", "minutes", "period")
LINES_MAX: Final = 500


@act("practice.issue_certificate", may=may_own)
def issue_certificate(
    acting: Acting, *, certificate_id: UUID, first_day: date, last_day: date, shown: Sequence[str] = SHOWN
) -> str:
    """Certify one's own hours from one day to another; return the code of the certificate's public page.

    ``shown``: which of ``SHOWN`` everybody may read there; the rest is on the paper alone, and the log holds its hash.
    The same sent again changes nothing. Raises ``Conflict`` where nothing is booked.
    """
    volunteer, given = own_profile(acting), {"first_day": first_day, "last_day": last_day}
    with writing(acting):
        known = Certificate.objects.filter(id=certificate_id).first()
        lines = served_lines(volunteer.person_id, **given)
    if known is not None:
        if {"first_day": known.first_day, "last_day": known.last_day} != given or known.person_id != own_id(acting):
            raise Conflict(_("Something else was sent under this identifier."), field="certificate_id")
        raise DoneBefore(known.code)
    if not first_day <= last_day <= today(acting):
        raise InvalidInput(
            _("These are no days that have been."), field="last_day", value=last_day.isoformat(),
            remedy=_("Choose a first day and a last one, today at the latest."),
        )  # fmt: skip
    for name in shown:
        if name not in SHOWN:
            raise InvalidInput(_("%(value)s cannot be chosen here."), field="shown", value=name[:20])
    if not lines:
        raise Conflict(_("Nothing was booked in these days."), field="first_day", remedy=_("Choose other days."))
    if len(lines) > LINES_MAX:
        raise TooLarge(_("A certificate has at most %(most)s lines."), field="first_day", most=LINES_MAX)
    minutes, at = sum(line["minutes"] for line in lines), station_called(volunteer.station_id)
    told: dict[str, Any] = {
        "number": volunteer.number, "minutes": minutes, "period": [first_day.isoformat(), last_day.isoformat()],
    }  # fmt: skip
    content = known_bytes(told | {
        "name": volunteer.name, "station": at.name, "station_en": at.name_en, "lines": lines,
        "salt": secrets.token_hex(16),  # so that nobody finds out the name by guessing
    }).decode()  # fmt: skip
    issued = Certificate(
        id=certificate_id, code=order_code(certificate_id), person_id=volunteer.person_id, minutes=minutes,
        content=content, issued_at=acting.now, unit_id=at.unit_id, place_path=at.place_path, **given,
    )  # fmt: skip
    issued.save(force_insert=True)
    acting.record(f"certificate:{issued.id}", public=True, after={
        "code": issued.code, "content": hashlib.sha256(content.encode()).hexdigest(),
        "told": {name: told[name] for name in SHOWN if name in shown},
    })  # fmt: skip
    return issued.code


@act("practice.revoke_certificate", may=may_own)
def revoke_certificate(acting: Acting, *, certificate_id: UUID) -> None:
    """Revoke one's own certificate: its page says so from now on. Raises ``NotFound``."""
    mine = Certificate.objects.select_for_update().filter(id=certificate_id, person_id=own_id(acting)).first()
    if mine is None:
        raise NotFound(_("There is no such certificate."), field="certificate_id", value=str(certificate_id))
    if mine.revoked_at is not None:
        raise DoneBefore(None)
    mine.revoked_at = acting.now
    mine.save(update_fields=["revoked_at"])
    acting.record(f"revocation:{mine.id}", after={"code": mine.code, "revoked_at": mine.revoked_at}, public=True)
