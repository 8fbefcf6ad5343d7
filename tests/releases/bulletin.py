"""A small bulletin in both languages, and the figures that it quotes."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Final

from tianqu.kernel.releases.api import (
    Allowances,
    Imprint,
    Language,
    PrintedCase,
    PrintedFigure,
    PrintedRelation,
    Quotable,
    ResolvedDocument,
    read_prose,
    renderer_pins,
    resolve,
)

ZH: Final = """# 德州市2020年外贸情况

## 一、总体情况
2020年，全市进出口总额{{ figure trade.total }}，{{ figure trade.total change }}；其中出口**{{ figure trade.export }}**。
增速{{ claim "居全省首位" of trade.rank }}，{{ claim "统计范围大于往年" source "海关总署公告" }}。

{{ table trade.total trade.export trade.import caption "主要指标" }}

{{ chart bar trade.total trade.export trade.import title "进出口总额及构成" alt "横条自上而下" }}

## 二、历年
{{ chart line year.2018 year.2019 year.2020 title "历年进出口总额" }}

{{ chart share trade.export trade.import title "出口与进口" }}

> 注：咨询可拨打{{ literal "12345" reason "热线号码" }}。

{{ case DZ-17 "某企业反映退税慢，当日办结。" }}

## 三、答记者问
问（大众日报）：请问下一步？
答：继续落实。折合{{ figure trade.total in 万 }}。

1. 支持参展；
2. 扩大保险。
"""
EN: Final = """# Foreign trade of Dezhou in 2020

## Overview
In 2020 trade came to {{ figure trade.total }}, {{ figure trade.total change }}; exports were
**{{ figure trade.export }}**. Growth was {{ claim "the highest in the province" of trade.rank }}.

{{ table trade.total trade.export trade.import caption "Foreign trade" }}

{{ chart bar trade.total trade.export trade.import title "Foreign trade" alt "Bars that lie" }}

## The years before
{{ chart line year.2018 year.2019 year.2020 title "Foreign trade over the years" }}

{{ chart share trade.export trade.import title "Exports and imports" }}

> Note: call {{ literal "12345" reason "the hotline" }}.

{{ case DZ-17 "A firm waited for its tax refund; it was settled within the day." }}

## Questions
Q (Dazhong Daily): What comes next?
A: We go on as announced.

- fairs
- insurance
"""
SOURCES: Final = {Language.ZH: ZH, Language.EN: EN}
ALLOWED: Final = Allowances(frozenset({"2020"}))
SHANGHAI: Final = timezone(timedelta(hours=8))


def figure(identifier: str, zh: str, en: str, value: str, value_en: str, **more: str) -> PrintedFigure:
    """A figure of trade, in 亿元 and billion yuan."""
    told = {"address": f"/figures/{identifier}", "as_of": "2020", "unit_zh": "亿元", "unit_en": "billion yuan"} | more
    return PrintedFigure(id=identifier, name_zh=zh, name_en=en, value_zh=value, value_en=value_en, exact=value, **told)  # type: ignore[arg-type]


FIGURES: Final = {
    each.id: each
    for each in (
        figure(
            "trade.total", "进出口总额", "foreign trade", "386.9", "38.69", change_zh="增长27.5%", change_en="up 27.5%"
        ),
        figure("trade.export", "出口总额", "exports", "204.3", "20.43"),
        figure("trade.import", "进口总额", "imports", "182.6", "18.26"),
        figure("year.2018", "进出口总额", "foreign trade", "281.0", "28.10", as_of="2018"),
        figure("year.2019", "进出口总额", "foreign trade", "303.5", "30.35", as_of="2019"),
        figure("year.2020", "进出口总额", "foreign trade", "386.9", "38.69", as_of="2020"),
    )
}
RELATIONS: Final = {
    "trade.rank": PrintedRelation("trade.rank", "全省增速位次", "ranking by growth", "/relations/trade.rank")
}
CASES: Final = {"DZ-17": PrintedCase("DZ-17", "出口退税进度咨询", "/requests/DZ-17")}
QUOTABLE: Final = Quotable(FIGURES, RELATIONS, CASES)


def resolved(language: Language, source: str = "", quotable: Quotable = QUOTABLE) -> ResolvedDocument:
    """The bulletin with its figures, or another text."""
    reading = read_prose(source or SOURCES[language], language=language, allowed=ALLOWED)
    assert not reading.findings, [str(each) for each in reading.findings]
    return resolve(reading.document, quotable)


def imprint(issuer: str = "德州市人民政府新闻办公室") -> Imprint:
    """Who publishes it, and when."""
    return Imprint(
        issuer, "第12期",
        datetime(2021, 1, 26, 10, tzinfo=SHANGHAI), "https://data.dezhou.example", "/releases/2021-12",
        (("journal", "10,234"), *renderer_pins()),
    )  # fmt: skip
