"""What this room knows of a person that goes when the person is erased; see ``journal.api.erase_person``.

The orders stay, without their words: when and where something was asked, who was answerable, how long it took and how
it was rated are the public's own record, and name nobody.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from tianqu.base.errors import Conflict, _
from tianqu.kernel.files.api import StoredFile, erase_file_name, erase_held
from tianqu.kernel.journal.api import Acting, register_personal_subjects, writing
from tianqu.kernel.notices.api import erase_notices
from tianqu.kernel.orders.catalogue import item_version
from tianqu.kernel.orders.models import (
    OPEN_STATES,
    Asker,
    Attachment,
    CallBack,
    Clock,
    Event,
    Offer,
    Offered,
    Order,
    Plan,
    Publication,
    Rating,
)

ERASED_TITLE = "—"
# What somebody wrote in an order itself, and what is left of it.
WORDS = {"title": ERASED_TITLE, "description": "", "answer_public": "", "answer_private": ""}


def personal_subjects(person_id: UUID) -> list[str]:
    """The subjects whose entries hold the person's words: the orders they placed."""
    planned = Plan.objects.filter(person_id=person_id).values_list("id", flat=True)
    return [*(f"order:{order_id}" for order_id in _orders_of(person_id)), *(f"orders_plan:{one}" for one in planned)]


def erase_rows(acting: Acting, person_id: UUID) -> None:
    """Empty whatever the person wrote, and forget that they asked; their notices go with it.

    Raises ``Conflict`` while one of their orders is open: somebody is at work on what would vanish.
    """
    ids = _orders_of(person_id)
    orders = Order.objects.filter(id__in=ids)
    waiting = orders.filter(state__in=OPEN_STATES).order_by("placed_at").first()
    if waiting is not None:
        raise Conflict(
            _("The request %(code)s of this person is still open."), field="person_id", code=waiting.code,
            remedy=_("Close it, or have it withdrawn, and erase the person then."),
        )  # fmt: skip
    erase_notices(acting, person_id=person_id)
    for order_id in ids:
        erase_notices(acting, subject=f"order:{order_id}")
        for stored in StoredFile.objects.filter(holder=f"order:{order_id}", erased_at=None):
            erase_held(acting, file_id=stored.id)
    orders.update(
        title=ERASED_TITLE, description="", address="", form={}, lon=None, lat=None, answer_private="",
        answer_public="", updated_at=acting.now,
    )  # fmt: skip
    Publication.objects.filter(order_id__in=ids).update(
        title=ERASED_TITLE, question="", answer="", address="", lon=None, lat=None, terms=[], hidden_at=acting.now
    )
    Event.objects.filter(order_id__in=ids).update(note="", data={})
    Rating.objects.filter(order_id__in=ids).update(text="")
    CallBack.objects.filter(order_id__in=ids).update(note="")
    Attachment.objects.filter(order_id__in=ids).update(name="")
    offered = Offer.objects.filter(person_id=person_id)
    offered.filter(state=Offered.OPEN).update(state=Offered.LAPSED)
    offered.update(person_id=None, taker=Cast("id", TextField()), words="")
    Plan.objects.filter(person_id=person_id).update(
        person_id=None, name="", phone="", address="", title=ERASED_TITLE, description="", form={}, ended_at=acting.now
    )
    Asker.objects.filter(order_id__in=ids).update(
        person_id=None, name="", phone="", email="", firm="", secret_hash=None, content_digest=None
    )


def orders_saying(order_ids: Collection[UUID], /, *, text: str) -> set[UUID]:
    """Return those of some orders of which a title, a note, a file's name or a reason for more time holds a text."""
    told = Q(order_id__in=order_ids)
    named = Q(id__in=Attachment.objects.filter(told, name__contains=text).values("order_id"))
    named |= Q(id__in=Event.objects.filter(told, note__contains=text).values("order_id"))
    for model, column in ((Event, "data"), (Clock, "proof")):
        named |= Q(id__in=_holding(model, column, text).filter(told).values("order_id"))
    for column in WORDS:
        named |= Q(**{f"{column}__contains": text})
    return set(Order.objects.filter(named, id__in=order_ids).values_list("id", flat=True))


def erase_order_words(acting: Acting, order_ids: Collection[UUID], /, *, text: str) -> list[str]:
    """Empty whatever in some orders holds a text, and the notices about them; return the subjects of their entries.

    A plain function: the act that calls it has asked for its permission, and that nobody is at work on these orders.
    """
    told = Q(order_id__in=order_ids)
    with writing(acting):
        for order in Order.objects.select_for_update().filter(id__in=order_ids).order_by("id"):
            erase_notices(acting, subject=f"{item_version(order.item_id).flow.subject}:{order.id}")
            for column, emptied in WORDS.items():
                if text in getattr(order, column):
                    setattr(order, column, emptied)
            order.save(update_fields=list(WORDS))
        Event.objects.filter(told, note__contains=text).update(note="")
        _holding(Event, "data", text).filter(told).update(data={})
        attached = Attachment.objects.filter(told, name__contains=text)
        files = [erase_file_name(file_id) for file_id in attached.values_list("id", flat=True)]
        attached.update(name="")
        for clock in _holding(Clock, "proof", text).filter(told):
            clock.proof = _without(clock.proof, text)
            clock.save(update_fields=["proof"])
    return [*(f"order:{order_id}" for order_id in order_ids), *files]


def _holding(model: Any, column: str, text: str, /) -> QuerySet[Any]:
    """The rows of which a JSON column holds a text."""
    rows: QuerySet[Any] = model.objects.alias(said=Cast(column, TextField()))
    return rows.filter(said__contains=text)


def _without(value: Any, text: str) -> Any:
    """A document in which the texts that hold a text are empty."""
    if isinstance(value, str):
        return "" if text in value else value
    if isinstance(value, list):
        return [_without(each, text) for each in value]
    return {name: _without(each, text) for name, each in value.items()} if isinstance(value, dict) else value


def register() -> None:
    """Tell the journal what this room knows of persons; once, when the room is ready."""
    register_personal_subjects(personal_subjects, erase_rows=erase_rows)


def _orders_of(person_id: UUID) -> list[UUID]:
    return list(Asker.objects.filter(person_id=person_id).order_by("order_id").values_list("order_id", flat=True))
