"""Who is told what when an order moves: its asker, and the unit that must act. Each is told once a step."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Final

from tianqu.base.errors import _
from tianqu.base.texts import shortened
from tianqu.kernel.journal.api import writing
from tianqu.kernel.notices.api import NoticeTemplate, queue_notice
from tianqu.kernel.orders.codes import shown_code
from tianqu.kernel.orders.models import Asker, Audience, Event

if TYPE_CHECKING:
    from tianqu.kernel.orders.cases import Case

NOTE_CHARACTERS_MAX: Final = 500  # of what was said; the notice leads to the page with all of it

TEMPLATES: Final = (
    NoticeTemplate(
        code="order_for_unit",
        title=_("New request %(code)s: %(title)s"),
        body=_("The request %(code)s “%(title)s” has come to your unit. Accept or return it by %(due)s."),
        times=frozenset({"due"}),
        permission="orders.see",
    ),
    NoticeTemplate(
        code="order_reopened",
        title=_("Reopened: %(code)s %(title)s"),
        body=_("The asker of %(code)s “%(title)s” is not content: %(note)s It is due by %(due)s."),
        times=frozenset({"due"}),
        permission="orders.see",
    ),
    NoticeTemplate(
        code="order_answer_came",
        title=_("Your question was answered: %(code)s %(title)s"),
        body=_("The asker of %(code)s “%(title)s” has answered. The clock counts on; it is due by %(due)s."),
        times=frozenset({"due"}),
        permission="orders.see",
    ),
    NoticeTemplate(
        code="order_pressed",
        title=_("A supervisor presses: %(code)s %(title)s"),
        body=_("About %(code)s “%(title)s”: %(note)s"),
        permission="orders.see",
    ),
    NoticeTemplate(
        code="order_late",
        title=_("Late: %(code)s %(title)s"),
        body=_("The time for %(code)s “%(title)s” was over at %(due)s. It has been passed on to the next level."),
        times=frozenset({"due"}),
        permission="orders.see",
    ),
    NoticeTemplate(
        code="order_asked_back",
        title=_("A question about your request %(code)s"),
        body=_("About your request “%(title)s” (%(code)s) the unit asks: %(note)s The clock stands still until then."),
    ),
    NoticeTemplate(
        code="order_answered",
        title=_("Your request %(code)s is answered"),
        body=_("Your request “%(title)s” (%(code)s) is answered: %(note)s Tell us whether it is solved."),
    ),
    NoticeTemplate(
        code="order_refused",
        title=_("Your request %(code)s is refused"),
        body=_("Your request “%(title)s” (%(code)s) is refused: %(note)s You can object to this."),
    ),
    NoticeTemplate(
        code="order_extended",
        title=_("Your request %(code)s takes longer"),
        body=_("Your request “%(title)s” (%(code)s) takes until %(due)s: %(note)s"),
        times=frozenset({"due"}),
    ),
    NoticeTemplate(
        code="order_commented",
        title=_("A word about your request %(code)s"),
        body=_("About your request “%(title)s” (%(code)s): %(note)s"),
    ),
)

_TO_UNIT: Final[Mapping[str, str]] = {
    "orders.dispatch": "order_for_unit", "orders.adjudicate": "order_for_unit",
    "orders.reopen": "order_reopened", "orders.answer_question": "order_answer_came",
    "orders.press": "order_pressed", "orders.escalate": "order_late",
}  # fmt: skip
_TO_ASKER: Final[Mapping[str, str]] = {
    "orders.ask_back": "order_asked_back", "orders.finish": "order_answered",
    "orders.answer": "order_answered", "orders.refuse": "order_refused",
    "orders.extend": "order_extended",
}  # fmt: skip


def announce(case: Case, event: Event) -> None:
    """Queue the notices of one step, in the act's own transaction."""
    unit_code = case.step.notice or _TO_UNIT.get(event.act)
    if unit_code is not None and case.order.unit_id is not None and event.to_state != "merged":
        _queue(case, event, unit_code, to_asker=False)
    asker_code = _TO_ASKER.get(event.act)
    if event.act == "orders.comment" and event.actor_kind == "post" and event.audience != Audience.INTERNAL:
        asker_code = "order_commented"
    if asker_code is not None:
        _queue(case, event, asker_code, to_asker=True)


def _queue(case: Case, event: Event, code: str, *, to_asker: bool) -> None:
    order = case.order
    due = {
        "orders.dispatch": order.due_accept_at, "orders.adjudicate": order.due_accept_at,
        "orders.escalate": _late_since(case),
    }.get(event.act, order.due_done_at)  # fmt: skip
    parameters = {
        "code": shown_code(order.code), "title": order.title, "note": shortened(event.note, most=NOTE_CHARACTERS_MAX),
        "due": due.isoformat() if due is not None else "",
    }  # fmt: skip
    key, subject = f"order:{order.id}:{event.sequence}:{code}", f"{case.item.flow.subject}:{order.id}"
    with writing(case.acting):
        if not to_asker:
            queue_notice(case.acting, key=key, code=code, parameters=parameters, subject=subject, unit_id=order.unit_id)
            return
        asker = Asker.objects.filter(order_id=order.id).first()
        if asker is not None and (asker.person_id is not None or asker.email):
            queue_notice(
                case.acting, key=key, code=code, parameters=parameters, subject=subject,
                person_id=asker.person_id, address="" if asker.person_id is not None else asker.email,
            )  # fmt: skip


def _late_since(case: Case) -> datetime | None:
    breached = [clock.due_at for clock in case.clocks.values() if clock.breached_at is not None]
    return min(breached, default=case.order.due_next_at)
