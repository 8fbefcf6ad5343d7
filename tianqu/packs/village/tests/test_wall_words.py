"""Every account of the charts of villages is said in words that a farmer reads, in both languages."""

from __future__ import annotations

import pytest
from django.utils.translation import override

from tianqu.packs.village.statements.layouts import CASH_CODES
from tianqu.packs.village.tests.walls import chart_lines
from tianqu.packs.village.wall.words import IN, OUT, plain_words

ACCOUNTS = [
    (f"cn.village.{year}", line.code)
    for year in ("2004", "2023") for line in chart_lines(year) if line.code not in CASH_CODES
]  # fmt: skip


@pytest.mark.parametrize(("chart", "code"), ACCOUNTS, ids=[f"{chart}-{code}" for chart, code in ACCOUNTS])
def test_money_from_and_to_an_account_has_words_of_its_own(chart: str, code: str) -> None:
    for direction in (IN, OUT):
        said = {}
        for language in ("en", "zh-hans"):
            with override(language):
                said[language] = plain_words(code, chart=chart, direction=direction)
                assert said[language] != plain_words("none", chart=chart, direction=direction)
        assert said["en"].isascii() and not said["zh-hans"].isascii()
