"""Figures for programs: exactly and as printed, with series and lineage, and whether they can be true."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import orjson
from django.http import HttpRequest
from ninja import Path, Query, Router
from pydantic import BaseModel, ConfigDict, Field

from tianqu.kernel.figures.api import (
    ShownFigure,
    ShownValue,
    check_bulletin,
    computed_now,
    define_figure,
    definition_of,
    embargo_kept,
    figure_called,
    figure_shown,
    figures_found,
    lineage_told,
    newest_value,
    read_definition,
    record_value,
    series_of,
    value_numbered,
)
from tianqu.kernel.journal.api import Actor, set_scope
from tianqu.kernel.places.api import require, unit_with
from tianqu.web.api.bodies import Body
from tianqu.web.api.doors import with_token
from tianqu.web.api.performing import actor_of_request, check_limits
from tianqu.web.api.values import AnyCode, Limit, Moment, Version, Words, unit_id_given
from tianqu.web.figures.limits import check_computing_limit

router = Router(tags=["figures"])

CODE = r"^[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)*$"
DAYS = r"^[0-9]{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12][0-9]|3[01]))?)?$"
FigureCode = Annotated[str, Path(max_length=100, pattern=CODE, description="Code of the figure.")]
PeriodGiven = Annotated[str, Field(pattern=DAYS, description="A year, a month or a day: 2020, 2020-12, 2020-12-31.")]


class Measured(BaseModel):
    """One measure of a value: the dataset and version it was read from, of which rows, and what it was. For a caller
    who may not read these rows ``value`` is null and ``parts`` is empty.
    """

    dataset: str
    version: int
    measure: str
    where: dict[str, list[str]]
    value: str | None
    parts: list[str]


class Value(BaseModel):
    """A value: exact, as a whole number or a fraction ("961/4"), and as it is printed."""

    period: str
    number: int
    exact: str
    printed: str
    printed_en: str
    target: str | None
    computed_at: datetime


class ValueWithLineage(Value):
    """A value with what it was made of."""

    definition: int
    lineage: list[Measured]


class FigureBrief(BaseModel):
    """A figure with its newest value."""

    code: str
    domain: str
    name: str
    name_en: str
    counts: str
    direction: str
    newest: Value | None


class FigureWhole(FigureBrief):
    """A figure with its definition; docs/figures.md tells how it is laid out."""

    unit: str
    definition_number: int
    definition: dict[str, Any]
    newest: ValueWithLineage | None


class FigureList(BaseModel):
    """A page of figures, in the order of their codes; ``next`` is where the next one begins."""

    rows: list[FigureBrief]
    next: str | None


class FiguresAsked(BaseModel):
    """What the list is narrowed to."""

    model_config = ConfigDict(extra="forbid")
    text: Words = Field("", description="Words in the code or the names, all of which must occur.")
    domain: AnyCode | None = None
    unit: AnyCode | None = None
    after: Annotated[str, Field(max_length=100, pattern=CODE)] | None = Field(None, description="`next` of before.")
    limit: Limit = 50


def _value(shown: ShownValue) -> dict[str, Any]:
    return {
        "period": shown.value.period, "number": shown.value.number, "exact": shown.value.exact,
        "printed": shown.zh.whole, "printed_en": shown.en.whole,
        "target": None if shown.target is None else format(shown.target, "f"), "computed_at": shown.value.computed_at,
    }  # fmt: skip


def _whole(actor: Actor, shown: ShownValue) -> dict[str, Any]:
    return _value(shown) | {"definition": shown.value.definition.number, "lineage": lineage_told(actor, shown)}


def _brief(shown: ShownFigure) -> dict[str, Any]:
    definition = shown.definition
    return {
        "code": definition.code, "domain": definition.domain, "name": definition.name, "name_en": definition.name_en,
        "counts": definition.display.unit.code, "direction": definition.direction,
        "newest": None if shown.newest is None else _value(shown.newest),
    }  # fmt: skip


@router.get("/figures", response=FigureList, summary="Figures and what they were last printed as")
def figures(request: HttpRequest, asked: Query[FiguresAsked]) -> Any:
    """List figures with their newest public value; a value under embargo is as if it were not there."""
    found = figures_found(
        actor_of_request(request), text=asked.text, domain=asked.domain or "", unit_id=unit_id_given(asked.unit),
        after=asked.after or "", limit=asked.limit + 1,
    )  # fmt: skip
    rows = [_brief(each) for each in found[: asked.limit]]
    return {"rows": rows, "next": rows[-1]["code"] if len(found) > asked.limit else None}


class BulletinBody(Body):
    """Figures as printed and their relations."""

    bulletin: dict[str, Any] = Field(
        description="Laid out as docs/consistency.md says. What is wrong in it is answered with 400 and told in errors."
    )


@router.post(
    "/figures/check", response=dict[str, Any], summary="Whether printed figures can hold together",
    operation_id="figures_check",
)  # fmt: skip
def check(request: HttpRequest, body: BulletinBody) -> Any:
    """Check a bulletin of at most 200 kB; conflicts come with their certificates. Nothing of it is kept."""
    check_computing_limit(request)
    return check_bulletin(orjson.dumps(body.bulletin))


class DefinitionBody(Body):
    """The definition of a figure."""

    definition: dict[str, Any] = Field(
        description="Laid out as docs/figures.md says. What is wrong in it is answered with 400 and told in errors."
    )


class Defined(BaseModel):
    """The figure, and the number of its definition."""

    code: str
    definition_number: int


@router.post(
    "/figures", response=Defined, summary="Define a figure", auth=with_token, operation_id="figures_define"
)  # fmt: skip
def define(request: HttpRequest, body: DefinitionBody) -> Any:
    """Declare a figure, or give it a new definition. The same one again changes nothing, so that no key is needed."""
    actor = actor_of_request(request)
    check_limits(actor, "figures.define")
    figure = define_figure(actor, definition=read_definition(body.definition))
    return {"code": figure.code, "definition_number": figure.definition}


@router.get("/figures/{code}", response=FigureWhole, summary="One figure")
def one(request: HttpRequest, code: FigureCode) -> Any:
    """Read a figure: its definition, and its newest public value with what it was made of."""
    actor = actor_of_request(request)
    shown = figure_shown(actor, code)
    newest = None if shown.newest is None else _whole(actor, shown.newest)
    return _brief(shown) | {
        "unit": unit_with(shown.figure.unit_id).code, "definition_number": shown.figure.definition,
        "definition": shown.definition.told, "newest": newest,
    }  # fmt: skip


@router.get("/figures/{code}/series", response=list[Value], summary="A figure over time")
def series(request: HttpRequest, code: FigureCode) -> Any:
    """List the newest public value of each period, at most 200."""
    return [_value(each) for each in series_of(actor_of_request(request), figure_called(code))]


@router.get("/figures/{code}/values/{period}/{number}", response=ValueWithLineage, summary="One value of a figure")
def value(request: HttpRequest, code: FigureCode, period: Annotated[str, Path(pattern=DAYS)], number: Version) -> Any:
    """Read one value for ever: what it was, how it was printed, and what it was made of."""
    actor = actor_of_request(request)
    return _whole(actor, value_numbered(actor, figure_called(code), period=period, number=number))


class ComputeBody(Body):
    """For which period, and until when nobody but those who prepare it sees the value: as before where it is not said,
    null to let everybody see it.
    """

    period: PeriodGiven
    embargoed_until: Moment | None = None


@router.post(
    "/figures/{code}/compute", response=ValueWithLineage, summary="Compute a figure from the newest rows",
    auth=with_token, operation_id="figures_compute",
)  # fmt: skip
def compute(request: HttpRequest, code: FigureCode, body: ComputeBody) -> Any:
    """Compute a figure and record its value. The same value of the same versions is not recorded twice."""
    actor = actor_of_request(request)
    check_limits(actor, "figures.compute")
    figure = figure_called(code)
    require(actor, "figures.compute", figure)  # before anything is computed
    computed = computed_now(actor, definition_of(figure), body.period)
    until = body.embargoed_until
    if "embargoed_until" not in body.model_fields_set:
        set_scope(actor.scope)  # computing has looked with the eyes of everybody
        until = embargo_kept(newest_value(figure.id, body.period))
    kept = record_value(actor, figure_id=figure.id, period=body.period, computed=computed, embargoed_until=until)
    return _whole(actor, value_numbered(actor, figure, period=body.period, number=kept.number))
