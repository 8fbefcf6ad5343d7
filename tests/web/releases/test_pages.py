"""Releases through HTTP: read, taken along, made again; and not a trace of one before its time."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests.kernel.releases.test_releases import EN as TEXT_EN
from tests.kernel.releases.test_releases import ZH as TEXT
from tests.kernel.releases.test_releases import Press, correct_a_row
from tianqu.kernel.releases import api

PAGES = ("/releases/", "/releases/feed.atom", "/releases/2021-trade/", "/releases/2021-trade/1/zh.pdf", "/")


@pytest.fixture
def reader() -> Client:
    return Client(SERVER_NAME="localhost", HTTP_ACCEPT_LANGUAGE="en")


def test_a_release_is_read_in_both_languages(press: Press, reader: Client) -> None:
    press.published()
    listed = reader.get("/releases/").content.decode()
    assert "Trade" in listed and "/releases/2021-trade/" in listed
    page = reader.get("/releases/2021-trade/").content.decode()
    assert 'href="/figures/trade.total/"' in page and "230.3 yuan" in page
    chinese = reader.get("/releases/2021-trade/", headers={"accept-language": "zh-hans"}).content.decode()
    assert "230.3元" in chinese and "外贸情况" in chinese
    listed = reader.get("/releases/", headers={"accept-language": "zh-hans"}).content.decode()
    assert "外贸情况" in listed and "Trade" not in listed


@pytest.mark.parametrize("name", ["zh.pdf", "en.pdf", "zh.docx", "en.docx"])
def test_papers_are_the_published_bytes(press: Press, reader: Client, name: str) -> None:
    edition = press.published()
    answer = reader.get(f"/releases/2021-trade/1/{name}")
    assert hashlib.sha256(answer.content).hexdigest() == edition.hashes[name]
    assert reader.get(f"/releases/2021-trade/1/{name}", headers={"if-none-match": answer["ETag"]}).status_code == 304


def test_anybody_has_it_made_again(press: Press, reader: Client) -> None:
    edition = press.published()
    page = reader.post("/releases/2021-trade/1/again").content.decode()
    assert "byte by byte" in page and page.count(edition.hashes["zh.pdf"]) == 2


def test_an_erratum_stands_above_and_the_old_edition_stays(press: Press, reader: Client) -> None:
    first = press.published()
    correct_a_row(press)
    api.revise_release(press.writer, release_id=first.release_id, text=TEXT, text_en=TEXT_EN, expected_revision=1)
    press.sign(press.known(first.release_id))
    api.publish_release(
        press.writer, release_id=first.release_id, expected_revision=2, erratum="更正", erratum_en="A row was wrong"
    )
    page = reader.get("/releases/2021-trade/").content.decode()
    assert "A row was wrong" in page and "240.3 yuan" in page and "230.3 yuan" in page
    chinese = reader.get("/releases/2021-trade/", headers={"accept-language": "zh-hans"}).content.decode()
    assert "更正" in chinese and "230.3元" in chinese and "A row was wrong" not in chinese
    old = reader.get("/releases/2021-trade/1/").content.decode()
    assert "230.3 yuan" in old and "240.3 yuan" not in old


def test_before_its_time_every_door_answers_as_if_it_were_not_there(press: Press, reader: Client) -> None:
    before = {address: (reader.get(address).status_code, plain(reader.get(address).content)) for address in PAGES}
    press.published(public_at=timezone.now() + timedelta(hours=1))
    after = {address: (reader.get(address).status_code, plain(reader.get(address).content)) for address in PAGES}
    assert after == before
    assert reader.post("/releases/2021-trade/1/again").status_code == 404


def plain(content: bytes) -> str:
    """A page without what differs each time: its token, and the moment of an empty feed."""
    import re

    return re.sub(r'value="[A-Za-z0-9]{64}"|<updated>[^<]*</updated></feed>', "", content.decode(errors="replace"))


@pytest.mark.parametrize(
    "address",
    ["/releases/nothing/", "/releases/2021-trade/9/", "/releases/2021-trade/1/zh.exe", "/releases/2021-trade/1/..%2f"],
)
def test_what_is_not_there(press: Press, reader: Client, address: str) -> None:
    press.published()
    assert reader.get(address).status_code == 404


def test_a_bad_page_mark_is_refused_in_words(press: Press, reader: Client) -> None:
    assert reader.get("/releases/?after=yesterday").status_code == 400


def test_the_list_says_how_to_hear_of_the_next(press: Press, reader: Client) -> None:
    page = reader.get("/releases/").content.decode()
    for address, words in (
        ("/releases/feed.atom", "Follow as a feed (Atom)"),
        ("/programme/mail/", "Releases by mail"),
    ):
        assert f'<a href="{address}">{words}</a>' in page
        assert reader.get(address).status_code == 200
