"""Write the plain files of realms/nyc-council from the council's own list of complaints.

    python tools/nyc_realm.py nyc-council-complaints.csv.gz

Districts become places and offices, each type of complaint an item, its descriptors the choices of one form field.
Run again, it writes the same files.
"""

from __future__ import annotations

import csv
import gzip
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import yaml

REALM = Path(__file__).resolve().parents[1] / "realms" / "nyc-council"
VALID_FROM = "2015-01-01"  # the first day in the file
NO_TYPE = "unspecified"

# What each type is called in Chinese; the English is the file's own wording, cut where the file cut it.
CHINESE = {
    "@getxlate.Udf_Code_Genera": "代码未翻译",
    "Aging": "老年服务",
    "CIVIL AND HUMAN RIGHTS": "民权与人权",
    "CONTRACTS": "政府合同",
    "COVID-19": "新冠疫情",
    "CRIMINAL JUSTICE": "刑事司法",
    "Civil Service and Labor": "公务员与劳工",
    "Consumer Affairs": "消费者事务",
    "Consumer Complaints": "消费投诉",
    "Cultural Affairs": "文化事务",
    "DISPLACEMENT": "居民安置",
    "DOCUMENTATION": "证明文件",
    "DWI": "酒驾",
    "EVNT": "活动",
    "Economy/Jobs": "经济与就业",
    "Education": "教育",
    "Environment": "环境",
    "FIRE AND EMERGENCY MANAGE": "消防与应急管理",
    "FOR-HIRE-VEHICLES": "出租车辆",
    "Finance": "财税",
    "General Welfare": "社会福利",
    "Government": "政府",
    "Governmental Operations": "政府运作",
    "HOSPITALS": "医院",
    "HOUSING AND BUILDINGS": "住房与建筑（旧类）",
    "Health": "卫生健康",
    "Housing and Buildings": "住房与建筑",
    "Human and Civil Rights": "人权与民权",
    "INT REQ": "内部请求",
    "Immigration": "移民事务",
    "JURY DUTY": "陪审义务",
    "JUSTICE SYSTEM": "司法系统",
    "Land Use": "土地使用",
    "Land Use and Zoning": "土地使用与区划",
    "Legal Services": "法律服务",
    "MEETING": "会面",
    "MENTAL HEALTH-DISABILITY-": "精神健康与残障",
    "NYCHA": "公共住房局",
    "NYPD - NEW YORK POLICE DE": "纽约警察局",
    "O AND I REQ": "监督调查请求",
    "OVERSIGHT AND INVESTIGATI": "监督与调查",
    "PATRIOTISM": "爱国活动",
    "PENSION FORMS": "养老金表格",
    "Parks": "公园",
    "Please choose an issue...": "未选事项",
    "Public Safety": "公共安全",
    "QUALITY OF LIFE": "生活品质（旧类）",
    "Quality of Life": "生活品质",
    "Recovery and Resiliency": "灾后恢复",
    "SCRIE": "老年人租金减免",
    "SMALL BUSINESS": "小企业",
    "SPAM MAIL": "垃圾邮件",
    "Sanitation": "环境卫生",
    "Select One": "未选择",
    "Transportation": "交通",
    "Utilities": "公用事业",
    "Veterans Affairs": "退伍军人事务",
    "WOMEN _ GENDER EQUITY": "妇女与性别平等",
    "Youth Services": "青少年服务",
}

# Borough, Chinese name, districts, a point in it (degrees, WGS 84).
BOROUGHS = [
    ("Manhattan", "曼哈顿", range(1, 11), -73.9712, 40.7831),
    ("Bronx", "布朗克斯", range(11, 19), -73.8648, 40.8448),
    ("Queens", "皇后区", range(19, 33), -73.7949, 40.7282),
    ("Brooklyn", "布鲁克林", range(33, 49), -73.9442, 40.6782),
    ("Staten Island", "史泰登岛", range(49, 52), -74.1502, 40.5795),
]


def main(file: str) -> None:
    """Read the file once and write the realm."""
    kinds: dict[str, Counter[str]] = defaultdict(Counter)
    districts: set[str] = set()
    with gzip.open(file, "rt", encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            kinds[row["complaint_type"]][row["descriptor"]] += 1
            districts.add(row["account"])
    write_places(districts)
    write_items(kinds)
    print(f"{len(districts)} districts, {len(kinds) - ('' in kinds)} types")


def write_places(districts: set[str]) -> None:
    """Write the city, its boroughs and districts, and an office for each."""
    places = [["nyc", "纽约市", "New York City", "city", "", "-73.9776", "40.7527", "no"]]
    units = [["council", "纽约市议会", "New York City Council", "council", "nyc", ""]]
    for borough, chinese, numbers, lon, lat in BOROUGHS:
        code = borough.lower().replace(" ", "_")
        places.append([code, chinese, borough, "borough", "nyc", f"{lon}", f"{lat}", "no"])
        for count, number in enumerate(numbers):
            district = f"NYCC{number:02d}"
            assert district in districts, district
            # The file says where nobody lives; points are laid out round the middle of the borough.
            point = [f"{lon + 0.02 * (count % 4 - 1.5):.4f}", f"{lat + 0.02 * (count // 4 - 1):.4f}"]
            names = [f"第{number}选区", f"Council District {number}"]
            places.append([district, *names, "district", code, *point, "yes"])
            office = [f"第{number}选区办公室", f"Office of Council District {number}"]
            units.append([f"office_{number:02d}", *office, "district_office", district, "council"])
    write_csv("places.csv", ["code", "name", "name_en", "kind", "parent", "lon", "lat", "position_invented"], places)
    write_csv("units.csv", ["code", "name", "name_en", "kind", "place", "parent"], units)


def write_csv(name: str, columns: list[str], rows: list[list[str]]) -> None:
    """Write one table of the realm."""
    with (REALM / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def write_items(kinds: dict[str, Counter[str]]) -> None:
    """Write one item a type, and the table by which a replay finds it."""
    folder = REALM / "items"
    folder.mkdir(exist_ok=True)
    table = {kind: slug(kind) if kind else NO_TYPE for kind in sorted(kinds)}
    assert len(set(table.values())) == len(table), "two types would share a code"
    for kind, code in table.items():
        item = item_of(kind, code, sorted(name for name in kinds[kind] if name))
        text = yaml.safe_dump([item], allow_unicode=True, sort_keys=False, width=118, default_flow_style=None)
        (folder / f"{code}.yaml").write_text(text, encoding="utf-8")
    lines = "".join(f"{quoted(kind)} = {quoted(code)}\n" for kind, code in table.items())
    (REALM / "replay.toml").write_text(REPLAY + lines, encoding="utf-8")


def item_of(kind: str, code: str, descriptors: list[str]) -> dict[str, Any]:
    """Return one type of complaint as docs/items.md lays an item out."""
    name = {"zh": CHINESE[kind], "en": kind} if kind else {"zh": "未注明类别", "en": "No type given"}
    fields = []
    if descriptors:
        values: dict[str, str] = {}
        for text in descriptors:
            value = slug(text)
            while value in values:
                value += "-2"
            values[value] = text
        choices = [{"value": value, "label": text} for value, text in values.items()]
        fields = [
            {"code": "descriptor", "kind": "choice", "label": {"zh": "细类", "en": "Descriptor"}, "choices": choices}
        ]
    return {
        "code": code,
        "valid_from": VALID_FROM,
        "family": "resident",
        "group": {"zh": "选区诉求", "en": "District requests"},
        "name": name,
        "summary": {
            "zh": f"向选区办公室反映：{name['zh']}。",
            "en": f"A request to a council member's office: {name['en']}.",
        },
        "answerable": [{"unit_kind": "district_office", "jurisdiction": "district"}],
        "clocks": {"finish": {"promised": "10 working days"}},
        "form": {"version": 1, "fields": fields},
        "steps": [
            {"code": "register", "by": "hotline", "name": {"zh": "登记", "en": "Registered"}},
            {"code": "handle", "by": "unit", "name": {"zh": "选区办公室办理", "en": "Handled by the district office"}},
        ],
        "keywords": sorted({word.lower() for word in re.findall(r"[A-Za-z]{4,}", kind)}),
    }


def slug(text: str) -> str:
    """Return a code for a wording: small letters, digits and hyphens, beginning with a letter."""
    words = "-".join(re.findall(r"[a-z0-9]+", text.lower())) or "other"
    words = words if words[0].isalpha() else f"n-{words}"
    return words if text != text.upper() or not text.isascii() or text.lower() == text else f"{words}-caps"


def quoted(text: str) -> str:
    """Return a TOML basic string."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


REPLAY = """# Which column of nyc-council-complaints.csv is what, for `tianqu replay`. Written by tools/nyc_realm.py.
source = "nyc-council"
encoding = "utf-8"
key = "unique_key"
repeated_key = "number"     # the file has 105 keys twice, with other contents: the second becomes KEY#2
time_zone = "America/New_York"
date_format = "%Y-%m-%d"
years = [1990, 2035]        # a date outside is a mistake
item = "complaint_type"
place = "account"           # the council member's district; council_dist is where the caller lives and often empty
title = "{complaint_type}: {descriptor}"
description = "{complaint_type}: {descriptor}"
address = "{city} {zip}"

[placed]
column = "opendate"
time = "09:00"              # the file gives days only

[closed]
column = "closedate"
time = "17:00"

[form]
descriptor = "descriptor"   # form field = column, by the label of the choice

[items]
"""


if __name__ == "__main__":
    main(sys.argv[1])
