"""The acts of a volunteer's own profile, of membership in teams, and of a guardian's consent."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from tianqu.base.bounds import all_chosen, chosen
from tianqu.base.errors import Conflict, InvalidInput, NotFound, NotPermitted, _
from tianqu.base.identifiers import new_identifier
from tianqu.base.texts import clean_line
from tianqu.kernel.certificates.api import forget_certificates_within
from tianqu.kernel.journal.api import Acting, DoneBefore, PersonalData, act, erase_bodies, writing
from tianqu.kernel.occasions.api import booking_subjects, forget_bookings_within, give_up_coming_within
from tianqu.kernel.orders.api import forget_offers_within
from tianqu.kernel.places.api import may_by_role, may_own, own_id, require
from tianqu.kernel.rosters.api import forget_duties_within, give_up_duties_within, roster_subjects
from tianqu.packs.practice.acts import station_called, team_called
from tianqu.packs.practice.models import KIND, Membership, Station, Team, Visit, Volunteer

NAME_MAX: Final = 60
OF_AGE: Final = 18  # Civil Code, article 17
AGE_MIN: Final = 8  # below, nobody acts for themselves: Civil Code, article 20
AGE_MAX: Final = 120
TEAMS_MAX: Final = 20
SKILLS: Final = (
    "teaching", "caring", "medicine", "law", "repair", "cooking", "driving", "music", "sport", "computing", "gardening",
)  # fmt: skip
LANGUAGES: Final = ("zh", "en", "sign", "dialect", "other")
TIMES: Final = ("weekday-day", "weekday-evening", "weekend-day", "weekend-evening")
REACHES: Final = ("village", "township", "county")


@act("practice.keep_profile", may=may_own)
def keep_profile(
    acting: Acting,
    *,
    station: str,
    name: str,
    phone: str,
    born_on: date,
    skills: Sequence[str] = (),
    languages: Sequence[str] = (),
    times: Sequence[str] = (),
    reach: str = "village",
) -> str:
    """Keep one's own profile as a volunteer at a station; return the volunteer's number.

    A guardian's consent holds for the day of birth that it was given for. Raises ``InvalidInput``, ``NotFound`` for a
    station that is none, and ``Conflict`` for a minor who comes of age by another day of birth: the station writes it.
    """
    known = Volunteer.objects.filter(person_id=own_id(acting)).first()
    if known is not None and is_minor(known, on=acting.today) and age(born_on, on=acting.today) >= OF_AGE:
        raise Conflict(
            _("By the day of birth that you gave before you are under 18."), field="born_on",
            value=born_on.isoformat(), remedy=_("Show your papers at your station, which corrects it."),
        )  # fmt: skip
    told = profile_told(
        acting, station_called(station), name=name, phone=phone, born_on=born_on, skills=skills, languages=languages,
        times=times, reach=reach,
    )  # fmt: skip
    kept = keep_volunteer(acting, own_id(acting), told)
    record_volunteer(acting, kept)
    return kept.number


@act("practice.join_team", may=may_own)
def join_team(acting: Acting, *, team: str, member: bool = True) -> None:
    """Join a team, or leave it with ``member`` false. Raises ``Conflict`` for a team that is closed."""
    found, volunteer = team_called(team), own_profile(acting)
    mine = Membership.objects.filter(person_id=volunteer.person_id)
    there = mine.filter(team=found).exists()
    if there == member:
        raise DoneBefore(None)
    if member and not (found.is_open and found.station.is_open):
        raise Conflict(_("This team is closed."), field="team", value=team, remedy=_("Choose another one."))
    if member and mine.count() >= TEAMS_MAX:
        raise Conflict(_("A volunteer is in at most %(most)s teams."), field="team", most=TEAMS_MAX)
    if member:
        become_member(acting, found, volunteer.person_id)
    else:
        mine.filter(team=found).delete()
    record_volunteer(acting, volunteer, team=team, member=member)


@act("practice.record_consent", may=may_by_role)
def record_consent(
    acting: Acting, *, person_id: UUID, guardian: str = "", relation: str = "", given: bool = True,
    born_on: date | None = None,
) -> None:  # fmt: skip
    """Write down that a guardian of a minor consents, as signed on paper at the volunteer's station, or no longer does.

    ``born_on``: the day of birth by their papers, where it was another; of age, they need no consent. Without consent
    they leave what is to come. Raises ``NotFound`` for a volunteer of another station, ``Conflict`` for one who is of
    age.
    """
    volunteer = Volunteer.objects.select_for_update().filter(person_id=person_id).first()
    if volunteer is None:
        raise NotFound(
            _("There is no such volunteer."), field="person_id", value=str(person_id),
            remedy=_("Choose one of the list."),
        )  # fmt: skip
    require(acting.actor, acting.act, volunteer.station)
    if not is_minor(volunteer, on=acting.today):
        raise Conflict(_("This volunteer is of age."), field="person_id", remedy=_("No consent is needed."))
    if acting.actor.person_id == person_id:
        raise NotPermitted(_("Somebody else writes down the consent of your guardian."))
    volunteer.born_on = _checked_birth(acting, born_on or volunteer.born_on)
    minor = is_minor(volunteer, on=acting.today)
    given = given and minor
    volunteer.guardian = clean_line(guardian, field="guardian", most=NAME_MAX, wanted=True) if given else ""
    volunteer.guardian_relation = clean_line(relation, field="relation", most=NAME_MAX, wanted=True) if given else ""
    volunteer.consent_at = acting.now if given else None
    volunteer.save(update_fields=["guardian", "guardian_relation", "consent_at", "born_on"])
    record_volunteer(acting, volunteer)
    if minor and not given:
        _leave_coming(acting, person_id)


@act("practice.erase_profile", may=may_own)
def erase_profile(acting: Acting) -> int:
    """Erase one's own profile; return how many entries of the log lost their bodies.

    One leaves one's teams and what is still to come. Hours stay in the ledger under a number that names nobody.
    """
    return erase_within(acting, own_profile(acting))


def erase_within(acting: Acting, volunteer: Volunteer) -> int:
    """Erase a profile within an act that has asked whose it is; return how many entries lost their bodies."""
    taken = [*booking_subjects(volunteer.person_id, KIND), *roster_subjects(volunteer.person_id, KIND)]
    erased = erase_bodies(acting, [*personal_subjects(volunteer.person_id), *taken])
    forget_bookings_within(acting, volunteer.person_id, KIND)
    forget_offers_within(acting, volunteer.person_id, "ordered_service")
    forget_duties_within(acting, volunteer.person_id, KIND)
    erase_rows(acting, volunteer.person_id)
    acting.record(f"erasure:{new_identifier()}", after={"volunteer": volunteer.number, "entries": erased}, sealed=True)
    return erased


def personal_subjects(person_id: UUID) -> list[str]:
    """What the journal holds of a volunteer: the profile, and for whom they went."""
    visits = Visit.objects.filter(person_id=person_id).values_list("id", flat=True)
    return [f"volunteer:{person_id}", *(f"visit:{one}" for one in visits)]


def erase_rows(acting: Acting, person_id: UUID) -> None:
    """Delete the profile and the memberships, and take the person from the visits, which stay under a number."""
    forget_certificates_within(acting, person_id, KIND)
    with writing(acting):
        Visit.objects.filter(person_id=person_id).update(person_id=None)
        Membership.objects.filter(person_id=person_id).delete()
        Volunteer.objects.filter(person_id=person_id).delete()


PROFILE: Final = PersonalData(personal_subjects, erase_rows)


def booker(person_id: UUID, on: date) -> str:
    """The number under which a volunteer signs up for activities on a day.

    Raises ``NotFound`` for somebody without a profile, ``NotPermitted`` for a minor without a guardian's consent.
    """
    volunteer = _profile_locked(person_id)
    if is_minor(volunteer, on=on) and volunteer.consent_at is None:
        raise NotPermitted(
            _("You are under 18, and no guardian's consent is written down yet."), field="occasion_id",
            remedy=_("Bring the consent, signed by a guardian, to your station."),
        )  # fmt: skip
    return volunteer.number


def check_consents(person_ids: Collection[UUID], on: date) -> None:
    """Raise ``Conflict`` for a minor among some volunteers to whom no guardian consents, or no longer."""
    for one in Volunteer.objects.filter(person_id__in=list(person_ids), consent_at=None):
        if is_minor(one, on=on):
            raise Conflict(
                _("%(value)s is under 18, and no guardian consents."), field="booking_ids", value=one.number,
                remedy=_("Write down the consent first, or leave them out."),
            )  # fmt: skip


def own_profile(acting: Acting) -> Volunteer:
    """The actor's own profile, locked. Raises ``NotFound`` where there is none yet."""
    return _profile_locked(own_id(acting))


def _profile_locked(person_id: UUID) -> Volunteer:
    volunteer = Volunteer.objects.select_for_update().filter(person_id=person_id).first()
    if volunteer is None:
        raise NotFound(
            _("You have no profile as a volunteer."), field="person_id", remedy=_("Fill in your profile first.")
        )
    return volunteer


def is_minor(volunteer: Volunteer, *, on: date) -> bool:
    """Say whether a volunteer is under 18 on a day."""
    return age(volunteer.born_on, on=on) < OF_AGE


def age(born_on: date, *, on: date) -> int:
    """Whole years between a birth and a day."""
    return on.year - born_on.year - ((on.month, on.day) < (born_on.month, born_on.day))


def profile_told(
    acting: Acting, at: Station, *, name: str, phone: str, born_on: date, reach: str, **words: Sequence[str]
) -> dict[str, Any]:
    """What a profile at a station says, checked; ``words`` are skills, languages, times. Raises ``InvalidInput``."""
    _checked_birth(acting, born_on)
    known = {"skills": SKILLS, "languages": LANGUAGES, "times": TIMES}
    return {
        "station": at, "unit_id": at.unit_id, "place_path": at.place_path, "born_on": born_on,
        "name": clean_line(name, field="name", most=NAME_MAX, wanted=True),
        "phone": clean_line(phone, field="phone", most=30, wanted=True), "reach": chosen(reach, REACHES, field="reach"),
        **{field: all_chosen(words[field], codes, field=field) for field, codes in known.items()},
    }  # fmt: skip


def _checked_birth(acting: Acting, born_on: date) -> date:
    if not AGE_MIN <= age(born_on, on=acting.today) <= AGE_MAX:
        raise InvalidInput(
            _("A volunteer is at least %(least)s years old."), field="born_on", value=born_on.isoformat(),
            least=AGE_MIN, remedy=_("Check the day of birth."),
        )  # fmt: skip
    return born_on


def keep_volunteer(acting: Acting, person_id: UUID, told: Mapping[str, Any]) -> Volunteer:
    """Write what a profile says, as a new one or over the known one.

    A guardian's consent goes with the day of birth that it was given for, and a minor's places to come with it.
    Raises ``DoneBefore`` where nothing is new.
    """
    known = Volunteer.objects.select_for_update().filter(person_id=person_id).first()
    kept = known or Volunteer(person_id=person_id, number=f"V{new_identifier().hex[-12:]}", since=acting.today)
    if known is not None and all(getattr(known, field) == value for field, value in told.items()):
        raise DoneBefore(known.number)
    if known is not None and known.born_on != told["born_on"]:
        kept.guardian, kept.guardian_relation, kept.consent_at = "", "", None
    for field, value in told.items():
        setattr(kept, field, value)
    kept.changed_at = acting.now
    kept.save(force_insert=known is None)
    if known is not None and kept.consent_at is None and is_minor(kept, on=acting.today):
        _leave_coming(acting, person_id)
    return kept


def _leave_coming(acting: Acting, person_id: UUID) -> None:
    """Give up the activities and the shifts to come of a minor to whom no guardian consents any more."""
    give_up_coming_within(acting, person_id, KIND)
    give_up_duties_within(acting, person_id, KIND)


def become_member(acting: Acting, team: Team, person_id: UUID) -> None:
    """Write down that somebody is in a team from now on."""
    Membership(
        team=team, person_id=person_id, joined_at=acting.now, unit_id=team.unit_id, place_path=team.place_path
    ).save(force_insert=True)


def record_volunteer(acting: Acting, volunteer: Volunteer, **more: object) -> None:
    """Record what a profile is, and where its station lies."""
    names = ("number", "station_id", "name", "phone", "born_on", "skills", "languages", "times", "reach", "guardian",
             "guardian_relation", "consent_at", "since", "place_path", "reference")  # fmt: skip
    acting.record_row(f"volunteer:{volunteer.person_id}", volunteer, names, sealed=True, more=more)
