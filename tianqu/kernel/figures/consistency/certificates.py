"""The two proofs of a verdict, and how anybody checks them with fractions alone.

"Holds" is proved by a **witness**: a true value for each figure that fits every row. "Cannot hold" is proved by a
**certificate** (Farkas, 1902): rows that, multiplied by its positive numbers and added up, leave no figure at all and
say that 0 is less than itself. Neither check uses anything of the solver.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal

from tianqu.kernel.figures.consistency.spans import Span

Side = Literal["low", "high"]
LOW: Final[Side] = "low"
HIGH: Final[Side] = "high"


@dataclass(frozen=True, slots=True)
class Row:
    """What a statement says: the sum of ``terms`` (variable, whole coefficient) lies in ``span``."""

    statement: int
    terms: tuple[tuple[int, int], ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Multiplied:
    """One line of a certificate: a row's lower or upper end, and the positive number that it is multiplied by."""

    row: int
    side: Side
    by: Fraction


def contradiction(rows: Sequence[Row], lines: Sequence[Multiplied]) -> tuple[dict[int, Fraction], Fraction, bool]:
    """Add up the lines as ``sum of terms ≤ bound``. Returns the terms that are left, the bound, whether it is ``<``.

    Raises ``ValueError`` for a line that names an end that is not there or a multiplier that is not positive.
    """
    terms: dict[int, Fraction] = {}
    bound, strict = Fraction(0), False
    for line in lines:
        row, sign = rows[line.row], 1 if line.side == HIGH else -1
        end = row.span.high if line.side == HIGH else row.span.low
        if end is None or line.by <= 0:
            raise ValueError("a line of the certificate names no end, or multiplies by nothing")
        strict = strict or (row.span.high_open if line.side == HIGH else row.span.low_open)
        bound += sign * line.by * end
        for variable, coefficient in row.terms:
            terms[variable] = terms.get(variable, Fraction(0)) + sign * line.by * coefficient
    return {variable: left for variable, left in terms.items() if left}, bound, strict


def proves(rows: Sequence[Row], lines: Sequence[Multiplied]) -> bool:
    """Say whether the lines prove that the rows cannot hold together."""
    try:
        left, bound, strict = contradiction(rows, lines)
    except (ValueError, IndexError):
        return False
    return not left and (bound < 0 or (bound == 0 and strict))


def fits(rows: Sequence[Row], values: Mapping[int, Fraction]) -> bool:
    """Say whether the values fit every row."""
    return all(
        sum((coefficient * values[variable] for variable, coefficient in row.terms), Fraction(0)) in row.span
        for row in rows
    )
