"""Estimating the return of a unit that has not filed: by its period before, or with the growth of the others. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from fractions import Fraction

from tianqu.base.errors import Conflict, _
from tianqu.packs.returns.designing import ColumnKind, Design, FormColumn
from tianqu.packs.returns.filling import TypedRow, summed


class Method(StrEnum):
    """How a missing return is estimated; the mark on it names this."""

    LAST_PERIOD = "last_period"
    PEER_GROWTH = "peer_growth"


def estimated(
    design: Design, last: Sequence[TypedRow], *, method: Method, peers: Sequence[tuple[TypedRow, TypedRow]]
) -> list[TypedRow]:
    """Return the rows of an estimate.

    ``peers`` are rows of other units, each with the same one of the period before: the growth of a column is the
    quotient of their sums, and it is rounded once, half to even, to the column's decimals. A column whose peers had
    nothing stays as it was. Raises ``Conflict`` where there is nothing to estimate from.
    """
    if not last:
        raise Conflict(
            _("The unit filed nothing for the period before, from which this could be estimated."), field="method"
        )
    if method is Method.LAST_PERIOD:
        return list(last)
    if not peers:
        raise Conflict(
            _("No other unit has filed both periods yet, so there is no growth to estimate with."), field="method",
            remedy=_("Use the period before, or wait for others."),
        )  # fmt: skip
    growth = {column.name: _growth(column, peers) for column in design.numbers}
    return [
        TypedRow(row.key, {**row.values, **{
            column.name: _grown(column, row, growth[column.name]) for column in design.numbers
        }})
        for row in last
    ]  # fmt: skip


def _growth(column: FormColumn, peers: Sequence[tuple[TypedRow, TypedRow]]) -> Fraction:
    both = [(now, before) for now, before in peers if None not in (now.number(column.name), before.number(column.name))]
    now, before = summed([one for one, _two in both], column.name), summed([two for _one, two in both], column.name)
    return Fraction(now) / Fraction(before) if now is not None and before else Fraction(1)


def _grown(column: FormColumn, row: TypedRow, growth: Fraction) -> int | str | None:
    value = row.number(column.name)
    if value is None:
        return None
    scaled = Fraction(value) * growth * 10**column.places
    smallest = round(scaled)  # half to even
    exact = Decimal(smallest).scaleb(-column.places)
    assert exact == exact.quantize(Decimal(1).scaleb(-column.places), ROUND_HALF_EVEN)
    return smallest if column.kind is ColumnKind.INTEGER else f"{exact:.{column.places}f}"
