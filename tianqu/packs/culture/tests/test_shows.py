"""From a village's order to its payment: both words, evidence, ratings, disputes, refusals, the weather."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from tests.web.api.calling import ANYONE, caller
from tianqu.base.errors import Conflict
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM, Actor, seeing
from tianqu.kernel.ledgers.api import Account, Resolution, resolve_transfer, reverse_transfer
from tianqu.kernel.notices.api import notices_of
from tianqu.kernel.orders.api import Order
from tianqu.kernel.places.api import appoint
from tianqu.packs.culture.models import Performance, Stand
from tianqu.packs.culture.shows import acts
from tianqu.packs.culture.shows.acts import dispute_of
from tianqu.packs.culture.tests.stage import DAY, GRANTED, PRICE, Stage, browser, page

DAY_ONE = date(2020, 1, 1)


def sent(actor: Actor, act: str, show_id: Any, **more: Any) -> Any:
    return caller(actor).post(f"/acts/culture.{act}", {"show_id": str(show_id), **more})


def state(show_id: Any) -> str:
    with seeing(SYSTEM.scope):
        return str(Order.objects.get(id=show_id).state)


def test_the_whole_walk_over_the_api(stage: Stage) -> None:
    show_id, today = new_identifier(), timezone.localdate()
    body = {
        "show_id": str(show_id), "place_id": str(stage.place_id()), "work": "opera", "first_day": today.isoformat(),
        "last_day": (today + 9 * DAY).isoformat(), "note": "庙会",
    }  # fmt: skip
    post = caller(stage.post)
    code = post.done("/acts/culture.order_show", body)["result"]
    assert post.done("/acts/culture.order_show", body)["result"] == code  # the same again is the same order
    assert ANYONE.read(f"/culture/shows/{show_id}")["stand"] == "ordered"
    starts_at = timezone.now() + timedelta(minutes=1)
    assert (
        sent(stage.officer, "commit_show", show_id, contract="1号", starts_at=starts_at.isoformat()).status_code == 200
    )
    assert stage.budget() == {
        "granted": GRANTED, "paid": 0, "committed": PRICE, "free": GRANTED - PRICE,
    }  # fmt: skip
    with seeing(stage.troupe.scope):
        assert "culture_engaged" in [one.code for one in notices_of(stage.troupe, language="en")]
    assert sent(stage.troupe, "accept_show", show_id).status_code == 200
    assert sent(stage.troupe, "accept_show", show_id).status_code == 409
    early = {"given_at": timezone.now().isoformat(), "attendance": 5, "files": [str(stage.photo())]}
    told = early | {"given_at": starts_at.isoformat()}
    assert sent(stage.troupe, "say_given", show_id, **told).status_code == 400  # in the time to come
    assert sent(stage.troupe, "say_given", show_id, **early).status_code == 200
    assert sent(stage.post, "confirm_show", show_id).json()["result"] is True
    stage.rate(show_id, 4, 4)
    assert sent(stage.officer, "pay_show", show_id).status_code == 200
    assert stage.budget() == {"granted": GRANTED, "paid": PRICE, "committed": 0, "free": GRANTED - PRICE}
    assert ANYONE.read(f"/culture/shows/{show_id}")["stand"] == "paid" and state(show_id) == "closed"
    statement = caller(stage.troupe).read("/culture/troupes/meihua/statement")
    assert (statement["paid"], statement["committed"]) == (PRICE, 0)
    assert len(ANYONE.read("/culture/shows", troupe="meihua")["rows"]) == 1
    with seeing(SYSTEM.scope):
        account = Account.objects.get(code="P-meihua")
        assert account.posted_debit == statement["paid"] and account.pending_debit == 0


def test_a_village_alone_confirms_nothing(stage: Stage) -> None:
    show_id = stage.committed(starts=-2 * DAY)
    assert sent(stage.post, "confirm_show", show_id, attendance=80).status_code == 409
    assert sent(stage.officer, "pay_show", show_id, reason="熟人").status_code == 409
    assert sent(stage.post, "say_given", show_id, attendance=80, given_at=timezone.now().isoformat(),
                files=[str(stage.photo(stage.post))]).status_code == 403  # fmt: skip
    assert stage.of(show_id).stand == Stand.COMMITTED


def test_the_troupe_needs_a_picture(stage: Stage) -> None:
    show_id = stage.committed(starts=-2 * DAY)
    told = {"given_at": timezone.now().isoformat(), "attendance": 80}
    assert sent(stage.troupe, "say_given", show_id, files=[], **told).status_code == 422
    assert sent(stage.troupe, "say_given", show_id, files=[str(new_identifier())], **told).status_code == 404
    assert sent(stage.troupe, "say_given", show_id, files=[str(stage.photo())], **told | {"attendance": 0}
                ).status_code == 422  # fmt: skip
    assert sent(stage.troupe, "say_given", show_id, files=[str(stage.photo())], **told).status_code == 200
    taken = stage.of(show_id).evidence_id
    other = stage.committed(starts=-2 * DAY)
    assert sent(stage.troupe, "say_given", other, files=[str(taken)], **told).status_code == 409  # shows another one


def test_it_is_paid_only_when_both_agree_and_the_village_liked_it(stage: Stage) -> None:
    given = stage.given()
    stage.rate(given, 5, 5)
    assert sent(stage.officer, "pay_show", given).status_code == 409  # the village has not said its word
    low = stage.confirmed(3, 3)  # below 3.5
    answer = sent(stage.officer, "pay_show", low, reason="照付")
    assert answer.status_code == 409 and "below the floor" in answer.json()["detail"]
    assert sent(stage.officer, "refuse_payment", low, reason="").status_code == 422
    assert sent(stage.officer, "refuse_payment", low, reason="评分不足").status_code == 200
    few = stage.confirmed(5)
    assert sent(stage.officer, "pay_show", few).status_code == 409
    assert sent(stage.officer, "pay_show", few, reason="电话核实").status_code == 200
    assert stage.of(few).reason == "电话核实"
    assert stage.budget() == {
        "granted": GRANTED, "paid": PRICE, "committed": PRICE, "free": GRANTED - 2 * PRICE,
    }  # fmt: skip
    rows = {one["id"]: one for one in ANYONE.read("/culture/shows", troupe="meihua")["rows"]}
    assert rows[str(low)]["reason"] == "评分不足" and rows[str(low)]["stand"] == "refused"


def test_different_counts_open_a_dispute_in_the_loop(stage: Stage) -> None:
    show_id = stage.given(attendance=100)
    assert sent(stage.post, "confirm_show", show_id, attendance=40, note="只来了四十人").json()["result"] is False
    assert stage.of(show_id).stand == Stand.DISPUTED and state(dispute_of(show_id)) == "dispatched"
    with seeing(stage.officer.scope):
        assert "culture_disputed" in [one.code for one in notices_of(stage.officer, language="en")]
    stage.rate(show_id, 5, 5)
    assert sent(stage.officer, "pay_show", show_id).status_code == 409
    assert sent(stage.post, "settle_dispute", show_id, attendance=40, reason="我说了算").status_code == 403
    assert sent(stage.officer, "settle_dispute", show_id, attendance=60, reason="核对签到册").status_code == 200
    assert state(dispute_of(show_id)) == "closed" and stage.of(show_id).attendance == 60
    assert sent(stage.officer, "pay_show", show_id).status_code == 200


@pytest.mark.parametrize("settled", [True, False])
def test_what_did_not_take_place_is_not_paid(stage: Stage, settled: bool) -> None:
    show_id = stage.given()
    assert sent(stage.post, "confirm_show", show_id, attendance=0, note="没来").json()["result"] is False
    if settled:
        assert sent(stage.officer, "settle_dispute", show_id, attendance=0, reason="照片不是本村").status_code == 200
        assert sent(stage.officer, "pay_show", show_id, reason="照付").status_code == 409
    assert sent(stage.officer, "refuse_payment", show_id, reason="未演出").status_code == 200
    assert stage.budget()["free"] == GRANTED and state(dispute_of(show_id)) == "closed"


def test_called_off_by_the_weather(stage: Stage) -> None:
    show_id = stage.committed()
    assert (
        sent(stage.post, "cancel_show", show_id, cause="weather", reason="大雨").status_code == 403
    )  # money is set aside
    assert sent(stage.troupe, "cancel_show", show_id, cause="weather", reason="大雨").status_code == 403
    assert sent(stage.officer, "cancel_show", show_id, cause="hail", reason="大雨").status_code == 422
    assert sent(stage.officer, "cancel_show", show_id, cause="weather", reason="大雨").status_code == 200
    assert stage.budget()["free"] == GRANTED and state(show_id) == "withdrawn"
    assert "大雨" in page(browser(), f"/culture/shows/{show_id}/")
    mine = stage.ordered()
    assert sent(stage.other_post, "cancel_show", mine, cause="village", reason="撤").status_code in (403, 404)
    assert sent(stage.post, "cancel_show", mine, cause="village", reason="改期").status_code == 200


def test_what_cannot_be_ordered_or_engaged(stage: Stage) -> None:
    post, today = caller(stage.post), timezone.localdate()
    good = {
        "place_id": str(stage.place_id()), "work": "opera", "first_day": today.isoformat(),
        "last_day": today.isoformat(),
    }  # fmt: skip
    for wrong, status in (
        ({"work": "acrobats"}, 400), ({"work": "nothing"}, 404), ({"first_day": "2020-01-01"}, 400),
        ({"place_id": str(stage.place_id("P102001"))}, 403), ({"place_id": str(stage.place_id("P201001"))}, 403),
    ):  # fmt: skip
        answer = post.post("/acts/culture.order_show", good | {"show_id": str(new_identifier())} | wrong)
        assert answer.status_code == status, (wrong, answer.content)
    show_id = stage.ordered()
    for contract, days, status in (("2号", 3, 403), ("9号", 3, 404), ("1号", 90, 400), ("1号", -1, 400)):
        at = (timezone.now() + days * DAY).isoformat()
        assert sent(stage.officer, "commit_show", show_id, contract=contract, starts_at=at).status_code == status
    assert stage.of(show_id).stand == Stand.ORDERED


def test_nobody_of_another_county_village_or_troupe(stage: Stage) -> None:
    given, committed, ordered = stage.given(), stage.committed(), stage.ordered()
    photo, now = [str(stage.photo(stage.far_troupe))], timezone.now()
    for actor, act, show_id, more in (
        (stage.far_officer, "commit_show", ordered, {"contract": "2号", "starts_at": (now + DAY).isoformat()}),
        (stage.far_troupe, "accept_show", committed, {}),
        (stage.far_troupe, "say_given", committed, {"given_at": now.isoformat(), "attendance": 5, "files": photo}),
        (stage.far_post, "confirm_show", given, {}), (stage.other_post, "confirm_show", given, {}),
        (stage.troupe, "confirm_show", given, {}), (stage.officer, "confirm_show", given, {}),
        (stage.far_officer, "refuse_payment", given, {"reason": "无"}),
        (stage.far_officer, "cancel_show", committed, {"cause": "other", "reason": "无"}),
        (stage.post, "pay_show", given, {}), (stage.troupe, "pay_show", given, {}),
        (stage.resident(), "pay_show", given, {}),
    ):  # fmt: skip
        assert sent(actor, act, show_id, **more).status_code in (403, 404), (act, actor.roles)
    for actor in (stage.far_officer, stage.far_troupe, stage.post, stage.resident()):
        assert caller(actor).get("/culture/troupes/meihua/statement").status_code == 403
    for actor in (stage.far_officer, stage.troupe, stage.post):
        assert caller(actor).get(f"/culture/budgets/{stage.unit_id}").status_code == 403
    file = f"/culture/shows/{given}/files/{stage.of(given).evidence_id}"
    for actor, status in ((stage.troupe, 200), (stage.post, 200), (stage.officer, 200), (stage.far_officer, 404)):
        assert browser(actor).get(file).status_code == status


def test_the_database_refuses_what_the_acts_would_not_do(stage: Stage) -> None:
    given, paid = stage.given(), stage.confirmed(5, 5)
    acts.pay_show(stage.officer, show_id=paid)
    one = stage.of(given)
    with pytest.raises(Conflict):
        resolve_transfer(SYSTEM, transfer_id=one.transfer_id, outcome="posted")
    with pytest.raises(Conflict):
        reverse_transfer(
            SYSTEM, transfer_id=stage.of(paid).transfer_id, reversal_id=new_identifier(), day=timezone.localdate(),
            purpose="退回",
        )  # fmt: skip
    today = timezone.localdate()
    typed: list[tuple[Any, dict[str, Any]]] = [
        (given, {"stand": "confirmed", "attendance": 100}), (given, {"stand": "paid", "decided_on": today}),
        (given, {"evidence_id": new_identifier()}), (given, {"rating_count": 9, "rating_sum": 45}),
        (given, {"price_fen": 1}), (given, {"stand": "refused", "decided_on": today, "reason": "无"}),
        (paid, {"stand": "confirmed", "decided_on": None}), (paid, {"attendance": 999}),
    ]  # fmt: skip
    for show_id, values in typed:
        with seeing(SYSTEM.scope), pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT journal_open()")
            Performance.objects.filter(order_id=show_id).update(**values)
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with seeing(SYSTEM.scope):
        assert Resolution.objects.filter(outcome="posted").count() == 1


def test_pages_show_each_side_what_it_may_do(stage: Stage) -> None:
    show_id = stage.given()
    address = f"/culture/shows/{show_id}/"
    assert "Say for the village how it was" in page(browser(stage.post), address)
    assert "Do not pay it" in page(browser(stage.officer), address)
    seen = page(browser(), address)
    assert "given, as the troupe says" in seen and "<form" not in seen.partition("</header>")[2].partition("<footer")[0]
    village = browser(stage.post)
    assert village.post(address, {"deed": "culture.confirm_show"}).status_code == 400  # neither a number nor agreed
    assert village.post(address, {"deed": "culture.confirm_show", "agrees": "on"}).status_code == 302
    desk = browser(stage.officer)
    assert "Nothing waits for you" not in page(desk, "/desk/culture/")
    assert desk.post(address, {"deed": "culture.pay_show", "reason": ""}).status_code == 409
    assert desk.post(address, {"deed": "culture.pay_show", "reason": "电话核实"}).status_code == 302
    assert desk.post(address, {"deed": "culture.nonsense"}).status_code == 400
    statement = page(browser(stage.troupe), "/desk/culture/troupes/meihua/")
    assert "3,000.00" in statement and "paid" in statement
    for form in ("csv", "xlsx"):
        assert browser(stage.troupe).get(f"/culture/shows.{form}?troupe=meihua").status_code == 200
    csv = page(browser(stage.troupe), "/culture/shows.csv?troupe=meihua")
    assert "电话核实" in csv and f"{PRICE // 100}.00" in csv


def test_nothing_is_given_long_before_its_time(stage: Stage) -> None:
    show_id, now = stage.committed(starts=timedelta(hours=6)), timezone.now()
    told = {"attendance": 90, "files": [str(stage.photo())], "given_at": now.isoformat()}
    refused = sent(stage.troupe, "say_given", show_id, **told)
    assert refused.status_code == 400 and refused.json()["field"] == "given_at"
    assert stage.of(show_id).stand == Stand.COMMITTED
    soon = stage.committed(starts=timedelta(minutes=30))
    assert sent(stage.troupe, "say_given", soon, **told).status_code == 200


def test_nobody_gives_both_words(stage: Stage) -> None:
    """Somebody of the troupe who also holds the village's or the office's post speaks for neither of these."""
    show_id, troupe = stage.given(), stage.prefecture.units["c1.meihua"]
    for other in (stage.post, stage.officer):
        assert other.person_id is not None
        appoint(SYSTEM, person_id=other.person_id, unit_id=troupe.id, role="culture_troupe", valid_from=DAY_ONE)
    assert sent(stage.post, "confirm_show", show_id).status_code == 403
    assert sent(stage.officer, "refuse_payment", show_id, reason="x").status_code == 403
    assert stage.of(show_id).stand == Stand.GIVEN
