"""Ushers share the shifts at a theatre's doors: by their post at its office, and nobody else."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest
from django.utils import timezone

from tests.web.api.calling import caller
from tianqu.base.errors import NotPermitted
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM, Actor, seeing
from tianqu.kernel.occasions.api import admit, book, own_ticket
from tianqu.kernel.places.api import actor_of, end_post, forget_actors
from tianqu.kernel.rosters.api import Shift, make_due_rosters
from tianqu.packs.culture.tests.stage import Stage, browser, page
from tianqu.packs.culture.tests.test_theatre import announced, declare


def usher(stage: Stage, name: str, unit: str = "c1.culture") -> Actor:
    return actor_of(stage.prefecture.person(unit, "culture_usher", name=name), channel="web")


def planned(keeper: Actor, roster_id: UUID, monday: date) -> list[Shift]:
    """Two evenings at the doors, planned by the keeper's pages."""
    desk = browser(keeper)
    given = {
        "sent_id": str(roster_id), "subject": "theatre:grand", "title": "周末检票", "title_en": "Weekend doors",
        "first_day": monday.isoformat(), "last_day": (monday + timedelta(days=6)).isoformat(), "rest_minutes": "660",
        "week_max": "2", "days_max": "5",
    }  # fmt: skip
    assert desk.post("/desk/rosters/?kind=theatre", given).status_code == 302
    shifts = {
        "deed": "add", "first_day": given["first_day"], "last_day": given["last_day"], "weekdays": ["6", "7"],
        "starts": "18:30", "ends": "21:30", "venue": "东门", "venue_en": "East door", "needs": "2",
    }  # fmt: skip
    assert desk.post(f"/desk/rosters/{roster_id}/", shifts).status_code == 302
    with seeing(SYSTEM.scope):
        return list(Shift.objects.filter(roster=roster_id).order_by("starts_at"))


def test_ushers_of_a_theatre_share_its_doors(stage: Stage) -> None:
    declare(stage.officer, stage.unit_id)
    keeper = actor_of(stage.prefecture.person("c1.culture", "culture_theatre", name="台某"), channel="web")
    ushers = [usher(stage, name) for name in ("门甲", "门乙", "门丙")]
    roster_id, today = new_identifier(), timezone.localdate()
    _saturday, sunday = planned(keeper, roster_id, today + timedelta(days=14 - today.weekday()))
    asked = {"roster_id": str(roster_id)}
    caller(ushers[0]).done("/acts/rosters.say_wishes", asked | {"unable": [str(sunday.id)]})
    for one in ushers[1:]:
        caller(one).done("/acts/rosters.say_wishes", asked)
    for other in (keeper, stage.troupe, stage.resident(), usher(stage, "外人", "c2.culture")):
        assert caller(other).post("/acts/rosters.say_wishes", asked).status_code == 403
    desk = f"/desk/rosters/{roster_id}/"
    assert browser(keeper).post(desk, {"deed": "make"}).status_code == 302
    assert make_due_rosters() == 1
    assert browser(keeper).post(desk, {"deed": "publish"}).status_code == 302
    told = caller(keeper).read(f"/rosters/{roster_id}/result")
    assert {one["name"] for one in told["duties"] if one["shift"] == str(sunday.id)} == {"门乙", "门丙"}
    assert len(told["duties"]) == 4 and told["empty"] == []
    mine = page(browser(ushers[1]), "/rosters/mine")
    assert "East door" in mine and "Weekend doors" in mine and "My shifts" in page(browser(ushers[1]), "/desk/")
    assert browser(ushers[1]).get(desk).status_code == 403  # in it, but not leading it
    assert "Who is where" in page(browser(keeper), desk)
    assert "/desk/rosters/?kind=theatre" in page(browser(keeper), "/culture/theatres/grand/")


def test_an_exception_may_be_granted_in_another_shift(stage: Stage) -> None:
    """Jia could stand all day if Yi stood before and after her own shift, too, with less rest around that one."""
    declare(stage.officer, stage.unit_id)
    keeper = actor_of(stage.prefecture.person("c1.culture", "culture_theatre", name="台某"), channel="web")
    jia, yi = usher(stage, "门甲"), usher(stage, "门乙")
    roster_id, today = new_identifier(), timezone.localdate()
    day = (today + timedelta(days=14 - today.weekday())).isoformat()
    planned = {"roster_id": str(roster_id), "kind": "theatre", "subject": "grand", "title": "检票", "title_en": "Doors",
               "first_day": day, "last_day": day, "rest_minutes": 90}  # fmt: skip
    caller(keeper).done("/acts/rosters.plan", planned)
    shifts = {}
    for starts, ends in (("08:00", "16:00"), ("08:01", "10:00"), ("11:00", "13:00"), ("14:00", "15:59")):
        caller(keeper).done("/acts/rosters.add_shifts", {
            "roster_id": str(roster_id), "first_day": day, "last_day": day, "weekdays": [1], "starts": starts,
            "ends": ends, "venue": "东门", "venue_en": "East door", "needs": [{"skill": "", "places": 1}],
        })  # fmt: skip
        with seeing(SYSTEM.scope):
            shifts[starts] = str(Shift.objects.order_by("-id").filter(roster=roster_id).exclude(
                id__in=shifts.values()).get().id)  # fmt: skip
    caller(jia).done("/acts/rosters.say_wishes", {"roster_id": str(roster_id)})
    caller(yi).done("/acts/rosters.say_wishes", {"roster_id": str(roster_id), "unable": [shifts["08:00"]]})
    desk = f"/desk/rosters/{roster_id}/"
    assert browser(keeper).post(desk, {"deed": "make"}).status_code == 302
    assert make_due_rosters() == 1
    told = caller(keeper).read(f"/rosters/{roster_id}/result")
    (empty,) = told["empty"]
    assert empty["shift"] == shifts["08:00"] and empty["proved"]
    ((rule, number, shift),) = empty["waivers"]
    assert (rule, shift) == ("rest", shifts["11:00"])
    assert "门乙 may come with less rest, in another shift" in page(browser(keeper), desk)
    assert browser(keeper).post(desk, {"deed": "relax", "place": f"{shifts['08:00']}:"}).status_code == 302
    duties = {one["shift"]: one for one in caller(keeper).read(f"/rosters/{roster_id}/result")["duties"]}
    assert {duties[each]["name"] for each in shifts.values()} == {"门甲", "门乙"} and len(duties) == 4
    assert duties[shift]["waived"] == ["rest"] and duties[shift]["number"] == number


def test_who_is_an_usher_no_more_is_put_into_nothing(stage: Stage) -> None:
    declare(stage.officer, stage.unit_id)
    keeper = actor_of(stage.prefecture.person("c1.culture", "culture_theatre", name="台某"), channel="web")
    stays, goes = usher(stage, "门甲"), usher(stage, "门乙")
    roster_id, today = new_identifier(), timezone.localdate()
    saturday, _sunday = planned(keeper, roster_id, today + timedelta(days=14 - today.weekday()))
    for one in (stays, goes):
        caller(one).done("/acts/rosters.say_wishes", {"roster_id": str(roster_id)})
    assert goes.post_id is not None
    end_post(SYSTEM, post_id=goes.post_id, on=today + timedelta(days=1))
    forget_actors()
    could = caller(keeper).read(f"/rosters/shifts/{saturday.id}/candidates")
    assert [one["name"] for one in could] == ["门甲"]


def test_volunteers_leaders_lead_no_ushers(stage: Stage) -> None:
    """The permission of the kind keeps them apart, although both may plan rosters."""
    declare(stage.officer, stage.unit_id)
    leader = actor_of(stage.prefecture.person("c1.culture", "practice_leader", name="何某"), channel="web")
    asked = {
        "roster_id": str(new_identifier()), "kind": "theatre", "subject": "grand", "title": "检票", "title_en": "Doors",
        "first_day": "2026-12-01", "last_day": "2026-12-02",
    }  # fmt: skip
    refused = caller(leader).post("/acts/rosters.plan", asked)
    assert refused.status_code == 403 and "culture.run_theatre" in refused.content.decode()
    assert caller(leader).post("/acts/rosters.plan", asked | {"kind": "nothing"}).status_code == 400
    assert caller(leader).post("/acts/rosters.plan", asked | {"subject": "nothing"}).status_code == 404


def test_ushers_stand_at_the_door_and_lead_nothing(stage: Stage) -> None:
    declare(stage.officer, stage.unit_id)
    keeper = actor_of(stage.prefecture.person("c1.culture", "culture_theatre", name="台某"), channel="web")
    occasion_id, one, other = announced(keeper), usher(stage, "门甲"), usher(stage, "外人", "c2.culture")
    at_door, led = f"/desk/occasions/{occasion_id}/door", f"/desk/occasions/{occasion_id}/"
    assert at_door in page(browser(one), f"/occasions/{occasion_id}/") and page(browser(one), at_door)
    assert browser(one).get(led).status_code == 403 and browser(other).get(at_door).status_code == 403
    assert at_door not in page(browser(stage.resident()), f"/occasions/{occasion_id}/")
    guest, begins = stage.resident(), timezone.now() + timedelta(days=3)
    book(guest, occasion_id=occasion_id)
    with seeing(guest.scope):
        ticket = own_ticket(guest, occasion_id=occasion_id)
    told = {"occasion_id": occasion_id, "ticket": ticket, "client_id": new_identifier(), "at": begins}
    with pytest.raises(NotPermitted):
        admit(other, **told)
    assert admit(one, **told).seat
