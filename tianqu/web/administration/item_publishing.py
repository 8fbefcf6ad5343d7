"""The next version of an item: written by form or as YAML, compared with what holds, and only then published."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop, ngettext
from django.utils.translation import gettext_lazy as _

from tianqu.base.errors import InvalidInput, InvalidInputs, TianquError
from tianqu.kernel.orders.api import (
    CLOCK_KINDS,
    ItemDefinition,
    ItemDifference,
    Planned,
    item_definition,
    item_difference,
    item_families,
    item_text,
    items_in,
    planned_items,
    publish_items,
)
from tianqu.kernel.pack.api import Faults, PageRequest
from tianqu.kernel.places.api import require_realm
from tianqu.web.administration import item_form
from tianqu.web.administration.finding import kind_titles
from tianqu.web.administration.forms import administrators_page, page
from tianqu.web.administration.items import PUBLISH, address_of, crumbs, version_asked
from tianqu.web.home.places import KINDS
from tianqu.web.layout.differences import CLOCKS, Section, language, sections
from tianqu.web.layout.errors import sentence

TEXT_BYTES_MAX = 2_000_000
FAULTS_SHOWN_MAX = 50


@administrators_page
def by_form(request: PageRequest, code: str = "") -> HttpResponse:
    """A new item, or the next version of one, by a form. Sent, it leads to the preview."""
    require_realm(request.actor, PUBLISH)
    base_item = version_asked(code, asked=request.GET.get("version", "")) if code else None
    base = item_definition(base_item.id) if base_item else None
    if request.method != "POST":
        values: dict[str, Any] = item_form.values_of(base) if base else {"public": "answered", "urgency": "none"}
        values["valid_from"] = (timezone.localdate() + timedelta(days=1)).isoformat()
        values["valid_to"] = ""
        if base is None:
            values |= {"askers": ["resident", "firm"], "identity": ["open", "sealed", "anonymous"]}
        return _form_page(request, code, base, values)
    values = item_form.values_sent(request.POST)
    if code:
        values["code"] = code
    try:
        what = item_form.written(values, base=base)
    except InvalidInput as error:  # the questions are no YAML
        return _form_page(request, code, base, values, _sentences([error], lambda _path: "questions"))
    try:
        definition = item_form.read(values, what)
        planned = planned_items(request.actor, definitions=[definition])
    except TianquError as error:
        return _form_page(request, code, base, values, _sentences(_each(error), what.field_at))
    return _preview(request, planned, item_text([definition]))


def choices() -> dict[str, list[tuple[str, str]]]:
    """What the realm has to choose from: its kinds of unit as they are called, and the kinds of place."""
    units = sorted(kind_titles().items(), key=lambda pair: pair[1])
    return {
        "unit_kind": [(code, f"{title} ({code})") for code, title in units],
        "place_kind": [(code, str(title)) for code, title in KINDS.items()],
    }


def _form_page(
    request: PageRequest,
    code: str,
    base: ItemDefinition | None,
    values: dict[str, Any],
    faults: list[tuple[str, str]] | None = None,
) -> HttpResponse:
    return page(
        request, "item_form", status=400 if faults else 200, code=code, base=base, values=values,
        where=crumbs(code, name=base.name.said(language()) if base else ""), errors=Faults(faults or []),
        summary=faults or [], lists=item_form.lists_of(values),
        choices=choices(), units=item_form.UNITS, choice_kinds=item_form.CHOICES,
        clock_kinds=CLOCK_KINDS, clock_titles=item_form.CLOCK_TITLES, askers=item_form.ASKERS,
        identities=item_form.IDENTITIES, publics=item_form.PUBLIC, urgencies=item_form.URGENCIES,
        families=item_families(),
    )  # fmt: skip


@administrators_page
def by_text(request: PageRequest) -> HttpResponse:
    """One or several versions as YAML, typed or from a file. Sent, it leads to the preview."""
    require_realm(request.actor, PUBLISH)
    code = request.GET.get("code", "")
    if request.method != "POST":
        text = ""
        if code:
            base = item_definition(version_asked(code, asked=request.GET.get("version", "")).id)
            text = item_text([base])
        return _text_page(request, text)
    text, name = request.POST.get("text", ""), ""
    try:
        text, name = _text_sent(request)
        planned = planned_items(request.actor, definitions=items_in(text.encode(), name=name))
    except TianquError as error:
        if request.POST.get("step") == "edit":
            return _text_page(request, text)
        return _text_page(request, text, _lines(error))
    if request.POST.get("step") == "edit":
        return _text_page(request, text)
    return _preview(request, planned, text)


def _text_sent(request: PageRequest) -> tuple[str, str]:
    """What was uploaded, or else what was typed, with the name that faults call it by."""
    upload = request.FILES.get("file")
    if upload is None:
        return request.POST.get("text", ""), gettext("the text")
    if (upload.size or 0) > TEXT_BYTES_MAX:
        raise InvalidInput(gettext_noop("This file is larger than %(most)s bytes."), field="file", most=TEXT_BYTES_MAX)
    name = (upload.name or "")[:80]
    try:
        return upload.read().decode("utf-8-sig"), name
    except UnicodeDecodeError as error:
        raise InvalidInput(
            gettext_noop("This file is not written in UTF-8."), field="file", remedy=gettext_noop("Save it as UTF-8.")
        ) from error


def _text_page(request: PageRequest, text: str, faults: list[tuple[str, str]] | None = None) -> HttpResponse:
    return page(
        request, "item_text", status=400 if faults else 200, text=text, where=crumbs(), summary=faults or [],
        errors=Faults(faults or []),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shown:
    """One definition in the preview, beside the version before it."""

    planned: Planned
    difference: ItemDifference | None
    sections: list[Section]
    in_the_past: bool

    @property
    def name(self) -> str:
        return self.planned.definition.name.said(language())


CHANGES = {
    "new": (_("a new item"), "done"),
    "version": (_("a new version"), "open"),
    "ends": (_("closes"), "late"),
    "unchanged": (_("as it is published"), "quiet"),
}


def _preview(request: PageRequest, planned: list[Planned], text: str) -> HttpResponse:
    today = timezone.localdate()
    changes = [one for one in planned if one.change != "unchanged"]
    return page(
        request, "item_preview", shown=[_shown(one, today) for one in changes], text=text, where=crumbs(),
        unchanged=len(planned) - len(changes), changes=CHANGES, clocks=CLOCKS,
        one_code=changes[0].definition.code if len(planned) == 1 and changes and changes[0].before else "",
    )  # fmt: skip


def _shown(planned: Planned, today: date) -> Shown:
    difference = item_difference(planned.before, planned.definition) if planned.before else None
    return Shown(planned, difference, sections(difference) if difference else [], planned.definition.valid_from < today)


@administrators_page
def publish(request: PageRequest) -> HttpResponse:
    """Publish what the preview showed: all of it, or none."""
    if request.method != "POST":
        return redirect("administration_items")
    require_realm(request.actor, PUBLISH)
    text = request.POST.get("text", "")
    try:
        definitions = items_in(text.encode(), name=gettext("the text"))
        done = publish_items(request.actor, definitions=definitions)
    except TianquError as error:
        return _text_page(request, text, _lines(error))
    count = done.added + done.ended
    messages.success(request, ngettext("%(num)s version was published.", "%(num)s versions were published.", count)
                     % {"num": count})  # fmt: skip
    codes = {definition.code for definition in definitions}
    return redirect(address_of(codes.pop()) if len(codes) == 1 else reverse("administration_items"))


def _each(error: TianquError) -> list[TianquError]:
    return list(error.errors) if isinstance(error, InvalidInputs) else [error]


def _sentences(errors: list[Any], field_at: Any) -> list[tuple[str, str]]:
    """Faults as the form shows them: at which field, and what is wrong there."""
    return [
        (field_at(error.field or ""), f"{_said(error)} ({error.field})" if error.field else _said(error))
        for error in errors[:FAULTS_SHOWN_MAX]
    ] + _and_more(errors, "")


def _lines(error: TianquError) -> list[tuple[str, str]]:
    """Faults as a text shows them: in which line, at which field, and what is wrong there."""
    found = []
    for one in _each(error)[:FAULTS_SHOWN_MAX]:
        line = getattr(one, "line", 0)
        head = gettext("Line %(line)s, %(field)s: ") % {"line": line, "field": one.field} if line else ""
        found.append(("text", head + _said(one)))
    found += _and_more(_each(error), "text")
    return found


def _and_more(errors: list[Any], field: str) -> list[tuple[str, str]]:
    """A last line that says how many faults are not shown."""
    more = len(errors) - FAULTS_SHOWN_MAX
    if more <= 0:
        return []
    return [(field, ngettext("%(num)s more fault.", "%(num)s more faults.", more) % {"num": more})]


def _said(error: TianquError) -> str:
    return f"{sentence(error.message, error)} {sentence(error.remedy, error)}".strip()
