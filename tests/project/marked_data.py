"""A dataset, a figure and a release of one office, for tests that try every act on things of a place."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tianqu.kernel.datasets import api as datasets
from tianqu.kernel.datasets.models import Dataset
from tianqu.kernel.figures import api as figures
from tianqu.kernel.figures.computing import Computed
from tianqu.kernel.journal.api import SYSTEM
from tianqu.kernel.releases import api as releases


class MarkedData:
    """The things, and arguments of the acts on them."""

    def __init__(self, *, unit_id: UUID, unit_code: str) -> None:
        self.unit_id = unit_id
        self.unit_code = unit_code
        self.dataset: Dataset = datasets.describe_dataset(SYSTEM, description=self.description("marked.rows"))
        self.figure = figures.define_figure(SYSTEM, definition=self.definition("marked.total"))
        self.release_id = releases.draft_release(
            SYSTEM, code="marked-release", unit_id=unit_id, issuer="局", issuer_en="Bureau", periods=["2020"]
        )

        releases.revise_release(
            SYSTEM,
            release_id=self.release_id,
            text="# 情况\n\n如常。",
            text_en="# State\n\nAs ever.",
            expected_revision=0,
        )

    def description(self, code: str) -> datasets.Description:
        return datasets.Description(code=code, title="数据", title_en="Rows", domain="town", unit_id=self.unit_id)

    def definition(self, code: str) -> figures.FigureDefinition:
        return figures.read_definition(
            {
                "code": code, "domain": "town", "name": "总数", "name_en": "Total", "unit": self.unit_code,
                "formula": {"constant": "1"}, "periods": ["2020"],
            }
        )  # fmt: skip

    def arguments(self, act: str) -> dict[str, Any]:
        """What an act of these rooms takes, made up but whole."""
        return {
            "dataset_id": self.dataset.id, "figure_id": self.figure.id, "release_id": self.release_id,
            "description": self.description("marked.rows" if act == "datasets.change" else "marked.other"),
            "definition": self.definition("marked.total"), "computed": Computed(1, (), 0),
            "schema": datasets.Schema((datasets.Column("n", "integer"),)), "sidecar": {}, "period": "2020",
            "parts": [datasets.Part("0" * 64, 1, 1)], "unit_id": self.unit_id, "code": "marked-other",
            "expected_revision": 1, "reason": "重复", "pins": {"edition": 1, "figures": {}}, "papers": {},
            "passages": [], "unit_ids": [self.unit_id],
        }  # fmt: skip
