"""The pages of counted time: one's own word on it, and confirming or refusing that of others, for whoever leads."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tianqu.base.errors import TianquError
from tianqu.base.identifiers import identifier_typed
from tianqu.kernel.occasions.api import (
    attendances,
    confirm_attendance,
    counted_occasion,
    dispute_attendance,
    own_attendance,
    refuse_attendance,
)
from tianqu.kernel.pack.api import PageRequest, PageResult, Redirect, Rendered, faults, formed
from tianqu.web.occasions.words import words


def own(request: PageRequest, occasion_id: UUID) -> PageResult:
    """What stands of one's own time at an occasion, and disagreeing with it in words."""
    line = counted_occasion(occasion_id)

    def keep(given: object) -> tuple[str, str]:
        dispute_attendance(request.actor, occasion_id=occasion_id, words=str(request.POST.get("words", "")))
        return request.path, gettext("Your words stand beside the leader's.")

    where: list[tuple[Any, str]] = [(_("What I have booked"), reverse("occasions_own"))]
    return formed(
        request, "occasions/attendance.html", begun=lambda: {"words": ""}, keep=keep, line=line, it=line.occasion,
        own=own_attendance(request.actor, occasion_id=occasion_id), where=where, **words(),
    )  # fmt: skip


def led(request: PageRequest, occasion_id: UUID) -> PageResult:
    """An occasion as its leader sees it: who booked, who was there, confirming and refusing their time."""
    line = counted_occasion(occasion_id)
    errors: dict[str, str] = {}
    status = 200
    if request.method == "POST":
        try:
            return Redirect(request.path, notice=_kept(request, occasion_id))
        except TianquError as error:
            errors, status = faults(error), error.status
    context = {
        "line": line, "it": line.occasion, "persons": attendances(request.actor, occasion_id=occasion_id),
        "refusing": request.POST.get("deed") == "refuse", "given_seen": str(request.POST.get("seen", "")),
        "errors": errors, "summary": list(errors.items()), "where": [(_("What is held"), reverse("occasions_desk"))],
        **words(),
    }  # fmt: skip
    return Rendered("occasions/attendances.html", context, status=status)


def _kept(request: PageRequest, occasion_id: UUID) -> str:
    """Do what the form asks for, and say what was done."""
    if request.POST.get("deed") == "refuse":
        whose = identifier_typed(str(request.POST.get("booking", "")))
        refuse_attendance(request.actor, booking_id=whose, words=str(request.POST.get("words", "")))
        return gettext("Your words stand beside the hours.")
    chosen = [identifier_typed(str(one)) for one in request.POST.getlist("booking")]
    seen = str(request.POST.get("seen", ""))
    minutes = confirm_attendance(request.actor, occasion_id=occasion_id, booking_ids=chosen, words=seen)
    return gettext("%(minutes)s minutes are booked.") % {"minutes": minutes}
