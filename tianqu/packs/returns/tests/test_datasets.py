"""What was accepted of returns, as datasets: what stands, what is closed, and the way to the return."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from tests.kernel.datasets.conftest import store
from tests.kernel.datasets.happening import place_all
from tianqu.base.errors import InvalidInputs
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.datasets import api as datasets
from tianqu.kernel.journal.api import ANYBODY, SYSTEM, Actor, set_scope
from tianqu.packs.returns import acts
from tianqu.packs.returns.designing import ColumnChoice, ColumnKind, FormColumn
from tianqu.packs.returns.estimating import Method
from tianqu.packs.returns.filling import FilingRow
from tianqu.packs.returns.tests.stage import GOOD, Stage, trade
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


def accepted(
    stage: Stage, form_id: UUID, values: dict[str, Any], *, office: Actor | None = None, campaign_id: UUID | None = None
) -> None:
    """What a county filed of a return, accepted by its office."""
    office = office or stage.officer
    filing_id = stage.filing(campaign_id or stage.open("2020", form_id=form_id, actor=office))
    stage.submit(filing_id, FilingRow("", values))
    acts.accept_filing(office, filing_id=filing_id, number=1)


def test_money_is_told_to_the_fen_in_whatever_unit_it_was_filed(declared: Stage) -> None:
    names = (("tax", "元", 2), ("social", "万元", 6), ("medical", "亿元", 6), ("total", "万元", 0))
    columns = [FormColumn(name, name, name, decimals=places, unit_zh=unit) for name, unit, places in names]
    declared.design(form_id=(form_id := new_identifier()), code="relief", columns=columns, checks=())
    accepted(declared, form_id, {"tax": "12345.67", "social": "1.234567", "medical": "0.000001", "total": "5"})
    assert rows("returns.relief", *(name for name, _unit, _places in names)) == [
        (Decimal("12345.67"), Decimal("12345.67"), Decimal(100), Decimal(50_000))
    ]


def test_counts_that_were_designed_with_decimals_are_told_where_they_are_whole(
    declared: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    columns = [FormColumn(name, name, name, decimals=1, unit_zh="吨") for name in ("summer", "autumn")]
    with monkeypatch.context() as patched:
        patched.setattr("tianqu.packs.returns.registers.laws.FILLED", {})  # as it was designed in earlier days
        declared.design(form_id=(form_id := new_identifier()), code="grain", columns=columns, checks=())
        campaign_id = declared.open("2020", form_id=form_id)
    with pytest.raises(InvalidInputs):
        declared.open("2021", form_id=form_id)  # from now on it is designed anew first
    accepted(declared, form_id, {"summer": "3.0", "autumn": "3.5"}, campaign_id=campaign_id)
    assert rows("returns.grain", "summer", "autumn") == [(3, None)]


def test_what_another_office_accepts_under_the_code_of_a_dataset_is_not_in_it(
    declared: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("tianqu.packs.returns.registers.laws.FILLED", {})  # as it was designed in earlier days
        declared.design(form_id=(form_id := new_identifier()), code="investment", actor=declared.stranger)
    accepted(declared, form_id, dict(GOOD.values), office=declared.stranger)
    assert rows("returns.investment", "year") == []
    declared.accepted("2020")
    assert rows("returns.trade", "year") == [(2020,)]


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
