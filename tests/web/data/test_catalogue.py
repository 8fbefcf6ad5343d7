"""The catalogue by its pages: search in both languages, counts, states, and how many statements it takes when large."""

from __future__ import annotations

import pytest

from tests.kernel.datasets.office import Office
from tests.web.data.browsing import fill_catalogue, reader, statements, text_of
from tianqu.kernel.datasets import api

COUNT = 12_389
QUERIES_MAX = 10


def test_a_dataset_is_found_in_both_languages(office: Office) -> None:
    office.published()
    for language, title, rows in (("en", "Trade by county", "4 rows"), ("zh-hans", "分县贸易额", "4 行")):
        for words in ("贸易", "TRADE county"):
            page = text_of(reader(language=language), "/data/", q=words)
            assert title in page and rows in page and "/data/trade.by_county/" in page
    assert "Nothing was found" in text_of(reader(), "/data/", q="glacier")


def test_an_empty_catalogue_says_what_will_be_there(office: Office) -> None:
    assert "No dataset is published yet" in text_of(reader(), "/data/")


def test_facets_count_and_narrow(office: Office) -> None:
    office.published()
    office.dataset(code="trade.other", title="其他", title_en="Other", domain="health")
    page = text_of(reader(), "/data/")
    assert "domain=health" in page and "domain=industry" in page and "office=c1.housing" in page
    narrowed = text_of(reader(), "/data/", domain="health")
    assert "Other" in narrowed and "Trade by county" not in narrowed


def test_closed_datasets_are_nowhere_for_others(office: Office) -> None:
    office.published(access="closed")
    for who in (None, office.other):
        page = text_of(reader(who), "/data/")
        assert "trade.by_county" not in page and "access=closed" not in page
        assert reader(who).get("/data/trade.by_county/").status_code == 404
    assert "Trade by county" in text_of(reader(office.officer), "/data/")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("domain=magic", 400), ("access=all", 400), ("sort=drop", 400), ("page=0", 404), ("page=x", 404),
        ("page=99999999999", 404), ("page=0000001" + "9" * 5000, 404),
        ("office=nowhere", 404), ("q=%00", 400), ("q=" + "x" * 3000, 200),
        ("q=%25_'\"", 200),
    ],
)  # fmt: skip
def test_hostile_addresses(office: Office, query: str, status: int) -> None:
    assert reader().get(f"/data/?{query}").status_code == status


@pytest.mark.parametrize(
    "address", ["/data/", "/data/?q=供水", "/data/?domain=health&page=9", "/data/trade.by_county/"]
)
def test_a_large_catalogue_takes_few_statements(office: Office, address: str) -> None:
    office.published()
    fill_catalogue(office, COUNT)
    answer, count = statements(reader(), address)
    assert answer.status_code == 200
    assert count <= QUERIES_MAX
    if address == "/data/":
        assert f"{COUNT + 1 - COUNT // 50:,} datasets" in answer.content.decode()


def test_an_officer_needs_few_statements_too(office: Office) -> None:
    office.published()
    fill_catalogue(office, 500)
    client = reader(office.officer)
    statements(client, "/data/")  # the first notes the session
    _answer, count = statements(client, "/data/")
    assert count <= QUERIES_MAX + 4  # the session, the account and the posts


def test_a_withdrawn_dataset_says_so_under_its_address(office: Office) -> None:
    dataset = office.published()
    api.withdraw_dataset(office.officer, dataset_id=dataset.id, reason="另有新表")
    assert "Trade by county" not in text_of(reader(), "/data/")
    page = text_of(reader(), "/data/trade.by_county/")
    assert "was withdrawn" in page and "另有新表" in page and "/data/trade.by_county/export.csv" in page
