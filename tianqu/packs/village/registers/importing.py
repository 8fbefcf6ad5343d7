"""Many lines at once: each is entered, is there already, or is refused with its reason; none stops another.

Plain functions that acts share. A line's thing has the identifier that its village and number always have, so that a
file sent again changes nothing.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from tianqu.base.canonical import canonical_bytes, plain
from tianqu.base.errors import Conflict, InvalidInput, TianquError, _
from tianqu.base.identifiers import named_identifier
from tianqu.kernel.journal.api import Acting
from tianqu.kernel.pack.api import refusal_said
from tianqu.kernel.places.api import Place
from tianqu.packs.village.judging import in_both
from tianqu.packs.village.models import ChangeKind, Contract, ContractState, LandChange, Parcel, ParcelVersion
from tianqu.packs.village.queries import matters_numbered, parcels_numbered
from tianqu.packs.village.registers.contracts import (
    ContractTerms,
    check_numbers,
    clean_terms,
    end,
    enter,
    terms_digest,
    terms_of,
)
from tianqu.packs.village.registers.land import ParcelFacts, after_image, checked_facts, checked_number, facts_digest
from tianqu.packs.village.registers.refusals import check_day, digest_of, lawful, sent_before

PARCELS_MAX: Final = 500  # lines of one act
CONTRACTS_MAX: Final = 50


@dataclass(frozen=True, slots=True)
class ParcelLine:
    """A parcel of a list: its number, the day from which it is what ``facts`` say."""

    number: str
    day: date
    facts: ParcelFacts


@dataclass(frozen=True, slots=True)
class ContractLine:
    """A contract of a list, whose parcels and matter are named by their numbers in the village.

    With ``ended_on`` it is one that ended on that day, and ``end_reason`` says why.
    """

    terms: ContractTerms
    parcel_numbers: tuple[str, ...] = ()
    matter_number: str = ""
    ended_on: date | None = None
    end_reason: str = ""


@dataclass(frozen=True, slots=True)
class LineOutcome:
    """What became of a line: ``entered``, ``unchanged`` or ``refused``, then with the reason in both languages."""

    position: int  # from 0, in the list that was sent
    outcome: str
    id: UUID | None = None
    field: str = ""
    error: dict[str, str] | None = None


@dataclass(frozen=True, slots=True)
class LineResult:
    """The same within this process, with the error itself."""

    position: int
    outcome: str
    id: UUID | None = None
    error: TianquError | None = None

    def told(self) -> LineOutcome:
        """Return it as a program is told."""
        if self.error is None:
            return LineOutcome(self.position, self.outcome, self.id)
        return LineOutcome(self.position, self.outcome, self.id, self.error.field, in_both(refusal_said, self.error))


def check_count(count: int, *, most: int) -> None:
    """Refuse more lines than one act takes. Raises ``InvalidInput``."""
    if not 1 <= count <= most:
        raise InvalidInput(
            _("From 1 to %(most)s lines are taken at once."), field="lines", value=count, most=most,
            remedy=_("Send them in several parts; what was sent twice changes nothing."),
        )  # fmt: skip


def hold_lists(place: Place) -> None:
    """Let nobody else bring a list into a village until the transaction ends.

    Who sent the same list at the same time waits, and finds its lines there; two whose lines are in another order would
    wait for each other.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"village.lists:{place.id}"])


def parcel_identifier(place_id: UUID, number: str) -> UUID:
    """Return the identifier that the parcel of a list always has."""
    return named_identifier(f"village/{place_id}/parcel/{number}")


def contract_identifier(place_id: UUID, number: str) -> UUID:
    """Return the identifier that the contract of a list always has."""
    return named_identifier(f"village/{place_id}/contract/{number}")


def import_parcel_lines(acting: Acting, *, place: Place, lines: Sequence[ParcelLine]) -> list[LineResult]:
    """Enter the parcels that are new, a few statements for all of them."""
    check_count(len(lines), most=PARCELS_MAX)
    results: dict[int, LineResult] = {}
    fresh: dict[UUID, tuple[int, ParcelLine, bytes]] = {}
    for position, line in enumerate(lines):
        try:
            checked = _checked(line)
            parcel_id = parcel_identifier(place.id, checked.number)
            digest = digest_of(checked.day, "list", checked.number, facts_digest(checked.facts))
            if parcel_id in fresh:
                raise twice(checked.number, same=fresh[parcel_id][2] == digest)
            fresh[parcel_id] = (position, checked, digest)
        except TianquError as error:
            results[position] = LineResult(position, "refused", error=error)
    known = dict(LandChange.objects.filter(id__in=list(fresh)).values_list("id", "digest"))
    numbers = [line.number for _position, line, _digest in fresh.values()]
    taken = dict(Parcel.objects.filter(place=place, number__in=numbers).values_list("number", "id"))
    for parcel_id, (position, line, digest) in list(fresh.items()):
        if parcel_id in known or line.number in taken:
            del fresh[parcel_id]
            same = parcel_id in known and bytes(known[parcel_id]) == digest
            results[position] = (
                LineResult(position, "unchanged", parcel_id) if same
                else LineResult(position, "refused", taken.get(line.number), differs(line.number))
            )  # fmt: skip
    with lawful():
        _write_parcels(acting, place, fresh)
    results |= {position: LineResult(position, "entered", parcel_id)
                for parcel_id, (position, _line, _digest) in fresh.items()}  # fmt: skip
    return [results[position] for position in range(len(lines))]


def _checked(line: ParcelLine) -> ParcelLine:
    check_day(line.day, field="day", future=False)
    return replace(line, number=checked_number(line.number), facts=checked_facts(line.facts))


def twice(number: str, *, same: bool) -> Conflict:
    """Return the refusal of a number that a list has twice."""
    remedy = _("Leave one of the two out.") if same else _("Give each its own number.")
    return Conflict(_("The number %(value)s stands in the list twice."), field="number", value=number, remedy=remedy)


def differs(number: str) -> Conflict:
    """Return the refusal of a number under which the register has something else."""
    return Conflict(
        _("The register has a number %(value)s with other content."), field="number", value=number,
        remedy=_("Correct it there, with the day and the reason; a list does not overwrite."),
    )  # fmt: skip


def _write_parcels(acting: Acting, place: Place, fresh: dict[UUID, tuple[int, ParcelLine, bytes]]) -> None:
    parcels = {
        parcel_id: Parcel(id=parcel_id, place=place, place_path=place.path, number=line.number)
        for parcel_id, (_position, line, _digest) in fresh.items()
    }
    changes = {
        parcel_id: LandChange(
            id=parcel_id, place=place, place_path=place.path, kind=ChangeKind.REGISTERED, day=line.day, reason="",
            digest=digest, at=acting.now, person_id=acting.actor.person_id, post_id=acting.actor.post_id,
        )
        for parcel_id, (_position, line, digest) in fresh.items()
    }  # fmt: skip
    versions = {
        parcel_id: ParcelVersion(
            parcel=parcels[parcel_id], place_path=place.path, valid_from=line.day, opened_by=changes[parcel_id],
            name=line.facts.name, land_class=line.facts.land_class.value, use=line.facts.use, idle=line.facts.idle,
            area_mu_4=line.facts.area_mu_4, boundary=line.facts.boundary,
        )
        for parcel_id, (_position, line, _digest) in fresh.items()
    }  # fmt: skip
    Parcel.objects.bulk_create(parcels.values())
    LandChange.objects.bulk_create(changes.values())
    ParcelVersion.objects.bulk_create(versions.values())
    for parcel_id, parcel in parcels.items():
        acting.record(f"parcel:{parcel_id}", after=after_image(parcel, versions[parcel_id], changes[parcel_id]))


def enter_contract_line(acting: Acting, *, place: Place, position: int, line: ContractLine) -> tuple[
    LineResult, Contract | None
]:  # fmt: skip
    """Enter one contract of a list, if it is new; the act judges it."""
    try:
        check_numbers(line.terms)
        number = checked_number(line.terms.number)
        contract_id = contract_identifier(place.id, number)
        terms = _named_terms(acting, place, line)
        known = Contract.objects.select_related("place").filter(place=place, number=number).first()
        digest = terms_digest(place.id, terms)
        if known is None and sent_before(contract_id, digest, place_id=place.id, field="number"):
            return LineResult(position, "unchanged", contract_id), None  # it has another number since
        if known is None:
            contract = _entered(acting, place, contract_id, terms, line)
            return LineResult(position, "entered", contract.id), contract
        sent = line.ended_on is None and bytes(known.digest) == digest  # it was corrected since
        if not sent and not stands_so(known, terms, line):
            raise differs(number)
        return LineResult(position, "unchanged", known.id), None
    except Conflict as error:
        same = error.field == "number" and error.value == str(contract_id)
        return LineResult(position, "refused", error=differs(line.terms.number) if same else error), None
    except TianquError as error:
        return LineResult(position, "refused", error=error), None


def _named_terms(acting: Acting, place: Place, line: ContractLine) -> ContractTerms:
    """The terms with the parcels and the matter that a line names. Raises ``NotFound``, ``InvalidInput``."""
    if line.end_reason and line.ended_on is None:
        raise InvalidInput(
            _("This says why it ended, and not when."), field="ended_on", remedy=_("Give the day on which it ended.")
        )
    ids = parcels_numbered(acting.actor, place_id=place.id, numbers=line.parcel_numbers, field="parcels")
    terms = replace(line.terms, parcel_ids=tuple(ids))
    if not line.matter_number:
        return terms
    matter_id = matters_numbered(acting.actor, place_id=place.id, number=line.matter_number, field="matter")
    return replace(terms, matter_id=matter_id)


def _entered(
    acting: Acting, place: Place, contract_id: UUID, terms: ContractTerms, line: ContractLine
) -> Contract:  # fmt: skip
    """Enter a contract, and its end where it has one: both, or nothing of it."""
    with transaction.atomic():
        contract = enter(acting, place=place, contract_id=contract_id, terms=terms)
        if line.ended_on is not None:
            end(acting, contract=contract, on=line.ended_on, reason=line.end_reason, in_error=False)
    return contract


def stands_so(contract: Contract, terms: ContractTerms, line: ContractLine) -> bool:
    """Say whether the register has a contract just as a line tells it. Raises ``InvalidInput`` for what cannot be.

    Full-width letters and plain ones are the same here, as they are to whatever reads a table.
    """
    standing = terms_of(contract)
    told = clean_terms(contract.place, replace(terms, land_class=terms.land_class or standing.land_class))
    if not bytes(contract.digest):  # its parties were erased, and the line says that they were
        told = replace(told, lessee=standing.lessee, lessor=standing.lessor)
    ended = (contract.ended_on, contract.end_reason)
    return contract.state != ContractState.STRUCK and (
        _alike(standing, *ended) == _alike(told, line.ended_on, line.end_reason.strip())
    )


def _alike(terms: ContractTerms, *ended: object) -> str:
    told = [replace(terms, parcel_ids=tuple(sorted(terms.parcel_ids))), *ended]
    return unicodedata.normalize("NFKC", canonical_bytes(plain(told)).decode())
