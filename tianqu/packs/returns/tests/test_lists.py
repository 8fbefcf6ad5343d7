"""The lists of returns through HTTP: page after page, narrowed, marks that no page gave, and what others see."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.owner import as_owner
from tests.web.api.calling import Caller, caller
from tianqu.base.errors import NotFound
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM, seeing, set_scope
from tianqu.kernel.pack.api import marked, page_mark
from tianqu.packs.returns import acts
from tianqu.packs.returns.designing import ColumnKind, FormColumn, Periodicity
from tianqu.packs.returns.figures.queries import figure_list
from tianqu.packs.returns.filling import FilingRow
from tianqu.packs.returns.listing.queries import campaign_list, filing_list, form_list
from tianqu.packs.returns.tests.stage import Stage, today
from tianqu.packs.returns.tests.test_pages import browser, page

LISTS = ("/returns/forms", "/returns/campaigns", "/returns/filings")
FIRMS = (FormColumn("output", "产值", "Output", ColumnKind.INTEGER, 0),)


def read_all(reader: Caller, address: str, **query: Any) -> list[Any]:
    """Every row of a list, page by page."""
    found, after = [], ""
    for _page in range(50):
        told = reader.read(address, **query, **({"after": after} if after else {}))
        assert len(told["rows"]) <= query["limit"] and (told["rows"] or not after)
        found += told["rows"]
        after = told["next"]
        if after is None:
            return found
    raise AssertionError("the list does not end")


def key_of(address: str, row: Any) -> Any:
    return row["code"] if address == "/returns/forms" else row["id"]


def several(stage: Stage) -> dict[str, UUID]:
    """Five campaigns of two returns and three more returns without one; the first and the third are ended."""
    for code, title in (("gravel", "Gravel"), ("herds", "Herds"), ("milk", "Milk 100%")):
        stage.design(form_id=new_identifier(), code=code, title_zh="农业" + code, title_en=title,
                     periodicity=Periodicity.QUARTER)  # fmt: skip
    other = new_identifier()
    stage.design(form_id=other, code="works", title_zh="工业", title_en="Works", periodicity=Periodicity.MONTH)
    asked = {
        "2018": stage.open("2018"), "2019": stage.open("2019", due_on=today() + timedelta(days=30)),
        "2020": stage.open("2020"), "2021": stage.open("2021"), "2020-11": stage.open("2020-11", form_id=other),
    }  # fmt: skip
    for period in ("2018", "2020"):
        acts.close_campaign(stage.officer, campaign_id=asked[period])
    return asked


@pytest.mark.parametrize("address", LISTS)
def test_each_list_comes_whole_page_by_page(stage: Stage, address: str) -> None:
    several(stage)
    reader = caller(stage.clerk if address == "/returns/filings" else stage.officer)
    whole = reader.read(address, limit=200)
    assert whole["next"] is None and len(whole["rows"]) == 5
    first = reader.read(address, limit=2)
    assert first["rows"] == whole["rows"][:2] and first["next"]
    second = reader.read(address, limit=2, after=first["next"])
    assert second["rows"] == whole["rows"][2:4]
    for limit in (1, 2, 3, 5):
        assert read_all(reader, address, limit=limit) == whole["rows"]


def test_the_order_is_what_the_lists_promise(stage: Stage) -> None:
    several(stage)
    office, unit = caller(stage.officer), caller(stage.clerk)
    codes = [row["code"] for row in office.read("/returns/forms")["rows"]]
    assert codes == ["gravel", "herds", "milk", "trade", "works"]
    rows = office.read("/returns/campaigns")["rows"]
    told = [(row["closed_at"] is not None, row["period"]) for row in rows]
    assert told == [(False, "2021"), (False, "2020-11"), (False, "2019"), (True, "2020"), (True, "2018")]
    # What is to be filed first, by its day, then by its identifier, which no other has; what is done follows.
    rows = unit.read("/returns/filings")["rows"]
    assert [row["state"] for row in rows] == ["dispatched"] * 3 + ["refused"] * 2
    assert [row["period"] for row in rows][2] == "2019"
    for same in (rows[:2], rows[3:]):
        assert [row["id"] for row in same] == sorted(row["id"] for row in same)


def test_forms_are_narrowed_by_name_code_and_period(stage: Stage) -> None:
    several(stage)
    office = caller(stage.officer)

    def codes(**asked: Any) -> list[str]:
        return [row["code"] for row in office.read("/returns/forms", **asked)["rows"]]

    assert codes(text="农业") == ["gravel", "herds", "milk"]
    assert codes(text="HERDS") == ["herds"] and codes(text="gra") == ["gravel"]
    assert codes(text="100%") == ["milk"] and codes(text="%") == ["milk"] and codes(text="_") == []
    assert codes(periodicity="quarter", text="l") == ["gravel", "milk"]
    stage.design(title_zh="对外贸易", title_en="Commerce")  # a version later it is called otherwise
    assert codes(text="Trade") == [] and codes(text="commerce") == ["trade"]
    bad = office.get("/returns/forms", periodicity="week")
    assert bad.status_code == 422 and b"periodicity" in bad.content


def test_campaigns_are_narrowed_by_state_period_code_and_name(stage: Stage) -> None:
    asked = several(stage)
    stage.submit(stage.filing(asked["2021"]))
    office = caller(stage.officer)

    def periods(**query: Any) -> list[str]:
        return [row["period"] for row in read_all(office, "/returns/campaigns", limit=1, **query)]

    assert periods(state="open") == ["2021", "2020-11", "2019"] and periods(state="closed") == ["2020", "2018"]
    assert periods(state="waiting") == ["2021"] and periods(state="late") == []
    assert periods(period="2020") == ["2020-11", "2020"] and periods(period="2020-11") == ["2020-11"]
    assert periods(form="works") == ["2020-11"] == periods(text="工业") == periods(text="wor")
    assert periods(form="works", state="closed") == [] and periods(text="外贸", state="open") == ["2021", "2019"]


def test_units_returns_are_narrowed(stage: Stage) -> None:
    asked = several(stage)
    stage.submit(stage.filing(asked["2021"]))
    acts.receive_filing(stage.clerk, filing_id=stage.filing(asked["2019"]))
    unit = caller(stage.clerk)

    def periods(**query: Any) -> set[str]:
        return {row["period"] for row in read_all(unit, "/returns/filings", limit=1, **query)}

    assert periods(state="open") == {"2020-11", "2019"} and periods(state="done") == {"2021"}
    assert periods(state="accepted") == {"2019"} and periods(state="refused") == {"2018", "2020"}
    assert periods(late="true") == set() and periods(period="2020") == {"2020", "2020-11"}
    assert periods(form="works") == {"2020-11"} == periods(text="works")
    assert periods(unit_id=str(stage.units[0]), state="open") == {"2020-11", "2019"}
    assert periods(unit_id=str(stage.units[1])) == set()  # the neighbour's are nobody else's


def test_what_is_late_is_found(stage: Stage) -> None:
    campaign_id = stage.open("2021")
    stage.open("2022")
    filing_id = stage.filing(campaign_id)
    with seeing(SYSTEM.scope):
        as_owner("UPDATE returns_filing SET due_on = %s WHERE order_id = %s", [today() - timedelta(days=3), filing_id])
    (line,) = caller(stage.clerk).read("/returns/filings", late="true")["rows"]
    assert (line["id"], line["late"]) == (str(filing_id), True)
    (told,) = caller(stage.officer).read("/returns/campaigns", state="late")["rows"]
    assert (told["id"], told["late"]) == (str(campaign_id), 1)
    assert caller(stage.neighbour).read("/returns/filings", late="true")["rows"] == []
    assert "3 days over" in page(browser(stage.clerk), "/returns/?late=on")


def test_marks_that_no_page_gave(stage: Stage) -> None:
    stage.accepted("2020")
    office, unit = caller(stage.officer), caller(stage.clerk)
    for address in LISTS:
        reader = unit if address == "/returns/filings" else office
        for mark in ("nonsense", page_mark("open"), page_mark("odd", "2020", "trade", "x"), page_mark(*"abc")):
            if address == "/returns/forms" and mark == page_mark("open"):
                continue  # any code is a mark of that list
            answer = reader.get(address, after=mark)
            assert answer.status_code == 404, (address, mark)
            told = answer.json()
            assert (told["code"], told["field"], told["value"]) == ("not_found", "after", mark)
            assert told["detail"] == "This is not the mark of a page." and told["remedy"]
    for bad in ("!", "x" * 301, "\0"):
        assert office.get("/returns/campaigns", after=bad).status_code == 422
    for name, value in (("limit", 0), ("limit", 201), ("state", "gone"), ("period", "20"), ("nothing", "1")):
        assert office.get("/returns/campaigns", **{name: value}).status_code == 422
    figures = {"form": "trade", "period": "2020"}
    for parts in (("2020", "x", 1), ("2020-01-01T00:00:00", stage.units[0], 1),
                  ("2020-01-01T00:00:00+00:00", stage.units[0], 2**40)):  # fmt: skip
        assert office.get("/returns/figures", after=page_mark(*parts), **figures).status_code == 404
    good = page_mark("2020-01-01T00:00:00+00:00", stage.units[0], 1)
    assert office.read("/returns/figures", after=good, **figures) == {"rows": [], "next": None}
    other_time = office.get("/returns/figures", after=good, as_of="2020-01-02T00:00:00Z", **figures)
    assert other_time.status_code == 404 and b"after" in other_time.content


def test_another_office_sees_nothing(stage: Stage) -> None:
    several(stage)
    stage.accepted("2022")
    other, neighbour = caller(stage.stranger), caller(stage.neighbour)
    office_mark = caller(stage.officer).read("/returns/campaigns", limit=1)["next"]
    empty = {"rows": [], "next": None}
    assert other.read("/returns/forms") == other.read("/returns/campaigns") == empty
    assert other.read("/returns/campaigns", after=office_mark) == empty
    assert other.read("/returns/campaigns", text="外贸") == empty
    assert other.read("/returns/figures", form="trade", period="2022") == empty
    assert neighbour.read("/returns/figures", form="trade", period="2022") == empty
    mine = {row["id"] for row in caller(stage.clerk).read("/returns/filings")["rows"]}
    assert mine and not mine & {row["id"] for row in neighbour.read("/returns/filings")["rows"]}


def keyed(stage: Stage, *, rows: int) -> None:
    """Figures of many rows of both counties, accepted."""
    form_id = new_identifier()
    stage.design(form_id=form_id, code="firms", title_zh="企业", title_en="Firms", columns=FIRMS, checks=(),
                 keyed=True, key_title_zh="企业", key_title_en="Firm")  # fmt: skip
    campaign_id = stage.open("2020", form_id=form_id)
    for place, actor in enumerate((stage.clerk, stage.neighbour)):
        filing_id = stage.filing(campaign_id, place)
        # Not in the order of their names: they come as they were filed.
        told = [FilingRow(f"firm {rows - each}", {"output": each}) for each in range(rows)]
        stage.submit(filing_id, *told, actor=actor)
        acts.accept_filing(stage.officer, filing_id=filing_id, number=1)


def test_figures_come_whole_page_by_page_and_as_they_stood(stage: Stage) -> None:
    keyed(stage, rows=7)
    office, asked = caller(stage.officer), {"form": "firms", "period": "2020"}
    whole = office.read("/returns/figures", **asked, limit=500)
    assert len(whole["rows"]) == 14 and whole["next"] is None
    units = [row["unit_id"] for row in whole["rows"]]
    assert units == sorted(units) and [row["values"]["output"] for row in whole["rows"]] == [*range(7)] * 2
    for limit in (1, 3, 7, 13):
        assert read_all(office, "/returns/figures", limit=limit, **asked) == whole["rows"]
    assert len(caller(stage.clerk).read("/returns/figures", **asked)["rows"]) == 7
    # What is accepted between two pages changes nothing of the second.
    first = office.read("/returns/figures", **asked, limit=10)
    campaign_id = UUID(office.read("/returns/campaigns", form="firms")["rows"][0]["id"])
    for place, actor in enumerate((stage.clerk, stage.neighbour)):
        filing_id = stage.filing(campaign_id, place)
        stage.submit(filing_id, FilingRow("only one", {"output": 99}), actor=actor, reason="更正")
        acts.accept_filing(stage.officer, filing_id=filing_id, number=2)
    second = office.read("/returns/figures", **asked, limit=10, after=first["next"])
    assert first["rows"] + second["rows"] == whole["rows"] and second["next"] is None
    assert [row["values"]["output"] for row in office.read("/returns/figures", **asked)["rows"]] == [99, 99]


def test_the_export_stays_whole(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tianqu.packs.returns.figures.queries.CHUNK", 4)
    keyed(stage, rows=12)
    campaign_id = caller(stage.officer).read("/returns/campaigns", form="firms")["rows"][0]["id"]
    answer = browser(stage.officer).get(f"/returns/campaigns/{campaign_id}/figures.csv")
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]
    assert len(lines) == 1 + 24 and len(set(lines)) == 25


def test_queries_do_not_grow_with_rows(stage: Stage) -> None:
    keyed(stage, rows=2)

    def counts() -> list[int]:
        found = []
        for ask in (
            lambda: form_list(stage.officer), lambda: campaign_list(stage.officer), lambda: filing_list(stage.clerk),
            lambda: figure_list(stage.officer, form_code="firms", period="2020"),
        ):  # fmt: skip
            set_scope((stage.clerk if len(found) == 2 else stage.officer).scope)
            with CaptureQueriesContext(connection) as caught:
                assert ask().rows
            found.append(len(caught))
        return found

    few = counts()
    several(stage)
    campaign_id = stage.open("2022", form_id=form_list(stage.officer).rows[0].id)
    stage.submit(stage.filing(campaign_id), *(FilingRow(f"{each}", {"output": each}) for each in range(90)))
    assert counts() == few


def test_the_pages_go_on_and_are_narrowed(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tianqu.packs.returns.list_pages.ROWS", 2)
    several(stage)
    office, unit = browser(stage.officer), browser(stage.clerk)
    for desk, address, narrowed, said in (
        (office, "/returns/campaigns/", "state=closed", "No campaign fits"),
        (office, "/returns/forms/", "periodicity=quarter", "No return fits"),
        (unit, "/returns/", "state=open", "No return fits"),
    ):
        first = page(desk, f"{address}?{narrowed}")
        rows = first.count("<tr>")
        assert rows == 3  # a head and two rows
        if 'rel="next"' in first:
            mark = first.split("after=")[1].split('"')[0].split("&")[0]
            second = page(desk, f"{address}?{narrowed}&after={mark}")
            assert second.count("<tr>") == 2 and 'rel="next"' not in second
        else:
            assert address == "/returns/campaigns/"
        assert said in page(desk, f"{address}?text=nothing+is+called+so")
        refused = page(desk, f"{address}?after=nonsense", status=404)
        assert "mark of a page" in refused
        wrong = narrowed.split("=")[0]
        assert "none of the list" in page(desk, f"{address}?{wrong}=odd", status=400)
    assert "is not a period" in page(office, "/returns/campaigns/?period=last", status=400)
    assert "2020-11" in page(office, "/returns/campaigns/?form=works")
    assert "No unit is called nowhere" in page(unit, "/returns/?unit=nowhere", status=400)


def test_marks_are_read_as_they_were_made() -> None:
    assert marked(page_mark("企业", 3), parts=2) == ["企业", "3"]
    for bad in ("", "x", "[" * 5_000, page_mark("a"), page_mark("a", "b\0"), "W1tbW1tb" * 2_000):
        with pytest.raises(NotFound):
            marked(bad, parts=2)
