"""Money as whole fen (hundredths of a yuan; cents elsewhere): read as people type it, said as people read it."""

from __future__ import annotations

import re

from tianqu.base.errors import InvalidInput, _

FEN_MAX = 10**14  # one trillion yuan: beyond it somebody leant on a key
_YUAN = re.compile(r"(-?)([0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,15})(?:\.([0-9]{1,2}))?")


def read_yuan(text: str) -> int:
    """Read "1,234.5" yuan as 123450 fen. More than two decimals are refused, never rounded."""
    match = _YUAN.fullmatch(text.strip())
    if match is None:
        raise InvalidInput(
            _("“%(value)s” is not an amount of money."), field="amount", value=text,
            remedy=_("Give for instance 1234.50."),
        )  # fmt: skip
    sign, whole, part = match.groups()
    fen = int(whole.replace(",", "")) * 100 + int((part or "").ljust(2, "0"))
    if fen > FEN_MAX:
        raise InvalidInput(_("The amount %(value)s is too large."), field="amount", value=text)
    return -fen if sign else fen


def yuan(fen: int) -> str:
    """Say 123450 fen as "1,234.50"."""
    whole, part = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{whole:,}.{part:02}"
