"""What villagers say: one village a season, a vote a work, a rating a performance; counts are public, they are not."""

from __future__ import annotations

import re
from decimal import Decimal
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from tests.web.api.calling import ANYONE, caller
from tianqu.base.identifiers import new_identifier
from tianqu.base.intervals import wilson
from tianqu.kernel.journal.api import ANYBODY, SYSTEM, Actor, erase_person, seeing
from tianqu.kernel.orders.api import RANKED_FROM
from tianqu.kernel.places.api import end_post, held_posts
from tianqu.packs.culture.models import Performance, Rating, Villager, Vote, Wish
from tianqu.packs.culture.queries import Liking, likings
from tianqu.packs.culture.shows import acts
from tianqu.packs.culture.tests.stage import DAY, Stage, browser, page

VOTE, RATE, CHOOSE = "/acts/culture.vote", "/acts/culture.rate_show", "/acts/culture.choose_village"


def votes(work: str = "opera") -> int:
    return next((one["votes"] for one in ANYONE.read("/culture/wishes")["rows"] if one["work"] == work), 0)


def test_one_vote_a_person_that_can_be_taken_back(stage: Stage) -> None:
    first, second = caller(stage.villager()), caller(stage.villager())
    assert first.done(VOTE, {"work": "opera"})["result"] == 1
    assert first.done(VOTE, {"work": "opera"})["result"] == 1  # the same again
    assert second.done(VOTE, {"work": "opera"})["result"] == 2 and votes() == 2
    assert first.done(VOTE, {"work": "opera", "wished": False})["result"] == 1 and votes() == 1
    assert second.done(VOTE, {"work": "opera", "wished": False})["result"] == 0 and votes() == 0
    assert second.done(VOTE, {"work": "film"})["result"] == 1
    assert first.done(VOTE, {"work": "film", "wished": False})["result"] == 1  # none of theirs to take back
    assert second.done(VOTE, {"work": "film", "wished": False})["result"] == 0
    assert first.done(VOTE, {"work": "film"})["result"] == 1
    order = page(browser(stage.post), "/desk/culture/order")
    assert "The film" in order and "1 wish for it" in order


def test_who_may_vote_and_where(stage: Stage) -> None:
    nobody = caller(stage.resident())
    assert ANYONE.post(VOTE, {"work": "opera"}).status_code == 401
    assert nobody.post(VOTE, {"work": "opera"}).status_code == 404  # has not chosen a village
    assert nobody.post(CHOOSE, {"place_id": str(stage.place_id("P101"))}).status_code == 404  # a township
    assert nobody.post(CHOOSE, {"place_id": str(stage.place_id("P101001"))}).status_code == 404  # merged
    assert nobody.post(CHOOSE, {"place_id": str(stage.place_id())}).status_code == 200
    assert nobody.post(VOTE, {"work": "acrobats"}).status_code == 404  # on the menu of another county
    assert nobody.post(CHOOSE, {"place_id": str(stage.place_id("P102001"))}).status_code == 200  # nothing said yet
    assert nobody.post(VOTE, {"work": "opera"}).status_code == 200
    assert nobody.post(CHOOSE, {"place_id": str(stage.place_id())}).status_code == 409
    assert ANYONE.read("/culture/wishes", place="P102001")["rows"][0]["votes"] == 1
    assert ANYONE.read("/culture/wishes", place="P101009")["rows"] == []


def test_one_rating_each_of_that_village_and_not_of_ones_own_troupe(stage: Stage) -> None:
    show_id, committed = stage.given(), stage.committed()
    mine, body = caller(stage.villager()), {"show_id": str(show_id), "stars": 4}
    assert mine.done(RATE, body) and mine.post(RATE, body | {"stars": 1}).status_code == 409
    assert caller(stage.villager("P102001")).post(RATE, body).status_code == 403
    assert caller(stage.resident()).post(RATE, body).status_code == 404
    assert mine.post(RATE, body | {"show_id": str(committed)}).status_code == 409  # not given yet
    assert caller(stage.villager()).post(RATE, body | {"stars": 6}).status_code == 422
    own = caller(stage.troupe)
    own.done(CHOOSE, {"place_id": str(stage.place_id())})
    assert own.post(RATE, body).status_code == 403
    told = ANYONE.read(f"/culture/shows/{show_id}")
    assert (told["rating_count"], told["rating_sum"]) == (1, 4)
    acts.cancel_show(stage.officer, show_id=committed, cause="weather", reason="大雨")  # its money is free again
    for days, status in ((40, 200), (62, 409)):
        long_ago = stage.given(starts=-days * DAY)
        assert caller(stage.villager()).post(RATE, body | {"show_id": str(long_ago)}).status_code == status
        acts.refuse_payment(stage.officer, show_id=long_ago, reason="腾出经费")


def test_who_voted_and_rated_nobody_sees(stage: Stage) -> None:
    show_id, one = stage.given(), stage.villager()
    caller(one).done(VOTE, {"work": "opera"})
    caller(one).done(RATE, {"show_id": str(show_id), "stars": 5})
    for actor in (stage.post, stage.officer, stage.troupe, stage.villager(), ANYBODY):
        with seeing(actor.scope):
            assert not Vote.objects.filter(wish__votes=1).exists() and not Rating.objects.exists()
            assert Villager.objects.exclude(person_id=actor.person_id).count() == 0
            assert Wish.objects.get().votes == 1
    with seeing(one.scope):
        assert (Vote.objects.count(), Rating.objects.count(), Villager.objects.count()) == (1, 1, 1)
    for actor in (None, stage.officer, stage.post):
        for address in (f"/culture/shows/{show_id}/", "/culture/", "/culture/works/opera/"):
            assert str(one.person_id) not in page(browser(actor), address)


def test_counts_are_those_of_votes_in_the_database_too(stage: Stage) -> None:
    caller(stage.villager()).done(VOTE, {"work": "opera"})
    for change in (lambda: Wish.objects.update(votes=9), lambda: Vote.objects.all().delete()):
        with seeing(SYSTEM.scope), pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT journal_open()")
            change()
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_an_erased_person_stays_counted_and_unknown(stage: Stage) -> None:
    show_id, one = stage.given(), stage.villager()
    caller(one).done(VOTE, {"work": "opera"})
    caller(one).done(RATE, {"show_id": str(show_id), "stars": 5})
    assert one.person_id is not None
    for held in held_posts(one.person_id):
        end_post(SYSTEM, post_id=held.id, on=timezone.localdate())
    erase_person(SYSTEM, person_id=one.person_id, reason="本人申请")
    with seeing(SYSTEM.scope):
        assert not Villager.objects.exists()
        assert Vote.objects.get().person_id is None and Rating.objects.get().person_id is None
        assert Wish.objects.get().votes == 1 and Performance.objects.get().rating_count == 1


def rated(stage: Stage, work: str, count: int, stars: int) -> None:
    """Let a work be rated many times, as if by many performances."""
    raters: list[Actor] = []
    while len(raters) < count:
        show_id = stage.given(work=work)
        for _number in range(min(count - len(raters), 10)):
            raters.append(stage.villager())
            caller(raters[-1]).done(RATE, {"show_id": str(show_id), "stars": stars})
        acts.refuse_payment(stage.officer, show_id=show_id, reason="腾出经费")


def test_the_ranking_is_by_the_lower_bound_and_leaves_small_samples_out(stage: Stage) -> None:
    rated(stage, "opera", RANKED_FROM, 4)
    rated(stage, "film", 3, 5)
    found = ANYONE.read("/culture/ranking")
    assert [(one["code"], one["liking"]["rank"]) for one in found] == [("opera", 1), ("film", None)]
    bounds = wilson(Decimal(RANKED_FROM * 3) / 4, RANKED_FROM)  # four stars are three quarters
    assert Decimal(found[0]["liking"]["low"]) == 1 + 4 * bounds.low
    assert Decimal(found[0]["liking"]["low"]) < 4 < Decimal(found[0]["liking"]["high"])
    shown = page(browser(), "/culture/ranking/")
    assert "The opera" in shown and "–" in shown
    menu = {one["code"]: one["liking"] for one in ANYONE.read("/culture/menu")}
    assert menu["opera"]["rank"] == 1 and menu["film"]["rank"] is None and menu["film"]["count"] == 3
    troupes = ANYONE.read("/culture/ranking", by="troupe")
    assert [(one["code"], one["liking"]["count"]) for one in troupes] == [("meihua", RANKED_FROM + 3)]
    with seeing(SYSTEM.scope):
        assert likings("work", kind="film") == {}


def test_intervals_narrow_with_more_ratings() -> None:
    few, many = Liking(4, 18), Liking(400, 1800)
    assert few.mean == many.mean and few.interval and many.interval
    assert few.interval.low < many.interval.low < many.interval.high < few.interval.high <= 5
    assert Liking(0, 0).interval is None and Liking(3, 15).interval.high == 5  # type: ignore[union-attr]


def test_coverage_tells_villages_without_anything_too(stage: Stage) -> None:
    stage.confirmed(5)
    stage.committed(place="P102001")
    rows = {one["code"]: one for one in ANYONE.read("/culture/coverage", place="P1")["rows"]}
    assert set(rows) == {"P101009", "P102001"}
    assert (rows["P101009"]["given"], rows["P101009"]["attendance"], rows["P101009"]["coming"]) == (1, 100, 0)
    assert (rows["P102001"]["given"], rows["P102001"]["last"], rows["P102001"]["coming"]) == (0, None, 1)
    first = ANYONE.read("/culture/coverage", place="P1", limit=1)
    assert ANYONE.read("/culture/coverage", place="P1", after=first["next"])["rows"][0]["code"] == "P102001"
    assert page(browser(), "/culture/coverage/?place=P1").count("tone-late") == 1
    assert "P102001" in page(browser(), "/culture/coverage.csv?place=P1")
    assert browser().get("/culture/coverage.xlsx", {"place": "P1"}).status_code == 200
    assert browser().get("/culture/coverage.pdf", {"place": "P1"}).status_code == 404


def test_a_vote_stands_sealed_in_the_log(stage: Stage) -> None:
    one = stage.villager()
    caller(one).done(VOTE, {"work": "opera"})
    with seeing(SYSTEM.scope), connection.cursor() as cursor:
        cursor.execute("SELECT convert_from(leaf, 'UTF8') FROM journal_entry WHERE subject LIKE 'culture-vote:%'")
        ((leaf,),) = cursor.fetchall()
    assert "culture.vote" not in leaf and str(one.person_id) not in leaf


def test_pages_of_a_villager(stage: Stage) -> None:
    mine = browser(stage.resident())
    assert "Choose my village" in page(mine, "/culture/me/")
    assert mine.post("/culture/me/", {"place": "nowhere"}).status_code == 404
    several = mine.post("/culture/me/", {"place": "庄村委会"})
    assert (
        several.status_code == 400 and "P102001" in several.content.decode() and "P201001" in several.content.decode()
    )
    assert "Village: This is needed." in mine.post("/culture/me/", {"place": ""}).content.decode()
    assert mine.post("/culture/me/", {"place": "新湖街道"}).status_code == 404  # a township
    assert mine.post("/culture/me/", {"place": "张李社区"}).status_code == 302
    work = "/culture/works/opera/"
    assert "I wish for it in Zhangli" in page(mine, work)
    assert mine.post(work, {"wished": "yes"}).status_code == 302
    assert "Take my vote back" in page(mine, work) and "you wish for it" in page(mine, "/culture/")
    show_id = stage.given()
    address = f"/culture/shows/{show_id}/"
    assert "How did you like it?" in page(mine, address)
    assert mine.post(address, {"deed": "culture.rate_show", "stars": ""}).status_code == 400
    assert mine.post(address, {"deed": "culture.rate_show", "stars": "5"}).status_code == 302
    assert "You gave it 5 of 5 stars" in page(mine, address)
    assert page(browser(), "/culture/works/nothing/", 404) and page(
        browser(), f"/culture/shows/{new_identifier()}/", 404
    )


def test_a_filter_takes_a_name_and_keeps_its_page_where_it_cannot_be_read(stage: Stage) -> None:
    reader = browser(stage.resident())
    assert "The opera" in page(reader, "/culture/?place=德城区") and "The opera" in page(reader, "/culture/?place=P1")
    assert "The opera" not in page(reader, "/culture/?place=宁津镇")
    for address in ("/culture/", "/culture/shows/", "/culture/coverage/"):
        for typed, status in (("没有这个村", 404), ("庄村委会", 400)):
            answer = reader.get(address, {"place": typed})
            shown = answer.content.decode()
            assert answer.status_code == status, address
            assert f'name="place" value="{typed}"' in shown and '<a href="#place">Place: ' in shown, address
    assert reader.get("/culture/shows/", {"place": "王庄"}).status_code == 200


def test_places_are_offered_as_one_types(stage: Stage) -> None:
    reader = browser(stage.resident())
    assert page(reader, "/places/?kind=village&place=Zhang").strip().startswith('<option value="Zhangli P101009">')
    assert page(reader, "/places/?place=P101009").strip() == "" == page(reader, "/places/?place=").strip()


def test_a_complaint_begins_with_the_show_that_it_is_about(stage: Stage) -> None:
    shown = page(browser(), f"/culture/shows/{stage.given()}/")
    link = re.search(r'href="(/ask/culture\?[^"]+)"', shown)
    assert link is not None
    brought = parse_qs(urlsplit(unescape(link[1])).query)
    assert brought["place"] == [str(stage.place_id())] and brought["title"][0].startswith("The opera for ")
