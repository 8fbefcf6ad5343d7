"""Two shows change places, also where troupes are engaged for both; and what was refused is engaged once it can be."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from tests.web.api.calling import Caller, caller
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM
from tianqu.kernel.tours.api import do_tour
from tianqu.packs.culture.declaring.acts import grant_budget
from tianqu.packs.culture.shows.acts import accept_show
from tianqu.packs.culture.tests.season.test_season import DESK, done, in_days, planned, read
from tianqu.packs.culture.tests.stage import DAY, HOUR, Stage, browser, page


def visits(stage: Stage, plan_id: UUID) -> dict[UUID, dict[str, Any]]:
    return {UUID(one["visit"]): one for one in read(stage, plan_id)["visits"]}


def starts(stage: Stage, plan_id: UUID) -> dict[UUID, datetime]:
    return {name: datetime.fromisoformat(one["starts_at"]) for name, one in visits(stage, plan_id).items()}


def carried(stage: Stage, plan_id: UUID) -> None:
    done(stage.officer, "publish", plan_id)
    do_tour(plan_id)


def closed(stage: Stage, plan_id: UUID, show_id: UUID) -> None:
    """The weather closes a show's village on its day, so that the plan is made anew and can be changed again."""
    day = starts(stage, plan_id)[show_id].date().isoformat()
    place = visits(stage, plan_id)[show_id]["place"]
    done(stage.officer, "fall_out", plan_id, cause="weather", place=place, first_on=day, last_on=day)
    do_tour(plan_id)


@pytest.mark.parametrize("first", [0, 1])
def test_two_stops_of_one_day_change_their_times(stage: Stage, first: int) -> None:
    stage.ordered()
    stage.ordered(place="P102001")
    plan_id = planned(stage)
    was = starts(stage, plan_id)
    order = sorted(was, key=lambda each: was[each])
    for name in order:  # alone neither can have the other's time
        other = was[next(each for each in order if each != name)]
        minutes = timezone.localtime(other).hour * 60 + timezone.localtime(other).minute - 60
        asked = {"deed": "move", "visit": str(name), "carrier": "luyun", "on": other.date().isoformat()}
        told = caller(stage.officer).read(f"/tours/{plan_id}/change", **asked, starts=minutes)
        assert "too_early" in told["broken"]
    asked = {"deed": "swap", "visit": str(order[first]), "other": str(order[1 - first])}
    told = caller(stage.officer).read(f"/tours/{plan_id}/change", **asked)
    assert told["broken"] == [] and starts(stage, plan_id) == was, "asking changes nothing"
    assert done(stage.officer, "change", plan_id, **asked) == told["difference"]
    now = starts(stage, plan_id)
    assert (now[order[0]], now[order[1]]) == (was[order[1]], was[order[0]])


def test_a_swap_that_does_not_suit_a_village_is_refused(stage: Stage) -> None:
    shows = [
        stage.ordered(place=place, first_day=in_days(day), last_day=in_days(day))
        for place, day in (("P101009", 3), ("P102001", 5))
    ]
    plan_id = planned(stage)
    was, asked = starts(stage, plan_id), {"deed": "swap", "visit": str(shows[0]), "other": str(shows[1])}
    told = caller(stage.officer).read(f"/tours/{plan_id}/change", **asked)
    assert "outside_windows" in told["broken"]
    answer = caller(stage.officer).post("/acts/tours.change", {"tour_id": str(plan_id), **asked})
    assert answer.status_code == 409 and answer.json()["remedy"]
    assert starts(stage, plan_id) == was


def test_engaged_stops_change_places_although_each_stands_in_the_others_way(stage: Stage) -> None:
    first, second = stage.ordered(), stage.ordered(place="P102001")
    third = stage.ordered("film", first_day=in_days(3), last_day=in_days(9))
    plan_id = planned(stage)
    carried(stage, plan_id)
    closed(stage, plan_id, third)
    was = starts(stage, plan_id)
    assert was[first].date() == was[second].date() and stage.of(first).troupe_id == stage.of(second).troupe_id
    budget = stage.budget()
    done(stage.officer, "change", plan_id, deed="swap", visit=str(first), other=str(second))
    assert stage.of(first).starts_at == was[first], "not before it is published"
    carried(stage, plan_id)
    plan = read(stage, plan_id)
    assert (plan["stand"], plan["faults"]) == ("published", [])
    assert all(one["confirmed"] for one in plan["visits"])
    assert (stage.of(first).starts_at, stage.of(second).starts_at) == (was[second], was[first])
    assert stage.budget() == budget, "the same money"


def swap_of(stage: Stage, one: UUID, other: UUID, /) -> dict[str, str]:
    """What changes contract and time of two engaged shows."""
    here, there = stage.of(one), stage.of(other)
    assert here.starts_at is not None and there.starts_at is not None
    return {
        "show_id": str(one), "contract": str(there.contract_id), "starts_at": there.starts_at.isoformat(),
        "other_id": str(other), "other_contract": str(here.contract_id), "other_starts_at": here.starts_at.isoformat(),
    }  # fmt: skip


def swapped(stage: Stage, one: UUID, other: UUID, /, **more: Any) -> int:
    """Let two engaged shows change contract and time, unless told otherwise; the status of the answer."""
    told = swap_of(stage, one, other)
    return int(caller(stage.officer).post("/acts/culture.swap_shows", told | more).status_code)


def test_two_troupes_change_places_with_the_last_of_the_money(stage: Stage) -> None:
    """What both cost is what is set aside: neither price has to be found while the other still is."""
    one, other = stage.committed(), stage.committed(contract="3号", place="P102001")
    stage.committed(starts=20 * DAY)
    before = stage.budget()
    assert before["free"] == 150_000
    at = stage.of(one).starts_at
    assert at is not None
    assert swapped(stage, one, other, starts_at=at.isoformat(), other_starts_at=(at + HOUR).isoformat()) == 200
    assert [stage.of(each).troupe_id for each in (one, other)] == ["luyun", "meihua"]
    assert [stage.of(each).price_fen for each in (one, other)] == [250_000, 300_000]
    assert [stage.of(each).starts_at for each in (one, other)] == [at, at + HOUR]
    assert stage.budget() == before


def test_a_swap_sent_twice_leaves_the_troupes_word(stage: Stage) -> None:
    one, other = stage.committed(), stage.committed(contract="3号", place="P102001")
    told = swap_of(stage, one, other)
    office = caller(stage.officer)
    assert office.post("/acts/culture.swap_shows", told).status_code == 200
    for show_id in (one, other):
        accept_show(SYSTEM, show_id=show_id)
    assert office.post("/acts/culture.swap_shows", told).status_code == 200
    assert [stage.of(each).stand for each in (one, other)] == ["accepted", "accepted"]
    later = (datetime.fromisoformat(told["starts_at"]) + DAY).isoformat()
    assert office.post("/acts/culture.swap_shows", told | {"starts_at": later}).status_code == 200
    assert [stage.of(each).stand for each in (one, other)] == ["committed", "accepted"], "what stays keeps its word"


def test_what_cannot_be_swapped_changes_neither(stage: Stage) -> None:
    one, other = stage.committed(), stage.committed(place="P102001")
    third, ordered = stage.committed(starts=9 * DAY), stage.ordered()
    was, taken = [stage.of(each).starts_at for each in (one, other)], stage.of(third).starts_at
    assert taken is not None
    for more, status in (
        ({"starts_at": taken.isoformat()}, 409), ({"other_starts_at": (timezone.now() - DAY).isoformat()}, 400),
        ({"other_contract": "9号"}, 404), ({"contract": "2号"}, 403), ({"other_id": str(one)}, 400),
        ({"other_id": str(ordered)}, 409),
        ({"starts_at": (taken + 60 * DAY).isoformat()}, 400),
        ({"starts_at": (taken + 3 * DAY).isoformat(), "other_starts_at": (taken + 3 * DAY + HOUR).isoformat()}, 409),
    ):  # fmt: skip
        assert swapped(stage, one, other, **more) == status, more
    told = {"show_id": str(one), "other_id": str(other)}
    for actor in (stage.far_officer, stage.troupe, stage.post):
        at = timezone.now() + 5 * DAY
        body = told | {
            "contract": "1号", "other_contract": "1号", "starts_at": at.isoformat(),
            "other_starts_at": (at + timedelta(hours=5)).isoformat(),
        }  # fmt: skip
        assert caller(actor).post("/acts/culture.swap_shows", body).status_code in (403, 404)
    assert [stage.of(each).starts_at for each in (one, other)] == was


def test_what_the_budget_refused_is_engaged_once_it_was_raised(stage: Stage) -> None:
    for place in ("P101009", "P102001") * 3:
        stage.ordered(place=place)
    plan_id = planned(stage, budget_fen=5_000_000)
    office, address, again = browser(stage.officer), f"{DESK}{plan_id}/", "Engage what is not engaged yet"
    assert caller(stage.officer).post("/acts/tours.retry", {"tour_id": str(plan_id)}).status_code == 409
    carried(stage, plan_id)
    plan = read(stage, plan_id)
    left = len(plan["faults"])
    assert plan["stand"] == "published" and left == 2
    shown = page(office, address)
    assert shown.count("The budget does not suffice. Grant money for culture first") == left
    assert again in shown and "4 of 6 visits that lie ahead are engaged." in shown
    assert office.post(address, {"deed": "retry"}).status_code == 302, "the reason is still there"
    do_tour(plan_id)
    assert len(read(stage, plan_id)["faults"]) == left and stage.budget()["free"] == 0
    grant_budget(
        stage.officer, unit_id=stage.unit_id, transfer_id=new_identifier(), amount_fen=250_000,
        day=timezone.localdate(),
    )  # fmt: skip
    assert done(stage.officer, "retry", plan_id) == left
    assert done(stage.officer, "retry", plan_id) == 0, "the worker is at it"
    do_tour(plan_id)
    do_tour(plan_id)
    plan, shown = read(stage, plan_id), page(office, address)
    assert len(plan["faults"]) == 1 and "5 of 6 visits that lie ahead are engaged." in shown
    assert "接下来的 6 场中，5 场已落实队伍。" in page(browser(stage.officer, "zh-hans"), address)
    grant_budget(
        stage.officer, unit_id=stage.unit_id, transfer_id=new_identifier(), amount_fen=250_000,
        day=timezone.localdate(),
    )  # fmt: skip
    assert done(stage.officer, "retry", plan_id) == 1
    do_tour(plan_id)
    plan, shown = read(stage, plan_id), page(office, address)
    assert plan["faults"] == [] and all(one["confirmed"] for one in plan["visits"])
    assert "6 of 6 visits that lie ahead are engaged." in shown and again not in shown
    assert done(stage.officer, "retry", plan_id) == 0 and read(stage, plan_id)["stand"] == "published"
    assert stage.budget()["committed"] == 1_500_000


@pytest.mark.parametrize("who", ["far_officer", "post", "troupe"])
def test_nobody_else_has_anything_engaged(stage: Stage, who: str) -> None:
    stage.ordered()
    plan_id = planned(stage)
    carried(stage, plan_id)
    answer = caller(getattr(stage, who)).post("/acts/tours.retry", {"tour_id": str(plan_id)})
    assert answer.status_code in (403, 404)


def test_what_is_taken_out_by_hand_is_called_off_for_that_and_not_for_the_weather(stage: Stage) -> None:
    first, second = stage.ordered(), stage.ordered(place="P102001")
    third = stage.ordered("film", first_day=in_days(3), last_day=in_days(9))
    plan_id = planned(stage)
    carried(stage, plan_id)
    closed(stage, plan_id, third)
    free = stage.budget()["free"]
    prices = sum(stage.of(each).price_fen or 0 for each in (first, second))
    for dropped in (first, second):
        done(stage.officer, "change", plan_id, deed="drop", visit=str(dropped))
    assert stage.of(first).stand == "committed", "not before it is published"
    carried(stage, plan_id)
    for dropped in (first, second):
        it = stage.of(dropped)
        assert (it.stand, it.cause, it.reason) == ("cancelled", "other", "被手工移出计划")
    assert stage.budget()["free"] == free + prices
    carried_again = read(stage, plan_id)
    assert (carried_again["stand"], carried_again["faults"]) == ("published", [])


def test_what_the_office_engaged_by_itself_is_not_called_off_by_a_plan(stage: Stage) -> None:
    shows = [stage.ordered(), stage.ordered(place="P102001")]
    third = stage.ordered("film", first_day=in_days(3), last_day=in_days(9))
    plan_id = planned(stage)
    carried(stage, plan_id)
    closed(stage, plan_id, third)
    at = stage.of(shows[0]).starts_at
    assert at is not None
    other = "1号" if stage.of(shows[0]).contract_id == "3号" else "3号"
    body = {"show_id": str(shows[0]), "contract": other, "starts_at": at.isoformat()}
    assert caller(stage.officer).post("/acts/culture.hand_over_show", body).status_code == 200
    done(stage.officer, "change", plan_id, deed="drop", visit=str(shows[0]))
    carried(stage, plan_id)
    assert stage.of(shows[0]).stand == "committed" and stage.of(shows[0]).contract_id == other
    (fault,) = read(stage, plan_id)["faults"]
    assert "another team is engaged" in fault["message"] and fault["visit"] == str(shows[0])


def test_a_token_made_on_the_page_reads_what_the_pages_show(stage: Stage) -> None:
    stage.ordered()
    plan_id = planned(stage)
    office = browser(stage.officer)
    offered = page(office, "/account/tokens/")
    assert 'value="*"' in offered and 'value="tours.see"' in offered and 'value="culture.see_budget"' in offered
    until = (timezone.localdate() + 9 * DAY).isoformat()
    for scope, status in (("*", 200), ("tours.see", 200), ("tours.plan", 403)):
        shown = office.post("/account/tokens/", {"name": scope, "until": until, "scopes": [scope]})
        secret = re.search(r"<code>(tianqu_[^<]+)</code>", shown.content.decode())
        assert secret is not None
        program = Caller({"Authorization": f"Bearer {secret[1]}", "Accept-Language": "en"})
        answer = program.get(f"/tours/{plan_id}")
        assert answer.status_code == status
        assert status == 200 or "This token does not let you" in answer.json()["detail"]


def test_a_village_is_named_that_falls_out(stage: Stage) -> None:
    stage.ordered()
    plan_id, day = planned(stage), in_days(3)
    answer = browser(stage.officer).post(f"{DESK}{plan_id}/out", {"cause": "weather", "first_on": day, "last_on": day})
    assert answer.status_code == 400 and "Say which village" in answer.content.decode()
