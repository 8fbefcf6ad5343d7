"""The working calendar: a year at a glance, days decided otherwise, and what a change does to running clocks."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop, ngettext
from django.utils.translation import gettext_lazy as _

from tianqu.base.canonical import plain
from tianqu.base.errors import InvalidInput, TianquError
from tianqu.kernel.orders.api import (
    calendar_versions,
    calendar_year,
    newest_content,
    override_day,
    planned_calendar,
    planned_override,
    publish_calendar,
    withdraw_override,
)
from tianqu.kernel.pack.api import Faults, PageRequest
from tianqu.kernel.places.api import require_realm
from tianqu.web.administration.forms import Field, administrators_page, day_given, page
from tianqu.web.layout.differences import CLOCKS
from tianqu.web.layout.errors import faults

PUBLISH = "calendars.publish"
FILE_BYTES_MAX = 500_000
WHY = {
    "working": _("worked"),
    "make_up": _("worked to make up"),
    "weekend": _("weekend"),
    "holiday": _("holiday"),
    "opened": _("other hours"),
    "closed": _("not worked"),
}
TONES = {
    "working": "quiet", "make_up": "waiting", "weekend": "quiet", "holiday": "late", "opened": "open",
    "closed": "late",
}  # fmt: skip
_HOURS = re.compile(r"[\s,，、;；]+")


def crumbs() -> list[tuple[str, str]]:
    """Where the pages about the calendar are."""
    return [(gettext("Working calendar"), reverse("administration_calendar"))]


def hours_said(hours: tuple[tuple[int, int], ...]) -> str:
    """Working hours as 08:30–12:00."""
    return ", ".join("–".join(f"{at // 60:02}:{at % 60:02}" for at in pair) for pair in hours)


@administrators_page
def calendar(request: PageRequest) -> HttpResponse:
    """A year: which days are worked, which not and why, and what was decided about single days."""
    today = timezone.localdate()
    asked = request.GET.get("year", "")
    year = calendar_year(int(asked) if asked.isdecimal() and len(asked) == 4 else today.year)
    return page(
        request, "calendar", year=year, today=today, why=WHY, tones=TONES, hours_said=hours_said,
        versions=calendar_versions(), content=newest_content(),
    )  # fmt: skip


FIELDS = (
    Field("day", _("Day"), "date", width="s"),
    Field("hours", _("Working hours"), required=False, hint=_("Such as 08:30-12:00, 13:30-17:30. Empty: closed.")),
    Field("reason", _("Reason"), hint=_("It stands in the proof of every deadline that it moves.")),
)


@administrators_page
def override(request: PageRequest) -> HttpResponse:
    """Decide about one day. Sent once, it shows what would change; sent again from there, it is published."""
    require_realm(request.actor, PUBLISH)
    day = request.GET.get("day", "")
    values: dict[str, str] = {"day": day, "hours": "", "reason": ""}
    if request.method != "POST":
        return _override_page(request, values)
    values = {field.name: request.POST.get(field.name, "").strip() for field in FIELDS}
    try:
        when, hours = _day_to_come(values), _hours(values["hours"])
        if not values["reason"]:
            raise InvalidInput(
                gettext_noop("An override needs its reason."), field="reason", remedy=gettext_noop("Say why.")
            )
        if request.POST.get("step") != "publish":
            plan = planned_override(request.actor, day=when, hours=hours, reason=values["reason"])
            return _plan_page(request, plan, values, reverse("administration_override"))
        override_day(request.actor, day=when, hours=hours, reason=values["reason"], recount=True)
    except TianquError as error:
        return _override_page(request, values, faults(error), error.status)
    messages.success(request, gettext("The day was decided. The running deadlines are counted anew in the background."))
    return redirect(f"{reverse('administration_calendar')}?year={when.year}")


def _override_page(
    request: PageRequest, values: Mapping[str, str], errors: Faults | None = None, status: int = 200
) -> HttpResponse:
    errors = errors or Faults()
    names = {field.name for field in FIELDS}
    summary = [(name if name in names else "", sentence) for name, sentence in errors.items()]
    return page(
        request, "override", status, fields=FIELDS, values=values, errors=errors, summary=summary, where=crumbs()
    )


def _day_to_come(values: Mapping[str, str]) -> date:
    when = day_given(values, "day")
    if when < timezone.localdate():
        raise InvalidInput(
            gettext_noop("%(value)s is over; what held on it is not rewritten."), field="day", value=when.isoformat(),
            remedy=gettext_noop("Choose today or later."),
        )  # fmt: skip
    return when


def _hours(text: str) -> list[str]:
    return [part.replace("–", "-").replace("—", "-").replace("：", ":") for part in _HOURS.split(text) if part]


def _plan_page(request: PageRequest, plan: Any, values: Mapping[str, str], action: str) -> HttpResponse:
    return page(
        request, "calendar_plan", plan=plan, values=values, action=action, where=crumbs(), why=WHY, tones=TONES,
        hours_said=hours_said, clocks=CLOCKS,
    )  # fmt: skip


@administrators_page
def withdraw(request: PageRequest) -> HttpResponse:
    """Take back what was decided about a day to come; shown first, done when sent."""
    require_realm(request.actor, PUBLISH)
    values = {"day": request.POST.get("day", "") or request.GET.get("day", "")}
    when = day_given(values, "day")
    if request.method != "POST":
        plan = planned_override(request.actor, day=when, hours=None)
        return _plan_page(request, plan, values, reverse("administration_override_withdraw"))
    withdraw_override(request.actor, day=when, recount=True)
    messages.success(request, gettext("The decision was taken back. The running deadlines are counted anew."))
    return redirect(f"{reverse('administration_calendar')}?year={when.year}")


@administrators_page
def publish(request: PageRequest) -> HttpResponse:
    """Publish a whole calendar from a calendar.toml, after showing what it would change."""
    require_realm(request.actor, PUBLISH)
    if request.method != "POST":
        return page(request, "calendar_file", where=crumbs(), summary=[], error="")
    try:
        content = _content_sent(request)
        plan = planned_calendar(request.actor, content=content, today=timezone.localdate())
        if request.POST.get("step") != "publish":
            values = {"content": json.dumps(plain(content), ensure_ascii=False)}
            return _plan_page(request, plan, values, reverse("administration_calendar_file"))
        span = (plan.days[0][0].day, plan.days[-1][0].day) if plan.days else None
        publish_calendar(request.actor, content=content, recount=span)
    except TianquError as error:
        sentence = " ".join(faults(error).values())
        return page(
            request, "calendar_file", error.status, where=crumbs(), summary=[("file", sentence)], error=sentence
        )
    count = len(plan.days)
    messages.success(
        request, ngettext("The calendar was published; %(num)s day changed.",
                          "The calendar was published; %(num)s days changed.", count) % {"num": count}
    )  # fmt: skip
    return redirect("administration_calendar")


def _content_sent(request: PageRequest) -> dict[str, Any]:
    if request.POST.get("step") == "publish":
        try:
            content = json.loads(request.POST.get("content", ""))
        except (ValueError, RecursionError):
            content = None
        if not isinstance(content, dict):
            raise InvalidInput(gettext_noop("The calendar did not arrive whole."), field="file")
        return content
    upload = request.FILES.get("file")
    if upload is None or (upload.size or 0) > FILE_BYTES_MAX:
        raise InvalidInput(
            gettext_noop("Choose a calendar.toml of at most %(most)s bytes."), field="file", most=FILE_BYTES_MAX
        )
    try:
        said = tomllib.loads(upload.read().decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise InvalidInput(
            gettext_noop("The calendar %(file)s cannot be read: %(reason)s."), field="file",
            file=(upload.name or "")[:80],
            reason=str(error),
        ) from error  # fmt: skip
    read = plain(said)
    assert isinstance(read, dict), "a mapping stays one"
    return read
