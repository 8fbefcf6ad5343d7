"""Dispatch rules through the administrator's pages: proposed, replayed on the past, published, retired."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone

from tests.orders.conftest import hotline
from tests.orders.hotline import MONDAY, Hotline
from tests.web.administration.conftest import county_role
from tests.web.desk.browsing import browser
from tianqu.kernel.orders.api import published_rules
from tianqu.kernel.orders.models import DispatchRule, RuleReplay
from tianqu.kernel.orders.rule_proposals import run_replay

__all__ = ["hotline"]
pytestmark = pytest.mark.django_db
HOME = "/administration/rules/"


@pytest.fixture
def administrator(hotline: Hotline) -> Client:
    return browser(hotline.post("city.centre", "administrator"))


def form(hotline: Hotline, **changes: Any) -> dict[str, Any]:
    """A rule that sends lamps to the housing bureau of Decheng, replayed around the day of the tests."""
    values = {
        "code": "lamps", "item": "road.lamp", "family": "", "place": "", "asker_kind": "", "urgency": "",
        "words_any": "路灯，灯杆", "words_all": "", "unit_id": hotline.prefecture.units["c1.housing"].code,
        "unit_kind": "", "rank": "20", "valid_from": timezone.localdate().isoformat(), "valid_to": "",
        "legal_basis": "", "note": "试行", "since": (MONDAY - timedelta(days=10)).date().isoformat(),
        "until": (MONDAY + timedelta(days=10)).date().isoformat(),
    }  # fmt: skip
    return values | changes


def replayed(administrator: Client, hotline: Hotline, **changes: Any) -> tuple[str, UUID]:
    answer = administrator.post(f"{HOME}new/", form(hotline, **changes))
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"]), RuleReplay.objects.latest("asked_at").id


def test_rule_goes_live_after_its_replay_and_not_before(administrator: Client, hotline: Hotline) -> None:
    hotline.done()
    hotline.place(item="water.none", title="停水", description="家里停水。")
    address, replay_id = replayed(administrator, hotline)
    page = administrator.get(address).content.decode()
    assert "It is under way." in page and "hx-get" in page
    assert administrator.post(address).status_code == 409 and not published_rules()
    run_replay(replay_id)
    page = administrator.get(address).content.decode()
    assert "1 of the past requests would have gone elsewhere." in page
    assert "1 of 1" in page  # it names the unit that answered
    assert "村口的路灯" not in page  # an administrator reads no request
    assert administrator.post(address).status_code == 302
    (rule,) = published_rules()
    assert (rule.code, rule.rank, rule.unit_id) == ("lamps", 20, hotline.unit_id)
    assert rule.condition.words_any == ("路灯", "灯杆")
    assert administrator.post(address).status_code == 409  # once
    listed = administrator.get(HOME, {"q": "lamps", "state": "in_force"}).content.decode()
    assert "lamps" in listed and "路灯、灯杆" in listed


def test_next_version_follows_and_a_rule_is_retired(administrator: Client, hotline: Hotline) -> None:
    for rank in ("20", "30"):
        address, replay_id = replayed(administrator, hotline, rank=rank)
        run_replay(replay_id)
        administrator.post(address)
    rows = list(DispatchRule.objects.filter(code="lamps").order_by("version"))
    assert [row.rank for row in rows] == [20, 30]
    page = administrator.get(f"{HOME}{rows[1].id}/").content.decode()
    assert "Versions" in page and "试行" in page
    assert 'value="lamps"' in administrator.get(f"{HOME}{rows[1].id}/change/").content.decode()
    assert administrator.post(f"{HOME}{rows[1].id}/retire/", {"reason": ""}).status_code == 400
    assert administrator.post(f"{HOME}{rows[1].id}/retire/", {"reason": "到期"}).status_code == 302
    assert not published_rules()
    assert "No rule found" in administrator.get(HOME, {"state": "in_force"}).content.decode()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"unit_id": ""}, "must name either a unit or a kind of unit"),
        ({"item": "", "words_any": ""}, "has no condition"),
        ({"rank": "many"}, "many is not a whole number."),
        ({"rank": "5000"}, "is not between 1 and 1000"),
        ({"place": "Atlantis"}, "Nothing is called Atlantis."),
        ({"since": "2030-01-01"}, "A replay looks at between"),
        ({"code": ""}, "This is needed."),
    ],
)
def test_faulty_rule_is_refused_with_what_was_typed(
    administrator: Client, hotline: Hotline, changes: dict[str, str], sentence: str
) -> None:
    answer = administrator.post(f"{HOME}new/", form(hotline, **changes))
    page = answer.content.decode()
    assert answer.status_code == 400 and sentence in page and "试行" in page
    assert not RuleReplay.objects.exists()


def test_ruling_says_that_it_is_one(administrator: Client, hotline: Hotline) -> None:
    order_id = hotline.dispatched()
    for _time in range(2):
        from tianqu.kernel.orders import api

        api.return_order(
            hotline.clerk, order_id=order_id, reason="不属本单位职责", legal_basis="三定方案",
            nominee_unit_id=hotline.other_unit_id, at=MONDAY,
        )  # fmt: skip
        if _time == 0:
            api.dispatch_order(hotline.dispatcher, order_id=order_id, unit_id=hotline.unit_id, at=MONDAY)
    api.adjudicate_order(
        hotline.dispatcher, order_id=order_id, unit_id=hotline.unit_id, reason="依三定方案", legal_basis="三定方案",
        make_rule=True, at=MONDAY,
    )  # fmt: skip
    assert "a ruling" in administrator.get(HOME).content.decode()
    rule = DispatchRule.objects.get()
    assert "It came from a ruling" in administrator.get(f"{HOME}{rule.id}/").content.decode()


def test_others_publish_no_rules(administrator: Client, hotline: Hotline) -> None:
    address, replay_id = replayed(administrator, hotline)
    run_replay(replay_id)
    for actor in (hotline.clerk, hotline.supervisor, hotline.dispatcher):
        other = browser(actor)
        for one in (HOME, f"{HOME}new/", address):
            assert other.get(one).status_code == 403, one
            assert other.post(one, form(hotline)).status_code == 403, one
    county_role()
    county = browser(hotline.post("c1.housing", "county_administrator"))
    refused = county.post(f"{HOME}new/", form(hotline))
    assert refused.status_code == 403 and "does not reach" in refused.content.decode()
    here = form(hotline, place=hotline.prefecture.places["P102001"].code)
    assert county.post(f"{HOME}new/", here).status_code == 302
    assert county.post(address).status_code == 403
    assert not published_rules()
