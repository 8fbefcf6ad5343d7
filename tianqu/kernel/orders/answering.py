"""What it means that an order is answered: its clocks stop, the asker may rate, and somebody calls back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tianqu.kernel.journal.api import writing
from tianqu.kernel.orders.cases import Case
from tianqu.kernel.orders.models import Asker, CallBack, State


def answered(case: Case, *, public: str, private: str, data: Mapping[str, Any]) -> None:
    """Make an order done, with its answer; for the order itself and for each that waits for the same cause."""
    order, acting = case.order, case.acting
    order.answer_public, order.answer_private, order.done_at = public, private, acting.now
    case.stop("dispatch", "adjudicate", "accept", "answer", "finish")
    case.start("close")
    _call_back_later(case)
    case.settle(to_state=State.DONE, note=public, data=data)


def _call_back_later(case: Case) -> None:
    """Put a call into the queue, unless the asker left no way to be reached."""
    order, acting = case.order, case.acting
    with writing(acting):
        reachable = Asker.objects.filter(order_id=order.id).exclude(phone="", email="", person_id=None).exists()
        if not reachable:
            return
        case.start("call_back")
        CallBack.objects.get_or_create(
            order=order, round=order.reopen_count, defaults={"due_at": case.clocks["call_back"].due_at}
        )


def drop_call_back(case: Case) -> None:
    """Take the call of this round out of the queue: the order goes on, or is over otherwise."""
    case.stop("call_back")
    with writing(case.acting):
        CallBack.objects.filter(order=case.order, round=case.order.reopen_count, done_at=None).update(
            done_at=case.acting.now, outcome="not_needed", valid=False
        )
