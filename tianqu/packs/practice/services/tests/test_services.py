"""Ordered services from the menu to the thanks: over the pages, over the API, and what is refused."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.utils import timezone

from tests.orders.test_races import at_once
from tests.scenes import scene
from tests.web.api.calling import caller
from tianqu.base.errors import Conflict, InvalidInput, NotFound, NotPermitted, TooMany
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM, Actor, erase_person, seeing
from tianqu.kernel.ledgers.api import Account
from tianqu.kernel.orders import api
from tianqu.kernel.places.api import Account as Login
from tianqu.kernel.places.api import actor_of, forget_actors, resident_actor, sign_up
from tianqu.packs.practice.models import Served, Visit, Volunteer
from tianqu.packs.practice.profiles.acts import erase_profile, join_team, keep_profile
from tianqu.packs.practice.services.acts import name_goers, rule_service, serve_order, show_thanks, visit_household
from tianqu.packs.practice.services.tests.conftest import DAY, PHONE, Neighbourhood, build_neighbourhood, volunteer
from tianqu.packs.practice.tests.stage import GROWN, browser, page


def order_of(order_id: UUID) -> api.Order:
    with seeing(SYSTEM.scope):
        return api.Order.objects.select_related("item").get(id=order_id)


def code_of(order_id: UUID) -> str:
    return order_of(order_id).code


def minutes_of(actor: Actor) -> int:
    """What the ledger holds for a volunteer."""
    with seeing(SYSTEM.scope):
        number = Volunteer.objects.get(person_id=actor.person_id).number
        return sum(one.posted_credit - one.posted_debit for one in Account.objects.filter(code=number))


def signed_up(login: str, *, phone: str) -> Actor:
    """Somebody who opened an account of their own and holds no post."""
    sign_up(SYSTEM, login=login, password="lotus-under-nine-roads", name="钱老二", phone=phone)
    with seeing(SYSTEM.scope):
        return resident_actor(Login.objects.get(login=login), channel="web")


def offered_to(actor: Actor) -> list[str]:
    return [one["taker"] for one in caller(actor).read("/practice/offers")]


def test_the_menu_leads_to_one_question_a_page(neighbourhood: Neighbourhood) -> None:
    shown = page(browser(), "/practice/order/")
    assert "Company for somebody who lives alone" in shown and "Something that is not on the menu" in shown
    assert "/ask/practice.aid-visit" in shown and "/ask/practice.other" in shown
    step = page(browser(neighbourhood.resident), "/ask/practice.aid-visit")
    assert "What is it about?" in step and "For whom" in step and "On which day" in step
    assert "陪伴独居老人" in page(browser(language="zh-hans"), "/practice/order/")


def test_the_whole_walk(neighbourhood: Neighbourhood) -> None:
    order_id, (goer, _other) = neighbourhood.order(), neighbourhood.members
    leads, goes, asks = browser(neighbourhood.leader), browser(goer), browser(neighbourhood.resident)
    address, follow = f"/practice/orders/{order_id}/", f"/follow/{code_of(order_id)}"
    shown = page(leads, "/practice/offers/")
    assert "Company for somebody" in shown and "Zhangli" in shown and "2 members fit" in shown
    assert "俺娘" not in shown and PHONE not in shown  # nothing that anybody wrote, before it is taken
    page(leads, address, 404)
    assert leads.post("/practice/offers/", {"order_id": str(order_id), "deed": "claim"}).status_code == 302
    assert PHONE in page(leads, address) and "钱小二" in page(leads, address)
    page(goes, address, 404)
    named = {"deed": "goers", "goers": [str(one.person_id) for one in neighbourhood.members]}
    assert leads.post(address, named).status_code == 302
    slip = page(asks, f"{follow}/slip")
    visit, once = api.slip_code(order_id, "visit", digits=6), api.slip_code(order_id, "confirm")
    assert f"{visit[:3]} {visit[3:]}" in slip and f"{once[:4]} {once[4:]}" in slip and "<svg" in slip
    assert goes.post(address, {"deed": "in", "visit": "000000"}).status_code == 400
    assert goes.post(address, {"deed": "in", "visit": visit}).status_code == 302
    assert leads.post(address, {"deed": "serve", "words": "陪了一上午"}).status_code == 409  # still there
    assert goes.post(address, {"deed": "out", "visit": visit}).status_code == 302
    with seeing(SYSTEM.scope):
        assert Visit.objects.get(order_id=order_id).out_at is not None
    assert leads.post(address, {"deed": "serve", "words": "陪老人聊天，做了午饭。"}).status_code == 302
    told = page(asks, follow)
    assert "做了午饭" in told and "Was it done?" in told
    assert asks.post(f"{follow}/confirm", {"confirmed": "很好"}).status_code == 302
    assert order_of(order_id).state == "closed"
    assert asks.post(f"{follow}/rate", {"satisfaction": "very", "solved": "yes"}).status_code == 302
    assert asks.post(f"{follow}/rate", {"satisfaction": "very", "solved": "yes"}).status_code == 409
    assert "Was it solved?" not in page(asks, follow)
    rated = {"deed": "rate", "respectful": "yes", "as_described": "no", "said": "活比说的多"}
    assert goes.post(address, rated).status_code == 302
    assert goes.post(address, rated).status_code == 409
    thanks = {"thanks": f"谢谢钱小二和孙医生，有事打{PHONE}"}
    assert asks.post(f"{follow}/thank", thanks).status_code == 302
    assert "谢谢" not in page(browser(), "/practice/teams/zhangli-aid/thanks")
    assert leads.post(address, {"deed": "show", "shown": "yes"}).status_code == 302
    public = page(browser(), "/practice/teams/zhangli-aid/thanks")
    assert "谢谢钱**" in public and "小二" not in public and PHONE not in public
    assert "/practice/teams/zhangli-aid/thanks" in page(browser(), "/practice/teams/zhangli-aid/")


def test_minutes_come_from_the_visit_and_are_booked_once_both_sides_agree(neighbourhood: Neighbourhood) -> None:
    order_id = neighbourhood.visited(minutes=45)
    assert minutes_of(neighbourhood.members[0]) == 0
    api.confirm_order(neighbourhood.resident, order_id=order_id)
    assert minutes_of(neighbourhood.members[0]) == 45
    with seeing(SYSTEM.scope):
        team = Account.objects.get(code="T-zhangli-aid")
        assert team.posted_debit - team.posted_credit == 45
    with pytest.raises(Conflict):
        api.confirm_order(neighbourhood.resident, order_id=order_id)


def test_confirmed_by_phone_and_by_the_slip(neighbourhood: Neighbourhood) -> None:
    first, second = neighbourhood.visited(), neighbourhood.visited()
    with pytest.raises(InvalidInput):
        api.confirm_order(neighbourhood.centre, order_id=first)  # without what was said
    operator = neighbourhood.stage.prefecture.person("city.centre", "operator", name="接线员")
    phones = actor_of(operator, channel="web")
    address = f"/orders/{code_of(first)}"
    assert "Keep that the asker confirmed on the phone" in page(browser(phones), address)
    api.confirm_order(phones, order_id=first, note="王大娘在电话里说都做了。")
    assert order_of(first).state == "closed"
    goer = browser(neighbourhood.members[0])
    once, address = api.slip_code(second, "confirm"), f"/practice/orders/{second}/"
    assert f'value="{once}"' in page(goer, f"{address}?code={once}")
    assert order_of(second).state == "done"  # looking at it confirms nothing
    for wrong in ("", "12345678", api.slip_code(first, "confirm")):
        assert goer.post(address, {"deed": "confirm", "code": wrong}).status_code == 400
    assert goer.post(address, {"deed": "confirm", "code": f"{once[:4]} {once[4:]}"}).status_code == 302
    assert order_of(second).state == "closed"
    assert goer.post(address, {"deed": "confirm", "code": once}).status_code == 409  # once


def test_a_team_does_not_speak_for_those_it_served(neighbourhood: Neighbourhood) -> None:
    order_id = neighbourhood.visited()
    member, outsider = neighbourhood.members[1], neighbourhood.stage.resident("路人")
    for own in (neighbourhood.members[0], member, outsider):
        with pytest.raises((InvalidInput, NotPermitted, NotFound)):
            api.confirm_order(own, order_id=order_id, note="做了")
    with pytest.raises(NotPermitted):
        api.confirm_order(neighbourhood.leader, order_id=order_id, note="做了")
    api.confirm_order(neighbourhood.resident, order_id=order_id)
    for own in (*neighbourhood.members, neighbourhood.leader):
        with pytest.raises((NotPermitted, NotFound)):
            api.rate_order(own, order_id=order_id, satisfaction="very")


def test_nor_by_another_account_of_its_members(neighbourhood: Neighbourhood) -> None:
    """Who joins the team later than ordering, and who has a second account with the same telephone."""
    first, second = neighbourhood.visited(), neighbourhood.visited()
    other = signed_up("other", phone="13700000002")
    third = neighbourhood.order(other)
    assert offered_to(neighbourhood.leader) == []  # its telephone is that of a member
    with pytest.raises(NotFound):
        api.claim_order(neighbourhood.leader, order_id=third)
    api.confirm_order(neighbourhood.resident, order_id=first)
    keep_profile(neighbourhood.resident, station="zhangli", name="王大娘", phone=PHONE, born_on=GROWN)
    join_team(neighbourhood.resident, team="zhangli-aid")
    for act in (api.confirm_order, api.rate_order):
        with pytest.raises(NotPermitted, match="does not speak"):
            told = {"satisfaction": "very"} if act is api.rate_order else {}
            act(neighbourhood.resident, order_id=first if act is api.rate_order else second, **told)


def test_a_leader_of_another_county_sees_nothing(neighbourhood: Neighbourhood) -> None:
    order_id, stranger = neighbourhood.visited(), neighbourhood.stage.stranger
    desk = browser(stranger)
    page(desk, f"/practice/orders/{order_id}/", 404)
    assert "陪陪老人" not in page(desk, "/desk/practice/orders/")
    assert "陪陪老人" in page(browser(neighbourhood.centre), "/desk/practice/orders/")
    assert offered_to(stranger) == []
    assert caller(stranger).get(f"/practice/orders/{order_id}/candidates").status_code in (403, 404)
    for act, more in ((serve_order, {"words": "x"}), (show_thanks, {"shown": True}), (rule_service, {
        "counts": True, "words": "x"})):  # fmt: skip
        with pytest.raises((NotPermitted, NotFound)):
            act(stranger, order_id=order_id, **more)
    with seeing(stranger.scope):
        assert not Visit.objects.exists() and not Served.objects.exists() and not api.Offer.objects.exists()


def test_a_dispute_goes_up_by_the_clock_and_is_ruled_on(neighbourhood: Neighbourhood) -> None:
    order_id = neighbourhood.visited(minutes=30)
    asks, follow = browser(neighbourhood.resident), f"/follow/{code_of(order_id)}"
    assert asks.post(f"{follow}/dispute", {"dispute": ""}).status_code == 400
    assert asks.post(f"{follow}/dispute", {"dispute": "只来了十分钟"}).status_code == 302
    disputed = order_of(order_id)
    assert disputed.state == "returned" and disputed.objected_at is not None
    for level in (1, 2):
        api.due_work(timezone.now() + (4 + 4 * level) * DAY)
        assert order_of(order_id).escalation == level
    with pytest.raises(NotPermitted):
        rule_service(neighbourhood.leader, order_id=order_id, counts=True, words="算")
    desk, address = browser(neighbourhood.centre), f"/practice/orders/{order_id}/"
    assert "只来了十分钟" in page(desk, address) and "Rule on it" in page(desk, address)
    assert desk.post(address, {"deed": "rule", "counts": "no", "ruling": "核实后不计时长。"}).status_code == 302
    assert order_of(order_id).state == "closed"
    assert minutes_of(neighbourhood.members[0]) == 0
    assert "核实后不计时长" in page(asks, follow)


def test_what_nobody_confirms_goes_up_too(neighbourhood: Neighbourhood) -> None:
    order_id = neighbourhood.visited()
    assert api.due_work(timezone.now() + 9 * DAY).closed == 0
    assert order_of(order_id).state == "done" and order_of(order_id).escalation == 1


def test_the_centre_sends_it_where_it_chooses(neighbourhood: Neighbourhood) -> None:
    order_id = neighbourhood.order()
    desk, address = browser(neighbourhood.centre), f"/practice/orders/{order_id}/"
    shown = page(desk, address)
    assert "Neighbours · zhangli station" in shown and "周单独" in shown and "in the same village" in shown
    assert "do another kind of service" in shown  # the ecology team of the stage
    told = caller(neighbourhood.centre).read(f"/practice/orders/{order_id}/candidates")
    assert told["candidates"][0]["taker"] == "team:zhangli-aid" and told["left_out"]["team:service"] == 1
    taker = next(one["taker"] for one in told["candidates"] if one["name"] == "周单独")
    assert desk.post(address, {"deed": "assign", "taker": taker}).status_code == 302
    assert offered_to(neighbourhood.leader) == [] and offered_to(neighbourhood.alone) == [taker]
    api.decline_order(neighbourhood.alone, order_id=order_id, reason="这周不在家")
    assert desk.post(address, {"deed": "assign", "taker": taker}).status_code == 302
    api.claim_order(neighbourhood.alone, order_id=order_id)
    code = api.slip_code(order_id, api.VISIT, digits=6)
    now = timezone.now()
    visit_household(neighbourhood.alone, order_id=order_id, direction="in", code=code, at=now - timedelta(minutes=20))  # type: ignore[call-arg]
    visit_household(neighbourhood.alone, order_id=order_id, direction="out", code=code)
    serve_order(neighbourhood.alone, order_id=order_id, words="修好了")
    api.confirm_order(neighbourhood.resident, order_id=order_id)
    assert minutes_of(neighbourhood.alone) == 20


def test_what_one_volunteer_did_alone_is_booked_also_once_they_erased_themselves(neighbourhood: Neighbourhood) -> None:
    order_id, alone = neighbourhood.order(), neighbourhood.alone
    with seeing(SYSTEM.scope):
        number = Volunteer.objects.get(person_id=alone.person_id).number
    api.assign_order(neighbourhood.centre, order_id=order_id, taker=f"volunteer:{number}")
    api.claim_order(alone, order_id=order_id)
    code, now = api.slip_code(order_id, api.VISIT, digits=6), timezone.now()
    visit_household(alone, order_id=order_id, direction="in", code=code, at=now - timedelta(minutes=20))  # type: ignore[call-arg]
    visit_household(alone, order_id=order_id, direction="out", code=code)
    serve_order(alone, order_id=order_id, words="修好了")
    told = caller(alone).read("/practice/volunteer")
    assert [one["minutes"] for one in told["visits"]] == [None] and told["visits"][0]["in_at"], "not booked yet"
    assert "taken" in [one["state"] for one in told["offers"]]
    assert told["certificates"] == told["left"] == []
    erase_profile(alone)
    api.confirm_order(neighbourhood.resident, order_id=order_id)
    with seeing(SYSTEM.scope):
        (account,) = Account.objects.filter(code=number)
        assert account.posted_credit - account.posted_debit == 20
        assert Visit.objects.get(order_id=order_id).minutes == 20


def test_a_service_is_no_disagreement_about_hours(neighbourhood: Neighbourhood) -> None:
    page(browser(neighbourhood.leader), f"/desk/practice/disputes/{neighbourhood.taken()}/", 404)


def test_nobody_goes_who_is_no_member_or_under_age(neighbourhood: Neighbourhood) -> None:
    order_id = neighbourhood.order()
    api.claim_order(neighbourhood.leader, order_id=order_id)
    young = volunteer(
        neighbourhood.stage, "小李", team="zhangli-aid", phone="13700000005",
        born_on=timezone.localdate() - timedelta(days=16 * 365),
    )  # fmt: skip
    for person_id in (neighbourhood.alone.person_id, young.person_id):
        with pytest.raises((InvalidInput, Conflict)):
            name_goers(neighbourhood.leader, order_id=order_id, person_ids=[person_id])  # type: ignore[list-item]
    with pytest.raises(NotFound):
        visit_household(young, order_id=order_id, direction="in", code=api.slip_code(order_id, "visit", digits=6))


def test_a_plan_of_visits_is_kept_on_the_page_and_ordered_once(neighbourhood: Neighbourhood) -> None:
    mine, first = browser(neighbourhood.resident), timezone.localdate() + DAY
    begun = page(mine, "/practice/order/plan")
    plan_id = re.search(r'name="plan_id" value="([^"]+)"', begun)
    assert plan_id is not None
    given = {
        "deed": "plan", "plan_id": plan_id[1], "item": "practice.aid-visit", "place": "P101009", "title": "陪伴",
        "description": "每两周陪一次", "first_day": first.isoformat(), "every_days": "14",
        "last_day": (first + 60 * DAY).isoformat(), "name": "王大娘", "phone": PHONE,
    }  # fmt: skip
    assert mine.post("/practice/order/plan", given | {"last_day": "x"}).status_code == 400
    for _again in range(2):
        assert mine.post("/practice/order/plan", given).status_code == 302
    for _again in range(2):
        api.place_planned_orders(timezone.now())
    with seeing(SYSTEM.scope):
        placed = list(api.Order.objects.filter(title="陪伴"))
    assert [one.form["day"] for one in placed] == [first.isoformat()]
    skip = {"deed": "skip", "plan_id": plan_id[1], "day": (first + 14 * DAY).isoformat()}
    assert mine.post("/practice/order/plan", skip).status_code == 302
    assert mine.post("/practice/order/plan", skip | {"day": first.isoformat()}).status_code == 409
    assert mine.post("/practice/order/plan", {"deed": "end", "plan_id": plan_id[1]}).status_code == 302
    assert "ended" in page(mine, "/practice/order/plan")


def test_a_plan_left_empty_names_every_field_by_what_it_is_called(neighbourhood: Neighbourhood) -> None:
    mine = browser(neighbourhood.resident)
    answer = mine.post("/practice/order/plan", {"deed": "plan", "plan_id": str(new_identifier()), "every_days": ""})
    shown = answer.content.decode()
    assert answer.status_code == 400 and "“”" not in shown and "No place has" not in shown
    for name, label in (
        ("item", "Service"), ("title", "Title"), ("description", "What is to be done"), ("first_day", "First day"),
        ("last_day", "Last day"), ("place", "Village"),
    ):  # fmt: skip
        assert f'<a href="#{name}">{label}: This is needed. Fill it in.</a>' in shown


def test_what_was_said_goes_with_the_person(neighbourhood: Neighbourhood) -> None:
    neighbourhood = replace(neighbourhood, resident=signed_up("erased", phone=PHONE))
    order_id = neighbourhood.visited()
    api.confirm_order(neighbourhood.resident, order_id=order_id)
    api.thank_for_order(neighbourhood.resident, order_id=order_id, text="谢谢大家")
    assert neighbourhood.resident.person_id is not None
    erase_person(SYSTEM, person_id=neighbourhood.resident.person_id, reason="asked for it")
    with seeing(SYSTEM.scope):
        served = Served.objects.get(order_id=order_id)
        assert (served.thanks, served.asker_id) == ("", None)
        assert Visit.objects.get(order_id=order_id).minutes == 45


@pytest.mark.django_db(transaction=True)
def test_of_many_who_claim_at_once_one_has_it() -> None:
    forget_actors()
    api.forget_catalogue()
    neighbourhood = scene(build_neighbourhood)
    order_id = neighbourhood.order()
    takers = [neighbourhood.leader, neighbourhood.alone, *neighbourhood.members] * 4

    def claim(number: int) -> str:
        try:
            api.claim_order(takers[number], order_id=order_id)
        except NotFound:
            return "not offered"
        return "taken"

    outcomes = at_once(claim)
    connection.close()
    assert [one for one in outcomes if one == "taken"] == ["taken"]


def test_who_took_it_for_others_does_not_confirm_for_the_asker(neighbourhood: Neighbourhood) -> None:
    """Also where the team has no leader of its own, and the centre takes it, serves it and phones."""
    order_id, centre = neighbourhood.order(), neighbourhood.centre
    api.assign_order(centre, order_id=order_id, taker="team:zhangli-aid")
    api.claim_order(centre, order_id=order_id)
    serve_order(centre, order_id=order_id, words="做了。")
    with pytest.raises(NotPermitted, match="does not speak"):
        api.confirm_order(centre, order_id=order_id, note="她在电话里说做了。")
    api.confirm_order(neighbourhood.resident, order_id=order_id)


def test_who_erases_themselves_sees_nothing_more_and_keeps_nobody_waiting(neighbourhood: Neighbourhood) -> None:
    order_id, (goer, other) = neighbourhood.taken(), neighbourhood.members
    code = api.slip_code(order_id, api.VISIT, digits=6)
    visit_household(goer, order_id=order_id, direction="in", code=code)
    assert page(browser(goer), f"/practice/orders/{order_id}/")
    with pytest.raises(Conflict, match="checked in and not out"):
        serve_order(neighbourhood.leader, order_id=order_id, words="做了。")
    erase_profile(goer)
    page(browser(goer), f"/practice/orders/{order_id}/", 404)
    with seeing(SYSTEM.scope):
        assert not api.Offer.objects.filter(person_id=goer.person_id).exists()
    assert page(browser(other), f"/practice/orders/{order_id}/")
    serve_order(neighbourhood.leader, order_id=order_id, words="做了。")


def test_nobody_withdraws_once_somebody_came_and_digits_are_not_guessed(neighbourhood: Neighbourhood) -> None:
    order_id, goer = neighbourhood.taken(), neighbourhood.members[0]
    code = api.slip_code(order_id, api.VISIT, digits=6)
    wrong = "111111" if code != "111111" else "222222"
    visit_household(goer, order_id=order_id, direction="in", code=code)
    with pytest.raises(Conflict, match="come already"):
        api.withdraw_order(neighbourhood.resident, order_id=order_id)
    for _number in range(10):
        with pytest.raises(InvalidInput, match="not the digits"):
            visit_household(goer, order_id=order_id, direction="out", code=wrong)
    with pytest.raises(TooMany, match="too often"):
        visit_household(goer, order_id=order_id, direction="out", code=code)


def test_whose_post_does_not_let_them_asks_and_helps_for_themselves(neighbourhood: Neighbourhood) -> None:
    """A villager who has a post that only lets them see the village's books."""
    prefecture = neighbourhood.stage.prefecture
    villager = actor_of(prefecture.person("v101009", "villager", name="王大娘"), channel="web")
    client = browser(villager)
    told = {
        "step": "who", "order_id": str(new_identifier()), "title": "陪陪老人", "description": "俺娘一个人在家。",
        "form-for_whom": "elder", "place": str(prefecture.places["P101009"].id), "name": "王大娘", "phone": PHONE,
    }  # fmt: skip
    answer = client.post("/ask/practice.aid-visit", told)
    assert answer.status_code == 302 and "/receipt/" in answer["Location"], answer.content.decode()[-2000:]
    code = answer["Location"].rpartition("/")[2]
    assert "陪陪老人" in page(client, f"/follow/{code}")
    assert client.post(f"/follow/{code}/withdraw", {"reason": "不用了"}).status_code == 302
    with seeing(SYSTEM.scope):
        assert api.Order.objects.get(code=code).state == "withdrawn"
    assert page(client, "/practice/order/plan") and page(client, "/practice/offers/")
