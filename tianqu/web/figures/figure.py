"""One figure under its permanent address: as printed, how it is computed, the way down, its series, its proof."""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from tianqu.base.errors import NotFound, _
from tianqu.kernel.figures.api import (
    ShownFigure,
    ShownValue,
    figure_shown,
    measures_in,
    quoted_in,
    recomputed,
    relations_with,
    series_of,
    value_numbered,
    values_of,
)
from tianqu.kernel.journal.api import kept_entry
from tianqu.kernel.pack.api import PageRequest
from tianqu.kernel.places.api import units_with
from tianqu.web.figures.check import relations_shown
from tianqu.web.figures.limits import check_computing_limit
from tianqu.web.figures.lineage import Sources, sources_of, steps_of, versions_in
from tianqu.web.figures.plots import breakdown_of, series_option
from tianqu.web.figures.words import (
    DIRECTIONS,
    better,
    change_text,
    domain_name,
    exact_text,
    formula_words,
    name_of,
    printed_text,
    said,
)
from tianqu.web.layout.formats import day

NUMBER_DIGITS: Final = 6


@require_safe
def figure_page(request: PageRequest, code: str) -> HttpResponse:
    """A figure, by its newest value or by the one that the address names (``period``, ``number``)."""
    shown = figure_shown(request.actor, code.replace("\0", ""))
    value = _chosen(request, shown)
    definition = shown.definition
    versions: dict[str, int | None] = {each.dataset: None for each in measures_in(definition.formula)}
    sources = sources_of(request.actor, versions | (versions_in(value) if value else {}))
    office = units_with([shown.figure.unit_id]).get(shown.figure.unit_id)
    context: dict[str, Any] = {
        "shown": shown, "value": value, "name": name_of(definition), "definition": definition,
        "domain": domain_name(definition.domain), "office": said(office.name, english=office.name_en) if office else "",
        "words": _begun(formula_words(definition.formula, sources.titles)),
        "note": said(definition.note, english=definition.note_en),
        "direction": DIRECTIONS.get(definition.direction, ""), "quoted": list(quoted_in(definition.formula)),
        "relations": relations_shown(relations_with(shown.figure.code)), "exact_text": exact_text,
        "printed_text": printed_text, "api": f"{settings.TIANQU_ORIGIN}/api/v1/figures/{shown.figure.code}",
        "open_doors": _open_doors(shown.figure.code) if value is not None else None,
        "may_recompute": value is not None and bool(value.value.lineage),
    }  # fmt: skip
    if value is not None:
        context |= _value_context(request, shown, value, sources, context["office"])
    return render(request, "figures/figure.html", context, using="jinja2")


@require_POST
def recompute(request: PageRequest, code: str) -> HttpResponse:
    """Compute a value anew from the versions it was made of, and say whether it is the same. Nothing is written."""
    check_computing_limit(request)
    shown = figure_shown(request.actor, code.replace("\0", ""))
    value = _chosen(request, shown)
    if value is None or not value.value.lineage:
        raise NotFound(_("This figure has no value that could be computed anew."), field="figure")
    told = recomputed(value)
    if told.same:
        messages.success(
            request,
            gettext("Computed anew from the same versions: %(exact)s. It is the same.")
            % {"exact": exact_text(told.exact)},
        )
    else:
        messages.error(
            request,
            gettext("Computed anew it is %(exact)s, and %(kept)s was recorded. Please tell the office.")
            % {"exact": exact_text(told.exact), "kept": exact_text(value.exact)},
        )
    query = f"?period={value.value.period}&number={value.value.number}"
    return redirect(reverse("figure", kwargs={"code": shown.figure.code}) + query + "#down")


def _open_doors(code: str) -> dict[str, str]:
    """Where other programs read the figure; SDMX has no dots in the names of codes."""
    origin = settings.TIANQU_ORIGIN
    return {
        "dcat": origin + reverse("dcat_figure", kwargs={"code": code}),
        "jsonstat": origin + reverse("jsonstat_figure", kwargs={"code": code}),
        "sdmx": origin + reverse("sdmx_data", kwargs={"asked": f"FIGURES/.{code.replace('.', '-')}."}),
    }


def _begun(text: str) -> str:
    return text[:1].upper() + text[1:]


def _chosen(request: PageRequest, shown: ShownFigure) -> ShownValue | None:
    asked = request.POST if request.method == "POST" else request.GET
    period, number = asked.get("period", "").replace("\0", ""), asked.get("number", "")
    if not period:
        return shown.newest
    if number and not (number.isascii() and number.isdigit() and len(number) <= NUMBER_DIGITS):
        raise NotFound(_("The figure %(figure)s has no value for %(value)s."), field="number", value=number[:20],
                       figure=shown.figure.code)  # fmt: skip
    return value_numbered(request.actor, shown.figure, period=period, number=int(number) if number else None)


def _value_context(
    request: PageRequest, shown: ShownFigure, value: ShownValue, sources: Sources, office: str
) -> dict[str, Any]:
    definition = shown.definition
    series = series_of(request.actor, shown.figure)
    earlier = [each for each in series if each.value.period < value.value.period]
    before = earlier[-1] if earlier else None
    entry = kept_entry(f"figure_value:{value.value.id}")
    history = values_of(request.actor, shown.figure, period=value.value.period)
    return {
        "steps": steps_of(value, sources), "series": series, "plot": series_option(series, definition),
        "breakdown": breakdown_of(value, sources), "index": entry.index if entry else None,
        "before": before, "change": change_text(value, before, definition) if before else "",
        "better": better(value, before, definition.direction) if before else None,
        "history": _history(history), "newest": history[0].value.number == value.value.number if history else True,
        "reached": _reached(value, definition.direction), "citation": _citation(shown, value, office),
    }  # fmt: skip


def _reached(value: ShownValue, direction: str) -> bool | None:
    if value.target is None or not direction:
        return None
    return value.exact >= value.target if direction == "up" else value.exact <= value.target


def _history(values: list[ShownValue]) -> list[tuple[ShownValue, list[str]]]:
    """Each value of a period with what had changed since the one before it; [] where there is but one."""
    if len(values) < 2:
        return []
    told: list[tuple[ShownValue, list[str]]] = []
    for number, each in enumerate(values):
        older = values[number + 1] if number + 1 < len(values) else None
        told.append((each, [] if older is None else _changes(each, older)))
    return told


def _changes(now: ShownValue, before: ShownValue) -> list[str]:
    told = []
    if now.exact != before.exact:
        told.append(gettext("the value: %(before)s became %(after)s") % {
            "before": exact_text(before.exact), "after": exact_text(now.exact),
        })  # fmt: skip
    old = versions_in(before)
    for dataset, version in versions_in(now).items():
        if dataset in old and old[dataset] != version:
            told.append(gettext("%(dataset)s: version %(before)s became %(after)s") % {
                "dataset": dataset, "before": old[dataset], "after": version,
            })  # fmt: skip
    if now.value.definition_id != before.value.definition_id:
        told.append(gettext("the definition was changed"))
    return told


def _citation(shown: ShownFigure, value: ShownValue, office: str) -> str:
    names: dict[str, str] = settings.TIANQU_REALM_NAMES
    address = settings.TIANQU_ORIGIN + reverse("figure", kwargs={"code": shown.figure.code})
    return gettext("%(office)s: %(name)s, %(period)s: %(value)s (computed on %(day)s). %(realm)s. %(address)s") % {
        "office": office, "name": name_of(shown.definition), "period": value.value.period,
        "value": printed_text(value), "day": day(value.value.computed_at),
        "realm": said(names["zh"], english=names["en"]),
        "address": f"{address}?period={value.value.period}&number={value.value.number}",
    }  # fmt: skip
