"""Every night the rules are asked again: what was not overdue yesterday may be today, and what expired is told.

Township by township, within which rents are compared, all contracts are read by a few queries and asked beside each
other. Only where the answer is another than the last one kept is the contract judged, by the act that anybody uses.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.utils import timezone

from tianqu.base.errors import Conflict, NotFound
from tianqu.kernel.journal.api import SYSTEM, seeing
from tianqu.kernel.ledgers.api import Received
from tianqu.packs.village.acts import judge_contract
from tianqu.packs.village.judging import current_policy
from tianqu.packs.village.models import Contract, ContractState, Judgement
from tianqu.packs.village.registers.contracts import terms_of
from tianqu.packs.village.registers.judged import OF_PARCEL, facts_of, township_of
from tianqu.packs.village.registers.matters import resolutions_of
from tianqu.packs.village.registers.received import as_received, receipts_of
from tianqu.packs.village.rules.catalogue import judge
from tianqu.packs.village.rules.facts import ContractFacts, Resolution
from tianqu.packs.village.rules.peers import Peers
from tianqu.packs.village.scanning.registers.scans import scanned_among

Answer = Counter[tuple[str, str, str, object]]  # rule, verdict, severity, what is owed
OWED: Final = "overdue_fen"  # the number that a payment changes; others change by every day


def judge_by_night(due: datetime) -> int:
    """Judge every contract of which the rules find something else than they last did; return how many these were.

    Safe to run twice, and to be interrupted: what was judged is kept, and is not judged again.
    """
    today, count = timezone.localdate(due), 0
    for township in _townships():
        for contract_id in answered_otherwise(township, today=today):
            try:
                judge_contract(SYSTEM, contract_id=contract_id)
            except (Conflict, NotFound):  # it was changed meanwhile, and so judged
                continue
            count += 1
    return count


def answered_otherwise(township: str, *, today: date) -> list[UUID]:
    """The contracts of a township of which the rules find something else on ``today`` than was last kept."""
    with seeing(SYSTEM.scope):
        rows = Contract.objects.filter(place_path__under=township).exclude(state=ContractState.STRUCK).order_by("id")
        contracts = list(rows.prefetch_related("instalments", "held"))
        kept = {
            contract_id: Counter(
                (one["rule"], one["verdict"], one["severity"], one["numbers"].get(OWED)) for one in findings
            )
            for contract_id, findings in Judgement.objects.filter(place_path__under=township)
            .order_by("contract_id", "-at", "-id").distinct("contract_id").values_list("contract_id", "findings")
        }  # fmt: skip
        linked = resolutions_of({one.matter_id for one in contracts if one.matter_id is not None})
        receipts = receipts_of(SYSTEM.scope, contracts, on=today, place_path=township)
        scanned = scanned_among(contract.id for contract in contracts)
    now = _answers(contracts, linked, receipts, scanned, today=today)
    return [contract.id for contract in contracts if kept.get(contract.id) != now[contract.id]]


def _townships() -> list[str]:
    with seeing(SYSTEM.scope):
        places = Contract.objects.order_by("place_path").values_list("place_path", flat=True).distinct()
        return sorted({township_of(path) for path in places})


def _answers(
    contracts: Iterable[Contract], linked: Mapping[UUID, Resolution], receipts: Mapping[UUID, Sequence[Received]],
    scanned: Set[UUID], *, today: date,
) -> dict[UUID, Answer]:  # fmt: skip
    facts = {
        contract.id: list(_by_identifier(contract, linked, receipts.get(contract.id, ()), contract.id in scanned))
        for contract in contracts
    }
    peers, policy = Peers(one for each in facts.values() for one in each), current_policy()

    def found(one: ContractFacts) -> Iterator[tuple[str, str, str, object]]:
        for finding in judge(one, peers=peers, policy=policy, today=today):
            yield finding.rule, finding.verdict, finding.severity.value, dict(finding.numbers).get(OWED)

    return {
        contract_id: Counter([*found(first), *(each for one in others for each in found(one) if each[0] == OF_PARCEL)])
        for contract_id, (first, *others) in facts.items()
    }


def _by_identifier(
    contract: Contract, linked: Mapping[UUID, Resolution], receipts: Sequence[Received], scanned: bool
) -> Iterator[ContractFacts]:
    """The facts of a contract under identifiers, for two villages of a township may use the same numbers."""
    terms = as_received(terms_of(contract), receipts)
    parcels = [str(parcel_id) for parcel_id in terms.parcel_ids] or [str(contract.id)]
    for one in facts_of(contract, terms, parcels=parcels, resolutions=linked, scanned=scanned):
        yield replace(one, id=str(contract.id))
