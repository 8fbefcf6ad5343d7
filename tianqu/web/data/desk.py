"""The desk of those who publish data: their office's datasets, what they say of themselves, and taking one back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_http_methods, require_safe

from tianqu.base.errors import InvalidInput, TianquError
from tianqu.kernel.datasets.api import (
    DOMAINS,
    LICENCES,
    Dataset,
    Description,
    change_dataset,
    dataset_called,
    describe_dataset,
    own_datasets,
    uploads_of,
    versions_of,
    withdraw_dataset,
)
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.pack.api import Faults, PageRequest
from tianqu.kernel.places.api import Unit, can, require, unit_called, units_with
from tianqu.web.data.words import ACCESS_TELLS, ACCESSES, FREQUENCIES, WORDS, domain_name, licence_name, unit_name
from tianqu.web.layout.errors import faults

DESCRIBE: Final = "datasets.describe"
PAGE: Final = 50
UNITS_OFFERED: Final = 200
FIELDS: Final = (
    "code", "title", "title_en", "domain", "unit", "access", "description", "description_en", "grain", "grain_en",
    "licence", "frequency", "cells", "cell_least",
)  # fmt: skip


@require_safe
def desk(request: PageRequest) -> HttpResponse:
    """My office's datasets, and the files that wait for me."""
    require(request.actor, DESCRIBE)
    text = " ".join(request.GET.get("q", "").replace("\0", "").split())[:100]
    after = request.GET.get("after", "").replace("\0", "")[:100]
    rows = own_datasets(request.actor, text=text, after=after, limit=PAGE + 1)
    context = {
        **WORDS, "datasets": rows[:PAGE], "text": text, "next": rows[PAGE - 1].code if len(rows) > PAGE else "",
        "uploads": uploads_of(request.actor, unsettled=True), "units": units_with({one.unit_id for one in rows}),
    }  # fmt: skip
    return render(request, "data/desk.html", context, using="jinja2")


@require_safe
def desk_dataset(request: PageRequest, code: str) -> HttpResponse:
    """One dataset of my office: what may be done with it, its uploads and versions."""
    require(request.actor, DESCRIBE)
    dataset = dataset_called(request.actor, code)
    require(request.actor, "datasets.upload", dataset)
    context = {
        **WORDS, "dataset": dataset, "uploads": uploads_of(request.actor, dataset_id=dataset.id)[:20],
        "versions": versions_of(dataset, limit=10), "office": units_with([dataset.unit_id]).get(dataset.unit_id),
    }  # fmt: skip
    return render(request, "data/desk_dataset.html", context, using="jinja2")


@require_http_methods(["GET", "HEAD", "POST"])
def describe(request: PageRequest) -> HttpResponse:
    """Put a new dataset into the catalogue."""
    require(request.actor, DESCRIBE)
    if request.method != "POST":
        units = own_units(request.actor)
        first = {"unit": units[0].code if len(units) == 1 else "", "licence": "CC-BY-4.0", "frequency": "irregular",
                 "access": "closed", "cell_least": "10"}  # fmt: skip
        return _form(request, first, Faults(), None)
    given = _given(request)
    try:
        dataset = describe_dataset(request.actor, description=description_of(given))
    except TianquError as error:
        return _form(request, given, faults(error), None, status=error.status)
    messages.success(request, _("The dataset is described. Upload its first file."))
    return redirect("data_upload", code=dataset.code)


@require_http_methods(["GET", "HEAD", "POST"])
def change(request: PageRequest, code: str) -> HttpResponse:
    """Change what the catalogue says of a dataset."""
    dataset = dataset_called(request.actor, code)
    require(request.actor, "datasets.change", dataset)
    if request.method != "POST":
        return _form(request, _values(dataset), Faults(), dataset)
    given = _given(request)
    try:
        change_dataset(
            request.actor, dataset_id=dataset.id, description=description_of(given | {"code": code}),
            seen=request.POST.get("seen", "")[:40],
        )  # fmt: skip
    except TianquError as error:
        return _form(request, given | {"code": code}, faults(error), dataset, status=error.status)
    messages.success(request, _("The description was changed."))
    return redirect("data_desk_dataset", code=code)


@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: PageRequest, code: str) -> HttpResponse:
    """Take a dataset out of the catalogue, with a reason that everybody reads."""
    dataset = dataset_called(request.actor, code)
    require(request.actor, "datasets.withdraw", dataset)
    errors, reason, status = Faults(), "", 200
    if request.method == "POST":
        reason = request.POST.get("reason", "").replace("\0", "")
        try:
            withdraw_dataset(request.actor, dataset_id=dataset.id, reason=reason)
        except TianquError as error:
            errors, status = faults(error), error.status
        else:
            messages.success(request, _("The dataset was withdrawn."))
            return redirect("data_desk")
    context = {**WORDS, "dataset": dataset, "errors": errors, "reason": reason}
    return render(request, "data/desk_withdraw.html", context, status=status, using="jinja2")


def own_units(actor: Actor) -> list[Unit]:
    """The offices that the actor describes data for, as far as they are named one by one."""
    return sorted(units_with(set(list(actor.scope.unit_ids)[:UNITS_OFFERED])).values(), key=lambda unit: unit.code)


def description_of(given: Mapping[str, str]) -> Description:
    """Read a description from a form's or a program's fields; the office by its code. Raises ``InvalidInput``."""
    least = given.get("cell_least", "") or "10"
    if not (least.isascii() and least.isdigit() and len(least) < 6):
        raise InvalidInput(gettext_noop("A whole number is needed here."), field="cell_least", value=least[:20])
    try:
        unit = unit_called(given["unit"])
    except TianquError as error:
        error.field = "unit"
        raise
    cells = tuple(name.strip() for name in given.get("cells", "").replace("，", ",").split(",") if name.strip())
    texts = {name: given.get(name, "") for name in FIELDS if name not in ("unit", "cells", "cell_least")}
    return Description(**texts, unit_id=unit.id, cells=cells[:20], cell_least=int(least))


def _given(request: PageRequest) -> dict[str, str]:
    return {name: request.POST.get(name, "").replace("\0", "").strip() for name in FIELDS}


def _values(dataset: Dataset) -> dict[str, str]:
    plain = {
        name: str(getattr(dataset, name)) for name in FIELDS if name not in ("unit", "cells", "cell_least")
    }  # fmt: skip
    unit = units_with([dataset.unit_id]).get(dataset.unit_id)
    return plain | {
        "unit": unit.code if unit else "", "cells": ", ".join(dataset.cells), "cell_least": str(dataset.cell_least)
    }  # fmt: skip


def _form(
    request: PageRequest, values: Mapping[str, str], errors: Faults, dataset: Dataset | None, *, status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {
        **WORDS, "values": values, "errors": errors, "dataset": dataset,
        "seen": dataset.changed_at.isoformat() if dataset else "",
        "units": [(unit.code, unit_name(unit)) for unit in own_units(request.actor)],
        "domains": sorted(((code, domain_name(code)) for code in DOMAINS), key=lambda each: each[1]),
        "licences": [(code, licence_name(code)[0]) for code in LICENCES], "frequency_choices": FREQUENCIES.items(),
        "access_choices": [(code, title, ACCESS_TELLS[code]) for code, title in ACCESSES.items()],
        "may_withdraw": dataset is not None and can(request.actor, "datasets.withdraw", dataset),
    }  # fmt: skip
    return render(request, "data/desk_form.html", context, status=status, using="jinja2")
