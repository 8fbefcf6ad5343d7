"""Keeping scans with a contract, and taking one away; each time the rules are asked again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from tianqu.base.texts import clean_text
from tianqu.kernel.journal.api import Acting, DoneBefore, act
from tianqu.kernel.places.api import require
from tianqu.packs.village.registers.contracts import contract_with
from tianqu.packs.village.registers.judged import judge_and_record
from tianqu.packs.village.registers.land import REASON_MAX
from tianqu.packs.village.scanning.models import ScanKind, ScanTakenAway
from tianqu.packs.village.scanning.registers.scans import (
    check_files,
    keep_scans,
    record_kept,
    refuse_looked_at,
    scan_with,
    take_away,
)


def _may_on_contract(acting: Acting, /, **arguments: Any) -> None:
    require(acting.actor, acting.act)
    contract_with(arguments["contract_id"], acting.actor)


def _may_on_scan(acting: Acting, /, **arguments: Any) -> None:
    require(acting.actor, acting.act)
    scan_with(arguments["scan_id"], acting.actor)


@act("village.attach_scans", may=_may_on_contract)
def attach_scans(
    acting: Acting, *, contract_id: UUID, files: Sequence[UUID], kind: ScanKind = ScanKind.CONTRACT
) -> int:
    """Keep scanned pages with a contract, in force or ended, in the order in which they came; return how many are new.

    ``files`` were stored before and are attached: pictures and PDF, at most 20 at once. What the contract has already,
    the same file or another with the same bytes, is passed over. Raises ``InvalidInput`` for what is no picture and no
    PDF, ``TooLarge`` beyond 60, ``Conflict`` for a contract of which a party was erased.
    """
    files = check_files(files)
    contract = contract_with(contract_id, acting.actor, lock=True)
    scans = keep_scans(acting, contract, kind, files)
    if not scans:
        raise DoneBefore(0)
    for scan in scans:
        record_kept(acting, scan)
    judge_and_record(acting, contract)
    return len(scans)


@act("village.take_scan_away", may=_may_on_scan)
def take_scan_away(acting: Acting, *, scan_id: UUID, reason: str) -> None:
    """Take a scan away from its contract: its bytes go; that it was there, its hash and the reason stay.

    Taken away before, it changes nothing. Raises ``Conflict`` while a finding or a review of the contract is open.
    """
    reason = clean_text(reason, field="reason", most=REASON_MAX, wanted=True)
    scan = scan_with(scan_id, acting.actor)
    contract = contract_with(scan.contract_id, acting.actor, lock=True)
    if ScanTakenAway.objects.filter(scan=scan).exists():
        raise DoneBefore(None)
    refuse_looked_at(contract)
    take_away(acting, scan, reason=reason)
    judge_and_record(acting, contract)
