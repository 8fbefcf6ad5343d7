"""One operation for each act of the flow: POST /orders/{code}/{act}.

The body is made from the act's own signature, so that the two cannot differ: what the function takes by keyword is what
the body holds, with ``at`` beside it for simulated days.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from datetime import datetime
from typing import Any, get_type_hints
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import ConfigDict, Field, create_model

from tianqu.base.canonical import plain
from tianqu.kernel.journal.api import registered_acts
from tianqu.kernel.orders.api import FLOW
from tianqu.kernel.orders.models import Order
from tianqu.web.api.orders import (
    ActDone,
    Code,
    Key,
    Problems,
    Secret,
    happened_at,
    opened_by,
    order_row,
    perform,
)

router = Router(tags=["acts"])
TEXT_MAX = 100_000  # characters; the acts themselves take fewer and say how many
NEVER_KEPT = frozenset({"orders.unseal"})  # what it returns is personal data, so no answer is kept for a key
BY_SYSTEM_ALONE = frozenset({"orders.escalate"})  # done by the clocks, never asked for


class ActBody(Schema):
    """What every act's body allows besides its own fields."""

    model_config = ConfigDict(extra="forbid")
    at: datetime | None = Field(None, description="When it happened; for tokens with the scope simulate.")


def body_of(name: str, function: Callable[..., Any]) -> type[ActBody]:
    """Make the body's schema from the keywords of an act."""
    wrapped = inspect.unwrap(function)
    hints = get_type_hints(wrapped)
    fields: dict[str, Any] = {}
    for parameter in inspect.signature(wrapped).parameters.values():
        if parameter.kind is not parameter.KEYWORD_ONLY or parameter.name == "order_id":
            continue
        default = ... if parameter.default is parameter.empty else parameter.default
        hint = hints[parameter.name]
        most = TEXT_MAX if hint is str else None
        fields[parameter.name] = (hint, Field(default=default, max_length=most))
    title = "".join(part.capitalize() for part in name.replace(".", "_").split("_")) + "Body"
    return create_model(title, __base__=ActBody, **fields)


def add_act(name: str) -> None:
    """Add the operation of one act."""
    function = registered_acts()[name].perform
    schema = body_of(name, function)
    verb = name.removeprefix("orders.").replace("_", "-")
    told = inspect.getdoc(inspect.unwrap(function)) or name

    def operation(
        request: HttpRequest, code: Code, body: Any, receipt_secret: Secret = None, idempotency_key: Key = None
    ) -> Any:
        actor = opened_by(request, code, receipt_secret)
        order = order_row(code)
        given = {key: getattr(body, key) for key in schema.model_fields if key != "at"}
        arguments = {"order_id": order.id, **given, **happened_at(request.auth, body.at)}  # type: ignore[attr-defined]
        key = None if name in NEVER_KEPT else idempotency_key
        result = perform(function, actor, key, arguments)
        return {"code": order.code, **_left(order.id), "result": plain(result)}

    operation.__name__ = name.replace(".", "_")
    operation.__annotations__ = {**operation.__annotations__, "body": schema}
    operation.__doc__ = told
    summary = told.split("\n", 1)[0]
    router.post(f"/orders/{{code}}/{verb}", response={200: ActDone, **Problems}, summary=summary)(operation)


def _left(order_id: UUID) -> dict[str, Any]:
    """The order as the act left it; an order that left the actor's sight says no more."""
    order = Order.objects.filter(id=order_id).only("state", "version").first()
    return {"state": order.state, "version": order.version} if order else {"state": None, "version": None}


for _name in FLOW:
    if _name not in BY_SYSTEM_ALONE:
        add_act(_name)
