"""What this room knows of a person that goes when the person is erased; see ``journal.api.erase_person``.

The orders stay, without their words: when and where something was asked, who was answerable, how long it took and how
it was rated are the public's own record, and name nobody.
"""

from __future__ import annotations

from uuid import UUID

from tianqu.base.errors import Conflict, _
from tianqu.kernel.files.api import StoredFile, erase_held
from tianqu.kernel.journal.api import Acting, register_personal_subjects
from tianqu.kernel.notices.api import erase_notices
from tianqu.kernel.orders.models import (
    OPEN_STATES,
    Asker,
    Attachment,
    CallBack,
    Event,
    Order,
    Publication,
    Rating,
)

ERASED_TITLE = "—"


def personal_subjects(person_id: UUID) -> list[str]:
    """The subjects whose entries hold the person's words: the orders they placed."""
    return [f"order:{order_id}" for order_id in _orders_of(person_id)]


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
    Asker.objects.filter(order_id__in=ids).update(
        person_id=None, name="", phone="", email="", firm="", secret_hash=None, content_digest=None
    )


def register() -> None:
    """Tell the journal what this room knows of persons; once, when the room is ready."""
    register_personal_subjects(personal_subjects, erase_rows=erase_rows)


def _orders_of(person_id: UUID) -> list[UUID]:
    return list(Asker.objects.filter(person_id=person_id).order_by("order_id").values_list("order_id", flat=True))
