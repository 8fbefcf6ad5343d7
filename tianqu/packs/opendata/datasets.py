"""Places and offices as datasets: what the identifiers in every other dataset stand for."""

from __future__ import annotations

from typing import Final

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
DATASETS = (PLACES, UNITS)
