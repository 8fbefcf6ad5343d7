"""The lines of one's own access log, in words: what was looked at."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from tianqu.kernel.journal.api import Actor
from tianqu.kernel.orders.api import order_codes, shown_code
from tianqu.kernel.places.api import AccessRecord

ORDER, LIST = "order:", "orders:"  # how the log's subjects begin


def looked_at(actor: Actor, records: Sequence[AccessRecord]) -> dict[int, tuple[str, str]]:
    """Return for each line what was looked at, and the address of its page ("" where there is none to open)."""
    ids = {record.id: _order_id(record.subject) for record in records}
    codes = order_codes(actor, order_ids={each for each in ids.values() if each is not None})
    return {
        record.id: _said(record.subject, code=codes.get(each) if (each := ids[record.id]) else None)
        for record in records
    }


def _order_id(subject: str) -> UUID | None:
    try:
        return UUID(subject.removeprefix(ORDER)) if subject.startswith(ORDER) else None
    except ValueError:
        return None


def _said(subject: str, *, code: str | None) -> tuple[str, str]:
    if code is not None:
        return _("request %(code)s") % {"code": shown_code(code)}, reverse("order", kwargs={"code": code})
    if subject.startswith(ORDER):
        return _("a request that is out of your sight now"), ""
    if subject.startswith(LIST):
        query = subject.removeprefix(LIST)
        return _("a list of requests"), f"{reverse('inbox')}?{query}" if query else reverse("inbox")
    return subject, ""
