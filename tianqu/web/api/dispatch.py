"""Where requests go: rules and their replay on the past, proposals, like requests, answers to like ones, templates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import BaseModel, ConfigDict, Field

from tianqu.kernel.orders.api import (
    AnswerSuggestion,
    Likeness,
    Replay,
    Rule,
    answer_suggestions,
    answer_templates,
    order_id_of,
    place_id_called,
    propose,
    published_rules,
    replay_rules,
    similar_orders,
)
from tianqu.kernel.places.api import require
from tianqu.web.api.bodies import Body, Few, made_from
from tianqu.web.api.doors import with_token
from tianqu.web.api.orders import Code
from tianqu.web.api.paging import Page, mark_of, page_of
from tianqu.web.api.performing import actor_of_request
from tianqu.web.api.values import AnyCode, Cursor, Day, Flag, Latitude, Limit, Longitude, Moment, order_code, word

router = Router(tags=["dispatch"], auth=with_token)


@dataclass(frozen=True, slots=True)
class _Named:
    """A rule with the key of its place in the list."""

    rule: Rule
    key: str


class RuleList(BaseModel):
    """What the list is narrowed to."""

    model_config = ConfigDict(extra="forbid")
    on: Day | None = Field(None, description="Those that hold on this day; all that are not retired without.")
    item: AnyCode | None = None
    after: Cursor | None = None
    limit: Limit = 100


@router.get("/rules", response=Page[Rule], summary="Dispatch rules")
def rules(request: HttpRequest, asked: Query[RuleList]) -> Any:
    """List the rules that are not retired, by code and version. Needs rules.publish."""
    require(actor_of_request(request), "rules.publish")
    found = [_Named(rule, f"{rule.code} {rule.version:09}") for rule in published_rules()]
    mark = mark_of(asked.after) or ""
    chosen = [
        one
        for one in sorted(found, key=lambda one: one.key)
        if one.key > mark
        and (asked.on is None or one.rule.holds_on(asked.on))
        and (asked.item is None or one.rule.condition.item == asked.item)
    ]
    page = page_of(chosen[: asked.limit + 1], asked.limit, key="key")
    return {"rows": [one.rule for one in page["rows"]], "next": page["next"]}


GivenRule: Any = made_from(Rule)


class ReplayBody(Body):
    """Rules to be tried, and on which time."""

    rules: Annotated[list[GivenRule], Field(min_length=1, max_length=500)]
    since: Moment
    until: Moment


@router.post("/rules/replay", response=Replay, summary="Try rules on past requests", operation_id="rules_replay")
def replay(request: HttpRequest, body: ReplayBody) -> Any:
    """Ask the published rules, and the same with these, about past requests; nothing is written.

    Needs rules.publish.
    """
    return replay_rules(actor_of_request(request), rules=body.rules, since=body.since, until=body.until)


class Proposed(BaseModel):
    """Who should answer; ``source`` is rule, model or human."""

    model_config = ConfigDict(from_attributes=True)
    source: str
    unit_id: UUID | None
    confidence: float
    why: Mapping[str, Any]


@router.get("/orders/{code}/proposal", response=Proposed, summary="Who should answer a request, and why")
def proposal(request: HttpRequest, code: Code) -> Any:
    """Read who should answer a request by rule or text model, and why. Needs orders.dispatch."""
    actor = actor_of_request(request)
    require(actor, "orders.dispatch")
    return propose(order_id_of(actor, code=order_code(code)))


class LikeBody(Body):
    """A request that is being told."""

    text: Annotated[str, word(10_000, needed=True)]
    place: AnyCode
    item: Annotated[str, word(100)] = ""
    lon: Longitude | None = None
    lat: Latitude | None = None
    limit: Few = 5


@router.post("/similar-orders", response=list[Likeness], summary="Requests like one that is being told")
def similar(request: HttpRequest, body: LikeBody) -> Any:
    """List requests of the last 14 days at the place or beside it that may be of the same cause. Needs orders.see."""
    return similar_orders(
        actor_of_request(request), text=body.text, place_id=place_id_called(body.place), item=body.item,
        lon=None if body.lon is None else float(body.lon), lat=None if body.lat is None else float(body.lat),
        limit=body.limit,
    )  # fmt: skip


class QuestionBody(Body):
    """What an answer is wanted for."""

    text: Annotated[str, word(10_000, needed=True)]
    item: Annotated[str, word(100)] = ""
    limit: Few = 5


@router.post("/answer-suggestions", response=list[AnswerSuggestion], summary="Answers that were given to such")
def suggestions(request: HttpRequest, body: QuestionBody) -> Any:
    """List templates for the item, and published answers to like requests. Needs orders.see."""
    return answer_suggestions(actor_of_request(request), text=body.text, item=body.item, limit=body.limit)


class Template(BaseModel):
    """An answer template; without a unit it is for all of them."""

    model_config = ConfigDict(from_attributes=True)
    id: UUID
    title: str
    text: str
    item_code: str
    unit_id: UUID | None


@router.get("/answer-templates", response=list[Template], summary="Answer templates")
def templates(request: HttpRequest, item: AnyCode | None = None, shared: Flag = True) -> Any:
    """List the templates of the caller's units, and, with ``shared``, those for everybody. Needs orders.see."""
    actor = actor_of_request(request)
    require(actor, "orders.see")
    return [one for one in answer_templates(actor, item_code=item) if shared or one.unit_id is not None]
