"""The same act on many requests at once: each in its own transaction, each with its own outcome."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import get_language_from_request, override
from ninja import Router
from pydantic import BaseModel, Field, ValidationError

from tianqu.base.canonical import plain
from tianqu.base.errors import InvalidInput, InvalidInputs, _
from tianqu.kernel.journal.api import registered_acts
from tianqu.kernel.orders.api import BULK_MAX, FLOW, Outcome, perform_many
from tianqu.kernel.pack.api import sentence_said
from tianqu.web.api.acts import NEVER_KEPT, NOT_FOR_CALLERS, NOT_OFFERED
from tianqu.web.api.bodies import Body, OwnIdentifier, body_of
from tianqu.web.api.choices import one_of
from tianqu.web.api.doors import with_token
from tianqu.web.api.faults import sentence_for
from tianqu.web.api.performing import Key, actor_of_request, check_limits, flag_replayed
from tianqu.web.api.problems import FAULTS_MAX

router = Router(tags=["acts on orders"], auth=with_token)

OFFERED = tuple(sorted(set(FLOW) - set(NOT_OFFERED) - NEVER_KEPT))
ActName: Any = one_of(OFFERED)


class BulkBody(Body):
    """An act and the requests it is done to; ``arguments`` is the body of the act's own operation."""

    act: ActName
    order_ids: Annotated[list[OwnIdentifier], Field(min_length=1, max_length=BULK_MAX)]
    arguments: dict[str, Any] = {}


class OutcomeBody(BaseModel):
    """What became of one request."""

    order_id: UUID
    succeeded: bool
    result: Any = None
    code: str = ""
    detail: str = ""
    remedy: str = ""


class Outcomes(BaseModel):
    """What became of all of them."""

    succeeded: int
    outcomes: list[OutcomeBody]


@router.post("/bulk", response=Outcomes, summary="Do an act to many requests", operation_id="orders_bulk")
def bulk(request: HttpRequest, body: BulkBody, idempotency_key: Key = None) -> Any:
    """Do one act to at most 500 requests. Those that cannot be done say why, and do not stop the others.

    With a key each request is done once: sent again, those that were done answer as before, the others are tried.
    """
    actor = actor_of_request(request)
    check_limits(actor, body.act)
    arguments = _arguments(body.act, body.arguments)
    key = hashlib.sha256(idempotency_key.encode()).hexdigest() if idempotency_key else None
    outcomes = perform_many(actor, order_ids=body.order_ids, act=body.act, key=key, **arguments)
    if outcomes and all(outcome.again for outcome in outcomes):
        flag_replayed(request)
    with override(get_language_from_request(request)):
        shown = [_shown(outcome) for outcome in outcomes]
    return {"succeeded": sum(one["succeeded"] for one in shown), "outcomes": shown}


def _arguments(act: str, given: dict[str, Any]) -> dict[str, Any]:
    """Read the arguments as the act's own operation would. Raises ``InvalidInputs``."""
    schema = body_of(act, registered_acts()[act].perform, without=NOT_FOR_CALLERS.get(act, frozenset()) | {"order_id"})
    try:
        body = schema.model_validate(given)
    except ValidationError as error:
        raise InvalidInputs([_as_input(fault) for fault in error.errors()[:FAULTS_MAX]]) from error
    return {name: getattr(body, name) for name in schema.model_fields if name != "at"}


def _as_input(fault: Mapping[str, Any]) -> InvalidInput:
    sentence, context = sentence_for(fault)
    return InvalidInput(
        sentence, field=".".join(["arguments", *map(str, fault["loc"])]),
        remedy=_("Give the act's own fields, as its operation takes them."), **context,
    )  # fmt: skip


def _shown(outcome: Outcome) -> dict[str, Any]:
    error = outcome.error
    if error is None:
        return {"order_id": outcome.order_id, "succeeded": True, "result": plain(outcome.result)}
    return {
        "order_id": outcome.order_id, "succeeded": False, "code": error.code,
        "detail": sentence_said(error.message, error),
        "remedy": sentence_said(error.remedy, error),
    }  # fmt: skip
