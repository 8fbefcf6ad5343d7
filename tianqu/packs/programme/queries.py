"""Reading the programme and its conferences: what everybody may see, and for their office what they present."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from tianqu.base.errors import InvalidInput, NotFound, _
from tianqu.kernel.places.api import Unit, units_with
from tianqu.kernel.releases.api import PublicRelease, public_releases_called
from tianqu.packs.programme.acts import SpeakerPost
from tianqu.packs.programme.models import Conference, Domain, Presented, Question, Speaker

LIST_MAX: Final = 500


class ConferenceState(StrEnum):
    """Where a conference stands: its time says it, unless it was cancelled."""

    PLANNED = "planned"
    HELD = "held"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class ConferenceLine:
    """A conference as everybody sees it; ``release`` once that is public."""

    conference: Conference
    state: ConferenceState
    domain: Domain | None
    units: list[Unit]
    speakers: list[SpeakerPost]
    release: PublicRelease | None


@dataclass(frozen=True, slots=True)
class AnsweredQuestion:
    """A question with who answered."""

    question: Question
    unit: Unit | None


@dataclass(frozen=True, slots=True)
class ConferencesAsked:
    """Which conferences are wanted; "" and None for all."""

    year: int | None = None
    domain: str = ""
    unit_id: UUID | None = None
    upcoming: bool = False
    limit: int = LIST_MAX


def conferences(asked: ConferencesAsked = ConferencesAsked()) -> list[ConferenceLine]:
    """The conferences, the newest first; those that are to come, the next first. Five statements."""
    rows = Conference.objects.order_by("starts_at" if asked.upcoming else "-starts_at", "id")
    if asked.year is not None:
        if not 1900 <= asked.year <= 2999:
            raise InvalidInput(_("%(value)s is no year."), field="year", value=asked.year)
        rows = rows.filter(starts_at__year=asked.year)
    if asked.domain:
        rows = rows.filter(domain=asked.domain)
    if asked.unit_id is not None:
        rows = rows.filter(id__in=Speaker.objects.filter(unit_id=asked.unit_id).values("conference_id"))
    if asked.upcoming:
        rows = rows.filter(starts_at__gt=timezone.now(), cancelled_at=None)
    return _lines(rows[: max(1, min(asked.limit, LIST_MAX))])


def conference_called(code: str) -> ConferenceLine:
    """One conference. Raises ``NotFound``."""
    found = _lines(Conference.objects.filter(code=code))
    if not found:
        raise NotFound(_("There is no such conference."), field="code", value=code[:80])
    return found[0]


def questions_of(conference: Conference) -> list[AnsweredQuestion]:
    """The questions of a conference in the order in which they were asked."""
    rows = list(Question.objects.filter(conference=conference).order_by("number"))
    units = units_with({row.unit_id for row in rows})
    return [AnsweredQuestion(row, units.get(row.unit_id)) for row in rows]


def presented_code(conference: Conference) -> str:
    """The code of the release that a conference presents, "" where the connection may not know of one."""
    return Presented.objects.filter(conference=conference).values_list("release_code", flat=True).first() or ""


def years() -> list[int]:
    """The years in which there are conferences, the newest first."""
    return [day.year for day in Conference.objects.dates("starts_at", "year", order="DESC")[:50]]


def units_speaking() -> list[Unit]:
    """The units that take part in any conference, by name."""
    units = units_with(set(Speaker.objects.values_list("unit_id", flat=True).distinct()))
    return sorted(units.values(), key=lambda unit: unit.code)


def domains() -> list[Domain]:
    """The domains of the programme in their order."""
    return list(Domain.objects.order_by("position", "code")[:LIST_MAX])


def _lines(rows: QuerySet[Conference]) -> list[ConferenceLine]:
    found = list(rows.prefetch_related("speakers"))
    codes = dict(Presented.objects.filter(conference__in=[row.id for row in found]).values_list(
        "conference_id", "release_code",
    ))  # fmt: skip
    releases = public_releases_called(codes.values())
    named = {domain.code: domain for domain in domains()}
    units = units_with({speaker.unit_id for row in found for speaker in row.speakers.all()})
    now = timezone.now()
    return [
        ConferenceLine(
            row, _state(row, now), named.get(row.domain), _units(row, units), _speakers(row),
            releases.get(codes.get(row.id, "")),
        )
        for row in found
    ]  # fmt: skip


def _state(conference: Conference, now: datetime) -> ConferenceState:
    if conference.cancelled_at is not None:
        return ConferenceState.CANCELLED
    return ConferenceState.PLANNED if conference.starts_at > now else ConferenceState.HELD


def _speakers(conference: Conference) -> list[SpeakerPost]:
    rows = sorted(conference.speakers.all(), key=lambda speaker: speaker.position)
    return [SpeakerPost(row.unit_id, row.post, row.post_en) for row in rows]


def _units(conference: Conference, known: dict[UUID, Unit]) -> list[Unit]:
    """The units that take part, each once, in the order of their first speaker."""
    order = dict.fromkeys(one.unit_id for one in _speakers(conference))
    return [known[unit_id] for unit_id in order if unit_id in known]
