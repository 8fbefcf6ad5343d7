"""From a kept text to an edition, on pages and over the API: asked, in conflict, signed, read early, corrected."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.kernel.figures.test_figures import compute, define
from tests.kernel.releases.test_releases import EN, ZH, Press, correct_a_row
from tests.web.api.calling import ANYONE, Caller, caller
from tests.web.desk.browsing import browser
from tests.web.releases.test_desk import DESK, body
from tianqu.kernel.figures import api as figures
from tianqu.kernel.journal.api import SYSTEM, seeing
from tianqu.kernel.releases import api

TWO_ZH = "# 外贸\n\n贸易额{{ figure trade.total }}，其中出口{{ figure trade.export }}。\n"
TWO_EN = "# Trade\n\nTrade was {{ figure trade.total }}, of it exports {{ figure trade.export }}.\n"
RELATION = "export-of-total"


@pytest.fixture
def writer(press: Press) -> Client:
    return browser(press.writer)


@pytest.fixture
def officer(press: Press) -> Client:
    return browser(press.office.officer)


def deed(client: Client, deed: str, **more: Any) -> Any:
    return client.post(f"{DESK}deed", {"deed": deed, "seen": 1} | more)


def sign_address(press: Press) -> str:
    return f"{DESK}sign/{press.office.prefecture.units['c1.housing'].id}"


def in_conflict(press: Press, *, explained: bool = False) -> None:
    """A text with an export that is above the whole trade, and a relation that says it cannot be."""
    more = define(press.office, code="trade.export", name="出口额", name_en="Exports", formula={"constant": "500"})
    compute(press.office, more)
    told = {
        "figures": [{"id": code, "name": {"zh": code, "en": code}} for code in ("trade.total", "trade.export")],
        "relations": [{"id": RELATION, "part_of": {"part": "trade.export", "whole": "trade.total"}}],
    }
    figures.relate_figures(SYSTEM, relations=figures.read_relations(told))
    note_zh, note_en = (
        "\n> {{ explain export-of-total }} 口径不同。\n",
        "\n> {{ explain export-of-total }} Scopes differ.\n",
    )
    press.drafted(text=TWO_ZH + note_zh * explained, text_en=TWO_EN + note_en * explained)


def test_a_text_is_sent_signed_on_a_page_and_published(press: Press, writer: Client, officer: Client) -> None:
    press.drafted()
    assert deed(writer, "ask").status_code == 302
    page = body(officer.get(sign_address(press)))
    assert "230.3 yuan" in page and "trade.by_county" in page and "/data/trade.by_county/v1/" in page
    assert deed(writer, "publish").status_code == 409  # not signed yet
    assert officer.post(sign_address(press), {"deed": "sign"}).status_code == 302
    assert "Make the edition" in body(writer.get(DESK))
    assert deed(writer, "publish", public_at="2020-01-01T09:00").status_code == 400
    assert deed(writer, "publish").status_code == 302
    assert "230.3 yuan" in body(Client(SERVER_NAME="localhost", HTTP_ACCEPT_LANGUAGE="en").get("/releases/2021-trade/"))


def test_a_unit_refuses_with_a_reason(press: Press, writer: Client, officer: Client) -> None:
    press.drafted()
    deed(writer, "ask")
    assert "Say why" in body(officer.post(sign_address(press), {"deed": "refuse", "refused": " "}), 400)
    assert officer.post(sign_address(press), {"deed": "refuse", "refused": "口径不对"}).status_code == 302
    page = body(writer.get(DESK))
    assert "refused by a unit" in page and "口径不对" in page and "Make the edition" not in page


def test_a_text_with_faults_is_not_sent(press: Press, writer: Client) -> None:
    press.drafted(text=ZH + "\n共有15家。\n")
    assert deed(writer, "ask").headers["Location"].endswith("/text")
    assert api.signatures_of(press.known(api.Release.objects.get().id)) == []


def test_figures_that_cannot_all_be_right_are_not_signed(press: Press, writer: Client, officer: Client) -> None:
    in_conflict(press)
    page = body(writer.get(f"{DESK}text"))
    assert "Conflict 1" in page and "exact fractions" in page and "{{ explain export-of-total }}" in page
    deed(writer, "ask")
    page = body(officer.get(sign_address(press)))
    assert "cannot be signed" in page and "Conflict 1" in page and 'value="sign"' not in page
    assert "cannot all be right" in body(officer.post(sign_address(press), {"deed": "sign"}), 409)
    assert officer.post(sign_address(press), {"deed": "refuse", "refused": "出口大于总额"}).status_code == 302


def test_a_conflict_that_the_text_explains_is_signed_and_printed(press: Press, writer: Client, officer: Client) -> None:
    in_conflict(press, explained=True)
    assert "explained in the text" in body(writer.get(f"{DESK}text"))
    deed(writer, "ask")
    assert officer.post(sign_address(press), {"deed": "sign"}).status_code == 302
    assert deed(writer, "publish").status_code == 302
    page = body(Client(SERVER_NAME="localhost", HTTP_ACCEPT_LANGUAGE="en").get("/releases/2021-trade/"))
    assert "<p>Scopes differ.</p>" in page and RELATION not in page


@pytest.mark.parametrize("note", ["> {{ explain export-of-total }}", "{{ explain export-of-total }} 口径不同。",
                                  "> {{ explain nothing }} 口径不同。"])  # fmt: skip
def test_an_explanation_that_explains_nothing_is_a_fault(press: Press, note: str) -> None:
    in_conflict(press)
    release = api.Release.objects.get()
    proof = api.proof_of_words(press.writer, release, text=f"{TWO_ZH}\n{note}\n", text_en=TWO_EN)
    assert [each.line for each in proof.findings] == [5] and not proof.explained & {RELATION}


def test_units_that_are_named_read_early_and_it_is_noted(press: Press, writer: Client) -> None:
    press.drafted()
    reader = browser(press.office.other)
    assert reader.post(f"{DESK}read").status_code == 404
    assert deed(writer, "readers", readers="c2.housing").status_code == 302
    assert reader.get(f"{DESK}text").status_code == 403
    assert "230.3 yuan" in body(reader.post(f"{DESK}read"))
    assert "Text 1" in body(writer.get(DESK))
    assert api.readings_of(press.known(api.Release.objects.get().id))[0].post_id == press.office.other.post_id
    assert Client(SERVER_NAME="localhost").post(f"{DESK}read").status_code in (302, 403)


def test_an_erratum_lists_every_figure_sentence_and_chart(press: Press, writer: Client, officer: Client) -> None:
    chart = '\n{{ chart bar trade.total title "T" }}\n\n{{ table trade.total caption "C" }}\n'
    release = press.signed(text=ZH + chart, text_en=EN + chart)
    api.publish_release(press.writer, release_id=release.id, expected_revision=1)
    assert "Nothing prints otherwise" in body(writer.get(f"{DESK}erratum"))
    correct_a_row(press)
    page = body(writer.get(f"{DESK}erratum"))
    for said in ("240.3 yuan", "In 2020 trade came to 230.3 yuan", "Row of a table", "Chart", "2020年"):
        assert said in page, said
    assert "240.3" not in body(writer.get(f"{DESK}erratum?figure=nothing"))
    assert writer.post(f"{DESK}correct", {"seen": 1}).status_code == 302
    deed(writer, "ask", seen=2)
    officer.post(sign_address(press), {"deed": "sign"})
    assert "What was wrong" in body(writer.get(DESK))
    assert deed(writer, "publish", seen=2).status_code == 400
    assert deed(writer, "publish", seen=2, erratum="更正", erratum_en="A row was wrong").status_code == 302
    public = body(Client(SERVER_NAME="localhost", HTTP_ACCEPT_LANGUAGE="en").get("/releases/2021-trade/"))
    assert "In 2020 trade came to 240.3 yuan" in public and "Row of a table" in public


def test_the_api_reads_and_publishes_and_says_nothing_before_its_time(press: Press) -> None:
    office, unit, other = caller(press.writer), caller(press.office.officer), caller(press.office.other)
    release = press.signed()
    body_ = {"expected_revision": 1, "public_at": (timezone.now() + timedelta(hours=1)).isoformat()}
    address = "/releases/2021-trade"
    assert office.read(f"{address}/work")["standing"] == "signed"
    assert office.read(f"{address}/revisions/1")["text"] == ZH
    assert [each["number"] for each in office.read(f"{address}/revisions")] == [1]
    assert unit.read(f"{address}/work")["signatures"][0]["state"] == "signed"
    assert unit.get(f"{address}/revisions/1").status_code == 403
    assert other.get(f"{address}/work").status_code == 404
    assert [each["code"] for each in office.read("/releases-in-work")["rows"]] == ["2021-trade"]
    assert other.read("/releases-in-work")["rows"] == []
    for stranger, status in ((unit, 403), (other, 404), (ANYONE, 401)):
        assert stranger.post(f"{address}/editions", body_).status_code == status
    made = office.post(f"{address}/editions", body_)
    assert made.status_code == 201 and made.json()["number"] == 1
    assert office.post(f"{address}/editions", body_).status_code == 400  # another edition says what was wrong
    assert ANYONE.get(address).status_code == 404 and ANYONE.read("/releases")["rows"] == []
    with seeing(SYSTEM.scope):
        assert api.newest_edition(release) is not None


def test_the_api_shows_a_public_release_with_what_its_figures_printed(press: Press) -> None:
    press.published()
    told = ANYONE.read("/releases/2021-trade")
    assert told["figures"]["trade.total"]["en"] == "230.3 yuan" and told["text_en"] == EN
    assert told["editions"][0]["hashes"]["zh.pdf"] and ANYONE.read("/releases")["rows"][0]["title_en"] == "Trade"


def test_the_api_tells_faults_of_a_text_in_the_language_of_who_asks(press: Press) -> None:
    press.drafted(text=ZH + '\n{{ literal "15" }}家。\n', text_en=EN)
    office = caller(press.writer)
    chinese = Caller(office.headers | {"Accept-Language": "zh-hans"})
    for program, said in ((office, "A literal number needs its reason."), (chinese, "原样写出的数字要写明理由。")):
        findings = program.read("/releases/2021-trade/revisions/1")["findings"]
        assert said in " ".join(each["said"] for each in findings)
