"""Figures of a dataset with a newer version are computed anew: once, and only what differs, under its embargo."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.kernel.datasets.office import Office
from tests.kernel.figures.test_figures import BEFORE, TEXT, TOTAL, YEARS, define
from tianqu.kernel.datasets import api as datasets
from tianqu.kernel.figures import api, following
from tianqu.kernel.journal.api import ANYBODY, SYSTEM, seeing


@pytest.fixture
def trade(office: Office) -> Office:
    """Trade of two years, and its growth, which have followed the first version of their rows."""
    office.published(TEXT, schema=YEARS)
    growth = define(office, code="trade.growth", formula={"growth": [TOTAL, BEFORE]}, counts="%", periods=["2020"])
    assert api.compute_figures(office.officer, [define(office), growth]) == 3
    assert api.follow_versions() == 0
    return office


def publish(office: Office, text: str) -> None:
    dataset = datasets.dataset_called(office.officer, "trade.by_county")
    datasets.load_version(office.officer, dataset_id=dataset.id, path=office.file(text), schema=YEARS)


def values() -> dict[tuple[str, str], list[str]]:
    with seeing(SYSTEM.scope):
        rows = api.FigureValue.objects.order_by("figure__code", "period", "number")
        found: dict[tuple[str, str], list[str]] = {}
        for code, period, exact in rows.values_list("figure__code", "period", "exact"):
            found.setdefault((code, period), []).append(exact)
        return found


BEGUN = {("trade.growth", "2020"): ["121/8"], ("trade.total", "2019"): ["200"], ("trade.total", "2020"): ["921/4"]}
CORRECTED = BEGUN | {
    ("trade.growth", "2020"): ["121/8", "161/8"], ("trade.total", "2020"): ["921/4", "961/4"],
}  # fmt: skip


def test_what_comes_out_otherwise_is_recorded_beside_the_old_value(trade: Office) -> None:
    assert values() == BEGUN
    publish(trade, TEXT.replace("80\n", "90\n"))
    assert api.follow_versions() == 2
    assert values() == CORRECTED
    shown = api.figure_shown(ANYBODY, "trade.total").newest
    assert shown is not None and shown.zh.whole == "240.3元" and shown.value.lineage[0]["version"] == 2


def test_a_version_is_followed_once(trade: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(trade, TEXT.replace("德城区,2020", "夏津县,2020"))  # other rows, the same sums
    asked: list[str] = []

    def counted(definition: Any, period: str) -> api.Computed:
        asked.append(definition.code)
        return api.compute(definition, period)

    monkeypatch.setattr(following, "compute", counted)
    assert (api.follow_versions(), api.follow_versions()) == (0, 0)
    assert sorted(asked) == ["trade.growth", "trade.total", "trade.total"]
    assert values() == BEGUN


def test_looking_for_what_is_due_takes_three_statements(trade: Office, django_assert_num_queries: Any) -> None:
    with seeing(SYSTEM.scope), django_assert_num_queries(3):
        assert following._due({code for one in following._followers() for code in one.datasets}) == {}


def test_a_worker_that_dies_on_the_way_leaves_the_rest_to_the_next(
    trade: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(trade, TEXT.replace("80\n", "90\n"))

    def dying(definition: Any, period: str) -> api.Computed:
        if definition.code == "trade.total" and period == "2020":
            raise KeyboardInterrupt
        return api.compute(definition, period)

    with monkeypatch.context() as patch:
        patch.setattr(following, "compute", dying)
        with pytest.raises(KeyboardInterrupt):
            api.follow_versions()
    assert values()["trade.growth", "2020"] == ["121/8", "161/8"] and len(values()["trade.total", "2020"]) == 1
    assert api.follow_versions() == 1
    assert values() == CORRECTED


def test_the_correction_of_a_value_under_embargo_is_under_it_too(office: Office) -> None:
    office.published(TEXT, schema=YEARS)
    figure, until = define(office), timezone.now() + timedelta(hours=1)
    computed = api.computed_now(office.officer, api.definition_of(figure), "2020")
    api.record_value(office.officer, figure_id=figure.id, period="2020", computed=computed, embargoed_until=until)
    publish(office, TEXT.replace("80\n", "90\n"))
    assert api.follow_versions() == 1
    assert api.figure_shown(ANYBODY, "trade.total").newest is None
    with seeing(SYSTEM.scope):
        assert set(api.FigureValue.objects.values_list("embargoed_until", flat=True)) == {until}
