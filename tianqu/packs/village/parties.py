"""Who is a person among the parties that registers name: everybody reads the names of organisations, and of no person.

The registers keep a party as it was typed and not what it is, so its name has to tell. A committee, a collective, a
cooperative, an enterprise, an office or a school is called by what its name ends with; whatever does not end so, and
whatever names somebody beside an organisation, is taken for a person. A household's farm or shop is called by the name
of its owner, and stays masked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

ENDINGS: Final = (
    # committees of villages and residents, their groups and collectives
    "委员会", "村委会", "居委会", "管委会", "村委", "居委", "社区", "村民小组", "村小组", "村集体", "党支部", "党总支",
    # cooperatives and enterprises
    "合作社", "联合社", "联社", "供销社", "信用社", "公司", "集团", "企业", "银行", "厂",
    # offices and institutions
    "政府", "党委", "街道办", "办事处", "办公室", "管理处", "水利局", "财政所", "司法所", "派出所", "供电所", "中心",
    "法院", "检察院", "协会", "商会", "联合会", "基金会", "学校", "小学", "中学", "大学", "学院", "幼儿园", "医院",
    "卫生院", "卫生室", "敬老院", "研究院", "研究所", "局", "站", "所", "院",
)  # fmt: skip
PERSON_MAX: Final = 3  # characters of most persons' names, which may end like a short ending: 张大学
# A person typed beside an organisation: 张三和王庄村委会, 张三的公司. Of the surnames the hundred commonest.
SURNAMES: Final = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石"
    "金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常"
)
_BESIDE: Final = re.compile(f"[{SURNAMES}][^和与及同代的]{{1,2}}(?:[和与及同代].{{4}}|的)")
_LONG: Final = tuple(ending for ending in ENDINGS if len(ending) >= PERSON_MAX)
_APART: Final = re.compile(r"[、，,；;/|\s]+")


def is_organisation(name: str) -> bool:
    """Say whether a party is certainly an organisation, by what its name ends with; several: whether all are."""
    parts = [part for part in _APART.split(name) if part]
    return bool(parts) and all(
        part.endswith(ENDINGS if len(part) > PERSON_MAX else _LONG) and not _BESIDE.match(part) for part in parts
    )


def masked(name: str) -> str:
    """Return a party as everybody may read it: of a person the first character alone (张* for 张三)."""
    return name if is_organisation(name) else name[:1] + "*" * min(len(name) - 1, 3)


def without_names(text: str, names: Iterable[str]) -> str:
    """Return what somebody typed with these names as everybody may read them, the longest first."""
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, masked(name))
    return text
