"""From what people write in cells to exact values, in the engine: full-width digits, thousands, Chinese dates.

Each expression gives null for a text that is no value of its type; a cell that is empty is null to begin with, so a row
in which a text became null is a row to refuse. Nothing is rounded: a number with too many decimals is refused.
"""

from __future__ import annotations

from typing import Final

from tianqu.base.errors import _
from tianqu.kernel.datasets.schema import Column

NARROW: Final = ("０１２３４５６７８９．－，＋％（）／：　", "0123456789.-,+%()/: ")
SPACES: Final = (" ", "\u3000", "\u00a0")  # that are taken away around a text
YES: Final = ("true", "yes", "1", "是", "有", "y", "t")
NO: Final = ("false", "no", "0", "否", "无", "n", "f")
REASONS: Final = {
    "integer": _("This is not a whole number."),
    "decimal": _("This is not a number with at most that many decimals."),
    "date": _("This is not a date."),
    "time": _("This is not a time."),
    "boolean": _("This is neither yes nor no."),
    "text": _("This text cannot be taken."),
}
MISSING_KEY: Final = _("A column of the key is empty.")
KEY_TWICE: Final = _("Another row before this one has the same key.")

# The engine itself would also take "infinity" and the year 0, and cut what stands behind.
_DAY: Final = "(\\d{3}[1-9]|\\d{2}[1-9]0|\\d[1-9]00|[1-9]000)-\\d{1,2}-\\d{1,2}"


def narrowed(cell: str) -> str:
    """The expression of a cell with full-width digits and signs made plain, without spaces around it."""
    wide, plain = NARROW
    return f"trim(translate({cell}, '{wide}', '{plain}'))"


def cast(column: Column, cell: str) -> str:
    """The expression that reads the text expression ``cell`` as a value of ``column``; null where it is none."""
    text = f"nullif({narrowed(cell)}, '')"
    if column.type == "text":
        return f"nullif(trim(replace({cell}, chr(0), ''), '{''.join(SPACES)}'), '')"
    if column.type == "boolean":
        return f"CASE WHEN lower({text}) IN {YES!r} THEN true WHEN lower({text}) IN {NO!r} THEN false END"
    if column.type in ("integer", "decimal"):
        return _number(column, text)
    day = f"regexp_replace({text}, '^(\\d{{4}})[年/.](\\d{{1,2}})[月/.](\\d{{1,2}})日?', '\\1-\\2-\\3')"
    if column.type == "date":
        day = f"regexp_replace({day}, ' 00:00:00(\\.0+)?$', '')"
        return f"CASE WHEN regexp_full_match({day}, '{_DAY}') THEN TRY_CAST({day} AS DATE) END"
    moment = f"CAST(TRY_CAST({day} AS TIMESTAMPTZ) AS TIMESTAMP)"  # an offset behind it counts; without one it is UTC
    return f"CASE WHEN regexp_full_match({day}, '{_DAY}([ T]\\d.*)?') THEN {moment} END"


def _number(column: Column, text: str) -> str:
    plain = f"replace(replace({text}, ',', ''), '−', '-')"
    whole = f"regexp_full_match({plain}, '[-+]?[0-9]+(\\.0*)?')"
    if column.type == "integer":
        return f"CASE WHEN {whole} THEN TRY_CAST(regexp_replace({plain}, '\\.0*$', '') AS BIGINT) END"
    behind = f"[0-9]{{0,{column.decimals}}}0*"
    exact = f"regexp_full_match({plain}, '[-+]?([0-9]+(\\.{behind})?|\\.[0-9]{behind})')"
    return f"CASE WHEN {exact} THEN TRY_CAST({plain} AS {column.sql_type}) END"
