"""Places, offices and information systems as datasets. Which datasets a system feeds is not among its columns."""

from __future__ import annotations

from typing import Any, Final

from tianqu.kernel.datasets.api import Column, DatasetDeclaration, JournalSource, Schema

SUBJECT: Final = Column("subject", "text", "标识", "Identifier")
SINCE: Final = Column("valid_from", "date", "起始日期", "Since", path="valid_from")
UNTIL: Final = Column("valid_to", "date", "终止日期", "Until", path="valid_to")
CODE: Final = Column("code", "text", "编码", "Code", path="code")
NAMES: Final = (
    Column("name", "text", "名称", "Name", path="name"),
    Column("name_en", "text", "英文名称", "English name", path="name_en"),
    Column("kind", "text", "种类", "Kind", path="kind"),
)
PLACES = DatasetDeclaration(
    code="places.places",
    title="行政区划",
    title_en="Places",
    grain="一个行政区划单位",
    grain_en="One place",
    domain="geography",
    unit="government",
    access="open",
    source=JournalSource("place"),
    schema=Schema(
        (
            SUBJECT,
            CODE,
            *NAMES,
            Column("path", "text", "路径", "Path", path="path"),
            Column("parent", "text", "上级标识", "Identifier of the place above", path="parent"),
            SINCE,
            UNTIL,
        ),
        ("subject",),
    ),
)
UNITS = DatasetDeclaration(
    code="places.units",
    title="机构",
    title_en="Offices",
    grain="一个机构",
    grain_en="One office",
    domain="government",
    unit="government",
    access="open",
    source=JournalSource("unit"),
    schema=Schema(
        (
            SUBJECT,
            CODE,
            *NAMES,
            Column("place", "text", "辖区标识", "Identifier of its place", path="place"),
            Column("parent", "text", "上级标识", "Identifier of the office above", path="parent"),
            SINCE,
            UNTIL,
        ),
        ("subject",),
    ),
)
STILL: Final = "9999-12-31"  # the last day of what runs on, so that one condition finds what ran on a day


def as_run(after: dict[str, Any]) -> dict[str, Any]:
    """What the columns are read from: a system with a last day in any case, and its domains as one text."""
    return after | {"until": after.get("until") or STILL, "domains": " ".join(after.get("domains", ())) or None}


SYSTEMS = DatasetDeclaration(
    code="cloud.systems",
    title="政务信息系统登记",
    title_en="Register of information systems",
    description="各单位登记的政务信息系统：由谁运行、何时启用、何时上云、供给哪些领域。仍在运行的，终止日期为9999-12-31。",
    description_en=(
        "Information systems as their offices register them: who runs each, since when, since when it is on the"
        " government cloud, which domains it feeds. The last day of what still runs is 9999-12-31."
    ),
    grain="一个信息系统",
    grain_en="One information system",
    domain="government",
    unit="approval_bureau",
    access="open",
    source=JournalSource("system", shaped=as_run),
    schema=Schema(
        (
            Column("subject", "text", "系统编码", "Code of the system"),
            Column("name", "text", "名称", "Name", path="name"),
            Column("name_en", "text", "英文名称", "English name", path="name_en"),
            Column("unit", "text", "单位编码", "Code of the office", path="unit"),
            Column("domains", "text", "供给领域", "Domains it feeds", path="domains"),
            Column("cloud_since", "date", "上云日期", "On the cloud since", path="cloud_since"),
            Column("since", "date", "启用日期", "In service since", path="since"),
            Column("until", "date", "终止日期", "Last day in service", path="until"),
        ),
        ("subject",),
    ),
)
DATASETS = (PLACES, UNITS, SYSTEMS)
