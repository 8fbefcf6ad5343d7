"""The pages of counted time: one's own word on it, and confirming or refusing that of others, for whoever leads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from tianqu.base.errors import NotFound, TianquError
from tianqu.base.identifiers import identifier_typed
from tianqu.kernel.occasions.api import (
    REVERSE,
    Attended,
    attendances,
    confirm_attendance,
    counted_occasion,
    dispute_attendance,
    led_holder,
    may_lead,
    own_attendance,
    refuse_attendance,
    reverse_attendance,
)
from tianqu.kernel.pack.api import PageRequest, PageResult, Redirect, Rendered, faults, formed, said
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
        "may_reverse": may_lead(request.actor, line, REVERSE), "me": request.actor.person_id, **words(),
    }  # fmt: skip
    return Rendered("occasions/attendances.html", context, status=status)


def taking_back(request: PageRequest, *, occasion_id: UUID, booking_id: UUID) -> PageResult:
    """Take back what was booked of somebody's time, and say why."""
    line = counted_occasion(occasion_id)
    led_holder(request.actor, REVERSE, kind=line.occasion.kind, subject=line.occasion.subject)
    hours = reverse("occasion_attendances", kwargs={"occasion_id": occasion_id})

    def keep(given: Mapping[str, str]) -> tuple[str, str]:
        minutes = reverse_attendance(request.actor, booking_id=booking_id, words=given.get("words", ""))
        return hours, gettext("%(minutes)s minutes are taken back.") % {"minutes": minutes}

    where: list[tuple[Any, str]] = [
        (_("What is held"), reverse("occasions_desk")), (said(line.occasion.title, line.occasion.title_en), hours)
    ]  # fmt: skip
    return formed(
        request, "occasions/take_back.html", begun=lambda: {"words": ""}, keep=keep, line=line, it=line.occasion,
        whose=_whose(request, occasion_id=occasion_id, booking_id=booking_id), hours=hours, where=where, **words(),
    )  # fmt: skip


def _whose(request: PageRequest, *, occasion_id: UUID, booking_id: UUID) -> Attended:
    """Somebody's part in an occasion that the actor leads. Raises ``NotFound``."""
    for each in attendances(request.actor, occasion_id=occasion_id):
        if each.one.id == booking_id:
            return each
    raise NotFound(
        gettext_noop("Nobody has booked here under this identifier."), field="booking_id", value=str(booking_id),
        remedy=gettext_noop("Choose among those who booked."),
    )  # fmt: skip


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
