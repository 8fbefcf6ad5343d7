"""SQL for entitled people runs beside the server: whatever it asks for, it ends alone, in its limits, and is told."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import psutil
import pytest

from tests.kernel.datasets.office import Office
from tests.kernel.datasets.test_sql import NAME, ask
from tianqu.base.errors import InvalidInput, TooLarge
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.datasets import api, engine, sql_child, sql_process
from tianqu.kernel.datasets.engine import forget_engine
from tianqu.kernel.datasets.sql import asked

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux holds a process to its addresses")
ENDLESS = "SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range * b.range % 7 = 3"
CHAIN = " || ".join(["repeat('x', 60000000)"] * 9)
# Each asks for far more than it may have; some of it the engine counts, some it makes while it plans and counts not.
EXHAUSTERS = (
    f"SELECT len({CHAIN})",
    "SELECT [n::VARCHAR for n in range(20000000)]",
    "SELECT lpad('x', 2000000000, 'y')",
    "SELECT list(a.range::VARCHAR || b.range) FROM range(100000) a, range(100000) b",
    "WITH RECURSIVE t AS (SELECT 'x' AS n UNION ALL SELECT n || n FROM t) SELECT len(n) FROM t",
    "SELECT replace(repeat('a', 1000000), 'a', repeat('b', 1000))",
    "SELECT unnest(range(1000000000)) AS n ORDER BY n DESC",
)
MORE_EXHAUSTERS = (
    "SELECT " + " || ".join(["repeat('x', 60000000)"] * 2),  # an answer that is too large
    "SELECT range(50000000)",
    "SELECT printf('%1000000000d', 1)",
    "SELECT list_resize([1], 500000000)",
    "SELECT string_agg(range::VARCHAR, '') FROM range(50000000)",
    "SELECT count(DISTINCT a.range * 1000000 + b.range) FROM range(1000000) a, range(1000000) b",
    "SELECT * FROM range(5000000) a, range(5000000) b ORDER BY hash(a.range + b.range)",
    "WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t, range(1000)) SELECT sum(n) FROM t",
    "SELECT regexp_replace(repeat('a', 1000000), 'a', repeat('b', 1000), 'g')",
    "SELECT string_split(repeat('a', 50000000), '')",
)


@pytest.fixture
def small(settings: Any) -> None:
    """Limits that are soon reached."""
    settings.TIANQU_SQL_MEMORY_MB = 64
    settings.TIANQU_QUERY_SECONDS_MAX = 5


@pytest.fixture(autouse=True)
def _nothing_is_left() -> Iterator[None]:
    before = set(psutil.Process().children())
    yield
    assert set(psutil.Process().children()) <= before


def most_held() -> int:
    """The bytes of memory that this process has held at most since it was last begun to be counted."""
    told = Path("/proc/self/status").read_text()
    return int(told.split("VmHWM:")[1].split()[0]) * 1024


def count_anew() -> None:
    Path("/proc/self/clear_refs").write_text("5")


@linux
@pytest.mark.parametrize(
    "sql", [*EXHAUSTERS, *(pytest.param(each, marks=pytest.mark.slow) for each in MORE_EXHAUSTERS)]
)
def test_what_asks_for_too_much_ends_alone(office: Office, small: None, sql: str) -> None:
    office.published()
    ask(office, "SELECT 1")
    count_anew()
    before = most_held()
    # The engine may break on its last byte instead of saying so; that is told as well, and ends nobody else.
    with pytest.raises((TooLarge, api.QueryTooLong, api.QueryEnded)) as told:
        ask(office, sql)
    assert told.value.remedy
    assert most_held() - before < 16_000_000
    assert ask(office, "SELECT count(*) FROM trade_by_county").rows == ((4,),)


@linux
def test_it_is_held_to_its_memory(office: Office, settings: Any) -> None:
    """A limit that the process could not even begin with is told like any other."""
    office.published()
    settings.TIANQU_SQL_MEMORY_MB = -500
    with pytest.raises((TooLarge, api.QueryEnded)):
        ask(office, "SELECT 1")


def test_what_takes_no_end_is_stopped(office: Office, settings: Any) -> None:
    office.published()
    settings.TIANQU_QUERY_SECONDS_MAX = 2
    for sql in (ENDLESS, "WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t) SELECT sum(n) FROM t"):
        with pytest.raises(api.QueryTooLong):
            ask(office, sql)


def test_nesting_without_end_is_refused(office: Office) -> None:
    office.published()
    for sql in (
        f"SELECT {'(' * 9_000}1{')' * 9_000}",
        f"SELECT {'+'.join('1' * 9_000)}",
        f"SELECT {'(SELECT ' * 900}1{')' * 900}",
        f"SELECT {'[' * 600}1{']' * 600}",
    ):
        try:
            assert len(ask(office, sql).rows) == 1
        except (InvalidInput, api.QueryEnded, api.QueryTooLong) as told:
            assert told.field in ("sql", "")


def children() -> list[psutil.Process]:
    return [each for each in psutil.Process().children() if any("sql_child" in word for word in each.cmdline())]


def the_child() -> psutil.Process:
    """The process of the statement that is being asked, once it has begun to listen."""
    for _attempt in range(2_000):
        if found := children():
            return found[0]
        time.sleep(0.01)
    raise AssertionError("no process was started")


@pytest.mark.parametrize("name", ["SIGKILL", "SIGSEGV"])
def test_a_killed_process_is_told_as_such(office: Office, name: str) -> None:
    office.published()

    def kill() -> None:
        os.kill(the_child().pid, signal.Signals[name])

    killer = threading.Thread(target=kill)
    killer.start()
    with pytest.raises(api.QueryEnded) as told:
        ask(office, ENDLESS)
    killer.join()
    assert told.value.value == name and told.value.status == 503
    assert ask(office, "SELECT 1").rows == ((1,),)


def open_files(process: int) -> set[str]:
    """What the descriptors of a process stand for at this moment."""
    found = set()
    for link in Path(f"/proc/{process}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed since it was listed
            found.add(os.readlink(link).split(":")[0])
    return found


def test_nothing_of_the_server_is_handed_on(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """No secret, no descriptor, no session; a priority below the server's, and the first to go for want of memory."""
    office.published()
    monkeypatch.setenv("TIANQU_DATABASE_URL_OF_TEST", "secret")
    seen: dict[str, Any] = {}

    def look() -> None:
        child = the_child()
        seen["environment"] = set(child.environ())
        for _attempt in range(2_000):
            if child.nice() > psutil.Process().nice():
                break
            time.sleep(0.01)
        seen["nice"] = child.nice()
        seen["session"] = os.getsid(child.pid)
        seen["pid"] = child.pid
        if sys.platform == "linux":
            for _attempt in range(2_000):  # until it has read its own modules
                seen["files"] = open_files(child.pid)
                if seen["files"] <= {"pipe", "/dev/null"}:
                    break
                time.sleep(0.01)
            seen["limits"] = Path(f"/proc/{child.pid}/limits").read_text()
        child.kill()

    looker = threading.Thread(target=look)
    looker.start()
    with pytest.raises(api.QueryEnded):
        ask(office, ENDLESS)
    looker.join()
    assert seen["environment"] <= {"PYTHONPATH", "LC_CTYPE"}  # the interpreter itself may set the latter
    assert seen["nice"] > psutil.Process().nice() and seen["session"] == seen["pid"]
    if sys.platform == "linux":
        assert seen["files"] <= {"pipe", "/dev/null"}
        address_space = next(line for line in seen["limits"].splitlines() if line.startswith("Max address space"))
        assert address_space.split()[3:5] == [str(1024 << 20)] * 2


def test_several_at_once_are_answered_each_with_its_own(office: Office, settings: Any) -> None:
    office.published()
    views = {"trade_by_county": api.open_version(office.officer, api.dataset_called(office.officer, NAME))}
    each = [asked(f"SELECT {n} + count(*) FROM trade_by_county", views) for n in range(6)]
    with ThreadPoolExecutor(3) as threads:
        answers = list(threads.map(sql_process.run_apart, each))
    assert [answer.rows for answer in answers] == [((n + 4,),) for n in range(6)]


def test_more_than_there_are_places_for_wait_or_are_told(office: Office, settings: Any) -> None:
    office.published()
    settings.TIANQU_QUERIES_AT_ONCE = 1
    forget_engine()
    settings.TIANQU_QUERY_SECONDS_MAX = 0.2
    with engine.slot("question"), pytest.raises(api.Busy):
        ask(office, "SELECT 1")
    assert not children()


def test_an_answer_too_large_is_not_kept(office: Office, settings: Any) -> None:
    office.published()
    settings.TIANQU_QUERY_SECONDS_MAX = 300  # time is not what is tried here
    for sql in (
        "SELECT repeat('x', 100000) FROM range(300)",
        "SELECT " + ", ".join(["range + 1000000000000"] * 400) + " FROM range(10000)",
    ):
        with pytest.raises(TooLarge, match="larger than it may be"):
            ask(office, sql)


def test_parts_in_an_object_store_are_read_through_the_server(office: Office, settings: Any) -> None:
    settings.TIANQU_DATASETS_URL = f"memory://sql-{new_identifier()}"
    forget_engine()
    rows = "".join(f"德城区,2020-01-01,{n}.50,{n},张三\n" for n in range(20_000))
    office.published("县市区,日期,金额,企业数,负责人姓名\n" + rows)
    answer = ask(office, "SELECT count(*), sum(amount), max(firms) FROM trade_by_county WHERE firms >= 10")
    assert answer.rows == ((19_990, Decimal("199999950.00"), 19_999),)
    with pytest.raises(InvalidInput):
        ask(office, "SELECT * FROM read_parquet('memory://other')")
    views = {"view": api.open_version(office.officer, api.dataset_called(office.officer, NAME))}
    with sql_child.engine_for(asdict(asked("", views)) | {"views": {}}) as engine_there:
        for place in ("/etc/passwd", "memory://other.csv"):
            with pytest.raises(duckdb.Error):
                engine_there.execute(f"FROM read_csv('{place}')").fetchall()


@pytest.mark.parametrize(
    "program",
    [
        "import sys; sys.exit(3)",
        "print('[1,', end='')",
        "import sys; sys.stdout.write('x' * 30_000_000)",
        "import sys; sys.stdin.close(); sys.stdin = None",
    ],
)
def test_a_process_that_breaks_is_told(office: Office, settings: Any, program: str) -> None:
    office.published()
    settings.TIANQU_QUERY_SECONDS_MAX = 5
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sql_process, "_PROGRAM", ["-c", program])
        with pytest.raises((api.QueryEnded, api.QueryTooLong)):
            ask(office, "SELECT 1")


def test_it_ends_by_itself_when_nobody_is_left(office: Office, settings: Any) -> None:
    """Were the server killed, the statement would not run on: the system's own clock ends it."""
    office.published()
    settings.TIANQU_QUERY_SECONDS_MAX = 1
    views = {"trade_by_county": api.open_version(office.officer, api.dataset_called(office.officer, NAME))}
    told = json.dumps(asdict(asked(ENDLESS, views))).encode() + b"\n"
    with sql_process.started() as process:
        assert process.stdin is not None
        process.stdin.write(told)
        process.stdin.flush()
        assert -process.wait(60) in (signal.SIGALRM, signal.SIGXCPU, signal.SIGKILL)  # by the clock or the processor
