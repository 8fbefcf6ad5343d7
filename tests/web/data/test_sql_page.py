"""Asking by SQL on a page: who may, what stands beside, what is refused, what was asked before."""

from __future__ import annotations

from typing import Any

from tests.kernel.datasets.office import Office
from tests.web.data.browsing import reader, text_of

PAGE = "/desk/data-sql"
NAME = "trade.by_county"


def post(client: Any, sql: str, **more: str) -> Any:
    return client.post(PAGE, {"datasets": NAME, "sql": sql} | more)


def test_the_page_of_a_dataset_leads_there(office: Office) -> None:
    office.published()
    address = f"{PAGE}?datasets={NAME}"
    assert address in text_of(reader(office.officer), f"/data/{NAME}/")
    assert PAGE not in text_of(reader(), f"/data/{NAME}/")
    page = text_of(reader(office.officer), address)
    assert "FROM trade_by_county" in page and "<code>manager</code>" in page and "20 seconds" in page
    assert "<code>manager</code>" not in text_of(reader(office.other), address)  # closed to other offices


def test_a_statement_is_answered_shown_and_kept_for_its_officer(office: Office) -> None:
    office.published()
    client = reader(office.officer)
    sql = "SELECT county, sum(amount) AS total FROM trade_by_county GROUP BY 1 ORDER BY 2 DESC NULLS LAST"
    page = post(client, sql)
    assert page.status_code == 200 and '<th scope="col">total</th>' in page.content.decode()
    assert "10.00" in page.content.decode() and "3 rows." in page.content.decode()
    file = post(client, sql, form="csv")
    assert file.content.decode("utf-8-sig").splitlines()[:2] == ["county,total", "陵城区,10.00"]
    assert text_of(client, PAGE).count("SELECT county, sum(amount)") == 1  # asked twice, told once
    assert "SELECT county" not in text_of(reader(office.other), PAGE)


def test_what_is_refused_keeps_what_was_typed(office: Office) -> None:
    office.published()
    client = reader(office.officer)
    for sql, more, status, told in (
        ("SELECT * FROM read_csv('/etc/passwd')", {}, 400, "reaches beyond the datasets"),
        ("DROP VIEW trade_by_county", {}, 400, "only one that reads"),
        ("SELECT no_such FROM trade_by_county", {}, 400, "cannot be run"),
        ("SELECT 1", {"datasets": "no.such"}, 404, "There is no dataset"),
        ("SELECT 1", {"datasets": ""}, 400, "Name 1 to 10 datasets"),
    ):
        answer = post(client, sql, **more)
        page = answer.content.decode()
        assert answer.status_code == status and told in page and sql.split("'")[0] in page, (sql, page[:3000])
    assert "Asked before" not in text_of(client, PAGE)


def test_a_question_without_end_is_stopped_and_the_next_is_answered(office: Office, settings: Any) -> None:
    office.published()
    settings.TIANQU_QUERY_SECONDS_MAX = 0.5
    client = reader(office.officer)
    endless = post(client, "SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range * b.range % 7 = 3")
    assert endless.status_code == 503 and "was stopped" in endless.content.decode()
    settings.TIANQU_QUERY_SECONDS_MAX = 20
    assert post(client, "SELECT count(*) FROM trade_by_county").status_code == 200


def test_nobody_else_asks(office: Office) -> None:
    office.published()
    assert reader().get(PAGE).status_code in (302, 403)
    assert post(reader(), "SELECT 1").status_code in (302, 403)
