"""A season from the villages' orders to engaged troupes: planned, changed by hand, planned anew, published."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import Error, transaction
from django.utils import timezone, translation

from tests.owner import as_owner
from tests.web.api.calling import caller
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM, Actor, seeing
from tianqu.kernel.ledgers.api import Resolution
from tianqu.kernel.notices.api import notices_of
from tianqu.kernel.places.api import actor_of, unit_with
from tianqu.kernel.planning.api import Limits, Replan, Season, compute_tour
from tianqu.kernel.tours.api import Tour, do_tour
from tianqu.packs.culture.declaring.acts import Priced, declare_contract, declare_work
from tianqu.packs.culture.shows.acts import SAID_WITHIN, accept_show
from tianqu.packs.culture.tests.stage import DAY, WORK, Stage, browser, page
from tianqu.packs.culture.voices.acts import vote

DESK = "/desk/tours/"


def in_days(number: int) -> date:
    return timezone.localdate() + number * DAY


def done(actor: Actor, act: str, plan_id: UUID, **more: Any) -> Any:
    return caller(actor).done(f"/acts/tours.{act}", {"tour_id": str(plan_id), **more})["result"]


def planned(stage: Stage, **more: Any) -> UUID:
    """Ask for a plan of the coming thirty days, and let the worker make it."""
    plan_id = new_identifier()
    told = {
        "kind": "culture", "unit_id": str(stage.unit_id), "name": "春季送戏下乡", "first_on": in_days(1).isoformat(),
        "last_on": in_days(30).isoformat(), "budget_fen": 1_000_000,
    }  # fmt: skip
    done(stage.officer, "plan", plan_id, **told | more)
    do_tour(plan_id)
    return plan_id


def read(stage: Stage, plan_id: UUID) -> dict[str, Any]:
    found: dict[str, Any] = caller(stage.officer).read(f"/tours/{plan_id}")
    return found


def test_a_season_is_planned_published_and_carried_out(stage: Stage) -> None:
    shows = [stage.ordered(), stage.ordered(place="P102001")]
    plan_id = planned(stage)
    plan = read(stage, plan_id)
    assert plan["stand"] == "planned" and plan["proved"] and plan["cost"]["unserved"] == 0
    assert {one["carrier"] for one in plan["visits"]} == {"luyun"}, "the cheaper troupe"
    assert len({one["starts_at"][:10] for one in plan["visits"]}) == 1, "both villages on one way"
    assert stage.budget()["committed"] == 0, "nothing is promised before it is published"
    assert done(stage.officer, "publish", plan_id) == 2
    do_tour(plan_id)
    do_tour(plan_id)  # a worker may do it twice
    assert read(stage, plan_id)["stand"] == "published"
    begins = {one["visit"]: one["starts_at"] for one in plan["visits"]}
    for show_id in shows:
        one = stage.of(show_id)
        assert (one.stand, one.troupe_id, one.contract_id) == ("committed", "luyun", "3号")
        assert one.starts_at is not None and one.starts_at == datetime.fromisoformat(begins[str(show_id)])
    assert stage.budget()["committed"] == 500_000
    with seeing(stage.other_post.scope):
        assert "culture_planned" in [one.code for one in notices_of(stage.other_post, language="en")]


def test_every_village_once_before_any_twice_and_the_rest_says_why(stage: Stage) -> None:
    day = in_days(3).isoformat()
    for place in ("P101009", "P101009", "P102001"):
        stage.ordered(place=place, first_day=in_days(3), last_day=in_days(3))
    stage.ordered("film", first_day=in_days(40), last_day=in_days(40))  # not of these days
    plan = read(stage, planned(stage, first_on=day, last_on=day, visits_a_day=1))
    served = {one["place"] for one in plan["visits"] if one["starts_at"]}
    assert served == {"P101009", "P102001"}
    assert [one["why"] for one in plan["visits"] if not one["starts_at"]] == ["full"]
    assert len(plan["visits"]) == 3


@pytest.mark.parametrize("by_hand", [True, False])
def test_who_had_a_show_this_season_waits_for_who_had_none(stage: Stage, by_hand: bool) -> None:
    if by_hand:
        stage.committed()
    else:
        stage.ordered()
        first = planned(stage)
        done(stage.officer, "publish", first)
        do_tour(first)
    stage.ordered()  # nearer, and so the cheaper of the two that the money is for one of
    stage.ordered(place="P102001")
    plan = read(stage, planned(stage, budget_fen=300_000))
    assert [one["place"] for one in plan["visits"] if one["starts_at"]] == ["P102001"]
    assert [one["why"] for one in plan["visits"] if not one["starts_at"]] == ["budget"]


def test_a_change_says_its_cost_before_it_is_made(stage: Stage) -> None:
    show_id = stage.ordered(first_day=in_days(2), last_day=in_days(9))
    plan_id = planned(stage)
    before = sum(read(stage, plan_id)["cost"].values())
    asked = {"deed": "move", "visit": str(show_id), "carrier": "meihua", "on": in_days(5).isoformat()}
    told = caller(stage.officer).read(f"/tours/{plan_id}/change", **asked)
    assert told["broken"] == [] and told["difference"] > 0
    assert sum(read(stage, plan_id)["cost"].values()) == before, "asking changes nothing"
    assert done(stage.officer, "change", plan_id, **asked) == told["difference"]
    plan = read(stage, plan_id)
    assert sum(plan["cost"].values()) == before + told["difference"] == told["total"]
    assert plan["visits"][0]["carrier"] == "meihua" and not plan["proved"]
    outside = caller(stage.officer).read(f"/tours/{plan_id}/change", **asked | {"on": in_days(20).isoformat()})
    assert outside["broken"] == ["outside_windows"]
    refused = caller(stage.officer).post(
        "/acts/tours.change", {"tour_id": str(plan_id), **asked, "on": in_days(20).isoformat()}
    )
    assert refused.status_code == 409
    done(stage.officer, "change", plan_id, deed="drop", visit=str(show_id))
    assert [one["why"] for one in read(stage, plan_id)["visits"]] == ["by_hand"]


def test_the_weather_moves_only_what_it_must(stage: Stage) -> None:
    shows = [stage.ordered(), stage.ordered(place="P102001", first_day=in_days(1), last_day=in_days(20))]
    plan_id = planned(stage)
    done(stage.officer, "publish", plan_id)
    do_tour(plan_id)
    was = {show_id: stage.of(show_id).starts_at for show_id in shows}
    day = timezone.localdate(was[shows[0]]).isoformat()
    done(stage.officer, "fall_out", plan_id, cause="weather", place="P101009", first_on=day, last_on=day)
    do_tour(plan_id)
    plan = read(stage, plan_id)
    assert [one["visit"] for one in plan["visits"] if one["moved"]] == [str(shows[0])]
    assert plan["stand"] == "planned" and plan["outs"] == [["weather", "P101009", day, day]]
    assert stage.of(shows[0]).starts_at == was[shows[0]], "not before it is published"
    done(stage.officer, "publish", plan_id)
    do_tour(plan_id)
    assert read(stage, plan_id)["stand"] == "published"
    moved, stays = stage.of(shows[0]), stage.of(shows[1])
    assert stays.starts_at == was[shows[1]]
    assert moved.starts_at is not None and timezone.localdate(moved.starts_at).isoformat() != day
    assert (moved.stand, moved.troupe_id) == ("committed", "luyun")
    assert stage.budget()["committed"] == 500_000, "the same money"


def test_a_troupe_that_is_out_leaves_nothing_undone_that_could_be_done(stage: Stage) -> None:
    stage.ordered(first_day=in_days(4), last_day=in_days(4))
    plan_id = planned(stage)
    assert read(stage, plan_id)["visits"][0]["carrier"] == "luyun"
    first, last = in_days(3).isoformat(), in_days(6).isoformat()
    done(stage.officer, "fall_out", plan_id, cause="carrier", carrier="luyun", first_on=first, last_on=last)
    do_tour(plan_id)
    assert read(stage, plan_id)["visits"][0]["carrier"] == "meihua"
    done(stage.officer, "fall_out", plan_id, cause="carrier", carrier="meihua", first_on=first, last_on=last)
    do_tour(plan_id)
    assert [one["why"] for one in read(stage, plan_id)["visits"]] == ["no_day"]


@pytest.mark.parametrize("price_fen", [250_000, 100_000])
def test_a_troupe_that_falls_ill_gives_its_engagement_to_one_that_is_free(stage: Stage, price_fen: int) -> None:
    """Where the budget bears the other, in the place of the first; else nothing has changed, and the plan says so."""
    today, day = timezone.localdate(), in_days(4)
    declare_contract(
        stage.officer, number="3号", troupe="luyun", starts_on=today - 60 * DAY, ends_on=today + 60 * DAY,
        rating_floor=350, raters_least=2, offers=[Priced("opera", price_fen)],
    )  # fmt: skip
    show_id = stage.ordered(first_day=day, last_day=day)
    plan_id = planned(stage)
    done(stage.officer, "publish", plan_id)
    do_tour(plan_id)
    first = stage.of(show_id)
    assert (first.troupe_id, first.stand) == ("luyun", "committed") and first.troupe_unit_id is not None
    for number in range(2 if price_fen == 250_000 else 3):
        stage.committed(starts=(10 + number) * DAY)
    stage.prefecture.units["c1.luyun"] = unit_with(first.troupe_unit_id)
    ill = actor_of(stage.prefecture.person("c1.luyun", "culture_troupe", name="何某"), channel="web")
    accept_show(ill, show_id=show_id)
    done(stage.officer, "fall_out", plan_id, cause="carrier", carrier="luyun", first_on=day.isoformat(),
         last_on=day.isoformat())  # fmt: skip
    do_tour(plan_id)
    (visit,) = read(stage, plan_id)["visits"]
    assert (visit["carrier"], visit["why"], visit["moved"], visit["confirmed"]) == ("meihua", "", True, False)
    assert stage.of(show_id).troupe_id == "luyun", "not before it is published"
    free = stage.budget()["free"]
    done(stage.officer, "publish", plan_id)
    do_tour(plan_id)
    do_tour(plan_id)
    plan, one = read(stage, plan_id), stage.of(show_id)
    with seeing(SYSTEM.scope):
        outcome = [each.outcome for each in Resolution.objects.filter(transfer_id=first.transfer_id)]
    if price_fen == 100_000:
        assert free == 0 and stage.budget()["free"] == 0 and outcome == []
        assert (one.stand, one.troupe_id, one.transfer_id) == ("accepted", "luyun", first.transfer_id)
        assert [each["visit"] for each in plan["faults"]] == [str(show_id)] and not plan["visits"][0]["confirmed"]
        return
    assert plan["faults"] == [] and plan["visits"][0]["confirmed"] and plan["stand"] == "published"
    assert (one.stand, one.troupe_id, one.contract_id, one.price_fen) == ("committed", "meihua", "1号", 300_000)
    assert outcome == ["voided"] and one.transfer_id != first.transfer_id
    assert free < 300_000, "what was set aside for the first is what the second is paid from"
    assert stage.budget()["committed"] == 900_000 and stage.budget()["free"] == 100_000
    assert one.order.state == "dispatched" and one.order.unit_id == one.troupe_unit_id
    assert one.starts_at is not None and one.order.due_done_at is not None
    assert abs(one.starts_at + SAID_WITHIN - one.order.due_done_at) < timedelta(minutes=1), "it gives its word by then"
    with seeing(ill.scope):
        assert "culture_handed_over" in [each.code for each in notices_of(ill, language="en")]
    with seeing(stage.troupe.scope):
        assert "culture_engaged" in [each.code for each in notices_of(stage.troupe, language="en")]
    (stop,) = caller(stage.officer).read("/tours/stops", tour_id=str(plan_id))
    assert (stop["carrier"], stop["confirmed"]) == ("meihua", True)


def test_what_cannot_be_handed_over_is_refused(stage: Stage) -> None:
    at, office = (timezone.now() + 3 * DAY).isoformat(), caller(stage.officer)
    engaged, ordered = stage.committed(), stage.ordered()
    told = {"show_id": str(engaged), "starts_at": at}
    for body, status in (
        (told | {"contract": "1号"}, 409), (told | {"contract": "9号"}, 404), (told | {"contract": "2号"}, 403),
        (told | {"contract": "3号", "show_id": str(ordered)}, 409),
        (told | {"contract": "3号", "starts_at": (timezone.now() - DAY).isoformat()}, 400),
    ):  # fmt: skip
        assert office.post("/acts/culture.hand_over_show", body).status_code == status, body
    for other in (stage.far_officer, stage.troupe, stage.post):
        answer = caller(other).post("/acts/culture.hand_over_show", told | {"contract": "3号"})
        assert answer.status_code in (403, 404)
    assert stage.of(engaged).troupe_id == "meihua" and stage.budget()["committed"] == 300_000


def test_no_money_stays_set_aside_for_a_troupe_that_does_not_come(stage: Stage) -> None:
    """The database holds to it by itself: another commitment only where the first is voided."""
    show_id = stage.committed()
    change = """
        SET CONSTRAINTS ALL IMMEDIATE;
        SET CONSTRAINTS ALL DEFERRED;
        SELECT set_config('tianqu.everything', 'on', true);
        ALTER TABLE culture_performance DISABLE TRIGGER journal_guard;
        UPDATE culture_performance SET stand = 'committed', transfer_id = gen_random_uuid() {more}
            WHERE order_id = '{show_id}';
        SET CONSTRAINTS {law} IMMEDIATE;
    """
    for more, law in (
        ("", "ALL"), (", troupe_id = 'luyun', contract_id = '3号'", "culture_commitment_released"),
        (", troupe_id = 'luyun', contract_id = '3号'", "culture_performance_whole"),
    ):  # fmt: skip
        with (
            pytest.raises(Error, match=r"what was decided stays|still set aside|do not say the same"),
            transaction.atomic(),
        ):
            as_owner(change.format(more=more, show_id=show_id, law=law))


@pytest.mark.parametrize("who", ["far_officer", "post", "troupe"])
def test_a_plan_is_its_offices_own(stage: Stage, who: str) -> None:
    stage.ordered()
    plan_id, other = planned(stage), getattr(stage, who)
    assert caller(other).get(f"/tours/{plan_id}").status_code in (403, 404)
    sent = caller(other).post("/acts/tours.publish", {"tour_id": str(plan_id)})
    assert sent.status_code in (403, 404)
    with seeing(other.scope):
        assert not Tour.objects.exists()


def test_what_cannot_be_planned_is_refused(stage: Stage) -> None:
    told = {
        "tour_id": str(new_identifier()), "kind": "culture", "unit_id": str(stage.unit_id), "name": "春",
        "budget_fen": 1, "first_on": in_days(-1).isoformat(), "last_on": in_days(3).isoformat(),
    }  # fmt: skip
    office = caller(stage.officer)
    assert office.post("/acts/tours.plan", told).status_code == 400
    told |= {"first_on": in_days(1).isoformat(), "last_on": in_days(400).isoformat()}
    assert office.post("/acts/tours.plan", told).status_code == 400
    plan_id = planned(stage)
    assert office.post("/acts/tours.publish", {"tour_id": str(plan_id)}).status_code == 409, "nothing to give"
    stale = {"tour_id": str(plan_id), "expected_version": 1}
    assert office.post("/acts/tours.publish", stale).status_code == 409


def test_the_pages_show_map_calendar_reasons_and_the_cost_of_a_change(stage: Stage) -> None:
    show_id = stage.ordered(first_day=in_days(2), last_day=in_days(9))
    stage.ordered("film", place="P102001", first_day=in_days(2), last_day=in_days(2))
    client = browser(stage.officer)
    form = {
        "sent_id": str(new_identifier()), "name": "Spring", "first_on": in_days(1).isoformat(), "visits_a_day": "2",
        "last_on": in_days(30).isoformat(), "budget_fen": "3000", "opens": "14:00", "closes": "22:00",
        "fen_a_minute": "3", "fen_a_vote": "10", "unserved_fen": "10000",
    }  # fmt: skip
    assert "This is no time." in client.post(f"{DESK}new?kind=culture", form | {"opens": "25:00"}).content.decode()
    answer = client.post(f"{DESK}new?kind=culture", form)
    assert answer.status_code == 302, answer.content
    address = answer["Location"]
    assert "being planned" in page(client, address)
    do_tour(UUID(form["sent_id"]))
    body = page(client, address)
    assert "The budget does not suffice." in body and "Zhangli" in body and "Luyun" in body
    assert "鲁韵团" in page(browser(stage.officer, "zh-hans"), f"{address}?by=team")
    places = client.get(f"{address}map.geojson").json()["features"]
    assert sorted(one["properties"]["tone"] for one in places) == ["done", "late"]
    change = f"{address}visits/{show_id}"
    asked = {"deed": "move", "carrier": "luyun", "on": in_days(6).isoformat(), "time": "19:30"}
    looked = client.post(change, asked).content.decode()
    assert "It costs the same." in looked and "Do it" in looked
    broken = client.post(change, asked | {"on": in_days(20).isoformat()}).content.decode()
    assert "The village does not wish for this day or time." in broken and "Do it" not in broken
    assert client.post(change, asked | {"sure": "yes"}).status_code == 302
    moved = next(one for one in read(stage, UUID(form["sent_id"]))["visits"] if one["visit"] == str(show_id))
    begins = timezone.localtime(datetime.fromisoformat(moved["starts_at"]))
    assert (begins.date(), begins.hour, begins.minute) == (in_days(6), 19, 30)
    assert "Spring" in page(client, DESK)
    out = {"cause": "weather", "first_on": in_days(6).isoformat(), "last_on": in_days(6).isoformat()}
    assert client.post(f"{address}out", out | {"place": "none"}).status_code == 404
    assert client.post(f"{address}out", out | {"place": "P101009"}).status_code == 302
    do_tour(UUID(form["sent_id"]))
    assert "1 visit is not where it was before." in page(client, address)


def test_a_plan_that_broke_does_not_wait_for_ever(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.ordered()

    def broken(*_anything: Any, **_more: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("tianqu.kernel.tours.computing.compute_tour", broken)
    with pytest.raises(ZeroDivisionError):
        planned(stage)
    (plan,) = caller(stage.officer).read("/tours")
    assert plan["stand"] == "failed"
    address = f"{DESK}{plan['id']}/"
    assert "Something broke on our side. Ask for the plan once more." in page(browser(stage.officer), address)
    assert "我们这边出了故障。 请重新编排一次。" in page(browser(stage.officer, "zh-hans"), address)


def test_a_search_that_takes_too_much_ends_and_the_plan_says_so(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.ordered()

    def limited(season: Season, **more: Any) -> Replan:
        return compute_tour(season, limits=Limits(seconds=20, memory_mb=-2_400), **more)

    monkeypatch.setattr("tianqu.kernel.tours.computing.compute_tour", limited)
    plan = read(stage, planned(stage))
    assert plan["stand"] == "failed" and "was ended" in plan["faults"][0]["message"]


def test_what_was_refused_is_said_in_the_language_of_who_reads(stage: Stage) -> None:
    for place in ("P101009", "P102001") * 3:
        stage.ordered(place=place)
    plan_id = planned(stage, budget_fen=5_000_000)
    done(stage.officer, "publish", plan_id)
    do_tour(plan_id)
    plan = read(stage, plan_id)
    assert plan["stand"] == "published" and stage.budget()["free"] < 250_000
    refused = plan["faults"]
    assert {one["visit"] for one in refused} < {one["visit"] for one in plan["visits"]} and len(refused) >= 2
    english, chinese = (page(browser(stage.officer, each), f"{DESK}{plan_id}/") for each in ("en", "zh-hans"))
    with translation.override("zh-hans"):
        sentence = translation.gettext(refused[0]["message"]) % refused[0]["values"]
    assert sentence in chinese and sentence not in english
    assert refused[0]["message"] % refused[0]["values"] in english


def voted(stage: Stage, **votes: int) -> None:
    """Let villagers of Zhangli vote."""
    for work, count in votes.items():
        for _villager in range(count):
            vote(stage.villager(), work=work)


def test_votes_bring_a_village_more_than_it_ordered_where_they_are_worth_it(stage: Stage) -> None:
    show_id = stage.ordered(first_day=in_days(2), last_day=in_days(20))
    voted(stage, film=3, opera=1)
    plan = read(stage, planned(stage, fen_a_vote=50_000))
    extra = next(one for one in plan["visits"] if one["extra"])
    assert extra["why"] == "dearer", "three votes are worth half of what a film costs"
    plan_id = planned(stage, fen_a_vote=200_000)
    plan = read(stage, plan_id)
    extra = next(one for one in plan["visits"] if one["extra"])
    assert (extra["place"], extra["title_en"], extra["carrier"]) == ("P101009", "The film", "meihua")
    assert plan["cost"]["wishes"] == 0 and plan["cost"]["unserved"] == 0
    assert "wished for" in page(browser(stage.officer), f"{DESK}{plan_id}/")
    assert done(stage.officer, "publish", plan_id) == 2
    do_tour(plan_id)
    do_tour(plan_id)
    assert read(stage, plan_id)["faults"] == []
    given = {str(name): stage.of(UUID(str(name))) for name in (show_id, extra["visit"])}
    assert [(one.work_id, one.stand) for one in given.values()] == [("opera", "committed"), ("film", "committed")]
    assert stage.budget()["committed"] == 550_000
    assert not any(one["extra"] for one in read(stage, planned(stage, fen_a_vote=200_000))["visits"]), "it has had both"


def test_the_work_that_more_wish_for_is_taken_although_it_is_dearer(stage: Stage) -> None:
    declare_work(stage.officer, unit_id=stage.unit_id, work="tales", name="大鼓", name_en="Drum tales", **WORK)
    today = timezone.localdate()
    declare_contract(
        stage.officer, number="3号", troupe="luyun", starts_on=today - 60 * DAY, ends_on=today + 60 * DAY,
        rating_floor=350, raters_least=2, offers=[Priced("opera", 250_000), Priced("tales", 50_000)],
    )  # fmt: skip
    stage.ordered()
    voted(stage, film=3, tales=1)
    for fen, carrier, title in ((200_000, "meihua", "The film"), (80_000, "luyun", "Drum tales")):
        plan = read(stage, planned(stage, fen_a_vote=fen))
        extra = next(one for one in plan["visits"] if one["extra"])
        assert (extra["carrier"], extra["title_en"]) == (carrier, title), fen


def test_no_wish_comes_before_every_village_has_had_what_it_ordered(stage: Stage) -> None:
    day = in_days(3)
    stage.ordered(first_day=day, last_day=day)
    stage.ordered(place="P102001", first_day=day, last_day=day)
    voted(stage, film=5)
    days = {"first_on": day.isoformat(), "last_on": day.isoformat()}
    plan = read(stage, planned(stage, visits_a_day=1, fen_a_vote=900_000, **days))
    assert {one["place"] for one in plan["visits"] if one["starts_at"]} == {"P101009", "P102001"}
    assert len([one for one in plan["visits"] if one["starts_at"]]) == 2
