"""The terms by which published orders are found: words of letters and digits, and pairs of Chinese characters.

Chinese is written without blanks and most of its words have two characters, so that neither PostgreSQL's parsers nor
its trigrams find them; pairs do, whatever the locale of the database.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

TERMS_MAX: Final = 2_000
QUERY_TERMS_MAX: Final = 40
_RUNS: Final = re.compile(r"[㐀-䶿一-鿿豈-﫿\U00020000-\U0003ffff]+|[^\W_㐀-䶿一-鿿豈-﫿]+")


def search_terms(text: str) -> list[str]:
    """Return the terms of a text, each once, at most 2,000 of them."""
    return _terms(text, most=TERMS_MAX, single=True)


def query_terms(text: str) -> list[str]:
    """Return the terms that must all be there to match what somebody typed; a lone character counts alone."""
    return _terms(text, most=QUERY_TERMS_MAX, single=False)


def search_runs(text: str) -> list[str]:
    """Return the runs of Chinese characters and the words of a text, as they are compared, in their order."""
    found: list[str] = _RUNS.findall(unicodedata.normalize("NFKC", text).lower())
    return found


def _terms(text: str, *, most: int, single: bool) -> list[str]:
    terms: dict[str, None] = {}
    for run in search_runs(text):
        if run[0] < "㐀":
            terms[run[:60]] = None
        else:
            if single or len(run) == 1:
                terms.update(dict.fromkeys(run))
            terms.update(dict.fromkeys(run[at : at + 2] for at in range(len(run) - 1)))
        if len(terms) >= most:
            break
    return list(terms)[:most]
