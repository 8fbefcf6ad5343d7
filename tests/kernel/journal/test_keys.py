"""Keys are made once, kept from others, and keep the name they were made with."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tianqu.kernel.journal.api import our_key
from tianqu.kernel.journal.keys import kept_key
from tianqu.kernel.journal.notes import NoteRefused, SigningKey


def test_a_key_is_made_once_by_whoever_comes_first(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "log.key"
    with ThreadPoolExecutor(8) as pool:
        keys = list(pool.map(lambda _n: str(kept_key(path, name="a.example").verifier), range(40)))
    assert len(set(keys)) == 1
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [file.name for file in path.parent.iterdir()] == ["log.key"]


def test_a_key_keeps_its_name(tmp_path: Path) -> None:
    path = tmp_path / "log.key"
    first = kept_key(path, name="a.example")
    assert kept_key(path, name="b.example").verifier == first.verifier


def test_the_environment_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = SigningKey.generate("c.example")
    monkeypatch.setenv("TIANQU_LOG_KEY", key.encode())
    assert kept_key(tmp_path / "log.key", name="a", environment="TIANQU_LOG_KEY").verifier == key.verifier
    assert not (tmp_path / "log.key").exists()
    monkeypatch.setenv("TIANQU_LOG_KEY", "PRIVATE+KEY+x")
    with pytest.raises(NoteRefused) as refused:
        kept_key(tmp_path / "log.key", name="a", environment="TIANQU_LOG_KEY")
    assert "PRIVATE" not in str(refused.value)


def test_the_origin_is_the_host_unless_it_is_set(tmp_path: Path, settings: Any) -> None:
    settings.VAR, settings.TIANQU_ORIGIN, settings.TIANQU_LOG_ORIGIN = tmp_path, "https://dezhou.example:8443", ""
    assert our_key().name == "dezhou.example:8443/log"
    settings.TIANQU_ORIGIN = "https://moved.example"
    assert our_key().name == "dezhou.example:8443/log"
    settings.TIANQU_LOG_ORIGIN = "dezhou.example/second-log"
    renamed = our_key()
    assert renamed.name == "dezhou.example/second-log"
    assert renamed.verifier.name == "dezhou.example/second-log"
