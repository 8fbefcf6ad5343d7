"""What is sent to break the desk of releases, and what a unit would learn of a text without its reading being noted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests.kernel.releases.test_releases import EN, ZH, Press
from tests.web.api.calling import ANYONE, caller
from tests.web.desk.browsing import browser
from tianqu.base.errors import InvalidInput
from tianqu.kernel.releases import api

DESK = "/desk/releases/2021-trade/"
HIDDEN = ("\n此处另有说法。\n", "\nA sentence hidden here.\n")


@pytest.mark.parametrize("seen", ["9" * 5_000, "٣", "²", "-1", "x"])
def test_what_is_no_number_is_refused_with_words(press: Press, seen: str) -> None:
    press.published()
    desk = browser(press.writer)
    assert desk.post(f"{DESK}deed", {"deed": "ask", "seen": seen}).status_code == 400
    assert desk.post(f"{DESK}correct", {"seen": seen}).status_code == 400


def test_a_search_tells_a_signing_unit_no_more_than_the_title(press: Press) -> None:
    release = press.drafted(text=ZH + HIDDEN[0], text_en=EN + HIDDEN[1])
    api.ask_signatures(press.writer, release_id=release.id, expected_revision=1)
    for actor, words, there in (
        (press.writer, "hidden", True), (press.office.officer, "hidden", False), (press.office.officer, "另有", False),
        (press.office.officer, "trade", True), (press.office.officer, "外贸", True),
    ):  # fmt: skip
        assert bool(caller(actor).read("/releases-in-work", text=words)["rows"]) is there, words
    assert DESK not in browser(press.office.officer).get("/desk/releases/?q=hidden").content.decode()


def test_a_reason_that_no_table_can_keep_is_refused(press: Press) -> None:
    release = press.drafted()
    api.ask_signatures(press.writer, release_id=release.id, expected_revision=1)
    with pytest.raises(InvalidInput):
        api.sign_figures(
            press.office.officer, release_id=release.id, expected_revision=1, refused="a\0b",
            unit_id=press.office.prefecture.units["c1.housing"].id,
        )  # fmt: skip


def test_another_edition_of_what_is_under_embargo_is_not_public_before_it(press: Press) -> None:
    later = timezone.now() + timedelta(days=1)
    first = press.published(public_at=later)
    api.revise_release(press.writer, release_id=first.release_id, text=ZH, text_en=EN, expected_revision=1)
    press.sign(press.known(first.release_id))
    second = api.publish_release(
        press.writer, release_id=first.release_id, expected_revision=2, erratum="更正", erratum_en="Corrected"
    )
    assert second.public_at == later
    assert ANYONE.get("/releases/2021-trade").status_code == 404
    assert Client(SERVER_NAME="localhost").get("/releases/2021-trade/2/en.pdf").status_code == 404
