"""What is done about press conferences: planned, changed, cancelled; questions and answers kept after them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from tianqu.base.errors import Conflict, InvalidInput, NotFound, _
from tianqu.base.texts import clean_line, clean_text
from tianqu.kernel.journal.api import Acting, DoneBefore, Refusals, act, lawful_by, refused_by
from tianqu.kernel.places.api import require, unit_with, units_with
from tianqu.packs.programme.models import Conference, Presented, Question, Speaker

CODE: Final = re.compile(r"[a-z0-9][a-z0-9-]{2,79}\Z")
TITLE_MAX: Final = 200
TEXT_MAX: Final = 5_000
SPEAKERS_MAX: Final = 40
QUESTIONS_MAX: Final = 100
AHEAD_MAX: Final = timedelta(days=3 * 366)
_REFUSALS: Final[Refusals] = {
    "programme_conference_code_key": (
        Conflict, "code", _("Another conference has this code."), _("Choose another code; it is part of its address."),
    ),
    "programme_conference_pkey": (
        Conflict, "conference_id", _("Something else was sent under this identifier."), _("Send a fresh one."),
    ),
    "programme_question_pkey": (
        Conflict, "question_id", _("Something else was sent under this identifier."), _("Send a fresh one."),
    ),
    "programme_question_number": (
        Conflict, "question_id", _("Somebody was adding a question at the same time."), _("Send it again."),
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SpeakerPost:
    """A post that speaks for its unit: never a person's name."""

    unit_id: UUID
    post: str
    post_en: str


def _may_by_role(acting: Acting, /, **arguments: Any) -> None:
    require(acting.actor, acting.act)


@act("programme.plan_conference", may=_may_by_role)
def plan_conference(
    acting: Acting,
    *,
    conference_id: UUID,
    unit_id: UUID,
    code: str,
    domain: str,
    title: str,
    title_en: str,
    venue: str,
    venue_en: str,
    starts_at: datetime,
    speakers: Sequence[SpeakerPost],
    release_code: str = "",
) -> None:
    """Plan a press conference of an office, for everybody to see. What it presents is told when that is public.

    The same sent again changes nothing. Raises ``InvalidInput``, ``NotFound`` for a unit that is none, and
    ``Conflict`` for a code that is taken.
    """
    unit = unit_with(unit_id)
    conference = Conference(id=conference_id, unit_id=unit.id, place_path=unit.place.path, planned_at=acting.now)
    require(acting.actor, acting.act, conference)
    conference.code = _checked_code(code, field="code")
    told = _told(
        acting, domain=domain, title=title, title_en=title_en, venue=venue, venue_en=venue_en, starts_at=starts_at
    )
    posts = _checked_speakers(speakers)
    release_code = _checked_code(release_code, field="release_code") if release_code else ""
    known = Conference.objects.filter(id=conference_id, code=code, **told).first()
    if known is not None and _speakers_of(known) == posts and _release_of(known) == release_code:
        raise DoneBefore(None)
    _set(conference, told, at=acting.now)
    with lawful_by(lambda error: refused_by(_REFUSALS, error)):
        conference.save(force_insert=True)
    _keep_parts(acting, conference, posts, release_code)


@act("programme.change_conference", may=_may_by_role)
def change_conference(
    acting: Acting,
    *,
    conference_id: UUID,
    domain: str,
    title: str,
    title_en: str,
    venue: str,
    venue_en: str,
    starts_at: datetime,
    speakers: Sequence[SpeakerPost],
    release_code: str = "",
    reason: str,
    reason_en: str,
    expected_version: int | None = None,
) -> None:
    """Change what was planned, and say why to everybody. Raises ``Conflict`` where it was cancelled or has changed."""
    conference = _locked(acting, conference_id, expected_version)
    told = _told(
        acting, domain=domain, title=title, title_en=title_en, venue=venue, venue_en=venue_en, starts_at=starts_at
    )
    posts = _checked_speakers(speakers)
    release_code = _checked_code(release_code, field="release_code") if release_code else ""
    _set(conference, told, at=acting.now)
    _say_why(conference, reason=reason, reason_en=reason_en)
    conference.version += 1
    conference.save()
    Speaker.objects.filter(conference=conference).delete()
    Presented.objects.filter(conference=conference).delete()
    _keep_parts(acting, conference, posts, release_code)


@act("programme.cancel_conference", may=_may_by_role)
def cancel_conference(
    acting: Acting, *, conference_id: UUID, reason: str, reason_en: str, expected_version: int | None = None
) -> None:
    """Cancel a conference that has not begun, and say why. It stays in the calendar, marked so."""
    conference = _locked(acting, conference_id, expected_version)
    if conference.starts_at <= acting.now:
        raise Conflict(_("A conference that has begun is not cancelled."), field="conference_id")
    _say_why(conference, reason=reason, reason_en=reason_en)
    conference.cancelled_at = conference.changed_at = acting.now
    conference.version += 1
    conference.save()
    _record(acting, conference, _speakers_of(conference), _release_of(conference))


@act("programme.keep_question", may=_may_by_role)
def keep_question(
    acting: Acting,
    *,
    conference_id: UUID,
    question_id: UUID,
    medium: str,
    question: str,
    answered_by: SpeakerPost,
    answer: str,
    medium_en: str = "",
    question_en: str = "",
    answer_en: str = "",
) -> int:
    """Keep a question of a conference that has begun, and its answer, for everybody; return its number.

    The question of an identifier that is known is corrected. Raises ``Conflict`` before the conference begins, and
    ``InvalidInput`` for an answer of a post that did not speak.
    """
    conference = _locked(acting, conference_id, None)
    if conference.starts_at > acting.now:
        raise Conflict(_("The conference has not begun."), field="conference_id", remedy=_("Come back after it."))
    if answered_by not in _speakers_of(conference):
        raise InvalidInput(
            _("This post did not speak at the conference."), field="answered_by", value=answered_by.post[:80],
            remedy=_("Choose one of its speakers, or change the conference first."),
        )  # fmt: skip
    words = {
        "medium": clean_line(medium, field="medium", most=TITLE_MAX, wanted=True),
        "medium_en": clean_line(medium_en, field="medium_en", most=TITLE_MAX),
        "question": clean_text(question, field="question", most=TEXT_MAX, wanted=True),
        "question_en": clean_text(question_en, field="question_en", most=TEXT_MAX),
        "answer": clean_text(answer, field="answer", most=TEXT_MAX, wanted=True),
        "answer_en": clean_text(answer_en, field="answer_en", most=TEXT_MAX),
        "unit_id": answered_by.unit_id, "post": answered_by.post, "post_en": answered_by.post_en,
    }  # fmt: skip
    known = Question.objects.filter(id=question_id, conference=conference).first()
    if known is not None and all(getattr(known, name) == value for name, value in words.items()):
        raise DoneBefore(known.number)
    count = Question.objects.filter(conference=conference).count()
    if known is None and count >= QUESTIONS_MAX:
        raise InvalidInput(_("A conference has at most %(most)s questions."), field="question", most=QUESTIONS_MAX)
    kept = known or Question(id=question_id, conference=conference, number=count + 1)
    for name, value in words.items():
        setattr(kept, name, value)
    kept.kept_at = acting.now
    with lawful_by(lambda error: refused_by(_REFUSALS, error)):
        kept.save(force_insert=known is None)
    acting.record(
        f"conference:{conference.id}",
        after={"code": conference.code, "question": question_id, "number": kept.number, **words},
    )
    return kept.number


def _locked(acting: Acting, conference_id: UUID, expected_version: int | None, /) -> Conference:
    """Lock a conference that was not cancelled, of an office within reach."""
    conference = Conference.objects.filter(id=conference_id).first()
    if conference is None:
        raise NotFound(_("There is no such conference."), field="conference_id", value=str(conference_id))
    require(acting.actor, acting.act, conference)
    conference = Conference.objects.select_for_update().get(id=conference_id)
    if conference.cancelled_at is not None:
        raise Conflict(_("This conference was cancelled."), field="conference_id", remedy=_("Plan another one."))
    if expected_version is not None and expected_version != conference.version:
        raise Conflict(
            _("Somebody has changed this conference: it is in version %(value)s."), field="expected_version",
            value=conference.version, remedy=_("Look at it again before you go on."),
        )  # fmt: skip
    return conference


def _told(acting: Acting, *, starts_at: datetime, domain: str, **lines: str) -> dict[str, Any]:
    """What everybody is told of a conference, checked."""
    if starts_at > acting.now + AHEAD_MAX:
        raise InvalidInput(
            _("Plan at most three years ahead."), field="starts_at", value=starts_at.isoformat(),
            remedy=_("Choose an earlier day."),
        )  # fmt: skip
    if not CODE.match(domain):
        raise InvalidInput(
            _("“%(value)s” cannot be a domain."), field="domain", value=domain[:80],
            remedy=_("Use small letters, digits and hyphens, such as open-economy."),
        )  # fmt: skip
    return {
        "domain": domain, "starts_at": starts_at,
        **{name: clean_line(text, field=name, most=TITLE_MAX, wanted=True) for name, text in lines.items()},
    }  # fmt: skip


def _set(conference: Conference, told: dict[str, Any], *, at: datetime) -> None:
    for name, value in told.items():
        setattr(conference, name, value)
    conference.changed_at = at


def _say_why(conference: Conference, *, reason: str, reason_en: str) -> None:
    conference.reason = clean_line(reason, field="reason", most=TITLE_MAX, wanted=True)
    conference.reason_en = clean_line(reason_en, field="reason_en", most=TITLE_MAX, wanted=True)


def _checked_code(code: str, *, field: str) -> str:
    if not CODE.match(code):
        raise InvalidInput(
            _("“%(value)s” cannot be a code."), field=field, value=code[:80],
            remedy=_("Use 3 to 80 small letters, digits and hyphens, such as 2021-02-trade."),
        )  # fmt: skip
    return code


def _checked_speakers(speakers: Sequence[SpeakerPost]) -> list[SpeakerPost]:
    """Each post once, of units that are there."""
    if not 1 <= len(speakers) <= SPEAKERS_MAX:
        raise InvalidInput(_("Between 1 and %(most)s posts speak."), field="speakers", most=SPEAKERS_MAX)
    missing = {one.unit_id for one in speakers} - set(units_with([one.unit_id for one in speakers]))
    if missing:
        raise NotFound(_("There is no such unit."), field="speakers", value=str(min(missing)))
    return list(dict.fromkeys(
        SpeakerPost(
            one.unit_id, clean_line(one.post, field="speakers", most=TITLE_MAX, wanted=True),
            clean_line(one.post_en, field="speakers", most=TITLE_MAX, wanted=True),
        )
        for one in speakers
    ))  # fmt: skip


def _speakers_of(conference: Conference) -> list[SpeakerPost]:
    rows = Speaker.objects.filter(conference=conference).order_by("position")
    return [SpeakerPost(*row) for row in rows.values_list("unit_id", "post", "post_en")]


def _release_of(conference: Conference) -> str:
    return Presented.objects.filter(conference=conference).values_list("release_code", flat=True).first() or ""


def _keep_parts(acting: Acting, conference: Conference, posts: Sequence[SpeakerPost], release_code: str) -> None:
    Speaker.objects.bulk_create(
        Speaker(conference=conference, position=place, unit_id=one.unit_id, post=one.post, post_en=one.post_en)
        for place, one in enumerate(posts)
    )
    if release_code:
        Presented(conference=conference, release_code=release_code).save(force_insert=True)
    _record(acting, conference, posts, release_code)


def _record(acting: Acting, conference: Conference, posts: Sequence[SpeakerPost], release_code: str) -> None:
    acting.record(f"conference:{conference.id}", after={
        "code": conference.code, "unit": conference.unit_id, "domain": conference.domain, "title": conference.title,
        "title_en": conference.title_en, "venue": conference.venue, "venue_en": conference.venue_en,
        "starts_at": conference.starts_at, "reason": conference.reason, "reason_en": conference.reason_en,
        "cancelled_at": conference.cancelled_at, "version": conference.version, "presents": release_code,
        "speakers": [{"unit": one.unit_id, "post": one.post, "post_en": one.post_en} for one in posts],
    })  # fmt: skip
