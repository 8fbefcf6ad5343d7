"""Ordered services over the API: what is offered to me, and whom an order fits. Acts go by ``POST /acts/…``."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router
from pydantic import BaseModel, Field

from tianqu.kernel.orders.api import offers_to
from tianqu.packs.practice.services.matching import reasons
from tianqu.packs.practice.services.queries import candidates_for

router = Router(tags=["practice"])


class PracticeOffer(BaseModel):
    """An order that is offered: what, in which village, on which day, and why to this taker."""

    order_id: UUID
    taker: str
    title: str
    place: str
    day: str
    window: str
    reasons: list[str]
    lapses_at: datetime | None


class PracticeCandidate(BaseModel):
    """A team or a volunteer who fits an order."""

    taker: str
    name: str
    score: int
    reasons: list[str]


class PracticeMatching(BaseModel):
    """Who fits an order, best first, and how many were left out for what (`team:service`, `volunteer:far`)."""

    candidates: list[PracticeCandidate]
    left_out: dict[str, int] = Field(description="how many, by kind and reason")


@router.get("/practice/offers", response=list[PracticeOffer], summary="What is offered to me")
def my_offers(request: HttpRequest) -> Any:
    """List the orders that are offered to oneself and to the teams one leads, at most 200."""
    return [
        {"order_id": one.order_id, "taker": one.taker, "reasons": reasons(one.grounds), "lapses_at": one.lapses_at}
        | {name: one.told[name] for name in ("title", "place", "day", "window")}
        for one in offers_to(request.auth)  # type: ignore[attr-defined]
    ]


@router.get("/practice/orders/{order_id}/candidates", response=PracticeMatching, summary="Who fits an order")
def candidates(request: HttpRequest, order_id: UUID) -> Any:
    """List whom the centre may send an order to, with reasons, and how many were left out."""
    found, names = candidates_for(request.auth, order_id)  # type: ignore[attr-defined]
    return {
        "candidates": [
            {"taker": one.taker, "name": names.get(one.taker, ""), "score": one.score, "reasons": reasons(one.grounds)}
            for one in found.found
        ],
        "left_out": {f"{kind}:{why}": count for (kind, why), count in found.left_out.items()},
    }
