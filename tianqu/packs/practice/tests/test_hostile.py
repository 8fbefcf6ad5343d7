"""What nobody should send to the forms and addresses of civic practice: refused in words, no fault of ours."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.web.api.calling import ANYONE, caller
from tianqu.kernel.journal.api import SYSTEM, seeing
from tianqu.kernel.occasions.api import Booking
from tianqu.packs.practice.tests.stage import Stage, browser, there
from tianqu.packs.practice.tests.test_activities import form
from tianqu.packs.practice.tests.test_registers import PROFILE, STATION, TEAM

WRONG = ("坏\x00字", "坏\u202e字", "\ufffd", "9" * 40, "9999-12-31", "-1", "%' OR 1=1 --", "坏" * 6_000, "")


def posted(stage: Stage) -> list[tuple[Any, str, dict[str, Any]]]:
    """Who sends which fields where, each of which is good as it stands."""
    over, coming = stage.activity(), stage.activity(starts=timedelta(days=1))
    volunteer = stage.volunteer()
    there(volunteer, over)
    with seeing(SYSTEM.scope):
        one = str(Booking.objects.get(occasion=over).id)
    led = f"/desk/occasions/{over}/attendance"
    return [
        (stage.centre, "/desk/practice/stations/declare", STATION),
        (stage.centre, "/desk/practice/teams/declare", TEAM),
        (stage.leader, "/desk/occasions/announce", form("2026-12-31")),
        (stage.leader, f"/desk/occasions/{coming}/cancel",
         {"cause": "weather", "reason": "大雨", "reason_en": "Rain"}),
        (stage.leader, led, {"deed": "refuse", "booking": one, "words": "无"}),
        (stage.leader, led, {"booking": one}),
        (stage.leader, f"/desk/practice/consents/{volunteer.person_id}",
         {"guardian": "张伟", "relation": "父亲", "deed": "give"}),
        (volunteer, "/practice/me/profile", PROFILE),
        (volunteer, f"/occasions/{over}/attendance", {"words": "无"}),
        (volunteer, f"/occasions/{coming}/", {"deed": "book", "seat": ""}),
        (volunteer, f"/occasions/{over}/check", {"code": "1", "direction": "in", "client_id": one}),
        (volunteer, "/practice/teams/zhangli-1/", {"member": "yes"}),
    ]  # fmt: skip


@pytest.mark.slow
def test_no_form_breaks(stage: Stage) -> None:
    for actor, address, fields in posted(stage):
        client = browser(actor)
        client.raise_request_exception = False
        for name in fields:
            for wrong in WRONG:
                answer = client.post(address, fields | {name: wrong})
                assert answer.status_code < 500, (address, name, wrong[:20])


@pytest.mark.parametrize("name", ["place", "from", "tag", "kind"])
def test_no_filter_breaks(stage: Stage, name: str) -> None:
    client = browser()
    client.raise_request_exception = False
    for wrong in WRONG:
        for address in ("/occasions/", "/occasions/calendar.ics"):
            assert client.get(address, {name: wrong}).status_code < 500, (address, wrong[:20])


def test_no_operation_breaks(stage: Stage) -> None:
    for name in ("place", "kind", "subject", "tag", "first_day", "days"):
        for wrong in WRONG[:7]:
            assert ANYONE.get("/occasions", **{name: wrong}).status_code < 500, (name, wrong)
    phone, body = caller(stage.volunteer()), {"occasion_id": str(stage.activity()), "direction": "in", "code": "1"}
    for wrong in ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-01-01T00:00:00"):
        given = body | {"client_id": body["occasion_id"], "phone_at": wrong, "phone_sent_at": "2026-01-01T00:00:00Z"}
        assert phone.post("/acts/occasions.check", given).status_code < 500, wrong
