"""A backup brings everything back, a restore never stops half-way, and an upgrade loses nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tianqu.project.database import socket_folder
from tianqu.project.embedded.binaries import all_binaries
from tianqu.project.embedded.cluster import Cluster
from tianqu.project.embedded.installation import cluster_in

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]

TABLES = """
    CREATE TABLE paper (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, text text NOT NULL, path ltree);
    INSERT INTO paper (text, path) SELECT '天衢 𠮷 ' || n, 'dezhou.decheng'::ltree FROM generate_series(1, 1000) n;
    CREATE TABLE asker (name text);
    ALTER TABLE asker ENABLE ROW LEVEL SECURITY;
    ALTER TABLE asker FORCE ROW LEVEL SECURITY;
    CREATE POLICY nobody ON asker USING (false) WITH CHECK (true);
    INSERT INTO asker VALUES ('某某');
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'outside an act'; END $$;
    CREATE TRIGGER guard BEFORE INSERT OR UPDATE OR DELETE ON paper FOR EACH ROW EXECUTE FUNCTION refuse();
"""


class Database:
    """An installation's database and the commands on it."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self.environment = {name: value for name, value in os.environ.items() if name != "TIANQU_DATABASE_URL"}
        self.environment |= {"TIANQU_VAR": str(var), "PYTHONPATH": str(ROOT)}

    def __call__(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "tianqu", "db", *arguments], capture_output=True, text=True, cwd=ROOT,
            stdin=subprocess.DEVNULL, env=self.environment | environment,
        )  # fmt: skip

    def must(self, *arguments: str, **environment: str) -> str:
        done = self(*arguments, **environment)
        assert done.returncode == 0, done.stderr
        return done.stdout

    @property
    def cluster(self) -> Cluster:
        return cluster_in(self.var)

    def fill(self) -> None:
        with self.cluster.connect(user="tianqu", database="tianqu") as connection:
            connection.execute(TABLES)  # type: ignore[arg-type]

    def content(self) -> tuple[object, ...]:
        """What the superuser sees, and what the role of the application may not do."""
        with self.cluster.connect(database="tianqu") as connection:
            row = connection.execute(
                "SELECT count(*), md5(string_agg(id || text || path::text, ',' ORDER BY id)), "
                "(SELECT string_agg(name, ',') FROM asker), "
                "(SELECT tableowner FROM pg_tables WHERE tablename = 'asker'), "
                "(SELECT relforcerowsecurity FROM pg_class WHERE relname = 'asker'), "
                "(SELECT count(*) FROM pg_trigger WHERE tgname = 'guard') FROM paper"
            ).fetchone()
        assert row is not None
        return tuple(row)


@pytest.fixture
def database() -> Iterator[Database]:
    var = Path(tempfile.mkdtemp(prefix="tianqu-backup-"))
    made = Database(var)
    yield made
    made("stop")
    shutil.rmtree(var)
    shutil.rmtree(socket_folder(var), ignore_errors=True)


@pytest.fixture
def filled(database: Database) -> Database:
    database.must("start")
    database.fill()
    return database


def test_a_backup_brings_everything_back(filled: Database) -> None:
    before = filled.content()
    assert before[:1] == (1000,)
    assert before[2:] == ("某某", "tianqu", True, 1)
    file = filled.var / "one.backup"
    filled.must("backup", str(file))
    assert file.stat().st_mode & 0o077 == 0
    with filled.cluster.connect(database="tianqu") as connection:
        connection.execute("DROP TABLE paper, asker")
    filled.must("restore", str(file), "--replace")
    assert filled.content() == before


def test_a_database_that_holds_something_is_replaced_only_on_demand(filled: Database) -> None:
    file = filled.var / "one.backup"
    filled.must("backup", str(file))
    refused = filled("restore", str(file))
    assert refused.returncode == 2
    assert "is not empty" in refused.stderr
    assert "exists already" in filled("backup", str(file)).stderr


@pytest.mark.parametrize("length", [0, 3000, -400])
def test_a_broken_file_changes_nothing(filled: Database, length: int) -> None:
    before = filled.content()
    file = filled.var / "one.backup"
    filled.must("backup", str(file))
    broken = filled.var / "broken.backup"
    broken.write_bytes(file.read_bytes()[:length])
    refused = filled("restore", str(broken), "--replace")
    assert refused.returncode == 2
    assert "Traceback" not in refused.stderr
    assert filled.content() == before


def test_a_restored_database_can_go_into_an_empty_installation(filled: Database, tmp_path: Path) -> None:
    file = tmp_path / "one.backup"
    filled.must("backup", str(file))
    before = filled.content()
    filled.must("stop")
    shutil.rmtree(filled.var / "postgres")
    filled.must("start")
    filled.must("restore", str(file))
    assert filled.content() == before


def test_the_data_of_an_older_postgresql_moves_to_the_newer(database: Database) -> None:
    newest = next(all_binaries())
    older = [binaries for binaries in all_binaries() if binaries.major < newest.major]
    if not older:
        pytest.skip("there is only one PostgreSQL on this machine")
    database.must("start", TIANQU_POSTGRES_BIN=str(older[0].folder))
    assert database.cluster.data_major() == older[0].major
    database.fill()
    before = database.content()
    refused = database("upgrade")
    assert "in use" in refused.stderr
    database.must("stop")
    said = database.must("upgrade")
    assert f"from PostgreSQL {older[0].major} to {newest.major}" in said
    assert (database.var / f"postgres-{older[0].major}" / "PG_VERSION").exists()
    database.must("start")
    assert database.cluster.data_major() == newest.major
    assert database.content() == before
    database.must("stop")
    assert "nothing to do" in database.must("upgrade")


def test_status_says_whether_it_runs(database: Database) -> None:
    stopped = database("status")
    assert stopped.returncode == 3
    assert "running   no" in stopped.stdout
    database.must("start")
    assert "running   yes" in database.must("status")


def test_a_server_of_ones_own_is_neither_started_nor_stopped(filled: Database) -> None:
    own = {"TIANQU_DATABASE_URL": filled.cluster.address()}
    both = own | {"TIANQU_DATABASE_OWNER_URL": filled.cluster.address(user="tianqu")}
    for command in ("start", "stop", "upgrade"):
        refused = filled(command, **own)
        assert refused.returncode == 2
        assert "of your own" in refused.stderr
    assert "sessions" in filled.must("status", **own)
    file = filled.var / "own.backup"
    for roles in (own, both):  # neither sees every row
        assert "TIANQU_DATABASE_ADMIN_URL" in filled("backup", str(file), **roles).stderr
    assert not file.exists()
    filled.must("backup", str(file), **own, TIANQU_DATABASE_ADMIN_URL=filled.cluster.address(user="postgres"))
    assert file.stat().st_size > 0
