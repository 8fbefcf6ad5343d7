"""What is said and shown about an order: comments, attachments, and what everybody may read of it."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from tianqu.base.errors import Conflict, InvalidInput, TooMany, _
from tianqu.base.texts import clean_text
from tianqu.kernel.journal.api import Acting, act, writing
from tianqu.kernel.orders.attaching import attached, facts_of
from tianqu.kernel.orders.cases import clean_note, may_by_role, open_case, oversees
from tianqu.kernel.orders.flow import Who
from tianqu.kernel.orders.models import Audience, Publication
from tianqu.kernel.orders.placing import TITLE_MAX
from tianqu.kernel.orders.terms import search_terms

EVENTS_MAX: Final = 5_000


@act("orders.comment", may=may_by_role)
def comment_on_order(acting: Acting, *, order_id: UUID, text: str, audience: str = Audience.INTERNAL) -> None:
    """Say something about an order: to the offices (``internal``), to its asker too (``asker``), or to everybody.

    What an asker says, the offices and the asker read. A word from above the unit settles an objection.
    """
    case = open_case(acting, order_id)
    text = clean_note(text, field="text", wanted=True)
    if case.order.last_event >= EVENTS_MAX:
        raise TooMany(_("So much has been said about this request that no more is taken."), field="text")
    heard = Audience.ASKER if case.part is Who.ASKER else _audience(audience)
    if oversees(acting.actor, case.order, act=acting.act):
        case.order.objected_at = None
    case.settle(note=text, audience=heard)


@act("orders.attach", may=may_by_role)
def attach_file(
    acting: Acting,
    *,
    order_id: UUID,
    file_id: UUID,
    audience: str = Audience.INTERNAL,
) -> UUID:
    """Attach a file that the room of files has taken, and return its identifier, which is the attachment's too."""
    case = open_case(acting, order_id)
    asks = case.part is Who.ASKER
    heard = Audience.ASKER if asks else _audience(audience)
    attachment = attached(case, file_id=file_id, audience=heard, by_asker=asks)
    case.settle(audience=heard, data=facts_of(attachment))
    return attachment.id


def _audience(value: str) -> Audience:
    if value not in Audience.values:
        raise InvalidInput(
            _("There is no audience %(value)s."), field="audience", value=value,
            remedy=_("Choose public, asker or internal."),
        )  # fmt: skip
    return Audience(value)


@act("orders.publish", may=may_by_role)
def publish_order(acting: Acting, *, order_id: UUID, title: str, question: str, answer: str = "") -> None:
    """Let everybody read an order, in words from which personal data has been taken out.

    Publishing again replaces the words. Raises ``Conflict`` for an item that is private.
    """
    case = open_case(acting, order_id)
    order = case.order
    if case.item.private:
        raise Conflict(_("Requests of this item are never shown in public."), field="order_id")
    title = clean_text(title, field="title", most=TITLE_MAX, wanted=True)
    question = clean_note(question, field="question", wanted=True)
    answer = clean_note(answer, field="answer")
    order.published_at = order.published_at or acting.now
    shown = {
        "code": order.code, "item_id": order.item_id, "item_code": case.item.code, "family": case.item.family,
        "place_id": order.place_id, "place_path": order.place_path, "lon": order.lon, "lat": order.lat,
        "title": title, "question": question, "answer": answer, "unit_id": order.unit_id,
        "state": order.state, "placed_at": order.placed_at, "updated_at": acting.now,
        "due_done_at": order.due_done_at, "done_at": order.done_at, "published_at": order.published_at,
        "hidden_at": None, "terms": search_terms(f"{title}\n{question}\n{answer}"),
    }  # fmt: skip
    with writing(acting):
        Publication.objects.update_or_create(order=order, defaults=shown)
    case.settle(data={"title": title, "question": question, "answer": answer})


@act("orders.unpublish", may=may_by_role)
def unpublish_order(acting: Acting, *, order_id: UUID, reason: str) -> None:
    """Take an order out of public sight again, with a reason."""
    case = open_case(acting, order_id)
    reason = clean_note(reason, field="reason", wanted=True)
    if case.order.published_at is None:
        raise Conflict(_("This request is not shown in public."), field="order_id")
    with writing(acting):
        Publication.objects.filter(order=case.order).update(hidden_at=acting.now)
    case.order.published_at = None
    case.settle(note=reason)
