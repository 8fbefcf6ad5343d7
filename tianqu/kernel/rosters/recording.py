"""What the acts of rosters share: recording, and telling who must know."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from tianqu.kernel.journal.api import Acting
from tianqu.kernel.notices.api import prepare_notice, queue_notice, queue_notices
from tianqu.kernel.rosters.models import Duty, Roster, Shift, Wish


def record_roster(acting: Acting, roster: Roster, **more: object) -> None:
    """Record what a roster is; nobody is named in it."""
    names = ("kind", "subject", "title", "title_en", "first_day", "last_day", "rest_minutes", "week_max", "days_max",
             "in_turn", "state", "stage", "fault", "version", "wishes_by")  # fmt: skip
    acting.record_row(f"roster:{roster.id}", roster, names, more=more)


def record_shift(acting: Acting, shift: Shift, *, dropped: bool = False) -> None:
    """Record what a shift is."""
    names = ("roster_id", "starts_at", "ends_at", "venue", "venue_en", "needs", "offered")
    acting.record_row(f"shift:{shift.id}", shift, names, more={"dropped": dropped})


def record_duty(acting: Acting, duty: Duty, *, dropped: bool = False) -> None:
    """Record who is in a shift, by number; the log does not show which act it was."""
    names = ("shift_id", "number", "skill", "waived", "by_hand", "offered_at")
    acting.record_row(f"duty:{duty.id}", duty, names, sealed=True, more={"dropped": dropped})


def record_wish(acting: Acting, wish: Wish) -> None:
    """Record what somebody said to a roster."""
    names = ("roster_id", "number", "takes_part", "shifts_min", "shifts_max", "unable", "wished", "unwished")
    acting.record_row(f"wish:{wish.id}", wish, names, sealed=True)


def tell_persons(acting: Acting, roster: Roster, persons: Iterable[UUID | None], *, code: str, **more: object) -> None:
    """Tell persons what has happened with a roster; the notice leads to their page of it."""
    queue_notices(acting, [
        prepare_notice(
            acting, key=f"{code}:{roster.id}:{person_id}:{acting.now.timestamp()}", code=code,
            subject=f"roster:{roster.id}", parameters={"title": roster.title, **more}, person_id=person_id,
        )
        for person_id in sorted({each for each in persons if each is not None})
    ])  # fmt: skip


def tell_leader(acting: Acting, roster: Roster, *, code: str, **more: object) -> None:
    """Tell those who lead at the holder's unit."""
    queue_notice(
        acting, key=f"{code}:{roster.id}:{acting.now.timestamp()}", code=code, unit_id=roster.unit_id,
        subject=f"roster_led:{roster.id}", parameters={"title": roster.title, **more},
    )  # fmt: skip
