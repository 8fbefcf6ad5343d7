"""Erasing a name: what is bound by it is ended first, what it stood in loses it, and every proof still verifies."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Q

from tianqu.base.errors import Conflict, InvalidInput, _
from tianqu.base.identifiers import new_identifier
from tianqu.base.texts import clean_text
from tianqu.kernel.files.api import erase_file_name
from tianqu.kernel.journal.api import Acting, DoneBefore, act, erase_bodies, subjects_saying
from tianqu.kernel.ledgers.api import erase_account_names, erase_transfer_words
from tianqu.kernel.places.api import require
from tianqu.packs.village.desk.models import Review, ReviewNote
from tianqu.packs.village.erasing.queries import (
    NAMED_MAX,
    TYPED,
    checked_name,
    in_contracts,
    in_versions,
    named_in,
    texts_of,
)
from tianqu.packs.village.findings.registers.recording import record_finding
from tianqu.packs.village.keeping.models import VoucherPaper
from tianqu.packs.village.models import Contract, ContractState, ContractVersion, HoldingVersion, Wall
from tianqu.packs.village.registers.erased_words import (
    all_known,
    erase_findings,
    erase_matters,
    erase_rolls,
    findings_to_erase,
    refuse_unnamed,
)
from tianqu.packs.village.registers.land import REASON_MAX, village_with
from tianqu.packs.village.registers.refusals import lawful
from tianqu.packs.village.scanning.registers.scans import erase_scans
from tianqu.packs.village.wall.queries import subject_of


def _may_in_village(acting: Acting, /, **arguments: Any) -> None:
    require(acting.actor, acting.act)
    village_with(arguments["place_id"], acting.actor)


@act("village.erase_party", may=_may_in_village)
def erase_party(
    acting: Acting,
    *,
    place_id: UUID,
    name: str,
    reason: str,
    contract_ids: Sequence[UUID] = (),
    holding_ids: Sequence[UUID] = (),
    transfer_ids: Sequence[UUID] = (),
    account_ids: Sequence[int] = (),
    finding_ids: Sequence[UUID] = (),
    roll_ids: Sequence[UUID] = (),
    matter_ids: Sequence[UUID] = (),
) -> int:
    """Erase a name from the things of a village that are named; return how many entries of the log lost their bodies.

    Named is what a human knows to be about this person: others may bear the same name. ``reason`` is kept and names
    nobody. The scans of the contracts go whole, for a scan cannot lose a single word. Posters of the village that hold
    the name lose their bodies too; their hashes stay, and the village publishes the next edition. Erased before, it
    changes nothing. Raises ``NotFound`` for a thing of another village, ``InvalidInput`` for one that does not name
    them, ``Conflict`` while a contract, claim, debt or roll holds, or a finding or matter is not over.
    """
    place, name = village_with(place_id, acting.actor), checked_name(name)
    reason = clean_text(reason, field="reason", most=REASON_MAX, wanted=True)
    if name in reason:
        raise InvalidInput(
            _("The reason names the person whose name is erased."), field="reason",
            remedy=_("Say why without the name, for it is kept."),
        )  # fmt: skip
    for field, ids in (("contract_ids", contract_ids), ("holding_ids", holding_ids), ("transfer_ids", transfer_ids),
                       ("account_ids", account_ids), ("finding_ids", finding_ids), ("roll_ids", roll_ids),
                       ("matter_ids", matter_ids)):  # fmt: skip
        if len(ids) > NAMED_MAX:
            raise InvalidInput(_("At most %(most)s are erased at once."), field=field, value=len(ids), most=NAMED_MAX)
    path = str(place.path)
    findings = findings_to_erase(path, name=name, ids=set(finding_ids))
    subjects = [
        *_erase_contracts(acting, path, name=name, ids=set(contract_ids)),
        *_erase_holdings(path, name=name, ids=set(holding_ids)),
        *_erase_transfers(path, name=name, ids=set(transfer_ids)),
        *erase_account_names(acting, place_path=path, name=name, account_ids=account_ids),
        *erase_findings(acting, findings, name=name),
        *erase_rolls(path, name=name, ids=set(roll_ids)),
        *erase_matters(path, name=name, ids=set(matter_ids)),
        *_posters_naming(path, name=name),
    ]  # fmt: skip
    if not subjects:
        raise DoneBefore(0)
    erased = erase_bodies(acting, subjects)
    for finding in findings:
        record_finding(acting, finding, sealed=True)  # what was put right is told from the log
    acting.record(
        f"erasure:{new_identifier()}",
        after={
            "place": place.id, "things": len(subjects), "entries": erased, "reason": reason,
            "left": bool(named_in(path, name=name)),
        },
        sealed=True,
    )  # fmt: skip
    return erased


def _posters_naming(path: str, *, name: str) -> list[str]:
    """The published posters of a village that hold the name, as the journal calls them."""
    posters = Wall.objects.filter(place_path=path).values_list("id", flat=True)
    return subjects_saying([subject_of(wall_id) for wall_id in posters], text=name)


def _erase_contracts(acting: Acting, path: str, *, name: str, ids: Collection[UUID]) -> list[str]:
    """Empty what names somebody in contracts, and let their scans go; return the subjects whose bodies go with it."""
    known = {one.id: one for one in Contract.objects.select_for_update().filter(id__in=ids, place_path=path)}
    all_known(ids, known, "contract_ids")
    naming = set(Contract.objects.filter(in_contracts(name), id__in=ids).values_list("id", flat=True))
    subjects = []
    for contract in sorted(known.values(), key=lambda one: one.id):
        if contract.id not in naming:
            refuse_unnamed(not contract.lessee, "contract_ids", contract.number)
            continue
        if contract.state == ContractState.IN_FORCE:
            raise Conflict(
                _("The contract %(value)s is still in force."), field="contract_ids", value=contract.number,
                remedy=_("End it, and erase the person then."),
            )  # fmt: skip
        _empty_contract(contract, name)
        subjects += [f"contract:{contract.id}", *_erase_notes(Q(contract_id=contract.id), name)]
        subjects += erase_scans(acting, [contract.id])
    return subjects


def _empty_contract(contract: Contract, name: str) -> None:
    texts = {each: "" for each in ("lessee", "lessor", "end_reason") if name in getattr(contract, each)}
    for field, value in texts.items():
        setattr(contract, field, value)
    contract.particulars = {
        key: "" if key in TYPED and isinstance(value, str) and name in value else value
        for key, value in contract.particulars.items()
    }
    contract.digest = b""  # of what was sent, the name among it: with it one could try out names
    with lawful():
        contract.save(update_fields=["lessee", "lessor", "end_reason", "particulars", "digest"])
        for version in ContractVersion.objects.filter(contract=contract):
            if any(isinstance(text, str) and name in text for text in version.texts.values()):
                version.texts = {}
                version.save(update_fields=["texts"])


def _erase_notes(about: Q, name: str) -> list[str]:
    """Empty what auditors and the village said of somebody in the threads about a thing."""
    subjects = []
    for review in Review.objects.filter(about):
        notes = ReviewNote.objects.filter(review=review, text__contains=name)
        if notes.exists():
            notes.update(text="")
            subjects.append(f"review:{review.id}")
    return subjects


def _erase_holdings(path: str, *, name: str, ids: Collection[UUID]) -> list[str]:
    """Empty what names somebody in fixed assets, funds, claims and debts that have ended."""
    versions = list(
        HoldingVersion.objects.select_for_update(of=("self",)).select_related("holding")
        .filter(holding_id__in=ids, place_path=path).order_by("holding_id", "id")
    )  # fmt: skip
    all_known(ids, {one.holding_id for one in versions}, "holding_ids")
    naming = set(HoldingVersion.objects.filter(in_versions(name), holding_id__in=ids).values_list("id", flat=True))
    subjects: dict[str, None] = {}
    for version in versions:
        if version.id not in naming:
            continue
        if version.valid_to is None:
            raise Conflict(
                _("What stands under the number %(value)s has not ended."), field="holding_ids",
                value=version.holding.number, remedy=_("Settle or end it, and erase the person then."),
            )  # fmt: skip
        for field in ("name", "party", "location", "note", "reason", "close_reason"):
            if name in getattr(version, field):
                setattr(version, field, "")
        version.digest, version.close_digest = b"", b"" if version.close_digest is not None else None
        with lawful():
            version.save()
        subjects[f"holding:{version.holding_id}"] = None
    for version in versions:
        erased = f"holding:{version.holding_id}" in subjects or bytes(version.digest) == b""
        refuse_unnamed(erased or not any(texts_of(version)), "holding_ids", version.holding.number)
    return list(subjects)


def _erase_transfers(path: str, *, name: str, ids: Collection[UUID]) -> list[str]:
    """Empty the words of transfers, the names of their papers, and what was said about them."""
    of_these = VoucherPaper.objects.filter(transfer_id__in=ids, place_path=path)
    papers = of_these.filter(name__contains=name)
    elsewhere = set((papers | of_these.filter(name="")).values_list("transfer_id", flat=True))  # or was erased before
    subjects = erase_transfer_words(place_path=path, name=name, transfer_ids=ids, also=elsewhere)
    found = list(papers.order_by("id").values_list("id", "transfer_id"))
    vouchers = {f"voucher:{transfer_id}" for _file_id, transfer_id in found}
    subjects += [erase_file_name(file_id) for file_id, _transfer_id in found]  # a file goes by its name as well
    papers.update(name="")
    noted = [subject for one in sorted(ids) for subject in _erase_notes(Q(transfer_id=one), name)]
    return [*subjects, *sorted(vouchers), *noted]
