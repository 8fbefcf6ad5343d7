"""Open figures as datasets: what each is, who signs it, and its series as files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse

from tianqu.base.periods import parse_period
from tianqu.gateways.dcat import terms
from tianqu.gateways.dcat.nodes import Node, Units, both, european_theme, licence, office, office_address, root, typed
from tianqu.kernel.datasets.api import DEFAULT_LICENCE, LICENCES
from tianqu.kernel.figures.api import (
    SERIES_FORMS,
    OpenValue,
    ShownFigure,
    figure_domain,
    public_since,
)

_UTC: Final = ZoneInfo("UTC")  # only days are told of a period


def figure_address(shown: ShownFigure) -> str:
    """The address of a figure, at which it is described."""
    return settings.TIANQU_ORIGIN + reverse("dcat_figure", kwargs={"code": shown.figure.code})


def figure_nodes(shown: ShownFigure, series: Sequence[OpenValue], units: Units) -> list[Node]:
    """A figure with its files and all that belongs to it."""
    figure = shown.figure
    theme = terms.figure_theme(figure.domain)
    return [
        _figure(shown, series),
        *(_file(shown, form) for form in SERIES_FORMS),
        {"@id": _page(shown), "@type": "foaf:Document"},
        {
            "@id": _theme_address(figure.domain), "@type": "skos:Concept",
            "skos:prefLabel": both(figure_domain(figure.domain)), "skos:inScheme": {"@id": figure_scheme()["@id"]},
        },
        *([european_theme(theme)] if theme else []),
        licence(DEFAULT_LICENCE),
        office(figure.unit_id, units.get(figure.unit_id)),
    ]  # fmt: skip


def _figure(shown: ShownFigure, series: Sequence[OpenValue]) -> Node:
    figure, definition = shown.figure, shown.definition
    title = (figure.name, figure.name_en)
    note = (definition.note, definition.note_en)
    theme = terms.figure_theme(figure.domain)
    told: Node = {
        "@id": figure_address(shown), "@type": "dcat:Dataset",
        "dct:identifier": f"figure:{figure.code}",  # datasets have codes of the same form
        "dct:title": both(title), "dct:description": both(note if any(note) else title),
        "dct:publisher": {"@id": office_address(figure.unit_id)}, "dcat:landingPage": {"@id": _page(shown)},
        "dcat:theme": [{"@id": _theme_address(figure.domain)}, *([{"@id": theme}] if theme else [])],
        "dct:issued": {"@type": "xsd:dateTime", "@value": figure.created_at.isoformat()},
        "dct:modified": _modified(shown),
        "dcat:distribution": [{"@id": f"{figure_address(shown)}#{form}"} for form in SERIES_FORMS],
    }  # fmt: skip
    if series:
        periods = [parse_period(value.period, _UTC) for value in series]
        frequency = terms.period_frequency(series[-1].period)
        told["dct:temporal"] = {
            "@type": "dct:PeriodOfTime",
            "dcat:startDate": {"@type": "xsd:date", "@value": min(each.first for each in periods).isoformat()},
            "dcat:endDate": {"@type": "xsd:date", "@value": max(each.last for each in periods).isoformat()},
        }
        told |= {"dct:accrualPeriodicity": typed(frequency, "dct:Frequency")} if frequency else {}
    return told


def _file(shown: ShownFigure, form: str) -> Node:
    named = {"code": shown.figure.code, "form": form}
    return {
        "@id": f"{figure_address(shown)}#{form}", "@type": "dcat:Distribution",
        "dct:title": {"@language": "en", "@value": f"{shown.figure.name_en or shown.figure.code} ({form.upper()})"},
        "dcat:accessURL": {"@id": figure_address(shown)},
        "dcat:downloadURL": {"@id": settings.TIANQU_ORIGIN + reverse("dcat_figure_file", kwargs=named)},
        "dct:license": {"@id": LICENCES[DEFAULT_LICENCE][2]},
        "dct:format": typed(terms.file_type(form), "dct:MediaTypeOrExtent"),
        "dcat:mediaType": typed(terms.media_type(SERIES_FORMS[form]), "dct:MediaType"),
        "dct:modified": _modified(shown),
    }  # fmt: skip


def _modified(shown: ShownFigure) -> Node:
    """Since when its newest value is everybody's: a harvester would else pass over one that was under embargo."""
    assert shown.newest is not None, "a figure without an open value is told to nobody"
    return {"@type": "xsd:dateTime", "@value": public_since(shown.newest).isoformat()}


def figure_scheme() -> Node:
    """The domains of figures, which are those of the programme."""
    return {
        "@id": f"{root()}#figure-themes", "@type": "skos:ConceptScheme",
        "dct:title": both(("指标领域", "Domains of figures")),
    }  # fmt: skip


def _theme_address(domain: str) -> str:
    return f"{root()}#figure-theme-{domain}"


def _page(shown: ShownFigure) -> str:
    return settings.TIANQU_ORIGIN + reverse("figure", kwargs={"code": shown.figure.code})
