"""Reading the programme and its conferences: what everybody may see, and for their office what they present."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from django.db.models import Case, F, Q, QuerySet, When
from django.utils import timezone

from tianqu.base.errors import InvalidInput, NotFound, _
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.orders.api import State, ToldOrder, told_order
from tianqu.kernel.places.api import Unit, require, units_with
from tianqu.kernel.releases.api import PublicRelease, Release, Signature, Signing, may_sign, public_releases_called
from tianqu.packs.programme.acts import SpeakerPost
from tianqu.packs.programme.models import Conference, Domain, Presented, Question, SigningOrder, Speaker

LIST_MAX: Final = 500
SIGN: Final = "releases.sign"


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
    """The conferences, the newest first; those that are to come, the next first. Seven statements."""
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


@dataclass(frozen=True, slots=True)
class SigningLine:
    """A signature that a unit was asked for, as an order. ``state`` is "" once the text was revised."""

    kept: SigningOrder
    unit: Unit | None
    release: Release | None  # None where it is out of sight again
    state: str
    due_at: datetime | None
    answered_at: datetime | None
    late: bool


@dataclass(frozen=True, slots=True)
class SigningDetail:
    """One of them with its figures as they are printed, its clocks and what has happened."""

    line: SigningLine
    signature: Signature | None
    order: ToldOrder
    may_sign: bool


def waiting_to_sign(actor: Actor) -> int:
    """How many signatures the actor's units owe, see ``_owed_by``. One statement."""
    return _owed_by(actor).filter(order__state=State.DISPATCHED).count()


def signings(actor: Actor, *, limit: int = 100) -> list[SigningLine]:
    """What the actor's units are asked to sign: what waits first, by when it is due, then the newest."""
    require(actor, SIGN)
    waits = Q(order__state=State.DISPATCHED)
    rows = _owed_by(actor).select_related("order").annotate(waits=waits, due=Case(When(waits, "order__due_done_at")))
    rows = rows.order_by("-waits", F("due").asc(nulls_last=True), "-order_id")
    return _signing_lines(list(rows[: min(limit, LIST_MAX)]))


def signing_detail(actor: Actor, *, order_id: UUID) -> SigningDetail:
    """One signature of the actor's units, or of the office that asks. Raises ``NotFound``."""
    require(actor, SIGN)
    kept = SigningOrder.objects.select_related("order").filter(order_id=order_id).first()
    if kept is None:
        raise NotFound(_("There is no such signature."), field="order_id", value=str(order_id))
    (line,) = _signing_lines([kept])
    signature = _signatures([kept]).get((kept.release_id, kept.revision, kept.unit_id))
    open_to_sign = (
        line.state == Signing.ASKED and signature is not None and line.release is not None
        and may_sign(actor, line.release, signature)
    )  # fmt: skip
    return SigningDetail(line, signature, told_order(actor, order_id=order_id), open_to_sign)


def _owed_by(actor: Actor) -> QuerySet[SigningOrder]:
    """The signatures of the actor's units. The office that asks owes those of its own unit alone, though other units
    may be parts of it."""
    rows = SigningOrder.objects.all()
    if actor.scope.everything:
        return rows
    if actor.unit_id is None:
        return rows.none()
    asked_by_it = Release.objects.filter(unit_id=actor.unit_id).values("id")
    return rows.filter(
        Q(unit_id=actor.unit_id) | ~Q(release_id__in=asked_by_it), unit_id__in=actor.scope.unit_ids
    )  # fmt: skip


def _signing_lines(rows: list[SigningOrder]) -> list[SigningLine]:
    units = units_with({row.unit_id for row in rows})
    releases = {each.id: each for each in Release.objects.filter(id__in={row.release_id for row in rows})}
    said, now = _signatures(rows), timezone.now()
    lines = []
    for row in rows:
        signature = said.get((row.release_id, row.revision, row.unit_id))
        waits, due = row.order.state == State.DISPATCHED, row.order.due_done_at
        lines.append(SigningLine(
            row, units.get(row.unit_id), releases.get(row.release_id),
            "" if signature is None or (signature.state == Signing.ASKED and not waits) else signature.state,
            due, signature.answered_at if signature is not None else None, waits and due is not None and due < now,
        ))  # fmt: skip
    return lines


def _signatures(rows: list[SigningOrder]) -> dict[tuple[UUID, int, UUID], Signature]:
    found = Signature.objects.filter(release_id__in={row.release_id for row in rows})
    return {(each.release_id, each.revision, each.unit_id): each for each in found}
