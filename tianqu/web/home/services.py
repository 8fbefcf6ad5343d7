"""The catalogue of services: what can be asked for, under which rules, since when, and what changed."""

from __future__ import annotations

from itertools import groupby

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_safe

from tianqu.base.errors import InvalidInput
from tianqu.kernel.orders.api import (
    CLOCK_KINDS,
    ItemDefinition,
    KnownItem,
    item_catalogue,
    item_definition,
    item_difference,
    item_versions,
)
from tianqu.kernel.pack.api import PageRequest
from tianqu.web.layout.differences import CLOCKS, PAPER_FORMS, STEP_BY, language, sections
from tianqu.web.layout.formats import duration, listed

IDENTITIES = {"open": _("by name"), "sealed": _("under seal"), "anonymous": _("without a name")}
ASKERS = {"resident": _("residents"), "firm": _("firms")}
OFFICE = {"office": _("offices, by acts of their own")}


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
        "identities": listed(IDENTITIES[one] for one in item.identity),
        "askers": listed((ASKERS | OFFICE)[one] for one in item.askers),
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
    context = {
        "item": item_definition(after.id),
        "code": code,
        "before": before,
        "after": after,
        "versions": [(str(one.version), str(one.version)) for one in versions],
        "difference": difference,
        "sections": sections(difference),
        "clocks": CLOCKS,
        "language_code": language(),
    }
    return render(request, "home/changes.html", context, using="jinja2")
