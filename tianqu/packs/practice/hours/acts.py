"""The acts of hours: checked in and out by code, confirmed by the leader and booked, refused, disagreed with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from tianqu.base.errors import Conflict, InvalidInput, NotFound, NotPermitted, _
from tianqu.base.identifiers import new_identifier
from tianqu.base.texts import clean_text
from tianqu.kernel.journal.api import Acting, DoneBefore, Refusals, act, lawful_by, refused_by
from tianqu.kernel.ledgers.api import Account, NewLeg, NewTransfer, account_called, open_account_within, post_within
from tianqu.kernel.notices.api import queue_notice
from tianqu.packs.practice.activities.acts import led_team
from tianqu.packs.practice.acts import FIRST_DAY, may_by_role
from tianqu.packs.practice.hours.codes import DIGITS, STEP, shown_at
from tianqu.packs.practice.models import LEDGER, Activity, Participation, Station, TakingPart, Team
from tianqu.packs.practice.profiles.acts import may_own, own_profile
from tianqu.packs.practice.registers.queues import record, tell

SENT_WITHIN: Final = timedelta(hours=24)
LIVE: Final = 2 * STEP  # what comes later was kept by a phone without a line
AROUND: Final = timedelta(hours=1)  # how long before and after an activity one checks in and out
DIRECTIONS: Final = ("in", "out")
WORDS_MAX: Final = 500
AT_ONCE_MAX: Final = 500
_REFUSALS: Final[Refusals] = {
    name: (Conflict, "client_id", _("Another check-in was sent under this identifier."), _("Give each one its own."))
    for name in ("practice_participation_in_id_key", "practice_participation_out_id_key")
}


@act("practice.check", may=may_own)
def check(
    acting: Acting,
    *,
    activity_id: UUID,
    direction: str,
    code: str,
    client_id: UUID,
    phone_at: datetime | None = None,
    phone_sent_at: datetime | None = None,
) -> datetime:
    """Check in (``in``) or out (``out``) by the code shown at the place; return the moment that counts.

    A phone without a line keeps what it would have sent, and sends it later with ``phone_at``, its own time when the
    code was read, and ``phone_sent_at``, its own time now: only their difference counts. Sent twice, or checked in
    twice, it counts once. Raises ``InvalidInput`` for a code that was not shown then, ``NotFound`` for whoever has not
    signed up, ``Conflict`` outside the activity's time and for who waits.
    """
    own_profile(acting)  # locked: one person's check-ins at two places are looked at one by one
    if direction not in DIRECTIONS:
        raise InvalidInput(_("%(value)s cannot be chosen here."), field="direction", value=direction[:20])
    one = _own(acting, activity_id)
    kept: datetime | None = getattr(one, f"{direction}_at")
    if kept is not None:
        raise DoneBefore(kept)
    at = _counted(acting, one.activity, code, _read_at(acting, phone_at=phone_at, phone_sent_at=phone_sent_at))
    if one.state != TakingPart.GOING:
        raise Conflict(_("You are waiting for a place at this activity."), field="activity_id")
    other = one.out_at if direction == "in" else one.in_at
    if direction == "out" and other is None:
        raise Conflict(_("You have not checked in."), field="direction", remedy=_("Send the check-in first."))
    if other is not None and other > at:
        raise Conflict(_("This lies before your check-in."), field="code", remedy=_("Read the code that is shown now."))
    setattr(one, f"{direction}_at", at)
    setattr(one, f"{direction}_id", client_id)
    one.sent_later = one.sent_later or acting.now - at > LIVE
    with lawful_by(lambda error: refused_by(_REFUSALS, error)):
        one.save(update_fields=[f"{direction}_at", f"{direction}_id", "sent_later"])
    _flag_elsewhere(acting, one)
    record(acting, one, client_id=client_id, phone_at=phone_at, phone_sent_at=phone_sent_at)
    return at


def _read_at(acting: Acting, *, phone_at: datetime | None, phone_sent_at: datetime | None) -> datetime:
    """When the code was read by the server's clock, whatever the phone's clock says."""
    if phone_at is None and phone_sent_at is None:
        return acting.now
    if phone_at is None or phone_sent_at is None:
        raise InvalidInput(_("Give both times of the phone, or none."), field="phone_sent_at")
    waited = phone_sent_at - phone_at
    if not timedelta(0) <= waited <= SENT_WITHIN:
        raise InvalidInput(
            _("A check-in is sent within a day."), field="phone_at", value=phone_at.isoformat(),
            remedy=_("Tell your leader, and disagree on the page of your hours if need be."),
        )  # fmt: skip
    return acting.now - waited


def _counted(acting: Acting, activity: Activity, code: str, read_at: datetime) -> datetime:
    """When the code began to be shown. ``InvalidInput`` for another's, ``Conflict`` beyond the activity's time."""
    digits = "".join(code.split())
    at = shown_at(activity.id, digits, near=read_at) if len(digits) == DIGITS and digits.isascii() else None
    if at is None:
        raise InvalidInput(
            _("This code was not shown at that time."), field="code", value=digits[:20],
            remedy=_("Read the code that the leader's phone shows now, at the place."),
        )  # fmt: skip
    if activity.cancelled_at is not None or not activity.starts_at - AROUND <= at <= activity.ends_at + AROUND:
        raise Conflict(_("This lies outside the time of the activity."), field="activity_id")
    return at


def _flag_elsewhere(acting: Acting, one: Participation) -> None:
    """Flag what overlaps with a check-in at another activity, here and there."""
    begun, ended = one.in_at, (one.out_at or one.in_at)
    assert begun is not None and ended is not None, "nothing is checked in"
    others = Participation.objects.select_for_update().filter(
        Q(out_at__gte=begun) | Q(out_at=None, in_at__gte=begun - STEP), person_id=one.person_id,
        in_at__lte=ended + STEP,
    ).exclude(id=one.id)  # fmt: skip
    for other in [*others, one] if others else []:
        if not other.elsewhere:
            other.elsewhere = True
            other.save(update_fields=["elsewhere"])
            if other is not one:
                record(acting, other)


@act("practice.confirm_hours", may=may_by_role)
def confirm_hours(acting: Acting, *, activity_id: UUID, participation_ids: Sequence[UUID]) -> int:
    """Confirm who was there: their minutes go from the team's account to theirs. Return how many minutes were booked.

    Booked before, it stays. Raises ``NotPermitted`` for one's own hours, ``Conflict`` for who has not checked in and
    out or was at two places at once.
    """
    team, activity = _led(acting, activity_id)
    if not 1 <= len(participation_ids) <= AT_ONCE_MAX:
        raise InvalidInput(
            _("From 1 to %(most)s are confirmed at once."), field="participation_ids", value=len(participation_ids),
            most=AT_ONCE_MAX,
        )  # fmt: skip
    Station.objects.select_for_update().get(code=team.station_id)  # accounts are opened by one at a time
    found = Participation.objects.select_for_update().filter(activity=activity, id__in=list(participation_ids))
    chosen = list(found.order_by("id"))
    if len(chosen) != len(set(participation_ids)):
        raise _no_participation()
    due = [(one, _minutes(acting, activity, one)) for one in chosen if one.minutes is None]
    if not due:
        raise DoneBefore(0)
    _book(acting, team, activity, due)
    for one, _count in due:
        record(acting, one)
    return sum(count for _one, count in due)


def _minutes(acting: Acting, activity: Activity, one: Participation) -> int:
    """The whole minutes between check-in and check-out that lie within the activity."""
    if one.person_id is not None and one.person_id == acting.actor.person_id:
        raise NotPermitted(_("Somebody else confirms your own hours."), field="participation_ids", value=one.number)
    if one.in_at is None or one.out_at is None:
        raise Conflict(_("%(value)s has not checked in and out."), field="participation_ids", value=one.number)
    if one.elsewhere:
        raise Conflict(_("%(value)s was at two places at once."), field="participation_ids", value=one.number)
    served = min(one.out_at, activity.ends_at) - max(one.in_at, activity.starts_at)
    minutes = int(served.total_seconds()) // 60
    if minutes < 1:
        raise Conflict(_("%(value)s was there for less than a minute."), field="participation_ids", value=one.number)
    return minutes


def _book(acting: Acting, team: Team, activity: Activity, due: Sequence[tuple[Participation, int]]) -> None:
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
    day = timezone.localdate(activity.starts_at)
    posted = post_within(acting, book=book, transfers=[
        NewTransfer(
            new_identifier(), day, (NewLeg(giving, count), NewLeg(accounts[one.number], -count)), kind="hours",
            reference=f"participation:{one.id}",
        )
        for one, count in due
    ])  # fmt: skip
    for (one, count), voucher in zip(due, posted, strict=True):
        one.minutes, one.transfer_id, one.voucher, one.refused_at = count, voucher.id, voucher.number, None
        one.save(update_fields=["minutes", "transfer_id", "voucher", "refused_at"])


@act("practice.refuse_hours", may=may_by_role)
def refuse_hours(acting: Acting, *, participation_id: UUID, words: str) -> None:
    """Say why somebody's time is not confirmed, or answer what they said; they are told and may disagree.

    Raises ``Conflict`` for hours that are booked.
    """
    one = _locked().filter(id=participation_id).first()
    if one is None:
        raise _no_participation()
    led_team(acting, one.activity.team_id)
    if one.minutes is not None:
        raise Conflict(_("These hours are booked."), field="participation_id")
    one.leader_words = clean_text(words, field="words", most=WORDS_MAX, wanted=True)
    one.refused_at = acting.now
    one.save(update_fields=["leader_words", "refused_at"])
    tell(acting, one.activity, [one], code="practice_refused", words=one.leader_words)
    record(acting, one)


@act("practice.dispute_hours", may=may_own)
def dispute_hours(acting: Acting, *, activity_id: UUID, words: str) -> None:
    """Disagree with what stands of one's own hours, in words that the team's leader reads and answers.

    Raises ``NotFound`` for who took no part, ``Conflict`` before the activity begins.
    """
    one = _own(acting, activity_id)
    if one.activity.starts_at > acting.now:
        raise Conflict(_("It has not begun."), field="activity_id", remedy=_("Come back after the activity."))
    one.volunteer_words = clean_text(words, field="words", most=WORDS_MAX, wanted=True)
    one.save(update_fields=["volunteer_words"])
    queue_notice(
        acting, key=f"practice_disputed:{one.id}:{acting.now.timestamp()}", code="practice_disputed",
        parameters={"title": one.activity.title}, subject=f"led_activity:{activity_id}", unit_id=one.unit_id,
    )  # fmt: skip
    record(acting, one)


def _own(acting: Acting, activity_id: UUID) -> Participation:
    """The actor's own participation, locked. Raises ``NotFound``."""
    own = _locked().filter(activity_id=activity_id, person_id=acting.actor.person_id)
    one = own.exclude(state=TakingPart.LEFT).first()
    if one is None:
        raise NotFound(
            _("You have not signed up for this activity."), field="activity_id", remedy=_("Sign up for it first.")
        )
    return one


def _locked() -> QuerySet[Participation]:
    """Participations with their activities; these alone are locked, which the activity's office would be asked for."""
    return Participation.objects.select_for_update(of=("self",)).select_related("activity")


def _led(acting: Acting, activity_id: UUID) -> tuple[Team, Activity]:
    activity = Activity.objects.filter(id=activity_id).first()
    if activity is None:
        raise NotFound(_("There is no such activity."), field="activity_id", value=str(activity_id))
    return led_team(acting, activity.team_id), activity


def _no_participation() -> NotFound:
    return NotFound(_("Nobody has signed up here under this identifier."), field="participation_ids")
