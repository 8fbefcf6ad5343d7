"""The registers of fixed assets, funds, claims and debts: what each is between two days.

Plain functions that acts share; each is called within an act, whose permission was asked for.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Final
from uuid import UUID

from tianqu.base.errors import Conflict, InvalidInput, NotFound, _
from tianqu.base.texts import clean_text
from tianqu.kernel.journal.api import Acting, Actor
from tianqu.kernel.places.api import Place, within_scope
from tianqu.packs.village.models import Holding, HoldingKind, HoldingVersion
from tianqu.packs.village.registers.land import REASON_MAX, Change, checked_number
from tianqu.packs.village.registers.refusals import check_amount, check_day, lawful

NAME_MAX: Final = 120
NOTE_MAX: Final = 500
OWED: Final = (HoldingKind.CLAIM, HoldingKind.DEBT)


@dataclass(frozen=True, slots=True)
class HoldingFacts:
    """What a holding is: ``amount_fen`` the cost of an asset, what a fund holds, or what is owed by or to ``party``."""

    name: str
    amount_fen: int
    party: str = ""
    settled_fen: int = 0
    due_on: date | None = None
    location: str = ""
    note: str = ""


def holding_with(holding_id: UUID, actor: Actor, *, lock: bool = False) -> Holding:
    """Return a holding within the actor's reach. Raises ``NotFound``."""
    rows = Holding.objects.select_related("place")
    if lock:
        rows = rows.select_for_update(of=("self",))
    holding = rows.filter(id=holding_id).first()
    if holding is None or not within_scope(actor.scope, holding):
        raise NotFound(
            _("There is no such holding."), field="holding_id", value=str(holding_id),
            remedy=_("Look it up in the register of assets and debts."),
        )  # fmt: skip
    return holding


def checked_facts(kind: HoldingKind, facts: HoldingFacts) -> HoldingFacts:
    """Return the facts with clean texts. Raises ``InvalidInput`` for what cannot be."""
    check_amount(facts.amount_fen, field="amount_fen")
    check_amount(facts.settled_fen, field="settled_fen")
    if facts.settled_fen > (facts.amount_fen if kind in OWED else 0):
        raise InvalidInput(
            _("More is settled than is owed."), field="settled_fen", value=facts.settled_fen,
            remedy=_("Give what was settled of this claim or debt; for others nothing is."),
        )  # fmt: skip
    if facts.due_on is not None:
        check_day(facts.due_on, field="due_on")
    return replace(
        facts, name=clean_text(facts.name, field="name", most=NAME_MAX, wanted=True),
        party=clean_text(facts.party, field="party", most=NAME_MAX, wanted=kind in OWED),
        location=clean_text(facts.location, field="location", most=NAME_MAX),
        note=clean_text(facts.note, field="note", most=NOTE_MAX),
    )  # fmt: skip


def register(
    acting: Acting,
    *,
    place: Place,
    holding_id: UUID,
    kind: HoldingKind,
    number: str,
    facts: HoldingFacts,
    change: Change,
) -> None:
    """Enter a holding that the register did not hold."""
    check_day(change.day, field="day", future=False)
    with lawful():
        holding = Holding.objects.create(
            id=holding_id, place=place, place_path=place.path, kind=kind, number=checked_number(number)
        )
        version = _open(acting, holding, facts, change)
    _record(acting, holding, version)


def correct(acting: Acting, *, holding: Holding, facts: HoldingFacts, change: Change) -> None:
    """Let other facts hold from the change's day on; on the first day of a version it is replaced whole."""
    change = replace(change, reason=clean_text(change.reason, field="reason", most=REASON_MAX, wanted=True))
    before = _standing(holding, change.day)
    with lawful():
        _close(before, change)
        version = _open(acting, holding, facts, change)
    _record(acting, holding, version)


def end(acting: Acting, *, holding: Holding, change: Change) -> None:
    """End a holding on a day: sold or scrapped, closed, settled or written off; the reason says which."""
    change = replace(change, reason=clean_text(change.reason, field="reason", most=REASON_MAX, wanted=True))
    before = _standing(holding, change.day)
    with lawful():
        _close(before, change)
    _record(acting, holding, before)


def settle_to(acting: Acting, *, holding: Holding, settled_fen: int, change: Change) -> None:
    """Let so much of a claim or debt be settled from the change's day on; all else of it stays."""
    version = _standing(holding, change.day)
    told = {name: getattr(version, name) for name in HoldingFacts.__dataclass_fields__}
    correct(acting, holding=holding, facts=HoldingFacts(**(told | {"settled_fen": settled_fen})), change=change)


def _standing(holding: Holding, day: date) -> HoldingVersion:
    """The version that a change on a day replaces. Raises ``Conflict``."""
    check_day(day, field="day", future=False)
    version = holding.versions.filter(valid_to__isnull=True).first()
    if version is None:
        raise Conflict(
            _("“%(value)s” has ended in the register."), field="holding_id", value=holding.number,
            remedy=_("Enter it anew under another number."),
        )  # fmt: skip
    if day < version.valid_from:
        raise Conflict(
            _("What “%(number)s” is holds from %(since)s on, which is later than this day."), field="day",
            value=day.isoformat(), number=holding.number, since=version.valid_from.isoformat(),
            remedy=_("Choose that day or a later one."),
        )  # fmt: skip
    return version


def _open(acting: Acting, holding: Holding, facts: HoldingFacts, change: Change) -> HoldingVersion:
    version = version_row(acting, holding, facts, change, at=acting.now)
    version.save(force_insert=True)
    return version


def version_row(
    acting: Acting, holding: Holding, facts: HoldingFacts, change: Change, *, at: datetime
) -> HoldingVersion:
    """Return the row of what a holding is from the change's day on; it is not written."""
    return HoldingVersion(
        holding=holding, place_path=holding.place_path, valid_from=change.day, change_id=change.id,
        digest=change.digest, reason=change.reason, at=at, person_id=acting.actor.person_id,
        post_id=acting.actor.post_id, **asdict(facts),
    )  # fmt: skip


def close_version(version: HoldingVersion, change: Change) -> None:
    """Let a version end with a change; it is not written."""
    version.valid_to, version.closed_by = change.day, change.id
    version.close_digest, version.close_reason = change.digest, change.reason


def _close(version: HoldingVersion, change: Change) -> None:
    close_version(version, change)
    version.save(update_fields=["valid_to", "closed_by", "close_digest", "close_reason"])


def _record(acting: Acting, holding: Holding, version: HoldingVersion) -> None:
    acting.record(f"holding:{holding.id}", after=after_image(holding, version))


def after_image(holding: Holding, version: HoldingVersion) -> dict[str, object]:
    """Return what the journal keeps of a holding."""
    return {
        "place": holding.place_id, "kind": holding.kind, "number": holding.number, "change": version.change_id,
        "closed_by": version.closed_by, "valid_from": version.valid_from, "valid_to": version.valid_to,
        "reason": version.reason, "close_reason": version.close_reason, "name": version.name,
        "party": version.party, "amount_fen": version.amount_fen, "settled_fen": version.settled_fen,
        "due_on": version.due_on, "location": version.location, "note": version.note,
    }  # fmt: skip
