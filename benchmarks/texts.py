"""Texts of requests, as long as people write them."""

from __future__ import annotations

import random
from typing import Final

WORDS: Final = (
    "小区门口", "下水道", "已经", "堵了", "三天", "污水", "流到", "路面上", "老人", "孩子", "出行", "不便", "请",
    "尽快", "派人", "疏通",
)  # fmt: skip
WORDS_EACH: Final = 45  # about 120 characters


def request_text(chance: random.Random) -> str:
    """What somebody writes, about 120 characters."""
    return "".join(chance.choice(WORDS) for _n in range(WORDS_EACH)) + "。"
