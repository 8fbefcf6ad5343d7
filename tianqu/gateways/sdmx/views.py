"""The door: structures and data by SDMX's REST interface, in the form that ``Accept`` asks for."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.views.decorators.vary import vary_on_headers

from tianqu.base.errors import NotFound, TianquError, _
from tianqu.base.faults import problem_of
from tianqu.gateways.sdmx import data as forms
from tianqu.gateways.sdmx.asked import DataAsked, NotAcceptable, read_data_query, structures_asked
from tianqu.gateways.sdmx.data import Series, series_in
from tianqu.gateways.sdmx.messages import error_message, message
from tianqu.gateways.sdmx.structures import artefacts, structures, with_references
from tianqu.gateways.sdmx.terms import STRUCTURE, figure_id, flow_id
from tianqu.kernel.figures.api import ShownFigure, open_figures, open_values
from tianqu.kernel.pack.api import open_door, refusal_said

STRUCTURE_TYPE: Final = "application/vnd.sdmx.structure+xml;version=2.1"
XML_TYPES: Final = ("application/xml", "text/xml")
_FORMS: Final = {
    "application/vnd.sdmx.genericdata+xml;version=2.1": forms.generic,
    "application/vnd.sdmx.structurespecificdata+xml;version=2.1": forms.specific,
    "application/vnd.sdmx.data+csv;version=2.0.0": forms.csv,
    "application/xml": forms.generic, "text/xml": forms.generic, "text/csv": forms.csv,
}  # fmt: skip
# Source: the status messages of SDMX 2.1, section 7; those beyond 1000 are an agency's own.
_CODES: Final = {400: 140, 403: 150, 404: 100, 413: 130, 501: 501, 503: 503}


def _refused(error: TianquError) -> HttpResponse:
    body, headers = problem_of(error, refusal_said)
    content = error_message(_CODES.get(error.status, 1000 + error.status), [body["detail"]])
    return HttpResponse(content, content_type="application/xml", status=error.status, headers=headers)


@vary_on_headers("Accept", "Accept-Language")
@open_door(refused=_refused)
def structure(request: HttpRequest, *, asked: str) -> HttpResponse:
    """Dataflows, the data structure, concepts, code lists and domains."""
    content_type = _chosen(request, (STRUCTURE_TYPE, *XML_TYPES))
    every = artefacts(open_figures())
    found, references = structures_asked(asked.rstrip("/").split("/"), request.GET.dict(), every)
    told = structures(with_references(every, found, references))
    return HttpResponse(message("Structure", None, told), content_type=content_type)


@vary_on_headers("Accept", "Accept-Language")
@open_door(refused=_refused)
def data(request: HttpRequest, *, asked: str) -> HttpResponse:
    """The values of figures: generic, structure-specific or CSV."""
    content_type = _chosen(request, tuple(_FORMS))
    wanted = read_data_query(asked.rstrip("/").split("/"), request.GET.dict())
    series = _series(wanted)
    if not series:
        raise NotFound(_("There is no value that was asked for."), field="key", value=asked[:100])
    content = b"".join(_FORMS[content_type](series, flow=wanted.flow, detail=wanted.detail))
    answer = HttpResponse(content, content_type=content_type)
    if "csv" in content_type:
        answer["Content-Disposition"] = f'attachment; filename="{wanted.flow}.csv"'
    return answer


def _series(wanted: DataAsked) -> list[Series]:
    """The series that are asked for, with the observations that are asked for; none that is empty."""
    told = []
    for code, values in open_values([shown for shown in open_figures() if _within(shown, wanted)]).items():
        covered = [value for value in values if wanted.covers(value.period)]
        told += [_cut(each, wanted) for each in series_in(code, covered) if wanted.holds(each.key)]
    return told


def _within(shown: ShownFigure, wanted: DataAsked) -> bool:
    of_flow = wanted.flow in (STRUCTURE, flow_id(shown.definition.domain))
    return of_flow and (not wanted.key[1] or figure_id(shown.figure.code) in wanted.key[1])


def _cut(series: Series, wanted: DataAsked) -> Series:
    """The first and the last so many observations, where that is asked for."""
    kept, count = series.observations, len(series.observations)
    if wanted.first or wanted.last:
        kept = [each for at, each in enumerate(kept) if at < wanted.first or at >= count - wanted.last]
    return Series(series.key, kept)


def _chosen(request: HttpRequest, offered: tuple[str, ...]) -> str:
    """The form that is asked for; the first one where any will do. Raises ``NotAcceptable``."""
    chosen = request.get_preferred_type(offered)
    if chosen is None:
        raise NotAcceptable(
            _("None of the forms that were asked for can be given."), field="Accept",
            remedy=_("Possible: %(allowed)s."), allowed=", ".join(offered),
        )  # fmt: skip
    return chosen
