"""What the acts on scans share: which stand, keeping one, taking one away.

Plain functions, each called within an act, whose permission was asked for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from tianqu.base.errors import Conflict, InvalidInput, NotFound, TooLarge, _
from tianqu.kernel.files.api import Kind, StoredFile, erase_held, hold_file
from tianqu.kernel.journal.api import Acting, Actor
from tianqu.packs.village.desk.models import Review, ReviewState
from tianqu.packs.village.findings.models import Finding
from tianqu.packs.village.models import Contract
from tianqu.packs.village.registers.contracts import contract_with
from tianqu.packs.village.registers.refusals import lawful
from tianqu.packs.village.scanning.models import ContractScan, ScanKind, ScanTakenAway

SCANS_MAX: Final = 60  # that stand with one contract
FILES_MAX: Final = 20  # in one act
PDF: Final = "application/pdf"


def holder_of(contract_id: UUID) -> str:
    """What a stored file says that it is attached to."""
    return f"contract:{contract_id}"


def scan_with(scan_id: UUID, actor: Actor) -> ContractScan:
    """Return a scan within the actor's reach, also one that was taken away. Raises ``NotFound``."""
    scan = ContractScan.objects.filter(id=scan_id).first()
    if scan is None:
        raise NotFound(
            _("There is no such scan."), field="scan_id", value=str(scan_id),
            remedy=_("Choose one of the scans of the contract."),
        )  # fmt: skip
    contract_with(scan.contract_id, actor)
    return scan


def scanned_among(contract_ids: Iterable[UUID]) -> set[UUID]:
    """Return those of some contracts of which a scan of the signed contract stands. One query."""
    return set(signed_scans().filter(contract_id__in=list(contract_ids)).values_list("contract_id", flat=True))


def signed_scans() -> QuerySet[ContractScan]:
    """The scans of signed contracts that stand."""
    return ContractScan.objects.filter(kind=ScanKind.CONTRACT, taken_away__isnull=True)


def narrowed(contracts: QuerySet[Contract], *, scanned: bool | None) -> QuerySet[Contract]:
    """Narrow contracts to those with a scan of the signed contract, or without one; None leaves all."""
    if scanned is None:
        return contracts
    found = Exists(signed_scans().filter(contract_id=OuterRef("pk")))
    return contracts.filter(found if scanned else ~found)


def check_files(files: Sequence[UUID]) -> list[UUID]:
    """Return the files that are handed in, each once. Raises ``InvalidInput`` for none and for too many."""
    different = list(dict.fromkeys(files))
    if not different:
        raise InvalidInput(_("This is needed."), field="files", remedy=_("Take a photo, or choose a scan."))
    if len(different) > FILES_MAX:
        raise InvalidInput(
            _("At most %(most)s files are taken at once."), field="files", value=len(different), most=FILES_MAX
        )
    return different


def keep_scans(acting: Acting, contract: Contract, kind: ScanKind, files: Sequence[UUID]) -> list[ContractScan]:
    """Attach files to a contract; what it has already, by identifier or by content, is passed over.

    Raises ``Conflict`` for a contract whose party was erased, ``InvalidInput`` for what is no picture and no PDF,
    ``TooLarge`` for too many.
    """
    if not bytes(contract.digest):  # which goes with the name
        raise Conflict(
            _("The name of a party of this contract was erased, and its papers with it."), field="contract_id",
            value=contract.number, remedy=_("Keep no papers that name them again."),
        )  # fmt: skip
    known = ContractScan.objects.filter(contract=contract).values_list("id", "sha256", "taken_away")
    held = {scan_id for scan_id, _hash, _taken in known}
    hashes = {sha256 for _id, sha256, taken in known if taken is None}
    fresh: list[ContractScan] = []
    for file_id in files:
        if file_id in held:
            continue
        stored = hold_file(acting, file_id=file_id, holder=holder_of(contract.id))
        _check_kind(stored)
        if stored.sha256 in hashes:
            erase_held(acting, file_id=file_id)
            continue
        hashes.add(stored.sha256)
        fresh.append(_row(acting, contract, kind, stored))
    if len(hashes) > SCANS_MAX:
        raise TooLarge(
            _("A contract has at most %(most)s scans."), field="files", value=len(hashes), most=SCANS_MAX,
            remedy=_("Put several pages into one PDF."),
        )  # fmt: skip
    with lawful():
        ContractScan.objects.bulk_create(fresh)
    return fresh


def _check_kind(stored: StoredFile) -> None:
    if stored.kind != Kind.IMAGE and stored.media_type != PDF:
        raise InvalidInput(
            _("“%(value)s” is neither a picture nor a PDF."), field="files", value=stored.name[:60],
            remedy=_("Take a photo of each page, or choose a scan as PDF, JPEG or PNG."),
        )  # fmt: skip


def _row(acting: Acting, contract: Contract, kind: ScanKind, stored: StoredFile) -> ContractScan:
    actor = acting.actor
    return ContractScan(
        id=stored.id, contract=contract, place_path=contract.place_path, kind=kind.value, name=stored.name,
        media_type=stored.media_type, size=stored.size, pages=1 if stored.kind == Kind.IMAGE else stored.pages,
        sha256=stored.sha256, at=acting.now, person_id=actor.person_id, post_id=actor.post_id, unit_id=actor.unit_id,
    )  # fmt: skip


def record_kept(acting: Acting, scan: ContractScan) -> None:
    """Record a scan by its hash. What it was called is left out, so that this entry outlives an erasing."""
    acting.record(
        f"scan:{scan.id}",
        after={
            "contract": scan.contract_id, "kind": scan.kind, "media_type": scan.media_type, "size": scan.size,
            "pages": scan.pages, "sha256": scan.sha256,
        },
    )  # fmt: skip


def refuse_looked_at(contract: Contract) -> None:
    """Refuse to take papers from under an auditor's eyes. Raises ``Conflict`` while a finding or a review is open."""
    reviewed = Review.objects.filter(contract=contract).exclude(state=ReviewState.CLOSED).exists()
    if reviewed or Finding.objects.filter(contract=contract, upheld=None).exists():
        raise Conflict(
            _("Auditors are looking at this contract; its papers stay until that is closed."), field="scan_id",
            value=contract.number, remedy=_("Add what is right beside it, and ask them to close what is open."),
        )  # fmt: skip


def take_away(acting: Acting, scan: ContractScan, *, reason: str) -> None:
    """Let the bytes of a scan go, and say that they went; the row and the hash in the log stay."""
    actor = acting.actor
    with lawful():
        ScanTakenAway.objects.create(
            scan=scan, place_path=scan.place_path, reason=reason, at=acting.now, person_id=actor.person_id,
            post_id=actor.post_id, unit_id=actor.unit_id,
        )  # fmt: skip
    erase_held(acting, file_id=scan.id)
    acting.record(
        taken_subject(scan.id), after={"contract": scan.contract_id, "sha256": scan.sha256, "reason": reason}
    )  # fmt: skip


def taken_subject(scan_id: UUID) -> str:
    """What the journal calls the taking away of a scan: it holds a reason, and so may be erased apart from the scan."""
    return f"scan_taken:{scan_id}"


def erase_scans(acting: Acting, contract_ids: Collection[UUID]) -> list[str]:
    """Let the scans of contracts go with the name of a party; return the subjects whose bodies go with them.

    What is left of each are its kind, its size, its days, and the entry with its hash.
    """
    scans = list(ContractScan.objects.filter(contract_id__in=contract_ids).order_by("id"))
    subjects = [f"file:{scan.id}" for scan in scans]
    reasons = dict(ScanTakenAway.objects.filter(scan__in=scans).values_list("scan_id", "reason"))
    for scan in scans:
        if scan.id not in reasons:
            take_away(acting, scan, reason="")
        elif reasons[scan.id]:
            subjects.append(taken_subject(scan.id))
    ScanTakenAway.objects.filter(scan__in=scans).exclude(reason="").update(reason="")
    ContractScan.objects.filter(id__in=[scan.id for scan in scans]).exclude(name="").update(name="")
    return subjects
