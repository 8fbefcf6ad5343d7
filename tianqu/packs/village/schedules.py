"""What falls due under a contract as people write it: a line for each rent, in a form as in a cell of a spreadsheet.

A line is the day due, yuan, the first day that it pays for, the first that it does not, and yuan paid:
``2026-01-01 5000 2026-01-01 2027-01-01 5000``. In a cell a semicolon does for the end of a line.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from tianqu.base.errors import InvalidInput, _
from tianqu.base.quantities import UNITS, format_quantity, read_quantity
from tianqu.kernel.files.api import day_read
from tianqu.packs.village.rules.facts import Instalment

PARTS: Final = (4, 5)  # the last may be left out: nothing was paid
YUAN: Final = UNITS["fen"]
_BETWEEN_LINES: Final = re.compile(r"[\n\r;]+")


def schedule_read(text: str, *, field: str) -> tuple[Instalment, ...]:
    """Read a schedule. Raises ``InvalidInput`` that names the line."""
    lines = [line.strip() for line in _BETWEEN_LINES.split(unicodedata.normalize("NFKC", text))]
    return tuple(_instalment(line, number, field=field) for number, line in enumerate((one for one in lines if one), 1))


def _instalment(line: str, number: int, *, field: str) -> Instalment:
    parts = [part for part in (part.strip(",、") for part in line.split()) if part]
    if len(parts) not in PARTS:
        raise InvalidInput(
            _("Line %(line)s has %(value)s parts."), field=field, value=len(parts), line=number,
            remedy=_("Write four or five, with blanks between them: due, yuan, from, until, paid."),
        )  # fmt: skip
    due, amount, first, until, *paid = parts
    try:
        return Instalment(
            day_read(due, column=field), read_quantity(amount, YUAN), day_read(first, column=field),
            day_read(until, column=field), read_quantity(paid[0], YUAN) if paid else 0,
        )  # fmt: skip
    except InvalidInput as error:
        raise InvalidInput(
            _("Line %(line)s of what falls due holds “%(value)s”, which cannot be read."), field=field,
            value=str(error.value)[:40], line=number, remedy=_("Write days as 2026-03-09 and yuan as 5000 or 5000.50."),
        ) from error  # fmt: skip


def schedule_said(instalments: Iterable[Instalment]) -> str:
    """Write a schedule as it is read."""
    return "\n".join(
        f"{one.due_on} {plain_yuan(one.amount_fen)} {one.covers_from} {one.covers_until} {plain_yuan(one.paid_fen)}"
        for one in instalments
    )


def plain_yuan(fen: int) -> str:
    """Write an amount in yuan without marks between thousands."""
    return format_quantity(fen, YUAN).replace(",", "")
