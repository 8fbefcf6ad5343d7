"""All figures by domain, with what each was last printed as."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tianqu.kernel.figures.api import ShownFigure, ShownValue, figures_before, figures_found
from tianqu.kernel.pack.api import PageRequest
from tianqu.web.figures.words import DIRECTIONS, better, change_text, domain_name, name_of, printed_text

TEXT_MAX = 100


@dataclass(frozen=True, slots=True)
class Line:
    """A figure in the list: its newest value as printed, and how it differs from the period before."""

    shown: ShownFigure
    name: str
    printed: str
    period: str
    change: str
    better: bool | None


@require_safe
def figures_page(request: PageRequest) -> HttpResponse:
    """Search the figures; what is searched for stands in the address."""
    text = " ".join(request.GET.get("q", "").replace("\0", "").split())[:TEXT_MAX]
    domain = request.GET.get("domain", "").replace("\0", "")[:TEXT_MAX]
    found = figures_found(request.actor, text=text, domain=domain)
    lines = sorted(lines_of(found, figures_before(request.actor, found)), key=lambda line: line.shown.definition.domain)
    groups = [
        (domain_name(code), list(group)) for code, group in groupby(lines, lambda line: line.shown.definition.domain)
    ]
    context = {
        "groups": sorted(groups), "text": text, "domain": domain, "domain_said": domain_name(domain),
        "count": len(lines), "directions": DIRECTIONS,
    }  # fmt: skip
    return render(request, "figures/list.html", context, using="jinja2")


def lines_of(found: Sequence[ShownFigure], before: dict[str, ShownValue]) -> list[Line]:
    """The lines of a list."""
    return [_line(shown, before.get(shown.figure.code)) for shown in found]


def _line(shown: ShownFigure, before: ShownValue | None) -> Line:
    newest = shown.newest
    if newest is None:
        return Line(shown, name_of(shown.definition), "", "", "", None)
    change = "" if before is None else change_text(newest, before, shown.definition)
    which = None if before is None else better(newest, before, shown.definition.direction)
    return Line(shown, name_of(shown.definition), printed_text(newest), newest.value.period, change, which)
