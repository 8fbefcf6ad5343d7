"""Words that are numbers, and words that hold the character of one and are none.

The lists are part of what a release pins: a change of them changes what is found. docs/releases.md shows them.
"""

from __future__ import annotations

import re
from typing import Final

# A Chinese character that is a number by itself, with 半 (half) and 倍 (times). 几 and 数 say no number.
CHINESE: Final = frozenset("〇零一二三四五六七八九十百千万亿兆两俩仨廿卅萬億半倍壹贰叁肆柒捌玖貳參")
# Numbers as they stand on bills; alone they are other words (大陆, 队伍, 收拾), so they count beside another number.
ON_BILLS: Final = frozenset("伍陆拾佰仟陸")

# Chinese words with a number's character that say no number.
NOT_NUMBERS_ZH: Final = (
    "一起", "一些", "一定", "一直", "一致", "一切", "一般", "一样", "一旦", "一贯", "一向",
    "一再", "一律", "一同", "一道", "一并", "一经", "一面", "一边", "一时", "一心", "一味",
    "一概", "一如既往", "一举", "一线", "一体", "一体化", "一流", "一揽子", "一系列", "一方面",
    "另一方面", "一门心思", "一生", "一带一路", "一言", "一目了然", "统一", "万一", "专一", "单一",
    "同一", "逐一", "任一", "之一", "进一步", "新一轮", "新一代", "下一步", "合二为一", "第一时间",
    "第一书记", "第一责任人", "第一线", "第一手", "第三方", "第三者", "三农", "三资", "三公经费",
    "三重一大", "三会一课", "三角", "五保", "五险一金", "五金", "五谷", "三轮车", "三维", "二维码",
    "二维", "二氧化碳", "二手", "二胎", "四川", "四季", "四面八方", "四周", "四肢", "四处",
    "五湖四海", "七夕", "八卦", "九州", "十分", "十足", "十字路口", "百姓", "老百姓", "百货", "百科",
    "千方百计", "千家万户", "千克", "千米", "千瓦", "千瓦时", "千万要", "万众一心", "万物", "万事",
    "万家灯火", "半导体", "半岛", "半径", "半成品", "半挂", "两岸", "两会", "两侧", "两地", "两旁",
    "两者", "零售", "零工", "零件", "零部件", "零距离", "零散", "零星", "零食", "零钱", "归零",
)  # fmt: skip

_UNITS_EN: Final = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred hundreds "
    "thousand thousands million millions billion billions trillion trillions dozen dozens score half halves "
    "quarter quarters twice thrice fold twofold threefold fourfold fivefold tenfold first second third thirds "
    "fourth fourths fifth fifths sixth seventh eighth ninth tenth tenths eleventh twelfth thirteenth "
    "fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth thirtieth fortieth fiftieth "
    "hundredth thousandth double doubles doubled doubling triple triples tripled tripling treble trebled "
    "quadruple quadrupled quintuple quintupled halve halved halving"
)
ENGLISH: Final = re.compile(rf"(?<![A-Za-z])(?:{'|'.join(_UNITS_EN.split())})(?![A-Za-z])", re.IGNORECASE)

# English words and phrases with a number's word that say no number.
NOT_NUMBERS_EN: Final = (
    "third party", "third parties", "third-party", "no one", "one another", "one by one", "one-stop", "first aid",
    "first secretary", "first of all", "at first", "first-hand", "first hand", "second-hand", "second hand",
    "double-entry", "double entry", "double-check", "two-way", "one-way", "one thing",
)  # fmt: skip

_CLAUSE: Final = r"(?:^|(?<=[。；：！？;:!?\n]))[ \u3000]*"
_ORDER_ZH: Final = r"[一二三四五六七八九十]{1,3}"
# What numbers parts of a text: "一、" and "（一）" at its head, "一是" and "第一，" where a clause begins.
ENUMERATION: Final = re.compile(
    rf"^[ \u3000]*(?:{_ORDER_ZH}、|[（(](?:{_ORDER_ZH}|[0-9]{{1,2}})[）)]|第{_ORDER_ZH}[章节条部分]{{1,2}}"
    r"|[0-9]{1,2}[.．、)）](?![0-9]))"
    rf"|{_CLAUSE}(?:其{_ORDER_ZH}，|{_ORDER_ZH}[是则要]|第{_ORDER_ZH}[，,、])"
    r"|(?:^|(?<=[.;:!?] ))(?:first|second|third|fourth|fifth|sixth|firstly|secondly|thirdly),",
    re.IGNORECASE,
)
