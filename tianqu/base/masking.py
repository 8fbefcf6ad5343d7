"""Names and numbers taken out of what everybody may read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

NUMBER: Final = re.compile(r"[0-9\uff10-\uff19](?:[ -]?[0-9\uff10-\uff19]){4,}")
TITLED: Final = re.compile(
    r"([\u4e00-\u9fff])[\u4e00-\u9fff]{1,2}(?=(?:\u8001\u5e08|\u5927\u7237|\u5927\u5a18|\u963f\u59e8|\u53d4\u53d4|\u540c\u5fd7|\u533b\u751f|\u961f\u957f))"
)


def masked_names(text: str, names: Iterable[str]) -> str:
    """A text in which known names keep their first character, and so do names before a form of address.

    Numbers of five digits and more go whole: telephones and papers.
    """
    for name in sorted({name for name in names if len(name) > 1}, key=len, reverse=True):
        text = text.replace(name, name[0] + "*" * (len(name) - 1))
    return NUMBER.sub("*****", TITLED.sub(r"\1**", text))
