"""Words that compare, and rest on nothing: 最高, 居全省第一, 翻番, "highest", "doubled", "more than".

A comparison is a statement about numbers although it holds no digit, so it must be within a claim that names the
figure, the relation or the source on which it rests. The lists are documented in docs/releases.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from tianqu.base.errors import _
from tianqu.kernel.releases.prose.digits import Allowances, declared
from tianqu.kernel.releases.prose.document import Language
from tianqu.kernel.releases.prose.findings import Finding, Kind, excerpt_of
from tianqu.kernel.releases.prose.passages import BOUND, Passage

_ORDER: Final = r"[一二三四五六七八九十百0-9]"
CHINESE: Final = re.compile(
    rf"最(?![近后终初])[\u4e00-\u9fff]?|之最|首(?:位|次|个|家|创|批|例|屈一指)|唯一|第一(?!季度|产业)|第{_ORDER}+[名位](?!者)"
    rf"|[居位](?:全[国省市县球]|榜首)[^，。；、]{{0,8}}|(?:名|位)列(?:前茅)?|前列|前{_ORDER}+[名位强]?|排名|冠军|榜首|领跑|领先|率先"
    r"|翻(?:了)?[一两二三四五六七八九十]?番|翻(?:了)?倍|倍增|成倍|超过|超出|超越|赶超|远超|突破|高于|低于|多于|少于|大于|小于|优于|好于"
    r"|快于|慢于|强于|不足|不到|不低于|不少于|过半|(?:绝)?大多数|多半|新高|新低|纪录|空前|史无前例|前所未有|有史以来"
    rf"|超(?={BOUND})|[近逾](?={BOUND})"
)
ENGLISH: Final = re.compile(
    r"(?<![A-Za-z])(?:"
    r"highest|lowest|largest|smallest|biggest|greatest|fastest|slowest|best|worst|longest|shortest"
    r"|strongest|weakest|richest|poorest|most|least|fewest|first|foremost|top|leading|leader|leads|unique"
    r"|only|unprecedented|unmatched|unrivalled|records? high|records? low|record|all-time|doubled?|doubles"
    r"|doubling|tripled?|triples|tripling|trebled?|quadrupled?|halved?|halves|halving|more than|less than"
    r"|fewer than|greater than|higher than|lower than|larger than|smaller than|faster than|slower than"
    r"|better than|worse than|exceed(?:s|ed|ing)?|surpass(?:es|ed|ing)?|outperform(?:s|ed|ing)?"
    r"|outstrip(?:s|ped)?|ahead of|ranks?|ranked|ranking|majority"
    r")(?![A-Za-z])"
    rf"|(?<![A-Za-z])(?:over|above|below|under|nearly|almost|up to|some)(?= ?{BOUND})",
    re.IGNORECASE,
)


def spans(passage: Passage, *, language: Language, allowed: Allowances) -> list[tuple[int, int]]:
    """Where a passage compares. Words in the other language are looked for too."""
    if passage.claim:
        return []
    patterns = (CHINESE, ENGLISH) if language is Language.ZH else (ENGLISH, CHINESE)
    harmless = list(declared(passage.text, language, allowed))
    found = [match.span() for pattern in patterns for match in pattern.finditer(passage.text)]
    return sorted((start, end) for start, end in found if not any(left <= start < right for left, right in harmless))


def unbound_comparisons(passage: Passage, found: list[tuple[int, int]]) -> Iterator[Finding]:
    """Say of each stretch that it compares and rests on nothing."""
    for start, end in found:
        yield Finding(
            Kind.COMPARISON, passage.places[start], excerpt_of(passage.written[start:end]),
            _("These words compare, and nothing says on what they rest."),
            _('Write {{ claim "the words" of ID }} with a figure or relation, or source "where it can be read".'),
        )  # fmt: skip
