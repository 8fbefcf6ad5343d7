"""The desk of releases through HTTP: writing, two officers on one text, check, search, history."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from tests.kernel.releases.test_releases import EN, ZH, Press
from tests.web.desk.browsing import browser
from tianqu.kernel.places.api import actor_of
from tianqu.kernel.releases import api

DESK = "/desk/releases/2021-trade/"


@pytest.fixture
def writer(press: Press) -> Client:
    return browser(press.writer)


@pytest.fixture
def officer(press: Press) -> Client:
    return browser(press.office.officer)


def body(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, answer.content.decode()[:500]
    return str(answer.content.decode())


def begun(writer: Client, **more: str) -> Any:
    given = {
        "code": "2021-trade", "unit": "city", "issuer": "新闻办", "issuer_en": "Press office", "periods": "2020， 2021",
        "names": "5G",
    }  # fmt: skip
    return writer.post("/desk/releases/new", given | more)


def kept(writer: Client, text: str = ZH, text_en: str = EN, *, seen: int = 0, deed: str = "save") -> Any:
    return writer.post(f"{DESK}text", {"text": text, "text_en": text_en, "seen": seen, "deed": deed})


def test_an_empty_desk_says_how_to_begin(writer: Client, officer: Client) -> None:
    assert "Begin one" in body(writer.get("/desk/releases/"))
    page = body(officer.get("/desk/releases/"))
    assert "comes here to be signed" in page and "/desk/releases/new" not in page


def test_a_release_is_begun_written_and_listed(writer: Client) -> None:
    assert begun(writer).status_code == 302
    assert kept(writer).status_code == 302
    listed = body(writer.get("/desk/releases/"))
    assert "Trade" in listed and "being written" in listed
    page = body(writer.get(f"{DESK}text"))
    assert "Every number and comparison is bound" in page
    assert "230.3元" in page and "230.3 yuan" in page  # what it quotes, as it is printed now
    assert 'value="1"' in page
    assert "Text 1" in body(writer.get(DESK))


def test_a_form_that_is_refused_keeps_what_was_typed(writer: Client) -> None:
    page = body(begun(writer, periods="soon"), 400)
    assert "soon" in page and 'value="2021-trade"' in page
    assert begun(writer).status_code == 302
    assert "Another release has this code" in body(begun(writer), 409)


@pytest.mark.parametrize(("query", "there"), [
    ("?q=外贸", True), ("?q=2021-trade", True), ("?q=grain", False), ("?standing=draft", True),
    ("?standing=public", False), ("?standing=signing", False), ("?standing=embargo", False),
])  # fmt: skip
def test_filters(press: Press, writer: Client, query: str, there: bool) -> None:
    press.drafted()
    page = body(writer.get(f"/desk/releases/{query}"))
    assert (DESK in page) == there
    assert there or "No release fits" in page


def test_an_unknown_standing_and_a_bad_mark_are_refused(writer: Client) -> None:
    assert writer.get("/desk/releases/?standing=lost").status_code == 400
    assert writer.get("/desk/releases/?after=x").status_code == 400


def test_loose_numbers_and_comparisons_are_shown_with_their_line_and_what_would_bind_them(
    press: Press, writer: Client
) -> None:
    press.drafted()
    text = ZH + "\n贸易额230.3元。\n\n居全省首位。\n"
    page = body(kept(writer, text, seen=1, deed="check"))
    assert "places keep this text" in page
    assert page.count("Line 5") == 1 and "Line 7" in page and re.search("<mark>[^<]*首位", page)
    assert "{{ figure trade.total }}" in page and "prints this number" in page
    assert text.strip() in page  # what was typed stays, and nothing was kept
    assert "Text 2" not in body(writer.get(DESK))
    part = body(writer.post(f"{DESK}check", {"text": text, "text_en": EN}))
    assert re.search("<mark>[^<]*首位", part) and "<html" not in part


def test_the_second_of_two_officers_keeps_their_words_and_sees_what_differs(press: Press, writer: Client) -> None:
    press.drafted()
    second = browser(actor_of(press.office.prefecture.person("city", "press_officer", name="吕二"), channel="web"))
    assert kept(writer, ZH + "\n第一位写的。\n".replace("第一位", "先"), seen=1).status_code == 302
    mine = ZH + "\n后写的。\n"
    page = body(kept(second, mine, seen=1), 409)
    assert "郑新闻" in page and "kept text 2 meanwhile" in page
    assert "<mark>先</mark>" in page and "<mark>后</mark>" in page and mine.strip() in page
    assert re.search(r'name="seen" value="2"', page)
    assert "后写的" not in body(writer.get(f"{DESK}text"))
    assert kept(second, mine, seen=2).status_code == 302
    assert "后写的" in body(writer.get(f"{DESK}text"))


def test_every_revision_stays_and_two_are_compared(press: Press, writer: Client) -> None:
    press.drafted()
    kept(writer, ZH.replace("全县", "全市"), seen=1)
    page = body(writer.get(f"{DESK}history"))
    assert "<mark>县</mark>" in page and "<mark>市</mark>" in page and "Nothing differs" in page
    assert "Text 1, the first" in body(writer.get(f"{DESK}history?to=1"))
    assert writer.get(f"{DESK}history?to=9").status_code == 404
    assert writer.get(f"{DESK}history?to=x").status_code == 400


def test_figures_are_found_by_words_and_made_into_tables_and_charts(press: Press, writer: Client) -> None:
    press.drafted()
    page = body(writer.get(f"{DESK}figures?q=贸易"))
    assert "{{ figure trade.total }}" in page and "230.3 yuan" in page and "<html" in page
    part = body(writer.get(f"{DESK}figures?q=trade", headers={"hx-request": "true"}))
    assert "{{ figure trade.total }}" in part and "<html" not in part
    made = body(writer.get(f'{DESK}figures?figure=trade.total&make=bar&title=A "b"'))
    assert "{{ chart bar trade.total title &#34;A b&#34; }}" in made
    assert "No figure has these words" in body(writer.get(f"{DESK}figures?q=nothing-of-this"))


def test_a_preview_keeps_nothing(press: Press, writer: Client) -> None:
    press.drafted()
    page = body(writer.post(f"{DESK}preview", {"text": ZH + "\n新段。\n", "text_en": EN, "preview": "zh"}))
    assert "新段" in page and "230.3元" in page and 'class="bulletin"' in page
    assert "新段" not in body(writer.get(f"{DESK}text"))
    wrong = body(writer.post(f"{DESK}preview", {"text": "没有标题", "text_en": EN, "preview": "zh"}))
    assert "cannot be shown yet" in wrong


def test_what_is_written_is_text_and_never_markup(press: Press, writer: Client) -> None:
    press.drafted()
    page = body(kept(writer, ZH + "\n<script>alert(1)</script>\n", seen=1, deed="check"))
    assert "<script>alert" not in page


@pytest.mark.parametrize("path", ["", "text", "history", "figures?q=a"])
def test_others_find_nothing(press: Press, officer: Client, path: str) -> None:
    press.drafted()
    other = browser(press.office.other)
    for client in (officer, other):
        assert client.get(f"{DESK}{path}").status_code == 404
    assert client.get("/desk/releases/new").status_code == 403
    assert kept(officer, seen=1).status_code == 404
    assert Client(SERVER_NAME="localhost").get(f"{DESK}{path}").status_code in (302, 403)
    clerk = browser(actor_of(press.office.prefecture.person("city", "clerk", name="李科"), channel="web"))
    assert clerk.get("/desk/releases/").status_code == 403


def test_a_unit_that_was_asked_sees_that_it_is_to_sign_and_not_the_editor(press: Press, officer: Client) -> None:
    release = press.drafted()
    api.ask_signatures(press.writer, release_id=release.id, expected_revision=1)
    assert "Trade" in body(officer.get("/desk/releases/"))
    assert "still to sign" in body(officer.get(DESK))
    assert officer.get(f"{DESK}text").status_code == 403
    assert browser(press.office.other).get(DESK).status_code == 404
