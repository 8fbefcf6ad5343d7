"""A team's roster through its pages: planned, wished for, made, explained, relaxed, changed by hand, published."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.web.api.calling import ANYONE, caller
from tianqu.kernel.journal.api import SYSTEM, Actor, seeing
from tianqu.kernel.planning.api import RosterEnded, compute_roster
from tianqu.kernel.rosters import making
from tianqu.kernel.rosters.api import Duty, Roster, Wish, note
from tianqu.packs.practice.models import Volunteer
from tianqu.packs.practice.profiles.acts import erase_profile, join_team, record_consent
from tianqu.packs.practice.tests.roster_stage import Rostered, number_of
from tianqu.packs.practice.tests.stage import Stage, browser, page
from tianqu.packs.practice.tests.test_activities import codes_of
from tianqu.packs.practice.tests.test_hostile import WRONG


def state_of(roster: Rostered) -> str:
    return str(next(one["state"] for one in ANYONE.read("/rosters") if one["id"] == str(roster.id)))


def test_a_team_gets_its_roster(stage: Stage) -> None:
    roster = Rostered(stage).planned()
    first, second, third = roster.shifts(days=3)
    assert len(roster.shifts(days=3)) == 3  # the same again adds nothing
    li = roster.member("李梅", unable=[str(first.id)], wished=[str(third.id)])
    roster.member("王芳", unwished=[str(second.id)])
    desk = browser(stage.leader)
    assert "Nobody has said yet" not in page(desk, roster.desk)
    assert desk.post(roster.desk, {"deed": "publish"}).status_code == 409
    roster.made()
    assert roster.who() == ["王芳", "李梅", "李梅"] and state_of(roster) == "drafted"
    seen = page(desk, roster.desk)
    assert "Winter evenings" in seen and "李梅" in seen and "not proved" not in seen and "<meter" in seen
    assert "冬夜值守" in page(browser(stage.leader, "zh-hans"), roster.desk)
    assert "My shifts into" not in page(browser(li), roster.address)  # a draft is nobody's
    roster.published()
    assert "rosters_published" in codes_of(li)
    shown = page(browser(li), roster.address)
    assert shown.count("Offer it to the others") == 2
    told = caller(li).read(f"/rosters/{roster.id}/shifts")
    assert [one["mine"] for one in told] == [False, True, True]
    assert desk.post(roster.desk, {"deed": "make"}).status_code == 409
    result = caller(stage.leader).read(f"/rosters/{roster.id}/result")
    assert [one["name"] for one in result["duties"]] == ["王芳", "李梅", "李梅"] and result["empty"] == []
    assert all(level["value"] == level["bound"] for level in result["levels"])


def test_everybody_who_shares_the_shifts_is_asked_when_they_can_come(stage: Stage) -> None:
    roster, today = Rostered(stage).planned(), timezone.localdate()
    leader, by = caller(stage.leader), today + timedelta(days=3)
    ask = {"roster_id": str(roster.id), "by": by.isoformat()}
    assert leader.post("/acts/rosters.ask_wishes", ask).status_code == 409  # it has no shifts yet
    roster.shifts(days=3)
    li = roster.member("李梅")
    silent = roster.member("王芳")
    for day in (today - timedelta(days=1), roster.monday + timedelta(days=1)):
        answer = leader.post("/acts/rosters.ask_wishes", {**ask, "by": day.isoformat()})
        assert answer.status_code == 400 and answer.json()["field"] == "by"
    assert caller(stage.stranger).post("/acts/rosters.ask_wishes", ask).status_code in (403, 404)
    desk = browser(stage.leader)
    assert desk.post(roster.desk, {"deed": "ask", "by": by.isoformat()}).status_code == 302
    for one in (li, silent):
        assert codes_of(one).count("rosters_wishes_wanted") == 1
        assert f"Please say so by {by.day} {by:%b %Y}." in page(browser(one), roster.address)
        assert f"Please say by {by.day} {by:%b %Y} which" in page(browser(one), "/notices/")
        assert "when you can come" in page(browser(one), "/rosters/mine")
    assert "rosters_wishes_wanted" not in codes_of(stage.stranger)
    shown = page(desk, roster.desk)
    assert "They were asked to say so by" in shown and "2 have said when they can come." in shown
    assert leader.post("/acts/rosters.ask_wishes", ask).status_code == 200  # the same again tells nobody
    assert codes_of(li).count("rosters_wishes_wanted") == 1
    roster.made().published()
    assert leader.post("/acts/rosters.ask_wishes", {**ask, "by": today.isoformat()}).status_code == 409


def test_an_empty_place_is_explained_and_granted_by_one_press(stage: Stage) -> None:
    """“Li may come for a third evening that week.”"""
    roster = Rostered(stage).planned()
    shifts = roster.shifts(days=3)
    roster.member("李梅")
    roster.made()
    assert roster.who() == ["李梅", "李梅"]
    desk = browser(stage.leader)
    seen = page(desk, roster.desk)
    assert "1 have their shifts of that week" in seen and "李梅 may come once more that week" in seen
    assert "nothing asks less" in seen
    place = re.search(r'name="place" value="([^"]+)"', seen)
    assert place is not None
    assert browser(stage.stranger).post(roster.desk, {"deed": "relax", "place": place[1]}).status_code in (403, 404)
    assert desk.post(roster.desk, {"deed": "relax", "place": place[1]}).status_code == 302
    assert roster.who() == ["李梅"] * len(shifts)
    assert "exception" in page(desk, roster.desk) and "Why places are empty" not in page(desk, roster.desk)
    assert desk.post(roster.desk, {"deed": "relax", "place": place[1]}).status_code == 409
    roster.made()  # what was granted stays
    assert roster.who() == ["李梅"] * len(shifts)


def test_what_is_the_volunteers_own_is_not_the_leaders_to_grant(stage: Stage) -> None:
    roster = Rostered(stage).planned()
    (only,) = roster.shifts(days=1)
    li = roster.member("李梅", unable=[str(only.id)])
    roster.made()
    desk = browser(stage.leader)
    seen = page(desk, roster.desk)
    assert "1 cannot come then" in seen and "theirs to say" in seen
    place = {"place": f"{only.id}:", "number": number_of(li)}
    assert desk.post(roster.desk, {"deed": "relax", **place}).status_code == 403
    assert desk.post(roster.desk, {"deed": "change", **place}).status_code == 409
    assert desk.post(roster.desk, {"deed": "change", **place, "waived": ["unable"]}).status_code == 403
    caller(li).done("/acts/rosters.say_wishes", {"roster_id": str(roster.id)})
    assert desk.post(roster.desk, {"deed": "change", **place}).status_code == 302
    assert roster.who() == ["李梅"]


def test_a_leader_changes_by_hand_and_rules_are_looked_at(stage: Stage) -> None:
    roster = Rostered(stage).planned()
    first, second, third = roster.shifts(days=3, needs="1 medicine:1")
    li = roster.member("李梅", skills=("medicine",))
    wang = roster.member("王芳")
    desk = browser(stage.leader)

    def put(shift: Any, actor: Any, skill: str = "", deed: str = "change", **more: Any) -> int:
        given = {"deed": deed, "place": f"{shift.id}:{skill}", "number": number_of(actor), **more}
        return int(desk.post(roster.desk, given).status_code)

    assert put(first, wang, "medicine") == 409  # without the skill
    assert put(first, wang, "medicine", waived=["skill"]) == 302
    assert [put(each, li) for each in (first, second, third)] == [302, 302, 409]  # twice a week
    assert put(third, li, waived=["week"]) == 302
    assert put(third, li, deed="remove") == 302 and put(third, li, deed="remove") == 404
    assert put(third, li, waived=["magic"]) == 400 and put(third, li, "law") == 400
    assert desk.post(roster.desk, {"deed": "change", "place": f"{third.id}:", "number": "V0"}).status_code == 404
    roster.made().published()
    number = number_of(wang)
    with seeing(SYSTEM.scope):
        assert Duty.objects.get(shift=first, number=number).waived == ["skill"]
    assert put(first, wang, "medicine", deed="remove") == 302
    assert "rosters_changed" in codes_of(wang)


def test_a_place_shows_who_could_come_the_most_willing_first(stage: Stage) -> None:
    """And what is in the way of the others: the leader's to grant, or their own."""
    roster = Rostered(stage).planned()
    first, second, third = roster.shifts(days=3)
    li, wang = roster.member("李梅"), roster.member("王芳", wished=[str(third.id)])
    zhao = roster.member("赵一", unable=[str(third.id)])
    desk, place = browser(stage.leader), f"?place={third.id}:"
    for shift in (first, second):
        given = {"deed": "change", "place": f"{shift.id}:", "number": number_of(li)}
        assert desk.post(f"{roster.desk}{place}", given).status_code == 302
    told = caller(stage.leader).read(f"/rosters/shifts/{third.id}/candidates")
    assert [(one["name"], one["broken"], one["grantable"], one["said"]) for one in told] == [
        ("王芳", [], True, "wished"), ("李梅", ["week"], True, ""), ("赵一", ["unable"], False, "unable"),
    ]  # fmt: skip
    seen = page(desk, f"{roster.desk}{place}")
    assert seen.count("Put in<") == 1 and seen.count("Grant and put in<") == 1 and number_of(zhao) in seen
    granted = re.search(rf'value="{number_of(li)}"><input type="hidden" name="waived" value="(\w+)"', seen)
    assert granted is not None and granted[1] == "week"
    assert desk.post(roster.desk, given | {"place": f"{third.id}:", "waived": ["week"]}).status_code == 302
    assert "Who could come" not in page(desk, f"{roster.desk}{place}")  # nothing is empty there any more
    for actor in (stage.stranger, wang):
        assert caller(actor).get(f"/rosters/shifts/{third.id}/candidates").status_code == 403
    assert desk.get(f"{roster.desk}?place={third.id}:magic").status_code == 200
    assert desk.get(f"{roster.desk}?place=x").status_code == 200


def test_talks_in_villages_are_a_roster_of_their_speakers(stage: Stage) -> None:
    """Topics are skills, villages are places: nobody speaks in a village again before each had its talk."""
    roster = Rostered(stage).planned(in_turn="on", week_max="7", title="理论宣讲", title_en="Talks in villages")
    for venue, venue_en, weekday, needs in (
        ("张庄", "Zhang", "1", "law:1"), ("张庄", "Zhang", "3", "medicine:1"), ("李庄", "Li", "4", "law:1"),
        ("张庄", "Zhang", "5", "medicine:1"),
    ):  # fmt: skip
        roster.shifts(days=7, weekdays=weekday, venue=venue, venue_en=venue_en, needs=needs)
    roster.member("吕律师", skills=("law",))
    roster.member("易医生", skills=("medicine",))
    roster.made()
    result = caller(stage.leader).read(f"/rosters/{roster.id}/result")
    assert len(result["duties"]) == 3
    (empty,) = result["empty"]
    assert empty["counts"] == {"skill": 1, "turn": 1} and empty["proved"]
    assert "before every other place had its turn" in page(browser(stage.leader), roster.desk)
    roster.published()
    feed = page(browser(language="zh-hans"), f"{roster.address}calendar.ics").replace("\r\n ", "")
    assert feed.count("BEGIN:VEVENT") == 4 and "LOCATION:李庄" in feed and "吕律师" not in feed


def test_minors_without_consent_and_strangers_take_no_part(stage: Stage) -> None:
    roster = Rostered(stage).planned()
    roster.shifts(days=1)
    minor = stage.volunteer("张小明", born_on=timezone.localdate() - timedelta(days=15 * 366))
    asked = {"roster_id": str(roster.id)}
    assert caller(minor).post("/acts/rosters.say_wishes", asked).status_code == 403  # not in the team
    join_team(minor, team="zhangli-1")
    refused = caller(minor).post("/acts/rosters.say_wishes", asked)
    assert refused.status_code == 403 and "guardian" in refused.content.decode()
    desk = browser(stage.leader)
    given = {"guardian": "张伟", "relation": "父亲", "deed": "give"}
    assert desk.post(f"/desk/practice/consents/{minor.person_id}", given).status_code == 302
    caller(minor).done("/acts/rosters.say_wishes", asked)
    assert desk.post(f"/desk/practice/consents/{minor.person_id}", given | {"deed": "withdraw"}).status_code == 302
    assert desk.post(roster.desk, {"deed": "make"}).status_code == 409  # nobody may serve
    for actor in (stage.stranger, minor):
        assert browser(actor).get(roster.desk).status_code in (403, 404)
        body = {
            "kind": "practice", "subject": "zhangli-1", "title": "x", "title_en": "x", "first_day": "2026-12-01",
            "last_day": "2026-12-02", "roster_id": str(roster.id),
        }  # fmt: skip
        assert caller(actor).post("/acts/rosters.plan", body).status_code == 403
        with seeing(actor.scope):
            assert not Wish.objects.exclude(person_id=actor.person_id).exists()


def minor_in(roster: Rostered) -> Actor:
    """A minor of the team to whom a guardian consents, and who takes part."""
    young = roster.stage.volunteer("张小明", born_on=timezone.localdate() - timedelta(days=15 * 366))
    assert young.person_id is not None
    join_team(young, team="zhangli-1")
    record_consent(roster.stage.leader, person_id=young.person_id, guardian="张伟", relation="父亲")
    caller(young).done("/acts/rosters.say_wishes", {"roster_id": str(roster.id)})
    return young


def test_a_minor_whose_consent_is_withdrawn_leaves_the_shifts_to_come(stage: Stage) -> None:
    roster = Rostered(stage).planned()
    roster.shifts(days=1)
    young = minor_in(roster)
    assert young.person_id is not None
    roster.made().published()
    assert roster.who() == ["张小明"]
    record_consent(stage.leader, person_id=young.person_id, given=False)
    assert roster.who() == []
    assert caller(stage.leader).read(f"/rosters/{roster.id}/result")["duties"] == []
    assert "their places are empty" in page(browser(stage.leader), "/notices/")
    with seeing(SYSTEM.scope):
        assert Wish.objects.filter(roster=roster.id, person_id=young.person_id).exists(), "what they wished for stays"


@pytest.mark.parametrize("goes", ["consent", "profile", "wish"])
def test_who_drops_out_while_it_is_computed_is_not_placed(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, goes: str
) -> None:
    roster = Rostered(stage).planned()
    roster.shifts(days=1)
    young = minor_in(roster)
    assert young.person_id is not None

    def computed(problem: Any, **more: Any) -> Any:
        plan = compute_roster(problem, **more)
        if goes == "consent":
            record_consent(stage.leader, person_id=young.person_id, given=False)
        elif goes == "profile":
            erase_profile(young)
        else:
            caller(young).done("/acts/rosters.say_wishes", {"roster_id": str(roster.id), "takes_part": False})
        return plan

    monkeypatch.setattr("tianqu.kernel.rosters.making.compute_roster", computed)
    roster.made()
    assert roster.who() == []
    with seeing(SYSTEM.scope):
        assert Roster.objects.get(id=roster.id).state == "drafted", "the worker ends its work"


def test_a_proposal_does_not_bring_back_who_takes_part_no_more(stage: Stage) -> None:
    roster = Rostered(stage).planned(week_max="1")
    shifts = roster.shifts(days=2)
    young = minor_in(roster)
    assert young.person_id is not None
    roster.made()
    assert roster.who() == ["张小明"]
    record_consent(stage.leader, person_id=young.person_id, given=False)
    for shift in shifts:
        assert caller(stage.leader).post("/acts/rosters.relax", {"shift_id": str(shift.id)}).status_code in (404, 409)
    assert roster.who() == []


def test_a_volunteer_says_it_on_the_page(stage: Stage) -> None:
    roster = Rostered(stage).planned()
    first, second = roster.shifts(days=2)
    actor = stage.volunteer()
    mine = browser(actor)
    assert "Join this team" in page(mine, roster.address) and "Sign in" in page(browser(), roster.address)
    join_team(actor, team="zhangli-1")
    assert "Winter evenings" in page(mine, "/practice/me/")
    given = {"deed": "wishes", "takes_part": "on", "shifts_min": "0", "shifts_max": "4", f"shift-{first.id}": "unable",
             f"shift-{second.id}": "wished"}  # fmt: skip
    assert mine.post(roster.address, given | {"shifts_max": "x"}).status_code == 400
    assert mine.post(roster.address, given | {"shifts_min": "5"}).status_code == 400
    for _again in range(2):
        assert mine.post(roster.address, given).status_code == 302
    with seeing(actor.scope):
        wish = Wish.objects.get(roster=roster.id)
        assert (wish.unable, wish.wished, wish.shifts_max) == ([first.id], [second.id], 4)
    assert re.search(r'value="unable" checked', page(mine, roster.address))
    assert caller(actor).read("/practice/volunteer")["rosters"][0]["shifts_max"] == 4


def test_what_cannot_be_planned_is_refused(stage: Stage) -> None:
    roster = Rostered(stage).planned()
    desk = browser(stage.leader)
    add = {
        "deed": "add", "first_day": roster.monday.isoformat(), "last_day": roster.monday.isoformat(), "weekdays": ["1"],
        "starts": "19:00", "ends": "21:00", "venue": "站", "venue_en": "Station", "needs": "1",
    }  # fmt: skip
    for wrong in (
        {"need-magic": "1"}, {"needs": "0"}, {"needs": "x"}, {"need-law": "x"}, {"needs": "51"}, {"needs": ""},
        {"starts": "25:00"}, {"weekdays": ["2"]}, {"venue": ""}, {"first_day": "2020-01-01"}, {"last_day": "x"},
    ):  # fmt: skip
        assert desk.post(roster.desk, add | wrong).status_code == 400, wrong
    assert desk.post(roster.desk, {"deed": "magic"}).status_code == 400
    assert desk.post(roster.desk, {"deed": "drop", "shift": "x"}).status_code == 404
    shifts = roster.shifts(days=2)
    assert desk.post(roster.desk, {"deed": "drop", "shift": str(shifts[0].id)}).status_code == 302
    assert len(roster.all_shifts()) == 1
    assert desk.post(roster.desk, {"deed": "make"}).status_code == 409  # nobody takes part


def test_a_search_that_breaks_says_so_and_one_that_was_left_is_taken_up(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    roster = Rostered(stage).planned()
    roster.shifts(days=1)
    roster.member("李梅")
    desk, now = browser(stage.leader), timezone.now()
    assert desk.post(roster.desk, {"deed": "make"}).status_code == 302
    assert "hx-trigger" in page(desk, roster.desk)
    assert note(SYSTEM, roster_id=roster.id, stage="begun")  # by a worker that is killed then
    assert making.make_due_rosters() == 0
    with seeing(SYSTEM.scope):
        assert Roster.objects.get(id=roster.id).state == "computing"
    assert desk.post(roster.desk, {"deed": "publish"}).status_code == 409
    assert note(SYSTEM, roster_id=roster.id, stage="begun", at=now + timedelta(minutes=6))

    def broken(*_given: Any, **_more: Any) -> Any:
        raise RosterEnded("gone")

    monkeypatch.setattr(making, "compute_roster", broken)
    assert desk.post(roster.desk, {"deed": "add"}).status_code == 400
    assert desk.post(roster.desk, {"deed": "make"}).status_code == 302
    assert making.make_due_rosters() == 0
    assert state_of(roster) == "open" and "too much memory" in page(desk, roster.desk)


@pytest.mark.slow
def test_no_form_of_rosters_breaks(stage: Stage) -> None:
    roster = Rostered(stage).planned()
    (only,) = roster.shifts(days=1)
    li, day = roster.member("李梅"), roster.monday.isoformat()
    change = {"deed": "change", "place": f"{only.id}:", "number": number_of(li), "waived": "week"}
    forms: list[tuple[Any, str, dict[str, str]]] = [
        (stage.leader, "/desk/rosters/", {
            "sent_id": str(roster.id), "subject": "practice:zhangli-1", "title": "排班", "title_en": "Roster",
            "first_day": day, "last_day": day, "rest_minutes": "660", "week_max": "3", "days_max": "5", "in_turn": "on",
        }),
        (stage.leader, roster.desk, {
            "deed": "add", "first_day": day, "last_day": day, "weekdays": "1", "starts": "08:00", "ends": "09:00",
            "venue": "站", "venue_en": "Here", "needs": "1",
        }),
        (stage.leader, roster.desk, change), (stage.leader, roster.desk, change | {"deed": "relax"}),
        (li, roster.address, {"deed": "wishes", "shifts_min": "0", "shifts_max": "4", f"shift-{only.id}": "wished"}),
        (li, roster.address, {"deed": "take", "shift": str(only.id)}),
    ]  # fmt: skip
    for actor, address, fields in forms:
        client = browser(actor)
        client.raise_request_exception = False
        for name in fields:
            for wrong in WRONG:
                answer = client.post(address, fields | {name: wrong})
                assert answer.status_code < 500, (address, name, wrong[:20])


def test_who_is_erased_leaves_the_roster(stage: Stage) -> None:
    roster = Rostered(stage).planned()
    roster.shifts(days=1)
    li = roster.member("李梅")
    roster.made().published()
    erase_profile(li)
    assert roster.who() == []
    with seeing(SYSTEM.scope):
        assert not Wish.objects.filter(person_id=li.person_id).exists()
        assert not Volunteer.objects.filter(person_id=li.person_id).exists()
    assert "rosters_place_empty" in codes_of(stage.leader)
