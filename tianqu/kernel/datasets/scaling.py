"""The same declared measure on more than one machine: its one statement, transpiled for Spark (``tianqu[spark]``).

A measure is written once, in the dialect of the engine (``statements``); sqlglot turns it into Spark's. What Spark
answers is told only where its hash is that of what the engine answers on the same parts. Spark runs where
``TIANQU_SPARK_MASTER`` says, such as ``spark://host:7077`` or ``local-cluster[2,1,1024]``; it must reach the store.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

import orjson
from django.conf import settings

from tianqu.base.errors import Conflict, InvalidInput, TianquError, _
from tianqu.kernel.datasets import engine, storage
from tianqu.kernel.datasets.questions import Condition, Measure, Question, checked
from tianqu.kernel.datasets.reading import Opened, measured
from tianqu.kernel.datasets.schema import Value
from tianqu.kernel.datasets.statements import Statement, groups_statement

ROWS: Final = "rows"  # what the relation of a version is called in the declared statement
GROUPS_MAX: Final = 100_000


class EnginesDisagree(TianquError):
    """Two engines gave different answers to one measure of the same parts; neither is told."""

    code = "engines_disagree"
    status = 500


def declared_statement(opened: Opened, question: Question) -> Statement:
    """The measure's one statement, over a relation called "rows"."""
    whole = Question((), question.conditions, question.group, question.measures, limit=GROUPS_MAX)
    return groups_statement(opened.stored, whole, skip=0, source=ROWS)


def for_spark(statement: Statement) -> Statement:
    """The statement in Spark's dialect, with its values as they were. Raises ``InvalidInput`` without the extra."""
    try:
        import sqlglot
    except ImportError as error:
        raise _no_spark() from error
    return Statement(sqlglot.transpile(statement.sql, read="duckdb", write="spark")[0], statement.values)


def hash_of(rows: Iterable[Sequence[Any]]) -> str:
    """The SHA-256 of an answer, whatever order its rows came in: every value as a text with all its digits."""
    lines = sorted(orjson.dumps([_written(value) for value in row]) for row in rows)
    return hashlib.sha256(b"\n".join(lines)).hexdigest()


def same_on_spark(opened: Opened, question: Question) -> str:
    """Answer a measure by both engines; return the hash of both answers.

    Raises ``EnginesDisagree`` where they differ, ``Conflict`` for a version that is kept as changes, and
    ``InvalidInput`` without the extra ``tianqu[spark]``.
    """
    question = checked(question, opened.schema)
    if opened.stored.changes:
        raise Conflict(
            _("The version %(value)s is kept as changes, which Spark does not read."), field="version",
            value=opened.version.number, remedy=_("Make the dataset anew, and ask its next version."),
        )  # fmt: skip
    whole = Question((), question.conditions, question.group, question.measures, limit=GROUPS_MAX)
    ours = groups_statement(opened.stored, whole, skip=0)
    with engine.asking(settings.TIANQU_EXPORT_SECONDS_MAX) as cursor:
        told = hash_of(engine.fetched(cursor, ours.sql, ours.values))
    found = hash_of(_on_spark(opened, for_spark(declared_statement(opened, question))))
    if told != found:
        raise EnginesDisagree(
            _("Two engines gave different answers to one measure (%(value)s and %(other)s); none is told."),
            value=told[:12], other=found[:12], remedy=_("Tell the administrator; keep the parts as they are."),
        )  # fmt: skip
    return told


def measured_by_both(
    opened: Opened, measures: tuple[Measure, ...], conditions: tuple[Condition, ...] = ()
) -> tuple[Value, ...]:
    """Measures over all rows that meet the conditions, once Spark has said the same."""
    same_on_spark(opened, Question(conditions=conditions, measures=measures))
    return measured(opened, measures, conditions)


def _on_spark(opened: Opened, statement: Statement) -> list[Sequence[Any]]:
    session = _session(str(settings.TIANQU_SPARK_MASTER))
    paths = [storage.readable(part.sha256) for part in opened.stored.rows]
    session.read.parquet(*paths).createOrReplaceTempView(ROWS)
    return [tuple(row) for row in session.sql(statement.sql, args=list(statement.values)).collect()]


@lru_cache(maxsize=1)
def _session(master: str) -> Any:
    """The process's session on a cluster; workers are processes of their own."""
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise _no_spark() from error
    told = {"spark.sql.session.timeZone": "UTC", "spark.ui.enabled": "false", "spark.sql.ansi.enabled": "true"}
    builder = SparkSession.builder.master(master).appName("tianqu")
    for name, value in told.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def _written(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, date) else str(value)


def _no_spark() -> InvalidInput:
    return InvalidInput(
        _("Spark is not installed here."), field="TIANQU_SPARK_MASTER", value=str(settings.TIANQU_SPARK_MASTER),
        remedy=_("Install tianqu[spark] and Java 17, or leave the setting empty."),
    )  # fmt: skip
