"""The acts of activities: announced and changed, called off, signed up for and left."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from tianqu.base.errors import Conflict, InvalidInput, NotFound, NotPermitted, _
from tianqu.base.identifiers import new_identifier
from tianqu.base.texts import clean_line, clean_text
from tianqu.kernel.journal.api import Acting, DoneBefore, act, writing
from tianqu.kernel.places.api import can, require
from tianqu.packs.practice.acts import may_by_role, team_called, today
from tianqu.packs.practice.models import Activity, Participation, TakingPart, Team
from tianqu.packs.practice.profiles.acts import is_minor, may_own, own_profile
from tianqu.packs.practice.registers.queues import move_up, record, record_activity, tell

TITLE_MAX: Final = 100
WORDS_MAX: Final = 3_000
PLACES_MAX: Final = 5_000
LASTS_MAX: Final = timedelta(hours=24)
AHEAD_MAX: Final = timedelta(days=366)
CAUSES: Final = ("weather", "other")


@act("practice.announce_activity", may=may_by_role)
def announce_activity(
    acting: Acting,
    *,
    activity_id: UUID,
    team: str,
    title: str,
    title_en: str,
    words: str,
    words_en: str,
    venue: str,
    venue_en: str,
    starts_at: datetime,
    ends_at: datetime,
    places: int,
    theme_day: bool = False,
    expected_version: int | None = None,
) -> None:
    """Announce an activity of a team, or change one that has not begun; whoever signed up is told of a change.

    Raises ``InvalidInput``, ``NotFound`` for a team that is none, and ``Conflict`` for one that is closed, for an
    activity that has begun or was called off, and for fewer places than are taken.
    """
    of = led_team(acting, team)
    known = Activity.objects.select_for_update().filter(id=activity_id).first()
    told: dict[str, Any] = {
        "title": clean_line(title, field="title", most=TITLE_MAX, wanted=True),
        "title_en": clean_line(title_en, field="title_en", most=TITLE_MAX, wanted=True),
        "words": clean_text(words, field="words", most=WORDS_MAX, wanted=True),
        "words_en": clean_text(words_en, field="words_en", most=WORDS_MAX, wanted=True),
        "venue": clean_line(venue, field="venue", most=TITLE_MAX, wanted=True),
        "venue_en": clean_line(venue_en, field="venue_en", most=TITLE_MAX, wanted=True),
        "starts_at": starts_at, "ends_at": ends_at, "places": places, "theme_day": theme_day,
    }  # fmt: skip
    if known is not None and known.team_id == of.code and all(getattr(known, each) == told[each] for each in told):
        raise DoneBefore(None)
    _check_times(acting, starts_at=starts_at, ends_at=ends_at)
    if not 1 <= places <= PLACES_MAX:
        raise InvalidInput(_("There are from 1 to %(most)s places."), field="places", value=places, most=PLACES_MAX)
    if known is None:
        if not (of.is_open and of.station.is_open):
            raise Conflict(_("This team is closed."), field="team", value=team, remedy=_("Choose another one."))
        made = Activity(
            id=activity_id, team=of, unit_id=of.unit_id, place_path=of.place_path, changed_at=acting.now, **told
        )
        made.save(force_insert=True)
    else:
        made = _changed(acting, known, of, told, expected_version)
    record_activity(acting, made)


def _changed(
    acting: Acting, known: Activity, team: Team, told: dict[str, Any], expected_version: int | None
) -> Activity:
    if known.team_id != team.code or known.unit_id != team.unit_id:
        raise Conflict(_("Something else was sent under this identifier."), field="activity_id")
    if known.starts_at <= acting.now or known.cancelled_at is not None:
        raise Conflict(_("This activity has begun or was called off."), field="activity_id")
    if expected_version is not None and expected_version != known.version:
        raise Conflict(
            _("Somebody has changed this activity: it is in version %(value)s."), field="expected_version",
            value=known.version, remedy=_("Look at it again before you go on."),
        )  # fmt: skip
    if told["places"] < known.going:
        raise Conflict(_("%(going)s volunteers have signed up."), field="places", going=known.going)
    for name, value in told.items():
        setattr(known, name, value)
    known.changed_at, known.version = acting.now, known.version + 1
    known.save()
    with writing(acting):
        signed = Participation.objects.filter(activity=known).exclude(state=TakingPart.LEFT)
        tell(acting, known, list(signed), code="practice_changed")
        move_up(acting, known)
    return known


@act("practice.cancel_activity", may=may_by_role)
def cancel_activity(acting: Acting, *, activity_id: UUID, cause: str, reason: str, reason_en: str) -> int:
    """Call an activity off, for the weather or for another cause; return how many were told. It stays, marked so.

    Raises ``Conflict`` where somebody has checked in already, or it is over.
    """
    activity = locked_activity(activity_id)
    led_team(acting, activity.team_id)
    if activity.cancelled_at is not None:
        raise DoneBefore(0)
    if cause not in CAUSES:
        raise InvalidInput(_("%(value)s cannot be chosen here."), field="cause", value=cause[:40])
    signed = list(Participation.objects.filter(activity=activity).exclude(state=TakingPart.LEFT))
    if activity.ends_at <= acting.now or any(one.in_at for one in signed):
        raise Conflict(_("This activity is under way or over."), field="activity_id")
    activity.cause, activity.cancelled_at, activity.changed_at = cause, acting.now, acting.now
    activity.reason = clean_line(reason, field="reason", most=TITLE_MAX, wanted=True)
    activity.reason_en = clean_line(reason_en, field="reason_en", most=TITLE_MAX, wanted=True)
    activity.version += 1
    activity.save()
    tell(acting, activity, signed, code="practice_cancelled", reason=activity.reason)
    record_activity(acting, activity)
    return len(signed)


@act("practice.sign_up", may=may_own)
def sign_up(acting: Acting, *, activity_id: UUID) -> str:
    """Sign up for an activity; return ``going``, or ``waiting`` where it is full. Sent twice it counts once.

    Raises ``NotFound`` for somebody without a profile, ``NotPermitted`` for a minor without a guardian's consent, and
    ``Conflict`` for an activity that is over or was called off.
    """
    volunteer = own_profile(acting)
    if is_minor(volunteer, on=today(acting)) and volunteer.consent_at is None:
        raise NotPermitted(
            _("You are under 18, and no guardian's consent is written down yet."), field="activity_id",
            remedy=_("Bring the consent, signed by a guardian, to your station."),
        )  # fmt: skip
    with writing(acting):
        activity = locked_activity(activity_id)
        if activity.cancelled_at is not None or activity.ends_at <= acting.now:
            raise Conflict(_("This activity is over or was called off."), field="activity_id")
        known = Participation.objects.filter(activity=activity, person_id=volunteer.person_id).first()
        if known is not None and known.state != TakingPart.LEFT:
            raise DoneBefore(known.state)
        one = known or Participation(
            id=new_identifier(), activity=activity, person_id=volunteer.person_id, number=volunteer.number,
            unit_id=activity.unit_id, place_path=activity.place_path,
        )  # fmt: skip
        one.queued_at = acting.now
        one.state = TakingPart.GOING if activity.going < activity.places else TakingPart.WAITING
        one.save(force_insert=known is None)
        record(acting, one)
        activity.going += one.state == TakingPart.GOING
        activity.waiting += one.state == TakingPart.WAITING
        activity.save(update_fields=["going", "waiting"])
        record_activity(acting, activity)
    return str(one.state)


@act("practice.leave_activity", may=may_own)
def leave_activity(acting: Acting, *, activity_id: UUID) -> None:
    """Leave an activity, or its queue; whoever waits longest moves up and is told. ``Conflict`` after check-in."""
    with writing(acting):
        activity = locked_activity(activity_id)
        one = Participation.objects.filter(activity=activity, person_id=acting.actor.person_id).first()
        if one is None:
            raise NotFound(_("You have not signed up for this activity."), field="activity_id")
        if one.state == TakingPart.LEFT:
            raise DoneBefore(None)
        if one.in_at is not None or activity.ends_at <= acting.now:
            raise Conflict(_("You have checked in already, or it is over."), field="activity_id")
        one.state = TakingPart.LEFT
        one.save(update_fields=["state"])
        record(acting, one)
        move_up(acting, activity)
        record_activity(acting, activity)


def led_team(acting: Acting, code: str) -> Team:
    """Return a team that the actor leads: the one whom it names, who leads at its unit where it names none, the centre.

    Raises ``NotFound`` and ``NotPermitted``.
    """
    team = team_called(code)
    require(acting.actor, acting.act, team)
    named = team.leader_person_id
    if named not in (None, acting.actor.person_id) and not can(acting.actor, "practice.declare_team", team):
        raise NotPermitted(_("Somebody else leads this team."), field="team", remedy=_("Ask its leader or the centre."))
    return team


def locked_activity(activity_id: UUID) -> Activity:
    """Return an activity, locked. Raises ``NotFound``, also where the actor may not lock it."""
    activity = Activity.objects.select_for_update().filter(id=activity_id).first()
    if activity is None:
        raise NotFound(_("There is no such activity."), field="activity_id", value=str(activity_id))
    return activity


def _check_times(acting: Acting, *, starts_at: datetime, ends_at: datetime) -> None:
    if not acting.now < starts_at <= acting.now + AHEAD_MAX:
        raise InvalidInput(
            _("An activity begins within a year from now."), field="starts_at", value=starts_at.isoformat(),
            remedy=_("Choose another day."),
        )  # fmt: skip
    if not starts_at < ends_at <= starts_at + LASTS_MAX:
        raise InvalidInput(
            _("An activity ends after it begins, within 24 hours."), field="ends_at", value=ends_at.isoformat(),
            remedy=_("Choose another time."),
        )  # fmt: skip
