"""A certificate of hours that anybody verifies with its proof file and the log's key, and what is none."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.kernel.journal.logs import sequence
from tianqu.kernel.journal.api import our_key
from tianqu.kernel.journal.log import _log_at
from tianqu.packs.practice.services.tests.conftest import build_neighbourhood
from tianqu.packs.practice.services.tests.test_certificates import NAME, issued, number_of, served
from tianqu.packs.practice.tests.stage import browser, page
from tianqu.project.cli import app


@pytest.fixture
def own_log(tmp_path: Path, settings: Any) -> Iterator[None]:
    """A log of the test's own that is truly published."""
    settings.VAR, settings.TIANQU_LOG_URL = tmp_path, str(tmp_path / "log")
    settings.TIANQU_LOG_ORIGIN = "tianqu.example/log"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    yield
    _log_at.cache_clear()


@pytest.mark.django_db(transaction=True)
def test_anybody_verifies_it(own_log: None, tmp_path: Path) -> None:
    neighbourhood = build_neighbourhood()
    goer = served(neighbourhood)
    address, key = issued(goer), str(our_key().verifier)
    assert browser().get(f"{address}certificate.json").status_code == 404  # not published yet
    sequence()

    def verify(data: str) -> tuple[int, str]:
        (tmp_path / "given").write_text(data)
        told = CliRunner().invoke(app, ["verify", str(tmp_path / "given"), "--key", key])
        return told.exit_code, " ".join(told.output.split())

    public, own = (page(client, f"{address}certificate.json") for client in (browser(), browser(goer)))
    assert NAME not in public and json.loads(public)["content"] == ""
    for data, name in ((public, False), (own, True)):
        code, said = verify(data)
        assert code == 0 and said.endswith("VERIFIED.") and number_of(goer) in said and "105" in said
        assert (NAME in said) is name
    assert verify(page(browser(), f"{address}certificate.tlog-proof"))[0] == 0
    told = json.loads(own)
    forgeries = (
        told | {"content": told["content"].replace(NAME, "孙小三")}, told | {"salt": "00" * 16},
        told | {"body": told["body"].replace("105", "999")}, {"format": told["format"]},
    )  # fmt: skip
    for forged in forgeries:
        code, said = verify(json.dumps(forged))
        assert code == 1 and "NOT VERIFIED" in said
