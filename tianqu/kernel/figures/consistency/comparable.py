"""Whether the figures of a relation are measured alike: units, dates, scopes, price bases.

Units that cannot be added are a fault of the file. Dates, scopes and prices that differ make a relation one that
cannot be tested, unless it declares ``across`` that the difference is known and meant.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from tianqu.base.errors import InvalidInput, _
from tianqu.kernel.figures.consistency.figures import Figure, Quoted, Sentence
from tianqu.kernel.figures.consistency.relations import Difference, Each, Growth, Ratio, Relation, Share, Streak

ACROSS: Final = ("as_of", "scope", "prices")
_DIFFERS: Final = {
    "as_of": _("%(first)s is of %(one)s and %(second)s of %(other)s."),
    "scope": _("%(first)s covers %(one)s and %(second)s covers %(other)s."),
    "prices": _("%(first)s is in prices of %(one)s and %(second)s in prices of %(other)s."),
}


def check_units(relation: Relation, figures: Mapping[str, Figure]) -> None:
    """Raise ``InvalidInput`` where units do not agree."""
    if isinstance(relation, Share | Growth):
        _like(relation, [figures[each] for each in relation.amounts()])
        rate = figures[relation.percent]
        if rate.unit.dimension != "rate" or rate.unit.code == "points":
            raise _disagree(relation, rate, _("A share or a growth is a percentage, not %(unit)s."))
    elif isinstance(relation, Ratio):
        _check_ratio(relation, figures)
    elif isinstance(relation, Each):
        if figures[relation.number].unit.dimension != "count":
            raise _disagree(relation, figures[relation.number], _("The number of things is a count, not %(unit)s."))
        _like(relation, [figures[each] for each in (relation.total, *relation.rates())])
    else:
        _like(relation, [figures[each] for each in relation.amounts()])
        points = [figures[each] for each in relation.amounts() if figures[each].unit.code == "points"]
        if points and not isinstance(relation, Difference):
            raise _disagree(relation, points[0], _("Percentage points are a difference, never an amount."))


def _check_ratio(relation: Ratio, figures: Mapping[str, Figure]) -> None:
    above, below = (figures[each].unit.dimension for each in relation.amounts())
    ratio = figures[relation.ratio]
    if above == below:
        right = ratio.unit.dimension == "rate" and ratio.unit.code != "points"
    else:
        right = ratio.unit.dimension == above and below == "count"
    if not right:
        raise _disagree(relation, ratio, _("A ratio of these two figures is not in %(unit)s."))


def _like(relation: Relation, amounts: Sequence[Figure]) -> None:
    for other in amounts[1:]:
        if other.unit.dimension != amounts[0].unit.dimension:
            raise InvalidInput(
                _("Relation %(relation)s: %(first)s is in %(one)s and %(second)s in %(other)s."), field="unit",
                value=relation.id, relation=relation.id, first=amounts[0].id, one=amounts[0].unit.code, second=other.id,
                other=other.unit.code, remedy=_("Figures of one relation have units that can be added."),
            )  # fmt: skip


def _disagree(relation: Relation, figure: Figure, remedy: str) -> InvalidInput:
    return InvalidInput(
        _("Relation %(relation)s: the unit of %(figure)s does not fit."), field="unit", value=relation.id,
        relation=relation.id, figure=figure.id, unit=figure.unit.code, remedy=remedy,
    )  # fmt: skip


def why_not_comparable(relation: Relation, figures: Mapping[str, Figure]) -> Sentence | None:
    """Say why a relation cannot be tested, or return None."""
    if isinstance(relation, Streak) and relation.years > len(relation.yearly):
        message = _("%(years)s years are spoken of, but only %(given)s of them are given.")
        return Sentence(message, {"years": relation.years, "given": len(relation.yearly)})
    amounts = [figures[each] for each in relation.amounts()]
    for aspect in ACROSS:
        if aspect in relation.across or (aspect == "as_of" and not relation.of_one_day):
            continue
        told = [figure for figure in amounts if getattr(figure, aspect)]
        for other in told[1:]:
            one, two = getattr(told[0], aspect), getattr(other, aspect)
            if not _agree(aspect=aspect, one=one, two=two):
                words = {"first": Quoted(told[0]), "second": Quoted(other), "one": one, "other": two}
                return Sentence(_DIFFERS[aspect], words)
    return None


def _agree(*, aspect: str, one: str, two: str) -> bool:
    """A stock at the end of 2020-12 agrees with what is said of 2020."""
    return one == two or (aspect == "as_of" and (one.startswith(f"{two}-") or two.startswith(f"{one}-")))
