"""Reading certificates: what one would say, one's own, and what everybody may see of one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from tianqu.base.errors import NotFound, _
from tianqu.kernel.journal.api import SYSTEM, Actor, KeptEntry, kept_entry, our_key, proof_file, seeing, set_scope
from tianqu.kernel.occasions.api import bookings_with
from tianqu.kernel.orders.api import read_code
from tianqu.packs.practice.certificates.checking import FORMAT
from tianqu.packs.practice.hours.visits.queries import booked_visits
from tianqu.packs.practice.models import Certificate, Hours, Station, Team

OWN_MAX = 100


@dataclass(frozen=True, slots=True)
class Shown:
    """A certificate as everybody may see it. ``told`` is what the log commits to; ``content`` for its owner alone.

    ``outdated``: more minutes of its days are booked by now. ``erased``: the profile is, and with it what it said.
    """

    code: str
    told: Mapping[str, Any]
    issued_at: datetime
    revoked_at: datetime | None
    outdated: bool
    erased: bool
    entry: KeptEntry
    content: str

    def bundle(self) -> dict[str, str]:
        """All that a check needs (``checking.py``). Raises ``NotFound`` while the entry is not in the log yet."""
        assert self.entry.body is not None and self.entry.salt is not None, self.code
        return {
            "format": FORMAT, "key": str(our_key().verifier), "proof": proof_file(self.entry.entry_id).decode(),
            "body": self.entry.body.decode(), "salt": self.entry.salt.hex(), "content": self.content,
        }  # fmt: skip


def served_lines(person_id: UUID, *, first_day: date, last_day: date) -> list[dict[str, Any]]:
    """What a volunteer did from one day to another, as booked, the oldest first. Read with open eyes."""
    hours = {
        one.booking_id: one
        for one in Hours.objects.filter(person_id=person_id, minutes__isnull=False).select_related("team__station")
    }
    lines = [
        _line(timezone.localdate(at.starts_at), (at.title, at.title_en), one.team, one.team.station)
        | {"minutes": one.minutes, "voucher": one.voucher}
        for booking in bookings_with(list(hours))
        for one, at in [(hours[booking.id], booking.occasion)]
    ]
    lines += [
        _line(one.day, (one.title, one.title_en), one.team, one.station)
        | {"minutes": one.minutes, "voucher": one.voucher}
        for one in booked_visits(person_id)
    ]
    lines.sort(key=lambda line: (line["day"], line["book"], line["voucher"]))
    return [line for line in lines if first_day.isoformat() <= line["day"] <= last_day.isoformat()]


def _line(day: date, titles: tuple[str, str], team: Team | None, station: Station) -> dict[str, Any]:
    return {
        "day": day.isoformat(), "title": titles[0], "title_en": titles[1], "team": team.name if team else "",
        "team_en": team.name_en if team else "", "station": station.name, "station_en": station.name_en,
        "book": station.book,
    }  # fmt: skip


def own_certificates(actor: Actor) -> list[Certificate]:
    """One's own certificates, the newest first, at most 100."""
    return list(Certificate.objects.filter(person_id=actor.person_id).order_by("-issued_at")[:OWN_MAX])


def certificate_called(actor: Actor, *, code: str) -> Shown:
    """A certificate by its printed code, for everybody; its content for its owner. Raises ``NotFound``."""
    with seeing(SYSTEM.scope):
        row = Certificate.objects.filter(code=read_code(code)).first()
        booked = 0
        if row is not None and row.person_id is not None:
            lines = served_lines(row.person_id, first_day=row.first_day, last_day=row.last_day)
            booked = sum(line["minutes"] for line in lines)
        entry = kept_entry(f"certificate:{row.id}") if row is not None else None
    set_scope(actor.scope)
    if row is None or entry is None or entry.body is None:
        raise NotFound(
            _("There is no such certificate."), field="code", value=code[:40], remedy=_("Copy the code of the paper.")
        )  # fmt: skip
    mine = row.person_id is not None and row.person_id == actor.person_id
    return Shown(
        row.code, json.loads(entry.body)["after"], row.issued_at, row.revoked_at, booked > row.minutes,
        row.person_id is None, entry, row.content if mine else "",
    )  # fmt: skip
