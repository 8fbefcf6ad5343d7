"""The few words that a bulletin says by itself, in its own language, whoever looks at it in whatever language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

from tianqu.kernel.releases.prose.document import Language

Words: TypeAlias = Mapping[str, str]

WORDS: Final[dict[Language, Words]] = {
    Language.ZH: {
        "contents": "目录", "table": "表", "chart": "图", "name": "指标", "value": "数值", "unit": "单位",
        "change": "变化", "as_of": "时间", "question": "问", "answer": "答", "note": "注", "case": "案例",
        "sources": "数据出处", "sources_told": "文中每个数字都可以打开下列地址，逐级查到原始记录。",
        "made_of": "版本与复核", "address": "地址", "colon": "：", "comma": "，", "open": "（", "close": "）",
    },
    Language.EN: {
        "contents": "Contents", "table": "Table", "chart": "Chart", "name": "Figure", "value": "Value", "unit": "Unit",
        "change": "Change", "as_of": "As of", "question": "Question", "answer": "Answer", "note": "Note",
        "case": "Case", "sources": "Where the figures come from",
        "sources_told": "Each figure in this text opens at its address, down to the rows it was counted from.",
        "made_of": "What this was made of", "address": "Address", "colon": ": ", "comma": ", ",
        "open": " (", "close": ")",
    },
}  # fmt: skip


def numbered(word: str, number: int, language: Language) -> str:
    """ "图3", "Chart 3"."""
    return f"{word}{number}" if language is Language.ZH else f"{word} {number}"


def spoken(*, word: str, speaker: str, words: Words) -> str:
    """ "问（大众日报）：", "Question (Dazhong Daily): "."""
    behind = f"{words['open']}{speaker}{words['close']}" if speaker else ""
    return f"{word}{behind}{words['colon']}"
