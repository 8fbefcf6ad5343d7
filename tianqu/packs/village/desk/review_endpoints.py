"""Samples and reviews over the API. What is done goes by ``POST /acts/village.draw_sample`` and the like."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import BaseModel, ConfigDict, Field

from tianqu.kernel.pack.api import caller_of
from tianqu.packs.village.desk.models import ReviewState, ReviewSubject
from tianqu.packs.village.desk.queries import (
    ReviewFilters,
    review_detail,
    review_list,
    sample_detail,
    sample_list,
)
from tianqu.packs.village.register_endpoints import (
    LIMIT_MAX,
    ContractBody,
    Cursor,
    Flag,
    PlaceCode,
    RegisterPage,
    mark_of,
    page_of,
    path_of,
)

router = Router(tags=["village"])


class ReviewBody(BaseModel):
    """A contract or voucher that is looked at. ``late``: papers were due before today."""

    model_config = ConfigDict(from_attributes=True)
    id: UUID
    place_id: UUID
    place_path: str
    sample_id: UUID | None
    position: int | None
    rank: str
    subject: str
    subject_id: UUID
    number: str
    state: str
    due_on: date | None
    late: bool
    conclusion: str
    opened_at: datetime
    changed_at: datetime
    closed_at: datetime | None
    version: int


class ReviewsAsked(BaseModel):
    """What the list is narrowed to."""

    model_config = ConfigDict(extra="forbid")
    place: PlaceCode | None = Field(None, description="Code of a place: reviews of villages in it.")
    state: ReviewState | None = None
    subject: ReviewSubject | None = None
    sample: UUID | None = Field(None, description="Those that were drawn in this sample.")
    late: Flag = Field(False, description="Those whose papers were due before today.")
    after: Cursor | None = None
    limit: Annotated[int, Field(ge=1, le=LIMIT_MAX)] = 50


@router.get("/village/reviews", response=RegisterPage[ReviewBody], summary="What auditors look at")
def reviews(request: HttpRequest, asked: Query[ReviewsAsked]) -> Any:
    """List what is looked at, the newest first. Needs the permission village.see_reviews."""
    filters = ReviewFilters(path_of(asked.place), asked.state, asked.subject, asked.sample, asked.late)
    return page_of(review_list(caller_of(request), filters=filters, after=mark_of(asked.after), limit=asked.limit))


class PaperBody(BaseModel):
    """A paper that was handed in."""

    model_config = ConfigDict(from_attributes=True)
    id: UUID
    name: str
    media_type: str
    size: int


class ReviewNoteBody(BaseModel):
    """Something said about a thing, by post; the name is "" without village.see_parties."""

    model_config = ConfigDict(from_attributes=True)
    id: UUID
    kind: str
    text: str
    at: datetime
    role: str
    title: str
    name: str
    files: list[PaperBody]


class OneReview(ReviewBody):
    """A review with its thread, the contract if it is one, and the findings about it."""

    notes: list[ReviewNoteBody]
    contract: ContractBody | None
    findings: list[UUID]


@router.get("/village/reviews/{review_id}", response=OneReview, summary="One thing that auditors look at")
def review(request: HttpRequest, review_id: UUID) -> Any:
    """Read a review with what was said. A voucher is read at /transfers. Needs village.see_reviews."""
    told = review_detail(caller_of(request), review_id=review_id)
    return {name: getattr(told.row, name) for name in ReviewBody.model_fields} | {
        "notes": told.notes, "contract": told.contract, "findings": told.findings,
    }  # fmt: skip


class SampleBody(BaseModel):
    """A sample: from where, between which days, by which seed, out of how many, and how far looking has come."""

    model_config = ConfigDict(from_attributes=True)
    id: UUID
    place_id: UUID
    place_path: str
    subject: str
    first_day: date
    last_day: date
    count: int
    seed: str
    population: int
    at: datetime
    drawn: int
    closed: int
    found: int


class SamplesAsked(BaseModel):
    """What the list is narrowed to."""

    model_config = ConfigDict(extra="forbid")
    place: PlaceCode | None = Field(None, description="Code of a place: samples of it or of places in it.")
    limit: Annotated[int, Field(ge=1, le=LIMIT_MAX)] = 100


@router.get("/village/samples", response=list[SampleBody], summary="Samples that were drawn")
def samples(request: HttpRequest, asked: Query[SamplesAsked]) -> Any:
    """List samples, the newest first. Needs the permission village.see_reviews."""
    return sample_list(caller_of(request), place_path=path_of(asked.place), limit=asked.limit)


class OneSample(SampleBody):
    """A sample with what was drawn, in its order."""

    reviews: list[ReviewBody]


@router.get("/village/samples/{sample_id}", response=OneSample, summary="One sample")
def sample(request: HttpRequest, sample_id: UUID) -> Any:
    """Read a sample with everything that was drawn. Needs the permission village.see_reviews."""
    told = sample_detail(caller_of(request), sample_id=sample_id)
    return {name: getattr(told.row, name) for name in SampleBody.model_fields} | {"reviews": told.reviews}
