"""What the document of an order holds, for the OpenAPI document; the database makes the JSON itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel


class ItemName(BaseModel):
    """The item that a request was placed for, in the version of that day."""

    code: str
    version: int
    title: str
    title_en: str


class PlaceName(BaseModel):
    """A place as it was called when the request was placed; ``path`` holds the codes from the root."""

    code: str
    name: str
    name_en: str
    path: str


class UnitName(BaseModel):
    """The unit that answers."""

    code: str
    name: str
    name_en: str


class ClockDocument(BaseModel):
    """A clock with the proof of its due time, which ``tianqu recompute`` computes again."""

    kind: str
    started_at: datetime
    due_at: datetime
    paused_at: datetime | None
    stopped_at: datetime | None
    breached_at: datetime | None
    proof: Any


class RatingDocument(BaseModel):
    """A rating; ``round`` counts the reopenings before it."""

    round: int
    at: datetime
    solved: bool | None
    satisfaction: str
    text: str


class EventDocument(BaseModel):
    """A step; gaps in ``sequence`` say that there is something the caller does not see."""

    sequence: int
    at: datetime
    act: str
    actor_kind: str
    from_state: str
    to_state: str
    note: str
    audience: str
    data: Any
    unit: str | None
    log_index: int | None


class OrderDocument(BaseModel):
    """A request with its clocks, ratings and steps. Who asked is not in it."""

    id: str
    code: str
    title: str
    description: str
    form: dict[str, Any]
    address: str
    lon: float | None
    lat: float | None
    channel: str
    asker_kind: str
    identity: str
    urgency: str
    state: str
    version: int
    placed_at: datetime
    dispatched_at: datetime | None
    accepted_at: datetime | None
    done_at: datetime | None
    rated_at: datetime | None
    closed_at: datetime | None
    published_at: datetime | None
    updated_at: datetime
    due_accept_at: datetime | None
    due_done_at: datetime | None
    due_next_at: datetime | None
    extended_days: int
    return_count: int
    reopen_count: int
    press_count: int
    escalation: int
    answer_public: str
    answer_private: str
    item: ItemName
    place: PlaceName
    unit: UnitName | None
    clocks: list[ClockDocument]
    ratings: list[RatingDocument]
    events: list[EventDocument]
