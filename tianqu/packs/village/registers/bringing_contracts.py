"""Bringing in contracts whole, each judged on every day on which something was written about it.

The contracts of a township are judged beside each other as they stood on that day, and beside those that the register
had before; so the judgements are those that single acts would have come to.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from uuid import UUID

from tianqu.base.errors import InvalidInput, NotFound, _
from tianqu.kernel.journal.api import Acting
from tianqu.kernel.pack.api import ContractEvent
from tianqu.kernel.places.api import Place
from tianqu.packs.village.judging import current_policy
from tianqu.packs.village.models import Contract, ContractParcel, ContractState, Judgement, Parcel
from tianqu.packs.village.registers.bringing import Rows, check_steps, clean_reason, evening, is_known
from tianqu.packs.village.registers.contract_versions import Kept, only_paid
from tianqu.packs.village.registers.contracts import (
    ContractTerms,
    after_image,
    check_matter,
    clean_terms,
    columns_of,
    instalment_rows,
    terms_digest,
)
from tianqu.packs.village.registers.histories import ContractHistory, Ended
from tianqu.packs.village.registers.judged import facts_of, found_in, judgement_row, township_of, until_of
from tianqu.packs.village.registers.matters import resolutions_of
from tianqu.packs.village.rules.facts import ContractFacts, ContractKind, LandClass, Resolution
from tianqu.packs.village.rules.peers import Peers


@dataclass(slots=True)
class Brought:
    """A contract on its way in: its row, the numbers of its parcels, its terms from day to day, and its end."""

    contract: Contract
    parcels: list[str]
    terms: list[tuple[date, ContractTerms]]
    ended: Ended | None
    linked: Mapping[UUID, Resolution]  # the resolutions of matters that its terms name
    facts: list[ContractFacts] = field(default_factory=list)  # as it stands
    kept: list[Kept] = field(default_factory=list)

    def events(self) -> list[tuple[date, int, ContractTerms | Ended]]:
        """Everything that is written about it: the day, which of that day's it is, and what."""
        ended = self.ended
        last = [(ended.day, int(ended.day == self.terms[-1][0]), ended)] if ended else []
        return [*((day, 0, terms) for day, terms in self.terms), *last]

    def happen(self, acting: Acting, what: ContractTerms | Ended, day: date) -> None:
        """Let the row be what it is after this."""
        contract, at = self.contract, evening(day, acting.now)
        before = self.kept[-1].terms if self.kept else None
        if isinstance(what, Ended):
            contract.state, contract.ended_on = ContractState.ENDED, what.day
            contract.end_reason = clean_reason(what, wanted=True)
        else:
            for name, value in columns_of(what).items():
                setattr(contract, name, value)
        contract.version = contract.version + 1 if self.facts else 1
        contract.changed_at = at
        terms = what if before is None or not isinstance(what, Ended) else before
        assert not isinstance(terms, Ended), "a history begins with terms"
        self.kept.append(Kept(contract, terms, contract.version, _event(before, what), at, contract.ended_on))
        self.facts = facts_of(
            contract, what if isinstance(what, ContractTerms) else self.terms[-1][1], parcels=self.parcels,
            resolutions=self.linked, scanned=False,
        )  # fmt: skip


def _event(before: ContractTerms | None, what: ContractTerms | Ended) -> ContractEvent:
    if isinstance(what, Ended):
        return ContractEvent.ENDED
    if before is None:
        return ContractEvent.ENTERED
    return ContractEvent.PAID if only_paid(before, what) else ContractEvent.CORRECTED


def bring_contracts(
    acting: Acting,
    villages: Sequence[tuple[Place, Sequence[ContractHistory], Mapping[UUID, str]]],
    known: Mapping[UUID, bytes],
    rows: Rows,
) -> list[Kept]:
    """Lay out the contracts of villages, whose new parcels are given by number, with their judgements.

    Return what they were after each step, to be kept once the rows are written.
    """
    brought = [
        one for place, histories, numbers in villages
        for one in _of_village(acting, place, histories, _numbers_of(place, histories, numbers), known)
    ]  # fmt: skip
    judgements: list[Judgement] = []
    by_township = sorted(brought, key=lambda one: township_of(one.contract.place_path))
    for township, of_township in groupby(by_township, key=lambda one: township_of(one.contract.place_path)):
        judgements += _judged(acting, township, list(of_township), rows)
    for one in brought:
        rows.add(one.contract)
    for one in brought:
        terms = one.terms[-1][1]
        rows.add(*(
            ContractParcel(contract=one.contract, parcel_id=parcel_id, place_path=one.contract.place_path)
            for parcel_id in terms.parcel_ids
        ))  # fmt: skip
        rows.add(*instalment_rows(one.contract, terms))
    rows.add(*judgements)
    return [kept for one in brought for kept in one.kept]


def _numbers_of(place: Place, histories: Iterable[ContractHistory], numbers: Mapping[UUID, str]) -> Mapping[UUID, str]:
    """The numbers of all parcels that contracts of a village name. Raises ``NotFound``."""
    named = {parcel_id for history in histories for step in history.steps for parcel_id in step.terms.parcel_ids}
    rest = named - set(numbers)
    there = dict(Parcel.objects.filter(id__in=rest, place=place).values_list("id", "number")) if rest else {}
    for parcel_id in sorted(rest - set(there)):
        raise NotFound(
            _("The village has no such parcel."), field="parcel_ids", value=str(parcel_id),
            remedy=_("Enter the parcel first."),
        )  # fmt: skip
    return {**there, **numbers}


def _of_village(
    acting: Acting,
    place: Place,
    histories: Iterable[ContractHistory],
    numbers: Mapping[UUID, str],
    known: Mapping[UUID, bytes],
) -> Iterable[Brought]:
    for history in histories:
        days = [step.day for step in history.steps]
        check_steps([*days, history.ended.day] if history.ended and history.ended.day != days[-1] else days,
                    what=history.steps[0].terms.number if history.steps else "")  # fmt: skip
        digest = terms_digest(place.id, history.steps[0].terms)
        if is_known(known, history.contract_id, digest, field="contract_id"):
            continue
        if any(step.terms.land_class is None for step in history.steps):
            raise InvalidInput(
                _("The parcels are not of one class."), field="land_class",
                remedy=_("Say by which class the contract is judged."),
            )  # fmt: skip
        for step in history.steps:
            check_matter(place, step.terms)
        terms = [(step.day, clean_terms(place, step.terms)) for step in history.steps]
        contract = Contract(
            id=history.contract_id, place=place, place_path=place.path, digest=digest,
            entered_at=evening(days[0], acting.now),
        )  # fmt: skip
        last = terms[-1][1].parcel_ids
        parcels = [numbers[parcel_id] for parcel_id in last] or [f"contract:{terms[-1][1].number}"]
        linked = resolutions_of({each.matter_id for _day, each in terms if each.matter_id is not None})
        yield Brought(contract, parcels, terms, history.ended, linked)


def _judged(acting: Acting, township: str, brought: Sequence[Brought], rows: Rows) -> Iterable[Judgement]:
    """Let everything happen in order of time, and judge what each day touched."""
    policy, before = current_policy(), _there(township, {one.contract.id for one in brought})
    of_village: dict[str, list[Brought]] = defaultdict(list)
    for one in brought:
        of_village[one.contract.place_path].append(one)
    events = [(day, turn, place, what) for place, one in enumerate(brought) for day, turn, what in one.events()]
    events.sort(key=lambda event: event[:3])
    for (day, _turn), together in groupby(events, key=lambda event: event[:2]):
        touched = [(brought[place], what) for _day, _turn, place, what in together]
        for one, what in touched:
            one.happen(acting, what, day)
        peers = Peers([*before, *(facts for one in brought for facts in one.facts)])
        near: dict[str, Peers] = {}
        for one, _what in touched:
            contract, at = one.contract, evening(day, acting.now)
            path = contract.place_path
            if path not in near:
                near[path] = peers.with_parcels_of(facts for other in of_village[path] for facts in other.facts)
            found, comparison = found_in(one.facts, peers=near[path], policy=policy, today=day)
            yield judgement_row(contract, found, comparison, today=day, at=at)
            told = [[each.rule, each.verdict, each.severity.value] for each in found]
            terms = [terms for since, terms in one.terms if since <= day][-1]
            after = after_image(contract, terms, judged_on=day, findings=told)
            rows.tell(at, f"contract:{contract.id}", after)


def _there(township: str, without: set[UUID]) -> list[ContractFacts]:
    """The contracts that the register has of a township already, as the rents that they are for others."""
    found = Contract.objects.filter(place_path__under=township).exclude(state=ContractState.STRUCK)
    return [
        ContractFacts(
            id=str(one.id), kind=ContractKind(one.kind), land_class=LandClass(one.land_class), parcel=str(one.id),
            peer_place=township, signed_on=one.signed_on, starts_on=one.starts_on, until=until_of(one),
            area_mu_4=one.area_mu_4, rent_year_fen=one.rent_year_fen,
        )
        for one in found.exclude(id__in=without).order_by("id")
    ]  # fmt: skip
