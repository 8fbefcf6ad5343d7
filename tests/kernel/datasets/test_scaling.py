"""One measure by two engines: the statement is transpiled, and nothing is told where the answers differ."""

from __future__ import annotations

import importlib.util
import shutil
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.kernel.datasets.office import Office
from tianqu.base.errors import InvalidInput
from tianqu.kernel.datasets import api, scaling
from tianqu.kernel.journal.api import ANYBODY

GROUPED = api.Question(
    conditions=(api.Condition("county", "contains", ("区",)), api.Condition("day", "ge", (date(2020, 1, 1),))),
    group=("county", "day"), measures=(api.Measure("count"), api.Measure("sum", "amount"), api.Measure("sum", "firms")),
)  # fmt: skip
QUESTIONS = (
    GROUPED,
    api.Question(measures=(api.Measure("count"),)),
    api.Question(measures=(api.Measure("mean", "amount"), api.Measure("distinct", "county"))),
    api.Question(measures=(api.Measure("min", "day"), api.Measure("max", "firms"), api.Measure("count", "amount"))),
    api.Question(conditions=(api.Condition("county", "starts", ("德",)),), group=("county",)),
    api.Question(conditions=(api.Condition("county", "in", ("德城区", "乐陵市")),), group=("county",)),
    api.Question(conditions=(api.Condition("amount", "null", ()),), measures=(api.Measure("sum", "amount"),)),
)
MISSING = [name for name in ("sqlglot", "pyspark") if importlib.util.find_spec(name) is None]
needs_sqlglot = pytest.mark.skipif("sqlglot" in MISSING, reason="tianqu[spark] is not installed")
needs_spark = pytest.mark.skipif(bool(MISSING) or shutil.which("java") is None, reason="no tianqu[spark], or no Java")


@pytest.fixture
def data(office: Office) -> api.Opened:
    office.published()
    return api.open_version(ANYBODY, api.dataset_called(ANYBODY, "trade.by_county"))


@needs_sqlglot
def test_the_one_statement_is_transpiled(data: api.Opened) -> None:
    declared = scaling.declared_statement(data, GROUPED)
    spark = scaling.for_spark(declared)
    assert '"county"' in declared.sql and "`county`" in spark.sql and '"' not in spark.sql
    assert spark.values == declared.values == ("区", date(2020, 1, 1)) and spark.sql.count("?") == 2


def test_a_hash_tells_digits_and_nothing_of_order() -> None:
    rows: list[Any] = [("a", Decimal("1.50"), None), ("b", Decimal("2.00"), 3)]
    assert scaling.hash_of(rows) == scaling.hash_of(reversed(rows))
    for other in ([("a", Decimal("1.51"), None), rows[1]], [("a", Decimal("1.50"), ""), rows[1]], rows[:1]):
        assert scaling.hash_of(other) != scaling.hash_of(rows)


def test_nothing_is_told_where_two_engines_differ(data: api.Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scaling, "for_spark", lambda statement: statement)
    measures, good = (api.Measure("sum", "amount"),), [(Decimal("13.75"),)]
    monkeypatch.setattr(scaling, "_on_spark", lambda opened, statement: good)
    assert api.measured_by_both(data, measures, ()) == (Decimal("13.75"),)
    monkeypatch.setattr(scaling, "_on_spark", lambda opened, statement: [(Decimal("13.76"),)])
    with pytest.raises(api.EnginesDisagree):
        api.measured_by_both(data, measures, ())


@pytest.mark.skipif(not MISSING, reason="tianqu[spark] is installed")
def test_without_the_extra_it_says_what_is_missing(data: api.Opened) -> None:
    with pytest.raises(InvalidInput, match="Spark is not installed"):
        api.same_on_spark(data, GROUPED)


@pytest.mark.slow
@needs_spark
def test_workers_of_their_own_say_the_same(data: api.Opened, settings: Any) -> None:
    settings.TIANQU_SPARK_MASTER = "local-cluster[2,1,512]"
    for question in QUESTIONS:
        assert len(api.same_on_spark(data, question)) == 64
