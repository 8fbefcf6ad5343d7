"""The same act on many orders: each in its own transaction, each with its own outcome."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from tianqu.base.errors import InvalidInput, TianquError, TooLarge, _
from tianqu.kernel.journal.api import Actor, perform_request, registered_acts
from tianqu.kernel.orders.flow import FLOW

BULK_MAX: Final = 500


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one order: the act's result, or the error that stopped it.

    ``again``: it was done before for the same key, and this is the result of that time.
    """

    order_id: UUID
    result: Any = None
    error: TianquError | None = None
    again: bool = False

    @property
    def succeeded(self) -> bool:
        """Whether the act was done to this order."""
        return self.error is None


def perform_many(
    actor: Actor, *, order_ids: Sequence[UUID], act: str, key: str | None = None, **arguments: Any
) -> tuple[Outcome, ...]:
    """Do one act of the flow, by its name, to at most 500 orders, with the same further arguments.

    With a ``key`` (at most 150 characters) each order is done once, however often the same is asked. Orders that could
    not be done do not stop the others; each outcome says why. A wrong argument stops before the first.
    """
    if act not in FLOW:
        raise InvalidInput(_("There is no act %(value)s on requests."), field="act", value=act)
    if len(order_ids) > BULK_MAX:
        raise TooLarge(
            _("At most %(most)s requests are done at once."), field="order_ids", value=len(order_ids), most=BULK_MAX
        )
    perform = registered_acts()[act].perform
    return tuple(_one(perform, actor, order_id, arguments, key=key) for order_id in dict.fromkeys(order_ids))


def _one(
    perform: Callable[..., Any], actor: Actor, order_id: UUID, arguments: dict[str, Any], *, key: str | None
) -> Outcome:
    told = {"order_id": order_id, **arguments}
    try:
        if key is None:
            return Outcome(order_id, result=perform(actor, **told))
        done = perform_request(perform, actor, key=f"{key}:{order_id}", arguments=told)
        return Outcome(order_id, result=done.result, again=done.again)
    except TianquError as error:
        return Outcome(order_id, error=error)
