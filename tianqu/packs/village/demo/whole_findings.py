"""A planned finding as it is brought in: its days with hours, its transfer by the accounts of the village's book."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Final

from django.utils import timezone

from tianqu.packs.village.demo.clearing import RECTIFY_DAYS, PlannedFinding
from tianqu.packs.village.demo.posting import LAND, PlannedTransfer
from tianqu.packs.village.demo.queries import Village
from tianqu.packs.village.findings.models import EffectKind, SubjectKind
from tianqu.packs.village.findings.registers.whole import WholeEffect, WholeFinding

RECEIVABLE: Final = "112"
# Two steps of one day keep their order.
OPENED, ACCEPTED, ANSWERED, CLOSED = time(9), time(11), time(14, 30), time(16, 30)
SPREAD_MINUTES: Final = 50


def whole_finding(village: Village, planned: PlannedFinding) -> WholeFinding:
    """Return what is brought in of a planned finding. Reads nothing."""
    days = planned.days
    later = timedelta(minutes=planned.id.int % SPREAD_MINUTES)

    def at(day: date | None, hour: time) -> datetime | None:
        return None if day is None else datetime.combine(day, hour, timezone.get_current_timezone()) + later

    opened_at = at(days.opened_on, OPENED)
    assert opened_at is not None
    return WholeFinding(
        planned.id, SubjectKind(planned.subject), planned.subject_id, opened_at, planned.text, planned.rule,
        rectify_by=days.opened_on + timedelta(days=RECTIFY_DAYS), accepted_at=at(days.accepted_on, ACCEPTED),
        answered_at=at(days.answered_on, ANSWERED), answer=planned.answer, effects=_effects(village, planned),
        closed_at=at(days.closed_on, CLOSED), note=planned.note,
    )  # fmt: skip


def _effects(village: Village, planned: PlannedFinding) -> tuple[WholeEffect, ...]:
    moved, day = planned.moves, planned.days.answered_on
    if moved is None or day is None:
        return ()
    assert village.book is not None and village.accounts is not None
    (debit, amount), (credit, _less) = sorted(moved.legs, key=lambda leg: -leg[1])
    return (
        WholeEffect(
            moved.id, _kind(moved), amount, village.book, village.accounts[moved.ledger, debit],
            village.accounts[moved.ledger, credit], day, moved.voucher, moved.purpose,
        ),
    )  # fmt: skip


def _kind(moved: PlannedTransfer) -> EffectKind:
    if moved.ledger == LAND:
        return EffectKind.LAND_RECOVERED
    credits = {code for code, amount in moved.legs if amount < 0}
    return EffectKind.CLAIM_SETTLED if RECEIVABLE in credits else EffectKind.DEBT_SETTLED
