"""Attaching a stored file to an order within an act, alone or with what the act does besides."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from tianqu.base.errors import TooMany, _
from tianqu.kernel.files.api import hold_file
from tianqu.kernel.journal.api import writing
from tianqu.kernel.orders.cases import Case
from tianqu.kernel.orders.models import Attachment, Audience

ATTACHMENTS_MAX: Final = 50


def attached(case: Case, *, file_id: UUID, audience: Audience, by_asker: bool) -> Attachment:
    """Attach a file that the room of files has taken; its identifier is the attachment's too.

    Raises ``NotFound`` for an unknown file, ``Conflict`` for one that something else holds.
    """
    if Attachment.objects.filter(order_id=case.order.id).count() >= ATTACHMENTS_MAX:
        raise TooMany(_("At most %(most)s files are attached to a request."), field="file_id", most=ATTACHMENTS_MAX)
    stored = hold_file(case.acting, file_id=file_id, holder=f"order:{case.order.id}")
    attachment = Attachment(
        id=stored.id, order=case.order, sha256=stored.sha256, name=stored.name, media_type=stored.media_type,
        size=stored.size, audience=audience, at=case.acting.now, by_asker=by_asker,
    )  # fmt: skip
    with writing(case.acting):
        attachment.save(force_insert=True)
    return attachment


def facts_of(attachment: Attachment) -> dict[str, Any]:
    """What the timeline and the journal say of an attachment."""
    return {
        "attachment": str(attachment.id), "sha256": attachment.sha256, "media_type": attachment.media_type,
        "size": attachment.size,
    }  # fmt: skip
