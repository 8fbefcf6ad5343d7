"""The acts of counted time: confirmed by whoever leads and booked in the ledger, taken back, refused, disagreed with.

Nobody types a minute: what counts lies between check-in and check-out, and within the occasion.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db.models import Sum
from django.utils import timezone, translation
from django.utils.translation import gettext

from tianqu.base.errors import Conflict, InvalidInput, NotFound, NotPermitted, _
from tianqu.base.identifiers import new_identifier
from tianqu.base.texts import clean_text
from tianqu.kernel.journal.api import Acting, DoneBefore, act, writing
from tianqu.kernel.ledgers.api import (
    Account,
    NewLeg,
    NewTransfer,
    Transfer,
    account_called,
    open_account_within,
    post_within,
    reverse_within,
)
from tianqu.kernel.notices.api import queue_notice
from tianqu.kernel.occasions.attendance import counted_occasion, counted_of
from tianqu.kernel.occasions.kinds import CountedTime, Dispute, Holder, Span, known_kinds, led_holder
from tianqu.kernel.occasions.models import Attendance, Booking, Occasion
from tianqu.kernel.occasions.reading import bookings_with, own_booking
from tianqu.kernel.occasions.spans import booked_spans, lock_numbers, time_left
from tianqu.kernel.places.api import may_by_role, may_own

WORDS_MAX: Final = 500
AT_ONCE_MAX: Final = 500
CONFIRM: Final = "occasions.confirm_attendance"
REVERSE: Final = "occasions.reverse_attendance"


@act(CONFIRM, may=may_by_role)
def confirm_attendance(acting: Acting, *, occasion_id: UUID, booking_ids: Sequence[UUID], words: str = "") -> int:
    """Confirm who was there: their minutes go from the holder's account to theirs. Return how many were booked.

    ``words``: that whoever leads saw them there, which is asked for whose phone sent a code later than it was shown:
    somebody else may have photographed it. Booked before, it stays. Raises ``InvalidInput`` without them,
    ``NotPermitted`` for one's own time, ``Conflict`` for who has not checked in and out, was at two places at once, or
    has no minutes left on that day.
    """
    line = counted_occasion(occasion_id)
    holder, counted = _led(acting, line.occasion), counted_of(line.occasion.kind)
    if not 1 <= len(booking_ids) <= AT_ONCE_MAX:
        raise InvalidInput(
            _("From 1 to %(most)s are confirmed at once."), field="booking_ids", value=len(booking_ids),
            most=AT_ONCE_MAX, remedy=_("Choose some of them."),
        )  # fmt: skip
    chosen = [one for one in bookings_with(booking_ids, locked=True) if one.occasion_id == occasion_id]
    for missing in set(booking_ids) - {one.id for one in chosen}:
        raise _no_booking(missing, field="booking_ids")
    for one in chosen:
        _check_came(acting, one)
    if counted.check is not None:
        counted.check([one.person_id for one in chosen if one.person_id is not None], acting.today)
    words = clean_text(words, field="words", most=WORDS_MAX)
    booked, nothing = book_attendance(acting, holder, counted, chosen, words=words)
    for one in nothing:
        raise Conflict(
            _("%(value)s was there for less than a minute, or has no minutes left on this day."), field="booking_ids",
            value=one.number, remedy=_("Leave them out, and say why beside their hours."),
        )  # fmt: skip
    if not booked:
        raise DoneBefore(0)
    return sum(booked)


def _check_came(acting: Acting, one: Booking) -> None:
    if one.person_id is not None and one.person_id == acting.actor.person_id:
        raise NotPermitted(
            _("Somebody else confirms your own hours."),
            field="booking_ids",
            value=one.number,
            remedy=_("Ask the centre, or whoever else leads."),
        )
    if one.in_at is None or one.out_at is None:
        raise Conflict(
            _("%(value)s has not checked in and out."),
            field="booking_ids",
            value=one.number,
            remedy=_("Leave them out, and say why beside their hours."),
        )
    if one.elsewhere:
        raise Conflict(
            _("%(value)s was at two places at once."),
            field="booking_ids",
            value=one.number,
            remedy=_("Leave them out, and say why beside their hours."),
        )


def book_attendance(
    acting: Acting, holder: Holder, counted: CountedTime, chosen: Sequence[Booking], *, words: str = ""
) -> tuple[list[int], list[Booking]]:
    """Within an act: move the minutes of some bookings of one occasion, which are locked; those booked before stay.

    Return the minutes that were booked, and the bookings whose time comes to nothing.
    """
    lock_numbers({f"{holder.book}:{holder.account}", *(one.number for one in chosen)})
    known = Attendance.objects.in_bulk([one.id for one in chosen])
    open_ones = [one for one in chosen if one.id not in known or known[one.id].minutes is None]
    if not open_ones:
        return [], []
    late = [one for one in open_ones if one.sent_later]
    if late and not words:
        raise InvalidInput(
            _("%(value)s sent the check-in later than the code was shown."), field="words", value=late[0].number,
            remedy=_("Say in words that you saw them there, or leave them out."),
        )  # fmt: skip
    left, taken = _left_of_day(acting, counted, open_ones), _taken(acting, counted, open_ones)
    due = [(one, minutes_of(one, counted, left=left[one.number], taken=taken[one.number])) for one in open_ones]
    came = [(known.get(one.id) or _kept_of(one), minutes) for one, minutes in due if minutes > 0]
    for kept, _minutes in came:
        _settle(acting, counted, kept)
        if kept.booking.sent_later:
            kept.leader_words = words
    if came:
        _book(acting, holder, counted, came)
    for kept, _minutes in came:
        _record(acting, kept)
    return [minutes for _one, minutes in came], [one for one, minutes in due if minutes < 1]


def book_by_codes(acting: Acting, occasion: Occasion) -> int:
    """Within the act that closes an occasion: book what check-in and check-out say, where the kind asks for no more.

    Left out is whoever was at two places at once, or sent a code later than it was shown, and of whom something stands:
    that is for who leads to settle.
    """
    kind = known_kinds().get(occasion.kind)
    holder = kind.holders([occasion.subject]).get(occasion.subject) if kind is not None else None
    if kind is None or kind.counted is None or not kind.counted.by_codes or holder is None:
        return 0
    rows = Booking.objects.select_for_update(of=("self",)).select_related("occasion").order_by("id")
    came = rows.filter(occasion=occasion, elsewhere=False, sent_later=False).exclude(out_at=None)
    said = set(Attendance.objects.filter(booking__occasion=occasion).values_list("booking_id", flat=True))
    due = [one for one in came if one.id not in said]
    return sum(
        sum(book_attendance(acting, holder, kind.counted, due[first : first + AT_ONCE_MAX])[0])
        for first in range(0, len(due), AT_ONCE_MAX)
    )


def minutes_of(one: Booking, counted: CountedTime, *, left: int, taken: Sequence[Span]) -> int:
    """The minutes that count: whole ones within the occasion, in the kind's steps, no more than are left of the day.

    ``taken`` is what was booked already of the same number: no minute counts twice.
    """
    if one.in_at is None or one.out_at is None:
        return 0
    span = max(one.in_at, one.occasion.starts_at), min(one.out_at, one.occasion.ends_at)
    return min(int(time_left(span, taken).total_seconds()) // 60, left) // counted.step * counted.step


def _taken(acting: Acting, counted: CountedTime, ones: Sequence[Booking]) -> dict[str, list[Span]]:
    """By number, what was booked in the time of an occasion, at others and by the pack."""
    occasion, numbers = ones[0].occasion, {one.number for one in ones}
    within = occasion.starts_at, occasion.ends_at
    with writing(acting):
        booked = booked_spans(numbers, within)
        busy = counted.busy(numbers, within) if counted.busy is not None else {}
    return {number: [*booked.get(number, ()), *busy.get(number, ())] for number in numbers}


def _left_of_day(acting: Acting, counted: CountedTime, ones: Sequence[Booking]) -> Counter[str]:
    """How many minutes of the occasion's day are left by number; what was booked elsewhere is counted, too."""
    occasion = ones[0].occasion
    begin = timezone.make_aware(datetime.combine(timezone.localdate(occasion.starts_at), time()))
    with writing(acting):
        rows = Attendance.objects.filter(
            number__in={one.number for one in ones}, booking__occasion__kind=occasion.kind,
            booking__occasion__starts_at__gte=begin, booking__occasion__starts_at__lt=begin + timedelta(days=1),
        )  # fmt: skip
        booked = dict(rows.values_list("number").annotate(Sum("minutes")).order_by())
    return Counter({one.number: counted.day_max - (booked.get(one.number) or 0) for one in ones})


def _book(acting: Acting, holder: Holder, counted: CountedTime, due: Sequence[tuple[Attendance, int]]) -> None:
    """Move the minutes in the holder's book, one transfer a booking; who is new gets their account there."""
    book, ledger, numbers = holder.book, counted.ledger, [one.number for one, _minutes in due]
    giving = account_called(book, ledger=ledger, code=holder.account).id
    there = Account.objects.filter(book__code=book, ledger__code=ledger, code__in=numbers)
    accounts = dict(there.values_list("code", "id"))
    for number in numbers:
        if number not in accounts:
            accounts[number] = open_account_within(
                acting, book=book, ledger=ledger, code=number, name=number, element="other", side="credit",
                opened_on=counted.since,
            )  # fmt: skip
    day = timezone.localdate(due[0][0].booking.occasion.starts_at)
    posted = post_within(acting, book=book, transfers=[
        NewTransfer(
            new_identifier(), day, (NewLeg(giving, minutes), NewLeg(accounts[one.number], -minutes)), kind="hours",
            reference=f"booking:{one.booking_id}",
        )
        for one, minutes in due
    ])  # fmt: skip
    for (one, minutes), voucher in zip(due, posted, strict=True):
        one.minutes, one.transfer_id, one.book, one.voucher = minutes, voucher.id, book, voucher.number
        one.refused_at = one.reversed_at = None
    there_before = [one for one, _minutes in due if not one._state.adding]
    Attendance.objects.bulk_create([one for one, _minutes in due if one._state.adding])
    for one in there_before:
        one.save(force_update=True)


@act("occasions.refuse_attendance", may=may_by_role)
def refuse_attendance(acting: Acting, *, booking_id: UUID, words: str) -> None:
    """Say why somebody's time is not confirmed, or answer what they said; they are told and may disagree.

    Raises ``Conflict`` for time that is booked and that nobody disagrees with: that is taken back instead.
    """
    found = bookings_with([booking_id], locked=True)
    if not found:
        raise _no_booking(booking_id, field="booking_id")
    booking, of = found[0], found[0].occasion
    counted = counted_of(of.kind)
    _led(acting, of)
    one = _kept(booking)
    if one.minutes is not None and one.disputed_at is None:
        raise Conflict(_("These hours are booked."), field="booking_id", remedy=_("Take them back instead."))
    one.leader_words = clean_text(words, field="words", most=WORDS_MAX, wanted=True)
    one.refused_at = acting.now if one.minutes is None else None
    _settle(acting, counted, one)
    one.save()
    if booking.person_id is not None:
        queue_notice(
            acting, key=f"occasions_refused:{booking.id}:{acting.now.timestamp()}", code="occasions_refused",
            parameters={"title": of.title, "at": of.starts_at.isoformat(), "words": one.leader_words},
            subject=f"own_hours:{of.id}", person_id=booking.person_id,
        )  # fmt: skip
    _record(acting, one)


@act(REVERSE, may=may_by_role)
def reverse_attendance(acting: Acting, *, booking_id: UUID, words: str) -> int:
    """Take back time that was booked wrongly, and say why; return how many minutes. They are told and may disagree.

    The reversal is dated today and stands in the ledger beside what it takes back; confirmed anew, the time is booked
    anew. Raises ``InvalidInput`` without words, ``NotPermitted`` for one's own time, ``Conflict`` where nothing is
    booked.
    """
    found = bookings_with([booking_id], locked=True)
    if not found:
        raise _no_booking(booking_id, field="booking_id")
    booking, of = found[0], found[0].occasion
    counted, holder = counted_of(of.kind), _led(acting, of)
    if booking.person_id is not None and booking.person_id == acting.actor.person_id:
        raise NotPermitted(
            _("Somebody else takes back your own hours."),
            field="booking_id",
            value=booking.number,
            remedy=_("Leave it to the centre, or to whoever else leads."),
        )
    words = clean_text(words, field="words", most=WORDS_MAX, wanted=True)
    lock_numbers({f"{holder.book}:{holder.account}", booking.number})
    one = _kept(booking)
    if one.minutes is None or one.transfer_id is None:
        raise Conflict(
            _("Nothing is booked of these hours."), field="booking_id", value=booking.number,
            remedy=_("Say beside them why they are not confirmed."),
        )  # fmt: skip
    taken, minutes = _taken_back(acting, one), one.minutes
    one.minutes = one.transfer_id = one.voucher = None
    one.book, one.leader_words, one.refused_at, one.reversed_at = "", words, acting.now, acting.now
    _settle(acting, counted, one)
    one.save(force_update=True)
    if booking.person_id is not None:
        queue_notice(
            acting, key=f"occasions_reversed:{booking.id}:{acting.now.timestamp()}", code="occasions_reversed",
            parameters={"title": of.title, "at": of.starts_at.isoformat(), "words": words},
            subject=f"own_hours:{of.id}", person_id=booking.person_id,
        )  # fmt: skip
    _record(acting, one, more={"taken_back": taken})
    return minutes


def _taken_back(acting: Acting, one: Attendance) -> dict[str, object]:
    """Reverse the transfer of booked time, unless its book did so before; what was taken back, for the journal.

    The leader's words stay out of the ledger, which forgets nothing.
    """
    assert one.transfer_id is not None, "nothing is booked"
    before = Transfer.objects.filter(reverses=one.transfer_id).values_list("id", flat=True).first()
    if before is None:
        with translation.override(settings.LANGUAGE_CODE):  # what is kept is written in the realm's language
            purpose = gettext("Hours taken back")
        booked_on = Transfer.objects.values_list("day", flat=True).get(id=one.transfer_id)
        before = reverse_within(
            acting, transfer_id=one.transfer_id, reversal_id=new_identifier(), day=max(acting.today, booked_on),
            purpose=purpose,
        ).id  # fmt: skip
    names = ("minutes", "transfer_id", "book", "voucher")
    return {name: getattr(one, name) for name in names} | {"reversal_id": before}


@act("occasions.dispute_attendance", may=may_own)
def dispute_attendance(acting: Acting, *, occasion_id: UUID, words: str) -> None:
    """Disagree with what stands of one's own time, in words that whoever leads reads and answers.

    While it waits for an answer, other words take the place of these. Raises ``NotFound`` for who took no part,
    ``Conflict`` before it begins.
    """
    occasion, booking = counted_occasion(occasion_id).occasion, own_booking(acting.actor, occasion_id=occasion_id)
    if booking is None:
        raise NotFound(
            _("You have not booked a place here."),
            field="occasion_id",
            value=str(occasion_id),
            remedy=_("Look among what you have booked."),
        )
    if occasion.starts_at > acting.now:
        raise Conflict(_("It has not begun."), field="occasion_id", remedy=_("Come back afterwards."))
    one = _kept(bookings_with([booking.id], locked=True)[0])
    again, begins = bool(one.own_words), one.disputed_at is None
    one.own_words = clean_text(words, field="words", most=WORDS_MAX, wanted=True)
    one.disputed_at = one.disputed_at or acting.now
    one.save(update_fields=None if one._state.adding else ["own_words", "disputed_at"])  # no minutes: they see no book
    counted = counted_of(occasion.kind)
    told = one.unit_id
    if begins and counted.disputed is not None:
        told = counted.disputed(acting, _dispute(one, again=again))
    queue_notice(
        acting, key=f"occasions_disputed:{booking.id}:{acting.now.timestamp()}", code="occasions_disputed",
        parameters={"title": occasion.title}, subject=f"led_hours:{occasion_id}", unit_id=told,
    )  # fmt: skip
    _record(acting, one)


def _settle(acting: Acting, counted: CountedTime, one: Attendance) -> None:
    """Answer a disagreement, where there is one, by the act that writes what stands from now on."""
    if one.disputed_at is not None and counted.settled is not None:
        counted.settled(acting, _dispute(one))
    one.disputed_at = None


def _dispute(one: Attendance, *, again: bool = False) -> Dispute:
    of = one.booking.occasion
    assert one.disputed_at is not None, "nobody disagrees"
    return Dispute(one.booking_id, of.id, one.number, of.subject, of.title, one.disputed_at, again)


def _kept(booking: Booking) -> Attendance:
    """What stands of a booking, which is locked; nothing yet is a row that is not saved."""
    return Attendance.objects.filter(booking=booking).first() or _kept_of(booking)


def _kept_of(booking: Booking) -> Attendance:
    return Attendance(
        booking=booking, person_id=booking.person_id, number=booking.number, book="", leader_words="", own_words="",
        unit_id=booking.unit_id, place_path=booking.place_path,
    )  # fmt: skip


def _led(acting: Acting, occasion: Occasion) -> Holder:
    """Who holds an occasion that the actor leads. Raises ``NotPermitted``."""
    return led_holder(acting.actor, acting.act, kind=occasion.kind, subject=occasion.subject)


def _record(acting: Acting, one: Attendance, *, more: Mapping[str, object] | None = None) -> None:
    names = (
        "number", "minutes", "transfer_id", "book", "voucher", "refused_at", "reversed_at", "leader_words", "own_words",
        "disputed_at",
    )  # fmt: skip
    acting.record_row(f"hours:{one.booking_id}", one, names, sealed=True, more=more)


def _no_booking(booking_id: UUID, *, field: str) -> NotFound:
    return NotFound(
        _("Nobody has booked here under this identifier."),
        field=field,
        value=str(booking_id),
        remedy=_("Choose among those who booked."),
    )
