"""A troupe is in one place at a time, on a day that suits the village, and a picture shows one performance."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from tests.web.api.calling import ANYONE, caller
from tianqu.kernel.files.api import store_file
from tianqu.kernel.journal.api import Actor
from tianqu.packs.culture.models import Stand
from tianqu.packs.culture.shows import acts
from tianqu.packs.culture.tests.stage import DAY, HOUR, Stage, picture
from tianqu.packs.culture.tests.test_shows import sent
from tianqu.packs.culture.tests.test_voices import CHOOSE, RATE, VOTE
from tianqu.packs.culture.voices.acts import choose_village

NEAR = HOUR / 6  # what it takes less than the two hours of a work


def refused(actor: Actor, act: str, show_id: UUID, /, **more: Any) -> tuple[str, bool]:
    """By which field an act is refused as a conflict, and whether that says what to do."""
    answer = sent(actor, act, show_id, **more)
    assert answer.status_code == 409, answer.content
    return answer.json()["field"], bool(answer.json()["remedy"])


def engaged(stage: Stage, show_id: UUID, at: datetime, /) -> int:
    told = {"contract": "1号", "starts_at": at.isoformat()}
    return int(sent(stage.officer, "commit_show", show_id, **told).status_code)


def test_a_troupe_is_engaged_in_one_place_at_a_time(stage: Stage) -> None:
    first, second = stage.ordered(), stage.ordered("film", place="P102001")
    at = timezone.now() + 3 * DAY
    assert engaged(stage, first, at) == 200
    for other in (at, at + 2 * HOUR - NEAR, at - 2 * HOUR + NEAR):
        told = {"contract": "1号", "starts_at": other.isoformat()}
        assert refused(stage.officer, "commit_show", second, **told) == ("starts_at", True)
    assert stage.of(second).stand == Stand.ORDERED and stage.of(second).troupe_id is None
    assert engaged(stage, second, at + 2 * HOUR) == 200
    assert refused(stage.officer, "move_show", second, starts_at=(at + HOUR).isoformat()) == ("starts_at", True)
    assert sent(stage.officer, "move_show", second, starts_at=(at + 5 * HOUR).isoformat()).status_code == 200
    acts.cancel_show(stage.officer, show_id=first, cause="weather", reason="大雨")
    assert sent(stage.officer, "move_show", second, starts_at=at.isoformat()).status_code == 200, "it is free again"


def test_a_day_that_does_not_suit_the_village_is_refused(stage: Stage) -> None:
    now = timezone.now()
    day = timezone.localdate(now + 4 * DAY)
    show_id = stage.ordered(first_day=day, last_day=day + 2 * DAY)
    for days in (3, 7, 18):
        told = {"contract": "1号", "starts_at": (now + days * DAY).isoformat()}
        assert refused(stage.officer, "commit_show", show_id, **told) == ("starts_at", True)
    assert engaged(stage, show_id, now + 6 * DAY) == 200
    for days in (3, 7, 18):
        moved = (now + days * DAY).isoformat()
        assert refused(stage.officer, "move_show", show_id, starts_at=moved) == ("starts_at", True)
    assert stage.of(show_id).starts_at == now + 6 * DAY


def given(stage: Stage, at: datetime, colour: str, /) -> dict[str, Any]:
    """What the troupe sends to say that it gave a performance."""
    photo = store_file(stage.troupe, content=picture(colour), name="现场.jpg").id
    return {"given_at": at.isoformat(), "attendance": 60, "files": [str(photo)]}


def test_one_picture_and_one_hour_show_one_performance(stage: Stage) -> None:
    first, second = stage.committed(starts=-2 * DAY), stage.committed(starts=-2 * DAY, place="P102001")
    at = stage.of(first).starts_at
    assert at is not None
    assert sent(stage.troupe, "say_given", first, **given(stage, at, "red")).status_code == 200
    later = at + 5 * HOUR
    again, hour = given(stage, later, "red"), given(stage, at + HOUR, "blue")
    assert refused(stage.troupe, "say_given", second, **again) == ("files", True)
    both = given(stage, later, "blue")
    both["files"] += again["files"]
    assert refused(stage.troupe, "say_given", second, **both) == ("files", True), "nor beside another picture"
    assert refused(stage.troupe, "say_given", second, **hour) == ("given_at", True)
    assert stage.of(second).stand == Stand.COMMITTED
    assert sent(stage.troupe, "say_given", second, **given(stage, later, "blue")).status_code == 200


def covered(place: str = "P101009") -> tuple[int, int, str | None]:
    rows = {one["code"]: one for one in ANYONE.read("/culture/coverage", place="P1")["rows"]}
    return rows[place]["given"], rows[place]["attendance"], rows[place]["last"]


def test_what_did_not_take_place_counts_nowhere(stage: Stage) -> None:
    rater = caller(stage.villager())
    show_id = stage.given()
    rater.done(RATE, {"show_id": str(show_id), "stars": 1})
    assert covered()[0] == 1 and ANYONE.read("/culture/ranking")[0]["liking"]["count"] == 1
    acts.confirm_show(stage.post, show_id=show_id, attendance=0, note="没来")
    assert covered() == (0, 0, None), "the village says that nobody came"
    late = caller(stage.villager())
    acts.settle_dispute(stage.officer, show_id=show_id, attendance=0, reason="照片不是本村")
    assert late.post(RATE, {"show_id": str(show_id), "stars": 1}).status_code == 409
    acts.refuse_payment(stage.officer, show_id=show_id, reason="未演出")
    assert covered() == (0, 0, None) and ANYONE.read("/culture/ranking") == []
    assert ANYONE.read("/culture/ranking", by="troupe") == []
    assert {one["liking"]["count"] for one in ANYONE.read("/culture/menu")} == {0}
    settled = stage.given()
    acts.confirm_show(stage.post, show_id=settled, attendance=0, note="没来")
    acts.settle_dispute(stage.officer, show_id=settled, attendance=30, reason="核对签到册")
    assert covered()[:2] == (1, 30), "settled as given"


def test_a_village_chosen_last_season_holds_once_one_has_voted_in_this(stage: Stage) -> None:
    person = stage.resident()
    last_year = timezone.now().replace(month=6, day=1) - 365 * DAY
    choose_village(person, place_id=stage.place_id(), at=last_year)  # type: ignore[call-arg]
    mine = caller(person)
    assert mine.post(CHOOSE, {"place_id": str(stage.place_id("P102001"))}).status_code == 200, "nothing said yet"
    assert mine.post(CHOOSE, {"place_id": str(stage.place_id())}).status_code == 200
    choose_village(person, place_id=stage.place_id("P102001"), at=last_year)  # type: ignore[call-arg]
    mine.done(VOTE, {"work": "opera"})
    answer = mine.post(CHOOSE, {"place_id": str(stage.place_id())})
    assert answer.status_code == 409 and answer.json()["remedy"]
