"""Reading the scans of a contract: for whom its parties may be known to, for the papers name them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from tianqu.base.errors import NotFound, _
from tianqu.kernel.files.api import OpenedFile, StoredFile, Variant, open_file
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.places.api import can, post_holders, require
from tianqu.packs.village.queries import SEE_PARTIES
from tianqu.packs.village.registers.contracts import contract_with
from tianqu.packs.village.scanning.models import ContractScan, ScanTakenAway
from tianqu.packs.village.scanning.registers.scans import holder_of

SHOWN_MAX: Final = 500  # with those that were taken away


@dataclass(frozen=True, slots=True)
class TakenAway:
    """When and why a scan was taken away; "" where it went with the name of a party."""

    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class ScanRow:
    """A scan: ``pages`` where the file tells them, by whom it was kept: the role, title and name of a post."""

    id: UUID
    kind: str
    name: str
    media_type: str
    size: int
    pages: int | None
    sha256: str
    at: datetime
    role: str
    title: str
    by: str
    taken_away: TakenAway | None

    @property
    def is_picture(self) -> bool:
        """Whether it can be shown small."""
        return self.media_type.startswith("image/")


@dataclass(frozen=True, slots=True)
class Scans:
    """The scans of a contract in the order in which they came, those that stand and those that were taken away."""

    standing: list[ScanRow]
    taken: list[ScanRow]


def scans_of(actor: Actor, *, contract_id: UUID) -> Scans:
    """Return the scans of a contract. Raises ``NotFound``, and ``NotPermitted`` without village.see_parties."""
    require(actor, SEE_PARTIES)
    contract = contract_with(contract_id, actor)
    require(actor, SEE_PARTIES, contract)
    found = list(ContractScan.objects.filter(contract=contract).order_by("at", "id")[:SHOWN_MAX])
    taken = {one.scan_id: TakenAway(one.at, one.reason) for one in ScanTakenAway.objects.filter(scan__in=found)}
    posts = post_holders(actor, post_ids={one.post_id for one in found if one.post_id is not None}) if found else []
    by: dict[UUID | None, tuple[str, str, str]] = {post.id: (post.role, post.title, name) for post, name in posts}
    rows = [_row(one, by.get(one.post_id, ("", "", "")), taken.get(one.id)) for one in found]
    return Scans([one for one in rows if one.taken_away is None], [one for one in rows if one.taken_away is not None])


def _row(one: ContractScan, by: tuple[str, str, str], taken: TakenAway | None) -> ScanRow:
    facts = ("id", "kind", "name", "media_type", "size", "pages", "sha256", "at")
    role, title, name = by
    return ScanRow(**{fact: getattr(one, fact) for fact in facts}, role=role, title=title, by=name, taken_away=taken)


def may_see_scans(actor: Actor) -> bool:
    """Whether the papers of contracts are for an actor."""
    return can(actor, SEE_PARTIES)


def open_scan(actor: Actor, *, contract_id: UUID, scan_id: UUID, variant: Variant = "served") -> OpenedFile:
    """Open a scan that stands with a contract. Raises ``NotFound`` and ``NotPermitted`` as ``scans_of`` does."""
    standing = {one.id for one in scans_of(actor, contract_id=contract_id).standing}

    def may_see(reader: Actor, stored: StoredFile) -> None:
        if stored.holder != holder_of(contract_id) or scan_id not in standing:
            raise NotFound(
                _("There is no such file."), field="file", value=str(scan_id),
                remedy=_("Choose one of the scans of the contract."),
            )  # fmt: skip

    return open_file(actor, file_id=scan_id, may_see=may_see, variant=variant)
