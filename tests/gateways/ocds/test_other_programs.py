"""What is exported is read, merged and found valid by the standard's own tools, as programs of their own.

They are not shipped: ocdskit, ocdsmerge and libcoveocds, of which the official Data Review Tool is made, are installed
from PyPI into an environment of their own. The validator gets the standard from ``schema/`` and needs no network.
"""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.gateways.ocds.reading import sound
from tests.gateways.ocds.standard import SCHEMA
from tests.gateways.ocds.test_packages import FIRST, SECOND, THIRD, full, full_again
from tests.web.api.calling import ANYONE
from tianqu.packs.village import acts
from tianqu.packs.village.rules.facts import ContractKind
from tianqu.packs.village.tests.villages import Villages, terms
from tianqu.project.ocds_files import export_releases

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
TOOLS = ("ocdskit==1.7.0", "ocdsmerge==0.8.0", "libcoveocds==0.17.0")
# Whatever the validator can find fault with; "additional" are fields and codes that the standard does not know.
FAULTS = (
    "validation_errors", "additional_fields", "additional_closed_codelist_values", "deprecated_fields",
    "conformance_errors", "additional_checks", "extensions",
)  # fmt: skip
# Where the standard's open lists have no code for what something is, one may give one's own.
OWN_CODES = {"TIANQU-LAND", "TIANQU-PLACE", "TIANQU-NAME", "resolution", "approval"}
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


@pytest.fixture(scope="session")
def official(tools: Path, tmp_path_factory: Any) -> Callable[[bytes], dict[str, Any]]:
    """What the official validator finds wrong with a package, by the kind of fault."""
    folder: Path = tmp_path_factory.mktemp("validator")
    with zipfile.ZipFile(folder / "standard.zip", "w") as standard:
        standard.mkdir("standard")
        for path in sorted(SCHEMA.rglob("*.json")) + sorted(SCHEMA.rglob("*.csv")):
            standard.write(path, f"standard/schema/{path.relative_to(SCHEMA)}")

    def found(package: bytes) -> dict[str, Any]:
        (folder / "package.json").write_bytes(package)
        told = run(tools / "libcoveocds", "--standard-zip", folder / "standard.zip", folder / "package.json")
        result = json.loads(told)
        assert result["version_used"] == "1.1"
        own = {code for each in result["additional_open_codelist_values"].values() for code in each["values"]}
        assert own <= OWN_CODES
        return {name: result[name] for name in FAULTS if result.get(name)}

    return found


def test_the_official_validator_finds_no_fault(
    villages: Villages, official: Callable[[bytes], dict[str, Any]], tmp_path: Path
) -> None:
    contract_id = villages.contract(**full(villages))
    acts.correct_contract(
        villages.accountant, contract_id=contract_id, terms=replace(terms(), **full_again(contract_id))
    )
    villages.contract("H1", kind=ContractKind.HOUSEHOLD, until=date(2051, 6, 1), rent_year_fen=None)
    file = tmp_path / "package.json"
    with file.open("wb") as target:
        assert export_releases(target, place="P") == 3
    package = json.loads(file.read_bytes())
    assert official(file.read_bytes()) == {}
    page = ANYONE.read("/ocds/releases", place="P", limit=2)
    del page["extensions"], page["links"]  # the extension of pages would have to be fetched
    assert official(json.dumps(page).encode()) == {}
    package["releases"][0]["date"] = "yesterday"  # it does look
    assert [*official(json.dumps(package).encode())] == ["validation_errors"]
