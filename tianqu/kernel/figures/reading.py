"""Reading figures: what is printed, its series, and the way down to the rows. Nothing embargoed leaves here.

A value under embargo is as if it were not there for everybody without ``figures.see_embargoed`` over its office: not
on its page, not in a list, not in a series, not in a count.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Greatest
from django.utils import timezone

from tianqu.base.errors import InvalidInput, NotFound, TooLarge, _
from tianqu.kernel.figures.declaring import figure_called
from tianqu.kernel.figures.definitions import FigureDefinition, read_definition
from tianqu.kernel.figures.models import Definition, Figure, FigureValue
from tianqu.kernel.figures.printing import Text, printed
from tianqu.kernel.journal.api import ANYBODY, Actor
from tianqu.kernel.places.api import can

LIST_MAX: Final = 500
SERIES_MAX: Final = 200
VALUES_MAX: Final = 20_000  # of many figures at once
TEXT_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class ShownValue:
    """A value of a figure: exact and as printed in both languages, and the targets of its period."""

    value: FigureValue
    exact: Fraction
    zh: Text
    en: Text
    target: Decimal | None

    def text(self, *, chinese: bool) -> Text:
        """The value as it is printed in a language."""
        return self.zh if chinese else self.en


@dataclass(frozen=True, slots=True)
class ShownFigure:
    """A figure with its newest definition and, where it has one that may be seen, its newest value."""

    figure: Figure
    definition: FigureDefinition
    newest: ShownValue | None


def figures_found(
    actor: Actor,
    *,
    text: str = "",
    domain: str = "",
    unit_id: UUID | None = None,
    after: str = "",
    limit: int = LIST_MAX,
) -> list[ShownFigure]:
    """The figures in the order of their codes, behind the code ``after``, each with its newest value.

    Three statements. Raises ``InvalidInput``.
    """
    if len(text) > TEXT_MAX:
        raise InvalidInput(_("At most %(most)s characters."), field="q", most=TEXT_MAX)
    found = Figure.objects.filter(withdrawn_at=None)
    for word in text.replace("\0", "").lower().split()[:8]:
        found = found.filter(search__contains=word)
    if domain:
        found = found.filter(domain=domain)
    if unit_id is not None:
        found = found.filter(unit_id=unit_id)
    if after:
        found = found.filter(code__gt=after)
    return _shown(actor, list(found.order_by("code")[: min(limit, LIST_MAX)]))


def figure_shown(actor: Actor, code: str) -> ShownFigure:
    """One figure. Raises ``NotFound``."""
    return _shown(actor, [figure_called(code)])[0]


def figures_shown(actor: Actor, codes: Iterable[str]) -> dict[str, ShownFigure]:
    """Some figures by their codes; one that is not there is missing."""
    found = list(Figure.objects.filter(code__in=list(codes)))
    return {shown.figure.code: shown for shown in _shown(actor, found)}


def series_of(actor: Actor, figure: Figure) -> list[ShownValue]:
    """The newest value of each of the last 200 periods, in the order of the periods."""
    newest = _visible(actor).filter(figure=figure).order_by("-period", "-number").distinct("period")
    values = list(newest[:SERIES_MAX])[::-1]
    definitions = _definitions(values)
    return [shown_value(value, definitions[value.definition_id]) for value in values]


def series_of_all(actor: Actor, figures: Sequence[Figure]) -> list[ShownValue]:
    """The newest value of each period of some figures, in the order of codes and periods. Raises ``TooLarge``."""
    values = (
        _visible(actor).filter(figure__in=figures).select_related("figure", "definition")
        .order_by("figure__code", "period", "-number").distinct("figure__code", "period")[: VALUES_MAX + 1]
    )  # fmt: skip
    if len(values) > VALUES_MAX:
        raise TooLarge(_("At most %(most)s values at once."), most=VALUES_MAX, remedy=_("Ask for fewer figures."))
    definitions = _definitions(values)
    return [shown_value(value, definitions[value.definition_id]) for value in values]


def values_newest(actor: Actor, *, limit: int) -> list[ShownValue]:
    """The values of all figures that came to be seen last, the newest first. One statement."""
    since = Greatest("computed_at", "embargoed_until")  # an empty one does not count
    found = _visible(actor).filter(figure__withdrawn_at=None).select_related("figure", "definition")
    values = list(found.order_by(since.desc(), "-id")[:limit])
    definitions = _definitions(values)
    return [shown_value(value, definitions[value.definition_id]) for value in values]


def value_numbered(actor: Actor, figure: Figure, *, period: str, number: int | None = None) -> ShownValue:
    """One value, the newest of a period where no ``number`` is given. Raises ``NotFound``."""
    found = _visible(actor).filter(figure=figure, period=period)
    value = (found.filter(number=number) if number is not None else found.order_by("-number")).first()
    if value is None:
        raise NotFound(
            _("The figure %(figure)s has no value for %(value)s."),
            field="period",
            value=period[:40],
            figure=figure.code,
        )
    return shown_value(value, read_definition(value.definition.content))


def values_with(actor: Actor, ids: Iterable[str]) -> dict[str, ShownValue]:
    """Values by their identifiers, whatever was computed since; one that may not be seen is missing. One statement."""
    found = _visible(actor).filter(id__in=list(ids)).select_related("figure")
    return {str(value.id): shown_value(value, read_definition(value.definition.content)) for value in found}


def values_of(actor: Actor, figure: Figure, *, period: str) -> list[ShownValue]:
    """Every value that was computed for a period, the newest first."""
    values = list(_visible(actor).filter(figure=figure, period=period).order_by("-number")[:SERIES_MAX])
    definitions = _definitions(values)
    return [shown_value(value, definitions[value.definition_id]) for value in values]


def shown_value(value: FigureValue, definition: FigureDefinition) -> ShownValue:
    """A value as its definition prints it."""
    exact = Fraction(value.exact)
    return ShownValue(
        value, exact, printed(exact, definition.display, chinese=True), printed(exact, definition.display,
        chinese=False), definition.targets.get(value.period),
    )  # fmt: skip


def figures_public(codes: Iterable[str], period: str = "") -> dict[str, ShownValue]:
    """What everybody may see of some figures: the newest values, or those of a period, by code."""
    found = _visible(ANYBODY).filter(figure__code__in=list(codes), figure__withdrawn_at=None).select_related("figure")
    if period:
        found = found.filter(period=period)
    return {
        value.figure.code: shown_value(value, read_definition(value.definition.content))
        for value in found.order_by("figure_id", "-period", "-number").distinct("figure_id")
    }


def figures_public_for(quoted: Collection[tuple[str, str]]) -> dict[tuple[str, str], ShownValue]:
    """What everybody may see of some figures for some periods, by code and period. One statement."""
    codes, periods = {code for code, _period in quoted}, {period for _code, period in quoted}
    found = _visible(ANYBODY).filter(figure__code__in=codes, period__in=periods, figure__withdrawn_at=None)
    newest = found.select_related("figure").order_by("figure_id", "period", "-number").distinct("figure_id", "period")
    return {
        (value.figure.code, value.period): shown_value(value, read_definition(value.definition.content))
        for value in newest
        if (value.figure.code, value.period) in quoted
    }


def figures_before(actor: Actor, shown: Iterable[ShownFigure]) -> dict[str, ShownValue]:
    """For figures with a value: the newest value of the period before it, by code. One statement."""
    codes = {each.figure.id: each.figure.code for each in shown if each.newest is not None}
    later = _visible(actor).filter(figure_id=OuterRef("figure_id"), period__gt=OuterRef("period"))
    found = (
        _visible(actor).filter(Exists(later), figure_id__in=list(codes)).order_by("figure_id", "-period", "-number")
        .distinct("figure_id")
    )  # fmt: skip
    return {codes[value.figure_id]: shown_value(value, read_definition(value.definition.content)) for value in found}


def _visible(actor: Actor) -> QuerySet[FigureValue]:
    """The values that the actor may see; see the module's first words."""
    values = FigureValue.objects.select_related("definition")
    if actor.scope.everything:
        return values
    seen = Q(embargoed_until=None) | Q(embargoed_until__lte=timezone.now())
    if can(actor, "figures.see_embargoed"):
        seen |= Q(figure__unit_id__in=actor.scope.unit_ids)
        for path in actor.scope.place_paths:
            seen |= Q(figure__place_path__under=path)
    return values.filter(seen)


def _shown(actor: Actor, figures: Sequence[Figure]) -> list[ShownFigure]:
    ids = [figure.id for figure in figures]
    newest = {
        value.figure_id: value
        for value in _visible(actor)
        .filter(figure_id__in=ids)
        .order_by("figure_id", "-period", "-number")
        .distinct("figure_id")
    }
    current = Definition.objects.filter(figure_id__in=ids, number=F("figure__definition"))
    contents = {each.figure_id: (each.id, each.content) for each in current}
    told = []
    for figure in figures:
        identifier, content = contents[figure.id]
        definition = read_definition(content)
        value = newest.get(figure.id)
        if value is None or value.definition_id == identifier:
            printed_by = definition
        else:
            printed_by = read_definition(value.definition.content)
        told.append(ShownFigure(figure, definition, None if value is None else shown_value(value, printed_by)))
    return told


def _definitions(values: Iterable[FigureValue]) -> Mapping[Any, FigureDefinition]:
    contents = {value.definition_id: value.definition.content for value in values}
    return {key: read_definition(content) for key, content in contents.items()}
