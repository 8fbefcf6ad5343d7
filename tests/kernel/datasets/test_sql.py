"""SQL for entitled people: what may be asked, and everything that may not."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.kernel.datasets.happening import declared
from tests.kernel.datasets.office import Office
from tianqu.base.errors import Conflict, InvalidInput, NotFound, NotPermitted, TooLarge
from tianqu.kernel.datasets import api, sql_child
from tianqu.kernel.datasets.sql import asked
from tianqu.kernel.datasets.sql_lawful import check_select

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


def test_no_two_datasets_have_one_name_in_sql(office: Office) -> None:
    """ "trade.by_county" and "trade_by.county" would be the same view, and one of them would be read for the other."""
    office.published()
    for code in ("trade_by_county", "trade.by.county", "trade_by.county"):
        with pytest.raises(Conflict, match="but for dots and underscores"):
            office.dataset(code=code)
    assert office.dataset(code="trade.by_counties").code == "trade.by_counties"
    first = declared()
    with pytest.raises(Conflict, match="but for dots and underscores"):
        api.register_dataset(replace(first, code=first.code.replace(".", "_")))


def test_only_entitled_people_and_only_what_they_may_read(office: Office) -> None:
    office.published()
    with pytest.raises(NotPermitted):
        ask(office, "SELECT 1", actor=office.stranger)
    with pytest.raises(InvalidInput, match="manager"):
        ask(office, "SELECT manager FROM trade_by_county", actor=office.other)
    with pytest.raises(NotFound):
        ask(office, "SELECT 1", datasets=["no.such"])


WRITING = (
    "COPY trade_by_county TO '/tmp/x.csv'",
    "COPY (SELECT 1) TO '/tmp/x.csv'",
    "COPY trade_by_county FROM '/etc/passwd'",
    "COPY FROM DATABASE memory TO other",
    "CREATE TABLE t AS SELECT 1",
    "CREATE OR REPLACE VIEW trade_by_county AS SELECT 1",
    "CREATE MACRO m() AS TABLE SELECT * FROM read_csv('/etc/passwd')",
    "CREATE FUNCTION f(a) AS a + 1",
    "CREATE SECRET s (TYPE s3, KEY_ID 'a', SECRET 'b')",
    "CREATE SEQUENCE s",
    "CREATE SCHEMA s",
    "CREATE TYPE t AS ENUM ('a')",
    "CREATE INDEX i ON trade_by_county (firms)",
    "INSERT INTO trade_by_county SELECT 1",
    "DELETE FROM trade_by_county",
    "TRUNCATE trade_by_county",
    "MERGE INTO trade_by_county USING range(1) ON true WHEN MATCHED THEN DELETE",
    "DROP VIEW trade_by_county",
    "ALTER VIEW trade_by_county RENAME TO other",
    "COMMENT ON VIEW trade_by_county IS 'x'",
    "UPDATE trade_by_county SET firms = 1",
    "WITH t AS (DELETE FROM trade_by_county RETURNING *) SELECT * FROM t",
    "WITH t AS (INSERT INTO trade_by_county SELECT 1 RETURNING *) SELECT * FROM t",
    "EXPORT DATABASE '/tmp/x'",
    "IMPORT DATABASE '/tmp/x'",
    "CHECKPOINT",
    "FORCE CHECKPOINT",
    "VACUUM",
    "ANALYZE",
)
SETTING = (
    "ATTACH '/tmp/x.db'",
    "ATTACH 'postgres:dbname=tianqu' AS p (TYPE postgres)",
    "DETACH memory",
    "USE memory",
    "INSTALL httpfs",
    "FORCE INSTALL httpfs FROM 'http://localhost'",
    "UPDATE EXTENSIONS",
    "LOAD httpfs",
    "LOAD '/tmp/x.duckdb_extension'",
    "PRAGMA database_list",
    "PRAGMA enable_profiling",
    "PRAGMA memory_limit = '100GB'",
    "SET memory_limit = '100GB'",
    "SET GLOBAL threads = 64",
    "SET VARIABLE x = 1",
    "RESET memory_limit",
    "CALL duckdb_settings()",
    "CALL enable_logging()",
    "BEGIN",
    "COMMIT",
    "ROLLBACK",
    "PREPARE p AS SELECT 1",
    "EXECUTE p",
    "DEALLOCATE p",
    "EXPLAIN SELECT 1",
    "EXPLAIN ANALYZE SELECT 1",
    "DESCRIBE trade_by_county",
    "SUMMARIZE trade_by_county",
    "SELECT * FROM (DESCRIBE trade_by_county)",
    "SELECT * FROM (SUMMARIZE trade_by_county)",
    "SHOW TABLES",
    "SHOW ALL TABLES",
    "SELECT 1; SELECT 2",
    "SELECT 1; COPY (SELECT 1) TO '/tmp/x.csv'",
    "SELECT ? FROM trade_by_county",
    "SELECT $one FROM trade_by_county",
    "SELECT FROM WHERE",
    "SELECT",
    "",
    ";",
    "-- nothing",
)
READING_FILES = (
    "read_csv('/etc/passwd')", "read_csv_auto('/etc/passwd')", "READ_TEXT('/etc/passwd')", "read_blob('/etc/*')",
    "read_json('/etc/passwd')", "read_json_auto('/x')", "read_ndjson('/x')", "read_json_objects('/x')",
    "read_parquet('/x')", "parquet_scan('/x')", "parquet_metadata('/x')", "parquet_schema('/x')",
    "parquet_file_metadata('/x')", "parquet_kv_metadata('/x')", "sniff_csv('/etc/passwd')", "glob('/*')",
    "'/etc/passwd'", '"/etc/passwd"', "'../../etc/passwd.csv'", "'https://example.org/x.csv'", "'s3://a/b.parquet'",
    "'file:///etc/passwd.csv'", "read_csv('https://example.org/x.csv')", "read_xlsx('/x')", "st_read('/x')",
    "sqlite_scan('/x', 't')", "postgres_scan('', 'public', 'places_person')", "mysql_scan('', '', '')",
    "delta_scan('/x')", "iceberg_scan('/x')", "arrow_scan(1, 2, 3)", "pandas_scan(1)", "seq_scan('t')",
    "query('SELECT 1')", "query_table('trade_by_county')", "query_table(['trade_by_county'])",
    "json_execute_serialized_sql('{}')", "which_secret('s3://x', 's3')", "pragma_table_info('trade_by_county')",
    "pragma_storage_info('trade_by_county')", "pragma_version()", "duckdb_settings()", "duckdb_views()",
    "duckdb_secrets()", "duckdb_logs()", "duckdb_temporary_files()", "information_schema.tables", "sqlite_master",
    "pg_catalog.pg_tables", "pg_catalog.pg_views", "main.trade_by_county", "memory.main.trade_by_county",
    "system.information_schema.tables", "views", "opened", "trade_other", "temp.t", "test_all_types()",
    "repeat_row(1, num_rows = 3)", "checkpoint()", "force_checkpoint()", "sql_auto_complete('SEL')",
)  # fmt: skip
REACHING = (
    "getenv('HOME')", "current_setting('allowed_paths')", "getvariable('x')", "current_query()", "current_user()",
    "version()", "nextval('s')", "currval('s')", "txid_current()", "setseed(0.5)", "write_log('x')",
    "sleep_ms(100000)", "pg_typeof(1)", "json_execute_serialized_sql(json_serialize_sql('SELECT 1'))",
    "system.main.getenv('HOME')", "json_serialize_plan('SELECT 1')", "in_search_path('memory', 'main')",
)  # fmt: skip
WITHIN = (  # where something may stand in a statement
    "SELECT * FROM {}", "FROM {}", "SELECT 1 WHERE EXISTS (FROM {})", "SELECT (SELECT count(*) FROM {})",
    "WITH t AS (SELECT * FROM {}) SELECT * FROM t", "SELECT 1 UNION ALL SELECT count(*) FROM {}",
    "SELECT * FROM trade_by_county, {}", "SELECT * FROM trade_by_county LEFT JOIN {} ON true",
    "SELECT * FROM range(3), LATERAL (SELECT * FROM {})", "PIVOT {} ON 1 USING count(*)",
    "SELECT 1 IN (SELECT 1 FROM {})", "SELECT list_transform([1], x -> (SELECT count(*) FROM {}))",
    "WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t, {} WHERE n < 3) SELECT * FROM t",
    "SELECT count(*) FILTER (WHERE EXISTS (FROM {})) FROM trade_by_county", "TABLE {}",
    "SELECT 1 ORDER BY (SELECT count(*) FROM {})", "SELECT 1 LIMIT (SELECT count(*) FROM {})",
    "SELECT * FROM trade_by_county QUALIFY row_number() OVER (ORDER BY (SELECT count(*) FROM {})) = 1",
    "(SELECT * FROM {})", "VALUES ((SELECT count(*) FROM {}))", "SELECT * FROM (VALUES (1)) v(a) SEMI JOIN {} ON true",
)  # fmt: skip
CALLED = (
    "SELECT {}", "SELECT * FROM trade_by_county WHERE {} IS NULL", "SELECT list_transform([1], x -> {})",
    "SELECT count(*) FROM trade_by_county GROUP BY {}", "SELECT CASE WHEN true THEN {} END", "VALUES ({})",
    "SELECT firms FROM trade_by_county ORDER BY {}", "SELECT struct_pack(a := {})", "SELECT 1 LIMIT CAST({} AS INT)",
    "SELECT max({}) OVER () FROM trade_by_county", "SELECT * REPLACE ({} AS county) FROM trade_by_county",
    "SELECT count(*) FROM trade_by_county HAVING {} IS NULL", "SELECT * FROM range(len(CAST({} AS TEXT)))",
)  # fmt: skip


def refused(office: Office, sql: str) -> None:
    with pytest.raises(InvalidInput) as told:
        ask(office, sql)
    assert told.value.field == "sql", sql


def engine_behind(office: Office, name: str = "trade_by_county") -> duckdb.DuckDBPyConnection:
    """The engine in which a statement is run, without the process around it."""
    opened = api.open_version(office.officer, api.dataset_called(office.officer, NAME))
    return sql_child.engine_for(asdict(asked("", {name: opened})))


def refused_by_the_first_wall(office: Office, statements: list[str]) -> None:
    """Every statement, looked at as its process looks at it; the first of them by that door too."""
    refused(office, statements[0])
    with engine_behind(office) as engine:
        for sql in statements:
            with pytest.raises(InvalidInput) as told:
                check_select(engine, sql, {"trade_by_county"})
                pytest.fail(f"was let through: {sql}")
            assert told.value.field == "sql", sql


@pytest.mark.parametrize("many", [WRITING, SETTING])
def test_what_is_no_select_is_refused_with_words(office: Office, many: tuple[str, ...]) -> None:
    office.published()
    refused_by_the_first_wall(office, list(many))


def test_no_file_and_no_catalogue_is_reached_from_anywhere(office: Office) -> None:
    office.published()
    refused_by_the_first_wall(office, [where.format(reached) for where in WITHIN for reached in READING_FILES])


def test_no_function_reaches_out_from_anywhere(office: Office) -> None:
    office.published()
    refused_by_the_first_wall(office, [where.format(reached) for where in CALLED for reached in REACHING])


def test_no_name_hides_what_is_reached(office: Office) -> None:
    office.published()
    for sql in (
        'WITH "/etc/passwd" AS (SELECT 1) SELECT * FROM "/etc/passwd"',
        "WITH duckdb_settings AS (SELECT 1) SELECT 1",
        "WITH \"read_csv('x')\" AS (SELECT 1) SELECT 1",
        "SELECT /* */ * FROM /**/ read_text /**/ ('/etc/passwd')",
        "SELECT * FROM \"read_text\"('/etc/passwd')",
        "SELECT * FROM ReAd_TeXt(E'/etc/pass\\x77d')",
        "SELECT '/etc/passwd'.read_text()",
        "SELECT \"getenv\"('HOME')",
        "SELECT 'HOME'.getenv()",
        "SELECT [x for x in [getenv('HOME')]]",
    ):
        refused(office, sql)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.lists(st.sampled_from([
    "SELECT", "FROM", "WITH", "t", "AS", "(", ")", "*", ",", "1", "'/etc/passwd'", "read_text", "COPY", "TO", "ATTACH",
    "trade_by_county", "UNION", ";", "duckdb_settings", "()", "getenv", "LATERAL", "WHERE", "EXISTS", "\"", "/*", "--",
]), max_size=12))  # fmt: skip
def test_any_words_are_answered_or_refused_and_reach_nothing(office: Office, words: list[str]) -> None:
    if not api.Dataset.objects.exists():
        office.published()
    try:
        answer = ask(office, " ".join(words))
    except InvalidInput as error:
        assert error.field == "sql"
    else:
        assert "root:" not in str(answer.rows)


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
    office.published()
    with engine_behind(office) as engine:
        assert engine.execute("SELECT count(*) FROM trade_by_county").fetchall() == [(4,)]
        for statement in ("FROM read_csv('/etc/passwd')", "COPY (SELECT 1) TO '/tmp/x.csv'", "SET threads = 8"):
            with pytest.raises(duckdb.Error):
                engine.execute(statement).fetchall()


def test_an_answer_has_a_limit(office: Office, settings: Any) -> None:
    office.published()
    settings.TIANQU_QUERY_SECONDS_MAX = 300  # time is not what is tried here
    answer = ask(office, "SELECT * FROM range(1000000000)")
    assert len(answer.rows) == 10_000 and answer.more
    with pytest.raises(TooLarge):
        ask(office, "SELECT string_agg(range::VARCHAR, '') FROM range(5000000)")


def test_lists_and_other_values_are_told_as_texts(office: Office) -> None:
    office.published()
    answer = ask(
        office,
        "SELECT list(firms ORDER BY firms), {'a': [1.50, NULL], 'b': DATE '2020-02-01'}, MAP {1: 'x'},"
        " 1.50::DECIMAL(9,2), DATE '2020-02-01', TIMESTAMP '2020-02-01 10:00:00', TIME '10:00:00',"
        " 170141183460469231731687303715884105727, true, NULL, 'infinity'::DOUBLE, '\"\n衢' FROM trade_by_county",
    )
    assert answer.rows == ((
        "[1, 2, 3, 4]", '{"a": ["1.50", null], "b": "2020-02-01"}', '{"1": "x"}', Decimal("1.50"),
        date(2020, 2, 1), datetime(2020, 2, 1, 10), "10:00:00", 2**127 - 1, True, None, float("inf"), '"\n衢',
    ),)  # fmt: skip
    assert len(ask(office, "SELECT unnest(list(firms)) FROM trade_by_county").rows) == 4
