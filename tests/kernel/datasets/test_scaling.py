"""One measure by two engines: the statement is transpiled, and nothing is told where the answers differ."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from pytest_django import Settings

from tests.kernel.datasets.office import Office
from tianqu.base.errors import InvalidInput, TooLarge
from tianqu.kernel.datasets import api, scaling
from tianqu.kernel.journal.api import ANYBODY

JAVA_LEAST = 17
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

AWKWARD = api.Schema(
    (
        api.Column("kind", "text"),
        api.Column("day", "date"),
        api.Column("at", "time"),
        api.Column("amount", "decimal", decimals=2),
        api.Column("wide", "decimal", digits=38, decimals=4),
        api.Column("firms", "integer"),
        api.Column("open", "boolean"),
    )
)
LARGEST, WIDEST = 2**63 - 1, Decimal("999999999999999999999999999999999.9999")  # a tenth of the greatest that is wide
KINDS = (
    "德城区", "陵城区", "乐陵市", "ΟΔΟΣ", "οδος", "İzmir", "izmir", "Straße", "STRASSE", "ﬀ", "😀", "\uffee", "%", "_",
    "a_b", "back\\slash", "it's", 'a "word"', "a,b", "?", "--", "null", "Null", "0", "a b", "A B",
)  # fmt: skip
DAYS = (
    date(1, 1, 1), date(1582, 10, 4), date(1582, 10, 10), date(1582, 10, 15), date(1900, 1, 1), date(1940, 6, 3),
    date(1969, 12, 31), date(1970, 1, 1), date(1986, 5, 4), date(2020, 2, 29), date(9999, 12, 31),
)  # fmt: skip
TIMES = (
    *(datetime(day.year, day.month, day.day) for day in DAYS), datetime(1969, 12, 31, 23, 59, 59, 999_999),
    datetime(1986, 5, 4, 0, 30), datetime(2020, 2, 29, 8), datetime(1970, 1, 1, 0, 0, 0, 1),
)  # fmt: skip
VALUES: Mapping[str, Sequence[Any]] = {
    "kind": KINDS, "day": DAYS, "at": TIMES,
    "amount": [Decimal(text) for text in ("0", "-0.01", "0.1", "1E+5", "9999999999999999.99", "-12.5", "12.50")],
    "wide": [Decimal("0.0001"), -WIDEST, WIDEST, Decimal(0), Decimal("-7.5"), Decimal("123456789012345678901234.5678")],
    "firms": [0, 1, -1, LARGEST, -LARGEST - 1, 2**53 + 1, 2**31], "open": [True, False],
}  # fmt: skip


def why_not() -> str:
    """Why Spark cannot run here, "" where it can."""
    if any(importlib.util.find_spec(name) is None for name in ("sqlglot", "pyspark")):
        return "tianqu[spark] is not installed: make test-all installs it"
    java = shutil.which("java")
    if java is None:
        return "there is no Java on this machine: tools/machine.sh installs it"
    told = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', told)
    if found is None or int(found.group(1)) < JAVA_LEAST:
        return f"the Java of this machine is older than {JAVA_LEAST}"
    return ""


WHY_NOT = why_not()
has_sqlglot = importlib.util.find_spec("sqlglot") is not None
needs_sqlglot = pytest.mark.skipif(not has_sqlglot, reason="tianqu[spark] is not installed")
# PySpark looks at the version of pandas, which nothing here has to do with.
pytestmark = pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning")


def needs_spark(test: Any) -> Any:
    """Mark a test that asks the cluster: it is slow, and all of them run in one process, which starts it once."""
    for mark in (pytest.mark.slow, pytest.mark.xdist_group("spark"), pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)):
        test = mark(test)
    return test


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A cluster of two workers, whose executors are processes of their own, while the module's tests run."""
    from pyspark.sql import SparkSession

    folder = tmp_path_factory.mktemp("spark")
    told = {
        "spark.driver.memory": "512m", "spark.executor.memory": "512m", "spark.sql.shuffle.partitions": "2",
        "spark.sql.warehouse.dir": str(folder / "warehouse"), "spark.local.dir": str(folder),
        "spark.scheduler.minRegisteredResourcesRatio": "1.0",
    }  # fmt: skip
    lines = "".join(f"{name} {value}\n" for name, value in told.items())
    (folder / "spark-defaults.conf").write_text(lines, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPARK_CONF_DIR", str(folder))
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        yield "local-cluster[2,1,512]"
    session = SparkSession.getActiveSession()
    if session is not None:
        session.stop()


@pytest.fixture
def spark(cluster: str, settings: Settings) -> str:
    """The setting that has figures computed by both engines."""
    settings.TIANQU_SPARK_MASTER = cluster
    return cluster


@pytest.fixture
def data(office: Office) -> api.Opened:
    office.published()
    return newest()


def newest() -> api.Opened:
    return api.open_version(ANYBODY, api.dataset_called(ANYBODY, "trade.by_county"))


def written(rows: Sequence[Sequence[Any]]) -> str:
    """Rows as a file of CSV, with the headings of ``AWKWARD``."""

    def cell(value: Any) -> str:
        if value is None:
            return ""
        text = (
            format(value, "f") if isinstance(value, Decimal) else str(value).lower() if value in (True, False) else ""
        )
        return '"' + (text or str(value)).replace('"', '""') + '"'

    return "\n".join([",".join(AWKWARD.names), *(",".join(map(cell, row)) for row in rows)]) + "\n"


def awkward_rows() -> list[list[Any]]:
    """Rows in which every awkward value stands, beside others and beside nothing."""
    rows = [
        [
            None if (place + turn) % 5 == 4 else values[place % len(values)]
            for turn, values in enumerate(VALUES.values())
        ]
        for place in range(60)
    ]
    return [*rows, ["德城区", *[None] * 6], [None] * 5 + [7, None]]


def questions() -> Iterator[api.Question]:
    """Every measure of every column, every kind of condition, groups in every order."""
    told = [
        api.Measure(function, column.name)
        for column in AWKWARD.columns
        for function in ("count", "distinct", "min", "max", *(("sum", "mean") if column.numeric else ()))
    ]
    for place in range(0, len(told), 10):
        yield api.Question(measures=tuple(told[place : place + 10]))
    nothing = (api.Condition("kind", "eq", ("no such",)),)
    yield api.Question(conditions=nothing, measures=tuple(told[-10:]))
    yield api.Question(conditions=nothing, group=("kind",))
    for column in AWKWARD.columns:
        name, values = column.name, VALUES[column.name]
        yield api.Question(
            group=(name,), measures=(api.Measure("sum", "amount"), api.Measure("count")), sort=f"-{name}"
        )
        for operator in ("eq", "ne", "lt", "ge"):
            yield api.Question(conditions=(api.Condition(name, operator, (values[1],)),))
        yield api.Question(conditions=(api.Condition(name, "in", tuple(values)), api.Condition(name, "filled")))
        yield api.Question(conditions=(api.Condition(name, "null"),), group=("day",))
    for text in ("οδοσ", "ΟΔΟΣ", "i", "SS", "%", "_", "\\", "'", '"', "区", "😀", "?"):
        for operator in ("contains", "starts"):
            yield api.Question(conditions=(api.Condition("kind", operator, (text,)),), group=("kind",))
    for sort in ("count", "-sum_amount", "mean_firms", "-mean_amount", "max_at"):
        measures = ("count", ""), ("sum", "amount"), ("mean", "firms"), ("mean", "amount"), ("max", "at")
        yield api.Question(group=("open",), measures=tuple(api.Measure(*each) for each in measures), sort=sort)  # type: ignore[arg-type]


@needs_sqlglot
def test_the_one_statement_is_transpiled(data: api.Opened) -> None:
    declared = scaling.declared_statement(data, GROUPED)
    spark = scaling.for_spark(declared)
    assert '"county"' in declared.sql and "`county`" in spark.sql and '"' not in spark.sql
    assert declared.values == ("区", date(2020, 1, 1)) and spark.values == ("区", "2020-01-01")
    assert declared.sql.count("?") == spark.sql.count("?") == 2 and "CAST(? AS DATE)" in spark.sql


def test_a_hash_tells_digits_and_order() -> None:
    rows: list[Any] = [("a", Decimal("1.50"), None), ("b", Decimal("2.00"), 3)]
    assert scaling.hash_of(rows) == scaling.hash_of(tuple(rows))
    changed = ([("a", Decimal("1.51"), None), rows[1]], [("a", Decimal("1.50"), ""), rows[1]], rows[:1], rows[::-1])
    assert len({scaling.hash_of(rows), *map(scaling.hash_of, changed)}) == 5


def test_nothing_is_told_where_two_engines_differ(data: api.Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scaling, "for_spark", lambda statement: statement)
    measures, good = (api.Measure("sum", "amount"),), [(Decimal("13.75"),)]
    monkeypatch.setattr(scaling, "_on_spark", lambda opened, statement: good)
    assert api.measured_by_both(data, measures, ()) == (Decimal("13.75"),)
    for other in ([(Decimal("13.76"),)], [(Decimal("13.750"),)], [(None,)], [], good * 2):
        monkeypatch.setattr(scaling, "_on_spark", lambda opened, statement, other=other: other)
        with pytest.raises(api.EnginesDisagree):
            api.measured_by_both(data, measures, ())


def test_a_hash_is_of_every_group_or_of_none(data: api.Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scaling, "GROUPS_MAX", 2)
    with pytest.raises(TooLarge):
        api.same_on_spark(data, api.Question(group=("county",)))


@pytest.mark.skipif(has_sqlglot, reason="tianqu[spark] is installed")
def test_without_the_extra_it_says_what_is_missing(data: api.Opened) -> None:
    with pytest.raises(InvalidInput, match="Spark is not installed"):
        api.same_on_spark(data, GROUPED)


@needs_spark
def test_workers_of_their_own_say_the_same(data: api.Opened, spark: str) -> None:
    from pyspark.sql import SparkSession

    assert len({api.same_on_spark(data, question) for question in QUESTIONS}) == len(QUESTIONS)
    session = SparkSession.getActiveSession()
    assert session is not None
    executors = session.sparkContext._jsc.sc().statusTracker().getExecutorInfos()
    assert len(executors) == 3  # the driver, and two that are processes of their own


@needs_spark
def test_awkward_values_are_the_same_in_both(office: Office, spark: str) -> None:
    office.published(written(awkward_rows()), schema=AWKWARD)
    opened, told = newest(), []
    assert opened.dataset.rows == len(awkward_rows())
    for question in questions():
        try:
            api.same_on_spark(opened, question)
        except (api.EnginesDisagree, api.NoSecondAnswer) as error:
            told.append((question, str(error)))
    assert told == []


ROW = st.tuples(
    *(
        st.none()
        | {
            "kind": st.sampled_from(KINDS) | st.text("德城区aAäÄσΣςİiß😀\uffee%_\\'\"", min_size=1, max_size=4),
            "day": st.sampled_from(DAYS) | st.dates(),
            "at": st.sampled_from(TIMES) | st.datetimes(),
            "amount": st.decimals(-(10**15), 10**15, places=2),
            "wide": st.decimals(-WIDEST, WIDEST, places=4),
            "firms": st.integers(-(2**63), LARGEST),
            "open": st.booleans(),
        }[name]
        for name in AWKWARD.names
    )
)  # fmt: skip


@st.composite
def rows_and_question(draw: st.DrawFn) -> tuple[list[tuple[Any, ...]], api.Question]:
    """Rows, and a question whose conditions are of values that stand in them, or nearly."""
    rows = draw(st.lists(ROW, min_size=1, max_size=12))
    conditions = []
    for name in draw(st.lists(st.sampled_from(AWKWARD.names), max_size=2)):
        place = AWKWARD.names.index(name)
        values = [row[place] for row in rows if row[place] is not None] or list(VALUES[name])
        operator = draw(
            st.sampled_from([each for each in api.OPERATORS if name == "kind" or each not in ("contains", "starts")])
        )
        value = draw(st.sampled_from(values))
        wanted = {"in": (value, values[0]), "null": (), "filled": ()}.get(operator, (value,))
        conditions.append(api.Condition(name, operator, wanted))
    names = st.sampled_from(AWKWARD.columns)
    measures = [
        api.Measure(draw(st.sampled_from([each for each in api.FUNCTIONS if column.numeric or each not in ("sum", "mean")])), column.name)  # noqa: E501
        for column in draw(st.lists(names, min_size=1, max_size=4))
    ]  # fmt: skip
    group = tuple(draw(st.lists(st.sampled_from(AWKWARD.names), max_size=2, unique=True)))
    sort = draw(st.sampled_from(["", *group, *(f"-{measure.name}" for measure in measures)])) if group else ""
    return rows, api.Question(conditions=tuple(conditions), group=group, measures=tuple(measures), sort=sort)


@needs_spark
def test_any_question_of_any_rows_is_answered_the_same(office: Office, spark: str) -> None:
    dataset = office.dataset()

    @examples(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
    @given(told=rows_and_question())
    def holds(told: tuple[list[tuple[Any, ...]], api.Question]) -> None:
        rows, question = told
        path = office.file(written(rows))
        api.load_version(office.officer, dataset_id=dataset.id, path=path, schema=AWKWARD)
        assert len(api.same_on_spark(newest(), question)) == 64

    holds()


@needs_spark
def test_what_spark_counts_otherwise_is_not_told(
    data: api.Opened, spark: str, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    measures = (api.Measure("sum", "amount"), api.Measure("count"))
    assert api.measured_by_both(data, measures) == (Decimal("13.75"), 4)
    fewer = scaling.declared_statement(
        data, api.Question(conditions=(api.Condition("amount", "filled"),), measures=measures)
    )
    transpiled = scaling.for_spark
    monkeypatch.setattr(scaling, "for_spark", lambda statement: transpiled(fewer))
    with pytest.raises(api.EnginesDisagree):
        api.measured_by_both(data, measures)


@needs_spark
def test_without_an_answer_from_spark_nothing_is_told(
    office: Office, spark: str, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    office.published()
    monkeypatch.setattr(scaling, "for_spark", lambda statement: scaling.Statement("SELECT no_such FROM rows"))
    with pytest.raises(api.NoSecondAnswer):
        api.measured_by_both(newest(), (api.Measure("count"),))
