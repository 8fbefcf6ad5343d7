"""The catalogue of services: what can be asked for, under which rules, since when, and what changed."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_safe

from tianqu.base.errors import InvalidInput
from tianqu.base.working_time import parse_duration
from tianqu.kernel.orders.api import (
    CLOCK_KINDS,
    DifferenceRow,
    ItemDefinition,
    KnownItem,
    item_catalogue,
    item_definition,
    item_difference,
    item_versions,
)
from tianqu.kernel.pack.api import PageRequest
from tianqu.web.layout.formats import duration

CLOCKS = {
    "dispatch": _("sent to the unit in charge"),
    "accept": _("accepted or returned by the unit"),
    "finish": _("handled and answered"),
    "answer": _("time that you have to answer a question"),
    "adjudicate": _("decided who is in charge, when units disagree"),
    "call_back": _("called back"),
    "rate": _("time that you have to rate"),
    "close": _("closed by itself after the answer"),
}
STEP_BY = {
    "asker": _("you"),
    "hotline": _("the hotline"),
    "unit": _("the unit in charge"),
    "another": _("another authority"),
}
PAPER_FORMS = {
    "original": _("original"),
    "copy": _("copy"),
    "electronic": _("electronic"),
    "shared": _("fetched by the office itself"),
}
IDENTITIES = {"open": _("by name"), "sealed": _("under seal"), "anonymous": _("without a name")}
ASKERS = {"resident": _("residents"), "firm": _("firms")}
SECTIONS = {
    "step": _("Steps"),
    "paper": _("Papers"),
    "clock": _("Time limits"),
    "field": _("Questions of the form"),
    "item": _("Everything else"),
}
CHANGES = {
    "cut": (_("cut"), "late"),
    "added": (_("added"), "done"),
    "changed": (_("changed"), "waiting"),
    "kept": (_("kept"), "quiet"),
}


def language() -> str:
    """Return the language of the page."""
    return translation.get_language() or "en"


@require_safe
def services(request: PageRequest) -> HttpResponse:
    """All that can be asked for today, by group; for residents or for firms."""
    asker = request.GET.get("asker", "")
    if asker and asker not in ASKERS:
        raise InvalidInput(gettext_noop("%(value)s is not a kind of asker."), field="asker", value=asker[:40])
    items = item_catalogue(timezone.localdate(), asker=asker or None)
    groups = [(name, list(members)) for name, members in groupby(items, key=lambda item: item.group.said(language()))]
    address = reverse("services")
    tabs = [(title, f"{address}?asker={code}", None) for code, title in ASKERS.items()]
    current = f"{address}?asker={asker}" if asker else address
    context = {"groups": groups, "tabs": tabs, "current": current, "language_code": language()}
    return render(request, "home/services.html", context, using="jinja2")


@require_safe
def service(request: PageRequest, code: str) -> HttpResponse:
    """One service: the version in force, or the one that ``?version=`` asks for, and all its versions."""
    versions = item_versions(code)
    shown = _version(versions, request.GET.get("version", ""))
    today = timezone.localdate()
    item = item_definition(shown.id)
    context = {
        "item": item,
        "shown": shown,
        "in_force": shown.holds_on(today),
        "versions": versions,
        "previous": next((one for one in versions if one.version < shown.version), None),
        "clocks": [(CLOCKS[kind], item.duration(kind), _law(item, kind)) for kind in CLOCK_KINDS if kind in CLOCKS],
        "step_by": STEP_BY,
        "paper_forms": PAPER_FORMS,
        "identities": ", ".join(str(IDENTITIES[one]) for one in item.identity),
        "askers": ", ".join(str(ASKERS[one]) for one in item.askers),
        "language_code": language(),
    }
    return render(request, "home/service.html", context, using="jinja2")


def _law(item: ItemDefinition, kind: str) -> str:
    """Return what the law allows where less is promised, else ""."""
    promise = dict(item.clocks).get(kind)
    if promise is None or promise.statutory is None or promise.promised is None:
        return ""
    return duration(promise.statutory)


def _version(versions: list[KnownItem], asked: str) -> KnownItem:
    """Return the version asked for; without one that in force, else the newest."""
    today = timezone.localdate()
    if not asked:
        return next((one for one in versions if one.holds_on(today)), versions[0])
    found = next((one for one in versions if str(one.version) == asked), None)
    if found is None:
        raise InvalidInput(gettext_noop("There is no version %(value)s."), field="version", value=asked[:10])
    return found


@require_safe
def changes(request: PageRequest, code: str) -> HttpResponse:
    """Two versions of a service side by side: what was cut, added and changed."""
    versions = item_versions(code)
    after = _version(versions, request.GET.get("after", ""))
    earlier = [one for one in versions if one.version < after.version]
    before = _version(versions, request.GET.get("before", "")) if request.GET.get("before") else (earlier or [after])[0]
    difference = item_difference(item_definition(before.id), item_definition(after.id))
    sections = [
        (
            SECTIONS[name],
            [_line(row) for row in rows if row.change != "kept"],
            sum(row.change == "kept" for row in rows),
        )
        for name, rows in ((name, [row for row in difference.rows if row.section == name]) for name in SECTIONS)
    ]
    context = {
        "item": item_definition(after.id),
        "code": code,
        "before": before,
        "after": after,
        "versions": [(str(one.version), str(one.version)) for one in versions],
        "difference": difference,
        "sections": sections,
        "clocks": CLOCKS,
        "language_code": language(),
    }
    return render(request, "home/changes.html", context, using="jinja2")


def _line(row: DifferenceRow) -> dict[str, Any]:
    title, tone = CHANGES[row.change]
    return {
        "name": CLOCKS.get(row.code, row.code) if row.section == "clock" else "",
        "before": _said(row.before),
        "after": _said(row.after),
        "change": title,
        "tone": tone,
    }


def _said(value: Any) -> str:
    """Write a stored part of a definition for people; nothing is ""."""
    if value is None or value == {} or value == []:
        return ""
    if isinstance(value, dict):
        if set(value) <= {"zh", "en"}:
            return str(value["zh" if language().startswith("zh") else "en"])
        parts = sorted(value.items(), key=lambda part: part[0] not in ("name", "label", "title"))
        return " · ".join(said for key, each in parts if key != "code" and (said := _part(key, each)))
    if isinstance(value, list):
        return "; ".join(_said(each) for each in value)
    return str(value)


def _part(key: str, value: Any) -> str:
    """Write one part: its choices in words, its durations as time limits are written."""
    if key in ("statutory", "promised", "default"):
        title = {"statutory": _("by law"), "promised": _("promised"), "default": _("usual")}[key]
        return f"{title}: {duration(parse_duration(value))}"
    if isinstance(value, str):
        words = {"by": STEP_BY, "form": PAPER_FORMS}.get(key, {})
        return str(words.get(value, value))
    if isinstance(value, bool):
        return ""
    return _said(value)
