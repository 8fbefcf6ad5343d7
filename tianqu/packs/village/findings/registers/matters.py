"""What findings are about and what is given as evidence: a contract, a parcel, a holding, or a transfer of the book."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection

from tianqu.base.errors import Conflict, InvalidInput, NotFound, NotPermitted, _
from tianqu.kernel.journal.api import Acting, Actor
from tianqu.kernel.ledgers.api import transfer_with
from tianqu.kernel.orders.api import realm_calendar
from tianqu.kernel.places.api import Place, place_with, reaches, unit_id_for, within_scope
from tianqu.packs.village.findings.models import Finding, FindingAnswer, SubjectKind
from tianqu.packs.village.models import Contract, Holding, Judgement, Parcel
from tianqu.packs.village.registers.contracts import contract_with
from tianqu.packs.village.registers.holdings import holding_with
from tianqu.packs.village.registers.land import VILLAGE_KIND, parcel_with
from tianqu.packs.village.registers.refusals import check_day, taken

OFFICE: Final = "village_committee"  # the kind of unit that answers for its village
RECTIFY_DAYS: Final = 30  # where the auditor gives no day
RECTIFY_DAYS_MAX: Final = 366
EVIDENCE_MAX: Final = 20
OPEN: Final = ("dispatched", "accepted", "done")
REGISTERS: Final[Mapping[SubjectKind, Any]] = {
    SubjectKind.CONTRACT: Contract, SubjectKind.PARCEL: Parcel, SubjectKind.HOLDING: Holding,
}  # fmt: skip
COLUMNS: Final = {  # of a finding: which says what it is about
    SubjectKind.CONTRACT: "contract_id", SubjectKind.PARCEL: "parcel_id", SubjectKind.HOLDING: "holding_id",
    SubjectKind.TRANSFER: "transfer_id",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Evidence:
    """A thing of the village's registers or book that shows what was done: a new contract, a payment, land let anew."""

    kind: SubjectKind
    id: UUID


@dataclass(frozen=True, slots=True)
class Subject:
    """A thing within the actor's reach, with its village, what it is called, and where it stands today."""

    kind: SubjectKind
    id: UUID
    place: Place
    number: str
    standing: str


def subject_with(actor: Actor, kind: SubjectKind, subject_id: UUID, *, field: str = "subject_id") -> Subject:
    """Return a thing of a village within the actor's reach. Raises ``NotFound``."""
    try:
        return _FOUND[kind](actor, subject_id)
    except NotFound as error:
        error.field = field
        raise


def _contract(actor: Actor, contract_id: UUID) -> Subject:
    contract = contract_with(contract_id, actor)
    return Subject(SubjectKind.CONTRACT, contract_id, contract.place, contract.number, contract.state)


def _parcel(actor: Actor, parcel_id: UUID) -> Subject:
    parcel = parcel_with(parcel_id, actor)
    now = parcel.versions.filter(valid_to__isnull=True).first()
    standing = "gone" if now is None else "idle" if now.idle else "used"
    return Subject(SubjectKind.PARCEL, parcel_id, parcel.place, parcel.number, standing)


def _holding(actor: Actor, holding_id: UUID) -> Subject:
    holding = holding_with(holding_id, actor)
    standing = holding.versions.filter(valid_to__isnull=True).exists()
    return Subject(SubjectKind.HOLDING, holding_id, holding.place, holding.number, "stands" if standing else "ended")


def _transfer(actor: Actor, transfer_id: UUID) -> Subject:
    transfer = transfer_with(transfer_id)
    if not within_scope(actor.scope, transfer.book) or transfer.book.place.kind != VILLAGE_KIND:
        raise NotFound(
            _("There is no such transfer."), field="transfer_id", value=str(transfer_id),
            remedy=_("Look it up among the transfers of its book."),
        )  # fmt: skip
    number = f"{transfer.book.code}/{transfer.number}"
    return Subject(SubjectKind.TRANSFER, transfer_id, transfer.book.place, number, "posted")


_FOUND: Final = {
    SubjectKind.CONTRACT: _contract, SubjectKind.PARCEL: _parcel, SubjectKind.HOLDING: _holding,
    SubjectKind.TRANSFER: _transfer,
}  # fmt: skip


def finding_with(finding_id: UUID, actor: Actor, *, lock: bool = False) -> Finding:
    """Return a finding within the actor's reach, with its order as it stood when it was read. Raises ``NotFound``."""
    rows = Finding.objects.select_related("order", "place")
    if lock:
        rows = rows.select_for_update(of=("self",))
    finding = rows.filter(order_id=finding_id).first()
    if finding is None or not within_scope(actor.scope, finding):
        raise NotFound(
            _("There is no such finding."), field="finding_id", value=str(finding_id),
            remedy=_("Choose a finding of the list."),
        )  # fmt: skip
    return finding


def office_of(place: Place) -> UUID:
    """Return the village's office. Raises ``Conflict`` for a village that has none."""
    village_kind_only(place)
    unit_id = unit_id_for(OFFICE, place_id=place.id)
    if unit_id is None:
        raise Conflict(
            _("“%(value)s” has no office that could answer."), field="subject_id", value=place.name,
            remedy=_("Enter the village's committee as a unit first."),
        )  # fmt: skip
    return unit_id


def village_kind_only(place: Place) -> None:
    """Refuse a place that is no village. Raises ``InvalidInput``."""
    if place.kind != VILLAGE_KIND:
        raise InvalidInput(_("%(value)s is no village."), field="subject_id", value=place.name)


def newest_judgement(contract: Contract, rule: str) -> tuple[Judgement, dict[str, Any]]:
    """Return the newest judgement of a contract and what it says of a rule. Raises ``NotFound``."""
    judgement = contract.judgements.order_by("-at", "-id").first()
    for told in judgement.findings if judgement is not None else ():
        if told["rule"] == rule:
            assert judgement is not None
            return judgement, told
    raise NotFound(
        _("The newest judgement of this contract finds nothing by the rule %(value)s."), field="rule", value=rule[:40],
        remedy=_("Ask the rules again, or open a finding in your own words."),
    )  # fmt: skip


def refuse_second(kind: SubjectKind, *, subject_id: UUID, rule: str, but: UUID | None = None) -> None:
    """Refuse another finding of a rule on a thing while one (``but`` aside) is open. Raises ``Conflict``."""
    held = Finding.objects.filter(rule=rule, order__state__in=OPEN, **{COLUMNS[kind]: subject_id})
    others = held if but is None else held.exclude(order_id=but)
    open_one = others.select_related("order").first()
    if open_one is not None and rule:
        raise Conflict(
            _("A finding about this is open already: %(value)s."), field="rule", value=open_one.order.code,
            remedy=_("Look at that one."),
        )  # fmt: skip


def columns_of(subject: Subject) -> dict[str, Any]:
    """The columns of a finding that say what it is about."""
    return {
        "subject": subject.kind.value, COLUMNS[subject.kind]: subject.id, "number": subject.number,
        "place_id": subject.place.id, "place_path": subject.place.path,
    }  # fmt: skip


def told_evidence(actor: Actor, finding: Finding, evidence: Sequence[Evidence]) -> list[dict[str, str]]:
    """Return evidence as an answer keeps it: what each thing was called and how it stood when it was given.

    Raises ``InvalidInput`` for too many or for things of another village, ``NotFound`` for what is out of sight.
    """
    if len(evidence) > EVIDENCE_MAX:
        raise InvalidInput(
            _("An answer has at most %(most)s pieces of evidence."), field="evidence", value=len(evidence),
            most=EVIDENCE_MAX,
        )  # fmt: skip
    told = []
    for one in evidence:
        thing = subject_with(actor, one.kind, one.id, field="evidence")
        if thing.place.id != finding.place_id:
            raise InvalidInput(
                _("%(value)s belongs to another village."), field="evidence", value=thing.number,
                remedy=_("Give evidence of the village that answers."),
            )  # fmt: skip
        told.append({"kind": one.kind.value, "id": str(one.id), "number": thing.number, "standing": thing.standing})
    return told


def last_moment(day: date) -> datetime:
    """The end of a day in the realm's time."""
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=realm_calendar().zone)


def checked_rectify_by(day: date | None, *, today: date) -> date:
    """Return until when a finding is to be put right. Raises ``InvalidInput`` for a day over or too far."""
    chosen = day or today + timedelta(days=RECTIFY_DAYS)
    check_day(chosen, field="rectify_by")
    if not today < chosen <= today + timedelta(days=RECTIFY_DAYS_MAX):
        raise InvalidInput(
            _("%(value)s is not one of the next %(most)s days."), field="rectify_by", value=chosen.isoformat(),
            most=RECTIFY_DAYS_MAX, remedy=_("Choose a day that leaves time to put it right."),
        )  # fmt: skip
    return chosen


def refuse_own_office(acting: Acting, finding: Finding) -> None:
    """Refuse whoever sits in the village's own office, or in one that answered, or answered themselves.

    Raises ``NotPermitted``; the database holds to the same.
    """
    actor = acting.actor
    answers = list(FindingAnswer.objects.filter(finding=finding).values_list("unit_id", "person_id"))
    units = {finding.unit_id, *(unit for unit, _person in answers)}
    persons = {person for _unit, person in answers}
    if actor.unit_id is None or actor.unit_id in units or actor.person_id is None or actor.person_id in persons:
        raise NotPermitted(
            _("Only an inspector of another office decides about a finding (%(permission)s)."),
            remedy=_("Hand it to an inspector of the county."), permission=acting.act,
        )  # fmt: skip


def matter_sent_before(given: UUID, digest: bytes, *, field: str) -> bool:
    """Say whether the same finding, answer or drawing was sent before. Raises ``Conflict`` for another one.

    Where the same is on its way at this moment, the answer waits until that is done.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"finding:{given}"])
        cursor.execute("SELECT village_matter_known(%s)", [given])
        row = cursor.fetchone()
    if row is None or row[0] is None:
        return False
    if bytes(row[0]) != digest:
        raise taken(field, given)
    return True


def place_within_reach(place_id: UUID, actor: Actor) -> Place:
    """Return a place within the actor's reach, of any kind. Raises ``NotFound``."""
    place = place_with(place_id)
    if not reaches(actor.scope, place.path):
        raise NotFound(
            _("There is no such place."), field="place_id", value=str(place_id),
            remedy=_("Choose a place within the reach of your post."),
        )  # fmt: skip
    return place
