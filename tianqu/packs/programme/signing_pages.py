"""The unit's pages of signatures: what it is asked to sign, until when and why then, and its answer."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from tianqu.base.errors import InvalidInput, TianquError
from tianqu.kernel.orders.api import clocks_left
from tianqu.kernel.pack.api import Column, PageRequest, PageResult, Redirect, Rendered, Table
from tianqu.kernel.releases.api import REASON_MAX, sign_figures
from tianqu.packs.programme.pages import words
from tianqu.packs.programme.queries import SigningDetail, signing_detail, signings, waiting_to_sign
from tianqu.packs.programme.words import faults

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
    """One signature: the figures as they print, the clock with its proof, and the answer."""
    detail = signing_detail(request.actor, order_id=order_id)
    if request.method != "POST":
        return _shown(detail, {}, {})
    given = {name: str(value).strip()[: REASON_MAX + 1] for name, value in request.POST.items()}
    refused = given.get("reason", "") if given.get("verb") == "refuse" else ""
    try:
        if given.get("verb") == "refuse" and not refused:
            raise InvalidInput(
                gettext_noop("This is needed."), field="refused", remedy=gettext_noop("Say what is wrong.")
            )
        sign_figures(
            request.actor, release_id=detail.line.kept.release_id, unit_id=detail.line.kept.unit_id,
            expected_revision=detail.line.kept.revision, refused=refused,
        )  # fmt: skip
    except TianquError as error:
        return _shown(detail, given, faults(error), status=error.status)
    return Redirect(reverse("programme:signings"), notice=gettext("Refused.") if refused else gettext("Signed."))


def _shown(detail: SigningDetail, given: dict[str, str], errors: dict[str, str], *, status: int = 200) -> PageResult:
    named = {("reason" if name == "refused" else name): text for name, text in errors.items()}
    context: dict[str, Any] = {
        "detail": detail, "line": detail.line, "given": given, "errors": named, "summary": list(named.items()),
        "clocks": clocks_left(detail.order, now=timezone.now()), "signing_mark": signing_mark,
        "where": [(_("Figures to sign"), reverse("programme:signings"))], **words(),
    }  # fmt: skip
    return Rendered("programme/signing.html", context, status=status)
