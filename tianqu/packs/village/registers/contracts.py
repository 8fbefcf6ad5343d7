"""The register of contracts: what was agreed with whom on which parcels, what is due, and what is known of it.

Plain functions that acts share; each is called within an act, whose permission was asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any, Final
from uuid import UUID

from tianqu.base.canonical import plain
from tianqu.base.errors import Conflict, InvalidInput, NotFound, _
from tianqu.base.texts import clean_text
from tianqu.kernel.journal.api import Acting, Actor
from tianqu.kernel.pack.api import ContractEvent
from tianqu.kernel.places.api import Place, within_scope
from tianqu.packs.village.meetings.models import Matter
from tianqu.packs.village.models import Contract, ContractInstalment, ContractParcel, ContractState, Parcel
from tianqu.packs.village.registers.contract_versions import keep_version, only_paid
from tianqu.packs.village.registers.land import REASON_MAX, checked_number, standing_versions
from tianqu.packs.village.registers.refusals import check_amount, check_day, digest_of, lawful
from tianqu.packs.village.rules.facts import Body, ContractKind, Instalment, LandClass, Resolution

PARTY_MAX: Final = 120
PARCELS_MAX: Final = 200
INSTALMENTS_MAX: Final = 200
USE_MAX: Final = 120
REFERENCE_MAX: Final = 120
COUNT_MAX: Final = 10_000_000


@dataclass(frozen=True, slots=True)
class Particulars:
    """What the rules ask of a contract besides its terms. What is left out is not known, and never taken for a no."""

    written: bool = True
    renewal: bool = False
    measured_mu_4: int | None = None  # the land as it was measured
    household_until: date | None = (
        None  # of a flow: the first day on which the household's own contract no longer holds
    )
    lessee_outside: bool = False
    resolution_reference: str = ""  # where the resolution is filed
    resolution: Resolution | None = None
    township_approved_on: date | None = None
    bounds_written: bool | None = None
    board_elected_on: date | None = None
    occupied: bool | None = None
    objected_on: date | None = None
    use_agreed: str = ""
    use_found: str = ""
    sublet: bool = False
    sublet_consent: bool = False
    receipts_fen: int | None = None
    posted_fen: int | None = None
    private_account: bool = False


@dataclass(frozen=True, slots=True)
class ContractTerms:
    """A contract as it is entered. ``until`` is the first day on which it no longer holds; None: of no fixed term.

    Without ``land_class`` it is that of the parcels, if they are of one. Without ``lessor`` it is the village.
    """

    number: str
    kind: ContractKind
    lessee: str
    signed_on: date
    starts_on: date
    area_mu_4: int
    until: date | None = None
    parcel_ids: tuple[UUID, ...] = ()
    land_class: LandClass | None = None
    lessor: str = ""
    rent_year_fen: int | None = None
    instalments: tuple[Instalment, ...] = ()
    particulars: Particulars = Particulars()
    matter_id: UUID | None = None  # the matter whose resolution is this contract's; ``particulars`` then tell none


def contract_with(contract_id: UUID, actor: Actor, *, lock: bool = False) -> Contract:
    """Return a contract within the actor's reach. Raises ``NotFound``."""
    rows = Contract.objects.select_related("place")
    if lock:
        rows = rows.select_for_update(of=("self",))
    contract = rows.filter(id=contract_id).first()
    if contract is None or not within_scope(actor.scope, contract):
        raise NotFound(
            _("There is no such contract."), field="contract_id", value=str(contract_id),
            remedy=_("Look it up in the register of contracts."),
        )  # fmt: skip
    return contract


def enter(acting: Acting, *, place: Place, contract_id: UUID, terms: ContractTerms) -> Contract:
    """Enter a contract that the register did not hold."""
    digest = terms_digest(place.id, terms)
    terms, parcels = checked_terms(acting, place, terms)
    with lawful():
        contract = Contract.objects.create(
            id=contract_id, place=place, place_path=place.path, digest=digest, entered_at=acting.now,
            changed_at=acting.now, **columns_of(terms),
        )  # fmt: skip
        _write_parts(contract, terms, parcels)
        keep_version(acting, contract, terms, ContractEvent.ENTERED)
    return contract


def terms_digest(place_id: UUID, terms: ContractTerms) -> bytes:
    """SHA-256 of a contract as it was sent."""
    return digest_of(place_id, terms)


def change(acting: Acting, *, contract: Contract, terms: ContractTerms, expected_version: int | None) -> None:
    """Put other terms in the place of those that were entered, because they had been read wrongly."""
    if expected_version is not None and expected_version != contract.version:
        raise Conflict(
            _("Somebody changed this contract meanwhile."), field="expected_version", value=expected_version,
            remedy=_("Look at what it is now, then send again."),
        )  # fmt: skip
    _refuse_ended(contract)
    before = terms_of(contract)
    terms, parcels = checked_terms(acting, contract.place, terms)
    columns = columns_of(terms)
    for name, value in columns.items():
        setattr(contract, name, value)
    contract.version += 1
    contract.changed_at = acting.now
    with lawful():
        contract.save(update_fields=[*columns, "version", "changed_at"])
        ContractParcel.objects.filter(contract=contract).delete()
        ContractInstalment.objects.filter(contract=contract).delete()
        _write_parts(contract, terms, parcels)
        paid = only_paid(before, terms)
        keep_version(acting, contract, terms, ContractEvent.PAID if paid else ContractEvent.CORRECTED)


def end(acting: Acting, *, contract: Contract, on: date, reason: str, in_error: bool) -> None:
    """End a contract on a day, or strike out one that had been entered in error."""
    _refuse_ended(contract)
    check_day(on, field="on", future=False)
    if not in_error and on < contract.signed_on:
        raise InvalidInput(
            _("A contract does not end before it was signed."), field="on", value=on.isoformat(),
            remedy=_("Choose the day on which it ended; strike out what was entered in error."),
        )  # fmt: skip
    contract.state = ContractState.STRUCK if in_error else ContractState.ENDED
    contract.ended_on, contract.version, contract.changed_at = on, contract.version + 1, acting.now
    contract.end_reason = clean_text(reason, field="reason", most=REASON_MAX, wanted=True)
    contract.save(update_fields=["state", "ended_on", "end_reason", "version", "changed_at"])
    keep_version(acting, contract, terms_of(contract), ContractEvent.STRUCK if in_error else ContractEvent.ENDED)


def _refuse_ended(contract: Contract) -> None:
    if contract.state != ContractState.IN_FORCE:
        raise Conflict(
            _("This contract has ended."), field="contract_id", value=contract.number,
            remedy=_("Enter another contract; what ended stays as it was."),
        )  # fmt: skip


def record(acting: Acting, contract: Contract, **more: object) -> None:
    """Record what a contract is after the act."""
    acting.record(f"contract:{contract.id}", after=after_image(contract, terms_of(contract), **more))


def after_image(contract: Contract, terms: ContractTerms, **more: object) -> dict[str, object]:
    """Return what the journal keeps of a contract."""
    return {
        "place": contract.place_id, "version": contract.version, "state": contract.state,
        "ended_on": contract.ended_on, "end_reason": contract.end_reason, "terms": plain(terms), **more,
    }  # fmt: skip


def terms_of(contract: Contract) -> ContractTerms:
    """Return the terms of a contract as they stand."""
    instalments = sorted(contract.instalments.all(), key=lambda one: one.position)
    return ContractTerms(
        number=contract.number, kind=ContractKind(contract.kind), lessee=contract.lessee, lessor=contract.lessor,
        signed_on=contract.signed_on, starts_on=contract.starts_on, until=contract.until,
        area_mu_4=contract.area_mu_4, land_class=LandClass(contract.land_class),
        parcel_ids=tuple(one.parcel_id for one in sorted(contract.held.all(), key=lambda one: one.id)),
        rent_year_fen=contract.rent_year_fen,
        instalments=tuple(
            Instalment(one.due_on, one.amount_fen, one.covers_from, one.covers_until, one.paid_fen)
            for one in instalments
        ),
        particulars=particulars_of(contract), matter_id=contract.matter_id,
    )  # fmt: skip


_DAYS: Final = ("household_until", "township_approved_on", "board_elected_on", "objected_on")


def particulars_of(contract: Contract) -> Particulars:
    """Return what is known of a contract besides its terms."""
    kept: dict[str, Any] = dict(contract.particulars)
    for name in _DAYS:
        kept[name] = date.fromisoformat(kept[name]) if kept.get(name) else None
    told = kept.get("resolution")
    if told:
        kept["resolution"] = Resolution(
            Body(told["body"]), date.fromisoformat(told["held_on"]), told["entitled"], told["present"], told["agreed"],
            date.fromisoformat(told["notice_on"]) if told["notice_on"] else None,
        )  # fmt: skip
    return Particulars(**kept)


def checked_terms(acting: Acting, place: Place, terms: ContractTerms) -> tuple[ContractTerms, list[Parcel]]:
    """Return the terms with clean texts and what follows from the parcels, and the parcels. Raises ``InvalidInput``."""
    check_matter(place, terms)
    parcels = _parcels(place, terms.parcel_ids)
    return clean_terms(place, replace(terms, land_class=terms.land_class or _class_of(parcels))), parcels


def clean_terms(place: Place, terms: ContractTerms) -> ContractTerms:
    """Return terms that name their class of land with clean texts. Raises ``InvalidInput`` for what cannot be."""
    _check_days(terms)
    check_numbers(terms)
    _check_resolved_once(terms)
    return replace(
        terms, number=checked_number(terms.number),
        lessee=clean_text(terms.lessee, field="lessee", most=PARTY_MAX, wanted=True),
        lessor=clean_text(terms.lessor, field="lessor", most=PARTY_MAX) or place.name,
        particulars=_checked_particulars(terms.particulars),
    )  # fmt: skip


def check_numbers(terms: ContractTerms) -> None:
    """Refuse areas, amounts and counts that cannot be. Raises ``InvalidInput``."""
    check_amount(terms.area_mu_4, field="area_mu_4", least=1)
    if terms.rent_year_fen is not None:
        check_amount(terms.rent_year_fen, field="rent_year_fen")
    for name in ("measured_mu_4", "receipts_fen", "posted_fen"):
        if (amount := getattr(terms.particulars, name)) is not None:
            check_amount(amount, field=name)
    if terms.particulars.resolution is not None:
        _check_resolution(terms.particulars.resolution)
    _check_instalments(terms.instalments)


def _check_days(terms: ContractTerms) -> None:
    check_day(terms.signed_on, field="signed_on", future=False)
    check_day(terms.starts_on, field="starts_on")
    if terms.until is not None:
        check_day(terms.until, field="until")
        if terms.until <= terms.starts_on:
            raise InvalidInput(
                _("A contract ends after it starts."), field="until", value=terms.until.isoformat(),
                remedy=_("Give the first day on which it no longer holds."),
            )  # fmt: skip


def check_matter(place: Place, terms: ContractTerms) -> None:
    """Refuse a matter of elsewhere. Raises ``NotFound``."""
    if terms.matter_id is not None and not Matter.objects.filter(id=terms.matter_id, place=place).exists():
        raise NotFound(
            _("The village has no such matter."), field="matter_id", value=str(terms.matter_id),
            remedy=_("Open the matter first."),
        )  # fmt: skip


def _check_resolved_once(terms: ContractTerms) -> None:
    """Refuse a resolution beside that of a matter. Raises ``InvalidInput``."""
    if terms.matter_id is not None and terms.particulars.resolution is not None:
        raise InvalidInput(
            _("The resolution is that of the matter; no other is told beside it."), field="resolution",
            remedy=_("Leave the resolution out, or the matter."),
        )  # fmt: skip


def _check_instalments(instalments: Sequence[Instalment]) -> None:
    if len(instalments) > INSTALMENTS_MAX:
        raise InvalidInput(
            _("A contract has at most %(most)s instalments."), field="instalments", value=len(instalments),
            most=INSTALMENTS_MAX,
        )  # fmt: skip
    for one in instalments:
        for name in ("due_on", "covers_from", "covers_until"):
            check_day(getattr(one, name), field="instalments")
        check_amount(one.amount_fen, field="instalments")
        check_amount(one.paid_fen, field="instalments")
        if one.paid_fen > one.amount_fen:
            raise InvalidInput(
                _("More was paid than fell due."), field="instalments", value=one.paid_fen,
                remedy=_("Enter what is too much with the rent that it pays for, or as a debt of the village."),
            )  # fmt: skip
        if one.covers_from >= one.covers_until:
            raise InvalidInput(
                _("An instalment pays for days that begin before they end."), field="instalments",
                value=one.covers_until.isoformat(), remedy=_("Give the first day that it does not pay for."),
            )  # fmt: skip


def _parcels(place: Place, parcel_ids: Sequence[UUID]) -> list[Parcel]:
    """The parcels, locked so that none is split meanwhile. Raises ``NotFound`` and ``Conflict``."""
    if len(parcel_ids) > PARCELS_MAX or len(set(parcel_ids)) != len(parcel_ids):
        raise InvalidInput(
            _("A contract is about at most %(most)s different parcels."), field="parcel_ids", value=len(parcel_ids),
            most=PARCELS_MAX,
        )  # fmt: skip
    rows = Parcel.objects.select_for_update(of=("self",)).filter(id__in=parcel_ids, place=place)
    found = {parcel.id: parcel for parcel in rows.order_by("id")}
    standing = standing_versions(found)
    for parcel_id in parcel_ids:
        if parcel_id not in found:
            raise NotFound(
                _("The village has no such parcel."), field="parcel_ids", value=str(parcel_id),
                remedy=_("Enter the parcel first."),
            )  # fmt: skip
        if parcel_id not in standing:
            raise Conflict(
                _("The parcel %(value)s is no more: it was split, merged or struck."), field="parcel_ids",
                value=found[parcel_id].number, remedy=_("Name what followed it."),
            )  # fmt: skip
    return [found[parcel_id] for parcel_id in parcel_ids]


def _class_of(parcels: Sequence[Parcel]) -> LandClass:
    if not parcels:
        raise InvalidInput(
            _("A contract that names no parcel says what class of land it is about."), field="land_class",
            remedy=_("Choose the class, or name the parcels."),
        )  # fmt: skip
    classes = {version.land_class for version in standing_versions(parcel.id for parcel in parcels).values()}
    if len(classes) != 1:
        raise InvalidInput(
            _("The parcels are not of one class."), field="land_class",
            remedy=_("Say by which class the contract is judged."),
        )  # fmt: skip
    return LandClass(classes.pop())


def _checked_particulars(told: Particulars) -> Particulars:
    for name in _DAYS:
        if (day := getattr(told, name)) is not None:
            check_day(day, field=name)
    return replace(
        told, use_agreed=clean_text(told.use_agreed, field="use_agreed", most=USE_MAX),
        use_found=clean_text(told.use_found, field="use_found", most=USE_MAX),
        resolution_reference=clean_text(told.resolution_reference, field="resolution_reference", most=REFERENCE_MAX),
    )  # fmt: skip


def _check_resolution(told: Resolution) -> None:
    check_day(told.held_on, field="resolution", future=False)
    if told.notice_on is not None:
        check_day(told.notice_on, field="resolution", future=False)
    if not 0 <= told.agreed <= told.present <= told.entitled <= COUNT_MAX:
        raise InvalidInput(
            _("Nobody agrees who was not there, and nobody is there who may not be."), field="resolution",
            value=f"{told.agreed}/{told.present}/{told.entitled}",
            remedy=_("Give who were entitled, of them who were present, and of them who agreed."),
        )  # fmt: skip


def columns_of(terms: ContractTerms) -> dict[str, Any]:
    """Return the columns of a contract for its terms."""
    assert terms.land_class is not None
    simple = {
        name: getattr(terms, name)
        for name in ("number", "lessee", "lessor", "signed_on", "starts_on", "until", "area_mu_4", "rent_year_fen")
    }
    particulars = {field.name: plain(getattr(terms.particulars, field.name)) for field in fields(Particulars)}
    return simple | {
        "kind": terms.kind.value, "land_class": terms.land_class.value, "particulars": particulars,
        "matter_id": terms.matter_id,
    }  # fmt: skip


def _write_parts(contract: Contract, terms: ContractTerms, parcels: Sequence[Parcel]) -> None:
    ContractParcel.objects.bulk_create(
        [ContractParcel(contract=contract, parcel=parcel, place_path=contract.place_path) for parcel in parcels]
    )
    ContractInstalment.objects.bulk_create(instalment_rows(contract, terms))


def instalment_rows(contract: Contract, terms: ContractTerms) -> list[ContractInstalment]:
    """Return the rows of what falls due under a contract."""
    return [
        ContractInstalment(
            contract=contract, place_path=contract.place_path, position=position, due_on=one.due_on,
            amount_fen=one.amount_fen, covers_from=one.covers_from, covers_until=one.covers_until,
            paid_fen=one.paid_fen,
        )
        for position, one in enumerate(terms.instalments, 1)
    ]  # fmt: skip
