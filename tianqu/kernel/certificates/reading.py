"""Reading certificates: one's own, and what everybody may see of one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from tianqu.base.errors import NotFound, TooLarge, _
from tianqu.kernel.certificates.kinds import CertificateKind, Whose, certificate_kind
from tianqu.kernel.certificates.lines import lines_of
from tianqu.kernel.certificates.models import Certificate
from tianqu.kernel.certificates.offline import FORMAT
from tianqu.kernel.journal.api import SYSTEM, Actor, KeptEntry, kept_entry, our_key, proof_file, seeing, set_scope
from tianqu.kernel.orders.api import read_code

OWN_MAX: Final = 100


@dataclass(frozen=True, slots=True)
class Shown:
    """A certificate as everybody may see it. ``told`` is what the log commits to; ``content`` for its owner alone.

    ``outdated``: more is booked on its days by now. ``reduced``: some of what it certifies was taken back. ``erased``:
    its owner is, and with them what it said.
    """

    kind: CertificateKind
    code: str
    told: Mapping[str, Any]
    issued_at: datetime
    revoked_at: datetime | None
    outdated: bool
    reduced: bool
    erased: bool
    entry: KeptEntry
    content: str

    def bundle(self) -> dict[str, str]:
        """All that a check needs (``offline.py``). Raises ``NotFound`` while the entry is not in the log yet."""
        assert self.entry.body is not None and self.entry.salt is not None, self.code
        return {
            "format": FORMAT, "key": str(our_key().verifier), "proof": proof_file(self.entry.entry_id).decode(),
            "body": self.entry.body.decode(), "salt": self.entry.salt.hex(), "content": self.content,
        }  # fmt: skip


def own_certificates(whose: Whose, *, kind: str) -> list[Certificate]:
    """The certificates of a kind of somebody, or of an account, the newest first, at most 100."""
    rows = Certificate.objects.filter(kind=kind, person_id=whose.person_id)
    if whose.person_id is None:
        rows = rows.filter(account=whose.account, book=whose.book)
    return list(rows.order_by("-issued_at")[:OWN_MAX])


def certificate_called(actor: Actor, *, code: str) -> Shown:
    """A certificate by its printed code, for everybody; its content for its owner. Raises ``NotFound``."""
    with seeing(SYSTEM.scope):
        row = Certificate.objects.filter(code=read_code(code)).first()
        outdated, reduced = _since(row) if row is not None else (False, False)
        entry = kept_entry(f"certificate:{row.id}") if row is not None else None
    set_scope(actor.scope)
    if row is None or entry is None or entry.body is None:
        raise NotFound(
            _("There is no such certificate."), field="code", value=code[:40], remedy=_("Copy the code of the paper.")
        )  # fmt: skip
    mine = Certificate.objects.filter(id=row.id).exists() and not (row.of_person and row.person_id != actor.person_id)
    return Shown(
        certificate_kind(row.kind), row.code, json.loads(entry.body)["after"], row.issued_at, row.revoked_at, outdated,
        reduced, row.of_person and row.person_id is None, entry, row.content if mine else "",
    )  # fmt: skip


def _since(row: Certificate) -> tuple[bool, bool]:
    """Whether more is booked on its days than it says, and whether some of what it says was taken back."""
    kind = certificate_kind(row.kind)
    if row.of_person and row.person_id is None:
        return False, False
    try:
        lines = lines_of(kind, book=row.book, account=row.account, first_day=row.first_day, last_day=row.last_day)
    except TooLarge:
        return True, False
    standing = {(line["book"], line["voucher"]) for line in lines}
    certified = {(line["book"], line["voucher"]) for line in json.loads(row.content)["lines"]}
    return sum(int(line[kind.amount.key]) for line in lines) > row.amount, not certified <= standing
