"""Press conferences: planned, changed, cancelled and asked about by the press office; read by everybody."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone

from tests.kernel.releases.test_releases import Press
from tests.web.api.calling import ANYONE, caller
from tianqu.base.canonical import plain
from tianqu.base.errors import NotPermitted
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM, Actor, seeing
from tianqu.kernel.places.api import Account, actor_of
from tianqu.packs.programme import acts
from tianqu.packs.programme.acts import SpeakerPost

SOON = timedelta(days=3)
SPEAKERS = "德城区住建局 | 局长 | Director\n市12345热线 | 副主任 | Deputy director"


def browser(actor: Actor | None = None, language: str = "en") -> Client:
    client = Client(SERVER_NAME="localhost", HTTP_ACCEPT_LANGUAGE=language)
    if actor is not None:
        with seeing(SYSTEM.scope):
            account = Account.objects.get(person_id=actor.person_id)
            Account.objects.filter(id=account.id).update(must_change_password=False)
        client.force_login(account, "allauth.account.auth_backends.AuthenticationBackend")
    return client


def page(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, (address, answer.status_code)
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
    return str(content.decode())


def post_of(press: Press) -> SpeakerPost:
    return SpeakerPost(press.office.prefecture.units["c1.housing"].id, "局长", "Director")


def told(press: Press, **more: Any) -> dict[str, Any]:
    return {
        "conference_id": new_identifier(), "unit_id": press.office.prefecture.units["city"].id, "code": "2021-trade",
        "domain": "open-economy", "title": "外贸发布会", "title_en": "On trade", "venue": "发布厅",
        "venue_en": "Press hall", "starts_at": timezone.now() + SOON, "speakers": [post_of(press)],
        "release_code": "2021-trade", **more,
    }  # fmt: skip


def planned(press: Press, **more: Any) -> UUID:
    given = told(press, **more)
    acts.plan_conference(press.writer, **given)
    identifier: UUID = given["conference_id"]
    return identifier


def held(press: Press, **more: Any) -> UUID:
    past = timezone.now() - SOON
    given = told(press, starts_at=past + timedelta(days=1), **more)
    acts.plan_conference(press.writer, **given, at=past)
    identifier: UUID = given["conference_id"]
    return identifier


def test_the_press_office_plans_changes_and_cancels_by_its_pages(press: Press) -> None:
    desk = browser(press.writer)
    day = timezone.localdate() + SOON
    given = {
        "title": "外贸发布会", "title_en": "On trade", "code": "2021-trade", "domain": "open-economy",
        "day": day.isoformat(), "time": "10:00", "venue": "发布厅", "venue_en": "Press hall", "speakers": SPEAKERS,
        "sent_id": str(new_identifier()),
    }  # fmt: skip
    refused = desk.post("/desk/conferences/plan", {**given, "speakers": "无此单位 | 局长"})
    assert refused.status_code == 400 and "无此单位 | 局长" in refused.content.decode()
    assert desk.post("/desk/conferences/plan", {**given, "day": "2021-02-30"}).status_code == 400
    for _again in range(2):
        answer = desk.post("/desk/conferences/plan", given)
        assert answer.status_code == 302 and answer["Location"] == "/conferences/2021-trade/"
    seen = page(browser(), "/conferences/2021-trade/")
    assert "On trade" in seen and "Press hall" in seen and "planned" in seen and "Deputy director" in seen
    begun = page(desk, "/desk/conferences/2021-trade/change")
    assert "德城区住建局 | 局长 | Director" in begun
    version = re.search(r'name="version" value="(\d+)"', begun)
    assert version is not None
    moved = {**given, "time": "15:30", "reason": "会期调整", "reason_en": "Moved", "version": version[1]}
    assert desk.post("/desk/conferences/2021-trade/change", {**moved, "reason": ""}).status_code == 400
    assert desk.post("/desk/conferences/2021-trade/change", moved).status_code == 302
    assert desk.post("/desk/conferences/2021-trade/change", moved).status_code == 409  # an older version
    assert "15:30" in page(browser(), "/conferences/2021-trade/") and "Moved" in page(
        browser(), "/conferences/2021-trade/"
    )
    off = {"reason": "取消", "reason_en": "Called off"}
    assert desk.post("/desk/conferences/2021-trade/cancel", off).status_code == 302
    seen = page(browser(), "/conferences/2021-trade/")
    assert "called off" in seen and "Called off" in seen
    assert desk.post("/desk/conferences/2021-trade/change", {**moved, "version": "3"}).status_code == 409


def test_what_it_presents_is_told_from_its_time_on(press: Press) -> None:
    planned(press)
    release = press.signed()
    marks = ("/releases/2021-trade", "release")
    for address in ("/conferences/", "/conferences/2021-trade/"):
        assert marks[0] not in page(browser(), address)
    for reader in (ANYONE, caller(press.office.officer)):
        assert reader.read("/programme/conferences/2021-trade")["release"] is None
        assert reader.read("/programme/conferences")[0]["release"] is None
    from tianqu.kernel.releases.api import publish_release

    publish_release(press.writer, release_id=release.id, expected_revision=1)
    for address in ("/conferences/", "/conferences/2021-trade/"):
        assert marks[0] in page(browser(), address)
    assert ANYONE.read("/programme/conferences/2021-trade")["release"] == "2021-trade"


def test_questions_are_kept_after_it_and_corrected(press: Press) -> None:
    conference_id = planned(press)
    asked = {
        "medium": "一家日报", "medium_en": "A daily", "question": "增长来自哪里？", "question_en": "Whence?",
        "answered_by": "0", "answer": "来自东盟。", "answer_en": "From ASEAN.", "sent_id": str(new_identifier()),
    }  # fmt: skip
    desk = browser(press.writer)
    assert desk.post("/desk/conferences/2021-trade/question", asked).status_code == 409  # it has not begun
    del conference_id
    held(press, code="2021-grain")
    address = "/desk/conferences/2021-grain/question"
    assert desk.post(address, {**asked, "answered_by": "7"}).status_code == 400
    for _again in range(2):
        assert desk.post(address, asked).status_code == 302
    seen = page(browser(language="zh-hans"), "/conferences/2021-grain/")
    assert seen.count("增长来自哪里？") == 1 and "来自东盟。" in seen and "局长" in seen
    assert 'value="一家日报"' in page(desk, f"{address}?of={asked['sent_id']}")
    assert desk.post(address, {**asked, "answer_en": "From ASEAN, mostly."}).status_code == 302
    told_there = ANYONE.read("/programme/conferences/2021-grain")["questions"]
    assert [(one["number"], one["answer_en"]) for one in told_there] == [(1, "From ASEAN, mostly.")]
    assert told_there[0]["answered_by"]["post_en"] == "Director"


def test_filters_narrow_the_list_and_the_calendar(press: Press) -> None:
    planned(press)
    held(press, code="2020-grain", domain="rural", title_en="On grain")
    unit = press.office.prefecture.units
    assert "On trade" not in page(browser(), "/conferences/?domain=rural")
    assert "On trade" not in page(browser(), f"/conferences/?unit={unit['c2.housing'].id}")
    assert "On trade" in page(browser(), f"/conferences/?unit={unit['c1.housing'].id}")
    for wrong in ("year=x", "year=3", "unit=x"):
        page(browser(), f"/conferences/?{wrong}", 400)
    assert [one["code"] for one in ANYONE.read("/programme/conferences", upcoming="true")] == ["2021-trade"]
    feed = page(browser(), "/conferences/calendar.ics?domain=open-economy")
    assert feed.count("BEGIN:VEVENT") == 1 and feed.endswith("END:VCALENDAR\r\n")
    long = page(browser(language="zh-hans"), "/conferences/calendar.ics")
    assert all(len(line.encode()) <= 75 for line in long.split("\r\n"))
    unfolded = long.replace("\r\n ", "")
    assert "SUMMARY:外贸发布会" in unfolded and "STATUS:CONFIRMED" in unfolded
    starts = re.search(r"DTSTART:(\d{8}T\d{6}Z)", unfolded)
    assert starts is not None and datetime.strptime(starts[1], "%Y%m%dT%H%M%S%z")


def test_others_do_not_plan(press: Press) -> None:
    given = told(press)
    with pytest.raises(NotPermitted):
        acts.plan_conference(press.office.officer, **given)
    county = actor_of(press.office.prefecture.person("c1.housing", "press_officer", name="何某"), channel="web")
    with pytest.raises(NotPermitted):
        acts.plan_conference(county, **given)
    planned(press)
    assert browser(county).get("/desk/conferences/2021-trade/change").status_code == 403
    page(browser(press.office.officer), "/desk/conferences/", 403)
    body = {name: plain(value) for name, value in given.items()}
    assert caller(press.office.officer).post("/acts/programme.plan_conference", body).status_code == 403
    again = {**body, "conference_id": str(new_identifier())}
    assert caller(press.writer).post("/acts/programme.plan_conference", again).status_code == 409  # its code is taken
    assert caller(press.writer).done("/acts/programme.plan_conference", {**again, "code": "2021-other"}) == {
        "result": None
    }


def test_an_answer_of_who_speaks_no_more_can_still_be_looked_at(press: Press) -> None:
    conference_id = held(press, code="2021-grain")
    question_id = new_identifier()
    acts.keep_question(
        press.writer, conference_id=conference_id, question_id=question_id, medium="一家日报", question="增长？",
        answered_by=post_of(press), answer="是。",
    )  # fmt: skip
    other = SpeakerPost(press.office.prefecture.units["c2.housing"].id, "局长", "Director")
    plan = told(press, code="2021-grain", starts_at=timezone.now() - timedelta(days=2), speakers=[other])
    del plan["code"], plan["unit_id"]
    plan |= {"conference_id": conference_id, "reason": "发布人更正", "reason_en": "Another speaker"}
    acts.change_conference(press.writer, **plan)
    seen = page(browser(press.writer), f"/desk/conferences/2021-grain/question?of={question_id}")
    assert "增长？" in seen and "selected" not in seen.partition("answered_by")[2].partition("</select>")[0]


def test_an_offset_that_is_typed_with_the_time_counts(press: Press) -> None:
    day = (timezone.localdate() + SOON).isoformat()
    given = {
        "title": "外贸发布会", "title_en": "On trade", "code": "2021-trade", "domain": "open-economy", "day": day,
        "time": "10:00+00:00", "venue": "发布厅", "venue_en": "Press hall", "speakers": SPEAKERS,
        "sent_id": str(new_identifier()),
    }  # fmt: skip
    assert browser(press.writer).post("/desk/conferences/plan", given).status_code == 302
    starts = datetime.fromisoformat(ANYONE.read("/programme/conferences/2021-trade")["starts_at"])
    assert starts == datetime.fromisoformat(f"{day}T10:00+00:00")
