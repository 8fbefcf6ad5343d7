"""The same declared measure on more than one machine: its one statement, transpiled for Spark (``tianqu[spark]``).

A measure is written once, in the dialect of the engine (``statements``); sqlglot turns it into Spark's. What Spark
answers is told only where its hash is that of what the engine answers on the same parts. Spark runs where
``TIANQU_SPARK_MASTER`` says, such as ``spark://host:7077`` or ``local-cluster[2,1,1024]``; it must reach the store.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

import orjson
from django.conf import settings

from tianqu.base.errors import Conflict, InvalidInput, TianquError, TooLarge, _
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.datasets import engine, storage
from tianqu.kernel.datasets.questions import Condition, Measure, Question, checked
from tianqu.kernel.datasets.reading import Opened, measured
from tianqu.kernel.datasets.schema import Value
from tianqu.kernel.datasets.statements import Statement, groups_statement

ROWS: Final = "rows"  # what the relation of a version is called in the declared statement
GROUPS_MAX: Final = 100_000
# The session counts in UTC, takes an overflow for an error and no null, and a day before 1582 for what it says.
_SESSION: Final = {
    "spark.sql.session.timeZone": "UTC", "spark.sql.ansi.enabled": "true",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED", "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}  # fmt: skip
# Spark writes a Σ at the end of a word as ς, and İ as two characters; the engine looks at one character at a time.
_SMALL: Final = ("Σİ", "σi")


class EnginesDisagree(TianquError):
    """Two engines gave different answers to one measure of the same parts; neither is told."""

    code = "engines_disagree"
    status = 500


class NoSecondAnswer(TianquError):
    """The second engine gave no answer to a measure, so that what the first one says is not told."""

    code = "no_second_answer"
    status = 503


def declared_statement(opened: Opened, question: Question) -> Statement:
    """The measure's one statement, over a relation called "rows"."""
    return groups_statement(opened.stored, _whole(question), skip=0, source=ROWS)


def _whole(question: Question) -> Question:
    return Question((), question.conditions, question.group, question.measures, sort=question.sort, limit=GROUPS_MAX)


def for_spark(statement: Statement) -> Statement:
    """The statement in Spark's dialect; values other than texts become texts that it reads by their type.

    Raises ``InvalidInput`` without the extra.
    """
    try:
        import sqlglot
        from sqlglot import exp
    except ImportError as error:
        raise _no_spark() from error
    types = iter([_spark_type(value) for value in statement.values])

    def translated(node: Any) -> Any:
        if isinstance(node, exp.Placeholder):
            kind = next(types)
            return exp.cast(exp.Placeholder(), kind, dialect="spark") if kind else node
        if isinstance(node, exp.Cast) and isinstance(node.this, exp.Sum):  # whole numbers, which Spark adds in 64 bits
            return exp.Sum(this=exp.cast(node.this.this, node.to))
        if isinstance(node, exp.Lower):
            same = exp.Anonymous(this="TRANSLATE", expressions=[node.this, *map(exp.Literal.string, _SMALL)])
            return exp.Lower(this=same.transform(translated))
        return node

    told = sqlglot.parse_one(statement.sql, read="duckdb").transform(translated)
    values = (value if isinstance(value, bool | str) else _written(value) for value in statement.values)
    return Statement(told.sql(dialect="spark"), tuple(values))


def _spark_type(value: Any) -> str:
    if isinstance(value, bool | str):
        return ""
    if isinstance(value, int):
        return "BIGINT"
    if isinstance(value, Decimal):
        digits, scale = value.as_tuple().digits, max(0, -int(value.as_tuple().exponent))
        before = max(0, len(digits) + int(value.as_tuple().exponent))
        return f"DECIMAL({max(1, before + scale)}, {scale})"
    return "TIMESTAMP_NTZ" if isinstance(value, datetime) else "DATE"


def hash_of(rows: Iterable[Sequence[Any]]) -> str:
    """The SHA-256 of an answer, its rows in the order in which they are told: each value a text with all its digits."""
    lines = [orjson.dumps([_written(value) for value in row]) for row in rows]
    return hashlib.sha256(b"\n".join(lines)).hexdigest()


def same_on_spark(opened: Opened, question: Question) -> str:
    """Answer a measure by both engines; return the hash of both answers.

    Raises ``EnginesDisagree`` where they differ, ``NoSecondAnswer`` where Spark answers nothing, ``Conflict`` for a
    version that is kept as changes, ``TooLarge`` and ``InvalidInput`` without the extra ``tianqu[spark]``.
    """
    question = checked(question, opened.schema)
    if opened.stored.changes:
        raise Conflict(
            _("The version %(value)s is kept as changes, which Spark does not read."), field="version",
            value=opened.version.number, remedy=_("Make the dataset anew, and ask its next version."),
        )  # fmt: skip
    ours = groups_statement(opened.stored, _whole(question), skip=0)
    with engine.asking(settings.TIANQU_EXPORT_SECONDS_MAX) as cursor:
        rows = engine.fetched(cursor, ours.sql, ours.values)
    if len(rows) > GROUPS_MAX:
        raise TooLarge(
            _("Two engines are asked for at most %(most)s groups."), field="group", most=GROUPS_MAX,
            remedy=_("Ask for fewer rows or groups, or download the dataset."),
        )  # fmt: skip
    told = hash_of(rows)
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
    files = [storage.readable(part.sha256) for part in opened.stored.rows]
    paths = [f"file://{path}" if path.startswith("/") else path for path in files]
    with _asking_spark(settings.TIANQU_EXPORT_SECONDS_MAX) as session:
        session.read.parquet(*paths).createOrReplaceTempView(ROWS)
        return [tuple(row) for row in session.sql(statement.sql, args=list(statement.values)).collect()]


@contextmanager
def _asking_spark(seconds: float) -> Iterator[Any]:
    """A session with relations of its own; what it does is cancelled after ``seconds``.

    Raises ``NoSecondAnswer`` for whatever goes wrong there, and ``InvalidInput`` without the extra.
    """
    try:
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException
    except ImportError as error:
        raise _no_spark() from error
    try:
        session = _session(str(settings.TIANQU_SPARK_MASTER)).newSession()
        group = str(new_identifier())
        session.sparkContext.setJobGroup(group, "tianqu", interruptOnCancel=True)
        timer = threading.Timer(seconds, session.sparkContext.cancelJobGroup, [group])
        timer.daemon = True
        timer.start()
        try:
            yield session
        finally:
            timer.cancel()
    except (PySparkException, Py4JError, OSError, ValueError) as error:  # ValueError: a day that Python has not
        raise NoSecondAnswer(
            _("Spark gave no answer to a measure, so that it is not told: %(value)s"), value=str(error)[:200],
            remedy=_("See whether the cluster of TIANQU_SPARK_MASTER runs and reads the store, then do it again."),
        ) from error  # fmt: skip


def _session(master: str) -> Any:
    """The process's session on a cluster, begun anew where its cluster went away."""
    session = _begun(master)
    context = session.sparkContext._jsc
    if context is None or context.sc().isStopped():
        session.stop()
        _begun.cache_clear()
        session = _begun(master)
    return session


@lru_cache(maxsize=1)
def _begun(master: str) -> Any:
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master(master).appName("tianqu")
    for name, value in _SESSION.items():
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
