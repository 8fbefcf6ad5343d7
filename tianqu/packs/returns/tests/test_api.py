"""Returns over the API: each act and each read, for who may and who may not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.web.api.calling import caller
from tianqu.base.canonical import plain
from tianqu.base.identifiers import new_identifier
from tianqu.packs.returns.tests.stage import CHECKS, COLUMNS, Stage, today

ROW = {"key": "", "values": {"exports": 60.5, "imports": "39.5", "total": 100, "firms": 3}}


def test_the_whole_round(stage: Stage) -> None:
    office, unit, other = caller(stage.officer), caller(stage.clerk), caller(stage.stranger)
    form_id, campaign_id = str(new_identifier()), str(new_identifier())
    design = {"form_id": form_id, "code": "monthly", "title_zh": "月报", "title_en": "Monthly", "periodicity": "month",
              "columns": plain(COLUMNS), "checks": plain(CHECKS)}  # fmt: skip
    assert office.done("/acts/returns.design_form", design) == {"result": 1}
    assert unit.post("/acts/returns.design_form", design).status_code == 403
    asked = {"campaign_id": campaign_id, "form_id": form_id, "period": "2020-11",
             "due_on": (today() + timedelta(days=5)).isoformat(), "unit_ids": plain(stage.units)}  # fmt: skip
    assert other.post("/acts/returns.open_campaign", asked).status_code == 404
    for _again in range(2):
        assert office.done("/acts/returns.open_campaign", asked) == {"result": 2}
    (line,) = unit.read("/returns/filings")["rows"]
    assert (line["period"], line["state"]) == ("2020-11", "dispatched")
    filing = {"filing_id": line["id"]}
    unit.done("/acts/returns.receive_filing", filing)
    unit.done("/acts/returns.save_draft", filing | {"rows": [ROW]})
    bad = unit.post("/acts/returns.submit_filing", filing | {
        "revision_id": str(new_identifier()), "rows": [{"key": "", "values": {"exports": 1.23456, "imports": [1]}}],
    })  # fmt: skip
    assert bad.status_code == 400 and b"r0_exports" in bad.content and b"r0_imports" in bad.content
    sent = filing | {"revision_id": str(new_identifier()), "rows": [ROW]}
    for _again in range(2):
        assert unit.done("/acts/returns.submit_filing", sent) == {"result": 1}
    assert unit.post("/acts/returns.submit_filing", sent | {"revision_id": str(new_identifier())}).status_code == 409
    told = office.read(f"/returns/filings/{line['id']}")
    assert told["revisions"][0]["rows"][0]["values"]["exports"] == "60.50" and "returns.accept_filing" in told["acts"]
    assert other.get(f"/returns/filings/{line['id']}").status_code == 404
    assert unit.post("/acts/returns.accept_filing", filing | {"number": 1}).status_code == 403
    office.done("/acts/returns.accept_filing", filing | {"number": 1})
    (row,) = office.read("/returns/figures", form="monthly", period="2020-11")["rows"]
    assert (row["values"]["total"], row["estimated"], row["number"]) == ("100.00", False, 1)
    before = office.read("/returns/figures", form="monthly", period="2020-11", as_of="2020-01-01T00:00:00+08:00")
    assert before == {"rows": [], "next": None}
    assert (
        office.get("/returns/figures", form="monthly", period="2020-11", as_of="2020-01-01T00:00:00").status_code == 400
    )
    assert other.read("/returns/figures", form="monthly", period="2020-11")["rows"] == []
    assert len(unit.read("/returns/figures", form="monthly", period="2020-11")["rows"]) == 1
    refused = office.post("/acts/returns.design_form", design | {"periodicity": "quarter"})
    assert refused.status_code == 409 and b"periodicity" in refused.content
    assert office.done("/acts/returns.design_form", design | {"title_en": "Each month"}) == {"result": 2}
    taken = other.post("/acts/returns.design_form", design | {"form_id": str(new_identifier()), "code": "grain"})
    assert taken.status_code == 409 and b"code" in taken.content


def test_lists_are_one_s_own(stage: Stage) -> None:
    campaign_id = stage.open()
    office, other = caller(stage.officer), caller(stage.stranger)
    assert [one["code"] for one in office.read("/returns/forms")["rows"]] == ["trade"]
    (line,) = office.read("/returns/campaigns")["rows"]
    assert (line["asked"], line["filed"]) == (2, 0)
    told: Any = office.read(f"/returns/campaigns/{campaign_id}")
    assert len(told["filings"]) == 2 and told["response"][0]["filed"] == 0 and told["design"]["periodicity"] == "year"
    assert other.read("/returns/forms") == other.read("/returns/campaigns") == {"rows": [], "next": None}
    assert other.get(f"/returns/campaigns/{campaign_id}").status_code == 404
    assert caller(stage.clerk).get(f"/returns/campaigns/{campaign_id}").status_code == 404
    assert caller(stage.clerk, "orders.*").get("/returns/filings").status_code == 403


def test_the_office_s_other_acts(stage: Stage) -> None:
    campaign_id = stage.open()
    filing = {"filing_id": str(stage.filing(campaign_id))}
    office = caller(stage.officer)
    assert office.done("/acts/returns.remind_units", {"campaign_id": str(campaign_id)}) == {"result": 2}
    later = (today() + timedelta(days=20)).isoformat()
    office.done("/acts/returns.extend_filing", filing | {"due_on": later, "reason": "忙"})
    assert office.post("/acts/returns.estimate_filing", filing | {"method": "last_period"}).status_code == 409
    assert office.post("/acts/returns.estimate_filing", filing | {"method": "guess"}).status_code == 422
    assert office.post("/acts/returns.send_back_filing", filing | {"reason": "早"}).status_code == 409
    assert office.done("/acts/returns.close_campaign", {"campaign_id": str(campaign_id)}) == {"result": 2}
    office.done("/acts/returns.send_back_filing", filing | {"reason": "补报"})
    assert stage.state(stage.filing(campaign_id)) == "accepted"
