"""The unit's pages of signatures: what it is asked to sign, until when and why then, and what it answered."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from tianqu.kernel.orders.api import clocks_left
from tianqu.kernel.pack.api import Column, PageRequest, PageResult, Rendered, Table
from tianqu.packs.programme.pages import words
from tianqu.packs.programme.queries import signing_detail, signings, waiting_to_sign

COLUMNS: Final = (
    Column("release", _("Release")), Column("unit", _("Unit")), Column("state", _("State")),
    Column("due", _("To be signed by")), Column("answered", _("Answered")),
)  # fmt: skip
STATES: Final = {
    "asked": (gettext_noop("to be signed"), "waiting"), "signed": (gettext_noop("signed"), "done"),
    "refused": (gettext_noop("refused"), "late"), "": (gettext_noop("overtaken"), "quiet"),
}  # fmt: skip


def signing_mark(state: str) -> tuple[str, str]:
    """A signature's state in words, and its tone."""
    said, tone = STATES[state]
    return gettext(said), tone


def sign_count(request: PageRequest) -> int:
    """How many signatures the post's unit owes."""
    return waiting_to_sign(request.actor)


def signing_list(request: PageRequest) -> PageResult:
    """What the post's unit is asked to sign, what is due first."""
    table = Table(caption=_("Figures to sign"), columns=COLUMNS, rows=signings(request.actor))
    return Rendered("programme/signings.html", {"table": table, "signing_mark": signing_mark, **words()})


def signing(request: PageRequest, order_id: UUID) -> PageResult:
    """One signature as an order: the figures as they print, the clock with its proof, and what was answered.

    It is signed on the release's own page, which also shows what does not fit.
    """
    detail = signing_detail(request.actor, order_id=order_id)
    context: dict[str, Any] = {
        "detail": detail, "line": detail.line, "clocks": clocks_left(detail.order, now=timezone.now()),
        "signing_mark": signing_mark, "where": [(_("Figures to sign"), reverse("programme:signings"))], **words(),
    }  # fmt: skip
    return Rendered("programme/signing.html", context)
