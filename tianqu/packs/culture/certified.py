"""The certificate of a troupe: the shows that it has given and was paid for, as the office's book holds them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tianqu.kernel.journal.api import Actor
from tianqu.kernel.pack.api import MONEY, CertificateKind, Whose
from tianqu.kernel.places.api import unit_with
from tianqu.packs.culture.declaring.acts import book_of
from tianqu.packs.culture.models import LEDGER
from tianqu.packs.culture.queries import performances_with, statement, villages_named


def troupe_certified(actor: Actor, subject: str, /, *, locked: bool) -> Whose:
    """A troupe, for itself and its office, with its account in the office's book."""
    it = statement(actor, troupe=subject).troupe
    office = unit_with(it.unit_id).name
    return Whose(
        it.name, it.account, it.troupe_unit_id, it.place_path, name_en=it.name_en, book=book_of(it.unit_id),
        facts={"troupe": it.name, "troupe_en": it.name_en, "office": office},
    )  # fmt: skip


def described(references: Collection[str]) -> dict[str, Mapping[str, str]]:
    """What payments were for: a work, and the village in which it was given."""
    rows = performances_with([UUID(one.partition(":")[2]) for one in references])
    villages = villages_named(rows)
    return {
        f"performance:{one.order_id}": {
            "title": one.work.name, "title_en": one.work.name_en, "village": at.name if at else "",
            "village_en": at.name_en if at else "",
        }
        for one in rows for at in [villages.get(one.place_path)]
    }  # fmt: skip


SHOWS_PAID: Final = CertificateKind(
    code="culture_shows", title=_("Certificate of shows given and paid"), amount=MONEY, ledger=LEDGER, side="debit",
    whose=troupe_certified, described=described, columns=(("title", _("Work")), ("village", _("Village"))),
    facts=(("troupe", _("Troupe")), ("office", _("Engaged by"))),
    shown=(("troupe", _("Troupe")), ("fen", _("the sum")), ("period", _("first and last day"))),
    back=(_("Troupe's statement"), lambda subject: reverse("culture:statement", kwargs={"code": subject})),
)  # fmt: skip
