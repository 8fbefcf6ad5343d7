"""The acts of hours: confirmed by the leader and booked in the ledger, refused, disagreed with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from django.utils import timezone

from tianqu.base.errors import Conflict, InvalidInput, NotFound, NotPermitted, _
from tianqu.base.identifiers import new_identifier
from tianqu.base.texts import clean_text
from tianqu.kernel.journal.api import Acting, DoneBefore, act
from tianqu.kernel.ledgers.api import Account, NewLeg, NewTransfer, account_called, open_account_within, post_within
from tianqu.kernel.notices.api import queue_notice
from tianqu.kernel.occasions.api import Booking, Occasion, bookings_with, led_holder, occasion_with, own_booking
from tianqu.kernel.places.api import may_by_role, may_own
from tianqu.packs.practice.acts import FIRST_DAY, team_called
from tianqu.packs.practice.models import KIND, LEDGER, Hours, Station, Team

WORDS_MAX: Final = 500
AT_ONCE_MAX: Final = 500


@act("practice.confirm_hours", may=may_by_role)
def confirm_hours(acting: Acting, *, occasion_id: UUID, booking_ids: Sequence[UUID]) -> int:
    """Confirm who was there: their minutes go from the team's account to theirs. Return how many minutes were booked.

    Booked before, it stays. Raises ``NotPermitted`` for one's own hours, ``Conflict`` for who has not checked in and
    out or was at two places at once.
    """
    occasion = occasion_with(occasion_id).occasion
    team = _led(acting, occasion)
    if not 1 <= len(booking_ids) <= AT_ONCE_MAX:
        raise InvalidInput(
            _("From 1 to %(most)s are confirmed at once."), field="booking_ids", value=len(booking_ids),
            most=AT_ONCE_MAX,
        )  # fmt: skip
    Station.objects.select_for_update().get(code=team.station_id)  # accounts are opened, hours booked one by one
    chosen = [one for one in bookings_with(booking_ids, locked=True) if one.occasion_id == occasion_id]
    if len(chosen) != len(set(booking_ids)):
        raise _no_booking()
    known = Hours.objects.in_bulk([one.id for one in chosen])
    due = [
        (known.get(one.id) or _hours_of(team, one), _minutes(acting, one)) for one in chosen
        if one.id not in known or known[one.id].minutes is None
    ]  # fmt: skip
    if not due:
        raise DoneBefore(0)
    _book(acting, team, occasion, due)
    for one, _count in due:
        _record(acting, one)
    return sum(count for _one, count in due)


def _minutes(acting: Acting, one: Booking) -> int:
    """The whole minutes between check-in and check-out that lie within the activity."""
    if one.person_id is not None and one.person_id == acting.actor.person_id:
        raise NotPermitted(_("Somebody else confirms your own hours."), field="booking_ids", value=one.number)
    if one.in_at is None or one.out_at is None:
        raise Conflict(_("%(value)s has not checked in and out."), field="booking_ids", value=one.number)
    if one.elsewhere:
        raise Conflict(_("%(value)s was at two places at once."), field="booking_ids", value=one.number)
    served = min(one.out_at, one.occasion.ends_at) - max(one.in_at, one.occasion.starts_at)
    minutes = int(served.total_seconds()) // 60
    if minutes < 1:
        raise Conflict(_("%(value)s was there for less than a minute."), field="booking_ids", value=one.number)
    return minutes


def _book(acting: Acting, team: Team, occasion: Occasion, due: Sequence[tuple[Hours, int]]) -> None:
    """Move the minutes in the station's book, one transfer a volunteer; new volunteers get their account there."""
    book, numbers = team.station.book, [one.number for one, _count in due]
    giving = account_called(book, ledger=LEDGER, code=team.account).id
    there = Account.objects.filter(book__code=book, ledger__code=LEDGER, code__in=numbers)
    accounts = dict(there.values_list("code", "id"))
    for number in numbers:
        if number not in accounts:
            accounts[number] = open_account_within(
                acting, book=book, ledger=LEDGER, code=number, name=number, element="other", side="credit",
                opened_on=FIRST_DAY,
            )  # fmt: skip
    day = timezone.localdate(occasion.starts_at)
    posted = post_within(acting, book=book, transfers=[
        NewTransfer(
            new_identifier(), day, (NewLeg(giving, count), NewLeg(accounts[one.number], -count)), kind="hours",
            reference=f"booking:{one.booking_id}",
        )
        for one, count in due
    ])  # fmt: skip
    for (one, count), voucher in zip(due, posted, strict=True):
        one.minutes, one.transfer_id, one.voucher, one.refused_at = count, voucher.id, voucher.number, None
        one.save()


@act("practice.refuse_hours", may=may_by_role)
def refuse_hours(acting: Acting, *, booking_id: UUID, words: str) -> None:
    """Say why somebody's time is not confirmed, or answer what they said; they are told and may disagree.

    Raises ``Conflict`` for hours that are booked.
    """
    found = [one for one in bookings_with([booking_id], locked=True) if one.occasion.kind == KIND]
    if not found:
        raise _no_booking()
    booking, of = found[0], found[0].occasion
    one = _kept_hours(_led(acting, of), booking)
    if one.minutes is not None:
        raise Conflict(_("These hours are booked."), field="booking_id")
    one.leader_words = clean_text(words, field="words", most=WORDS_MAX, wanted=True)
    one.refused_at = acting.now
    one.save()
    if booking.person_id is not None:
        queue_notice(
            acting, key=f"practice_refused:{booking.id}:{acting.now.timestamp()}", code="practice_refused",
            parameters={"title": of.title, "at": of.starts_at.isoformat(), "words": one.leader_words},
            subject=f"own_hours:{of.id}", person_id=booking.person_id,
        )  # fmt: skip
    _record(acting, one)


@act("practice.dispute_hours", may=may_own)
def dispute_hours(acting: Acting, *, occasion_id: UUID, words: str) -> None:
    """Disagree with what stands of one's own hours, in words that the team's leader reads and answers.

    Raises ``NotFound`` for who took no part, ``Conflict`` before the activity begins.
    """
    occasion, booking = occasion_with(occasion_id).occasion, own_booking(acting.actor, occasion_id=occasion_id)
    if booking is None or occasion.kind != KIND:
        raise NotFound(_("You have not signed up for this activity."), field="occasion_id")
    if occasion.starts_at > acting.now:
        raise Conflict(_("It has not begun."), field="occasion_id", remedy=_("Come back after the activity."))
    one = _kept_hours(team_called(occasion.subject), bookings_with([booking.id], locked=True)[0])
    one.volunteer_words = clean_text(words, field="words", most=WORDS_MAX, wanted=True)
    one.save()
    queue_notice(
        acting, key=f"practice_disputed:{booking.id}:{acting.now.timestamp()}", code="practice_disputed",
        parameters={"title": occasion.title}, subject=f"led_hours:{occasion_id}", unit_id=one.unit_id,
    )  # fmt: skip
    _record(acting, one)


def _kept_hours(team: Team, booking: Booking) -> Hours:
    """What stands of a booking, which is locked; nothing yet is a row that is not saved."""
    return Hours.objects.filter(booking_id=booking.id).first() or _hours_of(team, booking)


def _hours_of(team: Team, booking: Booking) -> Hours:
    return Hours(
        booking_id=booking.id, team=team, person_id=booking.person_id, number=booking.number, leader_words="",
        volunteer_words="", unit_id=booking.unit_id, place_path=booking.place_path,
    )  # fmt: skip


def _led(acting: Acting, occasion: Occasion) -> Team:
    """The team of an activity that the actor leads. Raises ``NotFound`` for an occasion of another kind."""
    if occasion.kind != KIND:
        raise NotFound(_("This is no activity of volunteers."), field="occasion_id", value=str(occasion.id))
    led_holder(acting.actor, acting.act, kind=KIND, subject=occasion.subject)
    return team_called(occasion.subject)


def _record(acting: Acting, one: Hours) -> None:
    names = ("team_id", "number", "minutes", "transfer_id", "voucher", "refused_at", "leader_words", "volunteer_words")
    acting.record(f"hours:{one.booking_id}", after={name: getattr(one, name) for name in names}, sealed=True)


def _no_booking() -> NotFound:
    return NotFound(_("Nobody has signed up here under this identifier."), field="booking_ids")
