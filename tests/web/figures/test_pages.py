"""Pages of figures: the list, the way down, recomputing, the check and anybody's bulletin; nothing of an embargo."""

from __future__ import annotations

import re
from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from tests.kernel.datasets.office import Office
from tests.web.api.calling import ANYONE, caller
from tests.web.figures.conftest import TEXT, TOTAL, YEARS, define, record, told
from tianqu.base.errors import TianquError
from tianqu.kernel.datasets import api as datasets
from tianqu.kernel.figures import api
from tianqu.kernel.journal.api import SYSTEM
from tianqu.web.figures.check import EXAMPLE

pytestmark = pytest.mark.django_db
RELATIONS = {
    "figures": [{"id": "trade.total", "unit": "CNY"}, {"id": "trade.limit", "unit": "CNY", "printed": "100元"}],
    "relations": [{"at_most": {"figure": "trade.total", "limit": "trade.limit"}, "across": ["as_of"]}],
}
CONFLICT = EXAMPLE.replace('"75%"', '"50%"')
PAGES = (
    "/figures/", "/figures/?q=trade", "/figures/trade.total/", "/figures/trade.total/?period=2019", "/figures/check",
    "/figures/check.json", "/search?q=trade", "/api/v1/figures", "/api/v1/figures/trade.total",
    "/api/v1/figures/trade.total/series", "/api/v1/figures/trade.total/values/2021/1",
    "/figures/trade.total/?period=2021", "/figures/trade.total/?period=2021&number=1",
)  # fmt: skip


def chinese() -> Client:
    return Client(SERVER_NAME="localhost", HTTP_ACCEPT_LANGUAGE="zh-hans")


def english() -> Client:
    return Client(SERVER_NAME="localhost", HTTP_ACCEPT_LANGUAGE="en")


def read(client: Client, address: str, *, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, answer.content
    return answer.content.decode()


def test_the_list_shows_what_was_printed_and_how_it_changed(trade: Office) -> None:
    page = read(english(), "/figures/")
    assert "230.3 yuan" in page and "Open economy" in page and "+15.1%" in page and "more is better" in page
    page = read(chinese(), "/figures/?q=贸易")
    assert "230.3元" in page and "对外开放" in page and "向好" in page
    assert "Nothing was found" in read(english(), "/figures/?q=nothing")


@pytest.mark.django_db
def test_an_empty_list_says_how_to_begin(office: Office) -> None:
    assert "No figure is defined yet" in read(english(), "/figures/")


def test_a_figure_shows_the_way_down(trade: Office) -> None:
    page = read(english(), "/figures/trade.growth/")
    assert "By how many per cent the sum of Amount in “Trade by county” where Year is the year is above" in page
    assert "/data/trade.by_county/v1/rows?year=2020" in page and "/data/trade.by_county/v1/rows?year=2019" in page
    assert "605 / 40" not in page and "15.125" in page
    page = read(chinese(), "/figures/trade.total/")
    assert "《分县贸易额》中年份为当年的金额合计" in page and "230.3元" in page and "按海关统计。" in page
    assert "德城区" in page and "150.25" in page and "county=" in page  # by county
    assert r'"name": "\u76ee\u6807"' in page  # in the plot


def test_a_closed_dataset_has_no_link_to_its_rows(trade: Office) -> None:
    dataset = datasets.dataset_called(trade.officer, "trade.by_county")
    datasets.change_dataset(trade.officer, dataset_id=dataset.id, description=trade.described(access="closed"))
    page = read(english(), "/figures/trade.total/")
    assert "its rows are not open" in page and "/rows?" not in page and "By county" not in page


def test_what_is_corrected_keeps_its_earlier_value(trade: Office) -> None:
    dataset = datasets.dataset_called(trade.officer, "trade.by_county")
    corrected = trade.file(TEXT.replace("80\n", "90\n"))
    datasets.load_version(trade.officer, dataset_id=dataset.id, path=corrected, schema=YEARS)
    record(trade, api.figure_called("trade.total"), period="2020")
    page = read(english(), "/figures/trade.total/")
    assert "240.3 yuan" in page and "230.25 became 240.25" in page and "version 1 became 2" in page
    page = read(english(), "/figures/trade.total/?period=2020&number=1")
    assert "230.3 yuan" in page and "was corrected since" in page


def test_anybody_computes_a_value_anew(trade: Office) -> None:
    for client, words in ((english(), "It is the same."), (chinese(), "结果一致。")):
        answer = client.post("/figures/trade.total/recompute", {"period": "2020", "number": "1"}, follow=True)
        assert words in answer.content.decode()
    for _time in range(10):
        answer = english().post("/figures/trade.total/recompute", {"period": "2020", "number": "1"})
    assert answer.status_code == 429


@pytest.mark.parametrize(
    "address",
    [
        "/figures/nope/", "/figures/%00/", "/figures/%F0%9F%98%80/", "/figures/trade.total/?period=x",
        "/figures/trade.total/?period=2020&number=x", "/figures/trade.total/?period=2020&number=99999999999",
        "/figures/trade.total/?period=%00", "/figures/trade.total/?period=2020&number=9",
        "/figures/trade.total/?period=2020&number=%C2%B2",
    ],
)  # fmt: skip
def test_hostile_addresses_find_nothing(trade: Office, address: str) -> None:
    assert english().get(address).status_code in (200, 400, 404)
    assert english().get("/figures/?q=%00&domain=%00").status_code in (200, 400)


def test_pages_ask_the_database_little(trade: Office, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    read(english(), "/figures/trade.total/")
    for address, most in (("/figures/", 6), ("/figures/trade.total/", 24), ("/search?q=trade", 16)):
        with django_assert_max_num_queries(most):
            read(english(), address)


def test_what_cannot_be_true_is_told(trade: Office) -> None:
    assert "Nothing has been checked yet" in read(english(), "/figures/check")
    assert english().get("/figures/check.json").status_code == 404
    api.relate_figures(SYSTEM, relations=api.read_relations(RELATIONS))
    assert english().post("/figures/check/again").status_code == 302
    page = read(english(), "/figures/check")
    assert "Not all of it can be true." in page and "230.3" in page and "/figures/trade.total/" in page
    assert "不可能全部成立" in read(chinese(), "/figures/check")
    assert english().get("/figures/check.json").json()["verdict"] == "cannot hold"
    assert "cannot hold" in read(english(), "/figures/trade.total/")
    first = api.last_check()
    english().post("/figures/check/again")
    assert api.last_check() == first


def test_a_relation_without_a_value_cannot_be_tested(office: Office) -> None:
    office.published(TEXT, schema=YEARS)
    define(office, code="trade.share", counts="%")
    define(office)
    told: dict[str, Any] = {
        "figures": [{"id": "trade.total", "unit": "CNY"}, {"id": "trade.all", "unit": "CNY"},
                    {"id": "trade.share", "printed": "1%"}],
        "relations": [{"share": {"part": "trade.total", "whole": "trade.all", "percent": "trade.share"}}],
    }  # fmt: skip
    api.relate_figures(SYSTEM, relations=api.read_relations(told))
    (untested,) = api.check_realm()["untested"]
    assert untested["why"]["en"].startswith("trade.share: no value is public")


def test_anybody_has_a_bulletin_checked() -> None:
    page = read(english(), "/figures/check/bulletin")
    assert "orchards" in page
    answer = english().post("/figures/check/bulletin", {"bulletin": CONFLICT})
    assert answer.status_code == 200 and "Not all of it can be true." in answer.content.decode()
    answer = english().post("/figures/check/bulletin", {"bulletin": "figures: [{id: a, printed: x}]"})
    assert answer.status_code == 400 and "<textarea" in answer.content.decode()
    answer = english().post("/figures/check/bulletin", {"bulletin": "x" * 200_001})
    assert answer.status_code == 400 and "at most 200 kB" in answer.content.decode()


def shown(answer: Any) -> bytes:
    """What an answer says, without the token of its forms, which is another one each time."""
    return re.sub(rb'name="csrfmiddlewaretoken" value="[^"]*"', b"", answer.content)


def embargoed(office: Office, **more: Any) -> api.Figure:
    """Rows and a value of 2021 that are out of sight, of a figure that everybody knows."""
    figure = api.figure_called("trade.total")
    computed = api.computed_now(office.officer, api.definition_of(figure), "2020")
    api.record_value(
        office.officer, figure_id=figure.id, period="2021", computed=computed,
        embargoed_until=timezone.now() + timedelta(hours=1),
    )  # fmt: skip
    return figure


def test_an_embargo_leaves_no_trace_at_any_door(trade: Office) -> None:
    api.relate_figures(SYSTEM, relations=api.read_relations(RELATIONS))
    api.check_now()
    before = {address: english().get(address) for address in PAGES}
    embargoed(trade)
    for address, was in before.items():
        now = english().get(address)
        assert (now.status_code, shown(now), now.get("ETag")) == (was.status_code, shown(was), was.get("ETag"))
    again = english().post("/figures/trade.total/recompute", {"period": "2021", "number": "1"})
    never = english().post("/figures/trade.total/recompute", {"period": "2022", "number": "1"})
    assert again.status_code == never.status_code == 404
    check = api.last_check()
    api.check_now()
    assert api.last_check() == check
    assert caller(trade.officer).read("/figures/trade.total")["newest"]["period"] == "2021"
    assert caller(trade.other).read("/figures/trade.total")["newest"]["period"] == "2020"


def test_programs_read_figures(trade: Office) -> None:
    page = ANYONE.read("/figures", limit=1)
    assert [row["code"] for row in page["rows"]] == ["trade.growth"] and page["next"] == "trade.growth"
    page = ANYONE.read("/figures", limit=1, after=page["next"])
    assert [row["code"] for row in page["rows"]] == ["trade.total"] and page["next"] is None
    whole = ANYONE.read("/figures/trade.total")
    assert whole["newest"]["printed"] == "230.3元" and whole["unit"] == "c1.housing"
    assert whole["newest"]["lineage"][0]["dataset"] == "trade.by_county"
    assert [each["period"] for each in ANYONE.read("/figures/trade.total/series")] == ["2019", "2020"]
    assert ANYONE.read("/figures/trade.total/values/2020/1")["exact"] == "921/4"
    assert ANYONE.get("/figures/trade.total/values/2020/2").status_code == 404
    assert ANYONE.get("/figures/trade.total/values/20/1").status_code == 422
    assert ANYONE.get("/figures/no.such").status_code == 404


def test_officials_define_and_compute(trade: Office) -> None:
    body = {"definition": told(code="trade.late", formula=TOTAL)}
    assert ANYONE.post("/figures", body).status_code == 401
    assert caller(trade.other).post("/figures", body).status_code == 403
    assert caller(trade.officer).done("/figures", body) == {"code": "trade.late", "definition_number": 1}
    assert caller(trade.officer).done("/figures", body)["definition_number"] == 1
    assert caller(trade.officer).post("/figures", {"definition": {"code": "X"}}).status_code == 400
    address, body = "/figures/trade.late/compute", {"period": "2020"}
    assert caller(trade.other).post(address, body).status_code == 403
    assert caller(trade.officer).done(address, body)["exact"] == "921/4"
    assert caller(trade.officer).done(address, body)["number"] == 1
    assert caller(trade.officer).post(address, {"period": "2031"}).status_code == 409


@pytest.mark.parametrize(
    ("access", "measure", "where", "status"),
    [
        ("closed", "count", {}, 404),
        ("closed", "max:amount", {"manager": "王五"}, 404),
        ("open", "max:amount", {"manager": "王五"}, 400),
        ("open", "max:manager", {}, 400),
        ("open", "sum:amount", {"county": "陵城区"}, 200),
    ],
)
def test_a_figure_tells_nobody_what_they_may_not_read(
    office: Office, access: str, measure: str, where: dict[str, str], status: int
) -> None:
    office.published(access=access)
    formula = {"dataset": "trade.by_county", "measure": measure, "where": where}
    body = {"definition": told(code="trade.asked", unit="c2.housing", formula=formula)}
    caller(office.other).done("/figures", body)
    answer = caller(office.other).post("/figures/trade.asked/compute", {"period": "2020"})
    assert answer.status_code == status, answer.content
    if status != 200:
        assert caller(office.other).read("/figures/trade.asked")["newest"] is None
        computed = api.Computed(Fraction(1), (), 0)
        with pytest.raises(TianquError):
            api.record_value(
                office.other, figure_id=api.figure_called("trade.asked").id, period="2020", computed=computed
            )


def test_programs_have_a_bulletin_checked() -> None:
    bulletin = {"title": "t", "figures": [{"id": "a", "printed": "7"}, {"id": "b", "printed": "5"}],
                "relations": [{"at_most": {"figure": "a", "limit": "b"}}]}  # fmt: skip
    assert ANYONE.done("/figures/check", {"bulletin": bulletin})["verdict"] == "cannot hold"
    for empty in ({}, {"figures": []}):
        answer = ANYONE.post("/figures/check", {"bulletin": empty})
        assert answer.status_code == 400 and answer.json()["errors"][0]["field"] == "figures"
