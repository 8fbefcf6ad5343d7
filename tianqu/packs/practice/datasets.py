"""Stations, teams and volunteers as datasets. Of volunteers only counts are told, by county, and no small ones."""

from __future__ import annotations

from typing import Any, Final

from tianqu.kernel.datasets.api import Column, DatasetDeclaration, JournalSource, Schema

SUBJECT: Final = Column("subject", "text", "标识", "Identifier")
COUNTY: Final = Column("county", "text", "县市区代码", "Code of the county", path="county")
SINCE: Final = Column("since", "date", "起始日期", "Since", path="since")


def placed(after: dict[str, Any]) -> dict[str, Any]:
    """What the columns are read from: an after-image with the codes of its county and its place."""
    codes = str(after.get("place_path") or "").split(".")
    return after | {"county": codes[1] if len(codes) > 1 else None, "place": codes[-1] or None}


def _declared(code: str, *columns: Column, subjects: str, zh: str, en: str, **more: Any) -> DatasetDeclaration:
    return DatasetDeclaration(
        code=f"practice.{code}", title=zh, title_en=en.capitalize(), grain=f"一行是一个{zh}",
        grain_en=f"one row is one of the {en}", domain="civil", unit="civil_affairs_bureau",
        source=JournalSource(subjects, shaped=placed),
        schema=Schema((SUBJECT, COUNTY, *columns, SINCE), ("subject",)), **more,
    )  # fmt: skip


_OPEN: Final = (
    Column("place", "text", "行政区划代码", "Code of the place", path="place"),
    Column("name", "text", "名称", "Name", path="name"),
    Column("name_en", "text", "英文名称", "English name", path="name_en"),
    Column("is_open", "boolean", "开放", "Open", path="is_open"),
)
DATASETS: Final = (
    _declared("stations", *_OPEN, subjects="station", zh="新时代文明实践站", en="practice stations", access="open",
              description="村和社区的文明实践站，何时建成，由哪里管理。",
              description_en="Stations of civic practice in villages, and since when each is there."),
    _declared(
        "teams",
        *_OPEN,
        Column("station", "text", "实践站", "Station", path="station_id"),
        Column("service", "text", "服务类别", "Kind of service", path="service"),
        subjects="team", zh="志愿团队", en="volunteer teams", access="open",
        description="实践站的常设志愿队伍及其服务类别。",
        description_en="Standing teams at the stations, each with its kind of service.",
    ),
    _declared(
        "volunteers", subjects="volunteer", zh="注册志愿者", en="registered volunteers", access="cells",
        cells=("county",), description="在实践站登记的志愿者，只按县市区公布人数；姓名和电话不在其中。",
        description_en="Who registered at a station, as counts by county; names and telephones are not in it.",
    ),
)  # fmt: skip
