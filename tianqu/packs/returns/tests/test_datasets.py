"""What was accepted of returns, as datasets: what stands, what is closed, and the way to the return."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.kernel.datasets.conftest import store
from tests.kernel.datasets.happening import place_all
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.datasets import api as datasets
from tianqu.kernel.journal.api import ANYBODY, SYSTEM, set_scope
from tianqu.packs.returns import acts
from tianqu.packs.returns.designing import ColumnChoice, ColumnKind, FormColumn
from tianqu.packs.returns.estimating import Method
from tianqu.packs.returns.filling import FilingRow
from tianqu.packs.returns.tests.stage import Stage, trade
from tianqu.packs.returns.tests.test_pages import browser

__all__ = ["store"]
MONEY: dict[str, Any] = {"kind": ColumnKind.DECIMAL, "decimals": 2, "unit_zh": "万元", "unit_en": "10,000 yuan"}
FIRMS = (
    FormColumn("owner", "权属", "Owned by", ColumnKind.CHOICE, 0, choices=(ColumnChoice("city", "市属", "City"),)),
    *(FormColumn(name, name, name, **MONEY) for name in ("assets", "debts")),
)


@pytest.fixture
def declared(stage: Stage, store: Path) -> Iterator[Stage]:
    datasets.describe_declared()
    yield stage


def rows(code: str, *names: str) -> list[tuple[Any, ...]]:
    """What the newest version holds after the journal was read, by the first of some columns."""
    place_all()
    datasets.materialise(code)
    set_scope(SYSTEM.scope)
    opened = datasets.open_version(SYSTEM, datasets.dataset_called(SYSTEM, code))
    return sorted(datasets.rows_page(opened, datasets.Question(columns=names)).rows)


def test_rows_are_what_stands_now(declared: Stage) -> None:
    stage, names = declared, ("year", "total", "estimated", "revised", "revision")
    stage.accepted("2019", trade("30", "20.00", 50))
    campaign_id = stage.open("2020")
    filing_id = stage.filing(campaign_id)
    acts.estimate_filing(stage.officer, filing_id=filing_id, method=Method.LAST_PERIOD)
    assert rows("returns.trade", *names) == [(2019, 500_000, False, False, 1), (2020, 500_000, True, False, 1)]
    stage.submit(filing_id, trade("60", "40.55", "100.55"), explanations=stage_why())
    assert rows("returns.trade", *names)[1] == (2020, 500_000, True, False, 1)  # until it is accepted
    acts.accept_filing(stage.officer, filing_id=filing_id, number=2)
    assert rows("returns.trade", *names)[1] == (2020, 1_005_500, False, False, 2)
    stage.submit(filing_id, trade("60", "41.00", "101.00"), explanations=stage_why(), reason="更正进口")
    acts.accept_filing(stage.officer, filing_id=filing_id, number=3)
    assert rows("returns.trade", *names)[1] == (2020, 1_010_000, False, True, 3)


def stage_why() -> list[Any]:
    return [acts.Explanation("steady", "", "新增大客户")]


def firms(*told: tuple[str, str]) -> list[FilingRow]:
    return [FilingRow(key, {"owner": "city", "assets": assets, "debts": "1"}) for key, assets in told]


def test_what_enterprises_filed_is_closed_and_one_that_is_gone_is_gone(declared: Stage) -> None:
    stage, form_id = declared, new_identifier()
    acts.design_form(
        stage.officer, form_id=form_id, code="enterprises", title_zh="国企", title_en="Enterprises",
        periodicity=acts.Periodicity.YEAR, columns=FIRMS, keyed=True, key_title_zh="企业", key_title_en="Enterprise",
    )  # fmt: skip
    filing_id = stage.filing(stage.open("2020", form_id=form_id))
    stage.submit(filing_id, *firms(("甲公司", "10"), ("乙公司", "20")))
    acts.accept_filing(stage.officer, filing_id=filing_id, number=1)
    assert rows("returns.enterprises", "year", "owner") == [(2020, "city"), (2020, "city")]
    stage.submit(filing_id, *firms(("乙公司", "20.5")), reason="甲公司已注销")
    acts.accept_filing(stage.officer, filing_id=filing_id, number=2)
    assert rows("returns.enterprises", "year", "owner") == [(2020, "city")]
    set_scope(ANYBODY.scope)
    dataset = datasets.dataset_called(ANYBODY, "returns.enterprises")
    opened = datasets.open_version(ANYBODY, dataset)
    assert not {"enterprise", "county", "unit", "filing", "assets"} & set(opened.schema.names)
    set_scope(SYSTEM.scope)
    whole = datasets.opened(dataset, datasets.version_of(dataset, number=dataset.version), audience="whole")
    assert datasets.measured(whole, (datasets.Measure("sum", "assets"),), ()) == (205_000,)


def test_a_row_leads_officials_to_its_return(declared: Stage) -> None:
    stage = declared
    filing_id = stage.accepted("2020")
    rows("returns.trade", "year")
    address = f"/returns/{filing_id}/"
    set_scope(SYSTEM.scope)
    opened = datasets.open_version(SYSTEM, datasets.dataset_called(SYSTEM, "returns.trade"))
    (number,) = datasets.rows_page(opened, datasets.Question()).numbers
    page = f"/data/returns.trade/v{opened.version.number}/rows/{number}"
    desk = browser(stage.officer)
    assert address in desk.get(page).content.decode() and desk.get(address).status_code == 200
    seen = Client().get(page)
    assert seen.status_code == 200 and f'href="{address}"' not in seen.content.decode()
