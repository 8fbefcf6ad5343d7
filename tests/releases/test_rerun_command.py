"""``tianqu release rerun``: whoever runs an installation makes a published release again and sees the same bytes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tests.kernel.datasets.conftest import office, store
from tests.kernel.releases.test_releases import Press, press
from tianqu.base.errors import NotFound
from tianqu.kernel.releases import editions
from tianqu.project.cli import app

__all__ = ["office", "press", "store"]


def rerun(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["release", "rerun", *arguments], catch_exceptions=False)


def test_every_paper_comes_out_as_it_was_published(press: Press) -> None:
    edition = press.published()
    told = rerun("2021-trade", "--edition", "1")
    assert told.exit_code == 0 and "THE SAME: edition 1 of 2021-trade" in told.output
    assert told.output == rerun("2021-trade").output  # the newest is asked for where none is named
    for name, digest in edition.hashes.items():
        assert any(line.split() == [name, digest, "same"] for line in told.output.splitlines())


def test_a_paper_that_comes_out_otherwise_is_named(press: Press, monkeypatch: pytest.MonkeyPatch) -> None:
    press.published()
    made = editions.render

    def otherwise(*given: Any, **more: Any) -> Any:
        return replace(made(*given, **more), pdf=b"another")

    monkeypatch.setattr(editions, "render", otherwise)
    told = rerun("2021-trade")
    assert told.exit_code == 1 and "DIFFERENT: edition 1 of 2021-trade" in told.output
    other = {line.split()[0] for line in told.output.splitlines() if " NOW " in line}
    assert other == {"zh.pdf", "en.pdf"}


def test_what_is_not_public_is_not_made_again(press: Press) -> None:
    press.signed()
    with pytest.raises(NotFound):
        rerun("2021-trade")
