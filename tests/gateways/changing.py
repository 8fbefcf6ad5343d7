"""A file of books in which somebody changed an amount, so that it is balanced still."""

from __future__ import annotations

import re
from pathlib import Path

LEGS = re.compile(
    r"^( +)(?P<debit>\S+)  (?P<amount>\d+) (?P<unit>\S+)\n +(?P<credit>\S+)  -(?P=amount) (?P=unit)\n(?! +\S+  -?\d)",
    re.MULTILINE,
)


def changed(path: Path) -> set[str]:
    """Add one to both legs of a transfer in the middle of a file; return the two accounts."""
    text = path.read_text(encoding="utf-8")
    found = list(LEGS.finditer(text))
    legs = found[len(found) // 2]
    one_more = legs[0].replace(f"{legs['amount']} ", f"{int(legs['amount']) + 1} ")
    path.write_text(text[: legs.start()] + one_more + text[legs.end() :], encoding="utf-8")
    return {legs["debit"], legs["credit"]}
