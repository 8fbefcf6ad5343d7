"""``tianqu recompute``: a due time is computed again from its proof, and a proof that was changed is found out."""

from __future__ import annotations

import json
import re
import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tianqu.base.calendars import calendar_from
from tianqu.base.errors import InvalidInput
from tianqu.kernel.orders.clocks import pause_clock, resume_clock, start_clock
from tianqu.project.cli import app

DOCUMENT = Path(__file__).parents[2] / "docs" / "clocks.md"
START = datetime.fromisoformat("2026-09-30T16:00:00+08:00")


@pytest.fixture
def proof() -> dict[str, Any]:
    """The proof of the documented calendar, with a pause."""
    found = re.search(r"```toml\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    assert found
    calendar = calendar_from(tomllib.loads(found[1]))
    times = start_clock(calendar, "finish", START, working_days=3)
    times = pause_clock(calendar, times.proof, START.replace(hour=17), by="unit:water", reason="which flat?")
    return resume_clock(calendar, times.proof, datetime.fromisoformat("2026-10-12T10:00:00+08:00"), by="asker").proof


def run(path: Path, content: object) -> Any:
    path.write_text(json.dumps(content), encoding="utf-8")
    return CliRunner().invoke(app, ["recompute", str(path)])


def test_a_proof_is_computed_again(tmp_path: Path, proof: dict[str, Any]) -> None:
    result = run(tmp_path / "proof.json", proof)
    assert result.exit_code == 0, result.output
    assert f"THE SAME: due {proof['due_at']}" in result.output
    assert re.search(r"2026-10-01 +not worked +holiday National Day", result.output)
    assert "pause by unit:water: which flat?" in result.output


def test_a_changed_proof_is_found_out(tmp_path: Path, proof: dict[str, Any]) -> None:
    result = run(tmp_path / "proof.json", proof | {"due_at": "2026-12-31T17:30:00+08:00"})
    assert result.exit_code == 1
    assert "DIFFERENT" in result.output


def test_what_is_no_proof_is_refused(tmp_path: Path) -> None:
    for content in ([], {"unit": "days"}, "x"):
        result = run(tmp_path / "proof.json", content)
        assert isinstance(result.exception, InvalidInput)
