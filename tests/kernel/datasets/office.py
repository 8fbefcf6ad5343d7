"""Who publishes data in the tests, and a few small files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from tests.kernel.places.prefecture import Prefecture
from tests.kernel.places.prefecture import build as build_prefecture
from tianqu.kernel.datasets import api
from tianqu.kernel.journal.api import ANYBODY, Actor
from tianqu.kernel.places.api import actor_of

COLUMNS = (
    api.Column("county", "text", "县市区", "County"),
    api.Column("day", "date", "日期", "Day"),
    api.Column("amount", "decimal", "金额", "Amount", unit="万元", decimals=2),
    api.Column("firms", "integer", "企业数", "Firms"),
    api.Column("manager", "text", "负责人姓名", "Manager", personal=True, closed=True),
)
ROWS = """县市区,日期,金额,企业数,负责人姓名
德城区,2020-01-01,1.50,3,张三
德城区,2020-02-01,2.25,4,李四
陵城区,2020-01-01,10.00,1,王五
乐陵市,2020-03-01,,2,赵六
"""


@dataclass(frozen=True)
class Office:
    """What the tests hold on to."""

    prefecture: Prefecture
    officer: Actor  # of the housing bureau of the first county
    other: Actor  # of the housing bureau of the second county
    folder: Path  # of the test's own

    @property
    def stranger(self) -> Actor:
        return ANYBODY

    def file(self, text: str, name: str = "rows.csv") -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def described(self, **more: Any) -> api.Description:
        told: dict[str, Any] = {
            "code": "trade.by_county", "title": "分县贸易额", "title_en": "Trade by county", "domain": "industry",
            "unit_id": self.prefecture.units["c1.housing"].id, "access": "open",
        }  # fmt: skip
        return api.Description(**(told | more))

    def dataset(self, **more: Any) -> api.Dataset:
        return api.describe_dataset(self.officer, description=self.described(**more))

    def published(self, text: str = ROWS, *, schema: api.Schema | None = None, **more: Any) -> api.Dataset:
        """A dataset with one version."""
        dataset = self.dataset(**more)
        api.load_version(
            self.officer, dataset_id=dataset.id, path=self.file(text), schema=schema or api.Schema(COLUMNS)
        )
        return api.dataset_called(self.officer, dataset.code)


def build() -> Office:
    """Load everything through acts."""
    prefecture = build_prefecture()

    def post(unit: str, name: str) -> Actor:
        return actor_of(prefecture.person(unit, "data_officer", name=name), channel="web")

    return Office(
        prefecture, post("c1.housing", "周数"), post("c2.housing", "吴据"), Path(settings.TIANQU_DATASETS_URL).parent
    )
