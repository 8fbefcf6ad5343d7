"""The programme over the API, for everybody. What is done goes by ``POST /acts/programme.…``."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from tianqu.packs.programme.aims.queries import MeasureShown, programme
from tianqu.packs.programme.queries import (
    ConferenceLine,
    ConferencesAsked,
    conference_called,
    conferences,
    questions_of,
)

router = Router(tags=["programme"])
ConferenceCode = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{2,79}$")]
FORBID: Final = ConfigDict(extra="forbid")


class SpeakerBody(BaseModel):
    """A post that speaks for its unit."""

    unit_id: UUID
    post: str
    post_en: str


class ConferenceBody(BaseModel):
    """A press conference; `release` is the code of what it presented, once that is public."""

    id: UUID
    code: str
    version: int
    unit_id: UUID
    domain: str
    title: str
    title_en: str
    venue: str
    venue_en: str
    starts_at: datetime
    state: str = Field(description="planned, held or cancelled")
    reason: str = Field(description="Why it was changed or cancelled")
    reason_en: str
    speakers: list[SpeakerBody]
    release: str | None


class ConferenceQuestionBody(BaseModel):
    """A question that a medium asked, and what a post answered."""

    number: int
    medium: str
    medium_en: str
    question: str
    question_en: str
    answer: str
    answer_en: str
    answered_by: SpeakerBody


class OneConference(ConferenceBody):
    """A press conference with its questions and answers."""

    questions: list[ConferenceQuestionBody]


class ConferencesWanted(BaseModel):
    """Which conferences."""

    model_config = FORBID
    year: int | None = Field(None, ge=1900, le=2999)
    domain: str = Field("", max_length=80)
    unit_id: UUID | None = None
    upcoming: bool = False


class ProgrammeMeasureBody(BaseModel):
    """What is to be reached, beside what is: `value` is exact; null where none is public."""

    name: str
    name_en: str
    unit_id: UUID | None
    figure: str
    target: str
    sense: str = Field(description="at_least or at_most")
    period: str | None
    value: str | None
    reached: bool | None


class ProgrammeTaskBody(BaseModel):
    """A task of a domain."""

    name: str
    name_en: str
    measures: list[ProgrammeMeasureBody]


class ProgrammeDomainBody(BaseModel):
    """A domain of the programme, and how many of its measures are reached."""

    code: str
    name: str
    name_en: str
    reached: int
    tasks: list[ProgrammeTaskBody]


@router.get("/programme/domains", response=list[ProgrammeDomainBody], summary="The programme")
def all_domains(request: HttpRequest) -> Any:
    """Read the programme: domains, tasks and measures, each target beside its present figure."""
    return [
        {
            "code": each.domain.code, "name": each.domain.name, "name_en": each.domain.name_en,
            "reached": each.reached,
            "tasks": [
                {"name": task.name, "name_en": task.name_en, "measures": [_measure(one) for one in task.measures]}
                for task in each.tasks
            ],
        }
        for each in programme()
    ]  # fmt: skip


def _measure(one: MeasureShown) -> dict[str, Any]:
    return {
        "name": one.name, "name_en": one.name_en, "unit_id": one.unit.id if one.unit else None, "figure": one.figure,
        "target": str(one.target), "sense": one.sense, "reached": one.reached,
        "period": one.shown.value.period if one.shown else None, "value": str(one.shown.exact) if one.shown else None,
    }  # fmt: skip


def _told(line: ConferenceLine) -> dict[str, Any]:
    it = line.conference
    names = ("id", "code", "version", "unit_id", "domain", "title", "title_en", "venue", "venue_en", "starts_at",
             "reason", "reason_en")  # fmt: skip
    return {
        **{name: getattr(it, name) for name in names}, "state": line.state.value,
        "speakers": [_speaker(one) for one in line.speakers],
        "release": line.release.release.code if line.release else None,
    }  # fmt: skip


def _speaker(thing: Any) -> dict[str, Any]:
    return {"unit_id": thing.unit_id, "post": thing.post, "post_en": thing.post_en}


@router.get("/programme/conferences", response=list[ConferenceBody], summary="Press conferences")
def all_conferences(request: HttpRequest, wanted: Query[ConferencesWanted]) -> Any:
    """List press conferences, the newest first; with `upcoming` those that are to come, the next first."""
    asked = ConferencesAsked(wanted.year, wanted.domain, wanted.unit_id, wanted.upcoming)
    return [_told(line) for line in conferences(asked)]


@router.get("/programme/conferences/{code}", response=OneConference, summary="One press conference")
def one_conference(request: HttpRequest, code: ConferenceCode) -> Any:
    """Read a press conference with what was asked and answered."""
    line = conference_called(code)
    names = ("number", "medium", "medium_en", "question", "question_en", "answer", "answer_en")
    questions = [
        {**{name: getattr(one.question, name) for name in names}, "answered_by": _speaker(one.question)}
        for one in questions_of(line.conference)
    ]
    return {**_told(line), "questions": questions}
