"""Whoever writes in another office is told by the desk of releases no value before its time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.kernel.datasets.conftest import office, store
from tests.kernel.releases.test_releases import EN, ZH, press
from tests.project.embargoed import build
from tests.project.outsiders import Outsider, outsider, without_what_is_drawn
from tianqu.kernel.orders.api import forget_catalogue
from tianqu.kernel.releases import api as releases

__all__ = ["office", "press", "store"]
pytestmark = pytest.mark.django_db
ELSEWHERE = "/desk/releases/2021-elsewhere/"
QUOTING = ZH + '\n某数{{ figure trade.blackbird }}。{{ chart bar trade.total title "贸易" }}\n'


def test_a_text_of_another_office_is_told_no_value_early(press: Any, own_log: Path) -> None:
    """Whoever writes elsewhere quotes, previews, checks and searches figures as everybody sees them."""
    forget_catalogue()
    stage = build(press)
    writer = outsider(press.office.prefecture, "press_officer")
    release_id = releases.draft_release(
        writer.actor, code="2021-elsewhere", unit_id=press.office.prefecture.units["c2.housing"].id, issuer="局",
        issuer_en="Bureau", periods=["2020"],
    )  # fmt: skip
    releases.revise_release(writer.actor, release_id=release_id, text=ZH, text_en=EN, expected_revision=0)
    before = told_while_writing(writer)
    assert "230.3" in before[0]  # what everybody sees is quoted
    stage.made("values")
    assert told_while_writing(writer) == before
    stage = replace(stage, until=None)
    stage.made("values")
    assert told_while_writing(writer) != before  # what was compared would have shown it


def told_while_writing(writer: Outsider) -> list[str]:
    """What the desk says to a text, and to searches of figures."""
    sent = [
        ("POST", "preview", {"text": ZH, "text_en": EN, "preview": "zh"}),
        ("POST", "preview", {"text": QUOTING, "text_en": EN, "preview": "zh"}),
        ("POST", "check", {"text": QUOTING, "text_en": EN, "revision": "1", "seen": "1", "deed": "check"}),
        ("POST", "text", {"text": QUOTING, "text_en": EN, "revision": "1", "seen": "1", "deed": "check"}),
        ("GET", "figures?q=trade", {}), ("GET", "figures?figure=trade.total&make=bar&title=a", {}), ("GET", "text", {}),
    ]  # fmt: skip
    return [without_what_is_drawn(writer.sent(method, ELSEWHERE + address, told)[0]) for method, address, told in sent]
