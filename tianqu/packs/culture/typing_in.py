"""What the forms of a season send, as values; all else is read by ``kernel.pack``."""

from __future__ import annotations

from tianqu.kernel.pack.api import Given, count_given, day_given, id_given
from tianqu.kernel.pack.api import fen_given as amount_given

__all__ = ["Given", "count_given", "day_given", "fen_given", "id_given"]


def fen_given(text: str, *, field: str) -> int:
    """An amount typed in yuan, in fen. Raises ``InvalidInput``."""
    return amount_given({field: text}, field)
