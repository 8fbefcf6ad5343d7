"""What is exported is read and merged by OCDS Kit, the standard's own tools, as programs of their own.

They are not shipped: ocdskit and ocdsmerge (BSD-3) are installed from PyPI into an environment of their own.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.gateways.ocds.reading import sound
from tests.gateways.ocds.standard import SCHEMA
from tests.gateways.ocds.test_packages import FIRST, SECOND, THIRD, full, full_again
from tianqu.packs.village import acts
from tianqu.packs.village.tests.villages import Villages, terms
from tianqu.project.ocds_files import export_releases

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
TOOLS = ("ocdskit==1.7.0", "ocdsmerge==0.8.0")
MERGE = """
import json, sys
from ocdsmerge import Merger
package = json.load(open(sys.argv[1]))
merged = Merger(sys.argv[2]).create_compiled_release(package["releases"])
json.dump(merged, sys.stdout)
"""


@pytest.fixture(scope="session")
def tools(tmp_path_factory: Any) -> Path:
    """The folder of the programs."""
    folder: Path = tmp_path_factory.mktemp("ocdskit")
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    install = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*install, *TOOLS], check=True)
    return folder / "bin"


def run(*command: str | Path, given: bytes = b"") -> bytes:
    told = subprocess.run(list(map(str, command)), input=given, capture_output=True, check=False)
    assert told.returncode == 0, told.stderr.decode()
    return told.stdout


def test_ocdskit_reads_the_export_and_ocdsmerge_comes_to_what_the_register_says(
    villages: Villages, tools: Path, tmp_path: Path
) -> None:
    contract_id = villages.contract(**full(villages))
    later = replace(SECOND, paid_fen=SECOND.amount_fen)
    acts.correct_contract(
        villages.accountant, contract_id=contract_id,
        terms=replace(terms(), **full_again(contract_id) | {"instalments": (FIRST, later, THIRD)}),
    )  # fmt: skip
    file = tmp_path / "package.json"
    with file.open("wb") as target:
        assert export_releases(target, place="P") == 2
    package = sound(file.read_bytes())
    assert b"release package" in run(tools / "ocdskit", "detect-format", file)
    assert len(run(tools / "ocdskit", "split-release-packages", "1", given=file.read_bytes()).splitlines()) == 2
    merged = json.loads(run(tools / "python", "-c", MERGE, file, SCHEMA / "release-schema.json"))
    newest = package["releases"][-1]
    assert merged["tag"] == ["compiled"]
    assert merged["ocid"] == newest["ocid"]
    for part in ("parties", "buyer", "tender", "awards", "contracts"):
        assert merged[part] == newest[part]
