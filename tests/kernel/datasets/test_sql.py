"""SQL for entitled people: what may be asked, and everything that may not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.kernel.datasets.office import Office
from tianqu.base.errors import InvalidInput, NotFound, NotPermitted, TooLarge
from tianqu.kernel.datasets import api
from tianqu.kernel.datasets import sql as asked

NAME = "trade.by_county"


def ask(office: Office, sql: str, **more: Any) -> api.Answer:
    return api.ask_sql(more.pop("actor", office.officer), sql, datasets=more.pop("datasets", [NAME]))


def test_a_select_is_answered(office: Office) -> None:
    office.published()
    answer = ask(
        office,
        "WITH t AS (SELECT county, sum(firms) AS firms FROM trade_by_county GROUP BY 1) SELECT * FROM t"
        " ORDER BY firms DESC, lower(county); -- and a comment",
    )
    assert answer.names == ("county", "firms") and answer.rows[0] == ("德城区", 7) and not answer.more
    assert ask(office, "SELECT manager FROM Trade_By_County ORDER BY 1 LIMIT 1").rows == (("张三",),)


def test_only_entitled_people_and_only_what_they_may_read(office: Office) -> None:
    office.published()
    with pytest.raises(NotPermitted):
        ask(office, "SELECT 1", actor=office.stranger)
    with pytest.raises(InvalidInput, match="manager"):
        ask(office, "SELECT manager FROM trade_by_county", actor=office.other)
    with pytest.raises(NotFound):
        ask(office, "SELECT 1", datasets=["no.such"])


@pytest.mark.parametrize(
    "sql",
    [
        "COPY trade_by_county TO '/tmp/x.csv'",
        "COPY (SELECT 1) TO '/tmp/x.csv'",
        "ATTACH '/tmp/x.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "PRAGMA database_list",
        "SET memory_limit = '100GB'",
        "RESET memory_limit",
        "CREATE TABLE t AS SELECT 1",
        "INSERT INTO trade_by_county SELECT 1",
        "DROP VIEW trade_by_county",
        "UPDATE trade_by_county SET firms = 1",
        "CALL duckdb_settings()",
        "EXPLAIN ANALYZE SELECT 1",
        "DESCRIBE trade_by_county",
        "SELECT * FROM (DESCRIBE trade_by_county)",
        "SHOW TABLES",
        "EXPORT DATABASE '/tmp/x'",
        "SELECT 1; SELECT 2",
        "SELECT 1; COPY (SELECT 1) TO '/tmp/x.csv'",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM READ_TEXT('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM \"/etc/passwd\"",
        "SELECT * FROM glob('/*')",
        "SELECT getenv('HOME')",
        "SELECT current_setting('allowed_paths')",
        "SELECT * FROM duckdb_settings()",
        "SELECT * FROM duckdb_views()",
        "SELECT * FROM information_schema.tables",
        "SELECT * FROM sqlite_master",
        "SELECT * FROM pg_catalog.pg_tables",
        "SELECT * FROM query('SELECT 1')",
        "SELECT * FROM query_table('trade_by_county')",
        "WITH \"/etc/passwd\" AS (SELECT 1) SELECT * FROM \"/etc/passwd\"",
        "SELECT (SELECT max(x) FROM (SELECT 1 AS x) WHERE EXISTS (FROM read_blob('/etc/passwd')))",
        "WITH duckdb_settings AS (SELECT 1) SELECT 1",
        "SELECT json_execute_serialized_sql(json_serialize_sql('SELECT 1'))",
        "SELECT * FROM json_execute_serialized_sql('{}')",
        "SELECT * FROM views",
        "SELECT ? FROM trade_by_county",
        "SELECT FROM WHERE",
        "",
    ],
)  # fmt: skip
def test_everything_else_is_refused_with_words(office: Office, sql: str) -> None:
    office.published()
    with pytest.raises(InvalidInput) as refused:
        ask(office, sql)
    assert refused.value.field == "sql"


def test_a_part_of_another_dataset_is_out_of_reach(office: Office, store: Path) -> None:
    office.published()
    other = office.published("县市区,日期,金额,企业数,负责人姓名\n禹城,,,,钱七\n", code="trade.other", access="closed")
    part = api.versions_of(other)[0].manifest["parts"][0]["sha256"]
    path = store / "parts" / part[:2] / f"{part}.parquet"
    for sql in (f"SELECT * FROM read_parquet('{path}')", f"SELECT * FROM '{path}'", "SELECT * FROM trade_other"):
        with pytest.raises(InvalidInput):
            ask(office, sql)
    assert ask(office, "SELECT * FROM trade_other", datasets=[NAME, "trade.other"]).rows[0][-1] == "钱七"


def test_the_engine_alone_opens_no_other_file(office: Office, store: Path) -> None:
    """The second wall, with the first one taken away."""
    dataset = office.published()
    opened = api.open_version(office.officer, dataset)
    for statement in ("SELECT * FROM read_csv('/etc/passwd')", "COPY (SELECT 1) TO '/tmp/x.csv'", "SET threads = 8"):
        with pytest.raises((duckdb.Error, InvalidInput)), asked._own_engine({"view": opened}) as cursor:
            cursor.execute(statement).fetchall()


def test_an_answer_has_a_limit(office: Office) -> None:
    office.published()
    answer = ask(office, "SELECT * FROM range(1000000000)")
    assert len(answer.rows) == 10_000 and answer.more
    with pytest.raises(TooLarge):
        ask(office, "SELECT repeat('x', 1000000) FROM range(1000)")


def test_a_question_without_end_is_stopped(office: Office, settings: Any) -> None:
    office.published()
    settings.TIANQU_QUERY_SECONDS_MAX = 2
    for sql in (
        "WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t) SELECT sum(n) FROM t",
        "SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range * b.range % 7 = 3",
    ):
        with pytest.raises(api.QueryTooLong):
            ask(office, sql)


def test_a_question_that_needs_too_much_memory_is_stopped(office: Office) -> None:
    office.published()
    with pytest.raises((TooLarge, api.QueryTooLong)):
        ask(office, "SELECT list(a.range::VARCHAR || b.range) FROM range(100000) a, range(100000) b")
    assert ask(office, "SELECT count(*) FROM trade_by_county").rows == ((4,),)
