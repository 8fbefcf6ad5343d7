"""What docs/datasets.md and the page of a dataset tell programs to write does what they say, as it is written there."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.kernel.datasets.conftest import office, store
from tests.kernel.datasets.office import COLUMNS, Office
from tests.web.api.calling import token_for
from tianqu.kernel.datasets import api
from tianqu.web.data.examples import api_examples

__all__ = ["office", "store"]
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(shutil.which("curl") is None, reason="no curl on the PATH"),
]
DOCUMENT = Path(__file__).parents[3] / "docs" / "datasets.md"
GIVEN = ("name", "type", "title", "title_en", "unit", "decimals", "personal", "closed")
HEAD = "县市区,日期,金额,企业数,负责人姓名\n"
ROWS = HEAD + "".join(f"德城区,2020-01-{n:02},{n}00.50,3,张三\n" for n in range(1, 25))


def commands(block: str) -> list[str]:
    """The curl commands of a block, each in one piece."""
    return [line for line in re.sub(r"\\\n\s*", " ", block).splitlines() if line.startswith("curl ")]


def run(command: str, folder: Path, token: str = "") -> str:
    done = subprocess.run(
        ["sh", "-c", command.replace("curl ", "curl --fail-with-body -sS -H 'Accept-Language: en' ", 1)],
        cwd=folder, env={"TOKEN": token, "PATH": "/usr/bin:/bin:/usr/local/bin"}, capture_output=True, text=True,
        timeout=120, errors="replace",
    )  # fmt: skip
    assert done.returncode == 0, (command, done.stdout, done.stderr)
    return done.stdout


def test_every_command_of_the_document_and_of_the_page(
    office: Office, live_server: Any, settings: Any, tmp_path: Path
) -> None:
    asking, publishing = re.findall(r"```\n(curl.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.S)
    dataset = office.published(ROWS)
    (tmp_path / "trade.csv").write_text(ROWS, encoding="utf-8")
    columns = [{name: each.json()[name] for name in GIVEN} for each in COLUMNS]
    (tmp_path / "schema.json").write_bytes(orjson.dumps({"columns": columns}))

    def here(command: str) -> str:
        return command.replace("https://HOST", live_server.url)

    token = token_for(office.officer)
    guessed, loaded = (orjson.loads(run(here(each), tmp_path, token)) for each in commands(publishing))
    assert guessed["version"] is None and len(guessed["columns"]) == 5
    assert loaded["version"]["number"] == 2 and loaded["rows"] == 24

    part = api.open_version(office.stranger, api.dataset_called(office.stranger, dataset.code)).stored.parts[0].sha256
    asked = [each for each in commands(asking) if "health.cases" not in each]  # whose rows are not open
    told = [run(here(each).replace("SHA256", part), tmp_path, token if "$TOKEN" in each else "") for each in asked]
    found, one, rows, groups, row = map(orjson.loads, told[:5])
    assert found["total"] == 1 and found["facets"]["domain"]
    assert one["newest"]["number"] == 2 and len(rows["rows"]) == 24 and rows["rows"][0]["amount"] == 2400.5
    assert groups["rows"] == [{"county": "德城区", "count": 24, "sum_amount": 30012.0}] and row["number"] == 17
    assert (tmp_path / "export.parquet").read_bytes()[:4] == b"PAR1"

    settings.TIANQU_ORIGIN = live_server.url
    (_curl, by_curl), (_python, by_python), *_others = api_examples(dataset, api.Schema(COLUMNS).open)
    for command in commands(by_curl):
        run(command, tmp_path)
    assert (tmp_path / "trade.by_county.parquet").is_file()
    exec(by_python.partition("import pandas")[0])
